// When the daemon writes its lines: an interval from one to the next, and dates of just then. What
// counts is when a line came, and not what stands in it.
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "checks/cadence.hpp"
#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/daemon.hpp"
#include "checks/date_format.hpp"
#include "checks/diagnosis.hpp"
#include "checks/price_server.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;
using Verdict = Cadence::Verdict;

// --- Every interval ----------------------------------------------------------------------------

/// Watches lines come until the cadence is decided, or none comes any more, or the process ends. A
/// line that fails to come decides nothing. Returns whether the process is the same at the end.
static bool watch(const Submission& submission, Cadence& cadence, Arrivals& arrivals) {
  cadence.add(arrivals.last());
  const double limit = 2 * submission.interval.count() + 1;
  const auto rounds = static_cast<double>(cadence.most_rounds());
  const auto pid = submission.unit.number("MainPID");
  wait_until(_("a line in its file"), (rounds + 1) * Seconds{limit}, [&] {
    const double before = arrivals.last(), looked = arrivals.looked();
    const std::size_t lines = std::min(arrivals.look(), cadence.most_rounds() + 1);
    const Seconds away{arrivals.looked() - looked};
    // The lines came one after the other meanwhile if a busy machine kept this program away, or if
    // the last few were there less than an interval ago: no buffer fills up so fast.
    const double passed = arrivals.last() - before;
    const bool one_by_one =
        away > submission.interval / 2 || (lines > 3 && passed < submission.interval.count());
    const double step =
        one_by_one ? passed / static_cast<double>(std::max<std::size_t>(lines, 1)) : 0;
    for (std::size_t line = lines; line > 0; --line)
      cadence.add(arrivals.last() - step * static_cast<double>(line - 1));
    return cadence.verdict() != Verdict::undecided || arrivals.is_rewritten() || arrivals.lost() ||
           arrivals.silence() > limit || submission.unit.number("MainPID") != pid;
  });
  return submission.unit.number("MainPID") == pid;
}

/// The other interval than the one that is expected, as its command says it; empty if it says none.
static std::string told_interval(const Submission& submission) {
  static const std::string option = "--interval";
  const auto words = program_command(submission).arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != option && !words[i].starts_with(option + '=')) continue;
    const std::string value = words[i] != option     ? words[i].substr(option.size() + 1)
                              : i + 1 < words.size() ? words[i + 1]
                                                     : "";
    const double seconds = std::strtod(value.c_str(), nullptr);
    return seconds <= 0 || seconds == submission.interval.count() ? "" : value;
  }
  return "";
}

/// Too fast, or too slow: the command may say so itself.
static Outcome has_other_interval(const Submission& submission, Finding finding) {
  if (const std::string told = told_interval(submission); !told.empty()) {
    const double expected = submission.interval.count();
    finding.reason =
        format_message(_("the command says --interval {}, and the check expects {} seconds"), told,
                       expected) +
        '\n' + written(submission, "ExecStart") + '\n' + finding.reason;
    finding.hint = format_message(
        _("write --interval {}, or have the check expect it: {}"), expected,
        fmt::format("./course check --interval {} {}", visible(told), submission.stage));
  }
  return fail(std::move(finding));
}

/// Whether its last lines stand there at least twice each, and come together, every interval.
static bool is_each_repeated(const std::vector<std::string>& lines, const Cadence& cadence,
                             Seconds interval) {
  constexpr std::size_t few = 4;
  if (lines.size() < few) return false;
  // The first of them may be one of two, and so may the last.
  for (std::size_t i = lines.size() - few + 1; i + 1 < lines.size(); ++i)
    if (lines[i] != lines[i - 1] && lines[i] != lines[i + 1]) return false;
  const auto gaps = cadence.gaps();
  return std::all_of(gaps.begin(), gaps.end(), [seconds = interval.count()](double gap) {
    return gap < seconds / 4 || (gap > seconds / 2 && gap < 1.5 * seconds);
  });
}

/// The finding about a file whose lines do not come every interval, but for the reason if it
/// depends on what is written.
static Finding off_cadence(const Submission& submission, const Cadence& cadence,
                           const Arrivals& arrivals) {
  const std::string path = arrivals.output().path.string();
  Finding finding{
      .looked_at = "tail -f " + path,
      .expected = format_message(_("a line every {} seconds"), submission.interval.count()),
      .found = format_message(_("{:.2f} seconds from one line to the next"), cadence.round()),
      .hint = _("wait for the next multiple of the interval, and write one line each time")};
  if (arrivals.is_rewritten()) {
    finding.found = format_message(_("{} has one line, and then another one"), path);
    finding.reason = _("the file is started anew for each line: open it to append, mode a");
    finding.is_programs = true;
  } else if (const auto lost = arrivals.lost()) {
    finding.found =
        format_message(_("lines before: {}, after: {}"), *lost, arrivals.output().lines.size());
    finding.reason =
        _("the file became shorter while it was watched: something empties it, or "
          "starts it anew");
    finding.hint = _("open it to append, mode a, and let nothing else write to it");
  } else if (const std::string others = told_writers(submission.unit, path); !others.empty()) {
    finding.reason = others;
    finding.hint = _("stop that process: an earlier try, perhaps");
  } else if (cadence.verdict() == Verdict::crowded &&
             is_each_repeated(arrivals.output().lines, cadence, submission.interval)) {
    finding.reason =
        _("each line stands in it more than once: two loops, threads or handlers of the program "
          "write it");
    finding.hint = _("let one of them write");
    finding.is_programs = true;
  } else if (cadence.verdict() == Verdict::crowded) {
    finding.reason =
        _("several lines come at once, and then none for a while: they wait in the "
          "program's buffer, or the program makes up for what it has missed");
    finding.hint = _("flush after each line; if a round was missed, leave it out");
  } else if (cadence.verdict() == Verdict::gaps) {
    std::string gaps;
    for (const double gap : cadence.gaps())
      gaps += fmt::format("{}{:.2f}", gaps.empty() ? "" : ", ", gap);
    finding.found = format_message(_("seconds from one line to the next: {}"), gaps);
    finding.reason =
        _("rounds are left out again and again: no line comes in them, and the next "
          "one comes in its own place, so it is not late");
    finding.hint = _("write a line in every round: what does the loop do in the others?");
  }
  return finding;
}

// --- Dates -------------------------------------------------------------------------------------

/// What a clock on the wall shows, as if it were one of UTC.
static std::time_t wall_time(const std::string& date) {
  std::tm fields{};
  strptime(date.c_str(), date_format, &fields);
  return timegm(&fields);
}

/// How far this machine's clock on the wall is ahead of UTC at that moment.
static std::time_t offset_at(std::time_t moment) {
  std::tm local{};
  localtime_r(&moment, &local);
  return local.tm_gmtoff;
}

/// "UTC-03:30"
static std::string zone_name(std::time_t offset) {
  const std::time_t minutes = std::abs(offset) / 60;
  return fmt::format("UTC{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/// Whether this machine's zone has that offset at some time of the year.
static bool has_offset(std::time_t now, std::time_t offset) {
  for (int month = 1; month <= 12; ++month)
    if (offset_at(now + month * std::time_t{2'629'746}) == offset) return true;
  return false;
}

/// Whether /etc/localtime is another than when the unit was started: timedatectl(1), set-timezone
static bool zone_changed(const Submission& submission) {
  struct stat link {};
  return lstat("/etc/localtime", &link) == 0 &&
         link.st_mtime > std::chrono::system_clock::to_time_t(submission.started());
}

/// Which slip in strftime(3)'s format makes that date of one of those seconds; nothing if none
/// does.
static const char* slip_of(const std::string& date, std::time_t first, std::time_t last) {
  const struct {
    const char *format, *reason;
  } slips[] = {
      {"%Y-%m-%d %H:%m:%S",
       _("its minutes are the number of the month: %M is the minute, %m the month")},
      {"%Y-%M-%d %H:%M:%S",
       _("its month is the number of the minutes: %m is the month, %M the minute")},
      {"%Y-%m-%d %I:%M:%S",
       _("its hour is that of a clock with twelve hours: %H is the hour of the day, %I is not")},
  };
  for (std::time_t second = first; second <= last; ++second) {
    std::tm local{};
    localtime_r(&second, &local);
    for (const auto& [format, reason] : slips) {
      char slipped[32];
      std::strftime(slipped, sizeof slipped, format, &local);
      if (date == slipped) return reason;
    }
  }
  return nullptr;
}

/// Says by which slip in the program's format the date is not that of `moment`; empty if it is by
/// none. If it is that of another zone as well, it is by none if the format is right.
static std::string told_slip(const std::optional<Program>& program, const std::string& date,
                             std::time_t moment, std::time_t slack, bool is_of_a_zone) {
  const bool is_right = program && source_of(*program).find(date_format) != std::string::npos;
  if (is_of_a_zone && is_right) return "";
  if (const char* const slip = slip_of(date, moment - slack, moment + slack)) return slip;
  return program && !is_of_a_zone
             ? told_format(*program, date, moment + offset_at(moment), static_cast<int>(slack))
             : "";
}

/// How far the zone in `setting`, TZ=..., is ahead of UTC at that moment: tzset(3)
static std::time_t offset_in(const std::string& setting, std::time_t moment) {
  const char* const set = std::getenv("TZ");
  const std::optional<std::string> own = set ? std::optional<std::string>{set} : std::nullopt;
  setenv("TZ", setting.c_str() + std::strlen("TZ="), 1);
  tzset();
  const std::time_t offset = offset_at(moment);
  own ? setenv("TZ", own->c_str(), 1) : unsetenv("TZ");
  tzset();
  return offset;
}

/// Whether a TZ=NAME names a zone that this machine does not have. tzset(3)
static bool is_no_zone(const std::string& variable) {
  const auto first = variable.find_first_not_of(':', std::string_view{"TZ="}.size());
  if (first == std::string::npos) return false;
  const std::string name = variable.substr(first);
  std::error_code ignored;
  return name.find_first_of("0123456789<,") == std::string::npos &&
         fs::exists("/usr/share/zoneinfo", ignored) &&
         !fs::exists(fs::path{"/usr/share/zoneinfo"} / name, ignored);
}

struct DateFault {
  std::string reason;
  const char* hint;
};

/// Why a date is not the one of when its line came; nothing if it is. With the offset of that
/// moment an hour that comes twice, or is left out, is no question.
static std::optional<DateFault> date_fault(const Submission& submission, const std::string& date,
                                           Time came) {
  const std::time_t moment = std::chrono::system_clock::to_time_t(came);
  const auto slack =
      static_cast<std::time_t>(std::min(patience(submission), Seconds{60}).count()) + 1;
  const std::time_t written = wall_time(date), offset = offset_at(moment);
  for (const std::time_t then : {moment, moment - slack})
    if (std::abs(written - moment - offset_at(then)) <= slack) return std::nullopt;

  std::tm local{};
  localtime_r(&moment, &local);
  char clock[32];
  std::strftime(clock, sizeof clock, date_format, &local);
  std::string reason =
      format_message(_("this machine's clock said {} when the line came, in its time zone, {}"),
                     clock, zone_name(offset));
  constexpr double quarter = 900;  // all zones are some quarters of an hour away from UTC
  const std::time_t theirs =
      std::lround(static_cast<double>(written - moment) / quarter) * std::time_t{900};
  const auto program = program_of(submission);
  std::string zone;
  if (program)
    for (const std::string& word : program->environment)
      if (word.starts_with("TZ=")) zone = word;
  const bool is_of_a_zone =
      std::abs(written - moment - theirs) <= slack && std::abs(theirs) <= std::time_t{14} * 3600;
  const bool is_given = !zone.empty() && offset_in(zone, moment) == theirs;
  const std::string slip =
      is_of_a_zone && is_given ? "" : told_slip(program, date, moment, slack, is_of_a_zone);
  const char* hint = _("localtime(3), and no TZ= in the unit's Environment=");
  if (!slip.empty()) {
    add_line(reason, slip);
    hint = _("strftime(3) says what each letter of the format stands for");
  } else if (!is_of_a_zone) {
    add_line(reason, _("the date is not the one of when its line was written"));
    hint = _("ask for the time anew before each line: time(2), then localtime(3)");
  } else if (zone_changed(submission)) {
    add_line(reason,
             _("this machine's time zone was changed after the program had been started: it "
               "goes on with the old one until it calls tzset(3), or is started again"));
  } else if (std::error_code hidden;
             theirs == 0 && program &&
             !fs::exists(fmt::format("/proc/{}/root/etc/localtime", program->pid), hidden) &&
             !hidden) {
    add_line(reason, _("the date is UTC's: the program does not see /etc/localtime, and without it "
                       "localtime(3) takes UTC"));
    hint = _("a setting of the unit hides /etc: let the program see /etc/localtime");
  } else if (theirs == 0 && is_no_zone(zone)) {
    add_line(reason,
             format_message(_("the date is UTC's: there is no time zone {}, and of one that "
                              "there is not localtime(3) takes UTC"),
                            visible(zone.substr(3))));
    hint = _("leave TZ= out, or name a file of /usr/share/zoneinfo: TZ=Europe/Madrid");
  } else if (theirs == 0) {
    add_line(reason, _("the date is UTC's: gmtime(3) gives it, and localtime(3) this machine's"));
  } else if (has_offset(moment, theirs)) {
    add_line(reason, format_message(_("the date is that of {}, which this zone has at another time "
                                      "of the year: winter and summer time differ"),
                                    zone_name(theirs)));
  } else {
    add_line(reason, format_message(_("the date is that of another zone, {}"), zone_name(theirs)));
  }
  if (!zone.empty())
    add_line(reason, format_message(_("in the program's environment stands {}"), visible(zone)));
  return DateFault{.reason = std::move(reason), .hint = hint};
}

/// Whether the file that was watched has the latest line alone, and another one has them all.
static bool is_list_elsewhere(const Submission& submission, const Arrivals& arrivals,
                              bool (*wanted)(const std::string&)) {
  if (!arrivals.is_rewritten()) return false;
  const auto output = output_of(submission, wanted);
  return output && output->path != arrivals.output().path;
}

/// Whether a date is as old as the line before the one that it stands in. Of an interval below
/// three seconds that cannot be told from what a busy machine does.
static bool is_of_the_line_before(const Submission& submission, const std::string& date,
                                  Time came) {
  const double interval = submission.interval.count();
  const std::time_t moment = std::chrono::system_clock::to_time_t(came);
  const auto age = static_cast<double>(moment + offset_at(moment) - wall_time(date));
  return interval >= 3 && age >= 0.7 * interval && age <= 1.3 * interval + 1;
}

/// The time for which its threads have had a processor, or waited for one.
/// https://docs.kernel.org/scheduler/sched-stats.html, /proc/PID/schedstat
static Seconds busy_time(const Unit& unit) {
  double nanoseconds = 0;
  std::error_code ignored;
  for (const auto& thread :
       fs::directory_iterator{fmt::format("/proc/{}/task", unit.number("MainPID")), ignored}) {
    std::istringstream words{content(thread.path() / "schedstat")};
    double had = 0, waited = 0;
    words >> had >> waited;
    nanoseconds += had + waited;
  }
  return Seconds{nanoseconds / 1e9};
}

/// Where it is seen that the program waits for a time of the clock that can be set; empty if it is
/// not. proc(5), /proc/PID/fdinfo of a timerfd
static std::string waits_by_the_wall_clock(const Unit& unit) {
  const fs::path process = fmt::format("/proc/{}", unit.number("MainPID"));
  const auto waits = [](const fs::path& thread) {
    const auto call = system_call_of(thread);
    return call.size() > 2 && call[0] == SYS_clock_nanosleep && call[1] == CLOCK_REALTIME &&
           (call[2] & TIMER_ABSTIME);
  };
  std::error_code ignored;
  for (const auto& descriptor : fs::directory_iterator{process / "fdinfo", ignored}) {
    const std::string text = content(descriptor.path());
    if (text.find("clockid: 0\n") != text.npos && text.find("settime flags: 01\n") != text.npos)
      return descriptor.path();
  }
  // Its lines come from a thread that is mostly in its wait.
  std::string found;
  wait_until(_("its wait"), std::chrono::milliseconds{100}, [&] {
    bool all_wait = true;
    for (const auto& thread : fs::directory_iterator{process / "task", ignored}) {
      if (waits(thread.path())) found = thread.path() / "syscall";
      all_wait = all_wait && !system_call_of(thread.path()).empty();
    }
    return all_wait || !found.empty();
  });
  return found;
}

/// What a process has written so far: to files, pipes and terminals, and not to sockets by send(2).
/// proc(5), /proc/PID/io
struct Written {
  double times = 0, bytes = 0;
};

static Written written_by(const Unit& unit) {
  Written written;
  std::istringstream words{content(fmt::format("/proc/{}/io", unit.number("MainPID")))};
  for (std::string word; words >> word;) {
    if (word == "syscw:") words >> written.times;
    if (word == "wchar:") words >> written.bytes;
  }
  return written;
}

/// Each line takes two calls of write(2), or more: all that the program wrote went into the file.
static std::optional<Finding> writes_in_parts(const Unit& unit, const Written& before,
                                              const Output& file, Arrivals& arrivals) {
  const Written after = written_by(unit);
  arrivals.look();
  const Output& now = arrivals.output();
  const auto lines = static_cast<double>(now.lines.size()) - static_cast<double>(file.lines.size());
  const auto bytes = static_cast<double>(now.text.size()) - static_cast<double>(file.text.size());
  const double times = after.times - before.times;
  if (lines < 2 || times < 1.5 * lines || after.bytes - before.bytes > bytes) return std::nullopt;
  return Finding{
      .looked_at = format_message("sudo strace -p {} -e trace=write", unit.number("MainPID")),
      .expected = _("one write(2) for each line"),
      .found = format_message(_("{} for {} lines"), times, lines),
      .reason = _("each line is written in parts: if the program is killed, or the disk becomes "
                  "full, between two of them, half a line is left"),
      .hint = _("put the line together, with its newline, and write it at once")};
}

/// Of lines that come every interval. `busy` is the program's busy_time() of a while: it may not
/// wait between two lines. `in_parts` is what is wrong with how it writes them, if anything.
static Outcome kept(const Submission& submission, const Cadence& cadence, Seconds busy,
                    Seconds length, std::optional<Finding> in_parts = {}) {
  if (in_parts) return warn(std::move(*in_parts));
  if (const std::string where = waits_by_the_wall_clock(submission.unit); !where.empty())
    return warn(
        {.looked_at = "sudo cat " + where,
         .expected = "CLOCK_MONOTONIC",
         .found = "CLOCK_REALTIME, TIMER_ABSTIME",
         .reason = _("the program waits for a time of the clock that people and the network "
                     "set: if that is set back by an hour, no line comes for an hour"),
         .hint = _("wait by the clock that nobody can set: std::chrono::steady_clock, "
                   "CLOCK_MONOTONIC")});
  if (length < Seconds{1} || busy < 0.7 * length)
    return pass(format_message(_("{:.2f} seconds"), cadence.round()));
  return warn(
      {.looked_at = format_message("ps -o time,etime,cmd -p {}", submission.unit.number("MainPID")),
       .expected = _("a program that waits between two lines"),
       .found = format_message(_("it wanted a processor for {:.1f} of {:.1f} seconds"),
                               busy.count(), length.count()),
       .reason = _("the program looks at the clock again and again in place of waiting, and "
                   "keeps a processor busy"),
       .hint = _("wait for the next multiple of the interval: std::this_thread::sleep_until, "
                 "time.sleep")});
}

static std::optional<Finding> has_date_of_line_before(const Submission& submission,
                                                      const Arrivals& arrivals) {
  const std::string& last = arrivals.output().lines.back();
  if (!is_date(last) || !is_of_the_line_before(submission, last, arrivals.last_date()))
    return std::nullopt;
  return Finding{.looked_at = "tail -n 1 " + arrivals.output().path.string() + "; date",
                 .expected = _("the date of when the line is written"),
                 .found = visible(last),
                 .reason = _("each date is that of the line before: the program asks for the time, "
                             "then waits, then writes"),
                 .hint = _("ask for the time after the wait, right before the line is written")};
}

Outcome dates_keep_the_cadence(Submission& submission) {
  const auto output = wait_for_output(submission, is_date);
  if (!output || output->lines.empty()) return dates_are_written(submission);
  Arrivals arrivals{*output};
  Cadence cadence{submission.interval.count()};
  const auto check_date = [&]() -> std::optional<Outcome> {
    const std::string& last = arrivals.output().lines.back();
    if (!is_date(last)) {
      Outcome form = dates_are_dates(submission);  // or it was just being written
      if (form.kind == Outcome::Kind::fail) return form;
      return std::nullopt;
    }
    const auto fault = date_fault(submission, last, arrivals.last_date());
    if (!fault) return std::nullopt;
    return fail({.looked_at = "tail -n 1 " + output->path.string() + "; date",
                 .expected = _("the date of when the line is written"),
                 .found = visible(last),
                 .reason = fault->reason,
                 .hint = fault->hint});
  };
  if (auto outcome = check_date()) return *outcome;
  const Time begin = now();
  const Seconds busy = busy_time(submission.unit);
  const Output file = arrivals.output();
  const Written written = written_by(submission.unit);
  if (!watch(submission, cadence, arrivals)) return pass();  // the judge tells of its end
  if (cadence.verdict() == Verdict::kept) {
    if (auto outcome = check_date()) return *outcome;
    if (auto finding = has_date_of_line_before(submission, arrivals))
      return fail(std::move(*finding));
    return kept(submission, cadence, busy_time(submission.unit) - busy, now() - begin,
                writes_in_parts(submission.unit, written, file, arrivals));
  }
  if (is_list_elsewhere(submission, arrivals, is_date)) return dates_keep_the_cadence(submission);
  Finding finding = off_cadence(submission, cadence, arrivals);
  if (!finding.reason.empty()) return fail(std::move(finding));
  if (cadence.verdict() == Verdict::off) {
    const auto& lines = arrivals.output().lines;
    for (std::size_t i = lines.size() - std::min(cadence.count(), lines.size()); i < lines.size();
         ++i)
      add_line(finding.found, visible(lines[i]));
    finding.reason = format_message(_("the dates are {:.2f} seconds apart"), cadence.round());
    if (cadence.round() > submission.interval.count())
      add_line(finding.reason,
               _("if a program waits for a whole interval after its work, each round takes longer "
                 "by that work"));
    else add_line(finding.reason, _("the program does not wait for as long as it should"));
    return has_other_interval(submission, std::move(finding));
  }
  finding.found =
      format_message(_("{} dates in {:.0f} seconds; the last line is {}"), cadence.count(),
                     arrivals.silence() +
                         static_cast<double>(cadence.count() - 1) * std::max(0.0, cadence.round()),
                     visible(arrivals.output().lines.back()));
  finding.reason = _("the program writes too seldom, or wrote and then stopped writing");
  return has_other_interval(submission, std::move(finding));
}

// --- Prices ------------------------------------------------------------------------------------

/// Whether each question that was answered with a price has brought a line; but for an answer that
/// has just come.
static bool has_written_each(const Submission& submission, const std::vector<Answer>& answers,
                             const Arrivals& arrivals) {
  const auto half = std::chrono::duration_cast<Time::duration>(submission.interval / 2);
  const Time settled = std::max<Time>(arrivals.last_date(), now() - half);
  const auto given = std::count_if(answers.begin(), answers.end(), [settled](const Answer& answer) {
    return answer.outcome == "200" && answer.time <= settled;
  });
  const auto written = arrivals.output().lines.size() - submission.earlier_lines.value_or(0);
  return static_cast<std::ptrdiff_t>(written) >= given;
}

/// Whether the questions came every interval, while the server failed, too, and each brought a
/// line: then nobody needs to watch the file. If several programs ask, or one waits for longer
/// after a failure, that is not told from here.
static std::optional<double> round_of_questions(Submission& submission, const Arrivals& arrivals) {
  if (!asks_price_server(submission)) return std::nullopt;
  const auto answers =
      answers_to_unit(submission, std::max<Time>(submission.started(), now() - remembered));
  if (!has_written_each(submission, answers, arrivals)) return std::nullopt;
  Cadence cadence{submission.interval.count()};
  const std::size_t lines = std::min(answers.size(), cadence.most_rounds() + 1);
  for (auto answer = answers.end() - static_cast<std::ptrdiff_t>(lines); answer != answers.end();
       ++answer)
    cadence.add(static_cast<double>(answer->time.time_since_epoch().count()) / 1e6);
  if (cadence.verdict() != Verdict::kept || cadence.times_left_out() > 0) return std::nullopt;
  return cadence.round();
}

Outcome prices_keep_the_cadence(Submission& submission) {
  const auto output = wait_for_output(submission, is_price);
  if (!output || output->lines.empty()) return prices_are_written(submission);
  Arrivals arrivals{*output};
  if (output->lines.size() > 1)
    if (const auto round = round_of_questions(submission, arrivals))
      return pass(format_message(_("{:.2f} seconds"), *round));
  Cadence cadence{submission.interval.count()};
  if (!watch(submission, cadence, arrivals)) return pass();  // the judge tells of its end
  if (cadence.verdict() == Verdict::kept)
    return pass(format_message(_("{:.2f} seconds"), cadence.round()));
  if (is_list_elsewhere(submission, arrivals, is_price)) return prices_keep_the_cadence(submission);
  Finding finding = off_cadence(submission, cadence, arrivals);
  if (!finding.reason.empty()) return fail(std::move(finding));
  if (cadence.verdict() == Verdict::off) {
    finding.reason = cadence.round() < submission.interval.count()
                         ? _("the program does not wait for as long as it should")
                         : _("the program waits for longer than it should");
    return has_other_interval(submission, std::move(finding));
  }
  finding.found = format_message(_("no new line in {:.0f} seconds"), arrivals.silence());
  finding.reason = diagnosis(submission);
  if (const auto records = submission.records(); !records.empty())
    add_line(finding.reason,
             format_message(_("its last record: {}"), visible(records.back()["MESSAGE"])));
  return has_other_interval(submission, std::move(finding));
}
