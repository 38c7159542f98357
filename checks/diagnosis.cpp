#include "checks/diagnosis.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "checks/daemon.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

/// A line of a file, as its bytes are; empty where there is none.
static std::string line_of(const fs::path& file, const std::string& number) {
  std::ifstream in{file};
  std::string line;
  for (int left = std::atoi(number.c_str()); left > 0; --left)
    if (!std::getline(in, line)) return "";
  return line;
}

std::vector<std::string> bad_lines(Submission& submission) {
  std::vector<std::string> errors, warnings;
  std::set<std::string> said;  // again at every reload
  const auto since = submission.changed();
  for (const Entry& entry : submission.journal.entries(
           {message_id::bad_line, "_PID=1", "UNIT=" + submission.unit.name()}, since)) {
    // A notice is of a line that systemd uses; and a drop-in may be gone by now.
    const bool gone = !entry["CONFIG_FILE"].empty() && !fs::exists(entry["CONFIG_FILE"]);
    if (entry["PRIORITY"] > "4" || gone) continue;
    std::string message = entry["MESSAGE"];
    const std::string at = entry["CONFIG_FILE"] + ':' + entry["CONFIG_LINE"] + ": ";
    if (!message.starts_with(entry["CONFIG_FILE"]) && !entry["CONFIG_FILE"].empty())
      message = at + message;
    if (const std::string text = line_of(entry["CONFIG_FILE"], entry["CONFIG_LINE"]); !text.empty())
      message += '\n' + visible(text);
    if (said.insert(message).second)
      (entry["PRIORITY"] <= "3" ? errors : warnings).push_back(message);
  }
  errors.insert(errors.end(), warnings.begin(), warnings.end());
  return errors;
}

// --- The words for numbers ---------------------------------------------------------------------

struct ExitStatus {
  const char* name;
  const char* meaning;
};

/// systemd.exec(5), "Process Exit Codes".
static const std::map<int, ExitStatus> exit_statuses{
    {200,
     {"CHDIR", N_("the folder in WorkingDirectory= does not exist, or the unit's user may not "
                  "enter it")}},
    {201, {"NICE", ""}},
    {202, {"FDS", ""}},
    {203, {"EXEC", N_("it could not be executed")}},
    {204, {"MEMORY", ""}},
    {205, {"LIMITS", N_("a Limit...= could not be set")}},
    {206, {"OOM_ADJUST", ""}},
    {207, {"SIGNAL_MASK", ""}},
    {208, {"STDIN", N_("standard input could not be opened: look at StandardInput=")}},
    {209, {"STDOUT", N_("standard output could not be opened: look at StandardOutput=")}},
    {210, {"CHROOT", N_("the folder in RootDirectory= could not become the root")}},
    {211, {"IOPRIO", ""}},
    {212, {"TIMERSLACK", ""}},
    {213, {"SECUREBITS", ""}},
    {214, {"SETSCHEDULER", ""}},
    {215, {"CPUAFFINITY", ""}},
    {216, {"GROUP", N_("a group in Group= or SupplementaryGroups= does not exist")}},
    {217, {"USER", N_("the user in User= does not exist")}},
    {218, {"CAPABILITIES", N_("the capabilities could not be set")}},
    {219, {"CGROUP", ""}},
    {220, {"SETSID", ""}},
    {221, {"CONFIRM", ""}},
    {222, {"STDERR", N_("standard error could not be opened: look at StandardError=")}},
    {224, {"PAM", N_("the session in PAMName= could not be opened")}},
    {225, {"NETWORK", ""}},
    {226,
     {"NAMESPACE", N_("a folder that the unit's settings name, such as ReadWritePaths=, does "
                      "not exist")}},
    {227, {"NO_NEW_PRIVILEGES", ""}},
    {228, {"SECCOMP", ""}},
    {229, {"SELINUX_CONTEXT", ""}},
    {230, {"PERSONALITY", ""}},
    {231, {"APPARMOR_PROFILE", ""}},
    {232, {"ADDRESS_FAMILIES", ""}},
    {233, {"RUNTIME_DIRECTORY", N_("the folder of RuntimeDirectory= could not be made")}},
    {235, {"CHOWN", ""}},
    {236, {"SMACK_PROCESS_LABEL", ""}},
    {237, {"KEYRING", ""}},
    {238, {"STATE_DIRECTORY", N_("the folder of StateDirectory= could not be made")}},
    {239, {"CACHE_DIRECTORY", N_("the folder of CacheDirectory= could not be made")}},
    {240, {"LOGS_DIRECTORY", N_("the folder of LogsDirectory= could not be made")}},
    {241, {"CONFIGURATION_DIRECTORY", ""}},
    {242, {"NUMA_POLICY", ""}},
    {243, {"CREDENTIALS", N_("a file that LoadCredential= names could not be read")}},
    {245, {"BPF", ""}}};

std::string exit_status_meaning(int status) {
  if (const auto found = exit_statuses.find(status); found != exit_statuses.end()) {
    const char* const meaning = found->second.meaning;
    return say(_("systemd could not start the program: status={}/{}: {}"), status,
               found->second.name,
               *meaning ? _(meaning) : _("what one of the unit's settings asks for did not work"));
  }
  switch (status) {
    case 0:
      return _("the program ended by itself, with status 0: a daemon runs until it is told to end");
    case 126: return _("status 126: a shell could not execute a program that it was given");
    case 127:
      return _("status 127: a shell did not find a program, or the loader a shared library");
    default: return say(_("the program itself ended with status {}"), status);
  }
}

static std::string signal_name(int number) {
  const char* const name = sigabbrev_np(number);
  return name ? say("SIG{} ({})", name, sigdescr_np(number)) : std::to_string(number);
}

/// Type=, Result= and what that means.
static std::string result_meaning(const Submission& submission, const std::string& result) {
  const Unit& unit = submission.unit;
  const std::string type = unit.text("Type");
  // Its start had come to an end: it is the stop that did not.
  if (result == "timeout" &&
      unit.time("ActiveEnterTimestamp") >= unit.time("InactiveExitTimestamp"))
    return say(_("the program did not end at SIGTERM within TimeoutStopSec={}s, and systemd "
                 "killed it"),
               unit.number("TimeoutStopUSec") / 1'000'000);
  if (result == "timeout" && type == "notify")
    return _("the unit says Type=notify, and the program never sent READY=1");
  if (result == "timeout" && type == "forking")
    return _(
        "the unit says Type=forking, and the program stays in the foreground, as a daemon of "
        "today should: Type=simple");
  if (result == "timeout" && type == "oneshot")
    return _(
        "the unit says Type=oneshot: its start lasts until the program ends, and this one runs on; "
        "a daemon's unit leaves Type= out, or says Type=exec");
  if (result == "timeout") return _("it took too long to start or to stop, and systemd killed it");
  if (result == "protocol" && type == "notify")
    return _("the unit says Type=notify, and the program ended without having sent READY=1");
  if (result == "protocol")
    return say(_("the program did not behave as Type={} says that it would"), type);
  if (result == "watchdog")
    return _("the unit says WatchdogSec=, and the program did not send WATCHDOG=1 in time");
  if (result == "start-limit-hit")
    return _("it was started too often in a short time (StartLimitBurst=), and systemd gave up");
  if (result == "oom-kill") return _("the machine ran out of memory and the kernel killed it");
  if (result == "resources")
    return _("systemd itself could not set up what the unit needs: its own message says what");
  if (result == "exec-condition") return _("its ExecCondition= said that it should not start");
  return "";
}

// --- What happened -----------------------------------------------------------------------------

/// The setting by which the service does not see the folder of this file, or nothing:
/// systemd.exec(5).
static std::string hidden_by(const Unit& unit, const fs::path& named) {
  std::error_code ignored;
  const fs::path file = fs::weakly_canonical(named, ignored);
  const auto is_below = [&file](const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first ==
           folder.end();
  };
  const std::string home = unit.text("ProtectHome");
  if ((home == "yes" || home == "tmpfs") &&
      (is_below("/home") || is_below("/root") || is_below("/run/user")))
    return "ProtectHome=" + home;
  if (unit.number("PrivateTmp") && (is_below("/tmp") || is_below("/var/tmp")))
    return unit.number("DynamicUser") ? "DynamicUser=yes" : "PrivateTmp=yes";
  return "";
}

/// Why the unit cannot execute this file, beyond what `error`, an errno, says.
static std::string exec_failure(const Unit& unit, const fs::path& file, int error) {
  struct stat status {};
  const bool exists = stat(file.c_str(), &status) == 0;
  std::string what = say(_("{}: {}"), file.string(), strerrordesc_np(error));
  if (const std::string setting = hidden_by(unit, file); exists && !setting.empty())
    return what + ": " +
           say(_("the file is there, and {} hides its folder from the service: install it in "
                 "/usr/local/bin"),
               setting);
  if (error == ENOENT && exists)
    return what + ": " +
           _("the file is there; the interpreter that its first line, #!, or its "
             "loader names is not");
  if (error == ENOENT) return what + ": " + _("there is no such file");
  if (error == ENOEXEC)
    return what + ": " + _("it is no program, and no script that begins with #!");
  if (error == EACCES && exists && S_ISDIR(status.st_mode))
    return what + ": " + _("it is a folder");
  if (error == EACCES && exists && !(status.st_mode & 0111))
    return what + ": " + _("the file may not be executed: chmod +x is missing");
  if (error == EACCES)
    return what + ": " +
           _("the unit's user may not enter one of the folders above it, or execute "
             "the file");
  return what;
}

/// What systemd said of why the program could not be started, the last time.
static void add_spawn_failure(Submission& submission, std::vector<std::string>& reasons) {
  const auto failures = submission.journal.entries(
      {message_id::spawn_failed, "UNIT=" + submission.unit.name()}, submission.changed());
  if (failures.empty()) return;
  const Entry& last = failures.back();
  const int error = std::atoi(last["ERRNO"].c_str());
  if (error != 0 && last["MESSAGE"].find("step EXEC") != std::string::npos)
    reasons.push_back(exec_failure(submission.unit, last["EXECUTABLE"], error));
  reasons.push_back(say(_("systemd said: {}"), last["MESSAGE"]));
}

/// Whatever else systemd warned of: few of its complaints have a MESSAGE_ID. Those that only
/// say which line is bad, which Result= it was, or that a start failed, are in better words above.
static void add_warnings(Submission& submission, std::vector<std::string>& reasons) {
  std::vector<std::string> matches{"_PID=1", "UNIT=" + submission.unit.name()};
  for (const char priority : {'0', '1', '2', '3', '4'})
    matches.push_back(std::string{"PRIORITY="} + priority);
  const std::string prefix = submission.unit.name() + ": ";
  for (const Entry& entry : submission.journal.entries(matches, submission.changed())) {
    std::string message = entry["MESSAGE"];
    static const std::set<std::string> put_better{message_id::bad_line, message_id::exited,
                                                  message_id::failed};
    const std::string id = "MESSAGE_ID=" + entry["MESSAGE_ID"];
    if (put_better.contains(id)) continue;
    if (id == message_id::job_failed && entry["JOB_RESULT"] == "failed") continue;
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    message = say(_("systemd said: {}"), message);
    if (std::find(reasons.begin(), reasons.end(), message) == reasons.end())
      reasons.push_back(message);
  }
}

/// The records of its processes' ends: the properties go blank when a unit is forgotten. Of an end
/// that systemd takes for a success there is none.
static std::vector<Entry> exits_of(Submission& submission) {
  return submission.journal.entries(
      {message_id::exited, "_PID=1", "UNIT=" + submission.unit.name()}, submission.changed());
}

/// Whether it was killed once and came back, as a check of this program's own has it do.
static bool has_come_back(Submission& submission) {
  if (submission.unit.number("NRestarts") != 1) return false;
  const auto exits = exits_of(submission);
  return !exits.empty() && exits.back()["EXIT_CODE"] == "killed" &&
         exits.back()["EXIT_STATUS"] == std::to_string(SIGKILL);
}

/// How the program's last process ended.
static void add_exit(Submission& submission, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  const auto exits = exits_of(submission);
  const auto code = unit.number("ExecMainCode");  // waitid(2)'s si_code
  if (exits.empty() && code == 0) return;
  const bool exited = exits.empty() ? code == CLD_EXITED : exits.back()["EXIT_CODE"] == "exited";
  const int status = exits.empty() ? static_cast<int>(unit.number("ExecMainStatus"))
                                   : std::atoi(exits.back()["EXIT_STATUS"].c_str());
  std::string what = exited ? exit_status_meaning(status)
                            : say(_("the program was ended by {}"), signal_name(status));
  const std::string command = exits.empty() ? "ExecStart" : exits.back()["COMMAND"];
  if (!command.empty() && command != "ExecStart") what = command + "=: " + what;
  reasons.push_back(std::move(what));
  const std::string folder = unit.text("WorkingDirectory");
  if (const std::string setting = hidden_by(unit, folder);
      exited && status == 200 && !setting.empty() && fs::exists(folder))
    reasons.push_back(say(_("{} is there, and {} hides it from the service"), folder, setting));
}

/// What kept systemd from starting the program at all.
static void add_hindrances(Submission& submission, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  const auto add_unmet = [&](const char* when, const char* property) {
    if (unit.time(when) < submission.changed()) return;
    for (const std::string& condition : unit.unmet(property))
      reasons.push_back(say(_("systemd has not started it, since {} is not met"), condition));
  };
  add_unmet("ConditionTimestamp", "Conditions");
  add_unmet("AssertTimestamp", "Asserts");
  for (const char* property : {"Requires", "Requisite", "BindsTo"})
    for (const std::string& name : unit.list(property)) {
      const Unit other = submission.manager.unit(name);
      if (other.text("LoadState") != "loaded")
        reasons.push_back(say(_("the unit needs {} ({}=), which systemd cannot load: LoadState={}"),
                              name, property, other.text("LoadState")));
      else if (other.text("ActiveState") == "failed")
        reasons.push_back(say(_("the unit needs {} ({}=), which has failed"), name, property));
    }
}

/// What systemd made of the specifiers in the command, where there are some: systemd.unit(5).
static void add_specifiers(Submission& submission, std::vector<std::string>& reasons) {
  const UnitFile file = submission.file();
  const Setting* const setting = file.find("ExecStart");
  std::string text = setting ? setting->value : "";
  for (std::size_t at = 0; (at = text.find("%%", at)) != std::string::npos;) text.erase(at, 2);
  if (text.find('%') == std::string::npos) return;
  for (const Command& command : submission.unit.commands("ExecStart"))
    reasons.push_back(say(_("systemd replaces what begins with % in ExecStart=, and leaves a % "
                            "where it reads %%: the command became {}"),
                          fmt::format("{}", fmt::join(command.argv, " "))));
}

/// What the program itself said last: often the reason in its own words.
static void add_last_words(Submission& submission, std::vector<std::string>& reasons) {
  auto words =
      submission.journal.entries({"_SYSTEMD_UNIT=" + submission.unit.name()}, submission.changed());
  std::erase_if(words, [](const Entry& entry) { return entry["_COMM"].starts_with('('); });
  if (words.empty()) return;
  reasons.push_back(say(_("the program's last words: {}"), visible(words.back()["MESSAGE"])));
}

static std::string never_or_stopped(Submission& submission) {
  const std::string& name = submission.unit.name();
  const auto story = submission.journal.entries(
      {message_id::started, message_id::stopping, message_id::succeeded, "_PID=1", "UNIT=" + name},
      submission.changed());
  const auto is = [](const Entry& entry, const char* id) {
    return "MESSAGE_ID=" + entry["MESSAGE_ID"] == id;
  };
  if (story.empty())
    return _(
        "nobody has started it since its file was changed: `enable` is for the next boot, "
        "`start` is for now");
  const auto last = std::find_if(story.rbegin(), story.rend(), [&is](const Entry& entry) {
    return is(entry, message_id::stopping) || is(entry, message_id::started);
  });
  if (last != story.rend() && is(*last, message_id::stopping))
    return _("it was stopped, and not started again");
  return exit_status_meaning(0);
}

std::string diagnosis(Submission& submission) {
  const Unit& unit = submission.unit;
  std::vector<std::string> reasons;
  const std::string load = unit.text("LoadState");
  if (load == "not-found") return say(_("systemd has found no file of the name {}"), unit.name());
  if (const fs::path file = unit.text("FragmentPath"); load == "masked")
    return fs::is_symlink(file)
               ? _("the unit is masked, a link to /dev/null: systemctl unmask it")
               : say(_("{} is empty: to systemd such a unit is masked"), file.string());

  reasons = bad_lines(submission);
  if (load != "loaded") {
    add_warnings(submission, reasons);
    const auto error = unit.list("LoadError");
    if (reasons.empty() && error.size() == 2) reasons.push_back(error[1]);
    reasons.push_back(say(_("systemd could not load it (LoadState={})"), load));
    return fmt::format("{}", fmt::join(reasons, "\n"));
  }
  if (unit.number("NeedDaemonReload"))
    reasons.emplace_back(
        _("the file was changed after systemd had read it: daemon-reload is missing"));

  const std::string active = unit.text("ActiveState"), result = unit.text("Result");
  // One that is started again and again looks well in between; one that RemainAfterExit= has
  // outlived does so for ever.
  const bool outlived = unit.text("SubState") == "exited" && !submission.is_oneshot();
  const bool lasts = unit.number("NRestarts") == 0 || has_come_back(submission);
  if (active == "active" && result == "success" && lasts && !outlived) {
    reasons.push_back(say(_("as far as systemd can tell the unit is well (active ({}), "
                            "NRestarts={}): look for the reason in the program"),
                          unit.text("SubState"), unit.number("NRestarts")));
    add_last_words(submission, reasons);
    add_warnings(submission, reasons);
    return fmt::format("{}", fmt::join(reasons, "\n"));
  }
  // A start that is not over by now would end in a timeout.
  const bool hangs = active == "activating" && unit.text("SubState") == "start";
  const std::string why = result_meaning(submission, hangs ? "timeout" : result);
  if (!why.empty()) reasons.push_back(why);
  const std::size_t before = reasons.size();
  add_hindrances(submission, reasons);
  add_spawn_failure(submission, reasons);
  if (active != "inactive" || result != "success") add_exit(submission, reasons);
  else if (reasons.size() == before) reasons.push_back(never_or_stopped(submission));
  if (const auto restarts = unit.number("NRestarts"); restarts > 0)
    reasons.push_back(
        say(_("systemd has scheduled a restart {} times (NRestarts={})"), restarts, restarts));
  add_last_words(submission, reasons);
  add_specifiers(submission, reasons);
  add_warnings(submission, reasons);
  reasons.push_back(
      say(_("systemd calls the unit {} ({}), Result={}"), active, unit.text("SubState"), result));
  return fmt::format("{}", fmt::join(reasons, "\n"));
}
