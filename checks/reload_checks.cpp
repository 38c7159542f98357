// What `systemctl reload` does to the daemon, as logrotate(8) has it: the file was renamed, and a
// new one is to come in its place.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/ending.hpp"
#include "checks/meaning.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

namespace {

std::string reload_hint() {
  return _("handle SIGHUP: close the file and open it again; or leave ExecReload= out");
}

/// The signal that ExecReload= sends to the main process, if it is a plain kill(1).
std::optional<int> signal_of(const Unit& unit) {
  const auto commands = unit.commands("ExecReload");
  if (commands.size() != 1 || fs::path{commands[0].path}.filename() != "kill") return std::nullopt;
  const auto& words = commands[0].argv;
  if (words.size() != 3 || words[2] != "$MAINPID" || !words[1].starts_with('-'))
    return std::nullopt;
  const std::string name = words[1].substr(words[1].starts_with("-SIG") ? 4 : 1);
  for (int signal = 1; signal < SIGSYS; ++signal)
    if (name == std::to_string(signal) || name == sigabbrev_np(signal)) return signal;
  return std::nullopt;
}

/// The outcome if the signal would end the main process: as good as a reload, if systemd starts it
/// again at that signal.
Outcome would_end(const Submission& submission, int signal) {
  const Unit& unit = submission.unit;
  const auto forced = unit.ends("RestartForceExitStatus").signals;
  if (unit.text("Restart") == "always" || std::count(forced.begin(), forced.end(), signal))
    return pass(format_message(_("{} ends it, and systemd starts it again"), signal_name(signal)));
  Finding finding{
      .looked_at = format_message("systemctl reload {0}; systemctl status {0}", unit.name()),
      .expected = _("the same process, with its file opened anew"),
      .found = signal_name(signal),
      .reason = format_message(_("{} ends a program that does not say what else it is to do"),
                               signal_name(signal)),
      .hint = reload_hint()};
  if (const auto program = program_of(submission);
      program && is_shell(program->exe, program->arguments)) {
    add_line(finding.reason,
             format_message(_("its main process is a shell, {}, and not the program, which has to "
                              "be started by `exec`"),
                            visible(program->arguments[0] + ' ' + program->arguments[1])));
    finding.hint = _("write exec before the program");
  }
  if (const std::string line = written(submission, "ExecReload"); !line.empty())
    add_line(finding.reason, line);
  return fail(std::move(finding));
}

/// The name by which pkill(1) looks for a process, if that is longer than the kernel keeps; empty
/// otherwise, and if it looks at whole commands.
std::string name_too_long(const Command& command) {
  constexpr std::size_t kept = 15;
  const auto is_full = [](const std::string& word) { return word == "-f" || word == "--full"; };
  const auto& words = command.argv;
  return fs::path{command.path}.filename() == "pkill" && words.back().size() > kept &&
                 std::none_of(words.begin(), words.end(), is_full)
             ? words.back()
             : "";
}

/// A process that is asked to reload, and what becomes of it.
class Reload {
 public:
  explicit Reload(Submission& submission)
      : submission_(submission), pid_(submission.unit.number("MainPID")) {}

  /// Returns what is wrong, if the reload fails, or the process ends and does not come back.
  std::optional<Finding> run() {
    const Unit& unit = submission_.unit;
    unit.reset_failed();  // if it is started again, that is a start too many to no StartLimitBurst=
    const Time begin = now();
    unit.reload();
    const bool is_done =
        wait_until(_("its reload to end"), Seconds{5}, [this] { return is_over(); });
    const bool has_ended = has_ended_by_rest(unit, pid_, Seconds{0.5});
    Finding finding{
        .looked_at = format_message("systemctl reload {0}; systemctl status {0}", unit.name()),
        .expected = format_message("MainPID={}\nReloadResult=success", pid_),
        .found =
            format_message("MainPID={}\nActiveState={}\nReloadResult={}", unit.number("MainPID"),
                           unit.text("ActiveState"), unit.text("ReloadResult"))};
    if (!has_ended && is_stopping()) {
      finding.reason =
          _("at the reload the program sent STOPPING=1, as if it were about to end, and runs on");
      finding.hint = _("send STOPPING=1 at the end of main(), and nowhere else");
      kill("all");  // or it would run on for TimeoutStopSec=
      return finding;
    }
    if (!is_done) {
      finding.reason = what_runs_on();
      finding.hint =
          has_running_command()
              ? _("the command of ExecReload= sends a signal, and waits for nothing")
              : _("send RELOADING=1 when it begins, and READY=1 when the file is open again: "
                  "sd_notify(3)");
      end_reload();
      return finding;
    }
    if (unit.text("ReloadResult") != "success") {
      finding.reason = why_it_failed();
      finding.hint = _("ExecReload=kill -HUP $MAINPID, and nothing that keeps it from that");
      return finding;
    }
    if (!has_ended) return std::nullopt;
    const std::uint64_t ended = pid_;
    const auto delay = std::chrono::microseconds{unit.number("RestartUSec")};
    // It did mind the signal, and it may end by it all the same. One that comes back has to come so
    // far that it writes.
    if (!has_failed_since(begin) && wait_until_running(unit, delay + Seconds{5}, ended)) {
      pid_ = unit.number("MainPID");
      wait_until(_("a line in its file"), 1.5 * submission_.interval + Seconds{1}, [this] {
        return output_of(submission_, [](const std::string&) { return true; }).has_value();
      });
      return std::nullopt;
    }
    finding.reason = _("the signal of ExecReload= has ended its main process");
    add_line(finding.reason, diagnosis(submission_));
    finding.hint = reload_hint();
    return finding;
  }

 private:
  /// systemd takes SIGHUP for a clean end, and records none: it starts again what
  /// RestartForceExitStatus= names. If it was a failure, it is Restart= that starts it again, and
  /// that is no reload.
  bool has_failed_since(Time begin) const {
    return !submission_.journal
                .entries({message_id::exited, "_PID=1", "UNIT=" + submission_.unit.name()}, begin)
                .empty();
  }

  bool is_over() const {
    const Unit& unit = submission_.unit;
    return (!unit.job() && unit.text("ActiveState") != "reloading") || is_stopping();
  }

  /// Though nobody has asked systemd to stop it. A program that ends is not seen so.
  bool is_stopping() const {
    return submission_.unit.text("ActiveState") == "deactivating" &&
           submission_.unit.text("SubState") == "stop-sigterm" &&
           submission_.unit.text("Type").starts_with("notify");
  }

  /// It would run on for as long as TimeoutStartSec= lets it, and whatever comes next wait for it.
  /// A start that is asked for before the reload is over has systemd reload the unit once more. One
  /// whose end the program never tells ends with the unit, which is started again: Restored.
  void end_reload() const {
    const bool has_command = has_running_command();
    kill("control");
    if (has_command && wait_until(_("its reload to end"), Seconds{5}, [this] { return is_over(); }))
      return;
    submission_.unit.stop();
    wait_until(_("its stop"), Seconds{5},
               [this] { return submission_.unit.text("ActiveState") == "inactive"; });
  }

  void kill(const char* whom) const {
    try {
      submission_.unit.kill(whom, SIGKILL);
    } catch (const std::system_error&) {
      // It has ended meanwhile.
    }
  }

  bool has_running_command() const {
    const auto commands = submission_.unit.commands("ExecReload");
    return std::any_of(commands.begin(), commands.end(),
                       [](const Command& command) { return command.is_running(); });
  }

  std::string what_runs_on() const {
    std::string reason = _("its reload is not over after five seconds");
    if (!has_running_command())
      add_line(reason, submission_.unit.text("SubState") == "reload-signal"
                           ? _("with Type=notify-reload systemd waits for RELOADING=1 and then "
                               "READY=1, and the program has sent neither")
                           : _("the program has sent RELOADING=1, and no READY=1 after it: systemd "
                               "waits for that"));
    for (const Command& command : submission_.unit.commands("ExecReload"))
      if (command.is_running())
        add_line(reason,
                 format_message(_("ExecReload={} runs on, as process {}"),
                                fmt::format("{}", fmt::join(command.argv, " ")), command.pid));
    return reason;
  }

  std::string why_it_failed() const {
    std::vector<std::string> reasons;
    if (const auto end = last_end(submission_); end && end->command == "ExecReload")
      add_end(submission_, *end, reasons);
    std::string reason = _("the command of ExecReload= failed: the program was not told anything");
    for (const std::string& more : reasons) add_line(reason, more);
    for (const Command& command : submission_.unit.commands("ExecReload"))
      if (const std::string name = name_too_long(command); !name.empty())
        add_line(reason, format_message(_("the kernel keeps 15 letters of a process's name, so "
                                          "pkill finds none that is called {}"),
                                        visible(name)));
    if (const std::string line = written(submission_, "ExecReload"); !line.empty())
      add_line(reason, line);
    return reason;
  }

  Submission& submission_;
  std::uint64_t pid_;
};

/// A file of the program's, by its folder and its name there. The folder is opened once, since the
/// program may put a link in its place at any time, and nothing is written to: this is root.
class Rotated {
 public:
  explicit Rotated(const fs::path& path)
      : folder_(open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        name_(path.filename()) {
    if (folder_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
    // As logrotate(8) names them.
    for (int number = 1; old_.empty() || is_there(old_); ++number)
      old_ = name_ + '.' + std::to_string(number);
  }
  ~Rotated() { close(folder_); }
  Rotated(const Rotated&) = delete;
  Rotated& operator=(const Rotated&) = delete;

  void rename_away() const { rename(name_, old_); }
  /// In the place of a new one, if that is there.
  void rename_back() const { rename(old_, name_); }
  bool is_made_anew() const { return is_there(name_); }
  const std::string& old() const { return old_; }

 private:
  bool is_there(const std::string& name) const {
    struct stat file {};
    return fstatat(folder_, name.c_str(), &file, AT_SYMLINK_NOFOLLOW) == 0;
  }
  void rename(const std::string& from, const std::string& to) const {
    if (renameat(folder_, from.c_str(), folder_, to.c_str()) != 0)
      throw std::system_error(errno, std::generic_category(), from);
  }

  int folder_;
  std::string name_, old_;
};

/// Looks for new lines. Returns whether the last one came long before its time.
bool has_early_line(Arrivals& lines, Seconds interval) {
  const double before = lines.last();
  return lines.look() > 0 && lines.last() - before < interval.count() / 2;
}

/// Whether each reload brings a line. One line that a busy machine held back is near the next one,
/// too, and the line after that is not.
bool brings_lines(const Submission& submission, Reload& reload, Arrivals& lines) {
  const auto pid = submission.unit.number("MainPID");
  for (int times = 0; times < 2; ++times) {
    lines.look();
    const bool is_fresh = lines.silence() < submission.interval.count() / 4;
    if (!is_fresh)
      wait_until(_("a line in its file"), 1.5 * submission.interval + Seconds{1},
                 [&] { return lines.look() > 0; });
    if (reload.run() || !has_early_line(lines, submission.interval)) return false;
  }
  return submission.unit.number("MainPID") == pid;
}

Finding writes_at_once(const Submission& submission, const fs::path& path) {
  return {.looked_at = format_message("systemctl reload {}; tail -f {}", submission.unit.name(),
                                      path.string()),
          .expected = format_message(_("a line every {} seconds"), submission.interval.count()),
          .found = _("a line at the moment of the reload"),
          .reason =
              _("the signal ends the program's wait, and it goes on as if the interval were over"),
          .hint = _("if a signal woke it, wait on for the rest of the interval")};
}

/// Whether it has lost what stood in the file.
std::optional<Finding> empties(const Unit& unit, const Output& before) {
  Output after;
  const bool is_shorter = wait_until(_("what it does with its file"), Seconds{0.3}, [&] {
    after = reread(before);
    return !after.text.starts_with(before.text);
  });
  if (!is_shorter) return std::nullopt;
  return Finding{
      .looked_at =
          format_message("systemctl reload {}; wc -l {}", unit.name(), before.path.string()),
      .expected = _("the lines from before, and new ones"),
      .found =
          format_message(_("lines before: {}, after: {}"), before.lines.size(), after.lines.size()),
      .reason = _("the program starts its file anew at a reload: what it had written is lost"),
      .hint = _("open it to append: std::ios::app, mode a, O_APPEND")};
}

/// Whether it goes on in the file that was renamed, or the reload fails. The file is back at its
/// place after that.
std::optional<Finding> stays_in_the_renamed(const Submission& submission, Reload& reload,
                                            const Output& before) {
  const Rotated file{before.path};
  file.rename_away();
  auto finding = reload.run();
  const bool is_new =
      !finding && wait_until(_("a new file"), 1.5 * submission.interval + Seconds{1},
                             [&file] { return file.is_made_anew(); });
  file.rename_back();
  if (finding || is_new) return finding;
  const fs::path old = before.path.parent_path() / file.old();
  return Finding{
      .looked_at = format_message("mv {0} {1}; systemctl reload {2}; ls {0}", before.path.string(),
                                  old.string(), submission.unit.name()),
      .expected = _("a new file of that name"),
      .found = format_message(_("no {}"), before.path.string()),
      .reason = format_message(
          _("the reload said that it succeeded, and the program has not opened its file anew: what "
            "it writes goes to {}, or nowhere"),
          old.string()),
      .hint = reload_hint()};
}

/// What three reloads come to: with the file as it is, with one that was renamed, and with the file
/// back at its place.
Outcome keeps_its_lines(const Submission& submission, Reload& reload, const Output& before) {
  const Unit& unit = submission.unit;
  Arrivals lines{before};
  if (auto finding = reload.run()) return fail(std::move(*finding));
  bool is_early = has_early_line(lines, submission.interval);
  if (auto finding = empties(unit, before)) return fail(std::move(*finding));
  if (auto finding = stays_in_the_renamed(submission, reload, before))
    return fail(std::move(*finding));
  if (auto finding = reload.run()) return fail(std::move(*finding));
  is_early = has_early_line(lines, submission.interval) || is_early;
  if (is_early && brings_lines(submission, reload, lines))
    return warn(writes_at_once(submission, before.path));
  return pass(format_message("PID {}", unit.number("MainPID")));
}

}  // namespace

Outcome reload_opens_the_file_anew(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  if (!unit.number("CanReload"))
    return pass(_("the unit has no ExecReload=: to open its file anew it is restarted"));
  const Restored restored{unit};
  wait_until_running(unit, Seconds{2});
  if (const auto signal = signal_of(unit); signal && !minds_signal(unit.number("MainPID"), *signal))
    return would_end(submission, *signal);
  const auto before = lines_to_keep(submission);
  Reload reload{submission};
  if (before) return keeps_its_lines(submission, reload, *before);
  if (auto finding = reload.run()) return fail(std::move(*finding));
  return pass(format_message("PID {}", unit.number("MainPID")));
}
