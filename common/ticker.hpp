// A fixed cadence that a signal ends.
//
//     Ticker ticker{5};
//     while (ticker.wait()) do_the_work();
//
// The first tick comes at once, the others at multiples of the interval after it on the monotonic
// clock. Work that takes a while does not shift them. A tick whose time passes meanwhile is left
// out. SIGTERM and SIGINT end the wait; common/signals.hpp tells how. Times are seconds; those
// longer than a century count as a century. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>

class Ticker {
 public:
  static constexpr std::uint64_t forever = UINT64_MAX;

  /// Gives at most `count` ticks, `interval` seconds apart. An interval below a nanosecond is
  /// taken for a nanosecond. Begins to listen to SIGTERM, SIGINT and SIGHUP. Throws
  /// std::system_error.
  explicit Ticker(double interval, std::uint64_t count = forever);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Waits for the next tick and returns true. Returns false if it is time to end: SIGTERM or
  /// SIGINT came, or no tick is left. Throws std::system_error if ppoll(2) fails, and what the work
  /// of on_hangup() throws.
  bool wait();

  /// Leaves out the ticks of the next `delay` seconds. The later ones keep their times. A second
  /// call takes the place of the first.
  void postpone(double delay);

  /// From now on, each wait() calls `work` when it begins, and then every `period` seconds while it
  /// waits. A period below a millisecond is taken for a millisecond.
  void meanwhile(double period, void (*work)());

  /// Has wait() call `work` when SIGHUP came. Unless set, SIGHUP does nothing, but
  /// for one of a terminal that is closed: take_hangup() tells.
  void on_hangup(std::function<void()> work);

  /// Readable from the moment that SIGTERM or SIGINT came, for the caller's own poll(2).
  static int stop_fd();

 private:
  using Nanoseconds = std::int64_t;  // on CLOCK_MONOTONIC, or a span of it

  bool stopped_before(Nanoseconds deadline) const;

  Nanoseconds interval_;
  std::uint64_t ticks_left_;
  Nanoseconds tick_ = 0;  // the one that wait() gave last, or waits for
  Nanoseconds not_before_ = 0;
  Nanoseconds period_ = 0;
  void (*work_)() = nullptr;
  std::function<void()> hangup_work_;
};
