#include "checks/ending.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <initializer_list>

#include "checks/daemon.hpp"
#include "checks/meaning.hpp"
#include "checks/substitution.hpp"
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
               .is_clean = false,
               .run = exits.back()["INVOCATION_ID"]};
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

std::vector<std::string> own_texts(const Unit& unit) {
  std::vector<std::string> texts;
  std::error_code ignored;
  const auto add = [&](const std::string& file) {
    const bool is_systems = file.starts_with("/usr/bin/") || file.starts_with("/bin/");
    if (file.starts_with('/') && !is_systems && fs::is_regular_file(file, ignored))
      texts.push_back(content(file));
  };
  for (const Command& command : unit.commands("ExecStart")) {
    add(command.path);
    for (const std::string& word : command.argv)
      if (word != command.path) add(word);
  }
  return texts;
}

/// The first of these names that a program wants of its libraries; or otherwise nothing.
static std::string imported_name(const std::string& text,
                                 std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (text.starts_with("\177ELF") && text.find(std::string{'\0'} + name + '\0') != text.npos)
      return name;
  return "";
}

/// The first of these texts that stands in a script; or otherwise nothing.
static std::string called_name(const std::string& text, std::initializer_list<const char*> calls) {
  for (const char* call : calls)
    if (text.starts_with("#!") && text.find(call) != text.npos) return call;
  return "";
}

/// Of a script, a line's & that nothing waits for; otherwise nothing.
static std::string background_line(const std::string& text) {
  if (!text.starts_with("#!")) return "";
  // Not &&, nor one for which the script waits.
  for (auto at = text.find("&\n"); at != std::string::npos; at = text.find("&\n", at + 1))
    if (at > 0 && text[at - 1] != '&' && text.find("wait", at) == std::string::npos) return "&";
  return "";
}

/// Of a command's word, a program that starts another and ends, or a shell's & at its end.
static std::string background_word(const std::string& word) {
  std::string name = fs::path{word}.filename();
  for (const char* starter : {"setsid", "start-stop-daemon", "screen", "tmux"})
    if (name == starter) return name;
  const auto last = word.find_last_not_of(" \n;");
  const bool has_it =
      last != std::string::npos && last > 0 && word[last] == '&' && word[last - 1] != '&';
  return has_it ? "&" : "";
}

/// What puts the program into the background: fork(2) or daemon(3), if it wants them of its
/// libraries or a script calls them, a command for it, or a shell's &. Otherwise nothing.
static std::string background_call(const Unit& unit) {
  for (const std::string& text : own_texts(unit)) {
    std::string call = imported_name(text, {"daemon", "fork"});
    if (call.empty()) call = called_name(text, {"os.fork()", "DaemonContext"});
    if (call.empty()) call = background_line(text);
    if (!call.empty()) return call;
  }
  for (const Command& command : unit.commands("ExecStart"))
    for (const std::string& word : command.argv)
      if (std::string call = background_word(word); !call.empty()) return call;
  return "";
}

/// The call by which its threads do not keep its process; otherwise nothing.
static std::string detaching_call(const Unit& unit) {
  for (const std::string& text : own_texts(unit)) {
    if (std::string call = called_name(text, {"daemon=True", "daemon = True"}); !call.empty())
      return call;
    if (!imported_name(text, {"_ZNSt6thread6detachEv"}).empty()) return "detach()";
    if (!imported_name(text, {"pthread_detach"}).empty()) return "pthread_detach()";
  }
  return "";
}

/// Whether its program or its script reads from standard input.
static bool reads_standard_input(const Unit& unit) {
  const auto texts = own_texts(unit);
  return std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
    return !imported_name(text, {"_ZSt3cin", "_ZSt4wcin", "stdin", "getchar", "scanf",
                                 "__isoc99_scanf", "__isoc23_scanf"})
                .empty() ||
           !called_name(text, {"input(", "stdin", "\nread ", " read "}).empty();
  });
}

/// The first line of its script if it ends as Windows has it; otherwise nothing. What env(1) is
/// told to look for has that carriage return in its name.
static std::string first_line_of_windows(const Unit& unit) {
  for (const std::string& text : own_texts(unit))
    if (const auto end = text.find("\r\n"); text.starts_with("#!") && end < text.find('\n'))
      return text.substr(0, end + 1);
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

/// Of a main process: the word behind an @, by which argv[0] is given, looks like an option.
/// systemd.service(5), table 1.
static void add_option_taken_for_name(const Unit& unit, const End& end,
                                      std::vector<std::string>& reasons) {
  const auto commands = unit.commands("ExecStart");
  if ((!end.command.empty() && end.command != "ExecStart") || commands.empty() ||
      commands.front().argv.empty() || !commands.front().argv.front().starts_with('-'))
    return;
  reasons.push_back(
      format_message(_("an @ stands before the command in ExecStart=: the word behind the path, "
                       "{}, is the program's name then, and no option"),
                     visible(commands.front().argv.front())));
}

void add_end(const Submission& submission, const End& end, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  const std::string what =
      end.exited ? exit_status_meaning(end.status)
                 : format_message(_("the program was ended by {}"), signal_name(end.status));
  const bool is_main = end.command.empty() || end.command == "ExecStart";
  reasons.push_back(is_main ? what : end.command + "=: " + what);
  add_option_taken_for_name(unit, end, reasons);
  if (!is_main)
    if (std::string text = replaced_in_command(submission, end.command); !text.empty())
      reasons.push_back(std::move(text));
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
  if (const std::string line = first_line_of_windows(unit);
      end.exited && (end.status == 126 || end.status == 127) && !line.empty())
    reasons.push_back(
        format_message(_("its lines end as Windows writes them, so that the first one names {}: "
                         "sed -i 's/\\r$//' corrects that"),
                       visible(line)));
  const std::string detached = call.empty() ? detaching_call(unit) : "";
  if (end.exited && end.status == 0 && !detached.empty())
    reasons.push_back(format_message(
        _("when main() returns the process ends, and its threads with it ({}): wait for them, with "
          "join()"),
        detached));
  if (end.exited && end.status == 0 && call.empty() && detached.empty() && ended_at_once(unit) &&
      reads_standard_input(unit))
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
