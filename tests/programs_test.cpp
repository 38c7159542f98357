// The five programs, as whoever starts them sees them: options, output, signals. All traffic stays
// on the loopback interface, and no journal but the test's own hears of it.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <regex>
#include <set>

#include "tests/folder.hpp"
#include "tests/process.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Arguments = std::vector<std::string>;

static const std::string nobody = "http://127.0.0.1:1/api/v3";  // tcpmux, which is long gone

static double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

static std::string name_of(const std::string& program) {
  return std::filesystem::path{program}.filename();
}

/// The offline price server.
struct PriceApi : Process {
  explicit PriceApi(const Arguments& options = {})
      : Process(Arguments{PRICE_API, "--listen", "127.0.0.1:0"} + options) {
    const std::string greeting = out.read_line().value_or("");
    if (!greeting.starts_with("listening on "))
      throw std::runtime_error("price-api said '" + greeting + "' " + err.read_all(1s));
    url = greeting.substr(std::string{"listening on "}.size());
  }
  std::string url;
};

/// What a program prints when it runs to its end.
struct Output {
  explicit Output(const Arguments& argv, const Arguments& env = {}) {
    Process process{argv, env};
    out = process.out.read_all(20s);
    err = process.err.read_all(20s);
    status = process.wait();
  }
  std::string out, err;
  std::optional<int> status;
};

/// `argv` in a mount namespace of its own, where nothing is in /run and `machine` is /run/systemd:
/// no journald hears it but one that listens at `machine`/journal/socket. unshare(1)
static Arguments with_run_systemd(const Folder& machine, const Arguments& argv) {
  Arguments unshare{"unshare", "--mount"};
  if (geteuid() != 0) unshare.push_back("--map-root-user");
  return unshare +
         Arguments{"sh", "-c",
                   "mount -t tmpfs run /run && mkdir /run/systemd && "
                   "mount --bind \"$0\" /run/systemd && exec \"$@\"",
                   machine / ""} +
         argv;
}

// ---- Options: what every program has

struct Program {
  const char* path;
  const char* purpose;
};

class EveryProgram : public testing::TestWithParam<Program> {
 protected:
  const std::string path_ = GetParam().path;
  const std::string name_ = name_of(path_);
};

INSTANTIATE_TEST_SUITE_P(
    Each, EveryProgram,
    testing::Values(
        Program{DATE_DAEMON, "Appends the date to a file at a fixed cadence."},
        Program{LOGGING, "Logs one message of each of the five levels."},
        Program{PRICE_FETCHER, "Appends the price of a coin to a file at a fixed cadence."},
        Program{LOGGER_LEVELS, "Appends the price of a coin to a file at a fixed cadence."},
        Program{JOURNALD, "Appends the price of a coin to a file at a fixed cadence."}),
    [](const auto& test) {
      return std::regex_replace(name_of(test.param.path), std::regex{"-"}, "_");
    });

TEST_P(EveryProgram, HelpsOnStandardOutput) {
  const Output help{{path_, "--help"}};
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.err, "");
  const std::string operand = name_ == "02-logging" ? " [MESSAGE]" : "";
  const std::string start =
      "Usage: " + name_ + " [OPTION]..." + operand + "\n" + GetParam().purpose + "\n\n  --";
  EXPECT_EQ(help.out.substr(0, start.size()), start);
  EXPECT_NE(help.out.find("\n  --version               print the version and exit\n"),
            std::string::npos)
      << help.out;
}

TEST_P(EveryProgram, TellsItsVersion) {
  const Output version{{path_, "--version"}};
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, name_ + " " SERVICIOS_VERSION "\n");
  EXPECT_EQ(version.err, "");
}

struct BadOptions {
  Arguments arguments;
  std::string complaint;
};

static void expect_refused(const std::string& program, const BadOptions& bad) {
  const Output refused{Arguments{program} + bad.arguments};
  EXPECT_EQ(refused.status, 2) << testing::PrintToString(bad.arguments);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err, name_of(program) + ": " + bad.complaint + "\n");
}

TEST_P(EveryProgram, RefusesWhatItDoesNotKnow) {
  for (const BadOptions& bad : std::vector<BadOptions>{
           {{"--bogus"}, "unknown option --bogus: --help lists what there is"},
           {{"--bogus=3"}, "unknown option --bogus=3: --help lists what there is"},
           {{"-x"}, "unknown option -x: --help lists what there is"},
           {{"--help=3"}, "unknown option --help=3: --help lists what there is"}})
    expect_refused(path_, bad);
}

// ---- Daemons: what 01, 03, 04 and 05 have

/// A daemon whose files are in a folder of the test's own.
class EveryDaemon : public testing::TestWithParam<const char*> {
 protected:
  /// The daemon with `options`, asking `url` if it asks at all.
  Arguments daemon(const std::string& url, const Arguments& options) const {
    Arguments argv{path_, "--file", file_};
    if (asks_) argv = argv + Arguments{"--url", url};
    return with_run_systemd(machine_, argv + options);
  }

  const std::string path_ = GetParam();
  const bool asks_ = path_ != DATE_DAEMON;
  const Folder folder_, machine_;
  const std::string file_ = folder_ / "lines";
};

class EveryPriceDaemon : public EveryDaemon {};

static std::string name_of_test(const testing::TestParamInfo<const char*>& test) {
  return std::regex_replace(name_of(test.param), std::regex{"-"}, "_");
}
INSTANTIATE_TEST_SUITE_P(Each, EveryDaemon,
                         testing::Values(DATE_DAEMON, PRICE_FETCHER, LOGGER_LEVELS, JOURNALD),
                         name_of_test);
INSTANTIATE_TEST_SUITE_P(Each, EveryPriceDaemon,
                         testing::Values(PRICE_FETCHER, LOGGER_LEVELS, JOURNALD), name_of_test);

TEST_P(EveryDaemon, RefusesABadValueInOneLine) {
  const auto seconds = [](const std::string& text) {
    return BadOptions{
        {"--interval", text},
        "--interval '" + text + "': write seconds above 0, at most a year, such as 5 or 0.5"};
  };
  const auto count = [](const std::string& text) {
    return BadOptions{{"--count", text},
                      "--count '" + text + "': write a whole number from 1 up, such as 3"};
  };
  for (const BadOptions& bad : std::vector<BadOptions>{
           seconds("0"), seconds("-1"), seconds("nan"), seconds("inf"), seconds("1e99"),
           seconds("5s"), seconds(" 5"), seconds(""), count("0"), count("-3"), count("1.5"),
           count("18446744073709551616"), count("many"),
           BadOptions{{"--file", ""}, "--file '': write a text that is not empty"},
           BadOptions{{"now\n"}, "unexpected argument 'now ': --help lists what there is"},
           BadOptions{{"--interval"}, "--interval: its value is missing: write --interval VALUE"},
           BadOptions{{"now"}, "unexpected argument 'now': --help lists what there is"}})
    expect_refused(path_, bad);
}

TEST_P(EveryPriceDaemon, RefusesBadOptionsInOneLine) {
  for (const char* option : {"--coin", "--currency", "--url"})
    expect_refused(path_,
                   {{option, ""}, option + std::string{" '': write a text that is not empty"}});
  expect_refused(path_, {{"--timeout", "0"},
                         "--timeout '0': write seconds above 0, at most a year, such as 5 or 0.5"});
  expect_refused(path_, {{"--url", "ftp://x"},
                         "'ftp://x' is not the URL of a price API: write "
                         "http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH"});
  expect_refused(path_,  // --coin or --count?
                 {{"--co", "3"}, "unknown option --co: --help lists what there is"});
}

TEST_P(EveryDaemon, SaysWhichFileItCannotOpen) {
  const Output output{with_run_systemd(machine_, {path_, "--file", "/nowhere/lines"})};
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.err,
            name_of(path_) + ": Failed to open /nowhere/lines: No such file or directory\n");
}

TEST_P(EveryDaemon, EndsAfterItsCountAndKeepsItsCadence) {
  const PriceApi api;
  const Clock::time_point start = Clock::now();
  const Output output{daemon(api.url, {"--interval", "0.5", "--count", "6"})};
  const double took = seconds_since(start);
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_EQ(lines(file_).size(), 6u);
  EXPECT_GE(took, 2.5);
  EXPECT_LT(took, 5.0) << "ticks of 0.5 s were left out, or its start took as long as they";
}

/// Whether the daemons that `start` starts end within 50 ms, with 0: the best of three does, since
/// the machine may be busy with other tests.
template <typename Start>
static void expect_prompt_end(const Start& start) {
  for (const int signal : {SIGTERM, SIGINT}) {
    double best = 60;
    for (int run = 1; run <= 3; ++run) {
      const std::unique_ptr<Process> daemon = start();
      const Clock::time_point begin = Clock::now();
      daemon->signal(signal);
      EXPECT_EQ(daemon->wait(), 0);
      best = std::min(best, seconds_since(begin));
    }
    EXPECT_LT(best, 0.05) << "after SIG" << sigabbrev_np(signal);
  }
}

TEST_P(EveryDaemon, EndsAtOnceWithExitStatus0) {
  const PriceApi api;
  expect_prompt_end([&] {
    std::filesystem::remove(file_);
    auto waiting = std::make_unique<Process>(daemon(api.url, {"--interval", "3600"}));
    EXPECT_TRUE(becomes_true([&] { return lines(file_).size() == 1; }));
    return waiting;
  });
}

TEST_P(EveryPriceDaemon, EndsAtOnceInTheMiddleOfARequest) {
  PriceApi api{{"--faults", "silence*"}};
  expect_prompt_end([&] {
    auto asking =
        std::make_unique<Process>(daemon(api.url, {"--interval", "3600", "--timeout", "1000"}));
    EXPECT_NE(api.err.read_line().value_or("").find(" silence "), std::string::npos);
    return asking;
  });
  EXPECT_EQ(contents(file_), "");
}

TEST_P(EveryPriceDaemon, WaitsAsLongAsARateLimitAsks) {
  PriceApi api{{"--faults", "429", "--retry-after", "1"}};
  Process asking{daemon(api.url, {"--interval", "0.5", "--count", "2"})};
  ASSERT_TRUE(api.err.read_line());
  const Clock::time_point refused = Clock::now();
  ASSERT_TRUE(api.err.read_line());
  EXPECT_GE(seconds_since(refused), 0.9);
  EXPECT_EQ(asking.wait(), 0);
  EXPECT_EQ(lines(file_).size(), 1u);
  if (path_ == JOURNALD) return;  // which says it elsewhere
  const std::string level = path_ == LOGGER_LEVELS ? "WARNING:prices:" : "";
  EXPECT_EQ(asking.err.read_line(), level + api.url +
                                        ": status 429 (asked too often), wait 1 s: You've exceeded "
                                        "the Rate Limit.");
}

TEST_P(EveryDaemon, NeverLeavesHalfALineWhenKilled) {
  PriceApi api;
  const std::regex whole{asks_ ? R"(\d{5}(\.\d\d?)?)" : R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"};
  // Each time a new file, of less than a page: write(2) may be cut between two.
  for (int kills = 1; kills <= 10; ++kills, std::filesystem::remove(file_)) {
    // One that asks needs nine tenths of its interval to be answered in.
    Process killed{daemon(api.url, {"--interval", asks_ ? "0.05" : "0.0005"})};
    ASSERT_TRUE(becomes_true([&] { return lines(file_).size() > 20; }));
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.wait(), 128 + SIGKILL);
    EXPECT_TRUE(contents(file_).ends_with('\n'));
    for (const std::string& line : lines(file_)) ASSERT_TRUE(std::regex_match(line, whole)) << line;
  }
}

// ---- Bad days of every daemon

/// What the daemon sees at `path`, in a mount namespace of its own: proc(5), /proc/pid/root
static std::string seen_by(const Process& daemon, const std::string& path) {
  return "/proc/" + std::to_string(daemon.pid()) + "/root" + path;
}

/// `argv` of with_run_systemd(), with a shell's `commands` before it, in that namespace.
static Arguments after(const std::string& commands, Arguments argv) {
  const auto script = std::find(argv.begin(), argv.end(), "-c") + 1;
  *script = commands + " && " + *script;
  return argv;
}

static std::ptrdiff_t count_of(const std::string& text, const std::string& part) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

// A disk of one page, 4096 bytes, on which 4090 are taken.
TEST_P(EveryDaemon, OutlivesAFullDiskAndLeavesNoHalfLine) {
  const PriceApi api;
  Process process{after("mount -t tmpfs -o size=4k disk '" + folder_ / "" +
                            "' && head -c 4090 /dev/zero >'" + file_ + "'",
                        daemon(api.url, {"--interval", "0.2"}))};
  const std::string told = process.err.read_line().value_or("");
  EXPECT_EQ(told, name_of(path_) + ": Failed to write to " + file_ +
                      ": No space left on device: lines are lost from here on");
  const std::string seen = seen_by(process, file_);
  EXPECT_EQ(contents(seen).size(), 4090u);
  std::filesystem::resize_file(seen, 0);
  ASSERT_TRUE(becomes_true([&] { return lines(seen).size() >= 3; }));
  for (const std::string& line : lines(seen)) EXPECT_GE(line.size(), 5u) << line;
  EXPECT_EQ(process.terminate(), 0);
  const std::string rest = process.err.read_all();
  EXPECT_EQ(count_of(rest, "Failed to write"), 0) << rest;
  EXPECT_EQ(count_of(rest, file_ + " takes lines again: "), 1) << rest;
}

TEST_P(EveryDaemon, StartsOnAFullDisk) {
  const PriceApi api;
  Process process{after("mount -t tmpfs -o nr_inodes=1 disk '" + folder_ / "" + "'",
                        daemon(api.url, {"--interval", "0.2"}))};
  const auto told = process.err.read_line();
  EXPECT_TRUE(told && told->find("No space left on device") != told->npos) << told.value_or("");
  const std::string seen = seen_by(process, folder_ / "");
  Process{{"nsenter", "--mount", "--target", std::to_string(process.pid()), "mount", "-o",
           "remount,nr_inodes=9", folder_ / ""}}
      .wait();
  EXPECT_TRUE(becomes_true([&] { return !lines(seen_by(process, file_)).empty(); }));
  EXPECT_EQ(process.terminate(), 0);
}

// LimitFSIZE= of systemd.exec(5); `ulimit -f` counts by 512 bytes.
TEST_P(EveryDaemon, OutlivesALimitOnTheSizeOfItsFile) {
  const PriceApi api;
  Process process{Arguments{"sh", "-c", "ulimit -f 1 && exec \"$0\" \"$@\""} +
                  daemon(api.url, {"--interval", asks_ ? "0.02" : "0.002"})};
  const std::string told = "Failed to write to " + file_ + ": File too large";
  EXPECT_TRUE(becomes_true(
      [&] { return process.err.read_line().value_or("").find(told) != std::string::npos; }));
  EXPECT_EQ(process.terminate(), 0);
  EXPECT_LE(contents(file_).size(), 512u);
  EXPECT_TRUE(contents(file_).ends_with('\n'));
}

// A disk that has become read-only, a quota, a disk that breaks: strace(1), "Tampering", has
// write(2) fail so, three times after the first line. With -D it is the daemon's child, and not its
// parent.
TEST_P(EveryDaemon, OutlivesWhateverItsDiskSays) {
  const PriceApi api;
  for (const auto& [name, error] : {std::pair{"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EIO", EIO}}) {
    std::filesystem::remove(file_);
    Process process{Arguments{"strace", "-D", "-f", "-o", "/dev/null", "-P", file_, "-e",
                              "inject=write:when=2..4:error=" + std::string{name}} +
                    daemon(api.url, {"--interval", "0.2", "--count", "6"})};
    EXPECT_EQ(process.wait(), 0);
    EXPECT_EQ(lines(file_).size(), 3u) << name;
    const std::string err = process.err.read_all();
    const std::string told = "Failed to write to " + file_ + ": " + std::strerror(error);
    EXPECT_EQ(count_of(err, told), 1) << err;
    EXPECT_EQ(count_of(err, file_ + " takes lines again: 3 were lost"), 1) << err;
  }
}

TEST_P(EveryDaemon, OpensItsFileAnewOnSighup) {
  const PriceApi api;
  Process process{daemon(api.url, {"--interval", "3600"})};
  ASSERT_TRUE(becomes_true([&] { return lines(file_).size() == 1; }));
  std::filesystem::rename(file_, file_ + ".1");
  process.signal(SIGHUP);
  EXPECT_TRUE(becomes_true([&] { return std::filesystem::exists(file_); }));
  EXPECT_EQ(lines(file_ + ".1").size(), 1u);
  EXPECT_EQ(process.terminate(), 0);
}

TEST_P(EveryDaemon, LosesNothingWhileItsFileIsRenamedAndItIsToldSo) {
  const PriceApi api;
  Process process{daemon(api.url, {"--interval", "0.05", "--count", "40"})};
  int files = 0;
  ASSERT_TRUE(becomes_true([&] { return std::filesystem::exists(file_); }));
  while (!process.wait(20ms)) {
    std::error_code missing;
    std::filesystem::rename(file_, file_ + std::to_string(files), missing);
    if (!missing) ++files;
    process.signal(SIGHUP);
  }
  EXPECT_EQ(process.wait(), 0);
  std::size_t total = lines(file_).size();
  for (int i = 0; i < files; ++i) total += lines(file_ + std::to_string(i)).size();
  EXPECT_EQ(total, 40u);
  EXPECT_GT(files, 3);
}

// script(1) gives it a terminal of its own, which goes when script is killed.
TEST_P(EveryDaemon, EndsWithTheTerminalThatItWasStartedFrom) {
  const PriceApi api;
  std::string command = "echo $$ >'" + (folder_ / "pid") + "'; exec";
  for (const std::string& argument : daemon(api.url, {"--interval", "3600"}))
    command += " '" + argument + "'";
  std::ofstream{folder_ / "run"} << command;
  const auto terminal = std::make_unique<Process>(
      Arguments{"script", "--quiet", "--command", "sh " + folder_ / "run", "/dev/null"});
  ASSERT_TRUE(becomes_true([&] { return lines(file_).size() == 1; }));
  const std::string process = "/proc/" + lines(folder_ / "pid").at(0) + "/exe";
  std::error_code gone;
  ASSERT_EQ(std::filesystem::read_symlink(process, gone), std::filesystem::canonical(path_));
  terminal->signal(SIGKILL);
  EXPECT_TRUE(becomes_true([&] { return std::filesystem::read_symlink(process, gone).empty(); }));
}

TEST_P(EveryDaemon, TakesNoFileAndNoSocketForAClosedStandardStream) {
  const PriceApi api;
  for (const std::string closed : {"<&- >&- 2>&-", ">&- 2>&-", "<&- 2>&-", "2>&-", "<&-"}) {
    SCOPED_TRACE(closed);
    std::filesystem::remove(file_);
    Process process{Arguments{"sh", "-c", "exec \"$0\" \"$@\" " + closed} +
                    daemon(api.url, {"--interval", "3600"})};
    ASSERT_TRUE(becomes_true([&] { return lines(file_).size() == 1; }));
    for (const std::string fd : {"0", "1", "2"}) {
      const std::string opened =
          std::filesystem::read_symlink("/proc/" + std::to_string(process.pid()) + "/fd/" + fd);
      EXPECT_TRUE(opened == "/dev/null" || opened.starts_with("pipe:") ||
                  opened.starts_with("/dev/"))
          << fd << " is " << opened;
    }
    EXPECT_EQ(process.terminate(), 0);
  }
}

// What nobody reads fills up. Nothing may be lost in libcurl's own sockets, or wait for ever in
// them.
TEST_P(EveryPriceDaemon, RunsWithoutStandardStreams) {
  for (const std::string closed : {">&- 2>&-", "<&- 2>&-"}) {
    Process process{Arguments{"sh", "-c", "exec \"$0\" \"$@\" " + closed} +
                    daemon(nobody, {"--interval", "0.001", "--count", "1500"})};
    EXPECT_EQ(process.wait(60s), 0) << closed;
  }
}

/// Whether the process waits in one of these system calls: in the same one at two looks. proc(5)
static bool is_in_call(const Process& process, const std::set<long>& numbers) {
  const std::string path = "/proc/" + std::to_string(process.pid()) + "/syscall";
  const std::string call = contents(path);
  if (!std::isdigit(call[0]) || !numbers.contains(std::stol(call))) return false;
  std::this_thread::sleep_for(20ms);
  return contents(path) == call;
}

TEST_P(EveryDaemon, EndsAtOnceWhileNobodyReadsItsFifo) {
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  expect_prompt_end([&] {
    auto opens = std::make_unique<Process>(daemon(nobody, {}));
    EXPECT_TRUE(becomes_true([&] { return is_in_call(*opens, {SYS_openat}); }));
    return opens;
  });
}

/// A FIFO that is full.
class FullFifo {
 public:
  explicit FullFifo(const std::string& path) {
    if (mkfifo(path.c_str(), 0600) < 0 ||
        (fd_ = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
      throw std::system_error(errno, std::generic_category(), "FIFO " + path);
    for (char byte = 0; write(fd_, &byte, 1) == 1;) continue;
  }
  ~FullFifo() { close(fd_); }
  FullFifo(const FullFifo&) = delete;
  FullFifo& operator=(const FullFifo&) = delete;

 private:
  int fd_ = -1;
};

TEST_P(EveryDaemon, EndsAtOnceWhileItsFifoIsFull) {
  const PriceApi api;
  const FullFifo full{file_};
  expect_prompt_end([&] {
    auto writes = std::make_unique<Process>(daemon(api.url, {}));
    EXPECT_TRUE(becomes_true([&] { return is_in_call(*writes, {SYS_write}); }));
    return writes;
  });
}

TEST_P(EveryPriceDaemon, EndsAtOnceWhileItsStandardErrorIsFull) {
  const FullFifo full{folder_ / "stderr"};
  expect_prompt_end([&] {
    auto writes = std::make_unique<Process>(
        Arguments{"sh", "-c", "exec \"$0\" \"$@\" 2<>\"" + folder_ / "stderr" + "\""} +
        daemon(nobody, {}));
    EXPECT_TRUE(becomes_true([&] { return is_in_call(*writes, {SYS_write}); }));
    return writes;
  });
}

// Before it listens to signals, it is ended as any program is; after that, with 0.
TEST_P(EveryDaemon, EndsAtOnceInItsFirstMilliseconds) {
  for (int microseconds = 0; microseconds < 20'000; microseconds += 500) {
    Process process{{path_, "--file", file_, "--interval", "3600"}};
    std::this_thread::sleep_for(std::chrono::microseconds{microseconds});
    const std::optional<int> status = process.terminate();
    EXPECT_TRUE(status == 0 || status == 128 + SIGTERM) << "after " << microseconds << " us";
  }
}

/// Under a systemd, $JOURNAL_STREAM says which file is the journal: systemd.exec(5)
static Arguments with_journal_as_standard_error(const Arguments& argv) {
  return Arguments{"sh", "-c",
                   "JOURNAL_STREAM=$(stat -Lc %d:%i /dev/fd/2) && export JOURNAL_STREAM && "
                   "exec \"$0\" \"$@\""} +
         argv;
}

TEST_P(EveryDaemon, SaysWithAPriorityWhatEndsIt) {
  const Output bad{with_journal_as_standard_error({path_, "--bogus"})};
  EXPECT_EQ(bad.err,
            "<3>" + name_of(path_) + ": unknown option --bogus: --help lists what there is\n");
  if (path_ == JOURNALD) return;  // which says the rest in the journal itself
  const Output lost{with_journal_as_standard_error({path_, "--file", "/nowhere/lines"})};
  EXPECT_EQ(lost.err, "<3>" + name_of(path_) +
                          ": Failed to open /nowhere/lines: No such file or directory\n");
}

// ---- The time zone

class EveryDaemonThatWritesDates : public EveryDaemon {};
INSTANTIATE_TEST_SUITE_P(Each, EveryDaemonThatWritesDates,
                         testing::Values(DATE_DAEMON, LOGGER_LEVELS), name_of_test);

TEST_P(EveryDaemonThatWritesDates, FollowsTheTimeZone) {
  std::ofstream{folder_ / "zones"} << "Zone East 9 - EAST\nZone West -9 - WEST\n";
  ASSERT_EQ(Output({"zic", "-d", folder_ / "", folder_ / "zones"}).status, 0);
  Process process{
      after("mount -t tmpfs etc /etc && ln -s '" + folder_ / "East" + "' /etc/localtime",
            Arguments{"env", "-u", "TZ"} + daemon(nobody, {"--interval", "0.1"}) +
                (asks_ ? Arguments{"--format", "%(asctime)s"} : Arguments{}))};
  const auto hour = [](std::time_t offset) {
    const std::time_t there = std::time(nullptr) + offset * 3600;
    std::tm time{};
    gmtime_r(&there, &time);
    char text[32];
    return std::string{text, std::strftime(text, sizeof text, "%Y-%m-%d %H:", &time)};
  };
  const auto says = [&](std::time_t offset) {
    return becomes_true([&] {
      const std::string line = asks_                  ? process.err.read_line().value_or("")
                               : lines(file_).empty() ? ""
                                                      : lines(file_).back();
      return line.starts_with(hour(offset));
    });
  };
  EXPECT_TRUE(says(9));
  const std::string zone = seen_by(process, "/etc/localtime");
  std::filesystem::create_symlink(folder_ / "West", zone + ".new");
  std::filesystem::rename(zone + ".new", zone);
  EXPECT_TRUE(says(-9));
  EXPECT_EQ(process.terminate(), 0);
}

// ---- 01-date-daemon

TEST(DateDaemon, WritesTheLocalDateAtOnce) {
  const Folder folder;
  const auto date_in_tokyo = [](std::time_t now) {
    now += 9 * 3600;
    std::tm time{};
    gmtime_r(&now, &time);
    char text[32];
    return std::string{text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S\n", &time)};
  };
  const std::time_t before = std::time(nullptr);
  const Output output{{DATE_DAEMON, "--file", folder / "dates.txt", "--count", "1"}, {"TZ=JST-9"}};
  const std::time_t after = std::time(nullptr);
  EXPECT_EQ(output.out + output.err, "");
  std::set<std::string> possible;
  for (std::time_t now = before; now <= after; ++now) possible.insert(date_in_tokyo(now));
  EXPECT_TRUE(possible.contains(contents(folder / "dates.txt"))) << contents(folder / "dates.txt");
}

// ---- 02-logging

TEST(Logging, HasPythonsDefaults) {
  const Output output{{LOGGING}};
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.err,
            "WARNING:root:something may go wrong\n"
            "ERROR:root:something went wrong\n"
            "CRITICAL:root:nothing more can be done\n");
}

TEST(Logging, LogsAMessageAtEachLevel) {
  EXPECT_EQ(Output({LOGGING, "--level", "DEBUG", "--name", "app.db", "{} 100% ñ"}).err,
            "DEBUG:app.db:{} 100% ñ\n"
            "INFO:app.db:{} 100% ñ\n"
            "WARNING:app.db:{} 100% ñ\n"
            "ERROR:app.db:{} 100% ñ\n"
            "CRITICAL:app.db:{} 100% ñ\n");
}

TEST(Logging, TakesALevelAsANumber) {
  EXPECT_EQ(Output({LOGGING, "--level", "41", "x"}).err, "CRITICAL:root:x\n");
}

TEST(Logging, WritesByTheFormatsGiven) {
  EXPECT_EQ(Output({LOGGING, "--level", "CRITICAL", "--format",
                    "%(asctime)s|%(levelname)-9s|%(levelno)05d|%(filename)s|%(message)s",
                    "--datefmt", "on a day", "x"})
                .err,
            "on a day|CRITICAL |00050|main.cpp|x\n");
}

TEST(Logging, AppendsToAFileOrStartsItAnew) {
  const Folder folder;
  const std::string log = folder / "log";
  const Arguments to_file{LOGGING, "--level", "50", "--filename", log};
  EXPECT_EQ(Output(to_file + Arguments{"one"}).err, "");
  Output(to_file + Arguments{"two"});
  EXPECT_EQ(contents(log), "CRITICAL:root:one\nCRITICAL:root:two\n");
  Output(to_file + Arguments{"--filemode", "w", "three"});
  EXPECT_EQ(contents(log), "CRITICAL:root:three\n");
}

TEST(Logging, OutlivesAStandardErrorThatTakesNothing) {
  EXPECT_EQ(Output({"sh", "-c", "exec \"$0\" 2>/dev/full", LOGGING}).status, 1);
  EXPECT_EQ(Output({"sh", "-c", "exec \"$0\" 2>&-", LOGGING}).status, 0);
}

TEST(Logging, SaysWhichMessageAFullDiskTook) {
  const Output output{{LOGGING, "--level", "CRITICAL", "--filename", "/dev/full", "x"}};
  EXPECT_EQ(output.status, 1) << "a log that took nothing is a failure";
  EXPECT_NE(output.err.find("No space left on device"), std::string::npos) << output.err;
}

TEST(Logging, RefusesBadOptionsInOneLine) {
  expect_refused(LOGGING, {{"--level", "LOUD"},
                           "unknown level 'LOUD': write DEBUG, INFO, WARNING, ERROR, CRITICAL or "
                           "a number"});
  expect_refused(LOGGING, {{"--filename", "x", "--filemode", "r"}, "filemode 'r': write a or w"});
  expect_refused(LOGGING, {{"--format"}, "--format: its value is missing: write --format VALUE"});
  expect_refused(LOGGING,
                 {{"one", "two"}, "unexpected argument 'two': --help lists what there is"});
  const Output output{{LOGGING, "--format", "%(nothing)s"}};
  EXPECT_EQ(output.status, 2);
  EXPECT_TRUE(output.err.starts_with("02-logging: format '%(nothing)s': ")) << output.err;
  EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1);
}

// ---- 03-price-fetcher

class PriceFetcher : public testing::Test {
 protected:
  Arguments fetcher(const Arguments& options) const {
    return Arguments{PRICE_FETCHER, "--file", file_} + options;
  }

  const Folder folder_;
  const std::string file_ = folder_ / "prices.txt";
};

TEST_F(PriceFetcher, AppendsGoodPricesOnlyAndSaysWhyNot) {
  const PriceApi api{{"--faults",
                      "ok,301,401,403,429-bare,500,500-price,503,html-200,broken-json,wrong-shape,"
                      "null-price,text-price,negative,not-finite,bad-gzip,truncated,empty,reset,"
                      "silence,huge,ok"}};
  const Output output{fetcher({"--url", api.url, "--interval", "0.3", "--count", "22"})};
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(output.out, "");
  const std::vector<std::string> prices = lines(file_);
  ASSERT_EQ(prices.size(), 2u) << contents(file_);
  for (const std::string& price : prices) {
    EXPECT_TRUE(std::regex_match(price, std::regex{R"(\d+(\.\d+)?)"})) << price;
    EXPECT_NEAR(std::stod(price), 67000, 10000);
  }
  EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 20) << output.err;
  std::istringstream reasons{output.err};
  for (std::string reason; std::getline(reasons, reason);)
    EXPECT_TRUE(reason.starts_with(api.url + ": ")) << reason;
  EXPECT_NE(output.err.find(": status 500: Internal Server Error\n"), std::string::npos);
}

TEST_F(PriceFetcher, SaysThatACoinIsUnknown) {
  const PriceApi api;
  const Output output{fetcher({"--url", api.url, "--coin", "no such", "--count", "1"})};
  EXPECT_EQ(output.err, api.url + ": does not know the coin 'no such'\n");
  EXPECT_EQ(contents(file_), "");
}

TEST_F(PriceFetcher, AsksForTheCoinAndTheCurrencyOnOneConnection) {
  PriceApi api;
  const Output output{fetcher({"--url", api.url, "--coin", "ethereum", "--currency", "eur",
                               "--interval", "0.3", "--count", "15"})};
  std::set<std::string> requests;
  for (int i = 0; i < 15; ++i) requests.insert(api.err.read_line().value_or("nothing more"));
  ASSERT_EQ(requests.size(), 1u) << "of several peers, which are connections: "
                                 << testing::PrintToString(requests);
  EXPECT_TRUE(
      std::regex_match(*requests.begin(),
                       std::regex{R"(GET /api/v3/simple/price\?ids=ethereum&vs_currencies=eur 200 )"
                                  R"(peer=127\.0\.0\.1:\d+ agent="servicios/\d+\.\d+\.\d+ .*")"}))
      << *requests.begin();
}

TEST_F(PriceFetcher, AsksTheServerOfTheEnvironmentUnlessToldOtherwise) {
  const PriceApi api;
  EXPECT_EQ(Output(fetcher({"--count", "1"}), {"PRICE_API_URL=" + api.url}).err, "");
  EXPECT_EQ(lines(file_).size(), 1u);
  EXPECT_EQ(Output(fetcher({"--count", "1", "--url", api.url}), {"PRICE_API_URL=" + nobody}).err,
            "");
  EXPECT_EQ(lines(file_).size(), 2u);
}

TEST_F(PriceFetcher, RefusesABadServerInTheEnvironment) {
  const Output output{fetcher({"--count", "1"}), {"PRICE_API_URL=localhost"}};
  EXPECT_EQ(output.status, 2);
  EXPECT_TRUE(output.err.starts_with("03-price-fetcher: 'localhost' is not the URL")) << output.err;
}

TEST_F(PriceFetcher, GivesASilentServerUpBeforeTheNextTick) {
  const PriceApi api{{"--faults", "silence*3"}};
  const Clock::time_point start = Clock::now();
  const Output output{fetcher({"--url", api.url, "--interval", "2", "--count", "4"})};
  EXPECT_LT(seconds_since(start), 8) << "a tick was left out";
  EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 3) << output.err;
  EXPECT_NE(output.err.find("no whole answer in time"), std::string::npos) << output.err;
  EXPECT_EQ(lines(file_).size(), 1u);
}

// ---- 04-logger-levels

class LoggerLevels : public testing::Test {
 protected:
  std::string logged(const Arguments& options) const {
    const Output output{Arguments{LOGGER_LEVELS, "--file", folder_ / "prices.txt", "--url",
                                  api_.url, "--interval", "0.5", "--count", "2"} +
                        options};
    EXPECT_EQ(output.out, "");
    return std::regex_replace(output.err, std::regex{R"(\d{5}(\.\d\d?)?)"}, "PRICE");
  }

  const Folder folder_;
  const PriceApi api_{{"--faults", "ok,500"}};
  const std::string reason_ = std::regex_replace(api_.url, std::regex{R"(\d{5})"}, "PRICE") +
                              ": status 500: Internal Server Error\n";
};

TEST_F(LoggerLevels, LogsPricesAsInfoAndFailuresAsWarnings) {
  EXPECT_EQ(logged({}), "INFO:prices:bitcoin PRICE usd\nWARNING:prices:" + reason_);
  EXPECT_EQ(lines(folder_ / "prices.txt").size(), 1u);
}

TEST_F(LoggerLevels, LeavesOutWhatIsBelowItsLevel) {
  EXPECT_EQ(logged({"--level", "WARNING"}), "WARNING:prices:" + reason_);
  EXPECT_EQ(lines(folder_ / "prices.txt").size(), 1u);
}

TEST_F(LoggerLevels, LogsInTheFormatGiven) {
  EXPECT_EQ(logged({"--format", "%(levelname)s - %(message)s"}),
            "INFO - bitcoin PRICE usd\nWARNING - " + reason_);
}

TEST(LoggerLevelsAndJournald, RefuseABadLevelAndABadFormat) {
  for (const char* program : {LOGGER_LEVELS, JOURNALD}) {
    expect_refused(program, {{"--level", ""}, "--level '': write a text that is not empty"});
    expect_refused(program, {{"--level", "info"},
                             "unknown level 'info': write DEBUG, INFO, WARNING, ERROR, CRITICAL "
                             "or a number"});
    expect_refused(program,
                   {{"--format", "%(nothing)s"}, "format '%(nothing)s': there is no %(nothing)"});
  }
}

// ---- 05-journald

/// A datagram socket that stands in for systemd's own.
class DatagramServer {
 public:
  explicit DatagramServer(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address_), sizeof address_) < 0)
      throw std::system_error(errno, std::generic_category(), "Failed to listen at " + path);
  }
  ~DatagramServer() { close(fd_); }
  DatagramServer(const DatagramServer&) = delete;
  DatagramServer& operator=(const DatagramServer&) = delete;

  /// The next datagram; nothing when none comes in `timeout`.
  std::optional<std::string> receive(std::chrono::milliseconds timeout = 5s) {
    char bytes[65536];
    if (!readable_within(fd_, timeout)) return std::nullopt;
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    return std::string{bytes, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

  /// Until it takes no more. One sender alone is stopped before that by what may lie in its buffer.
  void fill() const {
    for (bool taken = true; std::exchange(taken, false);) {
      const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      while (sendto(sender, "", 0, 0, reinterpret_cast<const sockaddr*>(&address_),
                    sizeof address_) == 0)
        taken = true;
      close(sender);
    }
  }

 private:
  int fd_;
  sockaddr_un address_{AF_UNIX, {}};
};

class Journald : public testing::Test {
 protected:
  Process start(const Arguments& options, const Arguments& env = {}) {
    return Process{with_run_systemd(
                       machine_, Arguments{JOURNALD, "--file", file_, "--url", api_.url} + options),
                   env};
  }

  const Folder folder_, machine_;
  const std::string file_ = folder_ / "prices.txt";
  const std::string journal_ = machine_ / "journal/socket";
  const PriceApi api_{{"--faults", "ok,500"}};
};

using Fields = std::map<std::string, std::string>;

/// The fields of a record as journald is sent it. https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
static Fields fields_of(const std::string& datagram) {
  Fields fields;
  std::istringstream lines{datagram};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    EXPECT_NE(equals, std::string::npos) << line;
    EXPECT_TRUE(fields.emplace(line.substr(0, equals), line.substr(equals + 1)).second) << line;
  }
  return fields;
}

TEST_F(Journald, SendsEachFactInAFieldOfItsOwn) {
  DatagramServer journal{journal_};
  Process daemon = start({"--interval", "0.5", "--count", "2"});

  Fields record = fields_of(journal.receive().value_or(""));
  const std::string price = record["PRICE"];
  EXPECT_GT(std::stoi(record["CODE_LINE"]), 1);
  record.erase("CODE_LINE");
  EXPECT_EQ(record, (Fields{{"MESSAGE", "bitcoin " + price + " usd"},
                            {"PRIORITY", "6"},
                            {"LOGGER", "prices"},
                            {"COIN", "bitcoin"},
                            {"CURRENCY", "usd"},
                            {"PRICE", price},
                            {"CODE_FILE", "05-journald/main.cpp"},
                            {"CODE_FUNC", "main"},
                            {"THREAD_NAME", "MainThread"},
                            {"SYSLOG_IDENTIFIER", "05-journald"}}));

  Fields failure = fields_of(journal.receive().value_or(""));
  EXPECT_EQ(failure["MESSAGE"], api_.url + ": status 500: Internal Server Error");
  EXPECT_EQ(failure["PRIORITY"], "4");
  EXPECT_EQ(failure["COIN"], "bitcoin");
  EXPECT_FALSE(failure.contains("PRICE"));

  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_EQ(daemon.err.read_all(), "");
  EXPECT_EQ(contents(file_), price + "\n");
}

TEST_F(Journald, SaysWithoutAJournaldHowManyRecordsAreLost) {
  Process daemon = start({"--interval", "0.5", "--count", "7"});
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_EQ(daemon.err.read_all(),
            "journald: No such file or directory: records are lost from here on\n"
            "journald: 7 records were lost\n");
  EXPECT_EQ(lines(file_).size(), 6u) << "all but the one answer of 500";
}

TEST_F(Journald, TellsTheJournalOfLostRecordsOnceItIsBack) {
  Process daemon = start({"--interval", "0.1"});
  ASSERT_TRUE(becomes_true([&] { return lines(file_).size() >= 3; }));
  DatagramServer journal{journal_};

  Fields loss = fields_of(journal.receive().value_or(""));
  EXPECT_GE(std::stoi(loss["N_LOST"]), 4);  // three prices and the failure
  EXPECT_EQ(loss["MESSAGE"], loss["N_LOST"] + " records were lost: journald took none");
  EXPECT_EQ(loss["PRIORITY"], "4");
  EXPECT_EQ(fields_of(journal.receive().value_or(""))["COIN"], "bitcoin");

  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(daemon.err.read_all(),
            "journald: No such file or directory: records are lost from here on\n"
            "journald: " +
                loss["MESSAGE"] + "\n");
}

TEST_F(Journald, GoesOnWhileJournaldIsStuckAndCountsWhatIsLost) {
  DatagramServer journal{journal_};
  journal.fill();
  Process daemon = start({"--interval", "0.1", "--count", "60"});
  EXPECT_EQ(daemon.wait(30s), 0);
  EXPECT_EQ(daemon.err.read_all(),
            "journald: Resource temporarily unavailable: records are lost from here on\n"
            "journald: 60 records were lost\n");
  EXPECT_GT(lines(file_).size(), 50u);
}

TEST_F(Journald, SaysInTheJournalWhatEndsIt) {
  DatagramServer journal{journal_};
  const Output output{with_run_systemd(
      machine_, with_journal_as_standard_error({JOURNALD, "--file", "/nowhere/prices"}))};
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.err, "") << "it would stand in the journal twice";
  Fields record = fields_of(journal.receive().value_or(""));
  EXPECT_EQ(record["MESSAGE"], "Failed to open /nowhere/prices: No such file or directory");
  EXPECT_EQ(record["PRIORITY"], "3");
  EXPECT_EQ(record["LOGGER"], "prices");
}

// Whatever ends it between the two, the journal has no price that the file has not.
TEST(LoggerLevelsAndJournald, WriteAPriceBeforeTheyLogIt) {
  const PriceApi api;
  for (const char* program : {LOGGER_LEVELS, JOURNALD}) {
    const Folder folder, machine;
    DatagramServer journal{machine / "journal/socket"};
    const FullFifo full{folder / "prices"};
    Process daemon{with_run_systemd(
        machine, {program, "--file", folder / "prices", "--url", api.url, "--interval", "3600"})};
    ASSERT_TRUE(becomes_true([&] { return is_in_call(daemon, {SYS_write}); }));
    EXPECT_EQ(daemon.err.read_line(0ms), std::nullopt);
    EXPECT_EQ(journal.receive(0ms), std::nullopt);
    daemon.signal(SIGKILL);
  }
}

TEST_F(Journald, EndsAtOnceWhileJournaldIsStuck) {
  DatagramServer journal{journal_};
  journal.fill();
  expect_prompt_end([&] {
    auto sends = std::make_unique<Process>(with_run_systemd(
        machine_, {JOURNALD, "--file", file_, "--url", nobody, "--interval", "3600"}));
    EXPECT_TRUE(becomes_true([&] { return is_in_call(*sends, {SYS_sendto, SYS_ppoll}); }));
    return sends;
  });
}

TEST_F(Journald, EndsAtOnceWhileItsServiceManagerIsStuck) {
  DatagramServer manager{folder_ / "notify"};
  manager.fill();
  expect_prompt_end([&] {
    auto tells = std::make_unique<Process>(
        with_run_systemd(machine_, {JOURNALD, "--file", file_, "--url", nobody}),
        Arguments{"NOTIFY_SOCKET=" + folder_ / "notify"});
    EXPECT_TRUE(becomes_true([&] { return is_in_call(*tells, {SYS_sendmsg}); }));
    return tells;
  });
}

TEST_F(Journald, TakesAWatchdogOfAnyTime) {
  for (const std::string time : {"1", "1000", "22075200000000000", "18446744073709551614"}) {
    DatagramServer manager{folder_ / ("notify" + time)};
    Process daemon =
        start({"--interval", "0.2", "--count", "3"},
              {"NOTIFY_SOCKET=" + folder_ / ("notify" + time), "WATCHDOG_USEC=" + time});
    std::vector<std::string> said;
    while (const auto datagram = manager.receive()) {
      said.push_back(*datagram);
      if (said.back() == "STOPPING=1") break;
    }
    ASSERT_FALSE(said.empty()) << time;
    EXPECT_EQ(said.back(), "STOPPING=1") << time;
    EXPECT_EQ(daemon.wait(), 0) << time;
  }
}

TEST_F(Journald, TellsItsServiceManagerWhatItDoes) {
  DatagramServer manager{folder_ / "notify"};
  Process daemon = start({"--interval", "3600"}, {"NOTIFY_SOCKET=" + folder_ / "notify"});
  EXPECT_EQ(manager.receive(), "READY=1");
  const std::string status = manager.receive().value_or("");
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(status, "STATUS=bitcoin " + lines(file_).at(0) + " usd");
  EXPECT_EQ(manager.receive(), "STOPPING=1");
  EXPECT_EQ(manager.receive(0ms), std::nullopt);
}

TEST_F(Journald, PingsTheWatchdogAtHalfItsTime) {
  DatagramServer manager{folder_ / "notify"};
  Process daemon = start({"--interval", "3600"},
                         {"NOTIFY_SOCKET=" + folder_ / "notify", "WATCHDOG_USEC=400000"});
  EXPECT_EQ(manager.receive(), "READY=1");
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  EXPECT_TRUE(manager.receive().value_or("").starts_with("STATUS=bitcoin "));
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  const Clock::time_point start_time = Clock::now();
  for (int ping = 0; ping < 4; ++ping) EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  EXPECT_NEAR(seconds_since(start_time), 4 * 0.2, 0.4);
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(manager.receive(), "STOPPING=1");
}
