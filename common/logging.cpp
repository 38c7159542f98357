#include "common/logging.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <forward_list>
#include <map>
#include <mutex>
#include <stdexcept>

#include "common/line_file.hpp"

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

// ---- Handlers

void StreamHandler::emit(const Record& record) {
  static const Formatter& message_only = *new Formatter;
  fmt::memory_buffer line;
  const std::optional<Formatter>& own = formatter();
  (own ? *own : message_only).format(record, line);
  line.push_back('\n');
  write_lines(fd_, {line.data(), line.size()}, name_);
}

/// What open(2) is told of a mode.
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

  Registry() {
    std::atexit([] {
      const std::lock_guard lock(get().mutex);
      for (const auto& [name, logger] : get().loggers)
        for (const auto& handler : *logger->handlers_.load()) handler->flush();
    });
  }
  static Registry& get() {
    static Registry& registry = *new Registry;
    return registry;
  }
};

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

double now() {
  std::timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<double>(time.tv_sec * 1'000'000'000 + time.tv_nsec) / 1e9;
}

/// Asked once in each thread: it takes two system calls.
static std::string_view thread_name() {
  static thread_local char name[16] = "";
  static thread_local std::size_t size = 0;
  if (size == 0) {
    if (gettid() == getpid()) std::strcpy(name, "MainThread");
    else pthread_getname_np(pthread_self(), name, sizeof name);
    size = std::strlen(name);
  }
  return {name, size};
}

/// On standard error: there is nowhere else to say it.
static void say_lost(const std::string& what, const Location& location,
                     const std::exception& error) {
  std::fputs(fmt::format("logging: {}: lost {} ({}:{})\n", error.what(), what, location.file,
                         location.line)
                 .c_str(),
             stderr);
}

void Logger::write(Level level, Extra extra, const Location& location, fmt::string_view format,
                   fmt::format_args args) const noexcept try {
  fmt::memory_buffer message;
  format_message(message, format, args);
  const Record record{name_, level,        {message.data(), message.size()}, extra, location,
                      now(), thread_name()};
  bool found = false;
  const auto emit = [&](Handler& handler) {
    found = true;
    if (level < handler.level()) return;
    try {
      handler.emit(record);
    } catch (const std::exception& error) {
      say_lost(fmt::format("{:?}", record.message), location, error);
    }
  };
  for (const Logger* logger = this; logger; logger = logger->propagate_ ? logger->parent_ : nullptr)
    for (const auto& handler : *logger->handlers_.load(std::memory_order_acquire)) emit(*handler);
  static StreamHandler& last_resort = *new StreamHandler;
  if (!found && level >= Level::WARNING) emit(last_resort);
} catch (const std::exception& error) {
  say_lost("a message", location, error);
}

Logger& get_logger(const std::string& name) {
  if (name == "root") return get_logger();
  const std::lock_guard lock(Registry::get().mutex);
  std::unique_ptr<Logger>& logger = Registry::get().loggers[name];
  if (!logger && name.empty()) logger.reset(new Logger{"root", nullptr, Level::WARNING});
  const std::size_t dot = name.rfind('.');
  if (!logger)
    logger.reset(
        new Logger{name, &get_logger(dot == name.npos ? "" : name.substr(0, dot)), Level::NOTSET});
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
  for (const auto& handler : handlers)
    if (!handler->formatter()) handler->set_formatter(formatter);
  root.set_handlers(std::move(handlers));
  if (config.level) root.set_level(*config.level);
}

}  // namespace logging
