#include "bench/table.hpp"

#include <fmt/format.h>

#include <algorithm>

void Medians::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.aggregate_name != "median") continue;
    const std::string& name = run.run_name.function_name;
    const std::size_t slash = name.find('/');
    // This thread's CPU time, unless the benchmark measured by itself.
    const bool own = run.run_name.time_type == "manual_time";
    const double time = own ? run.GetAdjustedRealTime() : run.GetAdjustedCPUTime();
    Row row{name.substr(0, slash),
            name.substr(slash + 1),
            time / benchmark::GetTimeUnitMultiplier(run.time_unit),
            {}};
    for (const auto& [counter, value] : run.counters) row.counters[counter] = value.value;
    rows_.push_back(std::move(row));
  }
}

std::size_t Medians::count(const std::string& name) const {
  return static_cast<std::size_t>(
      std::count_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.name == name; }));
}

/// Three significant digits, and none behind the point from 100 up.
static std::string digits(double figure) {
  return figure >= 100 ? fmt::format("{:.0f}", figure) : fmt::format("{:.3g}", figure);
}

nlohmann::ordered_json Medians::print(const Section& section) const {
  const auto figure = [&](const Row& row) {
    return section.scale *
           (section.counter.empty() ? row.seconds : row.counters.at(section.counter));
  };
  std::vector<std::pair<double, std::string>> figures;
  double ours = 0;
  for (const Row& row : rows_) {
    if (row.name != section.name) continue;
    figures.emplace_back(figure(row), row.who);
    if (row.who == "servicios") ours = figure(row);
  }
  std::sort(figures.begin(), figures.end());

  fmt::print("\n{:<44}{:>10}{:>15}{:>7}\n", section.title, section.unit, "servicios is", "goal");
  nlohmann::ordered_json json{{"case", section.title}, {"unit", section.unit}};
  for (const auto& [value, who] : figures) {
    fmt::print("  {:<42}{:>10}", who, digits(value));
    json["measured"][who] = value;
    if (who != "servicios") {
      auto& ratio = json["ratios"][who] = {{"measured", ours / value}};
      fmt::print("{:>15.2f}", ours / value);
      for (const auto& [peer, goal] : section.goals) {
        if (peer != who) continue;
        const bool ok = ours / value <= goal;
        fmt::print("{:>7.2f}  {}", goal, ok ? "ok" : "over");
        ratio["goal"] = goal;
        ratio["ok"] = ok;
      }
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
  return json;
}
