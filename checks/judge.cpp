#include "checks/judge.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "checks/check.hpp"
#include "checks/diagnosis.hpp"
#include "checks/facts.hpp"
#include "checks/settings.hpp"
#include "checks/student_view.hpp"
#include "checks/substitution.hpp"
#include "checks/text.hpp"

using Json = nlohmann::ordered_json;
using Kind = Outcome::Kind;

namespace {

/// Where the lessons in the language spoken teach what the check asks for.
std::string lesson_of(const Check& check) { return "docs/" + spoken() + '/' + _(check.lesson); }

/// Puts the settings that have a say in it before a reason that a check gave itself.
void add_causes(const Check& check, Submission& submission, Finding& finding) {
  const unsigned aspects = finding.is_programs ? 0 : check.aspects | finding.aspects;
  const auto found = causes(submission, aspects);
  std::string evidence = finding.reason;
  if (finding.reason.empty()) {
    finding.reason = diagnosis(submission, aspects);
    evidence = finding.reason.substr(0, finding.reason.find(causes_title()));
  } else if ((check.aspects | finding.aspects) != 0) {
    std::string reason = causes_named(found, evidence);
    if (const std::string text = replaced_in_command(submission); !text.empty())
      add_line(reason, text);
    add_line(reason, finding.reason);
    finding.reason = reason;
  }
  if (found.empty()) return;
  const auto is_seen = [&evidence](const Cause& cause) { return is_named(cause, evidence); };
  // What only orders the unit, or keeps it from other users' rights, is the cause of less.
  const auto is_suspect = [](const Cause& cause) {
    const std::string& key = cause.setting.key;
    return key != "After" && key != "Before" && key != "NoNewPrivileges";
  };
  auto suspect = std::find_if(found.begin(), found.end(), is_seen);
  if (suspect == found.end()) suspect = std::find_if(found.begin(), found.end(), is_suspect);
  const Cause& first = suspect != found.end() ? *suspect : found.front();
  finding.hint = format_message(_("is {}= meant to be there? {} says what it does"),
                                first.setting.key, first.manual) +
                 (finding.hint.empty() ? "" : '\n' + finding.hint);
}

/// Adds the lines of `more` that `text` does not have.
void add_new_lines(std::string& text, const std::string& more) {
  const auto present = lines_of(text);
  for (const std::string& line : lines_of(more))
    if (std::find(present.begin(), present.end(), line) == present.end()) add_line(text, line);
}

/// The process that is judged, to see whether it is the same one later.
class Watched {
 public:
  /// From here on it has to stay the same.
  void begin(const Submission& submission) {
    pid_ = submission.unit.number("MainPID");
    start_ = submission.started();
  }

  /// If it ended by itself since then, what to say of it; looks at its successor from then on.
  std::optional<Finding> end(Submission& submission) {
    const Unit& unit = submission.unit;
    if (pid_ == 0 || (unit.number("MainPID") == pid_ && submission.started() == start_))
      return std::nullopt;
    Finding finding{
        .looked_at = "systemctl status " + unit.name(),
        .expected = format_message(_("process {} until the stage has been judged"), pid_),
        .found = format_message("MainPID={}\nActiveState={}\nNRestarts={}", unit.number("MainPID"),
                                unit.text("ActiveState"), unit.number("NRestarts")),
        .reason = _("the process ended by itself while the stage was judged") + std::string{'\n'} +
                  diagnosis(submission, aspect::ends | aspect::sees | aspect::runs_as),
        .hint = format_message(_("read on: journalctl -u {} -n 20"), unit.name())};
    begin(submission);
    return finding;
  }

 private:
  std::uint64_t pid_ = 0;  // 0: there is none to watch
  Time start_{};
};

/// One stage under way.
class Judge {
 public:
  Judge(const Assignment& assignment, const Sink& sink)
      : assignment_(assignment),
        sink_(sink),
        checks_(checks_of(assignment.stage, {.dir = !assignment.dir.empty(),
                                             .build = !assignment.facts.empty(),
                                             .strict = assignment.strict})) {
    left_out_ =
        assignment.gentle
            ? std::erase_if(checks_,
                            [](const Check* check) { return check->effect == Effect::disruptive; })
            : 0;
  }

  int run() {
    announce();
    const int status = judge_all();
    Json end{{"event", "end"}, {"exit", status}};
    if (disturbs_) end["disturbs_until"] = now().time_since_epoch().count();
    tell(end);
    return status;
  }

 private:
  void tell(const Json& event) const {
    sink_(event.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  void announce() const {
    Json checks = Json::array();
    for (const Check* check : checks_)
      checks.push_back(
          {{"id", check->id}, {"title", _(check->title)}, {"lesson", lesson_of(*check)}});
    tell({{"event", "stage"},
          {"stage", assignment_.stage},
          {"checks", std::move(checks)},
          {"left_out", left_out_}});
  }

  int judge_all() {
    bool was_cut_short = false;
    try {
      if (sd_booted() <= 0)
        throw std::runtime_error(
            _("systemd is not this machine's PID 1, so no service runs here: ./course check checks "
              "in the lab"));
      Submission submission{assignment_.stage, assignment_.unit, assignment_.interval,
                            assignment_.dir, assignment_.facts};
      for (const Check* check : checks_) judge_one(*check, submission);
    } catch (const std::exception& error) {
      if (!assignment_.facts.empty()) throw LabLost{};
      tell({{"event", "cannot"}, {"reason", printable(error.what())}});
      was_cut_short = true;
    }
    if (count(results_, Kind::fail)) return 1;
    return was_cut_short || count(results_, Kind::cannot) ? 3 : 0;
  }

  void judge_one(const Check& check, Submission& submission) {
    const Result* const need = unmet_need(check);
    const bool disturbs =
        !need && (check.effect == Effect::reloads || check.effect == Effect::disruptive);
    Json begin{{"event", "begin"}, {"check", check.id}};
    if (disturbs) begin["disturbs_from"] = now().time_since_epoch().count();
    disturbs_ = disturbs_ || disturbs;
    tell(begin);
    on_wait([&](const char* what, int seconds, std::chrono::duration<double> limit) {
      tell({{"event", "waiting"},
            {"check", check.id},
            {"for", what},
            {"seconds", seconds},
            {"limit", std::ceil(limit.count())}});
    });
    const auto started = std::chrono::steady_clock::now();
    Result result{.stage = assignment_.stage,
                  .check = check.id,
                  .title = _(check.title),
                  .lesson = lesson_of(check),
                  .outcome = need ? without(*need) : look(check, submission)};
    if (!submission.facts.empty()) blame(check, result.outcome);
    make_harmless(result.outcome);
    if (disturbs) come_to_rest(submission.unit);
    on_wait(nullptr);
    result.seconds =
        std::chrono::duration<double>{std::chrono::steady_clock::now() - started}.count();
    Json event{{"event", "result"}};
    event.update(json_of(result));
    tell(event);
    results_.push_back(std::move(result));
  }

  /// What a check has stopped is started again, and systemd's last word on it said.
  static void come_to_rest(const Unit& unit) {
    static const std::set<std::string> restless{"activating", "deactivating", "reloading"};
    wait_until(_("its start to end"), std::chrono::seconds{10},
               [&unit] { return !restless.contains(unit.text("ActiveState")); });
  }

  /// The result of a check that this one needs, if it lets this one make no sense.
  const Result* unmet_need(const Check& check) const {
    for (const Check* need : check.needs)
      for (const Result& result : results_)
        if (result.check == need->id && result.outcome.kind != Kind::pass &&
            result.outcome.kind != Kind::warning)
          return &result;
    return nullptr;
  }

  static Outcome without(const Result& need) {
    return need.outcome.kind == Kind::cannot ? need.outcome : skipped();
  }

  /// A lab was as it should be when a submission came into it. So what cannot be looked at any more
  /// is the submission's doing, and a failure.
  static void blame(const Check& check, Outcome& outcome) {
    if (outcome.kind != Kind::cannot) return;
    outcome = {.kind = Kind::fail,
               .finding = {.looked_at = "systemctl status",
                           .expected = _(check.title),
                           .found = _("it cannot be looked at in a lab that has this stage"),
                           .reason = outcome.note}};
  }

  /// Systemd, or its bus, does not answer: it is gone, or blocked.
  static bool is_no_answer(const std::error_code& code) {
    return code == std::errc::not_connected || code == std::errc::connection_reset ||
           code == std::errc::broken_pipe || code == std::errc::timed_out;
  }

  /// The check's outcome, unless the process that is judged ends by itself meanwhile, or has done
  /// so since the check before.
  Outcome watched(const Check& check, Submission& submission) {
    if (auto ended = watched_.end(submission)) return fail(std::move(*ended));
    Outcome outcome = check.run(submission);
    if (outcome.kind == Kind::fail) add_causes(check, submission, outcome.finding);
    if (check.effect == Effect::none) {
      if (auto ended = watched_.end(submission)) {
        if (outcome.kind == Kind::fail) add_new_lines(ended->reason, outcome.finding.reason);
        return fail(std::move(*ended));
      }
    } else if (check.effect == Effect::starts && outcome.kind == Kind::fail) {
      watched_ = {};  // what has not started well may end at any time
    } else if (outcome.kind != Kind::skipped) {
      watched_.begin(submission);
    }
    return outcome;
  }

  /// What checks/receive has put there. If systemd refuses, the check's diagnosis tells.
  static void start(const Check& check, Submission& submission) {
    if (check.effect != Effect::starts || submission.facts.empty()) return;
    try {
      submission.unit.start();
    } catch (const Refused& error) {
      submission.refusal = error.what();
    }
  }

  /// The outcome if systemd refuses what a check asks of it.
  static Outcome refused(const Check& check, Submission& submission, const char* sentence) {
    Finding finding{.looked_at = "systemctl status " + submission.unit.name(),
                    .expected = _(check.title),
                    .found = sentence,
                    .reason = format_message(_("systemd refuses it: {}"), sentence)};
    add_causes(check, submission, finding);
    return fail(std::move(finding));
  }

  Outcome look(const Check& check, Submission& submission) {
    try {
      start(check, submission);
      Outcome outcome = watched(check, submission);
      put_in_students_view(submission, outcome);
      return outcome;
    } catch (const Refused& error) {
      Outcome outcome = refused(check, submission, error.what());
      put_in_students_view(submission, outcome);
      return outcome;
    } catch (const std::system_error& error) {
      if (!submission.facts.empty() && is_no_answer(error.code())) throw LabLost{};
      return cannot(error.what());
    } catch (const std::exception& error) {
      return cannot(error.what());
    }
  }

  const Assignment& assignment_;
  const Sink& sink_;
  Checks checks_;
  std::size_t left_out_ = 0;
  bool disturbs_ = false;  // some check did
  Results results_;
  Watched watched_;
};

}  // namespace

int judge(const Assignment& assignment, const Sink& sink) { return Judge{assignment, sink}.run(); }
