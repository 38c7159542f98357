// The process: running, the right one, with few rights.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

Outcome program_is_installed(Submission& submission) {
  const auto commands = submission.unit.commands("ExecStart");
  const fs::path started = commands.empty() ? "" : commands.front().path;
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
  const auto bytes = [](const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return std::string{std::istreambuf_iterator{in}, {}};
  };
  if (bytes(built) == bytes(started)) return pass(built);
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
  const auto is_starting = [&unit] {
    return unit.text("ActiveState") == "activating" && unit.text("SubState") != "auto-restart";
  };
  wait_until(submission.interval, [&] { return !is_starting(); });
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
  wait_until(submission.interval, [&] { return unit.text("ActiveState") != "activating"; });
  const bool ran = !submission.records().empty() || submission.started() != Time{};
  if (ran && unit.text("Result") == "success") return pass();
  if (!submission.journal.readable()) return unreadable();
  return fail({"systemctl status " + unit.name(), "Result=success", states(unit), "",
               say(_("start it, and read on: journalctl -u {} -n 20"), unit.name())});
}

/// When the file was changed last, in whole seconds; 0 where it cannot be seen.
static std::time_t file_time(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mtime : 0;
}

/// The script among an interpreter's arguments.
static fs::path script_of(const Program& program) {
  static const std::set<std::string> interpreters{"sh", "bash", "dash", "python3", "perl", "node"};
  const auto is_interpreter =
      std::any_of(interpreters.begin(), interpreters.end(), [&program](const std::string& name) {
        return fs::path{program.exe}.filename().string().starts_with(name);
      });
  if (!is_interpreter) return {};
  for (std::size_t i = 1; i < program.arguments.size(); ++i)
    if (const fs::path file = program.directory / program.arguments[i];
        !program.arguments[i].starts_with('-') && fs::is_regular_file(file))
      return file;
  return {};
}

/// Whether the process has the arguments that the unit says: what stands before them may be the
/// interpreter of a script, and a $ is replaced by a variable.
static bool runs_command(const Program& program, const Command& command) {
  for (const std::string& word : command.argv)
    if (word.find('$') != std::string::npos) return true;
  const auto& run = program.arguments;
  if (run.size() < command.argv.size()) return false;
  return std::equal(command.argv.begin() + 1, command.argv.end(),
                    run.end() - static_cast<std::ptrdiff_t>(command.argv.size()) + 1) &&
         std::any_of(run.begin(), run.end(), [&command](const std::string& word) {
           return word == command.path || word == command.argv.front();
         });
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
  finding.expected = say(_("{}, as it is on disk"), program->exe);
  const auto start =
      std::chrono::floor<std::chrono::seconds>(submission.started()).time_since_epoch().count();
  if (const fs::path script = script_of(*program);
      !script.empty() && file_time(script) > static_cast<std::time_t>(start)) {
    finding.found = say(_("{} was changed after the process had been started"), script.string());
    finding.reason = _("what runs is the script as it was when the process started");
    return fail(finding);
  }
  if (program->replaced) {
    finding.found = program->exe + " (deleted)";
    finding.reason = _("the program was built anew, and the process still runs the old one");
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
    return std::any_of(status.begin(), status.end(), [](char c) { return '0' <= c && c <= '9'; });
  });
  if (told) return pass(status);
  return fail({"systemctl show -p StatusText " + submission.unit.name(),
               "StatusText=bitcoin 67187.33 usd", "StatusText=" + visible(status),
               _("the program has sent no STATUS= with a price to systemd"),
               _("after each price: sd_notify(0, \"STATUS=...\"); man sd_notify")});
}
