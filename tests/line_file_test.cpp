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
#include <set>

#include "common/complain.hpp"
#include "tests/folder.hpp"

/// What the program complains of while a test runs.
static std::vector<std::string> complaints;

class Complaints : public testing::Test {
 protected:
  Complaints() {
    complaints.clear();
    setenv("SYSTEMD_EXEC_PID", std::to_string(getpid()).c_str(), 1);
    complain_to([](const std::string& trouble) { complaints.push_back(trouble); });
  }
  ~Complaints() override { complain_to(nullptr); }

  const Folder folder_;
  const std::string path_ = folder_ / "lines";
};

using LineFileTroubles = Complaints;

/// No file of this process grows above so many bytes, while it lives. setrlimit(2)
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);  // as parse_options() does
};

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

// ---- A disk that takes nothing

TEST_F(LineFileTroubles, GoesOnWithADiskThatIsFullAndTellsOnce) {
  {
    LineFile full{"/dev/full"};
    for (int i = 0; i < 3; ++i) full.append("one");
    EXPECT_EQ(complaints, (std::vector<std::string>{
                              "Failed to write to /dev/full: No space left on device: lines are "
                              "lost from here on"}));
  }
  EXPECT_EQ(complaints.back(), "/dev/full: 3 lines were lost");
}

// A file that may not grow is a disk that fills up: it takes the line's beginning.
TEST_F(LineFileTroubles, TakesBackTheBeginningOfALineThatDoesNotFitAndTellsWhenTheNextDoes) {
  LineFile file{path_};
  file.append("one");
  {
    const SizeLimit six_bytes{6};
    file.append("two");
    file.append("two and a half");
    EXPECT_EQ(contents(path_), "one\n");
    ASSERT_EQ(complaints.size(), 1u);
    EXPECT_EQ(complaints[0],
              "Failed to write to " + path_ + ": File too large: lines are lost from here on");
    file.append("2");
    EXPECT_EQ(contents(path_), "one\n2\n") << "a shorter line fits";
    ASSERT_EQ(complaints.size(), 2u);
    EXPECT_EQ(complaints[1], path_ + " takes lines again: 2 were lost");
    file.append("3");
    ASSERT_EQ(complaints.size(), 3u);
    EXPECT_EQ(complaints[2],
              "Failed to write to " + path_ + ": File too large: lines are lost from here on");
  }
  file.append("three");
  EXPECT_EQ(contents(path_), "one\n2\nthree\n");
  EXPECT_EQ(complaints.size(), 4u);
}

// ---- A file that goes away

TEST_F(LineFileTroubles, GoesOnInAFileThatIsRenamedRemovedOrReplaced) {
  LineFile file{path_};
  file.append("one");
  std::filesystem::rename(path_, folder_ / "lines.1");
  file.append("two");
  EXPECT_EQ(contents(folder_ / "lines.1"), "one\n");
  EXPECT_EQ(contents(path_), "two\n");

  std::filesystem::remove(path_);
  file.append("three");
  EXPECT_EQ(contents(path_), "three\n");

  std::ofstream{folder_ / "other"} << "of another program\n";
  std::filesystem::rename(folder_ / "other", path_);
  file.append("four");
  EXPECT_EQ(contents(path_), "of another program\nfour\n");

  std::filesystem::resize_file(path_, 0);  // as logrotate(8) does it with copytruncate
  file.append("five");
  EXPECT_EQ(contents(path_), "five\n");
  EXPECT_TRUE(complaints.empty());
}

TEST_F(LineFileTroubles, TellsThatItsFolderIsGoneAndThatItIsBack) {
  std::filesystem::create_directory(folder_ / "sub");
  const std::string path = folder_ / "sub/lines";
  LineFile file{path};
  file.append("one");
  std::filesystem::remove_all(folder_ / "sub");
  file.append("two");
  file.append("three");
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(complaints[0],
            "Failed to open " + path + ": No such file or directory: lines are lost from here on");
  std::filesystem::create_directory(folder_ / "sub");
  file.append("four");
  EXPECT_EQ(contents(path), "four\n");
  ASSERT_EQ(complaints.size(), 2u);
  EXPECT_EQ(complaints[1], path + " takes lines again: 2 were lost");
}

TEST_F(LineFileTroubles, FindsItsWorkingDirectoryAgain) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directory(folder_ / "sub");
  std::filesystem::current_path(folder_ / "sub");
  LineFile file{"lines"};
  file.append("one");
  std::filesystem::remove_all(folder_ / "sub");
  file.append("two");
  EXPECT_EQ(complaints.size(), 1u);
  std::filesystem::create_directory(folder_ / "sub");
  file.append("three");
  EXPECT_EQ(contents(folder_ / "sub/lines"), "three\n");
  EXPECT_EQ(complaints.back(), "lines takes lines again: 1 were lost");
  std::filesystem::current_path(before);
}

TEST_F(LineFileTroubles, MakesAnotherFileWhenItIsReopened) {
  LineFile file{path_};
  file.append("one");
  std::filesystem::rename(path_, folder_ / "lines.1");
  file.reopen();
  EXPECT_TRUE(std::filesystem::exists(path_));
  file.append("two");
  EXPECT_EQ(contents(folder_ / "lines.1") + contents(path_), "one\ntwo\n");
}

TEST_F(LineFileTroubles, LosesNoLineWhileFilesAreRenamed) {
  constexpr int count = 5000;
  const pid_t writer = in_child([&] {
    LineFile file{path_};
    for (int i = 0; i < count; ++i) {
      file.append(std::to_string(i));
      if (i % 7 == 0) file.reopen();
    }
  });
  int files = 0;
  for (int status; waitpid(writer, &status, WNOHANG) == 0;) {
    std::error_code missing;
    std::filesystem::rename(path_, folder_ / std::to_string(files), missing);
    if (!missing) ++files;
  }
  std::vector<std::string> all = lines(path_);
  for (int i = 0; i < files; ++i)
    for (const std::string& line : lines(folder_ / std::to_string(i))) all.push_back(line);
  EXPECT_GT(files, 2);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), static_cast<std::size_t>(count));
}

// ---- What write_lines() does besides

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
