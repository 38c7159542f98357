// A file that grows by whole lines.
//
//     LineFile dates{"dates.txt"};
//     dates.append("2026-11-22 14:48:00");
//
// Every line is one write(2) on an O_APPEND descriptor, so lines of several programs do not mix,
// and a program that is killed leaves no half line. docs/design.md tells what a full disk does to
// that.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Opens `path` for appending and returns the descriptor. If there is no such file, makes it (mode
/// 0666 less the umask). `flags` are added to open(2)'s. Throws std::system_error; of EINTR if it
/// waits for the reader of a FIFO, and SIGTERM or SIGINT has come: common/signals.hpp
int open_lines(const std::string& path, int flags = 0);

/// The rest of write_lines(), after a write(2) that wrote less than all, or failed with errno.
void write_rest(int fd, std::string_view lines, ssize_t written, const std::string& name);

/// Writes `lines` to `fd`; `name` stands for it in error texts. If a pipe is full, waits. If a file
/// takes only a part, writes the rest. If it fails, removes what it has written, unless it went to
/// a pipe or somebody has written behind it, and throws std::system_error; of EINTR if SIGTERM or
/// SIGINT has come while it waits.
///
/// Inline for speed: one more call would cost as much here as to format a number.
inline void write_lines(int fd, std::string_view lines, const std::string& name) {
  const ssize_t written = write(fd, lines.data(), lines.size());
  if (written != static_cast<ssize_t>(lines.size())) write_rest(fd, lines, written, name);
}

/// A file that a daemon appends to for months. The disk may be full for a while, and the file may
/// be renamed, replaced or removed: the daemon goes on. It complains when lines begin to be lost.
/// When lines are taken again, and in the destructor, it says how many were lost. Not thread-safe.
class LineFile {
 public:
  /// Opens `path` as open_lines() does, which throws. If the disk takes nothing at that
  /// moment (full, over a quota, EIO), it does not throw: append() tries again.
  explicit LineFile(const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// Appends `line` and a newline, as write_lines() does. If the file is no longer at its path, the
  /// line goes to the one that is there, or to a new one. A line that cannot be written is lost.
  /// Throws std::system_error of EINTR if SIGTERM or SIGINT interrupted it.
  void append(std::string_view line);

  /// Opens the file at the path anew, and makes it if there is none: for SIGHUP, after the file was
  /// renamed. If that fails, the next append() tries again. Throws as append() does.
  void reopen();

 private:
  bool is_at_its_path() const;
  bool is_deleted() const;
  void open_anew();

  const std::string name_;  // as it was given
  std::string path_;        // absolute, if the working directory is known
  int fd_ = -1;
  std::uint64_t lost_ = 0;
};
