// One record in journald's native protocol, which a client may speak without libsystemd.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
#pragma once

#include <fmt/format.h>

#include <string_view>

/// The fields of one record, on the stack while they are short. For one thread.
class JournalEntry {
 public:
  static constexpr std::size_t longest_name = 64;

  /// `given` in capitals, in `room`; empty where journald would drop a field of that name: it takes
  /// A to Z, 0 to 9 and _, behind a letter.
  static std::string_view field_name(std::string_view given, char (&room)[longest_name]);

  /// Adds a field. `name` is one that journald takes; `value` may hold any bytes.
  void add(std::string_view name, std::string_view value);

  /// For send(), or -1 and errno. Threads may share it, and a child with its parent. fork(2)
  static int make_socket();

  /// Sends all in one datagram to journald, and returns 0 or the errno. Where journald's queue is
  /// full, it waits for a quarter of a second; with MSG_DONTWAIT in `flags`, not at all. Where
  /// `socket` has no peer, or one that is gone, one with a peer takes its place.
  int send(int socket, int flags) const;

 private:
  int send_datagram(int socket, int flags) const;
  int send_file(int socket, int flags) const;

  fmt::basic_memory_buffer<char, 2048> text_;
};
