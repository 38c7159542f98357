// The results for machines: JUnit, JSON, and GitHub's step summary.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checks/report.hpp"
#include "checks/text.hpp"

using Kind = Outcome::Kind;

static void write_to(const std::string& file, const std::string& text, std::ios::openmode mode) {
  std::ofstream out{file, mode};
  out << text << std::flush;
  if (!out) throw std::runtime_error(format_message(_("cannot write {}"), file));
}

/// Puts a new file in the place of what has this name. A link there is replaced, and not followed:
/// it may be somebody else's. A pipe or a device is written to.
static void write_whole(const std::string& file, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  // /dev/stdout may lead to a regular file, and is the system's own all the same: proc(5)
  if (file.starts_with("/dev/") || file.starts_with("/proc/"))
    return write_to(file, text, std::ios::app);
  const fs::file_status status = fs::status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status))
    return write_to(file, text, std::ios::trunc);
  std::string name = file + ".XXXXXX";
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error(format_message(_("cannot write {}"), file));
  fchmod(descriptor, 0644);
  close(descriptor);
  write_to(name, text, std::ios::trunc);
  fs::rename(name, file);
}

static std::string in_words(const Result& result) {
  const Finding& f = result.outcome.finding;
  return fmt::format("{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}: {}\n{}: {}", _("looked at"), f.looked_at,
                     _("expected"), f.expected, _("found"), f.found, _("reason"), f.reason,
                     _("hint"), f.hint, _("lesson"), result.lesson);
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
  const std::string begin = fmt::format(R"(    <testcase classname="{}" name="{}" time="{:.3f}")",
                                        result.stage, result.check, result.seconds);
  if (outcome.kind == Kind::pass) return begin + "/>\n";
  std::string inside;
  if (outcome.kind == Kind::fail)
    inside = fmt::format("<failure message=\"{}\">{}</failure>", xml(outcome.finding.reason),
                         xml(in_words(result)));
  else if (outcome.kind ==
           Kind::warning)  // JUnit has none: the test passes, and this is its output
    inside = fmt::format("<system-out>warning: {}</system-out>", xml(in_words(result)));
  else
    inside = fmt::format("<skipped message=\"{}: {}\"/>", name_of(outcome.kind), xml(outcome.note));
  return fmt::format("{}>\n      {}\n    </testcase>\n", begin, inside);
}

static std::string junit_suite(const Results& results) {
  double seconds = 0;
  for (const Result& result : results) seconds += result.seconds;
  std::string text = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
      "time=\"{:.3f}\">\n"
      "    <properties><property name=\"warned\" value=\"{}\"/></properties>\n",
      results.front().stage, results.size(), count(results, Kind::fail),
      count(results, Kind::skipped) + count(results, Kind::cannot), seconds,
      count(results, Kind::warning));
  for (const Result& result : results) text += junit_case(result);
  return text + "  </testsuite>\n";
}

void write_junit(const Results& results, const std::string& file) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (auto begin = results.begin(); begin != results.end();) {
    const auto end = std::find_if(begin, results.end(), [begin](const Result& result) {
      return result.stage != begin->stage;
    });
    text += junit_suite({begin, end});
    begin = end;
  }
  write_whole(file, text + "</testsuites>\n");
}

// --- JSON --------------------------------------------------------------------------------------

void write_json(const Results& results, const std::string& file) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const Result& result : results) checks.push_back(json_of(result));
  const nlohmann::ordered_json document{{"version", 1},
                                        {"language", spoken()},
                                        {"passed", count(results, Kind::pass)},
                                        {"failed", count(results, Kind::fail)},
                                        {"warned", count(results, Kind::warning)},
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

static const char* picture_of(Kind kind) {
  switch (kind) {
    case Kind::pass: return "✅";
    case Kind::fail: return "❌";
    case Kind::warning: return "⚠️";
    case Kind::skipped: return "➖";
    case Kind::cannot: return "❔";
  }
  return "";
}

void add_github_summary(const Results& results, const std::string& file) {
  std::string text = fmt::format("### {}\n\n| | | {} | {} |\n|---|---|---|---|\n", totals(results),
                                 _("reason"), _("hint"));
  for (const Result& result : results) {
    const auto& [kind, note, finding] = result.outcome;
    text += fmt::format("| {} | {}: {} | {} | {} |\n", picture_of(kind), result.stage,
                        cell(result.title), cell(finding.reason.empty() ? note : finding.reason),
                        cell(finding.hint));
  }
  write_to(file, text + '\n', std::ios::app);
}
