// What came of a check: what the judge finds out, and what the report shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

/// What a student needs to see of a failure.
struct Finding {
  std::string looked_at{};          // the command that shows it by hand
  std::string expected{};           // what should be there
  std::string found{};              // what is there, in full
  std::string reason{};             // why that is so; if empty, diagnosis.hpp looks for it
  std::string hint{};               // one thing to try
  unsigned aspects = 0;             // what has a say in this one, beside the check's own
  bool is_programs = false;         // it was seen that the program does it: no setting has a say
  std::vector<std::string> then{};  // the systemctl verbs for the student to type next: "restart"
};

struct Outcome {
  /// warning: not as a lesson says that it should be, and the stage passes all the same.
  /// skipped: it builds upon a check that did not pass.
  /// cannot: nothing is wrong with the submission, and this machine does not let the check look.
  enum class Kind { pass, fail, warning, skipped, cannot } kind{};
  std::string note{};  // pass: what was seen; skipped, cannot: why
  Finding finding{};   // fail, warning
};

/// The outcome of one check of one stage.
struct Result {
  std::string stage{};   // "01-date-daemon"
  std::string check{};   // "unit-found", in every language
  std::string title{};   // in the language of the judge
  std::string lesson{};  // "docs/en/FILE#HEADING"
  Outcome outcome{};
  double seconds = 0;
};

using Results = std::vector<Result>;

/// Makes every text printable, bounded, and the note one line: whatever a program wrote does no
/// harm on a terminal and in XML, and a result fits into an event (report.hpp).
void make_harmless(Outcome& outcome);

/// How many of the results are of this kind.
std::size_t count(const Results& results, Outcome::Kind kind);

/// "pass", "fail", "warning", "skipped" or "cannot".
const char* name_of(Outcome::Kind kind);

/// A result as docs/check-results.md has it, and back. result_of() throws std::exception if a key
/// is missing or of another type; keys that it does not know it leaves out.
nlohmann::ordered_json json_of(const Result& result);
Result result_of(const nlohmann::ordered_json& json);
