#include "common/ticker.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "common/signals.hpp"

static constexpr std::int64_t second = 1'000'000'000;
static constexpr std::int64_t millisecond = 1'000'000;

/// The time on a clock that does not jump when somebody sets the date. clock_gettime(2)
static std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

/// At most a century, since an std::int64_t holds three; 0 for what is negative, or no number.
static std::int64_t nanoseconds(double seconds) {
  constexpr double century = 100 * 365.25 * 86400;
  if (!(seconds > 0)) return 0;
  return static_cast<std::int64_t>(std::min(seconds, century) * static_cast<double>(second));
}

Ticker::Ticker(double interval, std::uint64_t count)
    : interval_(std::max<Nanoseconds>(nanoseconds(interval), 1)), ticks_left_(count) {
  signals::listen();
}

bool Ticker::wait() {
  if (ticks_left_ == 0) return false;

  // Counted from the tick before and never from now, or every delay would add up.
  const Nanoseconds earliest = std::max(now(), not_before_);
  tick_ = tick_ == 0 ? earliest : tick_ + interval_ * ((earliest - tick_) / interval_ + 1);

  do {
    if (work_) work_();
    if (stopped_before(work_ ? std::min(tick_, now() + period_) : tick_)) return false;
  } while (now() < tick_);

  if (ticks_left_ != forever) --ticks_left_;
  return true;
}

void Ticker::postpone(double delay) { not_before_ = now() + nanoseconds(delay); }

void Ticker::meanwhile(double period, void (*work)()) {
  period_ = std::max(nanoseconds(period), millisecond);
  work_ = work;
}

void Ticker::on_hangup(std::function<void()> work) { hangup_work_ = std::move(work); }

int Ticker::stop_fd() { return signals::stop_fd(); }

bool Ticker::stopped_before(Nanoseconds deadline) const {
  pollfd signals[] = {{signals::stop_fd(), POLLIN, 0}, {signals::hangup_fd(), POLLIN, 0}};
  for (;;) {
    const Nanoseconds left = std::max<Nanoseconds>(0, deadline - now());
    const timespec timeout{left / second, left % second};
    const int ready = ppoll(signals, std::size(signals), &timeout, nullptr);
    if (ready < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "Failed to wait for the next tick");
    if (signals::stop_requested()) return true;
    if (ready == 0) return false;
    if (ready > 0 && signals::take_hangup() && hangup_work_) hangup_work_();
  }
}
