// Whether something comes at a fixed interval, told from when it came.
//
//     Cadence cadence{5};
//     while (cadence.verdict() == Cadence::Verdict::undecided) cadence.add(wait_for_the_next());
//
// A round that takes a fifth of a second too long is to be found. A round that is late now and then
// is no fault: a machine under load delays anything, by more than that. So no single gap decides.
// For every two lines there is a slope, the seconds from one to the other divided by the rounds
// between them; their median is the program's own round even if a quarter of the lines come late
// (Theil and Sen's estimator), and half of the gaps may be wrong if the others tell the same.
// https://en.wikipedia.org/wiki/Theil-Sen_estimator
//
// After a round that is left out the next line is on time; after a line that is late it comes
// sooner. That tells the one from the other. Once is no fault, and again and again is one: the
// rounds that are left out lie equally far apart, or they are many.
//
// If all is clear, it is decided after two rounds or 3 seconds, whichever is longer. If not, it
// takes up to three times as many rounds.
//
// tests/cadence_test.cpp has the figures, for a machine on which every eighth line is up to a
// second late: of 100 wrong programs 98 are found, and of 1000 right ones none is called wrong.
#pragma once

#include <cstddef>
#include <vector>

class Cadence {
 public:
  /// kept: within `tolerance()`. off: it is not. crowded: two and more come at once. gaps: rounds
  /// are left out again and again.
  enum class Verdict { undecided, kept, off, crowded, gaps };

  /// `interval` in seconds, from 0.1.
  explicit Cadence(double interval);

  /// Something came at that time: seconds of any clock, none earlier than the one before.
  void add(double time) { times_.push_back(time); }

  /// Returns what can be said so far. More times may still change it.
  Verdict verdict() const;

  /// Seconds from one to the next, typically: Theil and Sen's estimate. NaN if none or one came.
  double round() const;

  /// How often something failed to come for a round or more, and came in its place again.
  std::size_t times_left_out() const { return left_out().size(); }

  /// Seconds from each to the next.
  std::vector<double> gaps() const { return gaps(times_.empty() ? 0 : times_.size() - 1); }

  /// After so many rounds it is decided in any case.
  std::size_t most_rounds() const { return 3 * least_rounds(); }

  /// How many have come.
  std::size_t count() const { return times_.size(); }

  /// Returns how many seconds a round may differ: 0.15, or half the interval if that is less. So a
  /// fifth of a second too much is found.
  double tolerance() const;

 private:
  /// Where rounds were left out: before which round, counted from the first line, and how many.
  struct LeftOut {
    long round, rounds;
  };

  std::size_t least_rounds() const;
  long rounds_in(double gap) const;
  std::vector<LeftOut> left_out() const;
  bool leaves_out_regularly() const;
  std::vector<double> gaps(std::size_t number) const;  // the last so many
  std::vector<double> slopes() const;

  double interval_;
  std::vector<double> times_;
};
