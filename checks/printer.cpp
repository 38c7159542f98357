// What people read on a terminal, or in the log of a CI.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "checks/report.hpp"
#include "checks/text.hpp"

using Kind = Outcome::Kind;

/// Without what the log of a CI takes for a command, which is `::` at the beginning of a line and
/// `##name[` anywhere.
/// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
static std::string without_commands(std::string text) {
  std::size_t at = 0;
  while ((at = text.find("##", at)) != std::string::npos) {
    const auto end =
        text.find_first_not_of("#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-", at);
    if (end != std::string::npos && text[end] == '[') text.insert(end, 1, '\\');
    at += 2;
  }
  for (std::size_t line = 0; line != std::string::npos;) {
    const auto first = text.find_first_not_of(" \n", line);
    if (first != std::string::npos && text.compare(first, 2, "::") == 0)
      text.insert(first, 1, '\\');
    const auto newline = text.find('\n', line);
    line = newline == std::string::npos ? newline : newline + 1;
  }
  return text;
}

static const char* sign_of(Kind kind) {
  switch (kind) {
    case Kind::pass: return "✓";
    case Kind::fail: return "✗";
    case Kind::warning: return "!";
    case Kind::skipped: return "-";
    case Kind::cannot: return "?";
  }
  return "";
}

/// SGR: console_codes(4)
static const char* colour_of(Kind kind) {
  switch (kind) {
    case Kind::pass: return "32";
    case Kind::fail: return "31";
    case Kind::skipped: return "2";
    default: return "33";
  }
}

static bool is_smart_terminal() {
  const char* const name = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && name && std::string_view{name} != "dumb";
}

static bool wants_colours() {
  const char* const no = std::getenv("NO_COLOR");  // https://no-color.org
  return !no || !*no;
}

/// Of the terminal; 0 if there is none.
static winsize size_of_terminal() {
  winsize size{};
  if (!is_smart_terminal() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

Printer::Printer(std::optional<std::string> heading)
    : heading_(std::move(heading)),
      terminal_(is_smart_terminal()),
      colours_(terminal_ && wants_colours()),
      columns_(size_of_terminal().ws_col),
      rows_(size_of_terminal().ws_row) {}

std::string Printer::mark(Kind kind) const {
  if (!colours_) return sign_of(kind);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour_of(kind), sign_of(kind));
}

/// A line, in place of the one that showed progress.
void Printer::print(const std::string& line) {
  waits_for_.clear();
  if (const auto heading = std::exchange(heading_, std::nullopt)) {
    if (terminal_) fmt::print("\x1b[H\x1b[2J\x1b[3J");  // console_codes(4)
    if (!heading->empty()) fmt::print("{}\n", printable(*heading));
  }
  if (!first_failure_.empty())
    rows_since_ += 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), '\n'));
  fmt::print("{}{}\n", terminal_ ? "\x1b[K" : "", without_commands(line));
  std::fflush(stdout);
}

void Printer::stage(const std::string& name) {
  print_untried();
  print(has_printed_ ? "\n" + name : name);
  has_printed_ = true;
}

/// How many characters it has: of UTF-8, those bytes count that begin one.
static std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// `text` in a line of `columns`. What stands in brackets at its end, such as the seconds, stays;
/// of what is before it, the end is cut off.
static std::string fitted(const std::string& text, std::size_t columns) {
  const std::size_t brackets = text.rfind(" (");
  if (length_of(text) <= columns || brackets == std::string::npos) return text;
  const std::string end = text.substr(brackets);
  std::string begin = text.substr(0, brackets);
  while (!begin.empty() && length_of(begin) + 2 + length_of(end) > columns)
    begin.erase(std::min(begin.rfind(' '), begin.size() - 1));
  return begin.empty() ? end.substr(1) : begin + " …" + end;
}

void Printer::overwrite(const std::string& text) const {
  if (!terminal_) return;
  // Not wrapped: of two lines only one would be overwritten. DECAWM, console_codes(4)
  fmt::print("\x1b[K\x1b[?7l  … {}\x1b[?7h\r",
             columns_ == 0 ? text : fitted(text, std::max<std::size_t>(columns_, 6) - 5));
  std::fflush(stdout);
}

void Printer::progress(const std::string& text) {
  waits_for_.clear();
  overwrite(text);
}

void Printer::wait(const std::string& text) {
  if (!terminal_) return print("  … " + text);
  waits_for_ = text;
  waits_since_ = std::chrono::steady_clock::now();
  overwrite(text);
}

void Printer::pass_time() const {
  if (waits_for_.empty()) return;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - waits_since_;
  overwrite(fmt::format("{} ({:.0f} s)", waits_for_, since.count()));
}

/// `line` with line breaks between words, so that none is longer than `width` characters, unless a
/// word is.
static std::string wrapped_line(const std::string& line, std::size_t width) {
  std::string result;
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    const std::string word = line.substr(at, end - at);
    if (column > 0 && column + 1 + length_of(word) > width) {
      result += '\n';
      column = 0;
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += length_of(word);
    at = end + 1;
  }
  return result;
}

/// Each of its lines so; a `width` of 0 leaves them as they are. A compiler's lines stay, too:
/// below them a caret points to a column.
static std::string wrapped(const std::string& text, std::size_t width) {
  if (width == 0) return text;
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    result += line.find(" | ") != std::string::npos ? line : wrapped_line(line, width);
    if (end < text.size()) result += '\n';
    at = end + 1;
  }
  return result;
}

/// `text`, which begins at column `indent`: wrapped there, with its further lines below its
/// beginning.
std::string Printer::block(const std::string& text, std::size_t indent) const {
  std::string lines = wrapped(text, columns_ > indent + 20 ? columns_ - indent : columns_);
  for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 1)
    lines.insert(at + 1, indent, ' ');
  return lines;
}

/// `text` behind its label.
std::string Printer::part(const char* label, const std::string& text) const {
  if (text.empty()) return "";
  constexpr std::size_t width = 12, indent = 6 + width;
  return fmt::format("\n      {}{:{}}{}", label, "", width - std::min(length_of(label), width),
                     block(text, indent));
}

void Printer::print_untried() {
  if (untried_ == 0) return;
  print(fmt::format("  {} {}", mark(Kind::skipped),
                    format_message(_("{} not tried, since an earlier one failed"), untried_)));
  untried_ = 0;
}

void Printer::result(const Result& result) {
  const auto& [kind, note, finding] = result.outcome;
  if (kind == Kind::skipped && !first_failure_.empty()) {
    ++untried_;
    return;
  }
  const std::string title = result.title + (note.empty() ? "" : fmt::format(" ({})", note));
  std::string text = fmt::format("  {} {}", mark(kind), block(title, 4)), below;
  if (kind == Kind::fail || kind == Kind::warning) {
    text += part(_("looked at"), finding.looked_at);
    text += part(_("expected"), finding.expected);
    text += part(_("found"), finding.found);
    text += part(_("reason"), finding.reason);
    below = part(_("hint"), finding.hint) + part(_("lesson"), result.lesson);
  }
  print(text + below);
  if (kind != Kind::fail || !first_failure_.empty()) return;
  first_failure_ = fmt::format("  {} {}", mark(kind), block(result.title, 4)) +
                   part(_("reason"), shortened(finding.reason, 400));
  rows_since_ = static_cast<std::size_t>(std::count(below.begin(), below.end(), '\n'));
}

void Printer::remark(const std::string& text) {
  print_untried();
  print("\n" + mark(Kind::cannot) + ' ' + text);
}

std::string totals(const Results& results) {
  std::string text =
      format_message(_("{} passed, {} failed, {} skipped"), count(results, Kind::pass),
                     count(results, Kind::fail), count(results, Kind::skipped));
  if (const auto number = count(results, Kind::warning))
    text += ", " + format_message(_("{} warned of"), number);
  if (const auto number = count(results, Kind::cannot))
    text += ", " + format_message(_("{} that this machine cannot check"), number);
  return text;
}

void Printer::total(const Results& results, std::size_t left_out, double seconds) {
  print_untried();
  // What comes after the first failure has pushed it off the screen.
  static constexpr std::size_t rows_below = 7;  // the totals, what to do next, a shell's prompt
  const auto rows_of_it = std::count(first_failure_.begin(), first_failure_.end(), '\n');
  if (rows_since_ + static_cast<std::size_t>(rows_of_it) + rows_below > rows_ && rows_ > 0 &&
      !first_failure_.empty())
    print('\n' + first_failure_);
  std::string text = totals(results);
  if (left_out) text += ", " + format_message(_("{} left out (--gentle)"), left_out);
  print(fmt::format("\n{} ({:.1f} s)", text, seconds));
}

void Printer::next_steps(const std::string& stage, const std::string& unit) {
  print(fmt::format("\n{:32}{}\n{:32}{}", "./course hint " + stage, _("one hint more each time"),
                    "./course lab " + (unit.empty() ? "" : "--unit " + unit + ' ') + stage,
                    _("a lab with the stage, started anew")));
}
