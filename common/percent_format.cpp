#include "common/percent_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace percent {

/// Takes what is of these characters off the front of `rest`.
static std::string take(std::string_view& rest, const char* characters) {
  const std::string_view taken = rest.substr(0, rest.find_first_not_of(characters));
  rest.remove_prefix(taken.size());
  return std::string{taken};
}

static constexpr const char* digit = "0123456789";
static constexpr const char* word =
    "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Takes off the front of `rest` what stands behind a %.
static Directive take_directive(std::string_view& rest) {
  Directive directive;
  const bool opened = take(rest, "(") == "(";
  directive.key = take(rest, word);
  if (!opened || directive.key.empty() || take(rest, ")") != ")")
    throw std::invalid_argument("a % that begins no directive: write %(attribute)s or %%");
  directive.flags = take(rest, "-+ 0#");
  const std::string width = take(rest, digit);
  directive.width = std::strtoul(width.c_str(), nullptr, 10);
  std::string precision;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    precision = take(rest, digit);
    directive.precision = static_cast<int>(std::strtol(precision.c_str(), nullptr, 10));
  }
  if (rest.find_first_of("hlL") == 0) rest.remove_prefix(1);  // Python takes them for nothing
  const std::string start = "%(" + directive.key + ')';
  if (width.size() > 9 || precision.size() > 3)
    throw std::invalid_argument(start + ": its number is too long");
  if (rest.empty() || !std::isalpha(static_cast<unsigned char>(rest.front())))
    throw std::invalid_argument(start + ": end it with a letter, as %(attribute)s");
  directive.type = rest.front();
  rest.remove_prefix(1);
  return directive;
}

std::vector<Directive> parse(std::string_view format) {
  std::vector<Directive> directives;
  std::string text;
  for (std::size_t percent; (percent = format.find('%')) != format.npos;) {
    text += format.substr(0, percent);
    format.remove_prefix(percent + 1);
    if (format.starts_with('%')) {
      text += '%';
      format.remove_prefix(1);
      continue;
    }
    directives.push_back(take_directive(format));
    directives.back().before = std::exchange(text, "");
  }
  directives.push_back({.before = text.append(format)});
  return directives;
}

bool shows_value(std::string_view format) {
  for (std::size_t at = 0; (at = format.find("%(", at)) != format.npos; ++at) {
    std::string_view rest = format.substr(at + 1);
    if (take(rest, "(") != "(" || take(rest, word).empty() || take(rest, ")") != ")") continue;
    take(rest, "#0+ -");
    if (rest.starts_with('*')) rest.remove_prefix(1);
    else take(rest, digit);
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      if (rest.starts_with('*')) rest.remove_prefix(1);
      else if (take(rest, digit).empty()) continue;
    }
    if (!take(rest, "diouxefgcrsaDIOUXEFGCRSA%").empty()) return true;
  }
  return false;
}

/// Fills the width with blanks.
static std::string pad(const Directive& directive, std::string text) {
  const auto starts = [](char c) { return (c & 0xC0) != 0x80; };  // a code point
  const auto size = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
  const std::size_t padding = std::max(directive.width, size) - size;
  return text.insert(directive.has('-') ? text.size() : 0, padding, ' ');
}

static std::string cut_and_pad(const Directive& directive, std::string text) {
  if (directive.precision >= 0) text = fmt::format("{:.{}}", text, directive.precision);
  return pad(directive, std::move(text));
}

static std::string sign(const Directive& directive, bool is_negative) {
  return is_negative ? "-" : directive.has('+') ? "+" : directive.has(' ') ? " " : "";
}

/// Fills the width between `start`, a sign and a base, and the digits.
static std::string fill(const Directive& directive, std::string start, const std::string& digits) {
  const std::size_t width = directive.has('0') && !directive.has('-') ? directive.width : 0;
  const std::size_t size = start.size() + digits.size();
  return pad(directive, start.append(std::max(width, size) - size, '0') + digits);
}

std::string format(const Directive& directive, std::string_view text) {
  return cut_and_pad(directive, directive.type == 'r' ? repr(text) : std::string{text});
}

/// By printf(3). {fmt}'s differs with %#.1g.
template <typename Number>
static std::string digits(const std::string& format, int precision, Number number) {
  char text[1100];  // the precision is below 1000
  std::snprintf(text, sizeof text, format.c_str(), precision, number);
  return text;
}

std::string format(const Directive& directive, long long number) {
  if (std::strchr("sr", directive.type)) return cut_and_pad(directive, std::to_string(number));
  if (std::strchr("eEfFgG", directive.type)) return format(directive, static_cast<double>(number));
  std::string start = sign(directive, number < 0);
  if (directive.has('#') && std::strchr("oxX", directive.type)) start.append({'0', directive.type});
  const int precision = std::max(1, directive.precision);
  return fill(directive, start,
              digits(std::string{"%.*ll"} + directive.type, precision, std::llabs(number)));
}

/// The versions of {fmt} write a whole one's .0 in different ways.
static std::string str(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".e") != text.npos ? text : text + ".0";
}

std::string format(const Directive& directive, double number) {
  if (std::strchr("sr", directive.type)) return cut_and_pad(directive, str(number));
  if (std::strchr("diu", directive.type)) return format(directive, static_cast<long long>(number));
  const std::string conversion = std::string{directive.has('#') ? "%#.*" : "%.*"} + directive.type;
  return fill(directive, sign(directive, std::signbit(number)),
              digits(conversion, directive.precision, std::abs(number)));
}

/// {fmt}'s, in single quotes unless those alone are in it.
std::string repr(std::string_view text) {
  std::string quoted = fmt::format("{:?}", text);
  if (text.find('\'') != text.npos && text.find('"') == text.npos) return quoted;
  std::string result = "'";
  for (const char c : std::string_view{quoted}.substr(1, quoted.size() - 2)) {
    if (c == '"') result.back() = c;  // in place of its backslash
    else if (c == '\'') result += "\\'";
    else result += c;
  }
  return result + '\'';
}

}  // namespace percent
