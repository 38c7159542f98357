#include "common/line_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include "common/complain.hpp"
#include "common/signals.hpp"

int open_lines(const std::string& path, int flags) {
  int fd;
  do fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0666);
  while (fd < 0 && errno == EINTR && !signals::stop_requested());
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "Failed to open " + path);
  return fd;
}

/// How far `fd` is if it is a file and the program's last line is still at its end; -1 if not.
/// Another process may have written behind it.
static off_t end_of_file(int fd) {
  struct stat file {};
  const off_t end = lseek(fd, 0, SEEK_CUR);
  return end >= 0 && fstat(fd, &file) == 0 && file.st_size == end ? end : -1;
}

void write_rest(int fd, std::string_view lines, ssize_t written, const std::string& name) {
  const bool is_file = lseek(fd, 0, SEEK_CUR) >= 0;
  for (off_t part = 0;; written = write(fd, lines.data(), lines.size())) {
    int error = written < 0 ? errno : ENOSPC;
    if (written > 0) {
      lines.remove_prefix(static_cast<std::size_t>(written));
      part += written;
      // A pipe takes the rest later. A disk that fills up takes the beginning; why no more, it says
      // to whoever writes the rest.
      if (lines.empty()) return;
      if (!is_file || end_of_file(fd) >= 0) continue;
    }
    // A full pipe that does not block is waited for, as one that does.
    if (pollfd full{fd, POLLOUT, 0}; error == EAGAIN) poll(&full, 1, -1);
    if (error == EAGAIN || error == EINTR) {
      if (!signals::stop_requested()) continue;
      error = EINTR;
    }
    if (const off_t end = end_of_file(fd); part > 0 && end >= 0 && ftruncate(fd, end - part) == 0)
      lseek(fd, end - part, SEEK_SET);
    throw std::system_error(error, std::generic_category(), "Failed to write to " + name);
  }
}

static bool is_same_file(int fd, const std::string& path) {
  struct stat open_file {
  }, there{};
  return fstat(fd, &open_file) == 0 && stat(path.c_str(), &there) == 0 &&
         open_file.st_dev == there.st_dev && open_file.st_ino == there.st_ino;
}

/// Whether this path leads to the working directory.
static bool is_here(const char* folder) {
  struct stat here {
  }, there{};
  return stat(".", &here) == 0 && stat(folder, &there) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino;
}

/// Whether a disk that fails with `error` may take lines later, with nobody to start the daemon
/// again.
static bool may_pass(const std::error_code& error) {
  return error == std::errc::no_space_on_device || error.value() == EDQUOT ||
         error == std::errc::io_error;
}

LineFile::LineFile(const std::string& path) : name_(path), path_(path) {
  try {
    open_anew();
  } catch (const std::system_error& error) {
    if (!may_pass(error.code())) throw;
  }
  // If the working directory is removed and made again, only a whole path leads to the new one.
  char folder[PATH_MAX];
  if (!path.starts_with('/') && getcwd(folder, sizeof folder) && is_here(folder))
    path_ = std::string{folder} + '/' + path;
}

LineFile::~LineFile() {
  if (lost_ > 0) complain(name_ + ": " + std::to_string(lost_) + " lines were lost");
  close(fd_);
}

void LineFile::append(std::string_view line) try {
  const std::string text = std::string{line} + '\n';
  // If the file is deleted between the look and the write, nobody can read that line: once more.
  do {
    if (!is_at_its_path()) open_anew();
    write_lines(fd_, text, name_);
  } while (is_deleted() && !is_at_its_path());
  if (lost_ > 0)
    complain(name_ + " takes lines again: " + std::to_string(std::exchange(lost_, 0)) +
             " were lost");
} catch (const std::system_error& error) {
  if (error.code() == std::errc::interrupted) throw;
  if (++lost_ == 1) complain(std::string{error.what()} + ": lines are lost from here on");
}

void LineFile::reopen() try { open_anew(); } catch (const std::system_error& error) {
  if (error.code() == std::errc::interrupted) throw;
}

bool LineFile::is_at_its_path() const { return is_same_file(fd_, path_); }

bool LineFile::is_deleted() const {
  struct stat file {};
  return fstat(fd_, &file) == 0 && file.st_nlink == 0;
}

void LineFile::open_anew() {
  const int fresh = open_lines(path_);
  if (fd_ >= 0) close(fd_);
  fd_ = fresh;
}
