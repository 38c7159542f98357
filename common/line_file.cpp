#include "common/line_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

LineFile::LineFile(const std::string& path)
    : path_(path), fd_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "Failed to open " + path_);
}

LineFile::~LineFile() { close(fd_); }

void LineFile::append(std::string_view line) {
  std::string text{line};
  text += '\n';
  ssize_t written;
  do written = write(fd_, text.data(), text.size());
  while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(text.size())) return;

  // A disk that fills up takes the line's beginning: take it back. write(2), ENOSPC
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0 && ftruncate(fd_, lseek(fd_, 0, SEEK_CUR) - written) < 0) { /* said below */
  }
  throw std::system_error(error, std::generic_category(), "Failed to write to " + path_);
}
