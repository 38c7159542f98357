// The process: running, the right one, with few rights.
#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/ending.hpp"
#include "checks/last_words.hpp"
#include "checks/price_server.hpp"
#include "checks/question_checks.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

Outcome program_is_installed(Submission& submission) {
  const auto commands = submission.unit.commands("ExecStart");
  fs::path started = commands.empty() ? "" : commands.front().path;
  if (!commands.empty())
    if (const fs::path script =
            script_of(started, commands.front().argv, submission.unit.text("WorkingDirectory"));
        !script.empty())
      started = script;
  const fs::path built = fs::path{submission.dir} / started.filename();
  Finding finding{.looked_at = format_message("cmp {} {}", built.string(), started.string()),
                  .expected = _("the programs are the same"),
                  .hint = format_message("sudo install {} {}", built.string(), started.string())};
  if (!fs::is_regular_file(built)) {
    finding.found = format_message(_("there is no program {} in {}"), started.filename().string(),
                                   submission.dir);
    finding.reason = finding.found;
    finding.hint = _("build it there first: cmake --build");
    return fail(finding);
  }
  if (content(built) == content(started)) return pass(built);
  finding.found = format_message("cmp: {} != {}", built.string(), started.string());
  finding.reason =
      _("the program built there is another one than the unit starts: it was not installed");
  return fail(finding);
}

static std::string states(const Unit& unit) {
  return format_message("ActiveState={}\nSubState={}\nResult={}\nNRestarts={}",
                        unit.text("ActiveState"), unit.text("SubState"), unit.text("Result"),
                        unit.number("NRestarts"));
}

Outcome unit_is_active(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto runs = [&unit] {
    return unit.text("ActiveState") == "active" && unit.text("SubState") == "running";
  };
  // An interpreter that has to load may take longer than an interval.
  wait_until(_("its start to end"), std::max<Seconds>(submission.interval, Seconds{10}),
             [&unit] { return !unit.is_starting(); });
  // A program that is started again and again is active in between.
  const auto restarts = unit.number("NRestarts");
  const auto pid = unit.number("MainPID");
  const bool young = now() - submission.started() < submission.interval;
  if (runs() && (restarts > 0 || young))
    wait_until(_("its process to end, if it does"), submission.interval / 2,
               [&] { return !runs() || unit.number("MainPID") != pid; });
  if (runs() && state_in("/proc/" + std::to_string(pid)) == 'T')
    return fail({.looked_at = format_message("ps -o state,cmd -p {}", pid),
                 .expected = _("a process that runs, or waits for something"),
                 .found = _("T, stopped"),
                 .reason = format_message(_("SIGSTOP, or Ctrl-Z in a terminal, has stopped process "
                                            "{}: it does nothing until SIGCONT comes"),
                                          pid),
                 .hint = "sudo systemctl kill --signal=CONT " + unit.name()});
  if (runs() && unit.number("MainPID") == pid) return pass(format_message("PID {}", pid));
  return fail({.looked_at = "systemctl status " + unit.name(),
               .expected = "ActiveState=active\nSubState=running",
               .found = states(unit),
               .hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name())});
}

Outcome oneshot_succeeded(Submission& submission) {
  const Unit& unit = submission.unit;
  const bool ended = wait_until(_("its process to end"), Seconds{30}, [&unit] {
    return !unit.is_starting() && unit.number("MainPID") == 0;
  });
  const bool ran = !submission.records().empty() || submission.started() != Time{};
  // A - before the command, or SuccessExitStatus=, makes a success of any end.
  const bool is_zero =
      unit.number("ExecMainCode") == 0 ||  // systemd has forgotten it
      (unit.number("ExecMainCode") == CLD_EXITED && unit.number("ExecMainStatus") == 0);
  if (ended && ran && is_zero && unit.text("Result") == "success") return pass();
  if (!ended)
    return fail({.looked_at = "systemctl status " + unit.name(),
                 .expected = "MainPID=0",
                 .found = format_message("MainPID={}\n{}", unit.number("MainPID"), states(unit)),
                 .reason = _("the program runs on: this stage's logs its messages and ends"),
                 .hint = _("let main() return after the last message, and start the unit again")});
  if (!submission.journal.readable()) return cannot_read_journal();
  Finding finding{
      .looked_at = "systemctl status " + unit.name(),
      .expected = "Result=success\nExecMainStatus=0",
      .found = format_message("{}\nExecMainStatus={}", states(unit), unit.number("ExecMainStatus")),
      .hint = format_message(_("start it, and read on: journalctl -u {} -n 20"), unit.name())};
  if (const auto end = last_end(submission); end && end->is_clean && !is_zero) {
    std::vector<std::string> reasons;
    add_end(submission, *end, reasons);
    if (const std::string words = last_words(submission); !words.empty())
      reasons.push_back(format_message(_("the program's last words: {}"), visible(words)));
    finding.reason = fmt::format("{}", fmt::join(reasons, "\n"));
  }
  return fail(std::move(finding));
}

/// The sign before its command by which User= and DynamicUser= do not count, if there is one:
/// systemd.service(5), table 1.
static std::string privileged_sign(const Unit& unit) {
  static const std::map<std::string_view, const char*> signs{
      {"privileged", "+"}, {"no-setuid", "!"}, {"ambient", "!!"}};
  for (const Command& command : unit.commands("ExecStartEx"))
    for (const std::string& flag : command.flags)
      if (const auto sign = signs.find(flag); sign != signs.end()) return sign->second;
  return "";
}

static bool is_root(const std::string& user) { return user == "root" || user == "0"; }

Outcome user_is_not_root(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto program = executed_program(submission);
  const std::string user = unit.text("User");
  const bool named = unit.number("DynamicUser") || (!user.empty() && !is_root(user));
  // Of a process that has ended, the unit tells.
  const bool root =
      program ? program->uid == 0 : !named || is_root(user) || !privileged_sign(unit).empty();
  if (!root && submission.stage >= "03" && user == "nobody")
    return warn({.looked_at = "systemctl show -p User " + unit.name(),
                 .expected = "DynamicUser=yes",
                 .found = written(submission, "User"),
                 .reason = _("nobody is the user of whatever has none of its own: each of these "
                             "may read the service's files, and end its processes"),
                 .hint = _("below [Service]: DynamicUser=yes, and StateDirectory=%N with "
                           "WorkingDirectory=%S/%N for its files"),
                 .then = {"daemon-reload", "restart"}});
  if (!root) return pass(user);
  std::string as_written = written(submission, "User");
  if (const std::string line = written(submission, "DynamicUser"); !line.empty())
    add_line(as_written, line);
  const std::string sign = privileged_sign(unit);
  if (named && !sign.empty())
    return fail({.looked_at = "systemctl show -p ExecStartEx " + unit.name(),
                 .expected = _("a user without rights of its own"),
                 .found = "root",
                 .reason = written(submission, "ExecStart") + '\n' +
                           format_message(_("the {} before the command starts it as root, whatever "
                                            "User= and DynamicUser= say"),
                                          sign),
                 .hint = format_message(_("take the {} away"), sign),
                 .then = {"daemon-reload", "restart"}});
  const std::string why =
      is_root(user) && unit.number("DynamicUser")
          ? _("that is root, who is there already: DynamicUser= makes a user only if there is none "
              "of that name")
      : named ? _("the unit names another user: it was started before, or gives up its own")
      : as_written.empty()
          ? _("neither User= nor DynamicUser= is in the unit: a mistake in the program "
              "would be a mistake of root's")
          : _("that is root: a mistake in the program would be a mistake of root's");
  return fail({.looked_at = program ? format_message("ps -o user,pid,args -p {}", program->pid)
                                    : "systemctl show -p User -p DynamicUser " + unit.name(),
               .expected = _("a user without rights of its own"),
               .found = "root",
               .reason = as_written.empty() ? why : as_written + '\n' + why,
               .hint = _("below [Service]: DynamicUser=yes, and StateDirectory=%N with "
                         "WorkingDirectory=%S/%N for its files"),
               .then = {"daemon-reload", "restart"}});
}

/// Whether the status tells the last price in the file, not just for the moment before the next one
/// comes.
static bool follows_the_file(const Submission& submission) {
  const Seconds rest = std::min<Seconds>(submission.interval / 5, Seconds{0.3});
  std::string told;  // the line that the status tells
  auto since = std::chrono::steady_clock::now();
  return wait_until(_("a price in its status"), 2 * submission.interval, [&] {
    const auto output = output_of(submission, is_price);
    if (!output || output->lines.empty()) return false;
    const std::string& last = output->lines.back();
    if (!tells(submission.unit.text("StatusText"), std::strtod(last.c_str(), nullptr))) told = "";
    else if (std::exchange(told, last) != last) since = std::chrono::steady_clock::now();
    return !told.empty() && std::chrono::steady_clock::now() - since >= rest;
  });
}

Outcome status_tells_the_price(Submission& submission) {
  std::string status;
  const bool told = wait_until(_("a price in its status"), 2 * submission.interval, [&] {
    status = submission.unit.text("StatusText");
    const auto output = output_of(submission, is_price);
    if (!output) return false;
    // One of the last: the next price may be in the file, and not yet in the status.
    const auto last = output->lines.size() - std::min<std::size_t>(3, output->lines.size());
    return std::any_of(output->lines.begin() + static_cast<std::ptrdiff_t>(last),
                       output->lines.end(), [&](const std::string& line) {
                         return is_price(line) && tells(status, std::strtod(line.c_str(), nullptr));
                       });
  });
  if (told && follows_the_file(submission)) return pass(status);
  if (told)
    return warn({.looked_at = "systemctl show -p StatusText " + submission.unit.name(),
                 .expected = _("the last price in the file"),
                 .found = "StatusText=" + visible(submission.unit.text("StatusText")),
                 .reason = _("its status is a price behind the file: it is sent before the next "
                             "question, and not after the price"),
                 .hint = _("send it after each price")});
  Finding finding{
      .looked_at = "systemctl show -p StatusText " + submission.unit.name(),
      .expected = "StatusText=bitcoin 67187.33 usd",
      .found = "StatusText=" + visible(status),
      .reason = _("the program has sent no STATUS= with a price to systemd"),
      .hint = _(
          "after each price: manager.status(...), or sd_notify(0, \"STATUS=...\"); man sd_notify")};
  const KnownPrices known{submission};
  const auto is_known = [&known](const std::string& number) {
    const auto nearest = known.nearest(std::strtod(number.c_str(), nullptr));
    return nearest && is_this_price(number, *nearest);
  };
  if (const auto numbers = numbers_in(status);
      std::any_of(numbers.begin(), numbers.end(), is_known)) {
    finding.reason =
        _("its status tells a price that the server gave, and none of the last three in "
          "the file");
    if (const auto output = output_of(submission, is_price); output && !output->lines.empty())
      add_line(finding.found, output->path.string() + ": " + visible(output->lines.back()));
    finding.hint = _("send it after each price, and append that price to the file");
    finding.aspects = aspect::sees;
  }
  if (status.empty() && !is_fed(submission.unit))
    add_line(finding.reason, _("nor has anything else come since READY=1 so far: sd_notify(3) "
                               "forgets NOTIFY_SOCKET if its "
                               "first argument is not 0"));
  return fail(std::move(finding));
}

Outcome watchdog_is_fed(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto limit = std::chrono::microseconds{unit.number("WatchdogUSec")};
  const auto is_active = [&unit] { return unit.text("ActiveState") == "active"; };
  const bool fed = wait_until("WATCHDOG=1", std::min<Seconds>(limit, Seconds{60}),
                              [&] { return is_fed(unit) || !is_active(); });
  if (is_active() && (fed || limit > Seconds{60})) return pass();
  return fail(
      {.looked_at = "systemctl show -p WatchdogTimestamp " + unit.name(),
       .expected =
           format_message(_("WATCHDOG=1 at least every {} seconds"), Seconds{limit}.count()),
       .found = _("none since the unit became active"),
       .reason = _("the unit says WatchdogSec=, and the program does not send WATCHDOG=1: systemd "
                   "will kill it"),
       .hint = _("in the loop: sd_notify(0, \"WATCHDOG=1\")")});
}
