#include "common/logging.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <system_error>

namespace logging {

// ---- Levels

static constexpr std::pair<std::string_view, Level> level_names[] = {
    {"NOTSET", Level::NOTSET},   {"DEBUG", Level::DEBUG},   {"INFO", Level::INFO},
    {"WARNING", Level::WARNING}, {"ERROR", Level::ERROR},   {"CRITICAL", Level::CRITICAL},
    {"WARN", Level::WARNING},    {"FATAL", Level::CRITICAL}};

std::string level_name(Level level) {
  for (const auto& [name, named] : level_names)
    if (named == level) return std::string{name};
  return "Level " + std::to_string(static_cast<int>(level));
}

Level level_from(const std::string& text) {
  for (const auto& [name, level] : level_names)
    if (name == text) return level;
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end)
    throw std::invalid_argument("unknown level '" + text +
                                "': write DEBUG, INFO, WARNING, ERROR, CRITICAL or a number");
  return Level{number};
}

// ---- Text, as Python counts and shows it

/// The code point at `text[i]`, and `i` moved behind it. A byte that is not UTF-8 counts as one,
/// from U+DC80 up (PEP 383).
static char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(i++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  static constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  char32_t point = first & (0x3F >> more);
  std::size_t at = i;
  for (int left = more; left > 0; --left, ++at) {
    if (at >= text.size() || (byte(at) & 0xC0) != 0x80) return 0xDC00 + first;
    point = point << 6 | (byte(at) & 0x3Fu);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (first < 0xC2 || first > 0xF4 || point < smallest[more] || point > 0x10FFFF || surrogate)
    return 0xDC00 + first;
  i = at;
  return point;
}

/// Whether Python's repr() escapes it.
static bool is_escaped(char32_t c, bool ascii) {
  return c < 0x20 || c == 0x7F || (c > 0x7F && ascii) || (c >= 0x80 && c <= 0xA0) || c == 0xAD ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
         (c >= 0xD800 && c <= 0xF8FF) || c == 0xFEFF;
}

/// repr(text), or ascii(text).
static std::string repr(std::string_view text, bool ascii) {
  const bool doubled = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = doubled ? '"' : '\'';
  std::string out{quote};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t c = next_code_point(text, i);
    if (c == U'\n') out += "\\n";
    else if (c == U'\r') out += "\\r";
    else if (c == U'\t') out += "\\t";
    else if (c == static_cast<char32_t>(quote) || c == U'\\') (out += '\\') += static_cast<char>(c);
    else if (!is_escaped(c, ascii)) out += text.substr(start, i - start);
    else if (c < 0x100)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c));
    else if (c < 0x10000)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else fmt::format_to(std::back_inserter(out), "\\U{:08x}", static_cast<unsigned>(c));
  }
  return out += quote;
}

/// repr(value): the shortest digits that read back, with an exponent from 1e16 up and below 1e-4.
static std::string repr(double value) {
  char text[400];
  char* end = std::to_chars(text, std::end(text), value, std::chars_format::scientific).ptr;
  *end = '\0';
  const int exponent = std::atoi(std::strchr(text, 'e') + 1);
  if (exponent >= -4 && exponent < 16) {
    end = std::to_chars(text, std::end(text), value, std::chars_format::fixed).ptr;
    if (std::find(text, end, '.') == end) *end++ = '.', *end++ = '0';
  }
  return std::string(text, end);
}

// ---- Formatter

enum class Attribute {
  literal,
  name,
  levelno,
  levelname,
  pathname,
  filename,
  module,
  lineno,
  funcName,
  created,
  asctime,
  msecs,
  relativeCreated,
  thread,
  threadName,
  process,
  processName,
  message
};
enum class Kind { text, integer, real };

struct Known {
  std::string_view name;
  Attribute attribute;
  Kind kind;
};

static constexpr Known attributes[] = {{"name", Attribute::name, Kind::text},
                                       {"levelno", Attribute::levelno, Kind::integer},
                                       {"levelname", Attribute::levelname, Kind::text},
                                       {"pathname", Attribute::pathname, Kind::text},
                                       {"filename", Attribute::filename, Kind::text},
                                       {"module", Attribute::module, Kind::text},
                                       {"lineno", Attribute::lineno, Kind::integer},
                                       {"funcName", Attribute::funcName, Kind::text},
                                       {"created", Attribute::created, Kind::real},
                                       {"asctime", Attribute::asctime, Kind::text},
                                       {"msecs", Attribute::msecs, Kind::real},
                                       {"relativeCreated", Attribute::relativeCreated, Kind::real},
                                       {"thread", Attribute::thread, Kind::integer},
                                       {"threadName", Attribute::threadName, Kind::text},
                                       {"process", Attribute::process, Kind::integer},
                                       {"processName", Attribute::processName, Kind::text},
                                       {"message", Attribute::message, Kind::text}};

/// A directive, %(attribute)-20.10s, or the literal text between two.
struct Part {
  Attribute attribute = Attribute::literal;
  Kind kind = Kind::text;
  std::string literal;
  bool left = false, zero = false, plus = false, space = false, alternate = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision = std::nullopt;
  char conversion = 's';

  bool is_text() const { return std::strchr("sra", conversion) != nullptr; }
  bool is_plain() const { return conversion == 's' && width == 0 && !precision; }
};

struct Formatter::Layout {
  std::vector<Part> parts;
  std::string datefmt;
  unsigned id;  // of this layout and no other, ever
};

/// What PercentStyle.validate() searches for: without it, Python refuses a format.
static const char* const some_attribute =
    R"(%\(\w+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%])";

/// The directive at `format[i]`, a %, and `i` moved behind it. Throws why Python refuses it.
static Part parse_directive(const std::string& format, std::size_t& i) {
  Part part;
  const auto peek = [&] { return ++i < format.size() ? format[i] : '\0'; };
  const auto read_number = [&] {
    std::size_t number = 0;
    const char* const start = format.data() + i;
    const auto end = std::from_chars(start, format.data() + format.size(), number).ptr;
    i += static_cast<std::size_t>(end - start);
    return std::min(number, std::size_t{1} << 20);
  };

  char c = peek();
  const Known* known = nullptr;
  if (c == '(') {
    const std::size_t end = format.find(')', i);
    if (end == format.npos) throw std::invalid_argument("a %( without its )");
    const auto name = format.substr(i + 1, end - i - 1);
    known = std::find_if(std::begin(attributes), std::end(attributes),
                         [&](const Known& k) { return k.name == name; });
    if (known == std::end(attributes)) throw std::invalid_argument("there is no %(" + name + ")");
    part.attribute = known->attribute;
    part.kind = known->kind;
    i = end;
    c = peek();
  }
  for (;; c = peek()) {
    if (c == '-') part.left = true;
    else if (c == '0') part.zero = true;
    else if (c == '+') part.plus = true;
    else if (c == ' ') part.space = true;
    else if (c == '#') part.alternate = true;
    else break;
  }
  part.width = read_number();
  if (i < format.size() && format[i] == '.') part.precision = (++i, read_number());
  if (i < format.size() && std::strchr("hlL", format[i])) ++i;
  if (i == format.size()) throw std::invalid_argument("it ends within a directive");
  part.conversion = c = format[i++];
  if (c == '%') return Part{.literal = "%"};
  if (!known) throw std::invalid_argument(std::string("%") + c + " lacks its (attribute)");
  const char* const taken = part.kind == Kind::text      ? "sra"
                            : part.kind == Kind::integer ? "sradiuoxXeEfFgG"
                                                         : "sradiueEfFgG";
  if (!std::strchr(taken, c))
    throw std::invalid_argument("%(" + std::string(known->name) + ") cannot be written as " + c);
  return part;
}

Formatter::Formatter(const std::string& given, const std::string& datefmt) try {
  const std::string format = given.empty() ? "%(message)s" : given;
  if (!std::regex_search(format, std::regex(some_attribute, std::regex::icase)))
    throw std::invalid_argument("it names no attribute, such as %(message)s");
  std::vector<Part> parts;
  for (std::size_t i = 0; i < format.size();) {
    const std::size_t percent = std::min(format.find('%', i), format.size());
    if (percent > i) parts.push_back(Part{.literal = format.substr(i, percent - i)});
    i = percent;
    if (i < format.size()) parts.push_back(parse_directive(format, i));
  }
  static std::atomic<unsigned> last_id{0};
  layout_ = std::make_shared<const Layout>(Layout{std::move(parts), datefmt, ++last_id});
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("format '" + given + "': " + error.what());
}

/// strftime(3) for any length of its result.
static std::string date(const std::string& datefmt, std::time_t second) {
  std::tm local{};
  localtime_r(&second, &local);
  std::string text(256, '\0');
  // A result of 0 is a buffer too small, or an empty text, as of %Z: Python, too, ends here.
  const std::size_t most = std::max<std::size_t>(1024, 256 * datefmt.size());
  for (std::size_t size = 0; size == 0 && text.size() <= most; text.resize(text.size() * 2))
    if ((size = std::strftime(text.data(), text.size(), datefmt.c_str(), &local)) > 0)
      return text.substr(0, size);
  return "";
}

/// Appends the date, which each thread makes once a second. `id` is that of the layout.
static void append_date(const std::string& datefmt, unsigned id, std::time_t second,
                        std::string& line) {
  static thread_local struct {
    unsigned id;
    std::time_t second;
    std::size_t size;
    char text[128];
  } last;
  if (last.id != id || last.second != second) {
    const std::string text = date(datefmt.empty() ? "%Y-%m-%d %H:%M:%S" : datefmt, second);
    if (text.size() > sizeof last.text) {
      line += text;
      return;
    }
    last = {id, second, text.size(), {}};
    text.copy(last.text, text.size());
  }
  line.append(last.text, last.size);
}

/// Writes what stands in `line` from `start` on by the conversion, precision and width of a text.
static void fit(const Part& part, std::string& line, std::size_t start) {
  std::string text = line.substr(start);
  if (part.conversion != 's') text = repr(text, part.conversion == 'a');
  std::size_t end = 0, points = 0;
  for (; end < text.size() && points < part.precision.value_or(text.npos); ++points)
    next_code_point(text, end);
  text.resize(end);
  const std::string padding(part.width > points ? part.width - points : 0, ' ');
  line.replace(start, line.npos, part.left ? text + padding : padding + text);
}

/// Appends a number's parts: blanks or noughts come to its left, or blanks to its right.
static void append_number(const Part& part, bool negative, std::string_view prefix,
                          std::string_view digits, std::string& line) {
  const std::string_view sign = negative ? "-" : part.plus ? "+" : part.space ? " " : "";
  const std::size_t size = sign.size() + prefix.size() + digits.size();
  const std::size_t padding = part.width > size ? part.width - size : 0;
  if (!part.left && !part.zero) line.append(padding, ' ');
  line.append(sign).append(prefix);
  if (!part.left && part.zero) line.append(padding, '0');
  line.append(digits);
  if (part.left) line.append(padding, ' ');
}

static void append_real(const Part& part, double value, std::string& line) {
  const char format[] = {'%', part.alternate ? '#' : '-', '.', '*', part.conversion, '\0'};
  const int precision = static_cast<int>(part.precision.value_or(6));
  const auto print = [&](char* text, std::size_t size) {
    return static_cast<std::size_t>(std::snprintf(text, size, format, precision, std::abs(value)));
  };
  std::string digits(print(nullptr, 0), '\0');
  print(digits.data(), digits.size() + 1);
  append_number(part, std::signbit(value), "", digits, line);
}

static void append_integer(const Part& part, long long value, std::string& line) {
  if (std::strchr("eEfFgG", part.conversion))
    return append_real(part, static_cast<double>(value), line);
  const auto magnitude = static_cast<unsigned long long>(value < 0 ? -value : value);
  std::string digits, prefix;
  switch (part.conversion) {
    case 'o': digits = fmt::format("{:o}", magnitude), prefix = "0o"; break;
    case 'x': digits = fmt::format("{:x}", magnitude), prefix = "0x"; break;
    case 'X': digits = fmt::format("{:X}", magnitude), prefix = "0X"; break;
    default: digits = fmt::format("{}", magnitude);
  }
  const std::size_t precision = part.precision.value_or(0);
  if (precision > digits.size()) digits.insert(0, precision - digits.size(), '0');
  append_number(part, value < 0, part.alternate ? prefix : "", digits, line);
}

/// A record's clock in seconds, with the rounding of Python's time.time().
static double seconds(const std::timespec& time) {
  return static_cast<double>(time.tv_sec * 1'000'000'000 + time.tv_nsec) / 1e9;
}

static std::timespec now() {
  std::timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

static const double start_time = seconds(now());

/// Asked once in each thread: it takes two system calls.
static std::string_view thread_name() {
  static thread_local char name[16] = "";
  if (*name == '\0') {
    if (gettid() == getpid()) std::strcpy(name, "MainThread");
    else pthread_getname_np(pthread_self(), name, sizeof name);
  }
  return name;
}

void Formatter::format(const Record& record, std::string& line) const {
  const std::string_view pathname = record.location.file;
  const std::string_view filename = pathname.substr(pathname.rfind('/') + 1);
  const double created = seconds(record.created);

  for (const Part& part : layout_->parts) {
    const std::size_t start = line.size();
    const auto integer = [&](long long value) {
      if (part.is_text()) line += fmt::format_int(value).c_str();
      else append_integer(part, value, line);
    };
    const auto real = [&](double value) {
      if (part.is_text()) line += repr(value);
      else if (std::strchr("diu", part.conversion))
        append_integer(part, static_cast<long long>(value), line);
      else append_real(part, value, line);
    };
    switch (part.attribute) {
      case Attribute::literal: line += part.literal; break;
      case Attribute::name: line += record.name; break;
      case Attribute::levelno: integer(static_cast<int>(record.level)); break;
      case Attribute::levelname: line += level_name(record.level); break;
      case Attribute::pathname: line += pathname; break;
      case Attribute::filename: line += filename; break;
      case Attribute::module: line += filename.substr(0, filename.rfind('.')); break;
      case Attribute::lineno: integer(record.location.line); break;
      case Attribute::funcName: line += record.location.function; break;
      case Attribute::created: real(created); break;
      case Attribute::asctime:
        append_date(layout_->datefmt, layout_->id, record.created.tv_sec, line);
        if (layout_->datefmt.empty())
          fmt::format_to(std::back_inserter(line), ",{:03}", record.created.tv_nsec / 1'000'000);
        break;
      case Attribute::msecs: real(std::floor((created - std::floor(created)) * 1000)); break;
      case Attribute::relativeCreated: real((created - start_time) * 1000); break;
      case Attribute::thread: integer(static_cast<long long>(pthread_self())); break;
      case Attribute::threadName: line += record.thread_name; break;
      case Attribute::process: integer(getpid()); break;
      case Attribute::processName: line += "MainProcess"; break;
      case Attribute::message: line += record.message; break;
    }
    if (part.is_text() && !part.is_plain()) fit(part, line, start);
  }
}

// ---- Handlers

void Handler::handle(const Record& record) noexcept try {
  if (record.level >= level()) emit(record);
} catch (const std::exception& error) {
  fmt::print(stderr, "logging: {}: lost {} ({}:{})\n", error.what(), repr(record.message, false),
             record.location.file, record.location.line);
}

void StreamHandler::emit(const Record& record) {
  static const Formatter message_only;
  std::string line;
  line.reserve(record.message.size() + 256);
  (formatter() ? *formatter() : message_only).format(record, line);
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written >= 0) rest.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "Failed to write to " + name_);
  }
}

static int open_log(const std::string& path, const std::string& mode) {
  if (mode != "a" && mode != "w")
    throw std::invalid_argument("filemode '" + mode + "': write a or w");
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (mode == "w" ? O_TRUNC : 0);
  const int fd = open(path.c_str(), flags, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "Failed to open " + path);
  return fd;
}

FileHandler::FileHandler(const std::string& path, const std::string& mode)
    : StreamHandler(open_log(path, mode), path) {}

FileHandler::~FileHandler() { close(fd()); }

// ---- Loggers

struct Registry {
  std::mutex mutex;
  Logger root{"root", nullptr};
  std::map<std::string, std::unique_ptr<Logger>> loggers;
  // Every list of handlers that a logger ever had: a thread may still be walking through it.
  std::vector<std::unique_ptr<const Logger::Handlers>> lists;

  Registry() { root.level_ = Level::WARNING, root.effective_ = Level::WARNING; }

  /// Never destroyed: a destructor of a static object may log, too.
  static Registry& get() {
    static Registry* const registry = [] {
      std::atexit([] { get().flush(); });
      return new Registry;
    }();
    return *registry;
  }

  void flush() {
    const std::lock_guard lock(mutex);
    for (const auto& handler : *root.handlers_.load()) handler->flush();
    for (const auto& [name, logger] : loggers)
      for (const auto& handler : *logger->handlers_.load()) handler->flush();
  }

  Logger& find(const std::string& name) {
    const auto known = loggers.find(name);
    if (known != loggers.end()) return *known->second;
    const std::size_t dot = name.rfind('.');
    Logger& parent = dot == name.npos || dot == 0 ? root : find(name.substr(0, dot));
    return *(loggers[name] = std::unique_ptr<Logger>(new Logger{name, &parent}));
  }

  /// In the map's order a logger comes after those above it.
  void update_levels() {
    root.effective_ = root.level_;
    for (const auto& [name, logger] : loggers)
      logger->effective_ =
          logger->level_ == Level::NOTSET ? logger->parent_->effective_.load() : logger->level_;
  }

  void configure(const BasicConfig& config) {
    const std::lock_guard lock(mutex);
    if (!root.handlers_.load()->empty() && !config.force) return;
    const Formatter formatter{config.format, config.datefmt};
    auto handlers = config.handlers;
    if (!handlers.empty() && !config.filename.empty())
      throw std::invalid_argument("handlers and a filename: give one of them");
    if (handlers.empty() && config.filename.empty()) handlers = {std::make_shared<StreamHandler>()};
    if (handlers.empty())
      handlers = {std::make_shared<FileHandler>(config.filename, config.filemode)};
    for (const auto& handler : handlers)
      if (!handler->formatter()) handler->set_formatter(formatter);
    replace_handlers(root, std::move(handlers));
    root.level_ = config.level.value_or(root.level_);
    update_levels();
  }

  void replace_handlers(Logger& logger, Logger::Handlers handlers) {
    lists.push_back(std::make_unique<const Logger::Handlers>(std::move(handlers)));
    logger.handlers_.store(lists.back().get(), std::memory_order_release);
  }
};

static const std::vector<std::shared_ptr<Handler>> no_handlers;

Logger::Logger(std::string name, Logger* parent)
    : name_(std::move(name)),
      parent_(parent),
      effective_(parent ? parent->effective_.load() : Level::NOTSET),
      handlers_(&no_handlers) {}

void Logger::set_level(Level level) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  level_ = level;
  registry.update_levels();
}

void Logger::add_handler(std::shared_ptr<Handler> handler) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  Handlers handlers = *handlers_;
  if (std::find(handlers.begin(), handlers.end(), handler) != handlers.end()) return;
  handlers.push_back(std::move(handler));
  registry.replace_handlers(*this, std::move(handlers));
}

void Logger::remove_handler(const std::shared_ptr<Handler>& handler) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  Handlers handlers = *handlers_;
  if (std::erase(handlers, handler) > 0) registry.replace_handlers(*this, std::move(handlers));
}

bool Logger::has_handlers() const {
  for (const Logger* logger = this; logger; logger = logger->propagate_ ? logger->parent_ : nullptr)
    if (!logger->handlers_.load()->empty()) return true;
  return false;
}

/// Where records go that have no handler at all.
static Handler& last_resort() {
  static Handler* const handler = [] {
    auto* made = new StreamHandler;
    made->set_level(Level::WARNING);
    return made;
  }();
  return *handler;
}

void Logger::write(Level level, Extra extra, const Location& location, fmt::string_view format,
                   fmt::format_args args) noexcept try {
  fmt::basic_memory_buffer<char, 512> message;
  fmt::vformat_to(fmt::appender(message), format, args);
  const Record record{name_, level,        {message.data(), message.size()}, extra, location,
                      now(), thread_name()};

  bool found = false;
  for (const Logger* logger = this; logger; logger = logger->propagate_ ? logger->parent_ : nullptr)
    for (const auto& handler : *logger->handlers_.load(std::memory_order_acquire)) {
      handler->handle(record);
      found = true;
    }
  if (!found) last_resort().handle(record);
} catch (const std::exception& error) {
  fmt::print(stderr, "logging: {}: lost a message ({}:{})\n", error.what(), location.file,
             location.line);
}

Logger& get_logger(const std::string& name) {
  Registry& registry = Registry::get();
  if (name.empty() || name == "root") return registry.root;
  const std::lock_guard lock(registry.mutex);
  return registry.find(name);
}

void basic_config(const BasicConfig& config) { Registry::get().configure(config); }

}  // namespace logging
