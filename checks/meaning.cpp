#include "checks/meaning.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <limits>
#include <map>

#include "checks/daemon.hpp"
#include "checks/settings.hpp"
#include "checks/text.hpp"

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
    {226, {"NAMESPACE", N_("the files as the unit's settings want them seen could not be set up")}},
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
    return format_message(
        _("systemd could not start the program: status={}/{}: {}"), status, found->second.name,
        *meaning ? _(meaning) : _("what one of the unit's settings asks for did not work"));
  }
  switch (status) {
    case 0:
      return _("the program ended by itself, with status 0: a daemon runs until it is told to end");
    case 126: return _("status 126: a shell could not execute a program that it was given");
    case 127:
      return _("status 127: a shell did not find a program, or the loader a shared library");
    default: return format_message(_("the program itself ended with status {}"), status);
  }
}

std::string signal_name(int number) {
  const char* const name = sigabbrev_np(number);
  return name ? format_message("SIG{} ({})", name, sigdescr_np(number)) : std::to_string(number);
}

/// "0.5": a property in microseconds.
static std::string seconds_of(const Unit& unit, const char* property) {
  return fmt::format("{}", static_cast<double>(unit.number(property)) / 1e6);
}

/// The number of a process of the unit's whose sd_notify(3) systemd has left unheard, as it said.
/// Empty if there is none.
static std::string unheard_process(Submission& submission) {
  static constexpr std::string_view mark = "Got notification message from PID ";
  for (const Entry& entry : submission.journal.entries({"_PID=1", "UNIT=" + submission.unit.name()},
                                                       submission.changed())) {
    const std::string message = entry["MESSAGE"];
    if (const auto at = message.find(mark); at != std::string::npos)
      return message.substr(at + mark.size(), message.find(',', at) - at - mark.size());
  }
  return "";
}

/// Whether its run has lasted for RuntimeMaxSec=, by what systemd remembers of the last one, or
/// said of one before.
static bool has_run_out(Submission& submission) {
  const Unit& unit = submission.unit;
  const auto most = unit.number("RuntimeMaxUSec");
  if (most == std::numeric_limits<std::uint64_t>::max()) return false;
  if (unit.number("ActiveExitTimestamp") >= unit.number("ActiveEnterTimestamp") + most) return true;
  const auto said =
      submission.journal.entries({"_PID=1", "UNIT=" + unit.name()}, submission.changed());
  return std::any_of(said.begin(), said.end(), [](const Entry& entry) {
    return entry["MESSAGE"].find("reached runtime time limit") != std::string::npos;
  });
}

/// Whether the program has lost what systemd gives it to answer by, though it starts: sd_notify(3)
static bool has_no_address(const Submission& submission) {
  const auto program = program_of(submission);
  return program && is_executed(*program) && !program->environment.empty() &&
         std::none_of(program->environment.begin(), program->environment.end(),
                      [](const std::string& word) { return word.starts_with("NOTIFY_SOCKET="); });
}

/// What timed out: its run, its stop, or its start.
static std::string timeout_meaning(Submission& submission, const std::string& type) {
  const Unit& unit = submission.unit;
  if (has_run_out(submission))
    return format_message(_("it ran for RuntimeMaxSec={}s, and systemd ended it: that is how long "
                            "the unit lets it run"),
                          seconds_of(unit, "RuntimeMaxUSec"));
  // Its start had come to an end: it is the stop that did not.
  if (unit.time("ActiveEnterTimestamp") >= unit.time("InactiveExitTimestamp"))
    return format_message(
        _("its stop did not end within TimeoutStopSec={}s, and systemd killed it: the program does "
          "not end at {}, or ExecStop= does not end"),
        seconds_of(unit, "TimeoutStopUSec"),
        signal_name(static_cast<int>(unit.number("KillSignal"))));
  if (type == "notify")
    if (const std::string process = unheard_process(submission); !process.empty())
      return format_message(
          _("the unit says Type=notify, and its main process, which systemd listens to, never sent "
            "READY=1: process {} sent it something, and NotifyAccess={} leaves that unheard"),
          process, unit.text("NotifyAccess"));
  // Newer versions of systemd do not say that. What another process sends is unheard all the same.
  if (type == "notify" && unit.text("NotifyAccess") == "main")
    for (const auto process : processes_of(unit))
      if (process != unit.number("MainPID"))
        return format_message(
            _("the unit says Type=notify, and its main process, which systemd listens to, never "
              "sent READY=1; NotifyAccess=main leaves unheard what process {} may have sent it: "
              "{}"),
            process, command_line_of(process));
  if (type == "notify" && has_no_address(submission) &&
      causes(submission, aspect::sees | aspect::runs_as).empty())
    return _(
        "the unit says Type=notify, and NOTIFY_SOCKET, where READY=1 goes, is not in the program's "
        "environment: the command that starts it, such as env -i, takes it away");
  constexpr std::uint64_t short_time = 10'000'000;  // a program may need longer than that
  if (type == "notify" && unit.number("TimeoutStartUSec") < short_time)
    return format_message(
        _("the unit says Type=notify, and the program has not sent READY=1 within "
          "TimeoutStartSec={}s"),
        seconds_of(unit, "TimeoutStartUSec"));
  // What the program may see and be told may keep it from systemd.
  if (type == "notify" && unit.text("ActiveState") == "activating" &&
      causes(submission, aspect::sees | aspect::runs_as).empty())
    return format_message(
        _("the unit says Type=notify, and the program never sent READY=1 in {:.0f} seconds"),
        std::chrono::duration<double>{now() - unit.time("InactiveExitTimestamp")}.count());
  if (type == "notify")
    return causes(submission, aspect::sees | aspect::runs_as).empty()
               ? _("the unit says Type=notify, and the program never sent READY=1")
               : _("the unit says Type=notify, and no READY=1 has reached systemd");
  if (type == "dbus")
    return format_message(_("the unit says Type=dbus, and the program does not take the name {} on "
                            "the bus: Type=simple"),
                          unit.text("BusName"));
  if (type == "forking")
    return _(
        "the unit says Type=forking, and the program stays in the foreground, as a daemon of "
        "today should: Type=simple");
  if (type == "oneshot")
    return _(
        "the unit says Type=oneshot: its start lasts until the program ends, and this one runs on; "
        "a daemon's unit leaves Type= out, or says Type=exec");
  return format_message(_("its start did not end within TimeoutStartSec={}s, and systemd killed "
                          "it"),
                        seconds_of(unit, "TimeoutStartUSec"));
}

std::string result_meaning(Submission& submission, const std::string& result) {
  const Unit& unit = submission.unit;
  const std::string type = unit.text("Type");
  if (result == "timeout") return timeout_meaning(submission, type);
  if (result == "protocol" && type == "notify")
    return _("the unit says Type=notify, and the program ended without having sent READY=1");
  if (result == "protocol")
    return format_message(_("the program did not behave as Type={} says that it would"), type);
  if (result == "watchdog")
    return _("the unit says WatchdogSec=, and the program did not send WATCHDOG=1 in time");
  if (result == "start-limit-hit")
    return _("it was started too often in a short time (StartLimitBurst=), and systemd gave up");
  if (result == "oom-kill")
    return _(
        "it needed more memory than there is, or than MemoryMax= allows it, and the kernel "
        "killed it");
  if (result == "resources")
    return _("systemd itself could not set up what the unit needs: its own message says what");
  if (result == "exec-condition") return _("its ExecCondition= said that it should not start");
  return "";
}
