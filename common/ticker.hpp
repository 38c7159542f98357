// A fixed cadence that a signal ends.
//
//     Ticker ticker{5s};
//     while (ticker.wait()) do_the_work();
//
// The first tick comes at once, the others at multiples of the interval after it, on the
// monotonic clock: work that takes a while does not shift them, and a tick that has passed
// meanwhile is left out rather than made up for. SIGTERM and SIGINT stay blocked and are
// waited for together with the clock, so that none is missed and no handler is needed.
//
// Not thread-safe: one loop, in the thread that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

class Ticker {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Blocks SIGTERM and SIGINT in the calling thread, and so in the threads it starts later.
  /// `interval` is above 0; `count` ticks are given, or with 0 as many as there is time for.
  /// Throws std::system_error where signalfd(2) fails.
  explicit Ticker(Duration interval, std::uint64_t count = 0);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Waits for the next tick. False when it is time to end: a signal came, or `count` ticks did.
  bool wait();

  /// The next tick comes no sooner than `delay` from now, at its own time of the cadence.
  void postpone(Duration delay);

  /// While it waits, calls `work` every `period`, which is above 0: a watchdog's ping, say.
  void meanwhile(Duration period, std::function<void()> work);

  /// Readable from the moment SIGTERM or SIGINT has come, for a poll(2) of the caller's own.
  int stop_fd() const { return stop_fd_; }

 private:
  bool stopped_before(std::chrono::steady_clock::time_point deadline) const;

  Duration interval_;
  std::uint64_t remaining_;
  int stop_fd_;
  std::chrono::steady_clock::time_point next_;
  Duration period_{};
  std::function<void()> work_;
};
