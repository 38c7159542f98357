// The logger behaves as Python's: levels, propagation, handlers, threads.
// What it prints is compared with CPython's in logging_python_test.cpp.
#include "common/logging.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "common/local_time.hpp"
#include "tests/folder.hpp"

using logging::Level;

namespace {

/// Keeps the messages, and counts the flushes.
class ListHandler : public logging::Handler {
 public:
  void flush() noexcept override { ++flushes; }

  std::vector<std::string> messages;
  int flushes = 0;

 protected:
  void emit(const logging::Record& record) override { messages.emplace_back(record.message); }
};

using Messages = std::vector<std::string>;

/// Loggers live as long as the program: each test has a tree of its own.
logging::Logger& logger_of(const std::string& test, Level level = Level::NOTSET) {
  logging::Logger& logger = logging::get_logger(test);
  logger.set_level(level);
  return logger;
}

class File : public testing::Test {
 protected:
  File() {
    char name[] = "/tmp/logging-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/log"; }
  std::string text() const {
    std::stringstream text;
    text << std::ifstream{path()}.rdbuf();
    return text.str();
  }

 private:
  std::string folder_;
};

}  // namespace

TEST(Levels, HaveNamesAndNumbers) {
  EXPECT_EQ(logging::level_name(Level::WARNING), "WARNING");
  EXPECT_EQ(logging::level_name(Level{25}), "Level 25");
  EXPECT_EQ(logging::level_name(Level{-5}), "Level -5");
  EXPECT_EQ(logging::level_from("FATAL"), Level::CRITICAL);
  EXPECT_EQ(logging::level_from("25"), Level{25});
  for (const char* bad : {"", "info", "INFO ", "2.5", "99999999999", "0x10"})
    EXPECT_THROW(logging::level_from(bad), std::invalid_argument) << bad;
}

TEST(Levels, AreThoseOfTheNearestLoggerAboveThatHasOne) {
  auto& top = logger_of("tree", Level::ERROR);
  auto& below = logging::get_logger("tree.branch.leaf");  // made before the one between
  EXPECT_EQ(below.get_effective_level(), Level::ERROR);
  logging::get_logger("tree.branch").set_level(Level{25});
  EXPECT_EQ(below.get_effective_level(), Level{25});
  EXPECT_TRUE(below.is_enabled_for(Level{25}));
  EXPECT_FALSE(below.is_enabled_for(Level{24}));
  below.set_level(Level::DEBUG);
  top.set_level(Level::CRITICAL);
  EXPECT_EQ(below.get_effective_level(), Level::DEBUG);
  below.set_level(Level::NOTSET);
  EXPECT_EQ(below.get_effective_level(), Level{25});
}

TEST(Levels, NotsetIsNeverLogged) {
  auto& logger = logger_of("notset", Level{-10});
  const auto handler = std::make_shared<ListHandler>();
  logger.add_handler(handler);
  logger.log(Level::NOTSET, "no");
  logger.log(Level{-1}, "no");
  logger.log(Level{1}, "yes");
  EXPECT_EQ(handler->messages, Messages{"yes"});
}

/// What {fmt} itself makes of it.
#define EXPECT_AS_FMT(logger, handler, ...)                         \
  do {                                                              \
    (logger).info(__VA_ARGS__);                                     \
    EXPECT_EQ((handler).messages.back(), fmt::format(__VA_ARGS__)); \
  } while (false)

TEST(Messages, AreAsFmtMakesThem) {
  auto& logger = logger_of("messages", Level::INFO);
  const auto handler = std::make_shared<ListHandler>();
  logger.set_propagate(false);
  logger.add_handler(handler);
  const std::string text = "bitcoin", big(3000, 'x');
  const char* const words = "usd";
  EXPECT_AS_FMT(logger, *handler, "");
  EXPECT_AS_FMT(logger, *handler, "no field");
  EXPECT_AS_FMT(logger, *handler, "{}", text);
  EXPECT_AS_FMT(logger, *handler, "{}{}", big, big);
  EXPECT_AS_FMT(logger, *handler, "[{}]", std::string_view{});
  EXPECT_AS_FMT(logger, *handler, "{} costs {} {}", text, 67187.33, words);
  EXPECT_AS_FMT(logger, *handler, "{} {} {} {}", INT_MIN, UINT_MAX, LLONG_MIN, ULLONG_MAX);
  EXPECT_AS_FMT(logger, *handler, "{} {} {} {}", 0, 1e20, 0.1f, 100000.0);
  EXPECT_AS_FMT(logger, *handler, "{} {} {}", true, 'c', static_cast<const void*>(&text));
  EXPECT_AS_FMT(logger, *handler, "{} {{}}", text);
  EXPECT_AS_FMT(logger, *handler, "{{}} {}", text);
  EXPECT_AS_FMT(logger, *handler, "}} {}", text);
  EXPECT_AS_FMT(logger, *handler, "{} {:>12}|", 1, text);
  EXPECT_AS_FMT(logger, *handler, "{1} {0}", 1, text);
  EXPECT_AS_FMT(logger, *handler, "{} {:.1f} {}", 1, 2.25, 3);
  EXPECT_EQ(handler->messages.size(), 15U);
}

TEST(Handlers, GetTheRecordsOfAllLoggersBelow) {
  const auto above = std::make_shared<ListHandler>(), own = std::make_shared<ListHandler>();
  auto& logger = logging::get_logger("propagate.one");
  logger_of("propagate", Level::ERROR).add_handler(above);
  logger.add_handler(own);
  logger.set_level(Level::DEBUG);  // the level of a logger above is not asked again
  logger.debug("{}", 1);
  logger.set_propagate(false);
  logger.debug("{}", 2);
  EXPECT_EQ(above->messages, Messages{"1"});
  EXPECT_EQ(own->messages, (Messages{"1", "2"}));
}

TEST(Handlers, HaveLevelsOfTheirOwn) {
  const auto handler = std::make_shared<ListHandler>();
  handler->set_level(Level{35});
  auto& logger = logger_of("handler-level", Level::DEBUG);
  logger.add_handler(handler);
  logger.warning("no");
  logger.log(Level{35}, "yes");
  EXPECT_EQ(handler->messages, Messages{"yes"});
}

TEST(Handlers, AreAddedOnce) {
  const auto handler = std::make_shared<ListHandler>();
  auto& logger = logger_of("twice", Level::INFO);
  logger.add_handler(handler);
  logger.add_handler(handler);
  logger.info("one");
  logger.remove_handler(handler);
  logger.set_propagate(false);
  logger.info("none");
  EXPECT_EQ(handler->messages, Messages{"one"});
}

TEST(Loggers, WithoutAHandlerWriteWarningsToStandardError) {
  auto& logger = logger_of("no-handler", Level::DEBUG);
  logger.set_propagate(false);
  testing::internal::CaptureStderr();
  logger.info("no");
  logger.warning("yes");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "yes\n");
}

TEST(Loggers, AreTheSameForTheSameName) {
  EXPECT_EQ(&logging::get_logger("same"), &logging::get_logger("same"));
  EXPECT_EQ(&logging::get_logger(), &logging::get_logger("root"));
  EXPECT_EQ(logging::get_logger("").name(), "root");
}

TEST(Loggers, KnowThePlaceOfTheCall) {
  struct PlaceHandler : logging::Handler {
    void emit(const logging::Record& record) override { place = record.location; }
    logging::Location place{};
  };
  const auto handler = std::make_shared<PlaceHandler>();
  auto& logger = logger_of("place", Level::INFO);
  logger.add_handler(handler);
  const int line = __LINE__ + 1;
  logger.info("here");
  EXPECT_STREQ(handler->place.file, "tests/logging_test.cpp");
  EXPECT_EQ(handler->place.line, line);
  EXPECT_STREQ(handler->place.function, "TestBody");
}

TEST_F(File, IsKeptOrStartedAnew) {
  const auto log_once = [this](const char* mode) {
    auto& logger = logger_of("mode", Level::INFO);
    const auto handler = std::make_shared<logging::FileHandler>(path(), mode);
    logger.set_propagate(false);
    logger.add_handler(handler);
    logger.info("one");
    logger.remove_handler(handler);
  };
  log_once("a");
  log_once("a");
  EXPECT_EQ(text(), "one\none\n");
  log_once("w");
  EXPECT_EQ(text(), "one\n");
  EXPECT_THROW(logging::FileHandler(path(), "r"), std::invalid_argument);
  EXPECT_THROW(logging::FileHandler("/nonexistent/log"), std::system_error);
}

TEST_F(File, ThatCannotBeWrittenToIsSaidOnStandardErrorAndThrowsNothing) {
  auto& logger = logger_of("full", Level::INFO);
  logger.set_propagate(false);
  logger.add_handler(std::make_shared<logging::FileHandler>("/dev/full"));
  testing::internal::CaptureStderr();
  logger.info("two\nlines");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("logging: Failed to write to /dev/full: No space left on device: "
                      "lost \"two\\nlines\" (tests/logging_test.cpp:"),
            0u)
      << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST_F(File, HoldsALineOfAMegabyte) {
  const auto handler = std::make_shared<logging::FileHandler>(path());
  auto& logger = logger_of("megabyte", Level::INFO);
  logger.set_propagate(false);
  logger.add_handler(handler);
  const std::string message = std::string(1 << 20, 'x') + "é\n";
  logger.info("{}", message);
  EXPECT_TRUE(text() == message + '\n');
}

TEST_F(File, HoldsEveryLineOfEightThreadsWhole) {
  constexpr int threads = 8, lines = 5'000;
  auto& logger = logger_of("threads", Level::INFO);
  const auto handler = std::make_shared<logging::FileHandler>(path());
  handler->set_formatter(logging::Formatter{"%(asctime)s %(levelname)s %(message)s."});
  logger.set_propagate(false);
  logger.add_handler(handler);
  {
    std::jthread changing{[&logger](const std::stop_token& stop) {  // the level, meanwhile
      while (!stop.stop_requested())
        for (const Level level : {Level::DEBUG, Level::INFO}) logger.set_level(level);
    }};
    std::vector<std::jthread> running;
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&logger, t] {
        for (int i = 0; i < lines; ++i) logger.info("{} {} {}", t, i, std::string(100, 'x'));
      });
  }
  std::ifstream file{path()};
  std::set<std::pair<int, int>> found;
  for (std::string line; std::getline(file, line);) {
    int t = -1, i = -1;
    char filling[200] = "";
    ASSERT_EQ(std::sscanf(line.c_str(), "%*s %*s INFO %d %d %199s", &t, &i, filling), 3) << line;
    ASSERT_EQ(filling, std::string(100, 'x') + '.') << line;
    EXPECT_TRUE(found.emplace(t, i).second) << line;
  }
  EXPECT_EQ(found.size(), std::size_t{threads * lines});
}

TEST_F(File, IsSetUpOnceUnlessForced) {
  logging::basic_config({.level = Level{25}, .format = "%(levelname)s", .filename = path()});
  logging::basic_config({.level = Level::DEBUG, .format = "again"});  // not even looked at
  EXPECT_EQ(logging::get_logger().get_effective_level(), Level{25});
  logging::get_logger().log(Level{25}, "message");
  EXPECT_EQ(text(), "Level 25\n");
  EXPECT_THROW(logging::basic_config({.format = "%(nosuch)s", .force = true}),
               std::invalid_argument);
  EXPECT_THROW(logging::basic_config({.datefmt = "%",
                                      .filename = path(),
                                      .force = true,
                                      .handlers = {std::make_shared<ListHandler>()}}),
               std::invalid_argument);
  logging::get_logger().error("still there");
  EXPECT_EQ(text(), "Level 25\nERROR\n");
  const auto handler = std::make_shared<ListHandler>();
  logging::basic_config({.force = true, .handlers = {handler, handler}});  // adds it once
  logging::get_logger().error("moved");
  EXPECT_EQ(handler->messages, Messages{"moved"});
  EXPECT_EQ(text(), "Level 25\nERROR\n");
}

TEST(Exit, FlushesEachHandlerOnceAndThoseThatWereTakenAway) {
  struct Told : ListHandler {
    explicit Told(const char* said) : what(said) {}
    void flush() noexcept override { std::fputs(what, stderr); }
    const char* const what;
  };
  const auto log_and_exit = [] {
    logger_of("exit").add_handler(std::make_shared<Told>("flushed"));
    const auto removed = std::make_shared<Told>("removed");
    logger_of("exit").add_handler(removed);
    logger_of("exit").remove_handler(removed);
    std::exit(0);
  };
  EXPECT_EXIT(log_and_exit(), testing::ExitedWithCode(0), "^(flushedremoved|removedflushed)$");
}

// The C library's own lock is no business of the logger's, and held by whoever asks for a local
// time.
TEST(Fork, LeavesTheChildADateWhateverTheParentsThreadsDo) {
  const Folder folder;
  const auto handler = std::make_shared<logging::FileHandler>(folder / "log");
  handler->set_formatter(logging::Formatter{"%(asctime)s", "%Y-%m-%d %s %Z"});
  logging::Logger& logger = logger_of("fork.dates");
  logger.add_handler(handler);
  const auto log = [&logger](const std::stop_token& stop) {
    while (!stop.stop_requested()) logger.warning("of the parent");
  };
  const auto look_up = [](const std::stop_token& stop) {
    std::tm local{};
    for (std::time_t time = 0; !stop.stop_requested(); ++time) localtime_r(&time, &local);
  };
  std::jthread logging{log}, asking{look_up}, asking_too{look_up};
  for (int i = 0; i < 300; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(30);  // ends it if it hangs
      logger.warning("of the child");
      // Another second: what is kept does for that one, too.
      handler->formatter()->format_time(static_cast<double>(std::time(nullptr)) + 5);
      _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << "after " << i << " that did not hang";
  }
}

TEST(LocalTime, IsThatOfTheCLibrary) {
  for (const char* zone : {"UTC0", "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "<-0330>3:30"}) {
    setenv("TZ", zone, 1);
    for (std::time_t time = -3'000'000'000; time < 8'000'000'000; time += 7'777'777) {
      tzset();
      std::tm expected{};
      localtime_r(&time, &expected);
      char there[1000], here[1000];
      const std::string all{
          "%a %A %b %c %C %d %D %e %F %g %G %h %H %I %j %m %M %p %r %R %s %S %T "
          "%u %U %V %w %W %x %X %y %Y %z %Z %% %%s %Es %-d"};
      std::strftime(there, sizeof there, all.c_str(), &expected);
      ASSERT_GT(format_local_time(here, sizeof here, all.c_str(), time), 0u);
      ASSERT_STREQ(here, there) << zone << ' ' << time;
    }
  }
  unsetenv("TZ");
}

std::tm of_the_c_library(std::time_t time) {
  std::tm local{};
  localtime_r(&time, &local);
  return local;
}

// Made before main(), so it is the program's first call.
const std::tm first_call = local_time(0);
const std::tm expected_of_it = of_the_c_library(0);  // before a test sets another zone

TEST(LocalTime, KnowsTheZoneInTheFirstCall) {
  ASSERT_NE(first_call.tm_zone, nullptr);
  EXPECT_STREQ(first_call.tm_zone, expected_of_it.tm_zone);
  EXPECT_EQ(first_call.tm_gmtoff, expected_of_it.tm_gmtoff);
  EXPECT_EQ(first_call.tm_hour, expected_of_it.tm_hour);
}

TEST(Fork, LeavesTheChildNoLockedLoggers) {
  std::jthread making{[](const std::stop_token& stop) {
    while (!stop.stop_requested()) logging::get_logger("fork");
  }};
  for (int i = 0; i < 200; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(30);  // ends it if it hangs
      logging::get_logger("fork.child");
      _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }
}
