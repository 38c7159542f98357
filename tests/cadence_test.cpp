// The judgement of a cadence, on times that a seeded chance makes up.
#include "checks/cadence.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace {

using Verdict = Cadence::Verdict;
using Noise = std::function<double(int line, std::mt19937& chance)>;

/// What comes of lines that are `round` seconds apart, each late by some noise.
Verdict verdict_of(double interval, double round, const Noise& noise, unsigned seed = 1) {
  std::mt19937 chance{seed};
  Cadence cadence{interval};
  double last = 0;
  for (int line = 0; cadence.verdict() == Verdict::undecided && line < 1000; ++line)
    cadence.add(last = std::max(last, line * round + noise(line, chance)));
  return cadence.verdict();
}

double quiet(int, std::mt19937&) { return 0; }

/// Of a machine under load: 30 ms as a rule, and one in eight by up to a second.
double loaded(int, std::mt19937& chance) {
  const double late = std::exponential_distribution{1 / 0.03}(chance);
  return late + (chance() % 8 ? 0 : std::uniform_real_distribution{0.0, 1.0}(chance));
}

/// In how many of a thousand runs the verdict is that one.
int of_a_thousand(Verdict verdict, double interval, double round) {
  int count = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed)
    count += verdict_of(interval, round, loaded, seed) == verdict;
  return count;
}

TEST(Cadence, IsKeptAfterTwoRoundsIfAllIsClear) {
  Cadence cadence{5};
  for (const double time : {100.0, 105.01}) cadence.add(time);
  EXPECT_EQ(cadence.verdict(), Verdict::undecided);
  cadence.add(110.0);
  EXPECT_EQ(cadence.verdict(), Verdict::kept);
}

TEST(Cadence, FindsAFifthOfASecond) {
  for (const double interval : {0.5, 1.0, 2.0, 5.0, 60.0}) {
    EXPECT_EQ(verdict_of(interval, interval + 0.2, quiet), Verdict::off) << interval;
    EXPECT_EQ(verdict_of(interval, interval - 0.2, quiet), Verdict::off) << interval;
    EXPECT_EQ(verdict_of(interval, interval, quiet), Verdict::kept) << interval;
  }
}

TEST(Cadence, FindsItUnderLoadToo) {
  for (const double interval : {1.0, 5.0}) {
    EXPECT_GE(of_a_thousand(Verdict::off, interval, interval + 0.2), 970) << interval;
    EXPECT_GE(of_a_thousand(Verdict::kept, interval, interval), 998) << interval;
  }
}

TEST(Cadence, IsKeptByOneThatIsLateOnce) {
  for (int late = 0; late < 6; ++late)
    for (const double by : {0.3, 0.6, 2.0}) {
      const auto once = [=](int line, std::mt19937&) { return line == late ? by : 0; };
      EXPECT_EQ(verdict_of(5, 5, once), Verdict::kept) << late << ' ' << by;
    }
}

TEST(Cadence, IsKeptByOneThatGoesOnFromWhereItWasLate) {
  const auto shifted = [](int line, std::mt19937&) { return line < 2 ? 0 : 0.6; };
  EXPECT_EQ(verdict_of(1, 1, shifted), Verdict::kept);
  EXPECT_EQ(verdict_of(5, 5, shifted), Verdict::kept);
}

TEST(Cadence, IsKeptIfEveryOtherAnswerComesLate) {
  const auto every_other = [](int line, std::mt19937&) { return line % 2 ? 0.6 : 0; };
  EXPECT_EQ(verdict_of(1, 1, every_other), Verdict::kept);
}

TEST(Cadence, IsOffIfItIsAnotherInterval) {
  EXPECT_EQ(verdict_of(1, 0.1, quiet), Verdict::off);
  EXPECT_EQ(verdict_of(1, 3, quiet), Verdict::off);
  EXPECT_EQ(verdict_of(0.1, 0.3, quiet), Verdict::off);
}

TEST(Cadence, IsCrowdedIfTwoComeAtOnce) {
  const auto pairs = [](int line, std::mt19937&) { return line % 2 ? 0.0 : 5.0; };
  EXPECT_EQ(verdict_of(5, 5, pairs), Verdict::crowded);
}

TEST(Cadence, IsOffIfItWaitsForNothing) {
  Cadence cadence{5};
  for (int line = 0; cadence.verdict() == Verdict::undecided && line < 1000; ++line)
    cadence.add(line / 8 * 0.04);  // eight lines a look
  EXPECT_EQ(cadence.verdict(), Verdict::off);
}

TEST(Cadence, IsCrowdedIfABufferIsWritten) {
  Cadence cadence{5};
  cadence.add(0);
  for (int line = 200; cadence.verdict() == Verdict::undecided && line < 1000; ++line)
    cadence.add(line / 200 * 1000.0);
  EXPECT_EQ(cadence.verdict(), Verdict::crowded);
}

/// What comes of a program that leaves out the rounds for which that is true.
Verdict without(const std::function<bool(int round)>& left_out, double interval,
                const Noise& noise = quiet) {
  std::mt19937 chance{1};
  Cadence cadence{interval};
  for (int round = 0; cadence.verdict() == Verdict::undecided && round < 1000; ++round)
    if (!left_out(round)) cadence.add(round * interval + noise(round, chance));
  return cadence.verdict();
}

TEST(Cadence, HasGapsIfEveryThirdRoundIsLeftOut) {
  for (const double interval : {0.5, 1.0, 2.0, 5.0, 60.0})
    for (int which = 0; which < 3; ++which)
      EXPECT_EQ(without([which](int round) { return round % 3 == which; }, interval), Verdict::gaps)
          << interval << ' ' << which;
}

TEST(Cadence, HasGapsIfEveryFourthRoundIsLeftOut) {
  for (int which = 0; which < 4; ++which)
    EXPECT_EQ(without([which](int round) { return round % 4 == which; }, 1), Verdict::gaps)
        << which;
}

TEST(Cadence, HasGapsIfTwoOfFiveRoundsAreLeftOut) {
  EXPECT_EQ(without([](int round) { return round % 5 >= 3; }, 1), Verdict::gaps);
}

TEST(Cadence, HasGapsThoughLinesAreLateByATenth) {
  const auto late = [](int round, std::mt19937&) { return round % 2 * 0.1; };
  EXPECT_EQ(without([](int round) { return round % 3 == 2; }, 1, late), Verdict::gaps);
}

TEST(Cadence, IsKeptIfARoundIsLeftOutOnce) {
  for (const double interval : {1.0, 5.0})
    for (int left_out = 1; left_out < 6; ++left_out)
      EXPECT_EQ(without([left_out](int round) { return round == left_out; }, interval),
                Verdict::kept)
          << interval << ' ' << left_out;
}

TEST(Cadence, IsKeptByOneThatIsLateByARound) {
  const auto late = [](int round, std::mt19937&) { return round % 3 == 1 ? 0.95 : 0; };
  EXPECT_EQ(verdict_of(1, 1, late), Verdict::kept);
}

}  // namespace
