#include "common/line_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

int open_lines(const std::string& path, int flags) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "Failed to open " + path);
  return fd;
}

void write_rest(int fd, std::string_view lines, ssize_t written, const std::string& name) {
  for (;; written = write(fd, lines.data(), lines.size())) {
    const int error = written < 0 ? errno : ENOSPC;
    if (written > 0) lines.remove_prefix(static_cast<std::size_t>(written));
    if (lines.empty()) return;
    // A full pipe that does not block is waited for, as one that does.
    if (pollfd full{fd, POLLOUT, 0}; error == EAGAIN) poll(&full, 1, -1);
    if (error == EAGAIN || error == EINTR) continue;
    // A pipe takes the rest later. A disk that fills up takes the beginning: take it back, unless
    // another process was seen to write behind it.
    const off_t end = written < 0 ? 0 : lseek(fd, 0, SEEK_CUR);
    if (end < 0) continue;
    struct stat file {};
    if (written > 0 && fstat(fd, &file) == 0 && file.st_size == end &&
        ftruncate(fd, end - written) == 0)
      lseek(fd, end - written, SEEK_SET);
    throw std::system_error(error, std::generic_category(), "Failed to write to " + name);
  }
}

LineFile::~LineFile() { close(fd_); }

void LineFile::append(std::string_view line) {
  std::string text{line};
  text += '\n';
  write_lines(fd_, text, path_);
}
