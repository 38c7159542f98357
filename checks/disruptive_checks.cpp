// What happens to the daemon when it is stopped or killed. Each check leaves it running, also if
// the check fails.
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/ending.hpp"
#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

Outcome stops_on_request(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  const Restored restored{unit};
  const auto has_ended = [&unit] {
    const std::string state = unit.text("ActiveState");
    return state == "inactive" || state == "failed";
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto since_request = [begin]() -> Seconds {
    return std::chrono::steady_clock::now() - begin;
  };
  const Seconds limit{2};
  unit.stop();
  bool quick = wait_until(_("its process to end"), limit, has_ended);
  Seconds took = since_request();
  // A busy machine may have kept this program away: then systemd's clock tells.
  if (!quick && has_ended()) {
    took = std::chrono::microseconds{unit.number("InactiveEnterTimestampMonotonic") -
                                     unit.number("ActiveExitTimestampMonotonic")};
    quick = took <= limit;
  }
  Finding finding{.looked_at = "time systemctl stop " + unit.name(),
                  .expected = format_message(_("stopped within {} seconds"), limit.count())};
  if (!quick) {
    const std::string active = unit.text("ActiveState"), sub = unit.text("SubState");
    const bool waits_on = sub == "stop-sigterm" && unit.number("MainPID") != 0;
    if (active == "inactive" || active == "failed") {
      finding.found = format_message(_("{} after {:.1f} seconds"), active, took.count());
      finding.reason = _("it did end, and later than it should");
    } else {
      finding.found =
          format_message(_("still {} ({}) after {} seconds"), active, sub, limit.count());
      finding.reason = stop_diagnosis(submission);
    }
    finding.hint = waits_on ? _("let SIGTERM end the wait between two lines, then return from main")
                            : format_message(_("read on: journalctl -u {} -n 20"), unit.name());
    if (waits_on &&
        wait_until(_("its process to end"), std::min(submission.interval, Seconds{10}),
                   has_ended) &&
        unit.text("Result") != "timeout")
      add_line(
          finding.reason,
          format_message(_("it did end {:.1f} seconds after that signal: a wait that goes on, or "
                           "what it does then, takes too long"),
                         since_request().count()));
    unit.kill("all", SIGKILL);
    return fail(finding);
  }
  if (unit.text("ActiveState") == "inactive")
    return pass(format_message(_("{:.2f} seconds"), took.count()));
  finding.looked_at = "systemctl stop " + unit.name() + "; systemctl status " + unit.name();
  finding.expected = "ActiveState=inactive\nResult=success";
  finding.found = "ActiveState=failed\nResult=" + unit.text("Result");
  finding.reason = diagnosis(submission);
  const auto end = last_end(submission);
  finding.hint =
      end && end->command != "ExecStart" && !end->command.empty()
          ? format_message(_("see to it that {}= succeeds, or leave it out"), end->command)
          : _("a program that was told to end has done its work: exit status 0");
  return fail(finding);
}

/// What the process that took the place of the killed one did to these lines; nothing if they are
/// still there.
static std::optional<Finding> loss(const Submission& submission,
                                   const std::optional<Output>& before) {
  if (!before) return std::nullopt;
  Output after;
  wait_until(_("a line in its file"), 1.5 * submission.interval + Seconds{1}, [&] {
    after = reread(*before);
    return after.text != before->text;
  });
  if (after.text.starts_with(before->text)) return std::nullopt;
  return Finding{
      .looked_at = "wc -l " + before->path.string(),
      .expected = _("the lines from before, and new ones"),
      .found = format_message(_("lines before: {}, after: {}"), before->lines.size(),
                              after.lines.size()),
      .reason = _("the program starts its file anew when it starts: what it had written is lost"),
      .hint = _("open it to append: std::ios::app, mode a, O_APPEND")};
}

Outcome returns_after_a_crash(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  const std::string restart = unit.text("Restart");
  if (restart == "no" || restart == "on-success" || restart == "on-watchdog")
    return pass(format_message(_("Restart={}: the unit does not ask for it"), restart));
  const Restored restored{unit};
  wait_until_running(unit, Seconds{2});
  const auto output = lines_to_keep(submission);
  const auto program = executed_program(submission);
  unit.reset_failed();  // those starts that this program asked for do not count
  const auto pid = unit.number("MainPID");
  const auto delay = std::chrono::microseconds{unit.number("RestartUSec")};
  unit.kill("main", SIGKILL);
  const auto locks = program ? locks_in(program->directory) : std::vector<std::string>{};
  if (wait_until_running(unit, delay + Seconds{5}, pid)) {
    const auto back = unit.number("MainPID");
    if (const auto finding = loss(submission, output)) return fail(*finding);
    // What was left of the killed one may end it at once.
    if (!has_ended_by_rest(unit, back, Seconds{0.5}))
      return pass(format_message("PID {}, {}", pid, back));
  }
  Finding finding{
      .looked_at = format_message("sudo kill -9 {}; systemctl status {}", pid, unit.name()),
      .expected = format_message(_("active again after RestartSec={}s, as Restart={} says"),
                                 Seconds{delay}.count(), restart),
      .found = "ActiveState=" + unit.text("ActiveState") + "\nSubState=" + unit.text("SubState"),
      .reason = diagnosis(submission),
      .hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name())};
  add_locks(finding, locks);
  if (!locks.empty())
    finding.hint =
        _("a run may be killed before it tidies up: the next one has to start all the same");
  return fail(std::move(finding));
}
