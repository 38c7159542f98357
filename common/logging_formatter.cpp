// logging::Formatter: Python's %(attribute)-20.10s, byte for byte.
// https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <regex>
#include <stdexcept>
#include <variant>

#include "common/logging.hpp"

namespace logging {

// ---- What an attribute holds

static const double start_time = now();

/// As Python's: whole ones.
static int milliseconds(double time) { return static_cast<int>((time - std::floor(time)) * 1000); }

static std::string_view filename(const Record& record) {
  const std::string_view path = record.location.file;
  return path.substr(path.rfind('/') + 1);
}

using Value = std::variant<std::string_view, long long, double>;

struct Attribute {
  std::string_view name;
  const char* conversions;  // those that Python takes for a value of its type
  Value (*value)(const Record&);
};

static constexpr const char* texts = "sr";
static constexpr const char* wholes = "srdiuoxXeEfFgG";
static constexpr const char* reals = "srdiueEfFgG";

static constexpr Attribute attributes[] = {
    {"name", texts, [](auto& r) -> Value { return r.name; }},
    {"levelno", wholes, [](auto& r) -> Value { return static_cast<long long>(r.level); }},
    {"levelname", texts, [](auto& r) -> Value { return r.level_name; }},
    {"pathname", texts, [](auto& r) -> Value { return r.location.file; }},
    {"filename", texts, [](auto& r) -> Value { return filename(r); }},
    {"module", texts,
     [](auto& r) -> Value { return filename(r).substr(0, filename(r).rfind('.')); }},
    {"lineno", wholes, [](auto& r) -> Value { return 0LL + r.location.line; }},
    {"funcName", texts, [](auto& r) -> Value { return r.location.function; }},
    {"created", reals, [](auto& r) -> Value { return r.created; }},
    {"asctime", texts, nullptr},  // this one is the formatter's
    {"msecs", reals, [](auto& r) -> Value { return 0.0 + milliseconds(r.created); }},
    {"relativeCreated", reals, [](auto& r) -> Value { return (r.created - start_time) * 1000; }},
    {"thread", wholes, [](auto&) -> Value { return static_cast<long long>(pthread_self()); }},
    {"threadName", texts, [](auto& r) -> Value { return r.thread_name; }},
    {"process", wholes, [](auto&) -> Value { return 0LL + getpid(); }},
    {"processName", texts, [](auto&) -> Value { return "MainProcess"; }},
    {"message", texts, [](auto& r) -> Value { return r.message; }}};

/// The date and time. Each thread makes it once a second, since it costs more than the rest of a
/// line; in plain memory, since destructors may log after this thread's others have run.
static std::string_view asctime(double time, const std::string& datefmt, unsigned id) {
  static thread_local struct {
    unsigned id;
    std::time_t second;
    std::size_t size;
    char text[1024];
  } last;
  const auto second = static_cast<std::time_t>(time);
  if (last.id != id || last.second != second) {
    std::tm local{};
    localtime_r(&second, &local);
    const char* const format = datefmt.empty() ? "%Y-%m-%d %H:%M:%S," : datefmt.c_str();
    last.size = std::strftime(last.text, sizeof last.text - 3, format, &local);
    last.id = id;
    last.second = second;
  }
  if (!datefmt.empty()) return {last.text, last.size};
  const fmt::format_int digits{1000 + milliseconds(time)};  // 1 and three digits
  std::memcpy(last.text + last.size, digits.data() + 1, 3);
  return {last.text, last.size + 3};
}

// ---- How it is written

/// repr(text): {fmt}'s, in single quotes unless those alone are in it.
static std::string repr(std::string_view text) {
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

static std::string str(const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string{*text};
  if (const auto* number = std::get_if<long long>(&value)) return std::to_string(*number);
  // As repr(): a whole number with its .0, which the versions of {fmt} write in different ways.
  const std::string text = fmt::format("{}", std::get<double>(value));
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

/// A number with its sign, its base and the zeros that fill it. printf(3) takes a negative
/// precision for none; that of a whole number is its least count of digits.
static std::string number(const Directive& directive, auto value) {
  const bool is_real = std::is_floating_point_v<decltype(value)>, alternate = directive.has('#');
  std::string start = value < 0 ? "-" : directive.has('+') ? "+" : directive.has(' ') ? " " : "";
  if (alternate && std::strchr("oxX", directive.conversion))
    start.append({'0', directive.conversion});
  const std::string format = fmt::format("%{}.*{}{}", is_real && alternate ? "#" : "",
                                         is_real ? "" : "ll", directive.conversion);
  const int precision = is_real ? directive.precision : std::max(1, directive.precision);
  char digits[1100];  // the precision is below 1000
  std::snprintf(digits, sizeof digits, format.c_str(), precision, std::abs(value));
  const std::size_t width = directive.has('0') && !directive.has('-') ? directive.width : 0;
  const std::size_t size = start.size() + std::strlen(digits);
  return start.append(std::max(width, size) - size, '0') + digits;
}

/// A value by all that the directive says.
static std::string render(const Directive& directive, const Value& value) {
  const auto* const words = std::get_if<std::string_view>(&value);
  const auto* const whole = std::get_if<long long>(&value);
  const auto* const real = std::get_if<double>(&value);
  std::string text;
  if (std::strchr(texts, directive.conversion)) {
    text = words && directive.conversion == 'r' ? repr(*words) : str(value);
    if (directive.precision >= 0) text = fmt::format("{:.{}}", text, directive.precision);
  } else if (std::strchr("eEfFgG", directive.conversion)) {
    text = number(directive, real ? *real : static_cast<double>(*whole));
  } else {
    text = number(directive, whole ? *whole : static_cast<long long>(*real));
  }
  // As Python counts, not by columns: a code point of UTF-8 is one.
  const auto starts = [](char c) { return (c & 0xC0) != 0x80; };
  const auto size = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
  const std::size_t padding = std::max(directive.width, size) - size;
  return text.insert(directive.has('-') ? text.size() : 0, padding, ' ');
}

// ---- What a format says

static const Attribute& attribute_called(const std::string& name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name) return attribute;
  throw std::invalid_argument("there is no %(" + name + ")");
}

/// What a match of Formatter's pattern says. Throws where Python refuses it.
static Directive parse(const std::smatch& match, std::string before) {
  const std::string all = match[0];
  if (!match[1].matched) throw std::invalid_argument(all + ": write %(attribute)s or %%");
  const std::string name = match[1];
  const Attribute& attribute = attribute_called(name);
  if (!std::strchr(attribute.conversions, all.back()))
    throw std::invalid_argument(all + ": end it with one of " + attribute.conversions);
  return {.before = std::move(before),
          .attribute = &attribute,
          .flags = match[2],
          .width = std::strtoul(match.str(3).c_str(), nullptr, 10),
          .precision = match[4].matched ? std::atoi(match.str(4).c_str()) : -1,
          .conversion = all.back()};
}

static std::vector<Directive> compile(const std::string& format) try {
  // Python wants one of these to be there. The counts are bounded since std::regex recurses.
  static const std::regex wanted(R"(%\(\w{1,15}\)[#0+ -]{0,9}(\d{1,9})?(\.\d{1,9})?[diouxefgrs])",
                                 std::regex::icase);
  static const std::regex pattern(
      R"(%(?:\((\w{1,15})\))?([-+ 0#]{0,9})(\d{0,9})(?:\.(\d{0,3}))?[hlL]?([a-zA-Z%]))");
  if (!std::regex_search(format, wanted)) throw std::invalid_argument("it shows no %(attribute)s");
  std::vector<Directive> directives;
  std::string literal;
  auto rest = format.begin();
  const auto take_literal = [&](std::string::const_iterator end) {
    if (std::find(rest, end, '%') != end)
      throw std::invalid_argument("a % that begins no directive: write %%");
    literal.append(rest, end);
  };
  for (std::sregex_iterator match{rest, format.end(), pattern}, none; match != none; ++match) {
    take_literal((*match)[0].first);
    if (match->str() == "%%") literal += '%';
    else directives.push_back(parse(*match, std::exchange(literal, "")));
    rest = (*match)[0].second;
  }
  take_literal(format.end());
  directives.push_back({.before = literal});
  return directives;
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("format " + repr(format) + ": " + error.what());
}

Formatter::Formatter(const std::string& format, const std::string& datefmt)
    : directives_(compile(format.empty() ? "%(message)s" : format)), datefmt_(datefmt) {
  static std::atomic<unsigned> last_id{0};
  id_ = ++last_id;
  if (asctime(now(), datefmt_, id_).empty())
    throw std::invalid_argument("datefmt " + repr(datefmt) +
                                ": it gives no text, or too long a one");
}

void Formatter::format(const Record& record, fmt::memory_buffer& line) const {
  for (const Directive& directive : directives_) {
    line.append(directive.before);
    if (!directive.attribute) return;  // the text behind the last
    const Value value = directive.attribute->value ? directive.attribute->value(record)
                                                   : asctime(record.created, datefmt_, id_);
    const auto* const text = std::get_if<std::string_view>(&value);
    if (text && directive.is_plain()) line.append(*text);
    else line.append(render(directive, value));
  }
}

}  // namespace logging
