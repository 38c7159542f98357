// What is asked of a stage.
//
// A check is a function that takes the Submission and returns an Outcome. In the list of a stage's
// checks each stands after those that it needs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/journal.hpp"
#include "checks/outcome.hpp"
#include "checks/unit.hpp"
#include "checks/unit_file.hpp"

Outcome pass(std::string note = "");
Outcome fail(Finding finding);
/// It is not as a lesson advises, and the stage passes all the same.
Outcome warn(Finding finding);
Outcome skipped();
Outcome cannot(std::string why);
/// `cannot`: this user may not read the journal.
Outcome cannot_read_journal();
/// `cannot`: only root may see the process, which is another user's.
Outcome cannot_see_process();

/// For so long the journal has all records for certain: it is bounded. journald.conf(5)
inline constexpr std::chrono::hours remembered{1};

/// A student's stage on this machine.
struct Submission {
  /// Throws std::system_error if systemd or the journal do not answer.
  Submission(std::string stage_name, const std::string& unit_name, double interval_seconds,
             std::string folder, std::string facts_folder);

  std::string stage;                       // "03-price-fetcher"
  std::string dir;                         // of the student's program; may be empty
  std::string facts;                       // where checks/receive wrote; empty without it
  std::chrono::duration<double> interval;  // from one line of output to the next
  Manager manager;
  Unit unit;
  Journal journal;
  /// What systemd said if it refused a start that the judge or a check asked for.
  std::string refusal{};
  /// How many lines the file of prices had at the first look. Set only if an earlier process may
  /// have written them.
  std::optional<std::size_t> earlier_lines{};

  /// The unit's file and drop-ins, as they are now.
  UnitFile file() const;
  /// When the youngest of these files was changed last.
  Time changed() const;
  /// When its process started; the epoch if there has been none since the boot.
  Time started() const { return unit.time("ExecMainStartTimestamp"); }
  /// Returns what the program wrote to the journal in its last run, of a daemon's what is
  /// `remembered`. If systemd has forgotten when that began, looks from changed() on.
  std::vector<Entry> records();
  bool is_oneshot() const { return unit.text("Type") == "oneshot"; }
};

/// What a check does to the daemon.
/// starts: if checks/receive has put the unit there, which starts nothing itself, the judge starts
/// it before this check.
/// reloads: it has the daemon reload, which may be started again at that.
/// disruptive: it stops or kills the daemon, or spoils its prices, and leaves it running. --gentle
/// leaves these checks out.
enum class Effect { none, starts, reloads, disruptive };

/// What a check looks at: settings.hpp knows which settings have a say in it.
namespace aspect {
enum : unsigned {
  output = 1,   // where standard output and standard error go
  journal = 2,  // what reaches the journal, and as what
  sees = 4,     // what the process may see, write and call
  runs_as = 8,  // as whom, where and with which environment it runs
  pace = 16,    // how fast
  starts = 32,  // when it starts
  ends = 64,    // when it ends, is restarted or killed
  waits = 128   // what systemd waits for
};
}  // namespace aspect

struct Check {
  const char* id;                        // "unit-found": its name in JUnit, JSON and the tests
  const char* title;                     // in English: N_("..."); gettext has the others
  const char* lesson;                    // the place that teaches it: N_("FILE#HEADING")
  std::vector<const Check*> needs = {};  // those without which it makes no sense
  Outcome (*run)(Submission&);
  Effect effect = Effect::none;
  unsigned aspects = 0;  // if it fails, the settings with a say in these are named
};

using Checks = std::vector<const Check*>;

/// What is asked only of some submissions.
struct Questions {
  bool dir = false;     // compares the installed program with the one in --dir
  bool build = false;   // asks whether the submission was built: checks/receive
  bool strict = false;  // before the start, a check asks whether anything would run as root
};

/// Returns the checks of a stage. Each stands after those that it needs.
Checks checks_of(const std::string& stage, const Questions& questions);

/// The names in the file `stages`, in its order.
extern const std::vector<std::string> stages;

/// Somebody pressed Ctrl-C, or the like. Not a std::exception, so that no check's catch takes it
/// for an outcome.
struct Interrupted {};

/// Systemd or the journal of a submission's lab do not answer any more. They did when it began, so
/// the submission has broken them; the caller finds out how.
struct LabLost {};

/// Makes the next wait_until() throw Interrupted, so that what a check has disturbed is restored on
/// the way out. For a signal's handler.
void interrupt(int signal);

/// Asks `true_now` again and again until it is true, or `limit` passed. Returns what it said last.
/// `what` names it, for on_wait()'s listener.
bool wait_until(const char* what, std::chrono::duration<double> limit,
                const std::function<bool()>& true_now);

/// Is told what is waited for, for how many seconds by now, and for how long at most.
using WaitListener =
    std::function<void(const char* what, int seconds, std::chrono::duration<double> limit)>;

/// From now on, a wait_until() calls `listener` once a second.
void on_wait(WaitListener listener);

/// FILE:LINE: KEY=VALUE of the last line that sets this key in the unit's files; empty if none
/// does.
std::string written(const Submission& submission, const char* key);

/// The time on the clock that the journal uses.
Time now();
