// Python's logging, in its words: levels, loggers with dotted names, handlers, formatters.
//
//     logging::basic_config({.level = logging::Level::INFO});
//     logging::Logger& logger = logging::get_logger("prices");
//     logger.info("{} costs {} usd", coin, price);     // INFO:prices:bitcoin costs 67187.33 usd
//
// A message is a {fmt} format, checked when the program is compiled. The sections stand in the
// order in which a line is made: a call becomes a Record, a Logger hands it to Handlers, a
// Formatter makes it text. What Python has and this has not is listed in docs/design.md.
//
// Every function may be called from any thread at any time, save where it says otherwise. To log
// never throws: what goes wrong is said on standard error.
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

/// The name of a level as it is printed: "INFO", or "Level 25".
std::string level_name(Level level);

/// The level of a name in capitals (WARN and FATAL are known, too) or of a whole number.
/// Throws std::invalid_argument.
Level level_from(const std::string& name_or_number);

// ---- Records: what is known of one call

/// A fact beside the message, for the handlers that can keep it apart. The views need to hold for
/// the length of the call only.
struct Field {
  std::string_view name;
  std::string_view value;
};
using Extra = std::initializer_list<Field>;

/// The place of a call. The compiler fills it in; the caller writes nothing.
struct Location {
  const char* file;  // as the compiler was given it, less -fmacro-prefix-map
  int line;
  const char* function;  // the bare name

  static constexpr Location current(const char* file = __builtin_FILE(),
                                    int line = __builtin_LINE(),
                                    const char* function = __builtin_FUNCTION()) {
    return Location{file, line, function};
  }
};

/// A message's format and the place where it stands, checked against the arguments' types.
template <typename... Args>
struct BasicFormat {
  template <typename Text>
  consteval BasicFormat(const Text& format,
                        Location place = Location::current())  // NOLINT: implicit
      : text(format), location(place) {}

  fmt::format_string<Args...> text;
  Location location;
};
template <typename... Args>
using Format = BasicFormat<std::type_identity_t<const Args&>...>;

/// One logged message. It lives as long as the call.
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
  const struct Attribute* attribute;  // none behind the last text
};

/// Writes records by a format such as "%(asctime)s %(levelname)-8s %(message)s": the attributes
/// of Python's LogRecord with printf's flags, width and precision.
/// https://docs.python.org/3/library/logging.html#logrecord-attributes
class Formatter {
 public:
  /// An empty `format` is "%(message)s". `datefmt` is strftime(3)'s, for %(asctime)s; an empty
  /// one gives 2026-11-22 14:48:00,123. Throws std::invalid_argument for what Python refuses.
  explicit Formatter(const std::string& format = "", const std::string& datefmt = "");

  /// Appends `record` to `line`, without a newline.
  void format(const Record& record, fmt::memory_buffer& line) const;

  /// %(asctime)s of seconds since 1970, as it is until any formatter's next one in this thread.
  std::string_view format_time(double time) const;

 private:
  std::vector<Part> parts_;
  std::string datefmt_;
  unsigned id_;  // of this datefmt and no other, ever
};

// ---- Handlers: where records go

class Handler {
 public:
  virtual ~Handler() = default;

  /// Leaves out the records below `level`; NOTSET, the default, takes all.
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  Level level() const { return level_.load(std::memory_order_relaxed); }

  /// To be set before the handler is added to a logger.
  void set_formatter(Formatter formatter) { formatter_ = std::move(formatter); }
  const std::optional<Formatter>& formatter() const { return formatter_; }

  /// Brings on its way what is left. Called when the program exits, of those removed, too.
  virtual void flush() noexcept {}

 protected:
  friend class Logger;

  /// Brings `record` to where this handler's records go. Called by several threads at once.
  /// Throws a std::exception where it fails: the logger says so on standard error.
  virtual void emit(const Record& record) = 0;

 private:
  std::atomic<Level> level_{Level::NOTSET};
  std::optional<Formatter> formatter_;
};

/// Writes each record to a file descriptor, which stays the caller's: one line, one write(2).
class StreamHandler : public Handler {
 public:
  /// `name` is what an error calls it.
  explicit StreamHandler(int fd = 2, std::string name = "standard error")
      : fd_(fd), name_(std::move(name)) {}

 protected:
  void emit(const Record& record) override;
  int fd() const { return fd_; }

 private:
  int fd_;
  std::string name_;
};

/// Writes each record to a file of its own. O_APPEND keeps the lines of several threads, and of
/// several processes, whole.
class FileHandler : public StreamHandler {
 public:
  /// `mode` "a" keeps what the file holds, "w" starts it anew. Throws std::invalid_argument for
  /// another mode, std::system_error where the file cannot be opened.
  explicit FileHandler(const std::string& path, const std::string& mode = "a");
  ~FileHandler() override;
  FileHandler(const FileHandler&) = delete;
  FileHandler& operator=(const FileHandler&) = delete;
};

// ---- Loggers: what a program calls

/// A named source of records. Its name's dots make a tree: "app.db" is below "app", and all are
/// below the root. A record goes to its logger's handlers, then to those of every logger above.
/// Where there are none at all, it goes to standard error from WARNING up.
class Logger {
 public:
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  const std::string& name() const { return name_; }

  /// Leaves out the records below `level`. NOTSET leaves that to the logger above.
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  Level level() const { return level_.load(std::memory_order_relaxed); }

  /// The level of the nearest logger, from this one up, that has one.
  Level get_effective_level() const {
    for (const Logger* logger = this;; logger = logger->parent_)
      if (const Level level = logger->level(); level != Level::NOTSET || !logger->parent_)
        return level;
  }
  bool is_enabled_for(Level level) const {
    return level >= get_effective_level() && level > Level::NOTSET;
  }

  /// Adding a handler that is there, or removing one that is not, does nothing. One that is
  /// removed is kept until the program ends, since another thread may be in it.
  void add_handler(std::shared_ptr<Handler> handler);
  void remove_handler(const std::shared_ptr<Handler>& handler);

  /// Whether records also go to the handlers above: true unless set.
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

/// The logger of that name, made at the first call; it lives as long as the program. Without a
/// name, or with "root", the one above all others, whose level is WARNING.
Logger& get_logger(const std::string& name = "");

/// What basic_config() sets up, by Python's names and with Python's defaults.
struct BasicConfig {
  std::optional<Level> level{};  // the root logger's; unless given, it keeps its own
  std::string format = "%(levelname)s:%(name)s:%(message)s";
  std::string datefmt{};
  std::string filename{};  // a FileHandler, and not one on standard error
  std::string filemode = "a";
  bool force = false;  // removes the handlers that the root logger has
  std::vector<std::shared_ptr<Handler>> handlers{};  // these, in place of the one it would make
};

/// Gives the root logger a handler and a level. Does nothing where it has a handler already,
/// unless forced. Throws what Formatter and FileHandler throw, and then nothing was changed.
void basic_config(const BasicConfig& config = {});

}  // namespace logging
