#include "common/percent_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <regex>
#include <stdexcept>
#include <utility>

namespace percent {

std::vector<Directive> parse(const std::string& format) {
  // The counts are bounded since std::regex recurses.
  static const std::regex pattern(
      R"(%(?:\((\w{1,15})\))?([-+ 0#]{0,9})(\d{0,9})(?:\.(\d{0,3}))?[hlL]?([a-zA-Z%])|%)");
  std::vector<Directive> directives;
  std::string text;
  auto rest = format.begin();
  for (std::sregex_iterator match{rest, format.end(), pattern}, none; match != none; ++match) {
    const std::smatch& part = *match;
    text.append(rest, part[0].first);
    rest = part[0].second;
    if (part.str() == "%%") {
      text += '%';
      continue;
    }
    if (part.str() == "%")
      throw std::invalid_argument("a % that begins no directive, or too long a one: write %%");
    if (!part[1].matched) throw std::invalid_argument(part.str() + ": write %(attribute)s or %%");
    directives.push_back({.before = std::exchange(text, ""),
                          .key = part[1],
                          .flags = part[2],
                          .width = std::strtoul(part.str(3).c_str(), nullptr, 10),
                          .precision = part[4].matched ? std::atoi(part.str(4).c_str()) : -1,
                          .type = part.str().back()});
  }
  directives.push_back({.before = text.append(rest, format.end())});
  return directives;
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
