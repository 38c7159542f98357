// What came of the checks: shown on a terminal as they run, and written to files afterwards.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checks/check.hpp"

struct Result {
  std::string stage;
  Check check;
  Outcome outcome;
  double seconds;
};

using Results = std::vector<Result>;

/// How many of the results are of this kind.
std::size_t count(const Results& results, Outcome::Kind kind);

/// Shows each result as soon as it is there, in colour on a terminal, and their number at the end.
/// Takes the place of GoogleTest's own printer. `results` outlives it.
class Printer : public testing::EmptyTestEventListener {
 public:
  /// `left_out`: how many checks --gentle did not run.
  Printer(const Results& results, std::size_t left_out);

 private:
  void OnTestSuiteStart(const testing::TestSuite& stage) override;
  void OnTestStart(const testing::TestInfo& check) override;
  void OnTestEnd(const testing::TestInfo& check) override;
  void OnTestProgramEnd(const testing::UnitTest& program) override;

  const Results& results_;
  std::size_t left_out_;
  bool terminal_, colours_;
};

// Whole files, replaced at once; std::runtime_error where one cannot be written.

/// JUnit's XML, one test suite a stage: `cannot` and `skipped` are skipped tests.
void write_junit(const Results& results, const std::string& file);
/// docs/check-results.md has its schema.
void write_json(const Results& results, const std::string& file);
/// A table in Markdown, added to GitHub's step summary.
void add_github_summary(const Results& results, const std::string& file);

/// Where the lessons in the language spoken teach what the check asks for: FILE#HEADING.
std::string lesson_of(const Check& check);
/// "pass", "fail", "skipped" or "cannot".
const char* name_of(Outcome::Kind kind);
