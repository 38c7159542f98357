// The process: running, the right one, with few rights.
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

/// With a version behind it, too: python3.11.
static bool is_interpreter(const std::string& name) {
  static const std::set<std::string> interpreters{"bash", "dash",   "env", "node",
                                                  "perl", "python", "sh"};
  return interpreters.contains(name.substr(0, name.find_last_not_of("0123456789.") + 1));
}

/// The script among the words of a command, in this folder, where `program` is an interpreter.
static fs::path script_of(const fs::path& program, const std::vector<std::string>& words,
                          const fs::path& folder) {
  if (!is_interpreter(program.filename())) return {};
  std::error_code ignored;  // a script within the command may be too long for a name
  for (std::size_t i = 1; i < words.size(); ++i)
    if (fs::path file = folder / words[i];
        !words[i].starts_with('-') && fs::is_regular_file(file, ignored))
      return file;
  return {};
}

Outcome program_is_installed(Submission& submission) {
  const auto commands = submission.unit.commands("ExecStart");
  fs::path started = commands.empty() ? "" : commands.front().path;
  if (!commands.empty())
    if (const fs::path script =
            script_of(started, commands.front().argv, submission.unit.text("WorkingDirectory"));
        !script.empty())
      started = script;
  const fs::path built = fs::path{submission.dir} / started.filename();
  Finding finding{say("cmp {} {}", built.string(), started.string()),
                  _("the programs are the same"), "", "",
                  say("sudo install {} {}", built.string(), started.string())};
  if (!fs::is_regular_file(built)) {
    finding.found =
        say(_("there is no program {} in {}"), started.filename().string(), submission.dir);
    finding.reason = finding.found;
    finding.hint = _("build it there first: cmake --build");
    return fail(finding);
  }
  if (content(built) == content(started)) return pass(built);
  finding.found = say("cmp: {} != {}", built.string(), started.string());
  finding.reason =
      _("the program built there is another one than the unit starts: it was not installed");
  return fail(finding);
}

static std::string states(const Unit& unit) {
  return say("ActiveState={}\nSubState={}\nResult={}\nNRestarts={}", unit.text("ActiveState"),
             unit.text("SubState"), unit.text("Result"), unit.number("NRestarts"));
}

Outcome unit_is_active(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto runs = [&unit] {
    return unit.text("ActiveState") == "active" && unit.text("SubState") == "running";
  };
  // An interpreter that has to load may take longer than an interval.
  wait_until(std::max<Seconds>(submission.interval, Seconds{10}),
             [&unit] { return !unit.is_starting(); });
  // A program that is started again and again is active in between.
  const auto restarts = unit.number("NRestarts");
  const auto pid = unit.number("MainPID");
  const bool young = now() - submission.started() < submission.interval;
  if (runs() && (restarts > 0 || young))
    wait_until(submission.interval / 2, [&] { return !runs() || unit.number("MainPID") != pid; });
  if (runs() && unit.number("MainPID") == pid) return pass(say("PID {}", pid));
  return fail({"systemctl status " + unit.name(), "ActiveState=active\nSubState=running",
               states(unit), "", say(_("read on: journalctl -u {} -n 20"), unit.name())});
}

Outcome oneshot_succeeded(Submission& submission) {
  const Unit& unit = submission.unit;
  const bool ended = wait_until(
      Seconds{30}, [&unit] { return !unit.is_starting() && unit.number("MainPID") == 0; });
  const bool ran = !submission.records().empty() || submission.started() != Time{};
  if (ended && ran && unit.text("Result") == "success") return pass();
  if (!ended)
    return fail({"systemctl status " + unit.name(), "MainPID=0",
                 say("MainPID={}\n{}", unit.number("MainPID"), states(unit)),
                 _("the program runs on: this stage's logs its messages and ends"),
                 _("let main() return after the last message, and start the unit again")});
  if (!submission.journal.readable()) return unreadable();
  return fail({"systemctl status " + unit.name(), "Result=success", states(unit), "",
               say(_("start it, and read on: journalctl -u {} -n 20"), unit.name())});
}

/// When the file was changed last, in whole seconds; 0 where it cannot be seen.
static std::time_t file_time(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mtime : 0;
}

/// Whether the process has the arguments that the unit says: what stands before them may be the
/// interpreter of a script, and a $ is replaced by a variable.
static bool runs_command(const Program& program, const Command& command) {
  for (const std::string& word : command.argv)
    if (word.find('$') != std::string::npos) return true;
  const auto& run = program.arguments;
  // env(1), nice(1) and their like have become the rest of their command.
  if (run.size() < command.argv.size())
    return std::equal(run.rbegin(), run.rend(), command.argv.rbegin());
  return std::equal(command.argv.begin() + 1, command.argv.end(),
                    run.end() - static_cast<std::ptrdiff_t>(command.argv.size()) + 1) &&
         std::any_of(run.begin(), run.end(), [&command](const std::string& word) {
           return word == command.path || word == command.argv.front();
         });
}

/// Whether it works in this folder, as it sees it. systemd puts a ! before one that may be missing,
/// and has a ~ for the user's own. A program that works in / may have gone there: daemon(7)
static bool works_in(const Program& program, const std::string& folder) {
  if (!folder.starts_with('/') || program.directory == "/") return true;
  const fs::path proc = say("/proc/{}", program.pid);
  std::error_code ignored;
  return fs::equivalent(proc / "cwd", proc / "root" / fs::path{folder}.relative_path(), ignored);
}

Outcome program_is_current(Submission& submission) {
  const auto program = program_of(submission);
  if (!program || program->exe.empty()) return not_roots();
  Finding finding{say("systemctl show -p ExecStart {}; ls -l /proc/{}/exe", submission.unit.name(),
                      program->pid),
                  "", fmt::format("{}", fmt::join(program->arguments, " ")), "",
                  "sudo systemctl restart " + submission.unit.name()};
  const auto commands = submission.unit.commands("ExecStart");
  if (!commands.empty()) {
    finding.expected = fmt::format("{}", fmt::join(commands.front().argv, " "));
    // A program may have executed another one: only with a younger file is it a mistake.
    if (!runs_command(*program, commands.front()) && submission.changed() > submission.started()) {
      finding.reason =
          _("the command in ExecStart= was changed after the process had been started");
      return fail(finding);
    }
  }
  if (!works_in(*program, submission.unit.text("WorkingDirectory")) &&
      submission.changed() > submission.started()) {
    finding.looked = say("ls -l /proc/{}/cwd", program->pid);
    finding.expected = submission.unit.text("WorkingDirectory");
    finding.found = program->directory;
    finding.reason = _("WorkingDirectory= was changed after the process had been started");
    return fail(finding);
  }
  finding.expected = say(_("{}, as it is on disk"), program->exe);
  const auto start =
      std::chrono::floor<std::chrono::seconds>(submission.started()).time_since_epoch().count();
  if (const fs::path script = script_of(program->exe, program->arguments, program->directory);
      !script.empty() && file_time(script) > static_cast<std::time_t>(start)) {
    finding.found = say(_("{} was changed after the process had been started"), script.string());
    finding.reason = _("what runs is the script as it was when the process started");
    return fail(finding);
  }
  if (program->replaced) {
    finding.found = program->exe + " (deleted)";
    finding.reason = _("the program was built anew, and the process still runs the old one");
    const fs::path root = say("/proc/{}/root", program->pid);
    std::error_code ignored;
    if (!fs::exists(root / fs::path{program->exe}.relative_path(), ignored)) {
      finding.reason =
          _("the program's file is gone: the process runs on, and the next start will fail");
      finding.hint = _("install it again, then restart the unit");
    }
    return fail(finding);
  }
  return pass(program->exe);
}

Outcome user_is_not_root(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto program = program_of(submission);
  const std::string user = unit.text("User");
  const bool named = unit.number("DynamicUser") || (!user.empty() && user != "root" && user != "0");
  const bool root = program ? program->uid == 0 : !named;
  if (!root) return pass(user);
  return fail({program ? say("ps -o user,pid,args -p {}", program->pid)
                       : "systemctl show -p User -p DynamicUser " + unit.name(),
               _("a user without rights of its own"), "root",
               named ? _("the unit names another user: it was started before, or gives up its own")
                     : _("neither User= nor DynamicUser= is in the unit: a mistake in the program "
                         "would be a mistake of root's"),
               _("below [Service]: DynamicUser=yes, and StateDirectory=%N with "
                 "WorkingDirectory=%S/%N for its files; then daemon-reload and restart")});
}

Outcome status_tells_the_price(Submission& submission) {
  std::string status;
  const bool told = wait_until(2 * submission.interval, [&] {
    status = submission.unit.text("StatusText");
    std::string digits = status;
    std::erase(digits, ',');  // of thousands
    const auto output = output_of(submission, is_price);
    if (!output) return false;
    // One of the last: the next price may be in the file, and not yet in the status.
    const auto last = output->lines.size() - std::min<std::size_t>(3, output->lines.size());
    return std::any_of(output->lines.begin() + static_cast<std::ptrdiff_t>(last),
                       output->lines.end(), [&](const std::string& line) {
                         return is_price(line) && tells(digits, std::strtod(line.c_str(), nullptr));
                       });
  });
  if (told) return pass(status);
  return fail({"systemctl show -p StatusText " + submission.unit.name(),
               "StatusText=bitcoin 67187.33 usd", "StatusText=" + visible(status),
               _("the program has sent no STATUS= with a price to systemd"),
               _("after each price: sd_notify(0, \"STATUS=...\"); man sd_notify")});
}

/// systemd notes when it was told WATCHDOG=1 last; at first, that is when the unit became active.
Outcome watchdog_is_fed(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto limit = std::chrono::microseconds{unit.number("WatchdogUSec")};
  const auto is_active = [&unit] { return unit.text("ActiveState") == "active"; };
  const auto is_fed = [&] {
    // A first one comes with READY=1, and the loop's own later.
    return unit.time("WatchdogTimestamp") > unit.time("ActiveEnterTimestamp") + limit / 20;
  };
  const bool fed =
      wait_until(std::min<Seconds>(limit, Seconds{60}), [&] { return is_fed() || !is_active(); });
  if (is_active() && (fed || limit > Seconds{60})) return pass();
  return fail({"systemctl show -p WatchdogTimestamp " + unit.name(),
               say(_("WATCHDOG=1 at least every {} seconds"), Seconds{limit}.count()),
               _("none since the unit became active"),
               _("the unit says WatchdogSec=, and the program does not send WATCHDOG=1: systemd "
                 "will kill it"),
               _("in the loop: sd_notify(0, \"WATCHDOG=1\")")});
}
