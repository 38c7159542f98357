// The table of what was measured: medians, their ratios and the goals, side by side.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

/// One figure of a case: its time, or one of its counters.
struct Section {
  std::string name;     // of the case
  std::string counter;  // empty: the time
  std::string title;
  std::string unit;
  double scale;  // how many of that unit a second, or a 1 of the counter, is
  std::vector<std::pair<std::string, double>> goals;  // servicios' ratio to a peer, at most
};

/// Collects the medians that Google Benchmark finds.
class Medians : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override;

  /// How many benchmarks of a case have a result.
  std::size_t count(const std::string& name) const;

  /// Prints a section, the least figure first, and returns it as JSON. Its case needs a result of
  /// servicios'.
  nlohmann::ordered_json print(const Section& section) const;

 private:
  struct Row {
    std::string name, who;
    double seconds;
    std::map<std::string, double> counters;
  };
  std::vector<Row> rows_;
};
