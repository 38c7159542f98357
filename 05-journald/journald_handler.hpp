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

/// A journald that is stopped, or takes nothing for a quarter of a second, holds up no daemon: what
/// is lost is counted, and told on standard error, and in the journal when it is back.
class JournaldHandler : public logging::Handler {
 public:
  /// Throws std::system_error where no socket is to be had.
  JournaldHandler();
  ~JournaldHandler() override;

  void flush() noexcept override;

 protected:
  /// Extra fields' names are made upper case. One that is above already, or none of journald's (A
  /// to Z, 0 to 9, _; a letter first; at most 64), is left out: standard error is told.
  void emit(const logging::Record& record) override;

 private:
  bool send(const class JournalEntry& entry, int flags);
  void count_lost(std::size_t records);
  void tell_loss();

  const int socket_;  // no lock: a send is whole, from several threads and after fork(2), too
  std::atomic<bool> is_losing_{false};  // journald took nothing last: nobody waits for it again
  std::atomic<std::size_t> lost_{0};
  std::atomic<int> loser_;  // the process that lost them
};
