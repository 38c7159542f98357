#include "checks/cadence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

static double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Of how many of the values that is true, from 0 to 1.
template <typename Predicate>
static double share(const std::vector<double>& values, Predicate is_one) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), is_one)) /
         static_cast<double>(values.size());
}

Cadence::Cadence(double interval) : interval_(interval) {}

double Cadence::tolerance() const { return std::min(0.15, interval_ / 2); }

/// Of a short interval there are more, as its tolerance is as small as what one wakes up late.
std::size_t Cadence::least_rounds() const {
  return std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(3 / interval_)));
}

std::vector<double> Cadence::gaps(std::size_t number) const {
  std::vector<double> found;
  for (std::size_t i = times_.size() - number; i < times_.size(); ++i)
    found.push_back(times_[i] - times_[i - 1]);
  return found;
}

std::vector<double> Cadence::slopes() const {
  std::vector<double> found;
  for (std::size_t i = 0; i < times_.size(); ++i)
    for (std::size_t j = i + 1; j < times_.size(); ++j)
      found.push_back((times_[j] - times_[i]) / static_cast<double>(j - i));
  return found;
}

/// How many rounds a gap is, or -1 if it is no whole number of them.
long Cadence::rounds_in(double gap) const {
  const long rounds = std::lround(gap / interval_);
  const double near = std::min(tolerance(), interval_ / 5);
  return std::abs(gap - static_cast<double>(rounds) * interval_) <= near ? rounds : -1;
}

/// Of a late line the gap behind it is shorter: it belongs to no round.
std::vector<Cadence::LeftOut> Cadence::left_out() const {
  std::vector<LeftOut> found;
  const auto all = gaps();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const long rounds = rounds_in(all[i]);
    if (rounds < 2 || (i + 1 < all.size() && rounds_in(all[i + 1]) < 1)) continue;
    found.push_back({std::lround((times_[i] - times_.front()) / interval_) + 1, rounds - 1});
  }
  return found;
}

/// With one period that explains all: none of its rounds has come. A longer interval is another
/// fault.
bool Cadence::leaves_out_regularly() const {
  const auto found = left_out();
  if (found.size() < 2 || found.size() + 1 >= times_.size()) return false;
  if (found.size() >= 3 && 3 * found.size() >= times_.size()) return true;
  const long period = found[1].round - found[0].round,
             last = std::lround((times_.back() - times_.front()) / interval_);
  for (std::size_t i = 1; i < found.size(); ++i)
    if (found[i].round - found[i - 1].round != period || found[i].rounds != found[0].rounds)
      return false;
  return found.front().round <= period && last < found.back().round + period;
}

double Cadence::round() const { return median(slopes()); }

Cadence::Verdict Cadence::verdict() const {
  const std::size_t rounds = times_.empty() ? 0 : times_.size() - 1, least = least_rounds();
  if (rounds < least) return Verdict::undecided;
  const auto all_gaps = gaps(rounds), all_slopes = slopes();

  // Nothing was late: at first in all rounds, and later in the last few.
  const auto is_clear = [this](double round) {
    return std::abs(round - interval_) <= tolerance() * 2 / 3;
  };
  const std::size_t few = rounds == least ? least : std::max<std::size_t>(3, least);
  const auto last = gaps(few);
  const double their_round =
      (times_.back() - times_[times_.size() - 1 - few]) / static_cast<double>(few);
  const bool all_in_place = std::all_of(all_gaps.begin(), all_gaps.end(),
                                        [this](double gap) { return rounds_in(gap) > 0; });
  const bool has_left_out = all_in_place && times_left_out() > 0 &&
                            std::any_of(all_gaps.begin(), all_gaps.end(),
                                        [this](double gap) { return rounds_in(gap) == 1; });
  if (!has_left_out && share(last, is_clear) == 1 && is_clear(their_round)) return Verdict::kept;
  if (rounds < 4) return Verdict::undecided;
  if (leaves_out_regularly()) return Verdict::gaps;
  if (has_left_out) return rounds < most_rounds() ? Verdict::undecided : Verdict::kept;

  // No pause is as long as it should be: then nothing waits in a buffer, and the program waits for
  // nothing.
  if (*std::max_element(all_gaps.begin(), all_gaps.end()) < interval_ / 4) return Verdict::off;

  // Something was, and the most agree all the same.
  if (share(all_gaps, [this](double gap) { return gap < interval_ / 50; }) > 1.0 / 3)
    return Verdict::crowded;
  if (share(all_slopes, is_clear) >= 0.6) return Verdict::kept;
  const auto is_longer = [this](double round) { return round > interval_ + tolerance(); };
  const auto is_shorter = [this](double round) { return round < interval_ - tolerance(); };
  for (const double off : {share(all_slopes, is_longer), share(all_slopes, is_shorter)})
    if (off >= 0.8) return Verdict::off;
  if (rounds < most_rounds()) return Verdict::undecided;

  // They do not. A line that never came, or came late once and for all, is in few of the gaps;
  // every other line that comes late is in few of the slopes.
  const auto is_off = [this](double round) { return std::abs(round - interval_) > tolerance(); };
  return is_off(median(all_slopes)) && is_off(median(all_gaps)) ? Verdict::off : Verdict::kept;
}
