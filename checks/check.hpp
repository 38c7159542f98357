// What is asked of a stage, and what came of it.
//
// A check is a function of the Submission that gives an Outcome. Those of a stage form a list in
// which whatever a check builds upon stands before it.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/journal.hpp"
#include "checks/unit.hpp"
#include "checks/unit_file.hpp"

/// What a student needs to see of a failure. Where `reason` is left empty, diagnosis.hpp finds it.
struct Finding {
  std::string looked;    // the command that shows it by hand
  std::string expected;  // what should be there
  std::string found;     // what is, in full
  std::string reason;    // why that is so
  std::string hint;      // one thing to try
};

struct Outcome {
  enum class Kind { pass, fail, skipped, cannot } kind;
  std::string note;  // pass: what was seen; skipped, cannot: why
  Finding finding;   // fail
};

Outcome pass(std::string note = "");
Outcome fail(Finding finding);
/// It builds upon something that an earlier check has found missing.
Outcome skipped();
/// Nothing is wrong with the submission: this machine does not let the check look.
Outcome cannot(std::string why);
/// The same, of the journal; and of the process, which is another user's.
Outcome unreadable();
Outcome not_roots();

/// A student's stage on this machine.
struct Submission {
  /// Throws std::system_error where systemd or the journal do not answer.
  Submission(std::string stage_name, const std::string& unit_name, double interval_seconds,
             std::string folder);

  std::string stage;                       // "03-price-fetcher"
  std::string dir;                         // of the student's program; may be empty
  std::chrono::duration<double> interval;  // from one line of output to the next
  Manager manager;
  Unit unit;
  Journal journal;

  /// The unit's file and drop-ins, as they are now.
  UnitFile file() const;
  /// When the youngest of these files was changed last.
  Time changed() const;
  /// When its process started; the epoch where there never was one since the boot.
  Time started() const { return unit.time("ExecMainStartTimestamp"); }
  /// What its program itself wrote to the journal since then; where systemd has forgotten when that
  /// was, in its last run since the file was changed.
  std::vector<Entry> records();
  bool is_oneshot() const { return unit.text("Type") == "oneshot"; }
};

struct Check {
  const char* id;                  // "unit-found": JUnit's, JSON's and the tests' name
  const char* title;               // in English; gettext has the others
  const char* lesson;              // the place that teaches it: N_("FILE#HEADING") of the lessons
  std::vector<const char*> needs;  // the checks without which it makes no sense
  Outcome (*look)(Submission&);
  bool disturbs = false;  // stops or kills the daemon, or spoils its prices
};

/// The checks of a stage in their order: also those of the stages before it. One compares the
/// installed program with the student's own folder, where that is given.
std::vector<Check> checks_of(const std::string& stage, bool with_folder);

/// The five stages.
extern const std::vector<std::string> stages;

/// Somebody pressed Ctrl-C, or the like.
struct Interrupted : std::exception {};

/// Has the next wait_until() throw Interrupted, so that what a check has disturbed is restored on
/// the way out. For a signal's handler.
void interrupt(int signal);

/// Asks `true_now` again and again until it is true, or `seconds` passed; what it said last.
bool wait_until(std::chrono::duration<double> seconds, const std::function<bool()>& true_now);

/// The time on the clock that the journal uses.
Time now();
