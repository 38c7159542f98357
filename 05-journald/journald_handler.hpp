// Sends records to the journal, each fact in a field of its own:
//
//     logger.add_handler(std::make_shared<JournaldHandler>());
//     logger.info({{"COIN", coin}}, "{} costs {}", coin, price);     // journalctl COIN=bitcoin
//
// A record's fields are MESSAGE, PRIORITY, LOGGER, CODE_FILE, CODE_LINE, CODE_FUNC, THREAD_NAME,
// SYSLOG_IDENTIFIER and its extra ones. MESSAGE is the message alone, unless the handler was given
// a formatter. systemd.journal-fields(7)
#pragma once

#include "common/logging.hpp"

/// If journald is stopped, or takes nothing for a quarter of a second, the daemon goes on. The
/// records that are lost are counted. Standard error is told once when that begins, and both are
/// told how many they were when the journal is back.
class JournaldHandler : public logging::Handler {
 public:
  /// Throws std::system_error if it cannot make a socket.
  JournaldHandler();
  ~JournaldHandler() override;

  /// Tells how many records were lost, if any: the journal and standard error, or standard error
  /// alone if the journal takes nothing.
  void flush() noexcept override;

 protected:
  /// Makes the names of extra fields upper case. Leaves a field out, and says so on standard error,
  /// if its name is one of those above, or if journald would refuse its name: it takes A to Z, 0 to
  /// 9 and _, a letter first, at most 64 characters.
  void emit(const logging::Record& record) override;

 private:
  bool send(const class JournalEntry& entry, int flags);
  void count_lost(std::size_t records);
  void tell_loss();

  const int socket_;  // needs no lock: one send is whole, whatever other threads and processes do
  std::atomic<bool> is_losing_{false};  // journald took nothing last time: do not wait for it
  std::atomic<std::size_t> lost_{0};
  std::atomic<int> loser_;  // the process that lost them
};
