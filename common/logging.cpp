// What stands behind logging.hpp, in its order.
#include "common/logging.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <forward_list>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "common/brace_format.hpp"
#include "common/complain.hpp"
#include "common/line_file.hpp"
#include "common/local_time.hpp"

namespace logging {

// ---- Levels

static constexpr std::pair<std::string_view, Level> level_names[] = {
    {"NOTSET", Level::NOTSET},   {"DEBUG", Level::DEBUG},   {"INFO", Level::INFO},
    {"WARNING", Level::WARNING}, {"ERROR", Level::ERROR},   {"CRITICAL", Level::CRITICAL},
    {"WARN", Level::WARNING},    {"FATAL", Level::CRITICAL}};

/// Returns a text that holds until this thread calls it again.
static std::string_view name_of(Level level) {
  for (const auto& [name, named] : level_names)
    if (named == level) return name;
  static thread_local char other[24];
  return {other, fmt::format_to(other, "Level {}", static_cast<int>(level))};
}

std::string level_name(Level level) { return std::string{name_of(level)}; }

Level level_from(const std::string& name_or_number) {
  for (const auto& [name, level] : level_names)
    if (name == name_or_number) return level;
  int number = 0;
  const char* const end = name_or_number.data() + name_or_number.size();
  const auto [stop, error] = std::from_chars(name_or_number.data(), end, number);
  if (error == std::errc{} && stop == end) return Level{number};
  throw std::invalid_argument("unknown level '" + name_or_number +
                              "': write DEBUG, INFO, WARNING, ERROR, CRITICAL or a number");
}

// ---- Records

/// Seconds since 1970, with the rounding of Python's time.time().
static double now() {
  using Seconds = std::chrono::duration<double>;
  return Seconds{std::chrono::system_clock::now().time_since_epoch()}.count();
}
static const double start_time = now();

/// The whole milliseconds of `time` that are over its second, as Python has them.
static int milliseconds(double time) {
  return static_cast<int>((time - static_cast<double>(static_cast<std::time_t>(time))) * 1000);
}

/// Asked once in each thread, since it takes two system calls.
static std::string_view thread_name() {
  static thread_local char name[16] = "";
  if (!*name && gettid() == getpid()) std::strcpy(name, "MainThread");
  else if (!*name) pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

// ---- Formatter: Python's %(attribute)-20.10s

/// How to get what a record holds by this name: a text, a whole number or a real one.
struct Attribute {
  std::string_view name;
  std::string_view (*text)(const Formatter&, const Record&) = nullptr;
  long long (*whole)(const Record&) = nullptr;
  double (*real)(const Record&) = nullptr;
};

static std::string_view filename(const Record& record) {
  const std::string_view path = record.location.file;
  return path.substr(path.rfind('/') + 1);
}

static constexpr Attribute attributes[] = {
    {"name", [](auto&, auto& r) { return r.name; }},
    {"levelno", nullptr, [](auto& r) { return 0LL + static_cast<int>(r.level); }},
    {"levelname", [](auto&, auto& r) { return name_of(r.level); }},
    {"pathname", [](auto&, auto& r) { return std::string_view{r.location.file}; }},
    {"filename", [](auto&, auto& r) { return filename(r); }},
    {"module", [](auto&, auto& r) { return filename(r).substr(0, filename(r).rfind('.')); }},
    {"lineno", nullptr, [](auto& r) { return 0LL + r.location.line; }},
    {"funcName", [](auto&, auto& r) { return std::string_view{r.location.function}; }},
    {"created", nullptr, nullptr, [](auto& r) { return r.created; }},
    {"asctime", [](auto& formatter, auto& r) { return formatter.format_time(r.created); }},
    {"msecs", nullptr, nullptr, [](auto& r) { return 0.0 + milliseconds(r.created); }},
    {"relativeCreated", nullptr, nullptr, [](auto& r) { return (r.created - start_time) * 1000; }},
    {"thread", nullptr, [](auto&) { return static_cast<long long>(pthread_self()); }},
    {"threadName", [](auto&, auto& r) { return r.thread_name; }},
    {"process", nullptr, [](auto&) { return 0LL + getpid(); }},
    {"processName", [](auto&, auto&) { return std::string_view{"MainProcess"}; }},
    {"message", [](auto&, auto& r) { return r.message; }}};

/// Each thread makes the text once a millisecond, since it costs more than the rest of a line. It
/// is in plain memory: a destructor may log when this thread's other objects are gone.
std::string_view Formatter::format_time(double time) const {
  static thread_local struct {
    unsigned id;
    std::int64_t millisecond;
    std::size_t size;
    char text[1024];
  } last;
  const auto second = static_cast<std::time_t>(time);
  const std::int64_t millisecond = second * 1000 + milliseconds(time);
  if (last.id != id_ || last.millisecond != millisecond) {
    last.id = id_, last.millisecond = millisecond;
    const char* const format = datefmt_.empty() ? "%Y-%m-%d %H:%M:%S" : datefmt_.c_str();
    char* end = last.text + format_local_time(last.text, sizeof last.text, format, second);
    if (datefmt_.empty()) end = fmt::format_to(end, ",{:03}", milliseconds(time));
    last.size = static_cast<std::size_t>(end - last.text);
  }
  return {last.text, last.size};
}

static std::string render(const Part& part, const Formatter& formatter, const Record& record) {
  const auto& [name, text, whole, real] = *part.attribute;
  if (text) return percent::format(part.directive, text(formatter, record));
  if (whole) return percent::format(part.directive, whole(record));
  return percent::format(part.directive, real(record));
}

void Formatter::format(const Record& record, fmt::memory_buffer& line) const {
  for (const Part& part : parts_) {
    for (const char c : part.directive.before) line.push_back(c);
    if (!part.attribute) return;  // only the text was left
    if (part.attribute->text && part.directive.is_plain())
      append(line, part.attribute->text(*this, record));
    else append(line, render(part, *this, record));
  }
}

/// Returns nullptr for a directive without a key. If Python refuses the directive, throws.
static const Attribute* attribute_of(const percent::Directive& directive) {
  if (directive.key.empty()) return nullptr;
  for (const Attribute& attribute : attributes) {
    if (attribute.name != directive.key) continue;
    const char* const types = attribute.text    ? percent::text_types
                              : attribute.whole ? percent::whole_types
                                                : percent::real_types;
    if (std::strchr(types, directive.type)) return &attribute;
    throw std::invalid_argument("end %(" + directive.key + ") with one of " + types);
  }
  throw std::invalid_argument("there is no %(" + directive.key + ")");
}

static std::vector<Part> compile(const std::string& format) try {
  if (!percent::shows_value(format)) throw std::invalid_argument("it shows no %(attribute)s");
  std::vector<Part> parts;
  for (const percent::Directive& directive : percent::parse(format))
    parts.push_back({directive, attribute_of(directive)});
  return parts;
} catch (const std::invalid_argument& error) {
  throw std::invalid_argument("format " + percent::repr(format) + ": " + error.what());
}

Formatter::Formatter(const std::string& format, const std::string& datefmt)
    : parts_(compile(format.empty() ? "%(message)s" : format)), datefmt_(datefmt) {
  static std::atomic<unsigned> last_id{0};
  id_ = ++last_id;
  if (format_time(now()).empty())
    throw std::invalid_argument("no text, or too much: datefmt " + percent::repr(datefmt));
}

// ---- Handlers

void StreamHandler::emit(const Record& record) {
  fmt::memory_buffer line;
  if (const auto& format = formatter()) format->format(record, line);
  else line.append(record.message);
  line.push_back('\n');
  write_lines(fd_, {line.data(), line.size()}, name_);
}

/// Returns the flag of open(2) for a mode.
static int flags_of(const std::string& mode) {
  if (mode != "a" && mode != "w")
    throw std::invalid_argument("filemode '" + mode + "': write a or w");
  return mode == "w" ? O_TRUNC : 0;
}

FileHandler::FileHandler(const std::string& path, const std::string& mode)
    : StreamHandler(open_lines(path, flags_of(mode)), path) {}

FileHandler::~FileHandler() { close(fd()); }

// ---- Loggers

/// All loggers. Never destroyed: the destructor of a static object may log, too.
struct Registry {
  std::recursive_mutex mutex;  // recursive, since a logger makes those above it
  std::map<std::string, std::unique_ptr<Logger>> loggers;  // the root's name is empty here
  // Every list of handlers that a logger ever had: a thread may still be walking through it.
  std::forward_list<Logger::Handlers> lists;
  StreamHandler last_resort;  // for records that find no handler

  Registry() {
    keep_local_time_at_fork();
    std::atexit([] {
      const std::lock_guard lock(get().mutex);
      std::set<std::shared_ptr<Handler>> all;
      for (const Logger::Handlers& handlers : get().lists)
        all.insert(handlers.begin(), handlers.end());
      for (const auto& handler : all) handler->flush();
    });
    // At fork(2), the forking thread holds the mutex, so no other does. The child's thread has
    // another id and could not unlock it; it gets a new one.
    pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                   [] { new (&get().mutex) std::recursive_mutex; });
  }
  static Registry& get() {
    static Registry& registry = *new Registry;
    return registry;
  }
};
// Made before main(): a child of fork(2) would wait for ever for a thread that was making it.
[[maybe_unused]] static const Registry& registry = Registry::get();

Logger::Logger(std::string name, const Logger* parent, Level level)
    : name_(std::move(name)), parent_(parent), level_(level) {
  set_handlers({});
}

void Logger::set_handlers(Handlers handlers) {
  handlers_.store(&Registry::get().lists.emplace_front(std::move(handlers)));
}

void Logger::add_handler(std::shared_ptr<Handler> handler) {
  const std::lock_guard lock(Registry::get().mutex);
  Handlers handlers = *handlers_;
  if (std::find(handlers.begin(), handlers.end(), handler) != handlers.end()) return;
  handlers.push_back(std::move(handler));
  set_handlers(std::move(handlers));
}

void Logger::remove_handler(const std::shared_ptr<Handler>& handler) {
  const std::lock_guard lock(Registry::get().mutex);
  Handlers handlers = *handlers_;
  if (std::erase(handlers, handler) > 0) set_handlers(std::move(handlers));
}

static std::atomic<std::size_t> lost{0};

std::size_t lost_messages() { return lost; }

/// On standard error: there is nowhere else to say it.
static void say_lost(std::string_view message, const Location& location, const char* why) try {
  ++lost;
  const auto [file, line, function] = location;
  fmt::memory_buffer told;
  fmt::format_to(fmt::appender(told), "{}logging: {}: lost {:?} ({}:{})\n",
                 standard_error_is_journal() ? "<3>" : "", why, message, file, line);
  std::fwrite(told.data(), 1, told.size(), stderr);
} catch (const std::exception&) {
  std::fputs("logging: lost a message, and cannot say which\n", stderr);
}

void Logger::write(Level level, Extra extra, const Location& location, fmt::string_view format,
                   fmt::format_args args) const noexcept try {
  const fmt::memory_buffer message = brace_format(format, args);
  const Record record{name_, level,        {message.data(), message.size()}, extra, location,
                      now(), thread_name()};
  bool found = false;
  const auto emit = [&](Handler& handler) {
    found = true;
    if (level < handler.level()) return;
    try {
      handler.emit(record);
    } catch (const std::exception& error) {
      say_lost(record.message, location, error.what());
    }
  };
  for (const Logger* logger = this; logger; logger = logger->propagate_ ? logger->parent_ : nullptr)
    for (const auto& handler : *logger->handlers_.load(std::memory_order_acquire)) emit(*handler);
  if (!found && level >= Level::WARNING) emit(Registry::get().last_resort);
} catch (const std::exception& error) {
  say_lost({format.data(), format.size()}, location, error.what());
}

Logger& get_logger(const std::string& name) {
  if (name == "root") return get_logger();
  const std::lock_guard lock(Registry::get().mutex);
  std::unique_ptr<Logger>& logger = Registry::get().loggers[name];
  if (!logger && name.empty()) logger.reset(new Logger{"root", nullptr, Level::WARNING});
  const std::size_t dot = name.rfind('.');
  const std::string above = dot == name.npos ? "" : name.substr(0, dot);
  if (!logger) logger.reset(new Logger{name, &get_logger(above), Level::NOTSET});
  return *logger;
}

void basic_config(const BasicConfig& config) {
  Logger& root = get_logger();
  const std::lock_guard lock(Registry::get().mutex);
  if (!root.handlers_.load()->empty() && !config.force) return;

  flags_of(config.filemode);  // a wrong one is refused without a filename, too
  const Formatter formatter{config.format, config.datefmt};
  auto handlers = config.handlers;
  if (!handlers.empty() && !config.filename.empty())
    throw std::invalid_argument("handlers and a filename: give one of them");
  if (!config.filename.empty())
    handlers = {std::make_shared<FileHandler>(config.filename, config.filemode)};
  else if (handlers.empty()) handlers = {std::make_shared<StreamHandler>()};
  Logger::Handlers added;
  for (const auto& handler : handlers) {
    if (!handler->formatter()) handler->set_formatter(formatter);
    if (std::find(added.begin(), added.end(), handler) == added.end()) added.push_back(handler);
  }
  root.set_handlers(std::move(added));
  if (config.level) root.set_level(*config.level);
}

}  // namespace logging
