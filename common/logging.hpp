// Python's logging, in its words: levels, loggers with dotted names, handlers, formatters.
//
//     logging::basic_config({.level = logging::Level::INFO});
//     logging::Logger& logger = logging::get_logger("prices");
//     logger.info("{} costs {} usd", coin, price);     // INFO:prices:bitcoin costs 67187.33 usd
//
// A message is a {fmt} format, checked when the program is compiled. A call becomes a Record, its
// Logger hands that to Handlers, and a Handler's Formatter makes it text. docs/design.md lists the
// parts of Python's logging that are missing here.
//
// Any thread may call any function at any time, unless the function's comment says otherwise.
// A call that logs never throws: if it fails, a line on standard error says so.
// https://docs.python.org/3/library/logging.html
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/percent_format.hpp"

namespace logging {

// ---- Levels: how much a message matters

/// A Level may also lie between the named ones: Level{25}.
enum class Level : int {
  NOTSET = 0,
  DEBUG = 10,
  INFO = 20,
  WARNING = 30,
  ERROR = 40,
  CRITICAL = 50
};

/// Returns the name of a level as it is printed: "INFO", or "Level 25".
std::string level_name(Level level);

/// Returns the level of a name in capitals (also WARN and FATAL) or of a whole number. Throws
/// std::invalid_argument for any other text.
Level level_from(const std::string& name_or_number);

// ---- Records: what is known of one call

/// A fact beside the message, for the handlers that can keep it apart. The texts must live as long
/// as the call that logs them.
struct Field {
  std::string_view name;
  std::string_view value;
};
using Extra = std::initializer_list<Field>;

/// The place of a call. The compiler fills it in; the caller writes nothing.
struct Location {
  const char* file;  // from the repository's root: -fmacro-prefix-map takes off what is before it
  int line;
  const char* function;  // the bare name

  static constexpr Location current(const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE(),
                                    const char* function = __builtin_FUNCTION()) {
    return Location{file, line, function};
  }
};

/// How many arguments a {fmt} format takes: {} takes the next one, {0} the first.
consteval std::size_t arguments_of(std::string_view format) {
  std::size_t counted = 0, named = 0;
  for (std::size_t at = 0; (at = format.find('{', at)) != format.npos; ++at) {
    std::size_t end = at + 1, number = 0;
    for (; end < format.size() && format[end] >= '0' && format[end] <= '9'; ++end)
      number = 10 * number + static_cast<std::size_t>(format[end] - '0');
    if (end > at + 1) named = number < named ? named : number + 1;
    else if (format.substr(end, 1) == "{") ++at;  // {{ is a brace
    else ++counted;
  }
  return counted < named ? named : counted;
}
void more_arguments_than_the_format_has();  // not consteval: the compiler's error names it

/// A message's format, which the compiler checks against the arguments, and its place. With {fmt}
/// alone, an argument too many would be left out without a word.
template <typename... Args>
struct BasicFormat {
  template <typename Text>
  consteval BasicFormat(const Text& format,
                        Location place = Location::current())  // NOLINT: implicit
      : text(format), location(place) {
    if (arguments_of(format) < sizeof...(Args)) more_arguments_than_the_format_has();
  }

  fmt::format_string<Args...> text;
  Location location;
};
template <typename... Args>
using Format = BasicFormat<std::type_identity_t<const Args&>...>;

/// One logged message. What it refers to is valid during the call alone.
struct Record {
  std::string_view name;  // the logger's
  Level level;
  std::string_view message;
  Extra extra;
  Location location;
  double created;                // seconds since 1970
  std::string_view thread_name;  // "MainThread", or pthread_setname_np(3)'s
};

// ---- Formatter: how a record is written

/// A part of a format, as Formatter keeps it.
struct Part {
  percent::Directive directive;
  const struct Attribute* attribute;  // nullptr if only the text is left
};

/// Writes records by a format such as "%(asctime)s %(levelname)-8s %(message)s": the attributes
/// of Python's LogRecord with printf's flags, width and precision.
/// https://docs.python.org/3/library/logging.html#logrecord-attributes
class Formatter {
 public:
  /// An empty `format` is "%(message)s". `datefmt` is strftime(3)'s, for %(asctime)s; an empty
  /// one gives 2026-11-22 14:48:00,123. Throws std::invalid_argument for a format that Python
  /// refuses or that is missing here, and for a datefmt that gives no text or more than a kilobyte.
  explicit Formatter(const std::string& format = "", const std::string& datefmt = "");

  /// Appends `record` to `line`, without a newline.
  void format(const Record& record, fmt::memory_buffer& line) const;

  /// Returns the %(asctime)s of `time`, seconds since 1970. The text is valid until this thread
  /// calls format_time() again, of any formatter.
  std::string_view format_time(double time) const;

 private:
  std::vector<Part> parts_;
  std::string datefmt_;
  unsigned id_;  // only a formatter's copies have the same
};

// ---- Handlers: what writes records

class Handler {
 public:
  virtual ~Handler() = default;

  /// Leaves out the records below `level`; NOTSET, the default, takes all.
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  Level level() const { return level_.load(std::memory_order_relaxed); }

  /// Call it before the handler is added to a logger.
  void set_formatter(Formatter formatter) { formatter_ = std::move(formatter); }
  const std::optional<Formatter>& formatter() const { return formatter_; }

  /// Writes what the handler still holds. Called when the program exits, also for a handler that
  /// was removed.
  virtual void flush() noexcept {}

 protected:
  friend class Logger;

  /// Writes `record`. Several threads may call it at once. It may throw a std::exception if it
  /// fails: the logger says so on standard error, and counts it in lost_messages().
  virtual void emit(const Record& record) = 0;

 private:
  std::atomic<Level> level_{Level::NOTSET};
  std::optional<Formatter> formatter_;
};

/// Writes each record to a file descriptor, with one write(2) a line. The descriptor stays open.
class StreamHandler : public Handler {
 public:
  /// `name` stands for the descriptor in error texts.
  explicit StreamHandler(int fd = 2, std::string name = "standard error")
      : fd_(fd), name_(std::move(name)) {}

 protected:
  void emit(const Record& record) override;
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string name_;
};

/// Appends records to a file that it opens itself. Lines stay whole, even if several threads or
/// processes write: open(2), O_APPEND.
class FileHandler : public StreamHandler {
 public:
  /// `mode` "a" keeps what the file holds, "w" empties it. Throws std::invalid_argument for another
  /// mode, and std::system_error if the file cannot be opened.
  explicit FileHandler(const std::string& path, const std::string& mode = "a");
  ~FileHandler() override;
  FileHandler(const FileHandler&) = delete;
  FileHandler& operator=(const FileHandler&) = delete;
};

// ---- Loggers: what a program calls

/// A named source of records. Its name's dots make a tree: "app.db" is below "app", and all are
/// below the root. A record goes to its logger's handlers, then to those of every logger above. If
/// there are none at all, it goes to standard error, from WARNING up.
class Logger {
 public:
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  const std::string& name() const { return name_; }

  /// Leaves out the records below `level`. With NOTSET, the level of the logger above decides.
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  Level level() const { return level_.load(std::memory_order_relaxed); }

  /// Returns the level of the nearest logger, from this one up, that has one.
  Level get_effective_level() const {
    for (const Logger* logger = this;; logger = logger->parent_)
      if (const Level level = logger->level(); level != Level::NOTSET || !logger->parent_)
        return level;
  }
  bool is_enabled_for(Level level) const {
    return level >= get_effective_level() && level > Level::NOTSET;
  }

  /// To add a handler twice, or to remove one that was not added, does nothing. A removed handler
  /// lives until the program ends, since another thread may be using it.
  void add_handler(std::shared_ptr<Handler> handler);
  void remove_handler(const std::shared_ptr<Handler>& handler);

  /// Sets whether records also go to the handlers of the loggers above. At first they do.
  void set_propagate(bool propagate) { propagate_.store(propagate, std::memory_order_relaxed); }

  // Each logs one message: the format, then its arguments. The second kind has extra fields first:
  // logger.info({{"COIN", coin}, {"PRICE", price}}, "{} costs {}", coin, price);

  template <typename... Args>
  void debug(Format<Args...> format, const Args&... args) {
    log(Level::DEBUG, {}, format, args...);
  }
  template <typename... Args>
  void debug(Extra extra, Format<Args...> format, const Args&... args) {
    log(Level::DEBUG, extra, format, args...);
  }
  template <typename... Args>
  void info(Format<Args...> format, const Args&... args) {
    log(Level::INFO, {}, format, args...);
  }
  template <typename... Args>
  void info(Extra extra, Format<Args...> format, const Args&... args) {
    log(Level::INFO, extra, format, args...);
  }
  template <typename... Args>
  void warning(Format<Args...> format, const Args&... args) {
    log(Level::WARNING, {}, format, args...);
  }
  template <typename... Args>
  void warning(Extra extra, Format<Args...> format, const Args&... args) {
    log(Level::WARNING, extra, format, args...);
  }
  template <typename... Args>
  void error(Format<Args...> format, const Args&... args) {
    log(Level::ERROR, {}, format, args...);
  }
  template <typename... Args>
  void error(Extra extra, Format<Args...> format, const Args&... args) {
    log(Level::ERROR, extra, format, args...);
  }
  template <typename... Args>
  void critical(Format<Args...> format, const Args&... args) {
    log(Level::CRITICAL, {}, format, args...);
  }
  template <typename... Args>
  void critical(Extra extra, Format<Args...> format, const Args&... args) {
    log(Level::CRITICAL, extra, format, args...);
  }
  template <typename... Args>
  void log(Level level, Format<Args...> format, const Args&... args) {
    log(level, {}, format, args...);
  }
  template <typename... Args>
  void log(Level level, Extra extra, Format<Args...> format, const Args&... args) {
    if (is_enabled_for(level))
      write(level, extra, format.location, format.text, fmt::make_format_args(args...));
  }

 private:
  friend struct Registry;
  friend Logger& get_logger(const std::string& name);
  friend void basic_config(const struct BasicConfig& config);
  using Handlers = std::vector<std::shared_ptr<Handler>>;

  Logger(std::string name, const Logger* parent, Level level);
  void set_handlers(Handlers handlers);
  void write(Level level, Extra extra, const Location& location, fmt::string_view format,
             fmt::format_args args) const noexcept;

  const std::string name_;
  const Logger* const parent_;
  std::atomic<Level> level_;
  std::atomic<bool> propagate_{true};
  std::atomic<const Handlers*> handlers_;  // replaced whole, never changed
};

/// Returns the logger of that name. The first call makes it; it lives as long as the program.
/// Without a name, or with "root", it is the one above all others, whose level is WARNING at first.
Logger& get_logger(const std::string& name = "");

/// Returns how many messages were lost since the program began, because a handler or the formatting
/// threw. Each was told on standard error.
std::size_t lost_messages();

/// What basic_config() sets up, by Python's names and with Python's defaults.
struct BasicConfig {
  std::optional<Level> level{};  // for the root logger; if not given, it keeps the one it has
  std::string format = "%(levelname)s:%(name)s:%(message)s";
  std::string datefmt{};
  std::string filename{};  // if given, a FileHandler takes the place of the StreamHandler
  std::string filemode = "a";
  bool force = false;  // removes the handlers that the root logger has
  std::vector<std::shared_ptr<Handler>> handlers{};  // these, in place of the one it would make
};

/// Gives the root logger a handler and a level. If it has a handler already, does nothing, unless
/// `force` is set. Those of `handlers` without a formatter get the one that `format` and `datefmt`
/// make. Throws what Formatter and FileHandler throw, and std::invalid_argument for `handlers` with
/// a `filename`; then the root logger is as before.
void basic_config(const BasicConfig& config = {});

}  // namespace logging
