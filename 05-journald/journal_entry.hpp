// One record in journald's native protocol, which a client may speak without libsystemd.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
#pragma once

#include <fmt/format.h>

#include <string_view>

/// The fields of one record. They are on the stack if they are short together. Not thread-safe.
class JournalEntry {
 public:
  static constexpr std::size_t longest_name = 64;

  /// Returns `given` in capitals; the text is in `room`. journald takes names of A to Z, 0 to 9 and
  /// _ that begin with a letter. If journald would drop the name, returns an empty text.
  static std::string_view field_name(std::string_view given, char (&room)[longest_name]);

  /// Adds a field. `name` must be one that field_name() returns; `value` may hold any bytes.
  void add(std::string_view name, std::string_view value);

  /// Returns a socket for send(), or -1 and sets errno. Threads may share it, and so may a child of
  /// fork(2) and its parent.
  static int make_socket();

  /// Sends all fields to journald in one datagram, or if they are too long for one, in a file of
  /// which a datagram tells: memfd_create(2). Returns 0, or an errno value. If journald's queue is
  /// full, it waits for a quarter of a second at most; with MSG_DONTWAIT in `flags`, not at all. If
  /// `socket`, one of make_socket(), is not connected to journald, or no longer, it connects it.
  int send(int socket, int flags) const;

 private:
  int send_datagram(int socket, int flags) const;
  int send_file(int socket, int flags) const;

  fmt::basic_memory_buffer<char, 2048> text_;
};
