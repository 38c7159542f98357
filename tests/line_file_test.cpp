// The file that grows by whole lines, whatever happens.
#include "common/line_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>

#include "tests/folder.hpp"

/// What append() throws, as errno; 0 for nothing.
static int error_of_append(LineFile& file, const std::string& line) try {
  file.append(line);
  return 0;
} catch (const std::system_error& error) {
  return error.code().value();
}

static pid_t in_child(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // it ends with the test, however that ends
    work();
    _exit(EXIT_SUCCESS);
  }
  return child;
}

static std::uintmax_t size_of(const std::string& path) {
  std::error_code missing;
  const std::uintmax_t size = std::filesystem::file_size(path, missing);
  return missing ? 0 : size;
}

TEST(LineFileTest, IsMadeWithThePermissionsThatTheUmaskLeaves) {
  const Folder folder;
  const mode_t before = umask(027);
  LineFile{folder / "lines"}.append("one");
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat((folder / "lines").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(contents(folder / "lines"), "one\n");
}

TEST(LineFileTest, KeepsWhatTheFileHolds) {
  const Folder folder;
  LineFile{folder / "lines"}.append("one");
  LineFile lines{folder / "lines"};
  lines.append("two");
  lines.append("");
  EXPECT_EQ(contents(folder / "lines"), "one\ntwo\n\n");
}

TEST(LineFileTest, SaysWhichFileCannotBeOpened) try {
  LineFile{"/nowhere/lines"};
  FAIL() << "it was opened";
} catch (const std::system_error& error) {
  EXPECT_STREQ(error.what(), "Failed to open /nowhere/lines: No such file or directory");
}

TEST(LineFileTest, KeepsLinesWholeWhileSeveralProcessesAppend) {
  const Folder folder;
  const std::string path = folder / "lines";
  std::vector<pid_t> children;
  for (const char letter : {'a', 'b', 'c', 'd'})
    children.push_back(in_child([&path, letter] {
      LineFile file{path};
      for (std::size_t i = 0; i < 2000; ++i) file.append(std::string(1 + i % 300, letter));
    }));
  for (const pid_t child : children) waitpid(child, nullptr, 0);

  std::map<std::string, int> counts;
  for (const std::string& line : lines(path)) ++counts[line];
  EXPECT_EQ(counts.size(), 4u * 300);  // a to d, of 1 to 300 letters: any other line was torn
  for (const char letter : {'a', 'b', 'c', 'd'})
    for (std::size_t length = 1; length <= 300; ++length)
      EXPECT_GE(counts[std::string(length, letter)], 6) << letter << " of length " << length;
}

// Its lines divide a page of memory, since Linux looks for a kill also between two pages of one
// write(2): generic_perform_write() in mm/filemap.c.
TEST(LineFileTest, KeepsLinesWholeWhenKilled) {
  const Folder folder;
  const std::string path = folder / "lines", line = "0123456789abcde";
  for (int kills = 0; kills < 100; ++kills) {
    const std::uintmax_t before = size_of(path);
    const pid_t child = in_child([&] {
      LineFile file{path};
      for (;;) file.append(line);
    });
    EXPECT_TRUE(becomes_true([&] { return size_of(path) > before; }));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ASSERT_EQ(size_of(path) % (line.size() + 1), 0u);
  }
}

TEST(LineFileTest, FailsOnAFullDisk) {
  LineFile full{"/dev/full"};
  EXPECT_EQ(error_of_append(full, "one"), ENOSPC);
}

// A file that may not grow is a disk that fills up: it takes the line's beginning. setrlimit(2)
TEST(LineFileTest, TakesBackTheBeginningOfALineThatDoesNotFit) {
  const Folder folder;
  const std::string path = folder / "lines";
  LineFile file{path};
  file.append("one");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit six_bytes{6, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &six_bytes);

  EXPECT_EQ(error_of_append(file, "two"), ENOSPC);
  EXPECT_EQ(contents(path), "one\n");
  EXPECT_EQ(error_of_append(file, "2"), 0) << "a shorter line fits";

  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  file.append("three");
  EXPECT_EQ(contents(path), "one\n2\nthree\n");
}

TEST(LineFileTest, LeavesWhatAnotherProcessWroteBehindTheBeginning) {
  const Folder folder;
  const std::string path = folder / "lines";
  LineFile another{path};
  const int fd = open_lines(path);
  const ssize_t written = write(fd, "one", 3);  // as if no more of "one two\n" fitted
  another.append("three");
  EXPECT_THROW(write_rest(fd, "one two\n", written, path), std::system_error);
  EXPECT_EQ(lseek(fd, 0, SEEK_CUR), written) << "where it writes next, without O_APPEND";
  close(fd);
  EXPECT_EQ(contents(path), "onethree\n");
}

TEST(LineFileTest, WaitsForAFullPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  const std::string line(1'000'000, 'x');  // more than a pipe holds
  const pid_t writer = in_child([&] { write_lines(ends[1], line, "the pipe"); });
  close(ends[1]);
  std::size_t came = 0;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    came += static_cast<std::size_t>(size);
  close(ends[0]);
  waitpid(writer, nullptr, 0);
  EXPECT_EQ(came, line.size());
}
