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

/// Whether the run has written a line to a file, or there is no run.
static bool has_written(const Submission& submission) {
  const auto any = [](const std::string&) { return true; };
  return !program_of(submission) || output_of(submission, any);
}

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

/// What is wrong with its start after a stop. `bad_answer`: what the price server gave when it came
/// to ask, or null; `locks`: what the run before has left.
static Finding second_start_failed(Submission& submission, const char* bad_answer,
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
  if (bad_answer && unit.is_starting())
    finding.hint = _("say READY=1 when the loop begins, and not when the first price has come");
  if (bad_answer) add_line(finding.reason, _(bad_answer));
  add_locks(finding, locks);
  add_line(finding.reason, diagnosis(submission));
  return finding;
}

/// What the price server answers to a start, which may not need a price: a network that is late is
/// an ordinary one. A start has the daemon ask at once, so none of them costs an interval.
struct AnswerAtStart {
  const char* fault;
  const char* meanwhile;
  const char* taken;  // if what it had was written to the file
};
static constexpr AnswerAtStart answers_at_start[] = {
    {"500",
     N_("meanwhile the API gave status 500 to whoever asked: a daemon starts all the same, and "
        "asks again"),
     N_("what the API answered was taken for a price, without a look at the status")},
    {"other-coin",
     N_("meanwhile the API gave status 200, and no price in the answer: a daemon looks whether "
        "there is one, and asks again"),
     N_("the answer had no price in it but another coin's, and the program wrote what it found "
        "there")}};

/// Starts it, and waits for what it does first: a question, which the price server answers in this
/// way, or, if `answer` is null, a line in its file. Returns what is wrong with that. `output` is
/// the file as it was before, `locks` what the run before has left.
static std::optional<Finding> start_anew(Submission& submission, const AnswerAtStart* answer,
                                         const std::optional<Output>& output,
                                         const std::vector<std::string>& locks) {
  const Unit& unit = submission.unit;
  const Time begin = now();
  unit.reset_failed();
  unit.start();
  const auto runs = [&unit] {
    return unit.number("MainPID") != 0 && unit.text("ActiveState") == "active";
  };
  const auto is_asked = [&] { return answer && times_given(submission, answer->fault, begin) > 0; };
  const bool started = wait_until(_("its process to run"), Seconds{15},
                                  [&] { return runs() && !unit.is_starting(); });
  const auto pid = unit.number("MainPID");
  // It may end at what it does first.
  if (answer)
    wait_until(_("a question to the price server"), submission.interval + Seconds{1},
               [&] { return !runs() || is_asked(); });
  else
    wait_until(_("a line in its file"), submission.interval,
               [&] { return has_written(submission); });
  const bool ended = has_ended_by_rest(unit, pid, Seconds{0.5}) || !runs();
  if (!started || ended)
    return second_start_failed(submission, is_asked() ? answer->meanwhile : nullptr, locks);
  if (!output || !is_asked()) return std::nullopt;
  const Output file = reread(*output);
  if (file.lines.size() <= output->lines.size()) return std::nullopt;
  return Finding{
      .looked_at = "tail " + file.path.string(),
      .expected = _("no new line while the API gives no price"),
      .found = visible(file.lines.back()),
      .reason = _(answer->taken),
      .hint = _("without a price nothing goes into the file, and the reason to the log")};
}

/// `folder` is where its program worked before anything was stopped: one that ends at once when it
/// is started again cannot be asked any more. `output`: the file of its prices.
static Outcome starts_again(Submission& submission, const fs::path& folder,
                            const std::optional<Output>& output) {
  const Unit& unit = submission.unit;
  const StartedAgain started_again{unit};
  executed_program(submission);  // of which asks_price_server() reads the environment
  const bool api_fails =
      submission.stage >= "03" && asks_price_server(submission) && serves_prices();
  std::optional<Faults> faults;
  if (api_fails) faults.emplace();
  // Others that ask the server would wait, too, as long as a 429 says.
  const bool is_alone = faults && daemons_that_ask(submission) == 1;
  // Until it writes, or asks, it may not have come to where it says what SIGTERM is to do.
  if (!is_alone)
    wait_until(_("a line in its file"), submission.interval,
               [&] { return has_written(submission); });
  if (auto finding =
          is_alone ? stop_while_it_waits(submission, *faults) : stop_again(submission, nullptr))
    return fail(std::move(*finding));
  if (const auto left = processes_with(runs_of(submission)); !left.empty())
    return fail(something_is_left(unit, left));
  const auto locks = locks_in(folder);
  std::uint64_t pid = 0;
  for (const AnswerAtStart& answer : answers_at_start) {
    if (faults) faults->order(answer.fault);
    const auto before = output ? std::optional{reread(*output)} : std::nullopt;
    if (auto finding = start_anew(submission, faults ? &answer : nullptr, before, locks))
      return fail(std::move(*finding));
    pid = unit.number("MainPID");
    // If others ask the server, they would get the next answer, too; if there is none, no answer
    // comes.
    if (!is_alone) break;
    // So the next start asks at once, and so does the last, by StartedAgain, when the API is well.
    if (auto finding = stop_again(submission, nullptr)) return fail(std::move(*finding));
  }
  faults.reset();
  return pass(format_message("PID {}", pid));
}

Outcome runs_again(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  const auto is_at_rest = [&unit] { return !unit.job() && !unit.is_starting(); };
  unit.stop();
  wait_until(_("its stop"), Seconds{5}, is_at_rest);
  if (const std::string result = unit.text("Result"); result != "success") {
    Finding finding{
        .looked_at = format_message("systemctl stop {0}; systemctl status {0}", unit.name()),
        .expected = "Result=success",
        .found = "Result=" + result,
        .reason = diagnosis(submission),
        .hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name())};
    if (written(submission, "ExecStop").find("MAINPID") != std::string::npos)
      add_line(finding.reason,
               _("of a oneshot that is over, no process is left when it is stopped: $MAINPID is "
                 "empty"));
    return fail(std::move(finding));
  }
  unit.reset_failed();
  unit.start();
  const bool is_over = wait_until(_("its process to end"), Seconds{30}, is_at_rest);
  const bool is_well = unit.text("ActiveState") == "active" || !unit.number("RemainAfterExit");
  if (is_over && is_well && unit.text("Result") == "success") return pass();
  Finding finding = second_start_failed(submission, nullptr, {});
  finding.expected = "Result=success";
  finding.found += "\nResult=" + unit.text("Result");
  return fail(std::move(finding));
}

Outcome stops_and_starts_again(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const auto program = executed_program(submission);
  const auto output = submission.stage >= "03" ? output_of(submission, is_price) : std::nullopt;
  Outcome stopped = stops_on_request(submission);
  if (stopped.kind != Outcome::Kind::pass) return stopped;
  const Outcome again = starts_again(submission, program ? program->directory : fs::path{}, output);
  return again.kind == Outcome::Kind::pass ? stopped : again;
}
