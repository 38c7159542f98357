// What is measured. Each function below registers cases with Google Benchmark, a benchmark for
// each of those that are compared, named CASE/WHO; bench/main.cpp has the table that they fill.
#pragma once

#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>

#include "tests/process.hpp"

void add_logging_cases();
void add_journal_cases();
void add_compile_cases();
void add_daemon_cases();

/// Registers `body`, which throws if it cannot measure: the benchmark then has no result, and
/// the whole run fails.
template <typename Body>
auto* add_case(const std::string& name, const Body& body) {
  return benchmark::RegisterBenchmark(
      name.c_str(), [name, body, failed = false](benchmark::State& state) mutable {
        if (failed) return state.SkipWithError("it failed before");
        try {
          body(state);
        } catch (const std::exception& error) {
          failed = true;
          std::fprintf(stderr, "bench: %s: %s\n", name.c_str(), error.what());
          state.SkipWithError(error.what());
        }
      });
}

/// Seconds on a clock of clock_gettime(2).
inline double seconds(clockid_t clock) {
  std::timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What it costs this thread to call `work`: its own CPU time, since others use the machine, too.
template <typename Work>
double cpu_seconds(const Work& work) {
  const double start = seconds(CLOCK_THREAD_CPUTIME_ID);
  work();
  return seconds(CLOCK_THREAD_CPUTIME_ID) - start;
}

/// bench/peers/logging_peer.py with one of its cases. It measures itself, from within.
class PythonPeer {
 public:
  /// Throws std::system_error.
  explicit PythonPeer(const std::string& name)
      : process_({"/usr/bin/python3", SOURCE_DIR "/bench/peers/logging_peer.py",
                  std::to_string(channel_.theirs), name}),
        answers_(channel_.ours) {
    close(channel_.theirs);
  }

  /// The seconds that `calls` calls take. Throws std::runtime_error if Python gives none.
  double run(benchmark::IterationCount calls) {
    const std::string request = std::to_string(calls) + '\n';
    send(channel_.ours, request.data(), request.size(), MSG_NOSIGNAL);
    const auto answer = answers_.read_line(std::chrono::minutes{1});
    if (answer) return std::stod(*answer);
    std::string reason = "no answer";
    while (const auto said = process_.err.read_line()) reason = *said;  // a traceback's end
    throw std::runtime_error("python3: " + reason);
  }

 private:
  struct Channel {
    Channel() {
      int ends[2];
      if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        throw std::system_error(errno, std::generic_category(), "socketpair");
      ours = ends[0], theirs = ends[1];
      fcntl(ours, F_SETFD, FD_CLOEXEC);
    }
    int ours, theirs;
  };

  Channel channel_;
  Process process_;
  PipeReader answers_;
};
