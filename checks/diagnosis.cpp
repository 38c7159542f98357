#include "checks/diagnosis.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "checks/daemon.hpp"
#include "checks/ending.hpp"
#include "checks/last_words.hpp"
#include "checks/meaning.hpp"
#include "checks/rights.hpp"
#include "checks/settings.hpp"
#include "checks/substitution.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

/// A line of a file, as its bytes are; empty if there is none.
static std::string line_of(const fs::path& file, const std::string& number) {
  std::ifstream in{file};
  std::string line;
  for (int left = std::atoi(number.c_str()); left > 0; --left)
    if (!std::getline(in, line)) return "";
  return line;
}

/// Whether systemd warns of a line, and uses it all the same.
static bool is_used(const Entry& complaint) {
  return complaint["PRIORITY"] == "4" && complaint["MESSAGE"].find("gnoring") == std::string::npos;
}

static std::vector<std::string> lines_complained_of(Submission& submission, bool used) {
  std::vector<std::string> errors, warnings;
  std::set<std::string> said;  // again at every reload
  const auto since = submission.changed();
  for (const Entry& entry : submission.journal.entries(
           {message_id::bad_line, "_PID=1", "UNIT=" + submission.unit.name()}, since)) {
    // A notice is of a line that systemd uses; and a drop-in may be gone by now.
    const bool gone = !entry["CONFIG_FILE"].empty() && !fs::exists(entry["CONFIG_FILE"]);
    if (entry["PRIORITY"] > "4" || gone || is_used(entry) != used) continue;
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

std::string comment_hint() {
  return _("to systemd a # behind a value is a part of it: a comment is a line of its own");
}

std::vector<std::string> bad_lines(Submission& submission) {
  return lines_complained_of(submission, false);
}

std::vector<std::string> risky_lines(Submission& submission) {
  return lines_complained_of(submission, true);
}

/// A time that systemd takes for none: sd-bus has it so.
static constexpr auto infinity = std::numeric_limits<std::uint64_t>::max();

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

/// What the kernel needs beside the file: the interpreter that a script's first line names, or a
/// program's loader. Nothing if it cannot be seen. elf(5), PT_INTERP
static fs::path interpreter_of(const fs::path& file) {
  std::string text(4096, '\0');
  std::ifstream{file, std::ios::binary}.read(text.data(), std::ssize(text));
  if (text.starts_with("#!")) {
    const auto first = std::min(text.find_first_not_of(" \t", 2), text.size());
    return text.substr(first, text.find_first_of(std::string_view{" \t\n\0", 4}, first) - first);
  }
  const auto loader = text.starts_with("\177ELF") ? text.find("/lib") : std::string::npos;
  return loader == std::string::npos ? fs::path{} : fs::path{text.c_str() + loader};
}

/// Whether the permissions of the file and of the folders above it let anyone execute it.
static bool anyone_may_execute(const fs::path& file) {
  for (fs::path path = file;; path = path.parent_path()) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || !(status.st_mode & S_IXOTH)) return false;
    if (path == path.parent_path()) return true;
  }
}

/// Why the unit cannot execute this file, beyond what `error`, an errno, says.
static std::string exec_failure(const Unit& unit, const fs::path& file, int error) {
  struct stat status {};
  const bool exists = stat(file.c_str(), &status) == 0;
  std::string what = format_message(_("{}: {}"), file.string(), strerrordesc_np(error));
  if (const std::string setting = hidden_by(unit, file); exists && !setting.empty())
    return what + ": " +
           format_message(
               _("the file is there, and {} hides its folder from the service: install it in "
                 "/usr/local/bin"),
               setting);
  std::error_code ignored;
  if (error == ENOENT && exists && fs::exists(interpreter_of(file), ignored))
    return what + ": " +
           _("the file is there, and what interprets or loads it, too: a setting of the unit hides "
             "one of them from the service");
  if (error == ENOENT && exists && interpreter_of(file).string().ends_with('\r'))
    return what + ": " +
           format_message(_("its lines end as Windows writes them, so that the first one names {}: "
                            "sed -i 's/\\r$//' corrects that"),
                          visible(interpreter_of(file).string()));
  if (error == ENOENT && exists)
    return what + ": " +
           _("the file is there; the interpreter that its first line, #!, or its "
             "loader names is not");
  const std::string name = file.string();
  if (const auto blank = name.find(' ');
      error == ENOENT && blank != std::string::npos && fs::exists(name.substr(0, blank), ignored))
    return what + ": " +
           format_message(_("that whole name stands between quotation marks: they belong around a "
                            "word of the command, and not around {} and its options"),
                          name.substr(0, blank));
  if (error == ENOENT) return what + ": " + _("there is no such file");
  if (error == ENOEXEC)
    return what + ": " + _("it is no program, and no script that begins with #!");
  if (error == EACCES && exists && S_ISDIR(status.st_mode))
    return what + ": " + _("it is a folder");
  if (error == EACCES && exists && !(status.st_mode & 0111))
    return what + ": " + _("the file may not be executed: chmod +x is missing");
  if (error == EACCES && anyone_may_execute(file))
    return what + ": " +
           _("its permissions let anyone execute it: a setting of the unit, or of its file system "
             "(noexec), forbids it or what loads it");
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
  reasons.push_back(format_message(_("systemd said: {}"), last["MESSAGE"]));
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
    const bool is_assignment = message.find(invalid_assignment()) != std::string::npos;
    message = format_message(_("systemd said: {}"), message);
    if (std::find(reasons.begin(), reasons.end(), message) != reasons.end()) continue;
    reasons.push_back(message);
    if (is_assignment)
      reasons.emplace_back(
          _("an EnvironmentFile= is no shell script: each line is NAME=value, without export"));
  }
}

/// The lines that name a file or a folder that is not there, and that has to be.
static void add_missing_paths(const Submission& submission, std::vector<std::string>& reasons) {
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings()) {
    if (!setting.key.ends_with("Paths") && !setting.key.starts_with("Root")) continue;
    std::istringstream words{without_specifiers(setting.value, submission.unit)};
    for (std::string word; words >> word;) {
      const std::string path = word.substr(0, word.find(':'));
      std::error_code ignored;
      if (path.starts_with('/') && !fs::exists(path, ignored))
        reasons.push_back(format_message(path.starts_with("/var/lib/")
                                             ? _("{}: {}= names {}, which is not there: "
                                                 "StateDirectory= makes it")
                                             : _("{}: {}= names {}, which is not there"),
                                         place(setting), setting.key, path));
    }
  }
}

/// The folder that is not there of the file that systemd could not open as the program's output;
/// empty if it ended otherwise.
static fs::path folder_of_stream(const Submission& submission, const End& end) {
  if (!end.exited || (end.status != 209 && end.status != 222)) return {};
  const std::string line =
      written(submission, end.status == 209 ? "StandardOutput" : "StandardError");
  const std::string plain = without_specifiers(line, submission.unit);
  const fs::path parent = fs::path{plain.substr(plain.rfind(':') + 1)}.parent_path();
  std::error_code ignored;
  return parent.is_absolute() && !fs::exists(parent, ignored) ? parent : fs::path{};
}

/// How it ended, and whether WorkingDirectory= is there and hidden.
static void add_end_and_folder(const Submission& submission, const End& end,
                               std::vector<std::string>& reasons) {
  add_end(submission, end, reasons);
  const Unit& unit = submission.unit;
  const std::string folder = unit.text("WorkingDirectory");
  if (const std::string setting = hidden_by(unit, folder);
      end.exited && end.status == 200 && !setting.empty() && fs::exists(folder))
    reasons.push_back(
        format_message(_("{} is there, and {} hides it from the service"), folder, setting));
  if (std::error_code ignored; end.exited && end.status == 200 && !fs::exists(folder, ignored))
    reasons.push_back(format_message(folder.starts_with("/var/lib/")
                                         ? _("there is no folder {}: StateDirectory= makes it")
                                         : _("there is no folder {}"),
                                     folder));
  static const std::map<int, const char*> settings_of{{200, "WorkingDirectory"},
                                                      {208, "StandardInput"},
                                                      {209, "StandardOutput"},
                                                      {222, "StandardError"}};
  if (const auto setting = settings_of.find(end.exited ? end.status : 0);
      setting != settings_of.end())
    if (const auto line = written(submission, setting->second); !line.empty())
      reasons.push_back(line);
  if (const fs::path parent = folder_of_stream(submission, end); !parent.empty())
    reasons.push_back(
        format_message(_("the folder {} is not there yet when systemd opens the file: it "
                         "makes those of StateDirectory= and the like after that"),
                       parent.string()));
  if (end.exited && end.status == 226) add_missing_paths(submission, reasons);
}

/// What kept systemd from starting the program at all.
static void add_hindrances(Submission& submission, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  const auto add_unmet = [&](const char* when, const char* property) {
    if (unit.time(when) < submission.changed()) return;
    for (const std::string& condition : unit.unmet(property))
      reasons.push_back(
          format_message(_("systemd has not started it, since {} is not met"), condition));
  };
  add_unmet("ConditionTimestamp", "Conditions");
  add_unmet("AssertTimestamp", "Asserts");
  for (const char* property : {"Requires", "Requisite", "BindsTo"})
    for (const std::string& name : unit.list(property)) {
      const Unit other = submission.manager.unit(name);
      if (other.text("LoadState") != "loaded")
        reasons.push_back(
            format_message(_("the unit needs {} ({}=), which systemd cannot load: LoadState={}"),
                           name, property, other.text("LoadState")));
      else if (other.text("ActiveState") == "failed")
        reasons.push_back(
            format_message(_("the unit needs {} ({}=), which has failed"), name, property));
    }
}

/// Of the run that ended with `end`, if there is one. With what it may not write to, if its file is
/// missing or its words are of that.
static void add_last_words(Submission& submission, unsigned aspects, const std::optional<End>& end,
                           bool is_well, std::vector<std::string>& reasons) {
  const std::string words = last_words(submission, end);
  if (!words.empty())
    reasons.push_back(format_message(_("the program's last words: {}"), visible(words)));
  if (const std::string meaning = words_meaning(submission, words); !meaning.empty())
    reasons.push_back(meaning);
  const bool is_refused = words.find("ermission denied") != std::string::npos;
  if (!(aspects & aspect::sees) || !(is_well || is_refused)) return;
  if (const std::string refused = not_writable(submission); !refused.empty())
    reasons.push_back(refused);
}

/// The last thing that was asked of the unit, or happened to it, by systemd's records.
static std::vector<Entry> story_of(Submission& submission) {
  return submission.journal.entries(
      {message_id::started, message_id::stopping, message_id::succeeded, "_PID=1",
       "UNIT=" + submission.unit.name()},
      submission.changed());
}

static bool was_stopped(const std::vector<Entry>& story) {
  const auto is = [](const Entry& entry, const char* id) {
    return "MESSAGE_ID=" + entry["MESSAGE_ID"] == id;
  };
  const auto last = std::find_if(story.rbegin(), story.rend(), [&is](const Entry& entry) {
    return is(entry, message_id::stopping) || is(entry, message_id::started);
  });
  return last != story.rend() && is(*last, message_id::stopping);
}

/// The lines of the unit that order it and this other one: systemd.unit(5)
static std::string ordering_lines(const Submission& submission, const std::string& other) {
  std::string lines;
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings()) {
    if (setting.key != "After" && setting.key != "Before") continue;
    std::istringstream words{setting.value};
    if (std::find(std::istream_iterator<std::string>{words}, {}, other) !=
        std::istream_iterator<std::string>{})
      add_line(lines, placed_line(setting));
  }
  return lines;
}

/// Which job in systemd's queue waits for which.
static void add_queue(const Submission& submission, std::vector<std::string>& reasons) {
  const auto job = submission.unit.job();
  if (!job || job->state != "waiting") return;
  const std::string own = submission.unit.name() + '/' + job->type;
  if (job->after.empty())
    reasons.push_back(format_message(
        _("the job {} waits in systemd's queue for its turn: systemctl list-jobs"), own));
  for (const std::string& other : job->after) {
    std::string reason = format_message(
        _("the job {} waits in systemd's queue for {}, which is not done: systemctl list-jobs"),
        own, other);
    if (const auto lines = ordering_lines(submission, other.substr(0, other.rfind('/')));
        !lines.empty())
      add_line(reason, lines);
    reasons.push_back(std::move(reason));
  }
}

/// Which command of the unit's its start, or its stop, waits for.
static void add_running_command(const Unit& unit, std::initializer_list<const char*> properties,
                                const char* what, std::vector<std::string>& reasons) {
  for (const char* property : properties)
    for (const Command& command : unit.commands(property)) {
      if (!command.is_running()) continue;
      const std::chrono::duration<double> since = now() - command.started;
      reasons.push_back(format_message(what, property,
                                       fmt::format("{}", fmt::join(command.argv, " ")),
                                       since.count(), command.pid));
    }
}

/// Why it is inactive, and systemd finds nothing wrong with that.
static void add_inactive(Submission& submission, std::vector<std::string>& reasons) {
  const auto story = story_of(submission);
  const auto end = last_end(submission);
  if (was_stopped(story)) {
    reasons.emplace_back(_("it was stopped, and not started again"));
  } else if (end) {
    add_end_and_folder(submission, *end, reasons);
  } else if (!story.empty() || submission.started() != Time{} || !submission.records().empty()) {
    add_end(submission, {.command = "ExecStart", .exited = true, .status = 0, .is_clean = true},
            reasons);
  } else if (const auto jobs = submission.journal.entries(
                 {message_id::job_failed, "_PID=1", "UNIT=" + submission.unit.name()},
                 submission.changed());
             !jobs.empty()) {
    reasons.push_back(format_message(_("systemd said: {}"), jobs.back()["MESSAGE"]));
  } else {
    reasons.emplace_back(
        _("nobody has started it since its file was changed: `enable` is for the next boot, "
          "`start` is for now"));
  }
}

static std::string joined(const std::vector<std::string>& reasons) {
  return fmt::format("{}", fmt::join(reasons, "\n"));
}

/// The lines whose settings systemd names in what it says, as "Restart=".
static void add_lines_named(const Submission& submission, const std::string& message,
                            std::vector<std::string>& reasons) {
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings())
    if (message.find(' ' + setting.key + '=') != std::string::npos)
      reasons.push_back(placed_line(setting));
}

/// The lines that are a part of the one before them, and do not look so.
static void add_swallowed_lines(const Submission& submission, std::vector<std::string>& reasons) {
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings())
    if (!setting.swallowed.empty())
      reasons.push_back(
          format_message(_("{}: with a backslash at its end, {}= goes on in the next line: to "
                           "systemd {} is a part of its value"),
                         place(setting), setting.key, visible(setting.swallowed)));
}

/// If the commands stand in several files, none of which takes the earlier ones away. A oneshot may
/// have several.
static void add_second_command(const Submission& submission, std::vector<std::string>& reasons) {
  if (submission.is_oneshot()) return;
  const UnitFile file = submission.file();
  std::string first;
  for (const Setting& setting : file.settings()) {
    if (setting.key != "ExecStart") continue;
    if (!first.empty() && !setting.value.empty() && setting.file != first) {
      reasons.push_back(
          format_message(_("{} adds a second command: an empty ExecStart= on the line before takes "
                           "away the one of the unit's file"),
                         setting.file));
      return;
    }
    first = setting.value.empty() ? "" : setting.file;
  }
}

static std::string not_loaded(Submission& submission, const std::string& load) {
  const Unit& unit = submission.unit;
  if (load == "not-found")
    return format_message(_("systemd has found no file of the name {}"), unit.name());
  if (const fs::path file = unit.text("FragmentPath"); load == "masked")
    return fs::is_symlink(file)
               ? _("the unit is masked, a link to /dev/null: systemctl unmask it")
               : format_message(_("{} is empty: to systemd such a unit is masked"), file.string());
  std::vector<std::string> reasons;
  add_swallowed_lines(submission, reasons);
  const auto bad = bad_lines(submission);
  reasons.insert(reasons.end(), bad.begin(), bad.end());
  add_warnings(submission, reasons);
  const auto error = unit.list("LoadError");
  if (reasons.empty() && error.size() == 2) reasons.push_back(error[1]);
  if (load == "bad-setting") {
    add_lines_named(submission, joined(reasons), reasons);
    add_second_command(submission, reasons);
  }
  if (std::any_of(reasons.begin(), reasons.end(),
                  [](const std::string& reason) { return reason.find(" #") != std::string::npos; }))
    reasons.push_back(comment_hint());
  reasons.push_back(format_message(_("systemd could not load it (LoadState={})"), load));
  return joined(reasons);
}

/// Why a unit is not as it should be that is well as far as systemd can tell.
static void add_well(Submission& submission, unsigned aspects, std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  reasons.push_back(format_message(_("as far as systemd can tell the unit is well (active ({}), "
                                     "NRestarts={}): look for the reason in the program"),
                                   unit.text("SubState"), unit.number("NRestarts")));
  add_last_words(submission, aspects, std::nullopt, true, reasons);
  add_warnings(submission, reasons);
}

/// Whether it did what systemd told it to: of a timeout that says all.
static bool is_as_asked(const Unit& unit, const End& end) {
  return end.exited ? end.status == 0
                    : static_cast<std::uint64_t>(end.status) == unit.number("KillSignal");
}

/// What was seen of the end, or of the start that did not come to one.
/// `seen` is the last end that was seen, if by now nothing tells of it.
static void add_evidence(Submission& submission, const std::optional<End>& seen,
                         std::vector<std::string>& reasons) {
  const Unit& unit = submission.unit;
  const std::string active = unit.text("ActiveState"), result = last_result(submission);
  // A start that is not over by now would end in a timeout.
  const bool starts =
      active != "inactive" && unit.text("SubState") != "auto-restart" && unit.is_starting();
  if (starts)
    add_running_command(
        unit, {"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload"},
        _("its start is not over: {}={} has been running for {:.0f} seconds, as process {}"),
        reasons);
  const bool hangs = starts && unit.text("SubState") == "start";
  const std::string why = result_meaning(submission, hangs ? "timeout" : result);
  if (active == "deactivating" && unit.text("SubState") == "stop-sigterm" && result == "success" &&
      unit.text("Type").starts_with("notify") && !unit.job())
    reasons.emplace_back(
        _("nobody has asked systemd to stop it: the program itself sent STOPPING=1, as if it were "
          "about to end, and runs on"));
  // Why it ended that often comes first: some versions of systemd say the one, some the other.
  const bool gave_up = result == "start-limit-hit";
  if (!why.empty() && !gave_up) reasons.push_back(why);
  const std::size_t before = reasons.size();
  if (!submission.refusal.empty())
    reasons.push_back(format_message(_("systemd refuses to start it: {}"), submission.refusal));
  add_hindrances(submission, reasons);
  add_queue(submission, reasons);
  add_spawn_failure(submission, reasons);
  auto end = last_end(submission);
  if (!end) end = seen;
  if (active == "inactive" && result == "success") {
    if (reasons.size() == before) add_inactive(submission, reasons);
  } else if (end && !starts && !(result == "timeout" && is_as_asked(unit, *end))) {
    add_end_and_folder(submission, *end, reasons);
  }
  if (gave_up) reasons.push_back(why);
  if (const auto restarts = unit.number("NRestarts"); restarts > 0)
    reasons.push_back(format_message(_("systemd has scheduled a restart {} times (NRestarts={})"),
                                     restarts, restarts));
}

/// What the program does with that signal, in place of ending.
static std::string answer_to_signal(std::uint64_t pid, int signal) {
  if (has_in_mask(pid, "SigCgt:", signal))
    return _(
        "it has a handler for it, and runs on: a wait goes on after it, the loop does not look at "
        "what it sets, or something catches what it throws (Python's `except:` catches SystemExit, "
        "too)");
  return has_in_mask(pid, "SigIgn:", signal) ? _("it ignores that signal") : "";
}

/// Which processes of its do not end at the signal of a stop, and what becomes of them.
static void add_survivors(const Unit& unit, std::vector<std::string>& reasons) {
  const int number = static_cast<int>(unit.number("KillSignal"));
  const std::string signal = signal_name(number);
  const auto pids = processes_of(unit);
  if (pids.empty()) return;
  const auto main_pid = unit.number("MainPID");
  if (std::count(pids.begin(), pids.end(), main_pid))
    reasons.push_back(format_message(_("the program does not end at {}"), signal));
  else
    for (const auto pid : pids)
      reasons.push_back(format_message(_("the program has ended, and a process that it started "
                                         "does not end at {}: {} {}"),
                                       signal, pid, command_line_of(pid)));
  if (const auto answer = answer_to_signal(main_pid, number); !answer.empty())
    reasons.push_back(answer);
  const auto limit = unit.number("TimeoutStopUSec");
  reasons.push_back(
      !unit.number("SendSIGKILL") ? _("and with SendSIGKILL=no nothing kills it after that")
      : limit == infinity
          ? _("and with TimeoutStopSec=infinity systemd waits for ever")
          : format_message(_("systemd would kill it after TimeoutStopSec={}s"), limit / 1'000'000));
}

/// As what it is now: systemd may start it again at any moment.
static std::string diagnosis_now(Submission& submission, unsigned aspects,
                                 const std::optional<End>& seen) {
  const Unit& unit = submission.unit;
  if (const std::string load = unit.text("LoadState"); load != "loaded")
    return not_loaded(submission, load);
  auto reasons = bad_lines(submission);
  if (unit.number("NeedDaemonReload"))
    reasons.emplace_back(
        _("the file was changed after systemd had read it: daemon-reload is missing"));

  const std::string active = unit.text("ActiveState"), result = unit.text("Result");
  // One that is started again and again looks well in between; one that RemainAfterExit= has
  // outlived does so for ever.
  const bool outlived = unit.text("SubState") == "exited" && !submission.is_oneshot();
  const bool lasts = unit.number("NRestarts") == 0 || has_come_back(submission);
  const bool is_well =
      active == "active" && result == "success" && lasts && !outlived && !unit.is_starting();
  if (!is_well) {
    add_swallowed_lines(submission, reasons);
    add_evidence(submission, seen, reasons);
  }
  if (const std::string named = causes_named(causes(submission, aspects), joined(reasons));
      !named.empty())
    reasons.push_back(named);
  if (const std::string text = replaced_in_command(submission); aspects != 0 && !text.empty())
    reasons.push_back(text);
  if (is_well) {
    add_well(submission, aspects, reasons);
  } else {
    add_last_words(submission, aspects, seen, false, reasons);
    add_warnings(submission, reasons);
    reasons.push_back(format_message(_("systemd calls the unit {} ({}), Result={}"), active,
                                     unit.text("SubState"), result));
  }
  return joined(reasons);
}

/// What is another one as soon as systemd does anything with the unit.
static std::string moment_of(const Unit& unit) {
  std::string moment = unit.text("SubState") + ' ' + unit.text("Result");
  for (const char* property : {"NRestarts", "MainPID", "ControlPID"})
    moment += ' ' + std::to_string(unit.number(property));
  return moment;
}

std::string diagnosis(Submission& submission, unsigned aspects) {
  const Unit& unit = submission.unit;
  std::optional<End> seen;
  for (int left = 4;; --left) {
    // The next start of one that systemd starts again and again says nothing of why the last
    // failed. Nor does its next run, if there is no record of the end before it.
    const auto restarts = unit.number("NRestarts");
    if (restarts > 0) {
      wait_until(_("its start to end"), std::chrono::seconds{3},
                 [&unit] { return !unit.is_starting(); });
      wait_until(_("its process to end, if it does"), std::chrono::seconds{3}, [&] {
        if (const auto end = last_end(submission)) seen = end;
        return seen.has_value();
      });
    }
    const std::string moment = moment_of(unit);
    std::string text = diagnosis_now(submission, aspects, seen);
    // Of one that was started again just now, nobody has waited for the end yet.
    const bool is_as_before = seen || unit.number("NRestarts") == restarts;
    if (left == 0 || (is_as_before && moment_of(unit) == moment)) return text;
  }
}

std::string stop_diagnosis(Submission& submission) {
  const Unit& unit = submission.unit;
  std::vector<std::string> reasons;
  add_queue(submission, reasons);
  const std::size_t before = reasons.size();
  add_running_command(
      unit, {"ExecStop", "ExecStopPost", "ExecReload"},
      _("its stop is not over: {}={} has been running for {:.0f} seconds, as process {}"), reasons);
  if (reasons.size() == before) add_survivors(unit, reasons);
  if (reasons.empty())
    reasons.push_back(format_message(_("systemd calls the unit {} ({})"), unit.text("ActiveState"),
                                     unit.text("SubState")));
  return joined(reasons);
}
