#include "checks/results.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "checks/text.hpp"

using Kind = Outcome::Kind;

std::size_t count(const Results& results, Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [kind](const Result& result) { return result.outcome.kind == kind; }));
}

std::string lesson_of(const Check& check) { return "docs/" + spoken() + '/' + _(check.lesson); }

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::pass: return "pass";
    case Kind::fail: return "fail";
    case Kind::skipped: return "skipped";
    case Kind::cannot: return "cannot";
  }
  return "";
}

struct Mark {
  const char* sign;
  const char* colour;  // SGR: console_codes(4)
};

static Mark mark_of(Kind kind) {
  switch (kind) {
    case Kind::pass: return {"✓", "32"};
    case Kind::fail: return {"✗", "31"};
    case Kind::skipped: return {"-", "2"};
    case Kind::cannot: return {"?", "33"};
  }
  return {"", ""};
}

Printer::Printer(const Results& results, std::size_t left_out)
    : results_(results),
      left_out_(left_out),
      terminal_(isatty(STDOUT_FILENO)),
      colours_(terminal_ && !std::getenv("NO_COLOR")) {}  // https://no-color.org

void Printer::OnTestSuiteStart(const testing::TestSuite& stage) {
  fmt::print("{}{}\n", results_.empty() ? "" : "\n", stage.name());
}

void Printer::OnTestStart(const testing::TestInfo& check) {
  if (!terminal_) return;
  fmt::print("  … {}\r", _(check.value_param()));
  std::fflush(stdout);
}

/// `text` with what follows a newline in it below its beginning.
static void print_part(const char* label, std::string text) {
  if (text.empty()) return;
  constexpr std::size_t width = 12;
  std::size_t length = 0;
  for (const char c : std::string_view{label}) length += (c & 0xc0) != 0x80;  // UTF-8's characters
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 1)
    text.insert(at + 1, 6 + width, ' ');
  fmt::print("      {}{:{}}{}\n", label, "", width - std::min(length, width), text);
}

void Printer::OnTestEnd(const testing::TestInfo& check) {
  const Outcome& outcome = results_.back().outcome;
  const Mark mark = mark_of(outcome.kind);
  const std::string sign =
      colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", mark.colour, mark.sign) : mark.sign;
  fmt::print("{}  {} {}", terminal_ ? "\x1b[K" : "", sign, _(check.value_param()));
  if (!outcome.note.empty()) fmt::print(" ({})", outcome.note);
  fmt::print("\n");
  if (outcome.kind == Kind::fail) {
    const Finding& finding = outcome.finding;
    print_part(_("looked at"), finding.looked);
    print_part(_("expected"), finding.expected);
    print_part(_("found"), finding.found);
    print_part(_("reason"), finding.reason);
    print_part(_("hint"), finding.hint);
    print_part(_("lesson"), lesson_of(results_.back().check));
  }
  std::fflush(stdout);
}

void Printer::OnTestProgramEnd(const testing::UnitTest& program) {
  fmt::print("\n{}", say(_("{} passed, {} failed, {} skipped"), count(results_, Kind::pass),
                         count(results_, Kind::fail), count(results_, Kind::skipped)));
  if (const auto number = count(results_, Kind::cannot))
    fmt::print(", {}", say(_("{} that this machine cannot check"), number));
  if (left_out_) fmt::print(", {}", say(_("{} left out (--gentle)"), left_out_));
  fmt::print(" ({:.1f} s)\n", static_cast<double>(program.elapsed_time()) / 1000);
}
