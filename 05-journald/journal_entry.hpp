// One record in journald's native protocol, which a client may speak without libsystemd.
// https://systemd.io/JOURNAL_NATIVE_PROTOCOL
#pragma once

#include <fmt/format.h>

#include <string_view>

/// The fields of one record, on the stack while they are short. For one thread.
class JournalEntry {
 public:
  /// Adds a field. `name` is one that journald takes: capitals, digits and _; `value` may hold any
  /// bytes.
  void add(std::string_view name, std::string_view value);

  /// Sends all in one datagram to the peer of `socket`, without waiting, and returns 0 or the
  /// errno.
  int send(int socket) const;

 private:
  int send_file(int socket) const;

  fmt::basic_memory_buffer<char, 2048> text_;
};
