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
#include <memory_resource>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <variant>

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

// ---- Formatter: what an attribute holds

static std::timespec now() {
  std::timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

/// With the rounding of Python's time.time().
static double seconds(const std::timespec& time) {
  return static_cast<double>(time.tv_sec * 1'000'000'000 + time.tv_nsec) / 1e9;
}

static const double start_time = seconds(now());

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
    {"created", reals, [](auto& r) -> Value { return seconds(r.created); }},
    {"asctime", texts, nullptr},  // this one is the formatter's
    {"msecs", reals, [](auto& r) -> Value { return 0.0 + int(r.created.tv_nsec / 1'000'000); }},
    {"relativeCreated", reals,
     [](auto& r) -> Value { return (seconds(r.created) - start_time) * 1000; }},
    {"thread", wholes, [](auto&) -> Value { return static_cast<long long>(pthread_self()); }},
    {"threadName", texts, [](auto& r) -> Value { return r.thread_name; }},
    {"process", wholes, [](auto&) -> Value { return 0LL + getpid(); }},
    {"processName", texts, [](auto&) -> Value { return "MainProcess"; }},
    {"message", texts, [](auto& r) -> Value { return r.message; }}};

/// The date and time. Each thread makes it once a second, since it costs more than the rest of a
/// line; in plain memory, since destructors may log after this thread's others have run.
static std::string_view asctime(std::timespec time, const std::string& datefmt, unsigned id) {
  static thread_local struct {
    unsigned id;
    std::time_t second;
    std::size_t size;
    char text[1024];
  } last;
  if (last.id != id || last.second != time.tv_sec) {
    std::tm local{};
    localtime_r(&time.tv_sec, &local);
    const char* const format = datefmt.empty() ? "%Y-%m-%d %H:%M:%S," : datefmt.c_str();
    last.size = std::strftime(last.text, sizeof last.text - 3, format, &local);
    last.id = id;
    last.second = time.tv_sec;
  }
  if (!datefmt.empty()) return {last.text, last.size};
  const fmt::format_int milliseconds{1000 + time.tv_nsec / 1'000'000};  // 1 and three digits
  std::memcpy(last.text + last.size, milliseconds.data() + 1, 3);
  return {last.text, last.size + 3};
}

// ---- Formatter: how it is written

/// repr(text): {fmt}'s, in single quotes unless those alone are in it.
static std::string repr(std::string_view text) {
  const std::string quoted = fmt::format("{:?}", text);
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

/// A number by the directive's flags; the precision of a whole one is its least count of digits.
static std::string number(const Directive& directive, const Value& value) {
  const auto* const integer = std::get_if<long long>(&value);
  const double real = integer ? static_cast<double>(*integer) : std::get<double>(value);
  const long long whole = integer ? *integer : static_cast<long long>(real);
  const bool is_real = std::strchr("eEfFgG", directive.conversion);
  const bool is_negative = is_real ? real < 0 : whole < 0;

  std::string start = is_negative ? "-" : directive.has('+') ? "+" : directive.has(' ') ? " " : "";
  if (directive.has('#') && std::strchr("oxX", directive.conversion))
    start.append({'0', directive.conversion});

  const std::string format = fmt::format("%{}.*{}{}", is_real && directive.has('#') ? "#" : "",
                                         is_real ? "" : "ll", directive.conversion);
  const int precision = directive.precision.value_or(6);
  char digits[1100];  // the precision is below 1000
  if (is_real) std::snprintf(digits, sizeof digits, format.c_str(), precision, std::abs(real));
  else
    std::snprintf(digits, sizeof digits, format.c_str(),
                  std::max(1, directive.precision.value_or(1)), std::abs(whole));

  const bool is_filled = directive.has('0') && !directive.has('-');
  const std::size_t width = std::max(directive.width, start.size()) - start.size();
  return start + fmt::format("{:0>{}}", digits, is_filled ? width : 0);
}

/// A value by all that the directive says.
static std::string render(const Directive& directive, const Value& value) {
  std::string text;
  if (directive.conversion != 's' && directive.conversion != 'r') text = number(directive, value);
  else {
    const auto* const words = std::get_if<std::string_view>(&value);
    text = words && directive.conversion == 'r' ? repr(*words) : str(value);
    if (directive.precision) text = fmt::format("{:.{}}", text, *directive.precision);
  }
  // As Python counts, not by columns: a code point of UTF-8 is one.
  const auto starts = [](char c) { return (c & 0xC0) != 0x80; };
  const auto size = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
  const std::size_t padding = std::max(directive.width, size) - size;
  return text.insert(directive.has('-') ? text.size() : 0, padding, ' ');
}

static const Attribute* attribute_called(const std::string& name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name) return &attribute;
  throw std::invalid_argument("there is no %(" + name + ")");
}

/// What a match of Formatter's pattern says. Throws where Python refuses it.
static Directive parse(const std::smatch& match) {
  const std::string all = match[0], width = match[3], precision = match[4];
  if (all == "%%") return {.literal = "%"};
  if (!match[1].matched) throw std::invalid_argument(all + ": write %(attribute)s or %%");
  Directive directive{.attribute = attribute_called(match[1]), .flags = match[2]};
  directive.width = std::strtoul(width.c_str(), nullptr, 10);
  if (match[4].matched) directive.precision = std::atoi(precision.c_str());
  directive.conversion = all.back();
  const char* const taken = directive.attribute->conversions;
  if (!std::strchr(taken, all.back()))
    throw std::invalid_argument(all + ": end it with one of " + taken);
  directive.is_plain = all.back() == 's' && width.empty() && !directive.precision;
  return directive;
}

static std::vector<Directive> compile(const std::string& format) try {
  // Python wants one of these to be there. The counts are bounded since std::regex recurses.
  static const std::regex wanted(R"(%\(\w{1,15}\)[#0+ -]{0,9}(\d{1,9})?(\.\d{1,9})?[diouxefgrs])",
                                 std::regex::icase);
  static const std::regex pattern(
      R"(%(?:\((\w{1,15})\))?([-+ 0#]{0,9})(\d{0,9})(?:\.(\d{0,3}))?[hlL]?([a-zA-Z%]))");
  if (!std::regex_search(format, wanted)) throw std::invalid_argument("it shows no %(attribute)s");
  std::vector<Directive> directives;
  auto rest = format.begin();
  const auto add_literal = [&](std::string::const_iterator end) {
    if (std::find(rest, end, '%') != end)
      throw std::invalid_argument("a % that begins no directive: write %%");
    if (rest != end) directives.push_back({.literal{rest, end}});
  };
  for (std::sregex_iterator match{rest, format.end(), pattern}, none; match != none; ++match) {
    add_literal((*match)[0].first);
    directives.push_back(parse(*match));
    rest = (*match)[0].second;
  }
  add_literal(format.end());
  return directives;
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("format " + repr(format) + ": " + error.what());
}

Formatter::Formatter(const std::string& format, const std::string& datefmt)
    : directives_(compile(format.empty() ? "%(message)s" : format)), datefmt_(datefmt) {
  static std::atomic<unsigned> last_id{0};
  id_ = ++last_id;
  if (asctime({std::time(nullptr), 0}, datefmt_, id_).empty())
    throw std::invalid_argument("datefmt " + repr(datefmt) +
                                ": it gives no text, or too long a one");
}

void Formatter::format(const Record& record, std::pmr::string& line) const {
  for (const Directive& directive : directives_) {
    if (!directive.attribute) {
      line += directive.literal;
      continue;
    }
    const Value value = directive.attribute->value ? directive.attribute->value(record)
                                                   : asctime(record.created, datefmt_, id_);
    const auto* const text = std::get_if<std::string_view>(&value);
    if (!directive.is_plain) line += render(directive, value);
    else if (text) line += *text;
    else line += str(value);
  }
}

// ---- Handlers

void Handler::handle(const Record& record) noexcept try {
  if (record.level >= level()) emit(record);
} catch (const std::exception& error) {
  std::fputs(fmt::format("logging: {}: lost {} ({}:{})\n", error.what(), repr(record.message),
                         record.location.file, record.location.line)
                 .c_str(),
             stderr);
}

void StreamHandler::emit(const Record& record) {
  static const Formatter& message_only = *new Formatter;
  char stack[1024];  // a longer line goes on to the heap
  std::pmr::monotonic_buffer_resource memory{stack, sizeof stack};
  std::pmr::string line{&memory};
  line.reserve(record.message.size() + 256);
  (formatter() ? *formatter() : message_only).format(record, line);
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
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

/// All loggers. Never destroyed: the destructor of a static object may log, too.
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Logger>> loggers;  // the root's name is empty here
  // Every list of handlers that a logger ever had: a thread may still be walking through it.
  std::vector<std::unique_ptr<const Logger::Handlers>> lists;

  static Registry& get() {
    static Registry* const registry = [] {
      std::atexit([] { get().flush(); });
      return new Registry;
    }();
    return *registry;
  }

  Logger& find(const std::string& name) {
    std::unique_ptr<Logger>& logger = loggers[name];
    if (!logger && name.empty()) logger.reset(new Logger{"root", nullptr});
    else if (!logger) {
      const std::size_t dot = name.rfind('.');
      Logger& parent = find(dot == name.npos ? "" : name.substr(0, dot));
      logger.reset(new Logger{name, &parent});
    }
    return *logger;
  }

  void set_level(Logger& changed, Level level) {
    changed.level_ = level;
    for (const auto& [name, logger] : loggers)  // in this order, parents come first
      logger->effective_ = logger->level_ == Level::NOTSET && logger->parent_
                               ? logger->parent_->effective_.load()
                               : logger->level_;
  }

  void set_handlers(Logger& logger, Logger::Handlers handlers) {
    lists.push_back(std::make_unique<const Logger::Handlers>(std::move(handlers)));
    logger.handlers_.store(lists.back().get(), std::memory_order_release);
  }

  void flush() {
    const std::lock_guard lock(mutex);
    for (const auto& [name, logger] : loggers)
      for (const auto& handler : *logger->handlers_.load()) handler->flush();
  }
};

Logger::Logger(std::string name, Logger* parent)
    : name_(std::move(name)),
      parent_(parent),
      level_(parent ? Level::NOTSET : Level::WARNING),
      effective_(parent ? parent->effective_.load() : level_) {
  Registry::get().set_handlers(*this, {});
}

void Logger::set_level(Level level) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  registry.set_level(*this, level);
}

void Logger::add_handler(std::shared_ptr<Handler> handler) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  Handlers handlers = *handlers_;
  if (std::find(handlers.begin(), handlers.end(), handler) != handlers.end()) return;
  handlers.push_back(std::move(handler));
  registry.set_handlers(*this, std::move(handlers));
}

void Logger::remove_handler(const std::shared_ptr<Handler>& handler) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  Handlers handlers = *handlers_;
  if (std::erase(handlers, handler) > 0) registry.set_handlers(*this, std::move(handlers));
}

/// Asked once in each thread: it takes two system calls.
static std::string_view thread_name() {
  static thread_local char name[16] = "";
  if (*name == '\0') {
    if (gettid() == getpid()) std::strcpy(name, "MainThread");
    else pthread_getname_np(pthread_self(), name, sizeof name);
  }
  return name;
}

void Logger::write(Level level, Extra extra, const Location& location, fmt::string_view format,
                   fmt::format_args args) const noexcept try {
  fmt::memory_buffer message;
  fmt::vformat_to(fmt::appender(message), format, args);
  const std::string levelname = level_name(level);
  const Record record{name_, level,    levelname, {message.data(), message.size()},
                      extra, location, now(),     thread_name()};
  bool found = false;
  for (const Logger* logger = this; logger; logger = logger->propagate_ ? logger->parent_ : nullptr)
    for (const auto& handler : *logger->handlers_.load(std::memory_order_acquire)) {
      handler->handle(record);
      found = true;
    }
  static StreamHandler& last_resort = *new StreamHandler;
  if (!found && level >= Level::WARNING) last_resort.handle(record);
} catch (const std::exception& error) {
  std::fputs(fmt::format("logging: {}: lost a message ({}:{})\n", error.what(), location.file,
                         location.line)
                 .c_str(),
             stderr);
}

Logger& get_logger(const std::string& name) {
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
  return registry.find(name == "root" ? "" : name);
}

void basic_config(const BasicConfig& config) {
  Logger& root = get_logger();
  Registry& registry = Registry::get();
  const std::lock_guard lock(registry.mutex);
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
  registry.set_handlers(root, std::move(handlers));
  if (config.level) registry.set_level(root, *config.level);
}

}  // namespace logging
