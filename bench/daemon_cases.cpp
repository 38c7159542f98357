// 01 and 03 beside Python programs that do the same (bench/peers), on the offline price server.
// The benchmark's time is the CPU time of a poll; what else counts are its counters.
#include <sys/inotify.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "bench/cases.hpp"

using benchmark::State;
using namespace std::chrono_literals;
using Command = std::vector<std::string>;

static constexpr int warm_up = 10, polls = 50;
// 03 gives an answer up before the next tick: none shorter, while others use the machine.
static const std::string interval = "0.03", python = "/usr/bin/python3",
                         peers = SOURCE_DIR "/bench/peers/";

/// A file that a daemon appends lines to, in a new folder of its own. Throws std::system_error.
class Output {
 public:
  Output() {
    if (!mkdtemp(folder_.data()) || watch_ < 0 ||
        inotify_add_watch(watch_, folder_.c_str(), IN_MODIFY) < 0)
      throw std::system_error(errno, std::generic_category(), "Failed to watch " + folder_);
  }
  ~Output() {
    close(watch_);
    unlink(path().c_str());
    rmdir(folder_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string path() const { return folder_ + "/lines"; }

  /// Returns the number of lines, as soon as there are `wanted`. Throws std::runtime_error if
  /// they do not come, with what `daemon` said.
  long wait_for_lines(long wanted, Process& daemon) {
    for (;;) {
      std::ifstream in{path()};
      const long lines = std::count(std::istreambuf_iterator{in}, {}, '\n');
      if (lines >= wanted) return lines;
      if (!readable_within(watch_, 10s)) {
        daemon.terminate();
        throw std::runtime_error("the daemon wrote nothing in 10 s: " + daemon.err.read_all());
      }
      char events[4096];
      [[maybe_unused]] const ssize_t n = ::read(watch_, events, sizeof events);
    }
  }

 private:
  std::string folder_ = "daemon.XXXXXX";
  int watch_ = inotify_init1(IN_CLOEXEC);
};

/// The proportional set size of a process, in KiB: what it has alone, and its share of what it
/// has with others. Throws std::runtime_error. proc_pid_smaps(5)
static double pss(pid_t pid) {
  std::ifstream rollup{"/proc/" + std::to_string(pid) + "/smaps_rollup"};
  for (std::string word; rollup >> word;)
    if (double size = 0; word == "Pss:" && rollup >> size) return size;
  throw std::runtime_error("smaps_rollup has no Pss");
}

/// Of all threads. Throws std::system_error.
static double cpu_seconds_of(pid_t pid) {
  clockid_t clock{};
  if (const int error = clock_getcpuclockid(pid, &clock))
    throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
  return seconds(clock);
}

// ---- 03

/// How many connections the first `polls` requests came on, by the server's log.
static std::size_t connections(const std::string& log) {
  std::istringstream in{log};
  std::set<std::string> connections;
  std::string text;
  for (int requests = 0; requests < polls && std::getline(in, text); ++requests) {
    const std::size_t start = text.find("peer=");
    if (start == text.npos) throw std::runtime_error("the price server said: " + text);
    connections.insert(text.substr(start, text.find(' ', start) - start));
  }
  return connections.size();
}

static void poll_prices(State& state, Command (*command)(const std::string&, const std::string&)) {
  for (auto _ : state) {
    Process server{{PRICE_API, "--listen", "127.0.0.1:0"}};
    const std::string greeting = server.out.read_line().value_or("nothing");
    if (!greeting.starts_with("listening on "))
      throw std::runtime_error("the price server said " + greeting);

    Output prices;
    const double start = seconds(CLOCK_MONOTONIC);
    Process fetcher{command(greeting.substr(greeting.rfind(' ') + 1), prices.path())};
    prices.wait_for_lines(1, fetcher);
    state.counters["start"] = seconds(CLOCK_MONOTONIC) - start;

    const long first = prices.wait_for_lines(warm_up, fetcher);
    const double cpu = cpu_seconds_of(fetcher.pid());
    const long last = prices.wait_for_lines(warm_up + polls, fetcher);
    state.SetIterationTime((cpu_seconds_of(fetcher.pid()) - cpu) /
                           static_cast<double>(last - first));
    state.counters["pss"] = pss(fetcher.pid());
    fetcher.terminate();
    server.terminate();
    state.counters["connections"] = static_cast<double>(connections(server.err.read_all()));
  }
}

static void add_poller(const std::string& name,
                       Command (*command)(const std::string& url, const std::string& file)) {
  add_case("poller/" + name, [command](State& state) { poll_prices(state, command); })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(5);
}

// ---- 01

static void add_dates(const std::string& name, Command (*command)(const std::string& file)) {
  add_case("dates/" + name,
           [command](State& state) {
             for (auto _ : state) {
               Output dates;
               Process daemon{command(dates.path())};
               dates.wait_for_lines(5, daemon);
               state.counters["pss"] = pss(daemon.pid());
               state.SetIterationTime(cpu_seconds_of(daemon.pid()));
             }
           })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(5);
}

void add_daemon_cases() {
  add_poller("servicios", [](const std::string& url, const std::string& file) {
    return Command{PRICE_FETCHER, "--url", url, "--file", file, "--interval", interval};
  });
  add_poller("requests", [](const std::string& url, const std::string& file) {
    return Command{python, peers + "price_fetcher.py", url, file, interval};
  });
  add_poller("requests.Session", [](const std::string& url, const std::string& file) {
    return Command{python, peers + "price_fetcher.py", url, file, interval, "session"};
  });
  add_dates("servicios", [](const std::string& file) {
    return Command{DATE_DAEMON, "--file", file, "--interval", interval};
  });
  add_dates("python3", [](const std::string& file) {
    return Command{python, peers + "date_daemon.py", file, interval};
  });
}
