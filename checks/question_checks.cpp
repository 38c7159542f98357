#include "checks/question_checks.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/price_server.hpp"
#include "checks/text.hpp"

/// When the file was made, if its file system knows. statx(2)
static std::optional<Time> birth_of(const std::filesystem::path& path) {
  struct statx file {};
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &file) != 0 || !(file.stx_mask & STATX_BTIME))
    return std::nullopt;
  return Time{
      std::chrono::microseconds{file.stx_btime.tv_sec * 1'000'000 + file.stx_btime.tv_nsec / 1000}};
}

/// The first line that can be judged. Of a file that is older than the process, or of a process
/// whose first answers may be forgotten, it is the first that has come since these checks began.
static std::size_t first_line(Submission& submission, const Output& output) {
  using namespace std::chrono_literals;
  // The kernel stamps a file with the time of its last tick, up to 10 ms ago.
  if (const auto birth = birth_of(output.path);
      birth && *birth + 10ms >= submission.started() && now() - submission.started() < remembered)
    return 0;
  if (!submission.earlier_lines) submission.earlier_lines = output.lines.size();
  return std::min(*submission.earlier_lines, output.lines.size());
}

/// What the last digit of a number is worth: 0.01 of 67187.33, and 10 of 6.719e4.
static double last_digit(const std::string& number) {
  const std::size_t end = std::min(number.find_first_of("eE"), number.size()),
                    point = std::min(number.find('.'), end);
  const int exponent = std::atoi(number.c_str() + std::min(end + 1, number.size())),
            decimals = point == end ? 0 : static_cast<int>(end - point - 1);
  return std::pow(10, exponent - decimals);
}

/// How many digits it has before an exponent, without zeros that begin it.
static std::ptrdiff_t digits_of(const std::string& number) {
  const auto first = std::min(number.find_first_of("123456789"), number.size()),
             end = std::min(number.find_first_of("eE", first), number.size());
  return std::count_if(number.begin() + static_cast<std::ptrdiff_t>(first),
                       number.begin() + static_cast<std::ptrdiff_t>(end),
                       [](char c) { return c >= '0' && c <= '9'; });
}

/// The part of a number that arithmetic with doubles may change.
static constexpr double rounding = 1e-12;

// With fewer digits than four, one number would be any price.
bool is_this_price(const std::string& number, double price) {
  const double off = std::abs(std::strtod(number.c_str(), nullptr) - price);
  return off <= rounding * price ||
         (off <= last_digit(number) && off <= 0.01 * price && digits_of(number) >= 4);
}

KnownPrices::KnownPrices(Submission& submission) {
  if (const auto output = output_of(submission, is_price))
    std::copy_if(output->lines.begin(), output->lines.end(), std::back_inserter(lines_), is_price);
  if (!asks_price_server(submission)) return;
  for (const Answer& answer :
       answers_to_unit(submission, std::max<Time>(submission.started(), now() - remembered)))
    given_.insert(given_.end(), answer.prices.begin(), answer.prices.end());
}

bool KnownPrices::has(double price) const {
  const auto is_it = [price](double other, double off) { return std::abs(other - price) <= off; };
  // Of an answer that nobody here has seen, the file may have fewer digits.
  return std::any_of(given_.begin(), given_.end(),
                     [&](double given) { return is_it(given, rounding * given); }) ||
         std::any_of(lines_.begin(), lines_.end(), [&](const std::string& line) {
           const double written = std::strtod(line.c_str(), nullptr);
           return is_it(written, given_.empty() ? last_digit(line) : rounding * written);
         });
}

std::optional<double> KnownPrices::nearest(double price) const {
  std::vector<double> all = given_;
  if (all.empty())
    for (const std::string& line : lines_) all.push_back(std::strtod(line.c_str(), nullptr));
  if (all.empty()) return std::nullopt;
  return *std::min_element(all.begin(), all.end(), [price](double a, double b) {
    return std::abs(a - price) < std::abs(b - price);
  });
}

/// The last of them, for somebody to compare with.
static std::string listed_answers(const std::vector<Answer>& answers) {
  std::vector<std::string> prices;
  for (const Answer& answer : answers)
    for (const double price : answer.prices) prices.push_back(fmt::format("{}", price));
  if (prices.empty()) return _("nothing");
  return listed(std::vector<std::string>(
      prices.end() - std::min<std::ptrdiff_t>(5, std::ssize(prices)), prices.end()));
}

/// Whether it is a price of theirs, rounded to a float.
static bool is_float_of(const std::string& number, const std::vector<Answer>& answers) {
  const double written = std::strtod(number.c_str(), nullptr);
  const auto is_rounded = [written](double price) {
    return std::abs(written - static_cast<double>(static_cast<float>(price))) <= rounding * written;
  };
  return std::any_of(answers.begin(), answers.end(), [&](const Answer& answer) {
    return std::any_of(answer.prices.begin(), answer.prices.end(), is_rounded);
  });
}

/// Why a price that is not among the answers is none; `is_old` if it is one of those before.
static std::string why_unasked(const std::string& price, const std::vector<Answer>& answers,
                               bool is_old) {
  if (answers.empty())
    return _(
        "the program has not asked the price server, and wrote a price: there is no price "
        "without a question");
  if (is_old)
    return _(
        "this price was written before: the program wrote it again, without a question that it "
        "is the answer to");
  return is_float_of(price, answers)
             ? _("it is a price that the server gave, in a float: that has seven digits, and a "
                 "double fifteen")
             : _("the server gave no such price to this program: it is made up, or another number "
                 "than the one that was asked for");
}

std::optional<UnaskedPrice> unasked_price(Submission& submission, const Output& output,
                                          Order order) {
  if (!asks_price_server(submission)) return std::nullopt;
  // The file was read before: what it holds has been answered.
  const auto answers =
      answers_to_unit(submission, std::max<Time>(submission.started(), now() - remembered));
  // A machine's own server may be one that does not tell them. A lab's does.
  const auto is_untold = [](const Answer& answer) {
    return answer.outcome == "200" && !answer.tells_prices;
  };
  if (submission.facts.empty() && std::any_of(answers.begin(), answers.end(), is_untold))
    return std::nullopt;
  const auto& lines = output.lines;
  auto next = answers.begin();
  for (std::size_t i = first_line(submission, output); i < lines.size(); ++i) {
    if (!is_price(lines[i])) continue;  // that each is one is asked elsewhere
    const auto gives_it = [&line = lines[i]](const Answer& answer) {
      return std::any_of(answer.prices.begin(), answer.prices.end(),
                         [&line](double price) { return is_this_price(line, price); });
    };
    auto answer = std::find_if(next, answers.end(), gives_it);
    const bool is_old = answer == answers.end() && std::any_of(answers.begin(), next, gives_it);
    if (answer != answers.end() || (is_old && order == Order::any)) {
      // In any order, too, the next price is most often the next answer's.
      if (answer != answers.end()) next = order == Order::as_asked ? answer + 1 : answer;
      continue;
    }
    Finding finding{
        .looked_at = "journalctl -u price-api -o cat | grep prices=",
        .expected = _("each price is one that the server gave to this program, in the "
                      "order in which it gave them"),
        .found =
            format_message(_("line {} of {}: {}"), i + 1, output.path.string(), visible(lines[i])) +
            '\n' + format_message(_("the server gave: {}"), listed_answers(answers)),
        .hint = _("ask anew for each line, and write what was answered, and nothing "
                  "if there was no price")};
    finding.reason = why_unasked(lines[i], answers, is_old);
    if (const std::string others = told_writers(submission.unit, output.path); !others.empty())
      add_line(finding.reason, others);
    return UnaskedPrice{i, std::move(finding)};
  }
  return std::nullopt;
}

/// Nothing is compared if another server is asked, whose answers nobody here knows.
static std::optional<Outcome> not_compared(const Submission& submission) {
  if (asks_price_server(submission)) return std::nullopt;
  return Outcome{.kind = Outcome::Kind::skipped,
                 .note = _("it asks another server than price-api, whose answers are not known")};
}

/// At once, or as soon as a line of this process has come.
Outcome prices_are_given(Submission& submission) {
  if (auto outcome = not_compared(submission)) return *outcome;
  std::optional<Output> output;
  const auto has_come = [&] {
    output = output_of(submission, is_price);
    return output && first_line(submission, *output) < output->lines.size();
  };
  wait_until(_("a line in its file"), patience(submission), has_come);
  if (!output) return prices_are_written(submission);
  if (auto unasked = unasked_price(submission, *output, Order::any))
    return fail(std::move(unasked->finding));
  if (const std::string others = told_writers(submission.unit, output->path); !others.empty())
    return fail({.looked_at = "tail -f " + output->path.string(),
                 .expected = _("only the service writes to its file"),
                 .found = output->path,
                 .reason = others,
                 .hint = _("stop that process: an earlier try, perhaps")});
  return pass();
}

/// All that have come meanwhile.
Outcome prices_are_asked(Submission& submission) {
  if (auto outcome = not_compared(submission)) return *outcome;
  const auto output = output_of(submission, is_price);
  if (!output) return prices_are_written(submission);
  if (auto unasked = unasked_price(submission, *output, Order::as_asked))
    return fail(std::move(unasked->finding));
  return pass(format_message(_("lines: {}"), output->lines.size()));
}
