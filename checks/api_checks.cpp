// What the daemon does if its API fails. The check leaves the daemon running and the API well, also
// if it fails itself.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/ending.hpp"
#include "checks/price_server.hpp"
#include "checks/question_checks.hpp"
#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

struct Failure {
  const char* fault;  // as the server calls it
  const char* name;   // the status, if it is one
  const char* means;
  bool has_price = false;  // in what comes with the status
};

static const std::vector<Failure> api_failures{
    {"429-bare", "429", N_("status 429: asked too often")},
    {"500-price", "500", N_("status 500: the server failed"), true},
    {"silence", "silence", N_("silence: the server takes the question, and never answers")}};

/// The daemon and its file before its API began to fail.
struct Before {
  std::optional<Output> output;
  std::ptrdiff_t all;  // daemons that ask the server
  std::uint64_t pid;
  Time time;
  std::size_t lines() const { return output ? output->lines.size() : 0; }
};

static Finding does_not_survive(const Unit& unit, const Failure& failure) {
  return {
      .looked_at = format_message("echo '{}*' | sudo tee {}; journalctl -u {} -f; sudo rm {}",
                                  failure.fault, faults_file(), unit.name(), faults_file()),
      .expected = _("the same process, and prices again when the API is well"),
      .hint =
          _("whatever the network brings is an answer: say why there is no price, and ask again at "
            "the next interval")};
}

/// The finding about a daemon that has ended. If it alone asks the server, the last failure that
/// the server gave is what ended it, however long that took.
static Finding ended(Submission& submission, const Before& before) {
  // What systemd has started by now may have had another failure.
  const Time until = submission.unit.number("MainPID") == 0 ? now() : submission.started();
  const auto answers = answers_since(submission, before.time);
  const auto last =
      std::find_if(api_failures.rbegin(), api_failures.rend(), [&](const Failure& failure) {
        return std::any_of(answers.begin(), answers.end(), [&](const Answer& answer) {
          return answer.outcome == failure.fault && answer.time < until;
        });
      });
  Finding finding =
      does_not_survive(submission.unit, last != api_failures.rend() ? *last : api_failures.front());
  finding.found = format_message(_("process {} has ended"), before.pid);
  const std::string result = last_result(submission);
  const bool is_by_systemd = result == "watchdog" || result == "oom-kill" || result == "timeout";
  if (is_by_systemd) finding.hint = "";  // whatever the API said
  else if (last != api_failures.rend())
    finding.reason = format_message(_("this is what ended the program: {}"), _(last->means)) + '\n';
  finding.reason += diagnosis(submission);
  return finding;
}

/// What the daemon wrote to its file at a failure, and should not have; nothing if it wrote none.
static std::optional<Finding> wrote_anyway(Submission& submission, const Failure& failure,
                                           const Before& before) {
  if (!before.output) return std::nullopt;
  const char* const no_look =
      _("what the API answered was taken for a price, without a look at the status");
  const Output file = reread(*before.output);
  Finding finding = does_not_survive(submission.unit, failure);
  finding.looked_at = "tail " + file.path.string();
  finding.expected = format_message(_("no new line while the API fails: {}"), _(failure.means));
  for (std::size_t i = before.lines(); i < file.lines.size(); ++i) {
    if (is_price(file.lines[i])) continue;
    finding.found =
        format_message(_("line {} of {}: {}"), i + 1, file.path.string(), visible(file.lines[i]));
    finding.reason = file.lines[i].empty()
                         ? _("the program had no price, and wrote an empty line in its place")
                         : no_look;
    return finding;
  }
  // Of what it wrote before, another check tells.
  const auto unasked = unasked_price(submission, file, Order::as_asked);
  if (!unasked || unasked->line < before.lines()) return std::nullopt;
  finding.found = unasked->finding.found;
  const std::string& line = file.lines[unasked->line];
  const auto& earlier = before.output->lines;
  const bool stands_for_it = std::strtod(line.c_str(), nullptr) == 0.0 ||
                             std::find(earlier.begin(), earlier.end(), line) != earlier.end();
  if (failure.has_price && !stands_for_it) {
    finding.reason = no_look;
    return finding;
  }
  finding.reason =
      _("the API gave no price, and the program wrote one: a 0, or an old one, stands for it");
  add_line(finding.reason, unasked->finding.reason);
  return finding;
}

/// What the daemon does wrong at one failure; nothing if it survives it.
static std::optional<Finding> judge_failure(Submission& submission, const Faults& faults,
                                            const Failure& failure, const Before& before) {
  const Unit& unit = submission.unit;
  const auto has_ended = [&] { return unit.number("MainPID") != before.pid || !is_running(unit); };
  const Time begin = now();
  faults.order(failure.fault);
  std::ptrdiff_t given = 0;
  // After a failure a program may wait for up to a minute, and then it is to get the next one.
  const Seconds usual = 2 * submission.interval + Seconds{1};
  const bool is_first = &failure == &api_failures.front();
  wait_until(_("a question to the price server"), is_first ? usual : usual + Seconds{60}, [&] {
    given = times_given(submission, failure.fault, begin);
    return given >= before.all || has_ended() || (given > 0 && now() - begin > usual);
  });
  // The server notes the answer before it sends it: give the daemon time to end at it.
  if (has_ended_by_rest(unit, before.pid, Seconds{0.3}) || has_ended())
    return ended(submission, before);
  return given > 0 ? wrote_anyway(submission, failure, before) : std::nullopt;
}

/// The outcome if the server was not asked while it failed.
static Outcome not_asked(Submission& submission, const Before& before) {
  if (!asks_price_server(submission))
    return cannot(
        _("the stage does not ask the offline price server, so its answers cannot be "
          "spoiled: units/offline.conf has it ask"));
  Finding finding{
      .looked_at = "journalctl -u price-api -f",
      .expected = format_message(_("a question every {} seconds"), submission.interval.count()),
      .found = _("no question"),
      .reason = format_message(
          _("no question came in {:.0f} seconds: the program asks less often than it should, or it "
            "asked when it started, and not again"),
          2 * submission.interval.count() + 1),
      .hint = _("ask anew for each price, in the loop")};
  if (before.output && reread(*before.output).lines.size() > before.lines())
    finding.reason =
        _("the program asked when it started, and not again: what it goes on writing "
          "is no answer to a question");
  return fail(std::move(finding));
}

/// It waits after a price, and not after a failure. One tick that a busy machine delays may be near
/// the next, and not several.
static std::optional<Finding> hurries(Submission& submission, const Before& before) {
  if (before.all != 1) return std::nullopt;
  const auto answers = answers_since(
      submission,
      before.time - std::chrono::duration_cast<Time::duration>(10 * submission.interval));
  std::ptrdiff_t after_price = 0, after_failure = 0;
  for (std::size_t i = 1; i < answers.size(); ++i)
    if (answers[i].time - answers[i - 1].time < submission.interval / 5)
      ++(answers[i - 1].outcome == "200" ? after_price : after_failure);
  if (after_price > 0 || after_failure < 3) return std::nullopt;
  return Finding{
      .looked_at = "journalctl -u price-api -o short-precise",
      .expected = format_message(_("a question every {} seconds"), submission.interval.count()),
      .found = format_message(_("{} questions within {:.0f} seconds"), answers.size(),
                              Seconds{answers.back().time - answers.front().time}.count()),
      .reason =
          _("after a bad answer the program asks again at once: a server that has too much to "
            "do gets more, and blocks the program"),
      .hint = _("wait for the next interval after a failure, too")};
}

/// How many questions at most followed one another at once.
static std::size_t longest_burst(const std::vector<Answer>& answers, Seconds interval) {
  std::size_t longest = 0, burst = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const bool goes_on = i > 0 && answers[i].time - answers[i - 1].time < interval / 5;
    burst = goes_on ? burst + 1 : 1;
    longest = std::max(longest, burst);
  }
  return longest;
}

/// It waited for an answer, and then asks once for each tick that has passed meanwhile. Not of a
/// program that asks several questions each time.
static std::optional<Finding> catches_up(Submission& submission, const Before& before,
                                         Time well_again) {
  const auto burst_since = [&](Time since, Time until) {
    auto answers = answers_since(submission, since);
    std::erase_if(answers, [until](const Answer& answer) { return answer.time > until; });
    return longest_burst(answers, submission.interval);
  };
  const auto usual = std::chrono::duration_cast<Time::duration>(10 * submission.interval);
  if (before.all != 1 || burst_since(before.time - usual, before.time) > 1) return std::nullopt;
  std::size_t burst = 0;
  if (!wait_until(_("a question to the price server"), submission.interval / 4,
                  [&] { return (burst = burst_since(well_again, now())) > 3; }))
    return std::nullopt;
  return Finding{
      .looked_at = "journalctl -u price-api -o short-precise",
      .expected = format_message(_("a question every {} seconds"), submission.interval.count()),
      .found = format_message(_("{} questions at once"), burst),
      .reason =
          _("the program waited for an answer that did not come, and then asked once for "
            "each interval that had passed meanwhile: a price is of the moment in which it is "
            "asked for, and a server that was slow gets it all at once"),
      .hint = _("leave out the intervals that have passed: wait for the next one from now on")};
}

static std::optional<Finding> asks_at_once(Submission& submission, const Before& before,
                                           Time well_again) {
  auto finding = hurries(submission, before);
  return finding ? finding : catches_up(submission, before, well_again);
}

/// The watchdog's message comes, and with prices only. Waits for it while the API fails, until
/// systemd would soon kill the program.
static std::optional<Finding> is_fed_by_prices(const Unit& unit, Time failing) {
  const Seconds limit = std::chrono::microseconds{unit.number("WatchdogUSec")};
  if (limit <= Seconds{0} || limit > Seconds{60} || !is_fed(unit)) return std::nullopt;
  const Time last = unit.time("WatchdogTimestamp");
  const auto is_sent = [&] { return unit.time("WatchdogTimestamp") > failing; };
  wait_until("WATCHDOG=1", 0.9 * limit - (now() - last),
             [&] { return !is_running(unit) || is_sent(); });
  if (!is_running(unit) || is_sent()) return std::nullopt;
  return Finding{
      .looked_at = "systemctl show -p WatchdogTimestamp " + unit.name(),
      .expected = _("WATCHDOG=1 also while the API fails"),
      .found = format_message(_("none in {:.0f} seconds"), Seconds{now() - failing}.count()),
      .reason = format_message(_("the program tells systemd that it is alive only when a price has "
                                 "come: if the API fails for {:.0f} seconds, systemd kills it"),
                               limit.count()),
      .hint = _("in each round of the loop, whatever the answer: sd_notify(0, \"WATCHDOG=1\")")};
}

static bool was_given(Submission& submission, const Failure& failure, const Before& before) {
  return times_given(submission, failure.fault, before.time) > 0;
}

/// One failure after the other. Returns the outcome, if that is known by then.
static std::optional<Outcome> judge_failures(Submission& submission, const Faults& faults,
                                             const Before& before) {
  Time failing = before.time;
  for (const Failure& failure : api_failures) {
    // Before the last one: while it waits for an answer that does not come, a program may send
    // nothing.
    if (&failure == &api_failures.back())
      if (auto finding = is_fed_by_prices(submission.unit, failing))
        return fail(std::move(*finding));
    if (const auto finding = judge_failure(submission, faults, failure, before))
      return fail(*finding);
    if (!was_given(submission, api_failures.front(), before)) return not_asked(submission, before);
    if (&failure == &api_failures.front()) failing = now();
  }
  return std::nullopt;
}

/// How long a price may take once the API is well. A time-out of ten seconds is a usual one.
static Seconds recovery_limit(const Submission& submission) {
  return Seconds{11} + 2 * submission.interval;
}

/// Waits for a price in the file, which has `text` by now, until the daemon has ended, or has had
/// two prices and written none.
static bool price_comes_again(Submission& submission, const Before& before, const std::string& text,
                              Time well_again) {
  const Unit& unit = submission.unit;
  bool has_come = false;
  const auto is_over = [&] {
    if (before.output) {
      const Output file = reread(*before.output);
      has_come = file.text != text && !file.lines.empty() && is_price(file.lines.back());
    }
    return has_come || unit.number("MainPID") != before.pid;
  };
  wait_until(_("a price, now that the API is well again"), recovery_limit(submission), is_over);
  // A wait of a minute after several failures is a usual one, too. It is none while it is
  // connected.
  if (!has_come && is_running(unit) && !is_connected_to_price_server(unit))
    wait_until(_("a price, now that the API is well again"), Seconds{60}, [&] {
      // In this order: the first price is in the file when the second is given.
      const bool has_had_two = times_given(submission, "200", well_again) > before.all;
      return is_over() || has_had_two;
    });
  return has_come;
}

/// The finding about a daemon that runs, and writes no price though the API is well.
static Finding writes_none_again(Submission& submission, const Before& before, Time well_again) {
  const Unit& unit = submission.unit;
  Finding finding{.looked_at = "journalctl -u " + unit.name() + " -f",
                  .expected = _("prices again when the API is well"),
                  .found = _("no price came again"),
                  .hint = _("give every request a time-out below the interval")};
  if (const auto given = times_given(submission, "200", well_again); given >= before.all) {
    finding.reason = format_message(
        _("the API gave prices again, {} times, and none came into the file"), given);
    add_line(finding.reason, diagnosis(submission));
    finding.hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name());
  } else if (was_given(submission, api_failures.back(), before) && is_running(unit)) {
    finding.reason = format_message(
        _("the question has no time-out, or one longer than {} seconds: the program waits for an "
          "answer that never comes; or it waits for longer than that after a failure"),
        recovery_limit(submission).count());
  } else {
    finding.reason = _("the program has given up asking");
    add_line(finding.reason, diagnosis(submission));
  }
  return finding;
}

static Outcome survives(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  // Whose prices are none of the server's does not care whether it fails: an earlier check told.
  if (const auto output = output_of(submission, is_price);
      output && unasked_price(submission, *output, Order::any))
    return {.kind = Outcome::Kind::skipped,
            .note = _("its file has a price that the server has not given")};
  if (!serves_prices())
    return cannot(
        _("the offline price server does not run here, so its answers cannot be spoiled: "
          "units/offline.conf has a stage ask it"));
  const Unit& unit = submission.unit;
  const Restored restored{unit};
  const Before before{output_of(submission, is_price), daemons_that_ask(submission),
                      unit.number("MainPID"), now()};
  std::string text;  // of its file when the failures end
  {
    const Faults faults;
    if (auto outcome = judge_failures(submission, faults, before)) return *outcome;
    if (before.output) text = reread(*before.output).text;
  }
  const Time well_again = now();
  const bool came_again = price_comes_again(submission, before, text, well_again);
  if (unit.number("MainPID") != before.pid) return fail(ended(submission, before));
  if (!came_again) return fail(writes_none_again(submission, before, well_again));
  if (auto finding = asks_at_once(submission, before, well_again)) return fail(std::move(*finding));
  std::vector<std::string> met;
  for (const Failure& failure : api_failures)
    if (was_given(submission, failure, before)) met.emplace_back(failure.name);
  return pass(listed(met));
}

Outcome survives_api_failures(Submission& submission) {
  const Time begin = now();
  Outcome outcome = survives(submission);
  if (outcome.kind != Outcome::Kind::pass || !submission.journal.readable()) return outcome;
  const auto is_told = [&] {
    const auto records = submission.records();
    return !records.empty() && records.back().time >= begin;
  };
  if (wait_until(_("a record that says why there was no price"), Seconds{2}, is_told))
    return outcome;
  return fail(
      {.looked_at = "journalctl -u " + submission.unit.name() + " -n 20",
       .expected = _("a reason for each price that did not come"),
       .found = _("no record"),
       .reason = _("the API failed again and again, and nothing in the journal says why there "
                   "was no price"),
       .hint = _("write the reason to standard error; standard output is no terminal "
                 "here, so what is printed there is kept until 4096 bytes are together"),
       .aspects = aspect::output | aspect::journal});
}

/// Returns the first record that names a bad status of the API below the level of a warning.
/// Returns null if a warning names that status, too, or comes within half an interval of that
/// record.
static const Entry* tells_it_lower(const std::vector<Entry>& records, Seconds interval,
                                   const std::function<bool(const Entry&)>& is_warning) {
  for (const Failure& failure : api_failures) {
    const auto names_it = [&failure](const Entry& entry) {
      const auto numbers = numbers_in(entry["MESSAGE"]);
      return std::find(numbers.begin(), numbers.end(), failure.name) != numbers.end();
    };
    const auto first = std::find_if(records.begin(), records.end(), names_it);
    if (first == records.end()) continue;
    const auto warns_of_it = [&](const Entry& entry) {
      return is_warning(entry) &&
             (names_it(entry) || std::chrono::abs(entry.time - first->time) < interval / 2);
    };
    if (std::none_of(records.begin(), records.end(), warns_of_it)) return &*first;
  }
  return nullptr;
}

/// Returns the first of these records that tells a failure and has a PRICE, if there is one.
static std::optional<Finding> has_price_of_failure(const Submission& submission,
                                                   const std::vector<Entry>& records) {
  const auto is_one = [](const Entry& entry) {
    return entry["PRIORITY"] <= "4" && entry.fields.contains("PRICE");
  };
  const auto first = std::find_if(records.begin(), records.end(), is_one);
  if (first == records.end()) return std::nullopt;
  return Finding{
      .looked_at = "journalctl -u " + submission.unit.name() + " -p warning -o verbose",
      .expected = _("no PRICE in a record that tells a failure"),
      .found =
          format_message("PRICE={} {}", visible((*first)["PRICE"]), visible((*first)["MESSAGE"])),
      .reason = _("the API gave no price, and the record says one: whoever collects PRICE from the "
                  "journal, as the plot does, takes it for a price"),
      .hint = _("send PRICE with a price, and leave it out of a warning")};
}

/// Returns a warning's finding if each of these records that is a warning has another beside it
/// that tells the same.
static std::optional<Finding> warns_twice(const Submission& submission,
                                          const std::vector<Entry>& records,
                                          const std::function<bool(const Entry&)>& is_warning) {
  std::ptrdiff_t warnings = 0, twins = 0;
  std::string found;
  for (const Entry& one : records) {
    if (!is_warning(one)) continue;
    ++warnings;
    const auto is_twin = [&](const Entry& other) {
      return &one != &other && are_twins(one, other, submission.interval / 4);
    };
    const auto twin = std::find_if(records.begin(), records.end(), is_twin);
    if (twin == records.end()) continue;
    if (++twins == 1) found = visible(one["MESSAGE"]) + '\n' + visible((*twin)["MESSAGE"]);
  }
  if (twins < 2 || twins < warnings) return std::nullopt;
  return stand_twice(submission, std::move(found));
}

/// A warning without its newline: the record of a price goes on in the same line.
static std::optional<Finding> runs_together(Submission& submission,
                                            const std::vector<Entry>& records) {
  const KnownPrices known{submission};
  for (const Entry& entry : records) {
    const std::string& message = entry["MESSAGE"];
    const std::size_t next = message.rfind("INFO");
    if (entry["_TRANSPORT"] != "stdout" || next == message.npos || next == 0 ||
        level_named(message) != "WARNING")
      continue;
    const auto numbers = numbers_in(message.substr(next));
    const auto is_price = [&known](const std::string& number) {
      return known.has(std::strtod(number.c_str(), nullptr));
    };
    if (std::none_of(numbers.begin(), numbers.end(), is_price)) continue;
    return Finding{.looked_at = "journalctl -u " + submission.unit.name() + " -n 5 -o cat",
                   .expected = _("each record in a line of its own"),
                   .found = visible(message),
                   .reason = _("a warning was written without the newline at its end, and the next "
                               "record stands behind it: a line that is cut to a length loses it"),
                   .hint = _("write each record whole, however long it is, and then a newline")};
  }
  return std::nullopt;
}

Outcome warns_of_api_failures(Submission& submission) {
  const Time begin = now();
  Outcome outcome = survives(submission);
  if (outcome.kind != Outcome::Kind::pass) return outcome;
  auto records = submission.records();
  std::erase_if(records, [begin](const Entry& entry) { return entry.time < begin; });
  static const std::set<std::string> levels{"WARNING", "ERROR", "CRITICAL"};
  const bool by_priority = submission.stage == stages.back();
  const auto is_warning = [&](const Entry& entry) {
    const std::string& priority = entry["PRIORITY"];
    return (priority.size() == 1 && priority <= "4") ||
           (!by_priority && levels.contains(level_named(entry["MESSAGE"])));
  };
  const auto warning = std::find_if(records.begin(), records.end(), is_warning);
  const Entry* lower = tells_it_lower(records, submission.interval, is_warning);
  if (auto finding = has_price_of_failure(submission, records)) return fail(std::move(*finding));
  if (warning != records.end() && !lower) {
    if (auto together = runs_together(submission, records)) return warn(std::move(*together));
    auto twice = warns_twice(submission, records, is_warning);
    return twice ? warn(std::move(*twice)) : pass(visible((*warning)["MESSAGE"]));
  }
  std::string found;
  for (const Entry& entry : lower ? std::vector{*lower} : records)
    add_line(found, format_message("PRIORITY={} {}", entry["PRIORITY"], visible(entry["MESSAGE"])));
  return fail(
      {.looked_at = "journalctl -u " + submission.unit.name() + " -p warning",
       .expected = by_priority ? "PRIORITY=4" : "WARNING",
       .found = found.empty() ? _("no record") : found,
       .reason = warning == records.end()
                     ? _("the API failed, and no record at the level of a warning says so")
                     : _("the record that names the API's status is below the level of a warning"),
       .hint = _("if there is no price: logger.warning with the reason"),
       .aspects = aspect::output | aspect::journal});
}
