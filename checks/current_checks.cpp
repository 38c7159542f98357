// Whether what runs is what the unit says now: the command line, the environment, the user, the
// folder and the program's file, however old the process is.
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>

#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/daemon.hpp"
#include "checks/substitution.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

namespace {

/// Whether it is this program, or the script of that name.
bool runs(const Program& program, const std::string& path) {
  std::error_code ignored;
  return program.exe == path || fs::equivalent(program.exe, path, ignored) ||
         std::count(program.arguments.begin(), program.arguments.end(), path) > 0;
}

enum class Match { same, other, unknown };

/// Whether the process has just these words. Of a program that has become another one, as env(1)
/// and a shell's exec do, only the rest of the command can be there.
Match command_match(const Program& program, const Command& command, const Variables& variables) {
  std::vector<std::string> words;
  for (const std::string& word : command.argv) {
    const auto text = expanded(word, variables);
    if (!text) return Match::unknown;
    words.push_back(*text);
  }
  const auto& run = program.arguments;
  if (run == words) return Match::same;
  std::error_code ignored;
  const bool is_itself =
      program.exe == command.path || fs::equivalent(program.exe, command.path, ignored);
  // A program may have given itself another title: prctl(2), PR_SET_MM_ARG_START.
  if (is_itself) return run.size() == 1 && run[0] != words[0] ? Match::unknown : Match::other;
  // Of a script it is the interpreter, perhaps with an option of its #! line, and the script's
  // path.
  const auto script = std::find(run.begin(), run.end(), command.path);
  if (script != run.end() && script != run.begin())
    return std::equal(script + 1, run.end(), words.begin() + 1, words.end()) ? Match::same
                                                                             : Match::other;
  if (run.size() < words.size() && std::equal(run.rbegin(), run.rend(), words.rbegin()))
    return Match::same;
  // What a script or a program of the system's has become is not to be told from here.
  const bool is_systems =
      command.path.starts_with("/usr/bin/") || command.path.starts_with("/bin/");
  return !is_systems && content(command.path).starts_with("\177ELF") ? Match::other
                                                                     : Match::unknown;
}

/// A variable that the process has otherwise than the unit says now, as NAME=value of both.
struct Variable {
  std::string expected, found;
};

std::optional<Variable> other_variable(const Program& program, const Variables& wanted,
                                       const Variables& managers, const Unit& unit) {
  if (program.environment.empty()) return std::nullopt;  // it has written over it
  Variables has;
  for (const std::string& assignment : program.environment) add_variable(has, assignment);
  for (const auto& [name, value] : wanted) {
    const auto found = has.find(name);
    if (found == has.end()) return Variable{name + '=' + value, ""};
    if (found->second != value) return Variable{name + '=' + value, name + '=' + found->second};
  }
  const auto passed = unit.list("PassEnvironment");
  const bool has_unread_files =
      !unit.names("EnvironmentFiles").empty() || !passed.empty() || !unit.text("PAMName").empty();
  for (const auto& [name, value] : has)
    if (!has_unread_files && !wanted.contains(name) && !is_systemds_own(name) &&
        !managers.contains(name))
      return Variable{"", name + '=' + value};
  return std::nullopt;
}

/// Whether it works in this folder, as it sees it. systemd puts a ! before one that may be missing,
/// and has a ~ for the user's own. A program that works in / may have gone there: daemon(7)
bool works_in(const Program& program, const std::string& folder) {
  if (!folder.starts_with('/') || program.directory == "/") return true;
  const fs::path proc = format_message("/proc/{}", program.pid);
  std::error_code ignored;
  return fs::equivalent(proc / "cwd", proc / "root" / fs::path{folder}.relative_path(), ignored);
}

/// The user that the unit names, if the process is another one's that did not start as it and as
/// root: such a one may give up its rights.
std::string other_user(const Program& program, const Unit& unit) {
  const std::string user = unit.text("User");
  if (unit.number("DynamicUser")) {
    const bool is_dynamic = program.uid >= 61184 && program.uid <= 65519;  // systemd.exec(5)
    const passwd* const entry = getpwnam(user.c_str());
    return is_dynamic || program.uid == 0 || (entry && entry->pw_uid == program.uid) ? "" : user;
  }
  if (user.empty() || program.uid == 0) return "";
  const passwd* const entry = getpwnam(user.c_str());
  return !entry || entry->pw_uid == program.uid ? "" : user;
}

/// When the file was changed last, in whole seconds; 0 if it cannot be seen.
std::time_t file_time(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mtime : 0;
}

/// What the unit says otherwise, if anything.
std::optional<Finding> unlike_unit(const Submission& submission, const Program& program,
                                   Finding finding) {
  const Unit& unit = submission.unit;
  const Variables variables = variables_of(unit);
  const auto commands = unit.commands("ExecStart");
  bool has_become_another = false;
  if (!commands.empty()) {
    const Match match = command_match(program, commands.front(), variables);
    has_become_another = !runs(program, commands.front().path);
    const bool is_younger = submission.changed() > submission.started();
    if (match == Match::other || (match == Match::unknown && has_become_another && is_younger)) {
      finding.expected = fmt::format("{}", fmt::join(commands.front().argv, " "));
      finding.reason =
          _("the command in ExecStart= was changed after the process had been started");
      return finding;
    }
  }
  if (!works_in(program, unit.text("WorkingDirectory"))) {
    finding.looked_at = format_message("ls -l /proc/{}/cwd", program.pid);
    finding.expected = unit.text("WorkingDirectory");
    finding.found = program.directory;
    finding.reason = _("WorkingDirectory= was changed after the process had been started");
    return finding;
  }
  if (const std::string user = other_user(program, unit); !user.empty()) {
    finding.looked_at = format_message("ps -o user,pid,args -p {}", program.pid);
    finding.expected = user;
    finding.found = format_message(_("user number {}"), program.uid);
    finding.reason = _("User= was changed after the process had been started");
    return finding;
  }
  Variables managers;
  for (const std::string& assignment : submission.manager.environment())
    add_variable(managers, assignment);
  const auto variable = other_variable(program, variables, managers, unit);
  // A wrapper has an environment of its own making.
  if (!variable || has_become_another) return std::nullopt;
  finding.looked_at = format_message("tr '\\0' '\\n' </proc/{}/environ", program.pid);
  finding.expected =
      variable->expected.empty()
          ? format_message(_("no {}"), variable->found.substr(0, variable->found.find('=')))
          : visible(variable->expected);
  finding.found = variable->found.empty() ? _("no such variable") : visible(variable->found);
  finding.reason =
      _("Environment= or EnvironmentFile= was changed after the process had been "
        "started: it has the variables of then");
  return finding;
}

}  // namespace

Outcome program_is_current(Submission& submission) {
  const auto program = executed_program(submission);
  if (!program || program->exe.empty()) return cannot_see_process();
  Finding finding{.looked_at = format_message("systemctl show -p ExecStart {}; ls -l /proc/{}/exe",
                                              submission.unit.name(), program->pid),
                  .found = fmt::format("{}", fmt::join(program->arguments, " ")),
                  .then = {"restart"}};
  if (const auto unlike = unlike_unit(submission, *program, finding)) return fail(*unlike);
  finding.expected = format_message(_("{}, as it is on disk"), program->exe);
  const auto start =
      std::chrono::floor<std::chrono::seconds>(submission.started()).time_since_epoch().count();
  if (const fs::path script = script_of(program->exe, program->arguments, program->directory);
      !script.empty() && file_time(script) > static_cast<std::time_t>(start)) {
    finding.found =
        format_message(_("{} was changed after the process had been started"), script.string());
    finding.reason = _("what runs is the script as it was when the process started");
    return fail(finding);
  }
  if (!program->replaced) return pass(program->exe);
  finding.found = program->exe + " (deleted)";
  finding.reason = _("the program was built anew, and the process still runs the old one");
  const fs::path root = format_message("/proc/{}/root", program->pid);
  std::error_code ignored;
  if (!fs::exists(root / fs::path{program->exe}.relative_path(), ignored)) {
    finding.reason =
        _("the program's file is gone: the process runs on, and the next start will fail");
    finding.hint = _("install it again");
  }
  return fail(finding);
}
