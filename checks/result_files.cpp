// The results for machines: JUnit, JSON, and GitHub's step summary.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checks/results.hpp"
#include "checks/text.hpp"

using Kind = Outcome::Kind;

static void write_whole(const std::string& file, const std::string& text,
                        std::ios::openmode mode = std::ios::trunc) {
  std::ofstream out{file, mode};
  out << text << std::flush;
  if (!out) throw std::runtime_error(say(_("cannot write {}"), file));
}

static std::string in_words(const Result& result) {
  const Finding& f = result.outcome.finding;
  return fmt::format("{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}: {}", _("looked at"), f.looked,
                     _("expected"), f.expected, _("found"), f.found, _("reason"), f.reason,
                     _("hint"), f.hint, _("lesson"), lesson_of(result.check));
}

// --- JUnit -------------------------------------------------------------------------------------

/// Printable text, as that of an XML attribute or element.
static std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\n': escaped += "&#10;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

static std::string junit_case(const Result& result) {
  const Outcome& outcome = result.outcome;
  const std::string text = fmt::format(R"(    <testcase classname="{}" name="{}" time="{:.3f}")",
                                       result.stage, result.check.id, result.seconds);
  switch (outcome.kind) {
    case Kind::pass: return text + "/>\n";
    case Kind::fail:
      return text + fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                                xml(outcome.finding.reason), xml(in_words(result)));
    default:
      return text + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                                xml(std::string{name_of(outcome.kind)} + ": " + outcome.note));
  }
}

void write_junit(const Results& results, const std::string& file) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const std::string& stage : stages) {
    Results of_stage;
    std::copy_if(results.begin(), results.end(), std::back_inserter(of_stage),
                 [&stage](const Result& result) { return result.stage == stage; });
    if (of_stage.empty()) continue;
    double seconds = 0;
    for (const Result& result : of_stage) seconds += result.seconds;
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n",
        stage, of_stage.size(), count(of_stage, Kind::fail),
        count(of_stage, Kind::skipped) + count(of_stage, Kind::cannot), seconds);
    for (const Result& result : of_stage) text += junit_case(result);
    text += "  </testsuite>\n";
  }
  write_whole(file, text + "</testsuites>\n");
}

// --- JSON --------------------------------------------------------------------------------------

void write_json(const Results& results, const std::string& file) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const Result& result : results) {
    const Outcome& outcome = result.outcome;
    nlohmann::ordered_json check{{"stage", result.stage},
                                 {"check", result.check.id},
                                 {"title", _(result.check.title)},
                                 {"result", name_of(outcome.kind)},
                                 {"seconds", result.seconds}};
    if (!outcome.note.empty()) check["note"] = outcome.note;
    if (outcome.kind == Kind::fail) {
      check["looked_at"] = outcome.finding.looked;
      check["expected"] = outcome.finding.expected;
      check["found"] = outcome.finding.found;
      check["reason"] = outcome.finding.reason;
      check["hint"] = outcome.finding.hint;
      check["lesson"] = lesson_of(result.check);
    }
    checks.push_back(std::move(check));
  }
  const nlohmann::ordered_json document{{"version", 1},
                                        {"language", spoken()},
                                        {"passed", count(results, Kind::pass)},
                                        {"failed", count(results, Kind::fail)},
                                        {"skipped", count(results, Kind::skipped)},
                                        {"cannot", count(results, Kind::cannot)},
                                        {"checks", std::move(checks)}};
  write_whole(file, document.dump(2) + '\n');
}

// --- GitHub ------------------------------------------------------------------------------------

/// One cell of a table, whose text is no Markdown. https://github.github.com/gfm/#backslash-escapes
static std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "<br>";
      continue;
    }
    if (std::strchr("\\`*_[]<>&|~#$@", c)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void add_github_summary(const Results& results, const std::string& file) {
  const auto sign = [](Kind kind) {
    return kind == Kind::pass ? "✅" : kind == Kind::fail ? "❌" : kind == Kind::skipped ? "➖" : "❔";
  };
  std::string text =
      fmt::format("### {}\n\n| | | {} | {} |\n|---|---|---|---|\n",
                  say(_("{} passed, {} failed, {} skipped"), count(results, Kind::pass),
                      count(results, Kind::fail), count(results, Kind::skipped)),
                  _("reason"), _("hint"));
  for (const Result& result : results) {
    const Finding& finding = result.outcome.finding;
    text += fmt::format("| {} | {}: {} | {} | {} |\n", sign(result.outcome.kind), result.stage,
                        cell(_(result.check.title)),
                        cell(finding.reason.empty() ? result.outcome.note : finding.reason),
                        cell(finding.hint));
  }
  write_whole(file, text + '\n', std::ios::app);
}
