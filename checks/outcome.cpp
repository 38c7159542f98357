#include "checks/outcome.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "checks/text.hpp"

using Json = nlohmann::ordered_json;
using Kind = Outcome::Kind;

void make_harmless(Outcome& outcome) {
  static constexpr std::size_t longest = 4000;
  Finding& finding = outcome.finding;
  for (std::string* text :
       {&finding.looked_at, &finding.expected, &finding.found, &finding.reason, &finding.hint})
    *text = shortened(printable(*text), longest);
  outcome.note = shortened(one_line(outcome.note), longest);
}

std::size_t count(const Results& results, Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [kind](const Result& result) { return result.outcome.kind == kind; }));
}

static constexpr std::array kinds{"pass", "fail", "warning", "skipped", "cannot"};

const char* name_of(Kind kind) { return kinds.at(static_cast<std::size_t>(kind)); }

static Kind kind_named(const std::string& name) {
  const auto* const found = std::find(kinds.begin(), kinds.end(), name);
  if (found == kinds.end()) throw std::invalid_argument("result");
  return static_cast<Kind>(found - kinds.begin());
}

static bool has_finding(Kind kind) { return kind == Kind::fail || kind == Kind::warning; }

Json json_of(const Result& result) {
  const auto& [kind, note, finding] = result.outcome;
  Json json{{"stage", result.stage},
            {"check", result.check},
            {"title", result.title},
            {"result", name_of(kind)},
            {"seconds", result.seconds}};
  if (!note.empty()) json["note"] = note;
  if (!has_finding(kind)) return json;
  json["looked_at"] = finding.looked_at;
  json["expected"] = finding.expected;
  json["found"] = finding.found;
  json["reason"] = finding.reason;
  json["hint"] = finding.hint;
  json["lesson"] = result.lesson;
  return json;
}

Result result_of(const Json& json) {
  Result result{.stage = json.at("stage"),
                .check = json.at("check"),
                .title = json.at("title"),
                .seconds = json.at("seconds")};
  auto& [kind, note, finding] = result.outcome;
  kind = kind_named(json.at("result"));
  note = json.value("note", "");
  if (!has_finding(kind)) return result;
  finding = {.looked_at = json.at("looked_at"),
             .expected = json.at("expected"),
             .found = json.at("found"),
             .reason = json.at("reason"),
             .hint = json.at("hint")};
  result.lesson = json.at("lesson");
  return result;
}
