// How a message, and then a record, becomes text: {fmt}'s {}, Python's %(attribute)-20.10s.
// https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
#include <fmt/compile.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <regex>
#include <stdexcept>

#include "common/logging.hpp"

namespace logging {

// ---- A message

/// As buffer.append(), which copies byte by byte in {fmt} 9.
static void append(fmt::memory_buffer& buffer, std::string_view text) {
  const std::size_t size = buffer.size();
  buffer.resize(size + text.size());
  std::copy(text.begin(), text.end(), buffer.data() + size);
}

/// Nearly every message holds {} and nothing else to be parsed, for texts and numbers. {fmt}'s way
/// through these is long for a processor that a system call has made forget its code.
void format_message(fmt::memory_buffer& message, fmt::string_view format, fmt::format_args args) {
  const auto is_brace = [](char c) { return c == '{' || c == '}'; };
  const char *rest = format.begin(), *const end = format.end();
  const std::size_t size = message.size();
  for (int next = 0;; ++next) {
    const char* const brace = std::find_if(rest, end, is_brace);
    append(message, {rest, brace});
    if (brace == end) return;
    if (!std::string_view{brace, end}.starts_with("{}")) break;
    rest = brace + 2;
    const fmt::basic_format_arg<fmt::format_context> argument = args.get(next);
    const auto append_value = [&](auto value) {
      using T = decltype(value);
      if constexpr (std::is_same_v<T, fmt::string_view>) {
        append(message, {value.data(), value.size()});
      } else if constexpr (std::is_same_v<T, int> || std::is_same_v<T, long long>) {
        const fmt::format_int digits{value};
        append(message, {digits.data(), digits.size()});
      } else if constexpr (std::is_same_v<T, double>) {
        fmt::format_to(fmt::appender(message), FMT_COMPILE("{}"), value);
      } else {
        fmt::vformat_to(fmt::appender(message), "{}", {&argument, 1});
      }
    };
    fmt::visit_format_arg(append_value, argument);
  }
  message.resize(size);
  fmt::vformat_to(fmt::appender(message), format, args);
}

// ---- What an attribute holds: a text, or a number

struct Attribute {
  std::string_view name;
  const char* conversions;  // those that Python takes for it
  std::string_view (*text)(const Formatter&, const Record&);
  double (*number)(const Record&) = nullptr;
};

static const double start_time = now();

/// As Python's: whole ones.
static int milliseconds(double time) {
  return static_cast<int>((time - static_cast<double>(static_cast<std::time_t>(time))) * 1000);
}

/// As it is until this thread's next one of another level: seldom a new one.
static std::string_view levelname(const Record& record) {
  static thread_local struct {
    Level level;
    std::size_t size;
    char text[24];
  } last;
  if (last.size == 0 || last.level != record.level)
    last.size = level_name(last.level = record.level).copy(last.text, sizeof last.text);
  return {last.text, last.size};
}

static std::string_view filename(const Record& record) {
  const std::string_view path = record.location.file;
  return path.substr(path.rfind('/') + 1);
}

static constexpr const char *texts = "sr", *wholes = "srdiuoxXeEfFgG", *reals = "srdiueEfFgG";

static constexpr Attribute attributes[] = {
    {"name", texts, [](auto&, auto& r) { return r.name; }},
    {"levelno", wholes, nullptr, [](auto& r) { return 0.0 + static_cast<int>(r.level); }},
    {"levelname", texts, [](auto&, auto& r) { return levelname(r); }},
    {"pathname", texts, [](auto&, auto& r) { return std::string_view{r.location.file}; }},
    {"filename", texts, [](auto&, auto& r) { return filename(r); }},
    {"module", texts, [](auto&, auto& r) { return filename(r).substr(0, filename(r).rfind('.')); }},
    {"lineno", wholes, nullptr, [](auto& r) { return 0.0 + r.location.line; }},
    {"funcName", texts, [](auto&, auto& r) { return std::string_view{r.location.function}; }},
    {"created", reals, nullptr, [](auto& r) { return r.created; }},
    {"asctime", texts, [](auto& formatter, auto& r) { return formatter.format_time(r.created); }},
    {"msecs", reals, nullptr, [](auto& r) { return 0.0 + milliseconds(r.created); }},
    {"relativeCreated", reals, nullptr, [](auto& r) { return (r.created - start_time) * 1000; }},
    {"thread", wholes, nullptr, [](auto&) { return static_cast<double>(pthread_self()); }},
    {"threadName", texts, [](auto&, auto& r) { return r.thread_name; }},
    {"process", wholes, nullptr, [](auto&) { return 0.0 + getpid(); }},
    {"processName", texts, [](auto&, auto&) { return std::string_view{"MainProcess"}; }},
    {"message", texts, [](auto&, auto& r) { return r.message; }}};

/// Each thread makes it once a millisecond, since it costs more than the rest of a line; in plain
/// memory, since destructors may log after this thread's others have run.
std::string_view Formatter::format_time(double time) const {
  static thread_local struct {
    unsigned id;
    std::time_t second;
    int millisecond;
    std::size_t size;
    char text[1024];
  } last;
  const auto second = static_cast<std::time_t>(time);
  const int millisecond = datefmt_.empty() ? milliseconds(time) : 0;
  if (last.id != id_ || last.second != second || last.millisecond != millisecond) {
    last.id = id_, last.second = second, last.millisecond = millisecond;
    std::tm local{};
    localtime_r(&second, &local);
    const char* const format = datefmt_.empty() ? "%Y-%m-%d %H:%M:%S" : datefmt_.c_str();
    char* end = last.text + std::strftime(last.text, sizeof last.text, format, &local);
    if (datefmt_.empty()) end = fmt::format_to(end, ",{:03}", millisecond);
    last.size = static_cast<std::size_t>(end - last.text);
  }
  return {last.text, last.size};
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

/// str(number): a real one has its .0, which the versions of {fmt} write in different ways.
static std::string str(double number, bool is_whole) {
  const std::string text = is_whole ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
  return is_whole || text.find_first_of(".e") != text.npos ? text : text + ".0";
}

/// Unlike printf(3), Python has a sign before a hexadecimal number, 0o before an octal one, and
/// zeros fill the width beside a precision, too.
static std::string percent(const Directive& directive, double number) {
  const bool is_real = std::strchr("eEfFgG", directive.conversion);
  if (!is_real) number = std::trunc(number);
  std::string start = number < 0 ? "-" : directive.has('+') ? "+" : directive.has(' ') ? " " : "";
  if (directive.has('#') && std::strchr("oxX", directive.conversion))
    start.append({'0', directive.conversion});
  const std::string format = fmt::format("%{}.*{}{}", is_real && directive.has('#') ? "#" : "",
                                         is_real ? "" : "ll", directive.conversion);
  char digits[1100];  // the precision is below 1000; a negative one counts as none
  const auto print = [&](int precision, auto value) {
    std::snprintf(digits, sizeof digits, format.c_str(), precision, value);
  };
  if (is_real) print(directive.precision, std::abs(number));
  else print(std::max(1, directive.precision), static_cast<long long>(std::abs(number)));
  const std::size_t width = directive.has('0') && !directive.has('-') ? directive.width : 0;
  const std::size_t size = start.size() + std::strlen(digits);
  return start.append(std::max(width, size) - size, '0') + digits;
}

/// By all that the directive says.
static std::string render(const Directive& directive, const Formatter& formatter,
                          const Record& record) {
  const auto& [name, conversions, text_of, number_of] = *directive.attribute;
  const bool is_text = std::strchr(texts, directive.conversion);
  std::string text = text_of   ? std::string{text_of(formatter, record)}
                     : is_text ? str(number_of(record), conversions == wholes)
                               : percent(directive, number_of(record));
  if (text_of && directive.conversion == 'r') text = repr(text);
  if (is_text && directive.precision >= 0) text = fmt::format("{:.{}}", text, directive.precision);
  // As Python counts, not by columns: a code point of UTF-8 is one.
  const auto starts = [](char c) { return (c & 0xC0) != 0x80; };
  const auto size = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
  const std::size_t padding = std::max(directive.width, size) - size;
  return text.insert(directive.has('-') ? text.size() : 0, padding, ' ');
}

void Formatter::format(const Record& record, fmt::memory_buffer& line) const {
  for (const Directive& directive : directives_) {
    for (const char c : directive.before) line.push_back(c);
    if (!directive.attribute) return;  // the text behind the last
    if (directive.is_plain) append(line, directive.attribute->text(*this, record));
    else append(line, render(directive, *this, record));
  }
}

// ---- What a format says

/// What a match of compile()'s pattern says. Throws where Python refuses it.
static Directive parse(const std::smatch& match, const std::string& before) {
  const std::string all = match[0], name = match[1];
  if (name.empty()) throw std::invalid_argument(all + ": write %(attribute)s or %%");
  const auto is_it = [&name](const Attribute& attribute) { return attribute.name == name; };
  const auto* const attribute = std::find_if(std::begin(attributes), std::end(attributes), is_it);
  if (attribute == std::end(attributes)) throw std::invalid_argument("there is no %(" + name + ")");
  if (!std::strchr(attribute->conversions, all.back()))
    throw std::invalid_argument(all + ": end it with one of " + attribute->conversions);
  return {.before = before,
          .attribute = attribute,
          .flags = match[2],
          .width = std::strtoul(match.str(3).c_str(), nullptr, 10),
          .precision = match[4].matched ? std::atoi(match.str(4).c_str()) : -1,
          .conversion = all.back(),
          .is_plain = attribute->text && all.ends_with(")s")};
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
  if (format_time(now()).empty())
    throw std::invalid_argument("datefmt " + repr(datefmt) +
                                ": it gives no text, or too long a one");
}

}  // namespace logging
