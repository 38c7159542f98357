#include "05-journald/journal_entry.hpp"

#include <endian.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

std::string_view JournalEntry::field_name(std::string_view given, char (&room)[longest_name]) {
  if (given.empty() || given.size() > longest_name) return {};
  std::transform(given.begin(), given.end(), room, [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const std::string_view name{room, given.size()};
  const bool is_valid =
      name.front() >= 'A' && name.front() <= 'Z' &&
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == name.npos;
  return is_valid ? name : std::string_view{};
}

/// Writes NAME=value. If the value has a newline, writes the name, the value's size and the value.
void JournalEntry::add(std::string_view name, std::string_view value) {
  text_.append(name);
  if (value.find('\n') == value.npos) {
    text_.push_back('=');
  } else {
    const std::uint64_t size = htole64(value.size());
    text_.push_back('\n');
    text_.append(std::string_view{reinterpret_cast<const char*>(&size), sizeof size});
  }
  text_.append(value);
  text_.push_back('\n');
}

int JournalEntry::make_socket() {
  static constexpr timeval patience{0, 250'000};
  const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made >= 0) setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return made;
}

/// Connects another socket to journald and puts it in the place of `socket`. That is one step,
/// since other threads may be sending. Returns 0, or errno.
static int reconnect(int socket) {
  static constexpr sockaddr_un journald{AF_UNIX, "/run/systemd/journal/socket"};
  const int fresh = JournalEntry::make_socket();
  if (fresh < 0) return errno;
  const auto* const address = reinterpret_cast<const sockaddr*>(&journald);
  const bool done =
      connect(fresh, address, sizeof journald) == 0 && dup3(fresh, socket, O_CLOEXEC) >= 0;
  const int error = done ? 0 : errno;
  close(fresh);
  return error;
}

int JournalEntry::send(int socket, int flags) const {
  flags |= MSG_NOSIGNAL;
  int error = send_datagram(socket, flags);
  while (error == ENOTCONN || error == ECONNREFUSED || error == ECONNRESET) {
    error = reconnect(socket);
    if (error != 0) return error;
    error = send_datagram(socket, flags);
  }
  return error;
}

int JournalEntry::send_datagram(int socket, int flags) const {
  if (::send(socket, text_.data(), text_.size(), flags) >= 0) return 0;
  return errno == EMSGSIZE || errno == ENOBUFS ? send_file(socket, flags) : errno;
}

/// Sends what is too long for a datagram as a file in memory. The file is sealed: journald reads
/// none that could still change.
int JournalEntry::send_file(int socket, int flags) const {
  const int file = memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return errno;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof file)] = {};
  msghdr message{};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(header), &file, sizeof file);
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  errno = ENOSPC;  // what a short write(2) means, which sets none
  const bool sent = write(file, text_.data(), text_.size()) == static_cast<ssize_t>(text_.size()) &&
                    fcntl(file, F_ADD_SEALS, seals) == 0 && sendmsg(socket, &message, flags) >= 0;
  const int error = sent ? 0 : errno;
  close(file);
  return error;
}
