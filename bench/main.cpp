// bench: the logger, the journald handler and two of the daemons beside their peers, with Google
// Benchmark. The repetitions of all that are compared take turns in random order, and medians are
// what counts, since others use the machine, too. Start it with bench/run.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/table.hpp"
#include "common/options.hpp"

static const std::vector<Section> sections{
    {"disabled", "", "disabled call", "CPU ns", 1e9, {{"spdlog", 0.15}}},
    {"file",
     "",
     "flushed line to a file, string and int",
     "CPU ns",
     1e9,
     {{"write(2)", 1.20}, {"spdlog", 0.75}}},
    {"file-real",
     "",
     "flushed line to a file, string and double",
     "CPU ns",
     1e9,
     {{"write(2)", 1.30}, {"spdlog", 0.75}}},
    {"file-long",
     "",
     "flushed line to a file, double of 16 digits",
     "CPU ns",
     1e9,
     {{"write(2)", 1.30}, {"spdlog", 0.75}}},
    {"file-threads",
     "",
     "flushed line to a file, two threads",
     "ns",
     1e9,
     {{"write(2)", 1.15}, {"spdlog", 0.5}}},
    {"journal",
     "",
     "journal record",
     "CPU ns",
     1e9,
     {{"sd_journal_sendv", 1.15}, {"spdlog", 0.85}, {"python3-systemd", 0.2}}},
    {"compile",
     "",
     "compile of a file that logs one line",
     "user s",
     1,
     {{"spdlog header-only", 0.12}}},
    {"poller", "pss", "poller: memory", "KiB PSS", 1, {}},
    {"poller", "", "poller: a poll", "CPU ms", 1e3, {}},
    {"poller", "connections", "poller: connections for 50 polls", "", 1, {}},
    {"poller", "start", "poller: start to first line", "ms", 1e3, {}},
    {"dates", "pss", "date daemon: memory", "KiB PSS", 1, {}}};

int main(int argc, char** argv) try {
  std::optional<std::string> json_file, only;
  parse_options(argc, argv, "Measures the course beside its peers.",
                {{"json", "FILE", "write the table there, too", &json_file},
                 {"only", "CASE", "disabled, file, file-real, ... (all)", &only}});
  const auto is_chosen = [&](const Section& section) { return !only || *only == section.name; };
  if (std::none_of(sections.begin(), sections.end(), is_chosen))
    throw std::invalid_argument("--only '" + *only + "': bench/main.cpp lists the cases");
  std::ofstream json_out;
  if (json_file) {
    json_out.open(*json_file);
    if (!json_out) throw std::invalid_argument("--json '" + *json_file + "': cannot be written");
  }
  std::filesystem::current_path(std::filesystem::temp_directory_path());  // $TMPDIR

  std::string flags[] = {"bench", "--benchmark_enable_random_interleaving=true"};
  char* arguments[] = {flags[0].data(), flags[1].data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
  add_logging_cases();
  add_journal_cases();
  add_compile_cases();
  add_daemon_cases();

  Medians medians;
  bool complete = true, measured = false;
  auto json = nlohmann::ordered_json::array();
  std::string last;
  for (const Section& section : sections) {
    if (!is_chosen(section)) continue;
    if (section.name != last) {
      last = section.name;
      const std::size_t wanted = benchmark::RunSpecifiedBenchmarks(&medians, '^' + last + '/');
      measured = medians.count(last) == wanted;
      complete = complete && measured;
      if (!measured) std::fprintf(stderr, "bench: %s could not be measured\n", last.c_str());
    }
    if (measured) json.push_back(medians.print(section));
  }
  if (json_file) json_out << json.dump(2) << '\n';
  return complete ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  return report(error);
}
