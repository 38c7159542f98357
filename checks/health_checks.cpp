// What harms a daemon that runs well so far: settings that will end or silence it, and files that
// it does not keep in order.
#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/meaning.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

namespace {

// --- Settings ------------------------------------------------------------------------------------

/// A watchdog that nobody feeds. What has the words is not waited for: it may ping once a minute.
std::optional<Finding> will_be_killed_by_watchdog(Submission& submission) {
  const auto limit = std::chrono::microseconds{submission.unit.number("WatchdogUSec")};
  const auto program = program_of(submission);
  constexpr auto ping = "WATCHDOG=1";
  if (limit.count() == 0 || !program || any_has({program->exe}, ping) ||
      any_has(program->arguments, ping))
    return std::nullopt;
  Outcome fed = watchdog_is_fed(submission);
  if (fed.kind == Outcome::Kind::pass) return std::nullopt;
  if (const std::string line = written(submission, "WatchdogSec"); !line.empty())
    fed.finding.reason = line + '\n' + fed.finding.reason;
  fed.finding.hint = _("leave WatchdogSec= out, or send WATCHDOG=1: sd_notify(3)");
  return fed.finding;
}

/// The watchdog's signal is one that the program minds, and so may not end it. systemd.service(5),
/// WatchdogSignal=
std::optional<Finding> outlives_its_watchdog(const Submission& submission) {
  const Unit& unit = submission.unit;
  const auto signal = static_cast<int>(unit.number("WatchdogSignal"));
  const auto pid = unit.number("MainPID");
  if (unit.number("WatchdogUSec") == 0 || pid == 0 || !minds_signal(pid, signal))
    return std::nullopt;
  Finding finding{
      .looked_at = format_message("grep Sig /proc/{}/status", pid),
      .expected = format_message(_("{} ends the program at once"), signal_name(signal)),
      .found = _("the program catches that signal, blocks it, or ignores it"),
      .reason = written(submission, "WatchdogSignal"),
      .hint =
          _("leave SIGABRT to the watchdog: no WatchdogSignal=, and no handler for that signal")};
  add_line(finding.reason,
           _("if the program hangs, the watchdog's signal may not end it: then it hangs on for "
             "TimeoutStopSec= more"));
  return finding;
}

/// What its memory takes that is nobody else's, in bytes: proc(5), RssAnon
std::uint64_t own_memory(const Program& program) {
  const std::string status = content(fmt::format("/proc/{}/status", program.pid));
  const auto at = status.find("RssAnon:");
  const auto digit = status.find_first_of("0123456789", at);
  std::uint64_t kilobytes = 0;
  if (at != std::string::npos && digit != std::string::npos)
    std::from_chars(status.data() + digit, status.data() + status.size(), kilobytes);
  return kilobytes * 1024;
}

/// A limit below what the program takes already: this machine may have no controller that sees to
/// it.
std::optional<Finding> will_be_killed_for_memory(const Submission& submission) {
  const Unit& unit = submission.unit;
  const auto program = program_of(submission);
  const auto limit = unit.number("MemoryMax");
  const std::uint64_t taken = program ? own_memory(*program) : 0;
  if (limit >= taken) return std::nullopt;
  Finding finding{
      .looked_at = "systemctl show -p MemoryMax " + unit.name(),
      .expected = format_message(_("more than the {} bytes that the program has by now"), taken),
      .found = format_message("MemoryMax={}", limit),
      .reason = written(submission, "MemoryMax"),
      .hint = _("MemoryMax= counts bytes, if no K, M or G stands behind the number")};
  add_line(finding.reason,
           _("the kernel ends a service that takes more, if the machine has that controller"));
  return finding;
}

/// LimitFSIZE= lets its file grow for no day longer. setrlimit(2)
std::optional<Finding> will_have_a_full_file(const Submission& submission) {
  const auto limit = submission.unit.number("LimitFSIZE");
  const auto is_wanted = submission.stage < "03" ? is_date : is_price;
  const auto output = output_of(submission, is_wanted);
  if (!output || output->lines.empty() || !is_wanted(output->lines.back())) return std::nullopt;
  const double line = static_cast<double>(output->text.size()) /
                      static_cast<double>(output->lines.size()),
               lines = static_cast<double>(limit) / line;
  if (lines * submission.interval.count() >= 86'400) return std::nullopt;
  Finding finding{
      .looked_at = "systemctl show -p LimitFSIZE " + submission.unit.name(),
      .expected = "LimitFSIZE=infinity",
      .found = format_message("LimitFSIZE={}", limit),
      .reason = written(submission, "LimitFSIZE"),
      .hint =
          _("leave LimitFSIZE= out: it counts bytes, if no K, M or G stands behind the number")};
  add_line(finding.reason,
           format_message(_("its file takes {:.0f} lines, and not one more: that is less than a "
                            "day's"),
                          lines));
  return finding;
}

/// A setting ends it after a time, though it runs well. A service may want that, and seldom does.
std::optional<Finding> will_be_ended_by_time(const Submission& submission) {
  static constexpr struct {
    const char *key, *property;
    double second;  // in the property's unit
    const char* ends;
  } limits[] = {{"RuntimeMaxSec", "RuntimeMaxUSec", 1e6,
                 N_("it is ended when it has run for {:.0f} seconds, however well it runs")},
                {"LimitCPU", "LimitCPU", 1,
                 N_("it is ended when it has used {:.0f} seconds of processor time")}};
  const Unit& unit = submission.unit;
  for (const auto& [key, property, second, ends] : limits) {
    const auto value = unit.number(property);
    const std::string line = written(submission, key);
    if (value == std::numeric_limits<std::uint64_t>::max() || line.empty()) continue;
    return Finding{.looked_at = fmt::format("systemctl show -p {} {}", property, unit.name()),
                   .expected = fmt::format("{}=infinity", key),
                   .found = line,
                   .reason = format_message(_(ends), static_cast<double>(value) / second),
                   .hint = format_message(_("leave {}= out"), key),
                   .then = {"daemon-reload", "restart"}};
  }
  return std::nullopt;
}

/// systemd's own record of its start is not there, though it is no day old.
std::optional<Finding> is_silenced(Submission& submission) {
  const Unit& unit = submission.unit;
  const Time start = unit.time("ActiveEnterTimestamp");
  if (!submission.journal.readable() || start == Time{} || now() - start > remembered)
    return std::nullopt;
  const auto is_told = [&] {
    return !submission.journal
                .entries({message_id::started, "_PID=1", "UNIT=" + unit.name()},
                         start - std::chrono::milliseconds{100})
                .empty();
  };
  if (wait_until(_("a record of its start"), Seconds{2}, is_told)) return std::nullopt;
  return Finding{
      .looked_at = "journalctl -u " + unit.name(),
      .expected = "Started " + unit.name(),
      .found = _("no record"),
      .reason =
          _("the journal does not even have what systemd says of the service: it is as good as "
            "silent, also if it fails"),
      .hint = _("leave out what keeps records from the journal: LogLevelMax= and the like"),
      .aspects = aspect::journal};
}

/// A limit on its records that a price each interval is above. journald lets up to six times as
/// many through if there is much space on its disk: journald.conf(5), RateLimitBurst=
std::optional<Finding> is_limited(const Submission& submission) {
  const Unit& unit = submission.unit;
  const Seconds period = std::chrono::microseconds{unit.number("LogRateLimitIntervalUSec")};
  const auto burst = static_cast<double>(unit.number("LogRateLimitBurst"));
  const double records = period / submission.interval;
  if (submission.stage < "04" || burst == 0 || records <= 6 * burst) return std::nullopt;
  Finding finding{
      .looked_at = "systemctl show -p LogRateLimitIntervalUSec -p LogRateLimitBurst " + unit.name(),
      .expected =
          format_message(_("room for the {:.0f} records that it writes in that time"), records),
      .found = format_message("LogRateLimitBurst={}", unit.number("LogRateLimitBurst")),
      .reason = format_message(_("journald takes a few of its records in {:.0f} seconds, and drops "
                                 "the others"),
                               period.count()),
      .hint = _("leave LogRateLimitIntervalSec= and LogRateLimitBurst= out")};
  for (const char* key : {"LogRateLimitIntervalSec", "LogRateLimitBurst"})
    if (const std::string line = written(submission, key); !line.empty())
      add_line(finding.reason, line);
  return finding;
}

/// Another service that takes it along when it is stopped: systemd.unit(5). What has ended and
/// counts as active, a oneshot, is seldom stopped.
std::optional<Finding> is_stopped_with_another(const Submission& submission) {
  for (const char* property : {"Requires", "Requisite", "BindsTo", "PartOf"})
    for (const std::string& name : submission.unit.list(property)) {
      if (!name.ends_with(".service") || submission.manager.unit(name).text("Type") == "oneshot")
        continue;
      Finding finding{
          .looked_at = fmt::format("systemctl show -p {} {}", property, submission.unit.name()),
          .expected = "Wants=" + name,
          .found = fmt::format("{}={}", property, name),
          .reason = written(submission, property),
          .hint = _("Wants= brings it up as well, and After= has this one start after it")};
      add_line(finding.reason,
               format_message(_("if {} is stopped or restarted, so is this service"), name));
      return finding;
    }
  return std::nullopt;
}

/// `systemctl restart` sends another signal than `stop`, and the program minds that one.
/// systemd.kill(5), RestartKillSignal=
std::optional<Finding> outlives_its_restart(const Submission& submission) {
  const Unit& unit = submission.unit;
  const auto signal = static_cast<int>(unit.number("RestartKillSignal")),
             usual = static_cast<int>(unit.number("KillSignal"));
  static const std::set<int> ending{SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGABRT};
  const auto pid = unit.number("MainPID");
  if (signal == usual || ending.contains(signal) || pid == 0 || !minds_signal(pid, signal))
    return std::nullopt;
  Finding finding{.looked_at = "systemctl show -p RestartKillSignal " + unit.name(),
                  .expected = signal_name(usual),
                  .found = signal_name(signal),
                  .reason = written(submission, "RestartKillSignal"),
                  .hint = _("leave RestartKillSignal= out: restart then ends it as stop does")};
  add_line(finding.reason,
           _("systemctl restart sends that signal, and the program takes it for something else: if "
             "it goes on, systemd waits for TimeoutStopSec=, and then kills it"));
  return finding;
}

// --- Files ---------------------------------------------------------------------------------------

/// Its descriptors and where each leads: proc(5), /proc/PID/fd
std::map<int, std::string> descriptors_of(const Program& program) {
  std::map<int, std::string> found;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator{fmt::format("/proc/{}/fd", program.pid), ignored}) {
    const fs::path target = fs::read_symlink(entry.path(), ignored);
    if (!target.empty()) found[std::atoi(entry.path().filename().c_str())] = target;
  }
  return found;
}

/// By whatever name: a folder on the way may be a link.
bool is_open_as(const Program& program, int descriptor, const fs::path& path) {
  std::error_code ignored;
  return fs::equivalent(fmt::format("/proc/{}/fd/{}", program.pid, descriptor), path, ignored);
}

}  // namespace

std::optional<Finding> has_lost_its_voice(const Unit& unit, const Program& program,
                                          const std::optional<Output>& output, Heard heard) {
  const std::string error = unit.text("StandardError");
  const bool is_journals = error == "inherit" || error.starts_with("journal");
  if (!is_journals || unit.text("StandardOutput") == "null") return std::nullopt;
  const bool is_its_file = output && is_open_as(program, 2, output->path);
  const auto lost = is_its_file ? output->path.string() : lost_standard_error(program, heard);
  if (!lost) return std::nullopt;
  static const std::set<std::string> files{"append", "file", "truncate"};
  if (is_its_file && error == "inherit" && files.contains(unit.text("StandardOutput")))
    return Finding{
        .looked_at =
            format_message("systemctl show {} -p StandardOutput,StandardError", unit.name()),
        .expected = "StandardError=journal",
        .found = format_message("StandardOutput={}\nStandardError={}", unit.text("StandardOutput"),
                                error),
        .reason =
            _("standard error goes where standard output does, as the unit says nothing else: "
              "what the program has to say of a failure comes into its file"),
        .hint = _("below [Service]: StandardError=journal")};
  return Finding{
      .looked_at = format_message("sudo ls -l /proc/{}/fd", program.pid),
      .expected = _("descriptor 2 leads to the journal"),
      .found = lost->empty() ? _("descriptor 2 is closed") : "2 -> " + visible(*lost),
      .reason =
          _("the program has closed its standard error, or led it elsewhere: what it has to say "
            "of a failure is lost, or comes into its file"),
      .hint =
          _("leave the three standard streams as systemd has opened them: a service needs nothing "
            "of what an old daemon did to become one")};
}

namespace {

/// The same file again and again, and more often with each line.
std::optional<Finding> never_closes_its_file(const Submission& submission, const Program& program,
                                             const std::optional<Output>& output) {
  if (!output) return std::nullopt;
  const auto times_open = [&] {
    const auto descriptors = descriptors_of(program);
    return std::count_if(descriptors.begin(), descriptors.end(), [&](const auto& one) {
      return is_open_as(program, one.first, output->path);
    });
  };
  const auto before = times_open();
  auto after = before;
  if (before < 3 || !wait_until(_("a line in its file"), 1.5 * submission.interval + Seconds{1},
                                [&] { return (after = times_open()) > before; }))
    return std::nullopt;
  return Finding{.looked_at = format_message("sudo ls -l /proc/{}/fd", program.pid),
                 .expected = format_message(_("{} once"), output->path.string()),
                 .found = format_message(_("{0} {1} times, and {2} times a line later"),
                                         output->path.string(), before, after),
                 .reason = format_message(
                     _("the program opens its file for each line, and never closes it: at "
                       "LimitNOFILE={} descriptors it can open nothing any more"),
                     submission.unit.number("LimitNOFILESoft")),
                 .hint = _("open it once before the loop, or close it after each line")};
}

/// Its file is open, and not for appending: each line goes to where the last one ended, though
/// another program may have cut the file, or written to it. open(2), O_APPEND
std::optional<Finding> does_not_append(const Program& program,
                                       const std::optional<Output>& output) {
  if (!output) return std::nullopt;
  for (const auto& [descriptor, flags] : open_to_write(program, output->path)) {
    if (flags & O_APPEND) continue;
    return Finding{
        .looked_at = format_message("sudo grep flags /proc/{}/fdinfo/{}", program.pid, descriptor),
        .expected = format_message(_("the flag O_APPEND: {:07o}"), O_APPEND),
        .found = format_message("flags: {:07o}", flags),
        .reason = _("the file is open, and not for appending: if another program cuts it, as "
                    "logrotate does with copytruncate, the next line comes behind a hole"),
        .hint = _("open it for appending: std::ios::app, O_APPEND, \"a\"")};
  }
  return std::nullopt;
}

/// What a descriptor leads to, without what tells two of a kind apart: "socket:[4711]" is "socket".
std::string kind_of(const std::string& target) {
  const auto number = target.find(":[");
  return number != target.npos && std::isdigit(static_cast<unsigned char>(target[number + 2]))
             ? target.substr(0, number)
             : target;
}

/// More and more descriptors of one kind, such as sockets, with each line.
std::optional<Finding> never_closes(const Submission& submission, const Program& program,
                                    const std::optional<Output>& output) {
  if (!output) return std::nullopt;
  const auto count = [&program] {
    std::map<std::string, std::size_t> kinds;
    for (const auto& [descriptor, target] : descriptors_of(program)) ++kinds[kind_of(target)];
    return kinds;
  };
  for (const auto& [kind, before] : count()) {
    if (before < 8) continue;  // 03 has five sockets, two of them its standard streams
    Arrivals arrivals{*output};
    std::size_t lines = 0, now = before;
    const auto is_seen = [&, &kind = kind, &before = before] {
      if (arrivals.look() > 0) ++lines;
      now = count()[kind];
      return lines >= 2 || (lines > 0 && now == before);
    };
    wait_until(_("a line in its file"), 2.5 * submission.interval + Seconds{1}, is_seen);
    if (lines < 2 || now < before + lines) continue;
    return Finding{
        .looked_at = format_message("sudo ls -l /proc/{}/fd", program.pid),
        .expected = _("as many descriptors after each line as before it"),
        .found = format_message(_("{0} of {1}, and {2} of them {3} lines later"), before,
                                visible(kind), now, lines),
        .reason = format_message(_("the program opens one with each round, and never closes it: at "
                                   "LimitNOFILE={} descriptors it can open nothing any more"),
                                 submission.unit.number("LimitNOFILESoft")),
        .hint = _("close what a round has opened at its end, or open it once before the loop")};
  }
  return std::nullopt;
}

/// Children that have ended, and that it never waits for: one more with each line.
std::optional<Finding> leaves_zombies(const Submission& submission) {
  const std::string mark = fmt::format(") Z {} ", submission.unit.number("MainPID"));
  const auto is_one = [&mark](const fs::path& process) {  // proc_pid_stat(5)
    return content(process / "stat").find(mark) != std::string::npos;
  };
  std::vector<fs::path> zombies;
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator{"/proc", ignored})
    if (is_one(process.path())) zombies.push_back(process.path());
  // One that has ended a moment ago may be waited for in the next.
  const auto are_few = [&] {
    std::erase_if(zombies, [&](const fs::path& process) { return !is_one(process); });
    return zombies.size() < 2;
  };
  if (wait_until(_("its children's end"), std::chrono::milliseconds{300}, are_few))
    return std::nullopt;
  return Finding{
      .looked_at = "systemctl status " + submission.unit.name(),
      .expected = _("no process that has ended, and is not waited for"),
      .found = format_message(_("{} of them: ps calls them <defunct>"), zombies.size()),
      .reason = _("the program starts processes and never waits for their end: they pile "
                  "up, until it may start no more (TasksMax=)"),
      .hint = _("call waitpid(2), or join(), for each; a shell says wait")};
}

}  // namespace

Outcome nothing_will_harm_it(Submission& submission) {
  // Of the last stage another check asks for its watchdog.
  if (submission.stage != stages.back())
    if (auto finding = will_be_killed_by_watchdog(submission)) return fail(std::move(*finding));
  if (auto finding = will_be_killed_for_memory(submission)) return fail(std::move(*finding));
  if (auto finding = will_have_a_full_file(submission)) return fail(std::move(*finding));
  if (auto finding = is_silenced(submission)) return fail(std::move(*finding));
  if (auto finding = is_limited(submission)) return fail(std::move(*finding));
  if (auto finding = is_stopped_with_another(submission)) return warn(std::move(*finding));
  if (auto finding = will_be_ended_by_time(submission)) return warn(std::move(*finding));
  if (auto finding = outlives_its_watchdog(submission)) return warn(std::move(*finding));
  if (auto finding = outlives_its_restart(submission)) return warn(std::move(*finding));
  return pass();
}

Outcome files_are_in_order(Submission& submission) {
  const auto program = program_of(submission);
  if (!program) return pass();  // the judge tells of its end
  const auto output = output_of(submission, [](const std::string&) { return true; });
  if (auto finding = has_lost_its_voice(submission.unit, *program, output, Heard::perhaps))
    return fail(std::move(*finding));
  if (auto finding = leaves_zombies(submission)) return fail(std::move(*finding));
  if (auto finding = never_closes_its_file(submission, *program, output))
    return fail(std::move(*finding));
  if (auto finding = never_closes(submission, *program, output)) return fail(std::move(*finding));
  if (auto finding = does_not_append(*program, output)) return warn(std::move(*finding));
  return pass();
}
