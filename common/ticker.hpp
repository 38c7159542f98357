// A fixed cadence that a signal ends.
//
//     Ticker ticker{5};
//     while (ticker.wait()) do_the_work();
//
// The first tick comes at once, the others at multiples of the interval after it on the monotonic
// clock: work that takes a while does not shift them, and a tick whose time passes meanwhile is
// left out. SIGTERM and SIGINT stay blocked and are waited for together with the clock, so that
// none is missed and no handler is needed. Times are seconds. Not thread-safe.
#pragma once

#include <cstdint>

class Ticker {
 public:
  static constexpr std::uint64_t forever = UINT64_MAX;

  /// Gives at most `count` ticks, `interval` apart, which is above 0. Blocks SIGTERM and SIGINT in
  /// the calling thread, and so in those that it starts later. Throws std::system_error.
  explicit Ticker(double interval, std::uint64_t count = forever);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Waits for the next tick. False when it is time to end: a signal came, or all ticks did.
  bool wait();

  /// Leaves out the ticks of the next `delay`.
  void postpone(double delay);

  /// Has wait() call `work` at once, and again every `period`, which is above 0.
  void meanwhile(double period, void (*work)());

  /// Readable from the moment that SIGTERM or SIGINT came, for a poll(2) of the caller's own.
  int stop_fd() const { return stop_fd_; }

 private:
  using Nanoseconds = std::int64_t;  // on CLOCK_MONOTONIC, or a span of it

  bool stopped_before(Nanoseconds deadline) const;

  Nanoseconds interval_;
  std::uint64_t ticks_left_;
  int stop_fd_;
  Nanoseconds tick_ = 0;  // the one that wait() gave last, or waits for
  Nanoseconds not_before_ = 0;
  Nanoseconds period_ = 0;
  void (*work_)() = nullptr;
};
