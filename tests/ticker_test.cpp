// The fixed cadence, and the signals that end it.
#include "common/ticker.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static bool is_readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, 0) == 1;
}

class TickerTest : public testing::Test {
 protected:
  const Clock::time_point start_ = Clock::now();
};

TEST_F(TickerTest, GivesTheFirstTickAtOnce) {
  Ticker ticker{365 * 86400.0};
  EXPECT_TRUE(ticker.wait());
  EXPECT_LT(seconds_since(start_), 1);
}

// What a tick's work takes, and what waking up takes, would add up in a loop that sleeps.
TEST_F(TickerTest, KeepsItsCadenceWithoutDrift) {
  constexpr double interval = 0.1;
  constexpr int count = 50;
  Ticker ticker{interval, count};
  ASSERT_TRUE(ticker.wait());
  const Clock::time_point first = Clock::now();

  std::vector<double> late;
  while (ticker.wait()) {
    const double time = seconds_since(first);
    EXPECT_GE(seconds_since(start_), interval * static_cast<double>(late.size() + 1));
    late.push_back(std::abs(std::remainder(time, interval)));
    std::this_thread::sleep_for(20ms);  // the work
  }
  ASSERT_EQ(late.size(), count - 1u);
  std::nth_element(late.begin(), late.begin() + count / 2, late.end());
  // A cadence that drifts is anywhere between two ticks: interval / 4 from one, on an average.
  EXPECT_LT(late[count / 2], interval / 8) << "the median of " << count << " ticks";
}

TEST_F(TickerTest, LeavesOutTheTicksThatWorkTookTooLongFor) {
  Ticker ticker{0.2};
  ASSERT_TRUE(ticker.wait());
  std::this_thread::sleep_for(500ms);  // over the ticks of 0.2 s and 0.4 s
  ASSERT_TRUE(ticker.wait());
  EXPECT_GE(seconds_since(start_), 0.6);
  ASSERT_TRUE(ticker.wait());
  EXPECT_GE(seconds_since(start_), 0.8) << "a tick was made up for";
}

TEST_F(TickerTest, EndsAfterItsCount) {
  Ticker ticker{0.001, 3};
  EXPECT_TRUE(ticker.wait());
  EXPECT_TRUE(ticker.wait());
  EXPECT_TRUE(ticker.wait());
  EXPECT_FALSE(ticker.wait());
  EXPECT_FALSE(ticker.wait());
}

TEST_F(TickerTest, GoesOnAfterASignalThatIsNotForIt) {
  struct sigaction handler {};
  handler.sa_handler = [](int) {};  // without SA_RESTART: ppoll(2) returns EINTR
  struct sigaction before {};
  sigaction(SIGALRM, &handler, &before);
  Ticker ticker{0.2};
  ASSERT_TRUE(ticker.wait());
  const itimerval every_20_ms{{0, 20'000}, {0, 20'000}}, never{};
  setitimer(ITIMER_REAL, &every_20_ms, nullptr);

  EXPECT_TRUE(ticker.wait());
  EXPECT_GE(seconds_since(start_), 0.2);

  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

TEST_F(TickerTest, PostponedLeavesOutTheTicksOfThatTime) {
  Ticker ticker{0.1};
  ASSERT_TRUE(ticker.wait());
  ticker.postpone(0.25);
  ASSERT_TRUE(ticker.wait());
  EXPECT_GE(seconds_since(start_), 0.3) << "the tick after 0.25 s is that of 0.3 s";
  ASSERT_TRUE(ticker.wait());
  EXPECT_GE(seconds_since(start_), 0.4) << "the cadence is the old one";
}

TEST_F(TickerTest, PostponedByLessThanTheIntervalKeepsTheNextTick) {
  Ticker ticker{1};
  ASSERT_TRUE(ticker.wait());
  ticker.postpone(0.3);
  ASSERT_TRUE(ticker.wait());
  EXPECT_LT(seconds_since(start_), 2);
}

// Whatever a program is given, also by its unit: WatchdogSec=700y.
TEST_F(TickerTest, ClampsEveryTime) {
  for (const double endless : {1e9, 2.2e10, 1e300, HUGE_VAL}) {
    Ticker ticker{endless};
    ticker.meanwhile(endless, [] {});
    EXPECT_TRUE(ticker.wait()) << endless;
    ticker.postpone(endless);
    std::thread sender{[] {
      std::this_thread::sleep_for(20ms);
      kill(getpid(), SIGTERM);
    }};
    EXPECT_FALSE(ticker.wait()) << endless << " has passed already";
    sender.join();
  }
  for (const double nothing : {0.0, -1.0, 1e-300, -HUGE_VAL, std::nan("")}) {
    Ticker ticker{nothing, 3};
    ticker.postpone(nothing);
    for (int tick = 0; tick < 3; ++tick) EXPECT_TRUE(ticker.wait()) << nothing;
    EXPECT_FALSE(ticker.wait());
  }
}

// ---- Meanwhile

static int calls;

TEST_F(TickerTest, WorksMeanwhileAtOnceAndEveryPeriod) {
  calls = 0;
  Ticker ticker{1};
  ticker.meanwhile(0.1, [] { ++calls; });
  ASSERT_TRUE(ticker.wait());
  EXPECT_EQ(calls, 1);
  ASSERT_TRUE(ticker.wait());
  EXPECT_GE(calls, 5);   // on a busy machine
  EXPECT_LE(calls, 11);  // the first, and one every 0.1 s of the second
}

TEST_F(TickerTest, WorksMeanwhileBetweenTicksThatAreShorterThanThePeriod) {
  calls = 0;
  Ticker ticker{0.01, 5};
  ticker.meanwhile(60, [] { ++calls; });
  while (ticker.wait()) continue;
  EXPECT_EQ(calls, 5);
}

TEST_F(TickerTest, WorksMeanwhileAtMostOnceAMillisecond) {
  for (const double period : {0.0, -1.0, 1e-9, std::nan("")}) {
    calls = 0;
    Ticker ticker{0.05, 2};
    ticker.meanwhile(period, [] { ++calls; });
    while (ticker.wait()) continue;
    EXPECT_GT(calls, 2) << period;
    EXPECT_LE(calls, 52) << period;
  }
}

// ---- SIGHUP

TEST_F(TickerTest, WorksAtOnceWhenSighupCameAndGoesOnWaiting) {
  static int hangups;
  hangups = 0;
  Ticker ticker{0.2};
  ticker.on_hangup([] { ++hangups; });
  ASSERT_TRUE(ticker.wait());
  kill(getpid(), SIGHUP);
  EXPECT_EQ(hangups, 0) << "not within what the program does";
  ASSERT_TRUE(ticker.wait());
  EXPECT_EQ(hangups, 1);
  EXPECT_GE(seconds_since(start_), 0.2) << "a tick came too early";
  ASSERT_TRUE(ticker.wait());
  EXPECT_EQ(hangups, 1);
}

TEST_F(TickerTest, OutlivesSighupWithNothingToDo) {
  Ticker ticker{0.05, 2};
  kill(getpid(), SIGHUP);
  EXPECT_TRUE(ticker.wait());
  EXPECT_TRUE(ticker.wait());
}

// ---- Signals: each test once with SIGTERM, once with SIGINT

class TickerSignalTest : public TickerTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Each, TickerSignalTest, testing::Values(SIGTERM, SIGINT),
                         [](const auto& test) { return sigabbrev_np(test.param); });

TEST_P(TickerSignalTest, BeforeTheFirstTickEndsIt) {
  Ticker ticker{60};
  raise(GetParam());
  EXPECT_FALSE(ticker.wait());
}

TEST_P(TickerSignalTest, DuringTheWorkEndsItEvenWhereATickIsDue) {
  Ticker ticker{0.001};
  ASSERT_TRUE(ticker.wait());
  raise(GetParam());
  std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(ticker.wait());
  EXPECT_FALSE(ticker.wait()) << "it stays ended";
}

TEST_P(TickerSignalTest, DuringTheWaitEndsItAtOnce) {
  Ticker ticker{60};
  ASSERT_TRUE(ticker.wait());
  Clock::time_point sent;
  std::thread sender{[&sent] {
    std::this_thread::sleep_for(50ms);  // as a rule, wait() waits by then; it need not
    sent = Clock::now();
    kill(getpid(), GetParam());
  }};
  EXPECT_FALSE(ticker.wait());
  const Clock::time_point ended = Clock::now();
  sender.join();
  EXPECT_LT(std::chrono::duration<double>(ended - sent).count(), 1);
}

/// Whoever starts a program may have blocked its signals, or ignored them. sigaction(2),
/// sigprocmask(2)
TEST_P(TickerSignalTest, EndsItAlsoIfItWasBlocked) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, GetParam());
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(30);  // ends it if it hangs
    std::signal(GetParam(), SIG_IGN);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    Ticker ticker{60};
    ticker.wait();
    kill(getpid(), GetParam());
    _exit(ticker.wait() ? 1 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_P(TickerSignalTest, InterruptsASystemCallThatBeginsALittleLater) {
  Ticker ticker{60};
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  raise(GetParam());
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), -1);  // it would wait for ever
  EXPECT_EQ(errno, EINTR);
  close(ends[0]);
  close(ends[1]);
}

TEST_P(TickerSignalTest, MakesTheDescriptorReadableAndItStaysSo) {
  Ticker ticker{60};
  EXPECT_FALSE(is_readable(ticker.stop_fd()));
  raise(GetParam());
  EXPECT_TRUE(is_readable(ticker.stop_fd()));
  EXPECT_FALSE(ticker.wait());
  EXPECT_TRUE(is_readable(ticker.stop_fd()));
}
