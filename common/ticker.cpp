#include "common/ticker.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

static constexpr std::int64_t second = 1'000'000'000;

/// From where the clock stands: it does not jump when somebody sets the date. clock_gettime(2)
static std::int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

static std::int64_t nanoseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * static_cast<double>(second));
}

Ticker::Ticker(double interval, std::uint64_t count)
    : interval_(nanoseconds(interval)), ticks_left_(count) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0)
    throw std::system_error(error, std::generic_category(), "Failed to block SIGTERM and SIGINT");

  // It is never read: a signal that came stays pending, and the descriptor readable. signalfd(2)
  stop_fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
  if (stop_fd_ < 0)
    throw std::system_error(errno, std::generic_category(), "Failed to watch SIGTERM and SIGINT");
}

Ticker::~Ticker() { close(stop_fd_); }

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
  period_ = nanoseconds(period);
  work_ = work;
}

bool Ticker::stopped_before(Nanoseconds deadline) const {
  pollfd stop{stop_fd_, POLLIN, 0};
  for (;;) {
    const Nanoseconds left = std::max<Nanoseconds>(0, deadline - now());
    const timespec timeout{left / second, left % second};
    const int ready = ppoll(&stop, 1, &timeout, nullptr);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "Failed to wait for the next tick");
  }
}
