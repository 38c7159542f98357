#include "checks/ending.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "checks/daemon.hpp"
#include "checks/meaning.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

/// The records of its processes' ends: the properties go blank when a unit is forgotten. Of an end
/// that systemd takes for a success there is none.
static std::vector<Entry> exits_of(Submission& submission) {
  return submission.journal.entries(
      {message_id::exited, "_PID=1", "UNIT=" + submission.unit.name()}, submission.changed());
}

bool has_come_back(Submission& submission) {
  // In a submission's lab nothing is looked at after that check.
  if (!submission.facts.empty() || submission.unit.number("NRestarts") != 1) return false;
  const auto exits = exits_of(submission);
  return !exits.empty() && exits.back()["EXIT_CODE"] == "killed" &&
         exits.back()["EXIT_STATUS"] == std::to_string(SIGKILL);
}

std::optional<End> last_end(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto exits = exits_of(submission);
  const auto code = unit.number("ExecMainCode");  // waitid(2)'s si_code
  // A record of an earlier run says nothing of this one.
  const bool is_recorded =
      !exits.empty() && (code == 0 || exits.back().time + std::chrono::seconds{1} >
                                          unit.time("ExecMainExitTimestamp"));
  if (is_recorded)
    return End{.command = exits.back()["COMMAND"],
               .exited = exits.back()["EXIT_CODE"] == "exited",
               .status = std::atoi(exits.back()["EXIT_STATUS"].c_str()),
               .is_clean = false};
  if (code == 0) return std::nullopt;
  // A start that the limit forbids is no end of a process: it hides what the last one came to.
  const std::string result = unit.text("Result");
  return End{.command = "ExecStart",
             .exited = code == CLD_EXITED,
             .status = static_cast<int>(unit.number("ExecMainStatus")),
             .is_clean = result == "success" || result == "start-limit-hit"};
}

std::string last_result(Submission& submission) {
  const Unit& unit = submission.unit;
  std::string result = unit.text("Result");
  if (result != "success" || unit.number("NRestarts") == 0) return result;
  const auto ends = submission.journal.entries(
      {message_id::failed, message_id::succeeded, "_PID=1", "UNIT=" + unit.name()},
      submission.changed());
  const bool has_failed = !ends.empty() && !ends.back()["UNIT_RESULT"].empty();
  return has_failed ? ends.back()["UNIT_RESULT"] : result;
}

/// fork(2) or daemon(3), if a program of the student's has its name among those that it wants of
/// its libraries, or a script calls it; otherwise nothing.
static std::string background_call(const std::string& file) {
  std::error_code ignored;
  const bool is_systems = file.starts_with("/usr/bin/") || file.starts_with("/bin/");
  if (!file.starts_with('/') || is_systems || !fs::is_regular_file(file, ignored)) return "";
  const std::string text = content(file);
  if (text.starts_with("\177ELF")) {
    for (const char* call : {"daemon", "fork"})
      if (text.find(std::string{'\0'} + call + '\0') != std::string::npos) return call;
  } else if (text.starts_with("#!")) {
    for (const char* call : {"os.fork()", "DaemonContext"})
      if (text.find(call) != std::string::npos) return call;
    // Not &&, nor one for which the script waits.
    for (auto at = text.find("&\n"); at != std::string::npos; at = text.find("&\n", at + 1))
      if (at > 0 && text[at - 1] != '&' && text.find("wait", at) == std::string::npos) return "&";
  }
  return "";
}

/// The same of all that the unit's command names, or a shell's & at the end of it.
static std::string background_call(const Unit& unit) {
  for (const Command& command : unit.commands("ExecStart")) {
    if (std::string call = background_call(command.path); !call.empty()) return call;
    for (const std::string& word : command.argv) {
      const auto last = word.find_last_not_of(" \n;");
      if (last != std::string::npos && last > 0 && word[last] == '&' && word[last - 1] != '&')
        return "&";
      if (std::string call = background_call(word); !call.empty()) return call;
    }
  }
  return "";
}

/// Whether a - stands before its command: systemd.service(5), table 1.
static bool ignores_failure(const Unit& unit) {
  const auto commands = unit.commands("ExecStartEx");
  return std::any_of(commands.begin(), commands.end(), [](const Command& command) {
    return std::find(command.flags.begin(), command.flags.end(), "ignore-failure") !=
           command.flags.end();
  });
}

/// Of these signals no SuccessExitStatus= has to say so: systemd.service(5)
static bool is_clean_by_itself(int signal) {
  return signal == SIGHUP || signal == SIGINT || signal == SIGTERM || signal == SIGPIPE;
}

/// Whether its last run was that short, and had nothing to read.
static bool ended_at_once(const Unit& unit) {
  const Time start = unit.time("ExecMainStartTimestamp"), end = unit.time("ExecMainExitTimestamp");
  return unit.text("StandardInput") == "null" && start != Time{} && end >= start &&
         end - start < std::chrono::seconds{1};
}

void add_end(const Submission& submission, const End& end, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  std::string what =
      end.exited ? exit_status_meaning(end.status)
                 : format_message(_("the program was ended by {}"), signal_name(end.status));
  if (!end.command.empty() && end.command != "ExecStart") what = end.command + "=: " + what;
  reasons.push_back(std::move(what));
  if (end.is_clean && end.exited && end.status != 0)
    reasons.emplace_back(
        _("systemd takes that for a success, by SuccessExitStatus= or a - before the command: so "
          "it neither calls it failed nor starts it again"));
  if (end.is_clean && !end.exited)
    reasons.emplace_back(
        ignores_failure(unit)
            ? _("a - stands before the command in ExecStart=: systemd takes any end of it for a "
                "clean one, and Restart=on-failure starts nothing again")
        : is_clean_by_itself(end.status)
            ? _("systemd takes that signal for a clean end, and was not asked to stop it: "
                "somebody, or the program itself, sent it")
            : _("by SuccessExitStatus= systemd takes that signal for a clean end, and "
                "Restart=on-failure starts nothing again"));
  const std::string call = background_call(unit);
  if (end.exited && end.status == 0 && call.empty() && ended_at_once(unit))
    reasons.emplace_back(
        _("it ended within a second: a service's standard input is /dev/null, where a program that "
          "reads from it finds the end at once"));
  if (end.exited && end.status == 0 && !call.empty())
    reasons.push_back(format_message(
        _("it goes into the background ({}): the process that systemd started has ended, and with "
          "Type={} that is the end of the service, of its other processes, too; a service stays in "
          "the foreground"),
        call, unit.text("Type")));
}
