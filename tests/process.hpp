// A program that a test starts, reads from, signals and waits for.
//
//     Process server{{PRICE_API, "--listen", "127.0.0.1:0"}};
//     EXPECT_EQ(server.out.read_line(), "listening on ...");
//     EXPECT_EQ(server.terminate(), 0);
//
// Nothing is left behind: the destructor kills a program that still runs, and the kernel does
// if the test itself is killed. Every wait has a deadline. Not thread-safe.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which glibc 2.36 forgot
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

/// Returns true as soon as `fd` is readable (a pidfd: has ended), false after `timeout`.
inline bool readable_within(int fd, std::chrono::milliseconds timeout) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(timeout.count(), 0))) > 0;
}

/// The reading end of a pipe.
class PipeReader {
 public:
  using Duration = std::chrono::milliseconds;

  explicit PipeReader(int fd) : fd_(fd) {}
  ~PipeReader() { close(fd_); }
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;

  /// The next line, without its newline; nothing after `timeout` or at the end of the output.
  std::optional<std::string> read_line(Duration timeout = std::chrono::seconds{5}) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::size_t end;
    while ((end = buffer_.find('\n')) == std::string::npos)
      if (!read_more(deadline)) return std::nullopt;
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

  /// Whatever comes until the program closes its end, at most for `timeout`.
  std::string read_all(Duration timeout = std::chrono::seconds{5}) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (read_more(deadline)) continue;
    return std::exchange(buffer_, {});
  }

 private:
  bool read_more(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (!readable_within(fd_, left)) return false;
    char bytes[4096];
    const ssize_t n = read(fd_, bytes, sizeof bytes);
    if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
    return n > 0;
  }

  int fd_;
  std::string buffer_;
};

class Process {
  struct Pipe {
    Pipe() {
      if (pipe2(ends, O_CLOEXEC) < 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    int ends[2];
  };
  Pipe out_pipe_, err_pipe_;  // stand first: `out` and `err` read from them

 public:
  using Duration = std::chrono::milliseconds;

  /// Starts argv[0] (found in $PATH without a slash), with `env` ("NAME=value") added to the
  /// test's own environment and no signal blocked. A program that cannot be started says so on
  /// `err` and exits with 127.
  explicit Process(std::vector<std::string> argv, std::vector<std::string> env = {})
      : out(out_pipe_.ends[0]), err(err_pipe_.ends[0]) {
    std::vector<char*> arguments = pointers(argv);
    std::vector<char*> environment = pointers(env);  // first, as getenv(3) takes the first
    environment.pop_back();
    for (char** inherited = environ; *inherited; ++inherited) environment.push_back(*inherited);
    environment.push_back(nullptr);

    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {  // only async-signal-safe calls from here to the exec: fork(2)
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(127);  // it died before the line above
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      dup2(out_pipe_.ends[1], STDOUT_FILENO);
      dup2(err_pipe_.ends[1], STDERR_FILENO);
      execvpe(arguments[0], arguments.data(), environment.data());
      const char* reason = strerrordesc_np(errno);
      [[maybe_unused]] ssize_t n = write(STDERR_FILENO, reason, strlen(reason));
      _exit(127);
    }
    close(out_pipe_.ends[1]);
    close(err_pipe_.ends[1]);
    pidfd_ = pidfd_open(pid_, 0);
    if (pidfd_ < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  }

  ~Process() {
    if (!status_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(pidfd_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  void signal(int number) const {
    if (!status_) kill(pid_, number);
  }

  /// The exit status as a shell gives it (128 + N when signal N ended the program), or nothing
  /// when it still runs after `timeout`.
  std::optional<int> wait(Duration timeout = std::chrono::seconds{5}) {
    if (status_ || !readable_within(pidfd_, timeout)) return status_;
    int status = 0;
    waitpid(pid_, &status, 0);
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// SIGTERM, then wait().
  std::optional<int> terminate(Duration timeout = std::chrono::seconds{5}) {
    signal(SIGTERM);
    return wait(timeout);
  }

  PipeReader out;  // its standard output
  PipeReader err;  // its standard error; a pipe holds 64 KiB, so read what talks more than that

 private:
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& text : strings) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  pid_t pid_;
  int pidfd_;
  std::optional<int> status_;
};
