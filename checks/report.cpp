#include "checks/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checks/text.hpp"

using Json = nlohmann::ordered_json;
using Kind = Outcome::Kind;

// --- What comes in -----------------------------------------------------------------------------

/// A name of ours: small letters, digits and hyphens, and few of them.
static std::string name_in(const Json& json) {
  auto name = json.get<std::string>();
  if (name.empty() || name.size() > 64 ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    throw std::invalid_argument("name");
  return name;
}

/// A short text.
static std::string line_in(const Json& json) {
  return shortened(one_line(json.get<std::string>()), 200);
}

static double seconds_in(const Json& json) {
  const auto seconds = json.get<double>();
  if (!(seconds >= 0 && seconds < 1e6)) throw std::invalid_argument("seconds");
  return seconds;
}

void Report::take(std::string_view line) {
  ++lines_;
  // The caller's lines begin with {, a lab's with the stage that it was given and a blank.
  const std::size_t blank = line.starts_with('{') ? 0 : std::min(line.find(' '), line.size());
  const std::string lab{line.substr(0, blank)};
  if (line.size() > longest_line) return refuse(lab, _("the line is too long"));
  try {
    handle(lab, Json::parse(line.substr(blank)));
  } catch (const std::exception&) {
    refuse(lab, _("the line is no event, or one that does not belong there"));
  }
}

/// What came of a stage whose judge did not come to its end.
static bool is_said_by_caller(const std::string& kind) {
  return kind == "aborted" || kind == "cannot" || kind == "absent";
}

void Report::handle(const std::string& lab, const Json& event) {
  const std::string kind = event.at("event");
  if (kind == "stage") {
    if (!lab.empty() && event.at("stage") != lab) throw std::invalid_argument("stage");
    return begin_stage(event);
  }
  if (lab.empty() && kind == "progress") return printer_.wait(line_in(event.at("reason")));
  if (lab.empty() && kind == "limit")
    return add_failure(name_in(event.at("stage")), "limits", _("it gets by with what a lab has"),
                       event.at("reason"));
  // Only the caller knows what came of a lab, and may have nothing else to say of a stage.
  const bool is_callers = lab.empty() && is_said_by_caller(kind);
  if (is_callers && event.contains("stage") && (!has_stage() || event["stage"] != stage_.name)) {
    if (is_known(name_in(event["stage"])))  // its judge said that it had come to its end
      return add_failure(event["stage"], "judged", _("the stage is judged"), event.at("reason"));
    begin_stage({{"stage", event["stage"]}});
  }
  if (!has_stage() || (!lab.empty() && stage_.name != lab)) throw std::invalid_argument(kind);
  if (kind == "begin" || kind == "waiting") show_progress(event);
  else if (kind == "result") add_result(event);
  else if (kind == "end") end_stage();
  else if (is_callers) settle_for_caller(kind, event.at("reason"));
  else throw std::invalid_argument(kind);
}

void Report::refuse(const std::string& lab, const std::string& why) {
  if (!lab.empty()) refused_of_.insert(lab);
  if (refused_++ == 0) first_refusal_ = format_message(_("line {}: {}"), lines_, why);
}

void Report::cut_off() {
  const std::string why =
      format_message(_("the results are longer than {} MiB"), longest_stream >> 20);
  if (has_stage()) settle(Kind::fail, why);
  refuse("", why);
}

bool Report::is_known(const std::string& stage) const {
  return std::find(names_.begin(), names_.end(), stage) != names_.end();
}

/// Of stages, and of checks of one stage.
static constexpr std::size_t most = 100;

// --- A stage -----------------------------------------------------------------------------------

void Report::begin_stage(const Json& event) {
  Stage next{.name = name_in(event.at("stage"))};
  const Json checks = event.value("checks", Json::array());
  if (is_known(next.name) || names_.size() >= most || checks.size() > most)
    throw std::invalid_argument("stage");
  for (const Json& check : checks)
    next.checks.push_back({.check = name_in(check.at("id")),
                           .title = line_in(check.at("title")),
                           .lesson = line_in(check.at("lesson"))});
  const auto left_out = event.value("left_out", std::size_t{0});

  if (has_stage()) end_stage();
  left_out_ += std::min(left_out, most);
  names_.push_back(next.name);
  stage_ = std::move(next);
  printer_.stage(stage_.name);
}

Report::Announced& Report::announced(const std::string& check) {
  const auto found = std::find_if(stage_.checks.begin(), stage_.checks.end(),
                                  [&check](const Announced& it) { return it.check == check; });
  if (found == stage_.checks.end()) throw std::invalid_argument("check");
  return *found;
}

/// A wait that lasts: a log, in which nothing is overwritten, has it once.
static constexpr double long_wait = 10;  // seconds

void Report::show_progress(const Json& event) {
  const Announced& check = announced(event.at("check"));
  if (!event.contains("for")) return printer_.progress(check.title);
  const double seconds = seconds_in(event.at("seconds"));
  const std::string what = line_in(event["for"]);
  const double limit = event.contains("limit") ? seconds_in(event["limit"]) : 0;
  const std::string text =
      check.title + (limit > seconds
                         ? format_message(_(" (waiting for {}, {:.0f} s of {:.0f} at most)"), what,
                                          seconds, limit)
                         : format_message(_(" (waiting for {}, {:.0f} s)"), what, seconds));
  if (seconds < long_wait || waited_for_ == check.check + what) return printer_.progress(text);
  waited_for_ = check.check + what;
  printer_.wait(text);
}

void Report::add_result(const Json& event) {
  Result result = result_of(event);
  Announced& check = announced(result.check);
  // The first one counts: a later one is not the judge's.
  if (check.has_result || result.stage != stage_.name) throw std::invalid_argument("check");
  add(check, std::move(result.outcome), seconds_in(event.at("seconds")));
}

void Report::add(Announced& check, Outcome outcome, double seconds) {
  check.has_result = true;
  make_harmless(outcome);
  results_.push_back(
      {stage_.name, check.check, check.title, check.lesson, std::move(outcome), seconds});
  printer_.result(results_.back());
}

static Finding no_result(const std::string& stage, const std::string& reason) {
  return {.looked_at = "./course check " + stage,
          .expected = _("every check comes to its end"),
          .found = _("this one did not"),
          .reason = reason,
          .hint = _("does the stage stop, fill or reboot the machine that it runs on?")};
}

/// Gives each check that was announced and has no result this one; if none was announced, the
/// stage.
void Report::settle(Kind kind, const std::string& reason) {
  auto& checks = stage_.checks;
  if (checks.empty())
    checks.push_back({.check = "judged",
                      .title = _("the stage is judged"),
                      .lesson = "docs/" + spoken() + '/' + stage_.name + ".md"});
  for (Announced& check : checks) {
    if (check.has_result) continue;
    if (kind == Kind::fail) {
      Finding finding = no_result(stage_.name, reason);
      if (absent_.contains(stage_.name)) finding.hint.clear();  // the reason says what to do
      add(check, {.kind = kind, .finding = std::move(finding)}, 0);
      kind = Kind::skipped;
    } else {
      add(check, {.kind = kind, .note = kind == Kind::cannot ? reason : _("an earlier one failed")},
          0);
    }
  }
}

void Report::settle_for_caller(const std::string& kind, const std::string& reason) {
  if (kind == "absent") absent_.insert(stage_.name);
  settle(kind == "cannot" ? Kind::cannot : Kind::fail, reason);
}

void Report::end_stage() {
  settle(Kind::fail, _("the judge was ended before it was done"));
  stage_ = {};
}

/// A failure that no check of the stage tells, and only once.
void Report::add_failure(const std::string& stage, const char* check, const char* title,
                         const std::string& reason) {
  for (const Result& result : results_)
    if (result.stage == stage && result.check == check) return;
  if (!is_known(stage)) begin_stage({{"stage", stage}});
  Outcome outcome{.kind = Kind::fail, .finding = no_result(stage, reason)};
  make_harmless(outcome);
  results_.push_back({.stage = stage,
                      .check = check,
                      .title = title,
                      .lesson = "docs/" + spoken() + '/' + stage + ".md",
                      .outcome = std::move(outcome)});
  printer_.result(results_.back());
}

/// What nobody said is no pass: a stage that was asked for and has no result, and one whose lab
/// wrote what is no event.
void Report::add_unsaid(const Files& files) {
  for (const std::string& stage : files.stages)
    if (!is_known(stage) || refused_of_.contains(stage))
      add_failure(stage, "judged", _("the stage is judged"),
                  is_known(stage) ? _("its lab wrote what is no result")
                                  : _("nothing came out of its lab"));
}

int Report::finish(const Files& files) {
  if (has_stage()) end_stage();
  add_unsaid(files);
  if (refused_ > 0)
    printer_.remark(format_message(_("{} lines of the results were left out, the first being {}"),
                                   refused_, first_refusal_));
  if (results_.empty()) printer_.remark(_("there are no results"));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
  printer_.total(results_, left_out_, took.count());
  const auto failure = std::find_if(results_.begin(), results_.end(), [](const Result& result) {
    return result.outcome.kind == Kind::fail;
  });
  if (files.from_work && failure != results_.end() && !absent_.contains(failure->stage))
    printer_.next_steps(failure->stage, files.unit);

  // One that cannot be written keeps no other from being written.
  std::string trouble;
  const auto write = [&](auto* to, const std::string& file) {
    try {
      if (!file.empty()) to(results_, file);
    } catch (const std::exception& error) {
      add_line(trouble, error.what());
    }
  };
  write(write_junit, files.junit);
  write(write_json, files.json);
  const char* const summary = std::getenv("GITHUB_STEP_SUMMARY");
  write(add_github_summary, summary ? summary : "");
  if (!trouble.empty()) throw std::runtime_error(trouble);
  if (count(results_, Kind::fail)) return 1;
  return results_.empty() || count(results_, Kind::cannot) ? 3 : 0;
}
