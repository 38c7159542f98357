// Makes of a judge's events (judge.hpp) what people read, as they come, and files for machines.
//
//     Report report;
//     for (std::string line; std::getline(std::cin, line);) report.take(line);
//     return report.finish({.json = "results.json"});
//
// The events may have passed through what a student has written, so they are untrusted: bounded,
// escaped, and never interpreted.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checks/outcome.hpp"

/// Shows on standard output what happens: in colour and with a line of progress on a terminal.
class Printer {
 public:
  /// With a `heading`, also an empty one, clears a terminal before it prints the first line;
  /// without a terminal, only prints the heading.
  explicit Printer(std::optional<std::string> heading);
  void stage(const std::string& name);
  /// Shows what is under way, in a line that the next text overwrites. Without a terminal, does
  /// nothing.
  void progress(const std::string& text);
  /// Shows what may last, in the same way. Without a terminal, prints a line.
  void wait(const std::string& text);
  /// Adds how long it has lasted, if what is shown is still wait()'s text.
  void pass_time() const;
  /// Prints a result. Skipped ones after a failure are counted, and told in one line at the end of
  /// the stage.
  void result(const Result& result);
  /// Something beside the results that must not go unsaid, in one line.
  void remark(const std::string& text);
  /// If the first failure has left the terminal, shows it again. Then prints the totals.
  void total(const Results& results, std::size_t left_out, double seconds);
  /// What a student can do now about a failure in this stage. `unit` is empty if it is the stage's.
  void next_steps(const std::string& stage, const std::string& unit);

 private:
  std::string mark(Outcome::Kind kind) const;
  std::string block(const std::string& text, std::size_t indent) const;
  std::string part(const char* label, const std::string& text) const;
  void print(const std::string& line);
  void overwrite(const std::string& text) const;
  void print_untried();

  std::optional<std::string> heading_;  // not printed yet
  std::string waits_for_;               // while that is shown
  std::chrono::steady_clock::time_point waits_since_{};
  bool terminal_, colours_, has_printed_ = false;
  std::size_t columns_, rows_;  // 0: no terminal
  std::size_t untried_ = 0;
  std::string first_failure_;   // with its reason
  std::size_t rows_since_ = 0;  // printed below that reason
};

/// "6 passed, 1 failed, 1 skipped", with the warnings and those that could not look, if any.
std::string totals(const Results& results);

/// The files to write, each of which may be none: "".
struct Files {
  std::string junit{}, json{};
  std::vector<std::string>
      stages{};            // that were asked for: each has failed if nothing is said of it
  bool from_work = false;  // the stages are in work/, and their student reads this
  std::string unit{};      // if it is not the stage's
};

class Report {
 public:
  static constexpr std::size_t longest_line = 64 << 10;  // bytes, without the newline
  static constexpr std::size_t longest_stream = 4 << 20;

  explicit Report(std::optional<std::string> heading = std::nullopt)
      : printer_(std::move(heading)) {}

  /// Takes one event, which may be cut after longest_line + 1 bytes. A line that is no
  /// event, or makes no sense after those before it, changes no result: it is counted, and the
  /// report says so.
  void take(std::string_view line);
  /// Tells the report that nothing has come for a second. Shows how long a wait lasts already.
  void pass_time() { printer_.pass_time(); }
  /// Tells the report that the stream was cut at longest_stream. The stage under way fails.
  void cut_off();

  /// Ends the last stage, prints the totals and writes the files, and $GITHUB_STEP_SUMMARY.
  /// Returns 1 if a check failed, otherwise 3 if one could not look or there is no result at all,
  /// otherwise 0. Throws std::runtime_error if a file cannot be written.
  int finish(const Files& files);

 private:
  struct Announced {
    std::string check, title, lesson;
    bool has_result = false;
  };
  struct Stage {
    std::string name{};
    std::vector<Announced> checks{};
  };
  bool has_stage() const { return !stage_.name.empty(); }
  void handle(const std::string& lab, const nlohmann::ordered_json& event);
  void begin_stage(const nlohmann::ordered_json& event);
  void show_progress(const nlohmann::ordered_json& event);
  void add_result(const nlohmann::ordered_json& event);
  void add(Announced& check, Outcome outcome, double seconds);
  void settle(Outcome::Kind kind, const std::string& reason);
  void settle_for_caller(const std::string& kind, const std::string& reason);
  void add_failure(const std::string& stage, const char* check, const char* title,
                   const std::string& reason);
  void add_unsaid(const Files& files);
  void end_stage();
  void refuse(const std::string& lab, const std::string& why);
  bool is_known(const std::string& stage) const;
  Announced& announced(const std::string& check);

  Printer printer_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Stage stage_{};                   // under way; without a name, none is
  std::vector<std::string> names_;  // of all stages so far
  Results results_;
  std::string waited_for_;  // in a line of its own
  std::size_t left_out_ = 0;
  std::size_t lines_ = 0, refused_ = 0;
  std::string first_refusal_;
  std::set<std::string> refused_of_;  // labs
  std::set<std::string> absent_;      // stages of which there is nothing to judge
};

// The files, from result_files.cpp; std::runtime_error if one cannot be written.

/// JUnit's XML, one test suite a stage: `cannot` and `skipped` are skipped tests.
void write_junit(const Results& results, const std::string& file);
/// docs/check-results.md has its schema.
void write_json(const Results& results, const std::string& file);
/// A table in Markdown, added to GitHub's step summary.
void add_github_summary(const Results& results, const std::string& file);
