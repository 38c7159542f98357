// After `stop` nothing of the service is left, and it starts again.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/price_server.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

namespace {

/// Starts the unit again when it goes out of scope, unless somebody has.
class StartedAgain {
 public:
  explicit StartedAgain(const Unit& unit) : unit_(unit) {}
  ~StartedAgain() {
    try {
      if (unit_.is_starting() || unit_.text("ActiveState") == "active") return;
      unit_.reset_failed();
      unit_.start();
    } catch (...) {
      // The unit is gone: nothing more can be done.
    }
  }
  StartedAgain(const StartedAgain&) = delete;
  StartedAgain& operator=(const StartedAgain&) = delete;

 private:
  const Unit& unit_;
};

/// The processes that still have one of these in their environment, "PID COMMAND" each. Of a run of
/// a service all processes have its INVOCATION_ID, wherever they went: systemd.exec(5)
std::vector<std::string> processes_with(const std::vector<std::string>& variables) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/proc", ignored}) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string environment = '\0' + content(entry.path() / "environ");
    const auto has = [&environment](const std::string& variable) {
      return environment.find('\0' + variable + '\0') != std::string::npos;
    };
    if (std::none_of(variables.begin(), variables.end(), has)) continue;
    const std::string command = command_line_of(std::stoull(pid));
    if (!command.empty()) found.push_back(pid + ' ' + command);
  }
  return found;
}

/// What the processes of its runs since its file was changed have in their environments.
std::vector<std::string> runs_of(Submission& submission) {
  std::vector<std::string> runs;
  for (const Entry& entry : submission.journal.entries(
           {message_id::started, "_PID=1", "UNIT=" + submission.unit.name()}, submission.changed()))
    if (!entry["INVOCATION_ID"].empty()) runs.push_back("INVOCATION_ID=" + entry["INVOCATION_ID"]);
  return runs;
}

Finding something_is_left(const Unit& unit, const std::vector<std::string>& processes) {
  return {
      .looked_at = format_message("systemctl stop {}; ps -ef", unit.name()),
      .expected = _("no process of it"),
      .found = fmt::format("{}", fmt::join(processes, "\n")),
      .reason = format_message(_("the service is stopped, and a process that it had started runs "
                                 "on: KillMode={}"),
                               unit.text("KillMode")),
      .hint = _("leave KillMode= out, so that `stop` ends all of its processes")};
}

}  // namespace

/// Stops it once more. Returns what is wrong if it does not end; `meanwhile` says what it did.
static std::optional<Finding> stop_again(Submission& submission, const char* meanwhile) {
  const Unit& unit = submission.unit;
  unit.stop();
  const bool is_stopped = wait_until(_("its process to end"), Seconds{10}, [&unit] {
    const std::string state = unit.text("ActiveState");
    return state == "inactive" || state == "failed";
  });
  if (is_stopped) return std::nullopt;
  Finding finding{
      .looked_at = format_message("systemctl stop {0}; systemctl status {0}", unit.name()),
      .expected = "ActiveState=inactive",
      .found = "ActiveState=" + unit.text("ActiveState"),
      .reason = _("its second stop has not ended in 10 seconds"),
      .hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name())};
  if (meanwhile) add_line(finding.reason, _(meanwhile));
  add_line(finding.reason, stop_diagnosis(submission));
  return finding;
}

/// Stops it while it waits for the price server, by each of the server's ways to have it wait.
static std::optional<Finding> stop_while_it_waits(Submission& submission, const Faults& faults) {
  static constexpr struct {
    const char* fault;
    bool is_connected;  // while it waits
    const char* meanwhile;
  } waits[] = {{"silence", true,
                N_("it was waiting for an answer that did not come: SIGTERM has to end that, too")},
               {"429", false,
                N_("an answer of status 429 had asked it to wait (Retry-After): SIGTERM has to end "
                   "that wait, too")}};
  const Unit& unit = submission.unit;
  for (const auto& [fault, is_connected, meanwhile] : waits) {
    // A start has it ask at once.
    if (is_running(unit)) {
      // Until it waits it may not have come to where it says what SIGTERM is to do.
      has_ended_by_rest(unit, unit.number("MainPID"), Seconds{0.1});
      if (auto finding = stop_again(submission, nullptr)) return finding;
    }
    Time begin = now();
    faults.order(fault);
    unit.reset_failed();
    unit.start();
    bool is_asked = false, is_over = false;
    // Its own time-out may end the wait before it is stopped: then the next one counts.
    for (int left = 3; left > 0 && !is_over; --left) {
      // An interpreter that has to load may take longer than a short interval.
      wait_until(_("a question to the price server"), submission.interval + Seconds{5},
                 [&, &fault = fault] {
                   is_asked = times_given(submission, fault, begin) > 0;
                   // In this order: it may come to run between the two questions.
                   return is_asked || !(unit.is_starting() || is_running(unit));
                 });
      begin = now();
      is_over = has_ended_by_rest(unit, unit.number("MainPID"), Seconds{0.1}) || !is_asked ||
                !is_connected || is_connected_to_price_server(unit);
    }
    if (auto finding = stop_again(submission, is_asked ? meanwhile : nullptr)) return finding;
  }
  return std::nullopt;
}

/// What is wrong with its start after a stop. `was_asked`: it came to ask the price server, which
/// failed; `locks`: what the run before has left.
static Finding second_start_failed(Submission& submission, bool was_asked,
                                   const std::vector<std::string>& locks) {
  const Unit& unit = submission.unit;
  Finding finding{
      .looked_at = format_message("systemctl stop {0}; systemctl start {0}; systemctl status {0}",
                                  unit.name()),
      .expected = "ActiveState=active\nSubState=running",
      .found = format_message("ActiveState={}\nSubState={}", unit.text("ActiveState"),
                              unit.text("SubState")),
      .reason = _("it ran, was stopped, and does not start a second time"),
      .hint = _("a run may be killed before it tidies up: the next one has to start all the same"),
      .aspects = aspect::sees | aspect::runs_as};
  if (was_asked && unit.is_starting())
    finding.hint = _("say READY=1 when the loop begins, and not when the first price has come");
  if (was_asked)
    add_line(
        finding.reason,
        _("meanwhile the API gave status 500 to whoever asked: a daemon starts all the same, and "
          "asks again"));
  add_locks(finding, locks);
  add_line(finding.reason, diagnosis(submission));
  return finding;
}

/// `folder` is where its program worked before anything was stopped: one that ends at once when it
/// is started again cannot be asked any more.
static Outcome starts_again(Submission& submission, const fs::path& folder) {
  const Unit& unit = submission.unit;
  const StartedAgain started_again{unit};
  executed_program(submission);  // of which asks_price_server() reads the environment
  const bool api_fails =
      submission.stage >= "03" && asks_price_server(submission) && serves_prices();
  const auto has_written = [&submission] {
    const auto any = [](const std::string&) { return true; };
    return !program_of(submission) || output_of(submission, any);
  };
  std::optional<Faults> faults;
  if (api_fails) faults.emplace();
  // Others that ask the server would wait, too, as long as a 429 says.
  const bool is_alone = faults && daemons_that_ask(submission) == 1;
  // Until it writes, or asks, it may not have come to where it says what SIGTERM is to do.
  if (!is_alone) wait_until(_("a line in its file"), submission.interval, has_written);
  if (auto finding =
          is_alone ? stop_while_it_waits(submission, *faults) : stop_again(submission, nullptr))
    return fail(std::move(*finding));
  if (const auto left = processes_with(runs_of(submission)); !left.empty())
    return fail(something_is_left(unit, left));
  const auto locks = locks_in(folder);
  // Nor may it need an answer for its start: a network that is late is an ordinary one.
  const Time second_start = now();
  if (faults) faults->order("500");
  unit.reset_failed();
  unit.start();
  const auto runs = [&unit] {
    return unit.number("MainPID") != 0 && unit.text("ActiveState") == "active";
  };
  const bool started = wait_until(_("its process to run"), Seconds{15},
                                  [&] { return runs() && !unit.is_starting(); });
  const auto pid = unit.number("MainPID");
  // It may end at what it does first.
  if (api_fails)
    wait_until(_("a question to the price server"), submission.interval + Seconds{1},
               [&] { return !runs() || times_given(submission, "500", second_start) > 0; });
  else wait_until(_("a line in its file"), submission.interval, has_written);
  const bool ended = has_ended_by_rest(unit, pid, Seconds{0.5}) || !runs();
  if (started && !ended) {
    // Once more, now that the API is well: what comes next need not wait for a price.
    faults.reset();
    if (is_alone)
      if (auto finding = stop_again(submission, nullptr)) return fail(std::move(*finding));
    return pass(format_message("PID {}", pid));
  }
  return fail(second_start_failed(
      submission, api_fails && times_given(submission, "500", second_start) > 0, locks));
}

Outcome stops_and_starts_again(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const auto program = executed_program(submission);
  Outcome stopped = stops_on_request(submission);
  if (stopped.kind != Outcome::Kind::pass) return stopped;
  const Outcome again = starts_again(submission, program ? program->directory : fs::path{});
  return again.kind == Outcome::Kind::pass ? stopped : again;
}
