// The journald handler against a journal of the test's own: a datagram socket at journald's place,
// in a mount namespace that only this process sees. Reads what arrives, byte for byte.
#include "05-journald/journald_handler.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/odd_texts.hpp"

using logging::Level;
using namespace std::string_literals;

static std::atomic<std::size_t> allocations{0};

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr sockaddr_un journald{AF_UNIX, "/run/systemd/journal/socket"};

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

void write_file(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  check(fd, path);
  check(static_cast<int>(write(fd, text.data(), text.size())), path);
  close(fd);
}

/// Covers /run for this process alone; once, and gone with it. Who is not root becomes it in a
/// namespace of the process's own. user_namespaces(7)
void enter_namespace() {
  static const bool done = [] {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    check(unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS), "unshare");
    if (user != 0) {
      write_file("/proc/self/setgroups", "deny");
      write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
      write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
    }
    check(mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount private");
    check(mount("tmpfs", "/run", "tmpfs", 0, nullptr), "mount tmpfs");
    check(mkdir("/run/systemd", 0755), "mkdir");
    check(mkdir("/run/systemd/journal", 0755), "mkdir");
    return true;
  }();
  ASSERT_TRUE(done);
}

using Entry = std::multimap<std::string, std::string>;

/// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
Entry parse(std::string_view text) {
  Entry entry;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("=\n");
    const std::string name{text.substr(0, end)};
    const bool has_length = text.at(end) == '\n';
    text.remove_prefix(end + 1);
    std::uint64_t size = text.find('\n');
    if (has_length) {
      std::memcpy(&size, text.data(), sizeof size);  // little-endian, as this machine is
      text.remove_prefix(sizeof size);
    }
    EXPECT_EQ(text.at(size), '\n');
    entry.emplace(name, text.substr(0, size));
    text.remove_prefix(size + 1);
  }
  return entry;
}

class Journal {
 public:
  Journal() : socket_(bind_to(journald)) {}
  ~Journal() {
    close(socket_);
    unlink(journald.sun_path);
  }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// From one moment to the next it is another socket. What nobody read is lost.
  void replace() {
    static constexpr sockaddr_un beside{AF_UNIX, "/run/systemd/journal/other"};
    const int other = bind_to(beside);
    check(std::rename(beside.sun_path, journald.sun_path), "rename");
    close(std::exchange(socket_, other));
  }

  /// The next entry, or an empty one: what was sent is here at once.
  Entry read() {
    iovec room{buffer_.data(), buffer_.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) return {};
    std::string text = buffer_.substr(0, static_cast<std::size_t>(size));
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      text = read_sealed(fd);
      close(fd);
    }
    return parse(text);
  }

 private:
  static int bind_to(const sockaddr_un& address) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(fd, "socket");
    check(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    return fd;
  }

  static std::string read_sealed(int fd) {
    EXPECT_EQ(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, F_SEAL_WRITE);
    struct stat status {};
    check(fstat(fd, &status), "fstat");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    EXPECT_EQ(pread(fd, text.data(), text.size(), 0), status.st_size);
    return text;
  }

  int socket_;
  std::string buffer_ = std::string(1 << 20, '\0');
};

class JournaldHandlerTest : public testing::Test {
 protected:
  JournaldHandlerTest() {
    enter_namespace();
    logger.set_propagate(false);
    logger.set_level(Level::DEBUG);
    logger.add_handler(handler);
  }
  ~JournaldHandlerTest() override { logger.remove_handler(handler); }

  std::string message_of(const Entry& entry) {
    const auto found = entry.find("MESSAGE");
    return found == entry.end() ? "(none)" : found->second;
  }

  void log_in_child() {
    const pid_t child = fork();
    if (child == 0) {
      logger.info("child");
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }

  logging::Logger& logger = logging::get_logger("prices");
  std::shared_ptr<JournaldHandler> handler = std::make_shared<JournaldHandler>();
};

}  // namespace

TEST_F(JournaldHandlerTest, SendsEachFactInAFieldOfItsOwn) {
  Journal journal;
  const int line = __LINE__ + 1;
  logger.info({{"COIN", "bitcoin"}, {"price_2", "1 "}}, "{} costs {}", "bitcoin", 67187.33);
  EXPECT_EQ(journal.read(), (Entry{{"MESSAGE", "bitcoin costs 67187.33"},
                                   {"PRIORITY", "6"},
                                   {"LOGGER", "prices"},
                                   {"CODE_FILE", "tests/journald_handler_test.cpp"},
                                   {"CODE_LINE", std::to_string(line)},
                                   {"CODE_FUNC", "TestBody"},
                                   {"THREAD_NAME", "MainThread"},
                                   {"SYSLOG_IDENTIFIER", "journald_handler_test"},
                                   {"COIN", "bitcoin"},
                                   {"PRICE_2", "1 "}}));
  EXPECT_EQ(journal.read(), Entry{});
}

TEST_F(JournaldHandlerTest, SendsAnyTextAsItIs) {
  Journal journal;
  for (const std::string& text : odd_texts()) {
    logger.info({{"EXTRA", text}}, "{}", text);
    const Entry entry = journal.read();
    EXPECT_TRUE(message_of(entry) == text) << text.substr(0, 100);
    ASSERT_EQ(entry.count("EXTRA"), 1u);
    EXPECT_TRUE(entry.find("EXTRA")->second == text) << text.substr(0, 100);
    EXPECT_EQ(entry.count("SYSLOG_IDENTIFIER"), 1u);
    EXPECT_EQ(entry.size(), 9u);
  }
}

TEST_F(JournaldHandlerTest, GivesALevelBetweenTwoThePriorityOfTheLower) {
  Journal journal;
  logger.set_level(Level{1});
  const std::pair<int, const char*> expected[] = {{1, "7"},  {10, "7"}, {19, "7"}, {20, "6"},
                                                  {25, "6"}, {29, "6"}, {30, "4"}, {39, "4"},
                                                  {40, "3"}, {49, "3"}, {50, "2"}, {99, "2"}};
  for (const auto& [level, priority] : expected) {
    logger.log(Level{level}, "m");
    EXPECT_EQ(journal.read().find("PRIORITY")->second, priority) << level;
  }
}

TEST_F(JournaldHandlerTest, LeavesOutAFieldWithABadNameAndSaysSo) {
  Journal journal;
  const std::string longest(64, 'A'), too_long(65, 'A');
  for (const std::string& bad : {""s, "_COIN"s, "1COIN"s, "CO IN"s, "CO=IN"s, "é"s, "A\n"s, "A\0"s,
                                 "message"s, "PRIORITY"s, "Syslog_Identifier"s, too_long}) {
    testing::internal::CaptureStderr();
    logger.info({{bad, "value"}, {longest, "kept"}}, "m");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "journald: no extra field can be called '" + bad + "': left out\n");
    const Entry entry = journal.read();
    EXPECT_EQ(entry.size(), 9u);
    EXPECT_EQ(entry.count(longest), 1u);
  }
}

TEST_F(JournaldHandlerTest, SaysNothingOfABadNameWhileRecordsAreLost) {
  testing::internal::CaptureStderr();
  logger.info("lost");
  logger.info({{"1COIN", "value"}}, "m");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "journald: No such file or directory: records are lost from here on\n");
}

TEST_F(JournaldHandlerTest, WritesTheMessageByAFormatterIfItHasOne) {
  Journal journal;
  handler->set_formatter(logging::Formatter{"%(levelname)s:%(message)s"});
  logger.error("m");
  EXPECT_EQ(message_of(journal.read()), "ERROR:m");
}

TEST_F(JournaldHandlerTest, WorksAfterFork) {
  Journal journal;
  logger.info("parent");
  log_in_child();
  EXPECT_EQ(message_of(journal.read()), "parent");
  EXPECT_EQ(message_of(journal.read()), "child");
}

TEST_F(JournaldHandlerTest, CountsWhatIsLostWithoutAJournalAndTellsItWhenItIsBack) {
  {
    Journal gone;
    logger.info("first");
  }
  testing::internal::CaptureStderr();
  for (const char* text : {"a", "two\nlines", "c"}) logger.info("{}", text);
  Journal journal;
  logger.info("back");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "journald: No such file or directory: records are lost from here on\n"
            "journald: 3 records were lost: journald took none\n");
  const Entry loss = journal.read();
  EXPECT_EQ(message_of(loss), "3 records were lost: journald took none");
  EXPECT_EQ(loss.find("PRIORITY")->second, "4");
  EXPECT_EQ(loss.find("N_LOST")->second, "3");
  EXPECT_EQ(message_of(journal.read()), "back");
}

TEST_F(JournaldHandlerTest, LosesNothingWhenTheJournalIsAnother) {
  {
    Journal first;
    logger.info("1");
  }
  Journal second;
  logger.info("2");
  EXPECT_EQ(message_of(second.read()), "2");
}

TEST_F(JournaldHandlerTest, ThreadsLoseNothingWhenTheJournalIsAnother) {
  testing::internal::CaptureStderr();
  for (int round = 0; round < 20; ++round) {
    Journal journal;
    std::atomic<int> running = 2;
    std::vector<std::jthread> all;
    for (int t = 0; t < 2; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < 500; ++i) logger.info("m");
        --running;
      });
    for (int arrived = 0; arrived < 100;) arrived += !journal.read().empty();
    journal.replace();
    while (running > 0) journal.read();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(JournaldHandlerTest, WaitsOnceForAFrozenJournalAndCounts) {
  using Clock = std::chrono::steady_clock;
  using std::chrono::seconds, std::chrono::milliseconds;
  for (const std::string& text : {"m"s, "two\nlines"s, std::string(20'000, 'x')}) {
    Journal journal;
    constexpr int sent = 3'000;  // more than any queue holds
    testing::internal::CaptureStderr();
    const auto start = Clock::now();
    for (int i = 0; i < sent; ++i) logger.info("{}{}", i, text);
    EXPECT_GT(Clock::now() - start, milliseconds{250});
    EXPECT_LT(Clock::now() - start, seconds{2});  // were it for each, 700
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "journald: Resource temporarily unavailable: records are lost from here on\n");
    int arrived = 0;
    for (; message_of(journal.read()) == std::to_string(arrived) + text; ++arrived) continue;
    testing::internal::CaptureStderr();
    logger.info("back");
    testing::internal::GetCapturedStderr();
    EXPECT_EQ(journal.read().find("N_LOST")->second, std::to_string(sent - arrived));
    EXPECT_EQ(message_of(journal.read()), "back");
  }
}

TEST_F(JournaldHandlerTest, ThreadsCountEachRecordThatABusyJournalDoesNotTake) {
  Journal journal;
  constexpr int threads = 8, records = 500;
  int arrived = 0, lost = 0, reads = 0;
  const auto read = [&] {
    // So busy that all who wait give up.
    if (++reads % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{500});
    const Entry entry = journal.read();
    if (message_of(entry) == "m") ++arrived;
    else if (!entry.empty()) lost += std::stoi(entry.find("N_LOST")->second);
    return !entry.empty();
  };
  testing::internal::CaptureStderr();
  {
    std::atomic<int> running = threads;
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < records; ++i) logger.info("m");
        --running;
      });
    while (running > 0) read();
    while (read()) continue;
  }
  handler->flush();
  while (read()) continue;
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(arrived + lost, threads * records);
  EXPECT_GT(lost, 0);
}

TEST_F(JournaldHandlerTest, ThreadsWaitOnceForAFrozenJournalAndCount) {
  Journal journal;
  constexpr int threads = 2, records = 3'000;
  testing::internal::CaptureStderr();
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < records; ++i) logger.info("m");
      });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{5});
  int arrived = 0;
  while (message_of(journal.read()) == "m") ++arrived;
  logger.info("back");
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(journal.read().find("N_LOST")->second, std::to_string(threads * records - arrived));
}

TEST_F(JournaldHandlerTest, AChildCountsItsOwnLossAlone) {
  testing::internal::CaptureStderr();
  for (const char* text : {"a", "b", "c"}) logger.info("{}", text);
  Journal journal;
  log_in_child();
  logger.info("parent");
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(message_of(journal.read()), "child");
  EXPECT_EQ(journal.read().find("N_LOST")->second, "3");
  EXPECT_EQ(message_of(journal.read()), "parent");
}

TEST_F(JournaldHandlerTest, TellsAtItsEndWhatWasLost) {
  testing::internal::CaptureStderr();
  logger.info("lost");
  handler->flush();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "journald: No such file or directory: records are lost from here on\n"
            "journald: 1 records were lost\n");
}

TEST_F(JournaldHandlerTest, TellsAtItsEndTheJournalIfItIsBack) {
  testing::internal::CaptureStderr();
  logger.info("lost");
  Journal journal;
  handler->flush();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(message_of(journal.read()), "1 records were lost: journald took none");
}

TEST_F(JournaldHandlerTest, AllocatesNothing) {
  Journal journal;
  logger.info("connects");
  const std::size_t before = allocations;
  logger.info({{"a_name_of_more_than_fifteen", "v"}, {"PRICE", "67187.33"}}, "{} costs {} usd",
              "bitcoin", 67187.33);
  EXPECT_EQ(allocations, before);
  message_of(journal.read());
  EXPECT_EQ(journal.read().count("A_NAME_OF_MORE_THAN_FIFTEEN"), 1u);
}
