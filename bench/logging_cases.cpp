// The logger beside write(2), spdlog, glog and Python's logging: a call that is disabled, and a
// line that has reached the kernel when the call returns.
#define GLOG_NO_ABBREVIATED_SEVERITIES
#include <fcntl.h>
#include <glog/logging.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <future>
#include <iomanip>

#include "bench/cases.hpp"
#include "common/logging.hpp"

using benchmark::IterationCount;
using benchmark::State;

static const std::string coin = "bitcoin";
static const int price = 67187;
static const double real_price = 67187.33;
static const double long_price = 62791.89719626168;  // which no price API gives

// ---- The loggers: each writes such lines, save glog, whose prefix is its own.

static const std::string line = "2026-11-22 14:48:00,123 INFO bench: bitcoin costs 67187 usd\n";
static const std::string real_line =
    "2026-11-22 14:48:00,123 INFO bench: bitcoin costs 67187.33 usd\n";
static const std::string long_line =
    "2026-11-22 14:48:00,123 INFO bench: bitcoin costs 62791.89719626168 usd\n";

static logging::Logger& set_up_servicios() {
  auto file = std::make_shared<logging::FileHandler>("servicios.log");
  file->set_formatter(logging::Formatter{"%(asctime)s %(levelname)s %(name)s: %(message)s"});
  logging::Logger& logger = logging::get_logger("bench");
  logger.set_propagate(false);
  logger.set_level(logging::Level::INFO);
  logger.add_handler(std::move(file));
  return logger;
}

static std::shared_ptr<spdlog::logger> set_up_spdlog() {
  auto logger = spdlog::basic_logger_mt("bench", "spdlog.log");
  logger->set_pattern("%Y-%m-%d %H:%M:%S,%e %l %n: %v");
  logger->flush_on(spdlog::level::trace);
  return logger;
}

static void set_up_glog() {
  FLAGS_logbuflevel = -1;
  FLAGS_stderrthreshold = google::GLOG_FATAL;
  FLAGS_timestamp_in_logfile_name = false;
  google::SetLogDestination(google::GLOG_INFO, "glog.log");
  google::InitGoogleLogging("bench");
}

// ---- How they are measured

/// Throws unless `file` holds `lines` lines: who writes none would be fast.
static void expect_lines(const std::string& file, IterationCount lines) {
  struct stat status {};
  if (stat(file.c_str(), &status) < 0 ||
      status.st_size < lines * static_cast<IterationCount>(line.size()))
    throw std::runtime_error("lines are missing in " + file);
}

template <typename Body>
static void add_disabled_loop(const std::string& name, const Body& body) {
  add_case("disabled/" + name, body)->MinTime(0.02)->Repetitions(21);
}

template <typename Call>
static void add_disabled(const std::string& name, const Call& call) {
  add_disabled_loop(name, [call](State& state) {
    for (auto _ : state) call();
  });
}

template <typename Call>
static void add_alone(const std::string& name, const std::string& file, const Call& call) {
  add_case(name,
           [file, call](State& state) {
             truncate(file.c_str(), 0);
             for (auto _ : state) call();
             expect_lines(file, state.iterations());
           })
      ->MinTime(0.03)
      ->Repetitions(21);
}

/// Makes `calls` calls once the other thread has come, too, and returns when that was and when they
/// are done.
template <typename Call>
static std::pair<double, double> span(std::barrier<>& start, IterationCount calls,
                                      const Call& call) {
  start.arrive_and_wait();
  const double begin = seconds(CLOCK_MONOTONIC);
  for (IterationCount i = 0; i < calls; ++i) call();
  return {begin, seconds(CLOCK_MONOTONIC)};
}

/// Two threads that log at the same time. What counts is the time until both are done.
template <typename Call>
static void add_two_threads(const std::string& name, const std::string& file, const Call& call) {
  // Of a few thousand, one thread makes its half before the other has a processor: they never meet.
  static constexpr IterationCount round_size = 40'000;
  add_case(name,
           [file, call](State& state) {
             truncate(file.c_str(), 0);
             while (state.KeepRunningBatch(round_size)) {
               std::barrier<> start{2};
               auto other = std::async(std::launch::async,
                                       [&] { return span(start, round_size / 2, call); });
               const auto [begin, end] = span(start, round_size / 2, call);
               const auto [other_begin, other_end] = other.get();
               state.SetIterationTime(std::max(end, other_end) - std::min(begin, other_begin));
             }
             expect_lines(file, state.iterations());
           })
      ->UseManualTime()
      ->Iterations(round_size)
      ->Repetitions(21);
}

// A call takes twenty times as long as the others'.
static constexpr IterationCount python_round = 4000;

static void add_python(const std::string& name) {
  add_case(name + "/python3",
           [name](State& state) {
             truncate("python3.log", 0);
             PythonPeer python{name};
             python.run(python_round);  // the interpreter specializes what it runs again: PEP 659
             while (state.KeepRunningBatch(python_round))
               state.SetIterationTime(python.run(python_round));
             if (name != "disabled") expect_lines("python3.log", state.iterations());
           })
      ->UseManualTime()
      ->MinTime(0.03)
      ->Repetitions(21);
}

// ---- The cases

// In spdlog_header_only_case.cpp.
void disabled_spdlog_header_only(State& state, const std::string& coin, const int& price);

void add_logging_cases() {
  logging::Logger& servicios = set_up_servicios();
  const std::shared_ptr<spdlog::logger> spdlog = set_up_spdlog();
  set_up_glog();
  // Never closed: the cases run later.
  const int fd = open("write.log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

  static std::atomic<int> level{20};
  add_disabled("a load and a branch", [] {
    if (level.load(std::memory_order_relaxed) <= 10) benchmark::ClobberMemory();
  });
  add_disabled("servicios", [&] { servicios.debug("{} costs {} usd", coin, price); });
  logging::Logger& below = logging::get_logger("bench.prices");  // whose level is the one's above
  add_disabled("servicios, a level above", [&] { below.debug("{} costs {} usd", coin, price); });
  add_disabled("spdlog", [spdlog] { spdlog->debug("{} costs {} usd", coin, price); });
  add_disabled_loop("spdlog header-only",
                    [](State& state) { disabled_spdlog_header_only(state, coin, price); });
  add_disabled("glog VLOG", [] { VLOG(1) << coin << " costs " << price << " usd"; });
  add_python("disabled");

  const auto prebuilt = [fd](const std::string& text) {
    return [fd, text] { benchmark::DoNotOptimize(write(fd, text.data(), text.size())); };
  };
  const auto with_servicios = [&] { servicios.info("{} costs {} usd", coin, price); };
  const auto with_spdlog = [spdlog] { spdlog->info("{} costs {} usd", coin, price); };
  const auto with_glog = [] { LOG(INFO) << coin << " costs " << price << " usd"; };

  add_alone("file/write(2)", "write.log", prebuilt(line));
  add_alone("file/servicios", "servicios.log", with_servicios);
  add_alone("file/spdlog", "spdlog.log", with_spdlog);
  add_alone("file/glog", "glog.log", with_glog);
  add_python("file");

  add_alone("file-real/write(2)", "write.log", prebuilt(real_line));
  add_alone("file-real/servicios", "servicios.log",
            [&] { servicios.info("{} costs {} usd", coin, real_price); });
  add_alone("file-real/spdlog", "spdlog.log",
            [spdlog] { spdlog->info("{} costs {} usd", coin, real_price); });
  add_alone("file-real/glog", "glog.log",
            [] { LOG(INFO) << coin << " costs " << std::setprecision(7) << real_price << " usd"; });
  add_python("file-real");

  add_alone("file-long/write(2)", "write.log", prebuilt(long_line));
  add_alone("file-long/servicios", "servicios.log",
            [&] { servicios.info("{} costs {} usd", coin, long_price); });
  add_alone("file-long/spdlog", "spdlog.log",
            [spdlog] { spdlog->info("{} costs {} usd", coin, long_price); });

  add_two_threads("file-threads/write(2)", "write.log", prebuilt(line));
  add_two_threads("file-threads/servicios", "servicios.log", with_servicios);
  add_two_threads("file-threads/spdlog", "spdlog.log", with_spdlog);
  add_two_threads("file-threads/glog", "glog.log", with_glog);
  add_python("file-threads");
}
