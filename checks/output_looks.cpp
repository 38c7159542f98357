// What the daemon writes to its file: dates in stage 01, prices from stage 03 on.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

// --- One line ----------------------------------------------------------------------------------

/// The moment that 2026-11-22 14:48:00 names, of local time; written in just this way.
static std::optional<std::time_t> date_in(const std::string& line) {
  static constexpr const char* form = "%Y-%m-%d %H:%M:%S";
  std::tm local{};
  const char* const end = strptime(line.c_str(), form, &local);
  local.tm_isdst = -1;
  if (!end || *end != '\0') return std::nullopt;
  const std::time_t seconds = std::mktime(&local);  // puts right what is no date
  char again[32];
  if (line != std::string_view{again, std::strftime(again, sizeof again, form, &local)})
    return std::nullopt;
  return seconds;
}

static bool is_date(const std::string& line) { return date_in(line).has_value(); }

bool is_price(const std::string& line) {
  double price = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), price);
  return error == std::errc{} && stop == line.data() + line.size() && std::isfinite(price) &&
         price >= 0 && !line.starts_with('-');
}

// --- The file ----------------------------------------------------------------------------------

/// Long enough for a line to have come, and to be sure where none did.
static Seconds patience(const Submission& submission) {
  return 1.5 * submission.interval + Seconds{1};
}

static std::optional<Output> wait_for_output(const Submission& submission,
                                             bool (*wanted)(const std::string&)) {
  std::optional<Output> output;
  wait_until(patience(submission), [&] {
    output = output_of(submission, wanted);
    return output && !output->lines.empty();
  });
  return output;
}

static std::string tail(const Output& output) { return "tail " + output.path.string(); }

static Outcome is_written(Submission& submission, bool (*wanted)(const std::string&)) {
  const auto output = wait_for_output(submission, wanted);
  if (output && !output->lines.empty()) return pass(output->path);
  const auto program = program_of(submission);
  if (program && program->directory.empty()) return not_roots();
  const std::string folder =
      program ? program->directory.string() : submission.unit.text("WorkingDirectory");
  Finding finding{"ls -l " + folder, say(_("a file that grows, in {}"), folder),
                  !program ? _("no process: it has ended meanwhile")
                  : output ? say(_("{} is empty"), output->path.string())
                           : _("no file was written since the process started"),
                  "", ""};
  const auto records = submission.records();
  const auto printed = std::find_if(records.rbegin(), records.rend(), [wanted](const Entry& entry) {
    return wanted(entry["MESSAGE"]);
  });
  if (printed != records.rend()) {
    finding.reason =
        say(_("the program prints its lines, to the journal: {}"), visible((*printed)["MESSAGE"]));
    finding.hint = _("open a file, to append to it, and write them there");
  } else if (output) {
    finding.reason =
        _("the file is there and empty: what the program wrote is still in its own buffer, and "
          "would be lost with kill -9, or it has had nothing to write");
    if (!records.empty()) finding.reason += '\n' + diagnosis(submission);
    finding.hint = _("flush after each line, or open and close the file each time");
  } else if (program && folder == "/") {
    finding.reason =
        diagnosis(submission) + '\n' +
        _("the process works in /, where it may not write: WorkingDirectory= is missing");
    finding.hint =
        _("below [Service]: WorkingDirectory=, a folder that the unit's user may write to");
  } else {
    finding.hint = _("may the unit's user write there? ls -ld shows it");
  }
  return fail(finding);
}

/// Whether a line is the beginning of one that is `wanted`, and no more.
static bool is_half(const std::string& line, bool (*wanted)(const std::string&)) {
  for (std::size_t size = 1; size <= line.size(); ++size)
    if (wanted(line.substr(0, size))) return false;
  return true;
}

/// What is wrong with a line that is not `wanted`, or has no end.
static std::string fault_of(const std::string& line, bool has_end,
                            bool (*wanted)(const std::string&), const char* expected) {
  if (!has_end && is_half(line, wanted))
    return _("half a line: the rest is in the program's buffer");
  if (!has_end) return _("the line has no end: a newline, \\n, is missing");
  if (line.empty()) return _("the line is empty: two newlines follow one another");
  if (wanted(line.substr(0, line.find_last_not_of(" \t\r") + 1)))
    return _("blanks, or a carriage return, stand before the newline");
  return say(_("that is not {}"), expected);
}

/// Every line since the file was made, as this check is about the file and not about one run.
static Outcome is_all(Submission& submission, bool (*wanted)(const std::string&),
                      const char* expected, const char* hint) {
  auto output = wait_for_output(submission, wanted);
  if (!output) return is_written(submission, wanted);
  // A line without an end may be one that is being written.
  wait_until(submission.interval / 4, [&output] {
    *output = reread(*output);
    return output->text.ends_with('\n');
  });
  const auto& lines = output->lines;
  const bool ends = lines.empty() || output->text.ends_with('\n');
  const auto bad = std::find_if_not(lines.begin(), ends ? lines.end() : lines.end() - 1, wanted);
  if (bad == lines.end()) return pass(say(_("lines: {}"), lines.size()));
  const bool has_end = ends || bad + 1 != lines.end();
  Finding finding{tail(*output), expected,
                  say(_("line {} of {}: {}"), bad - lines.begin() + 1, output->path.string(),
                      visible(*bad + (has_end ? "\n" : ""))),
                  fault_of(*bad, has_end, wanted, expected), hint};
  if (!has_end && is_half(*bad, wanted)) finding.hint = _("flush after each line");
  if (lines.end() - bad > 3 && std::all_of(lines.end() - 3, lines.end(), wanted)) {
    finding.reason +=
        '\n' + say(_("the last lines are right: this one may be an earlier program's"));
    finding.hint =
        say(_("if it is mended since: sudo rm {}, then restart the unit"), output->path.string());
  }
  return fail(finding);
}

Outcome dates_are_written(Submission& submission) { return is_written(submission, is_date); }
Outcome prices_are_written(Submission& submission) { return is_written(submission, is_price); }

Outcome dates_are_dates(Submission& submission) {
  return is_all(submission, is_date, _("a date such as 2026-11-22 14:48:00 and a newline"),
                _("strftime's format is %Y-%m-%d %H:%M:%S"));
}

Outcome prices_are_numbers(Submission& submission) {
  return is_all(submission, is_price, _("a number such as 67187.33 and a newline"),
                _("write to the file only where the status was 200 and the price is a number"));
}

// --- Its cadence -------------------------------------------------------------------------------

static Finding off_cadence(const Submission& submission, const Output& output) {
  return {tail(output) + " -f", say(_("a line every {} seconds"), submission.interval.count()), "",
          "", _("wait for the next multiple of the interval, and write one line each time")};
}

/// Whether a file of always one line gets other lines.
static bool is_rewritten(const Submission& submission, const Output& output) {
  return wait_until(patience(submission), [&output] {
    const Output again = reread(output);
    return again.lines.size() == 1 && again.text != output.text;
  });
}

/// The lines of this run come an interval apart, and one came just now.
Outcome dates_keep_the_cadence(Submission& submission) {
  const auto begin = std::chrono::floor<std::chrono::seconds>(submission.started());
  std::vector<std::time_t> dates;
  std::optional<Output> output;
  const auto read_dates = [&] {
    dates.clear();
    output = output_of(submission, is_date);
    if (!output) return;
    for (const std::string& line : output->lines)
      if (const auto date = date_in(line); date && *date >= begin.time_since_epoch().count())
        dates.push_back(*date);
    // Two of one second are the last of the run before and the first of this one.
    if (submission.interval >= Seconds{2} && dates.size() > 1 && dates[0] == dates[1])
      dates.erase(dates.begin());
  };
  // Dates are in whole seconds: the shorter the interval, the more of them tell it.
  const auto gaps = std::max<std::ptrdiff_t>(
      2, static_cast<std::ptrdiff_t>(std::ceil(3 / submission.interval.count())));
  const bool enough = wait_until(static_cast<double>(gaps) * submission.interval + Seconds{1},
                                 [&] { return read_dates(), std::ssize(dates) > gaps; });
  // A file that is started anew for each line is empty now and then.
  if (output && output->lines.empty())
    wait_until(patience(submission),
               [&] { return read_dates(), output && !output->lines.empty(); });
  if (!output) return is_written(submission, is_date);
  Finding finding = off_cadence(submission, *output);
  if (!enough) {
    finding.found = say(_("{} dates since the process started; the last line is {}"), dates.size(),
                        visible(output->lines.empty() ? "" : output->lines.back()));
    finding.reason = dates.empty() && !output->lines.empty()
                         ? _("the dates are not those of now, on this machine's clock and in its "
                             "time zone")
                     : output->lines.size() == 1 && is_rewritten(submission, *output)
                         ? _("the file is started anew for each line: open it to append, mode a")
                         : _("the program writes too seldom, or wrote and then stopped writing");
    return fail(finding);
  }
  const auto last = dates.end() - 1, first = last - gaps;
  const double gap = static_cast<double>(*last - *first) / static_cast<double>(last - first);
  finding.found.clear();
  for (auto date = first; date <= last; ++date)
    add_line(finding.found,
             output->lines[output->lines.size() - 1 - static_cast<std::size_t>(last - date)]);
  // Whole seconds: a gap is up to one too long or too short, and so is their mean by a part of it.
  const double tolerance =
      0.2 * submission.interval.count() + 1.0 / static_cast<double>(last - first);
  if (std::abs(gap - submission.interval.count()) > tolerance) {
    finding.reason = say(_("the dates are {} seconds apart"), gap);
    return fail(finding);
  }
  const auto silence =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - *last;
  if (std::abs(static_cast<double>(silence)) > patience(submission).count() + 1) {
    finding.reason = say(_("by this machine's clock, and in its time zone, the last date is {} "
                           "seconds ago"),
                         silence);
    return fail(finding);
  }
  return pass(say(_("{} seconds"), gap));
}

/// A price has no date of its own, so watch one come, and the next.
Outcome prices_keep_the_cadence(Submission& submission) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> times;
  auto output = wait_for_output(submission, is_price);
  if (!output) return is_written(submission, is_price);
  std::size_t lines = output->lines.size();
  std::size_t came = 0;
  const auto look = [&] {
    const std::size_t now_there = reread(*output).lines.size();
    if (now_there > lines && lines > 0) {  // from none, it may be the same line written anew
      came += now_there - lines;
      times.push_back(Clock::now());
    }
    lines = now_there;
  };
  const Seconds watched = 2 * submission.interval + Seconds{1};
  std::size_t enough = 2;
  if (!wait_until(watched, [&] { return look(), times.size() >= enough; })) {
    enough = 3;  // one may fail to come, and then two tell too little
    wait_until(watched, [&] { return look(), times.size() >= enough; });
  }
  Finding finding = off_cadence(submission, *output);
  if (times.size() < enough) {
    finding.found = say(_("{} new lines in {} seconds"), came, 2 * watched.count());
    if (output->lines.size() == 1 && is_rewritten(submission, *output)) {
      finding.reason = _("the file is started anew for each line: open it to append, mode a");
      return fail(finding);
    }
    finding.reason = diagnosis(submission);
    if (const auto records = submission.records(); !records.empty())
      finding.reason += '\n' + say(_("its last record: {}"), visible(records.back()["MESSAGE"]));
    return fail(finding);
  }
  const double interval = submission.interval.count();
  const auto gap = [&times] {
    return Seconds{times.back() - times.front()}.count() / static_cast<double>(times.size() - 1);
  };
  const auto is_kept = [&] { return std::abs(gap() - interval) <= 0.25 * interval + 0.2; };
  // An answer that comes late makes one gap too long or too short, and hardly the mean of four.
  wait_until(3 * submission.interval + Seconds{1},
             [&] { return is_kept() || times.size() > 4 || (look(), false); });
  if (is_kept()) return pass(say(_("{:.1f} seconds"), gap()));
  finding.found = say(_("{:.1f} seconds from one line to the next"), gap());
  finding.reason = gap() < interval ? _("the program does not wait for as long as it should")
                                    : _("the program waits for longer than it should");
  return fail(finding);
}
