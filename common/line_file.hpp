// A file that grows by whole lines.
//
//     LineFile dates{"dates.txt"};
//     dates.append("2026-11-22 14:48:00");
//
// Every line is one write(2) on an O_APPEND descriptor, so that neither a program that is killed
// nor another that appends to the same file leaves half a line.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

/// Opens `path` for appending, and makes it (mode 0666 less the umask) where it is missing; `flags`
/// are further ones of open(2). Throws std::system_error.
int open_lines(const std::string& path, int flags = 0);

/// Goes on where write(2) has just returned `written`, and set errno.
void write_rest(int fd, std::string_view lines, ssize_t written, const std::string& name);

/// Writes `lines` to `fd`, which an error calls `name`, and waits where a pipe is full. Throws
/// std::system_error; then a file holds none of them, as far as the part can be taken back.
/// Inline, since behind a system call the processor has forgotten where a return leads: each costs
/// as much as a number's digits.
inline void write_lines(int fd, std::string_view lines, const std::string& name) {
  const ssize_t written = write(fd, lines.data(), lines.size());
  if (written != static_cast<ssize_t>(lines.size())) write_rest(fd, lines, written, name);
}

class LineFile {
 public:
  /// Opens `path` as open_lines() does.
  explicit LineFile(const std::string& path) : path_(path), fd_(open_lines(path)) {}
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// Appends `line` and a newline, as write_lines() does.
  void append(std::string_view line);

 private:
  std::string path_;
  int fd_;
};
