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

  /// Sends all in one datagram to journald, without waiting, and returns 0 or the errno. Connects
  /// `socket`, a datagram one, where it has no peer, or one that is gone.
  int send(int socket) const;

 private:
  int send_datagram(int socket) const;
  int send_file(int socket) const;

  fmt::basic_memory_buffer<char, 2048> text_;
};
