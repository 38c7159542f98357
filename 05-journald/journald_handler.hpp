// Sends records to the journal, each fact in a field of its own:
//
//     logger.add_handler(std::make_shared<JournaldHandler>());
//     logger.info({{"COIN", coin}}, "{} costs {}", coin, price);     // journalctl COIN=bitcoin
//
// A record's fields are MESSAGE, PRIORITY, LOGGER, CODE_FILE, CODE_LINE, CODE_FUNC, THREAD_NAME and
// its extra ones. MESSAGE is the message alone, unless the handler was given a formatter.
// systemd.journal-fields(7), sd_journal_sendv(3)
#pragma once

#include <mutex>

#include "common/logging.hpp"

/// A journald that is stopped, or that takes nothing for a second, holds up no daemon: records are
/// then counted and let go, and the count is told on standard error, and in the journal once it is
/// back.
class JournaldHandler : public logging::Handler {
 public:
  JournaldHandler() = default;
  ~JournaldHandler() override;
  JournaldHandler(const JournaldHandler&) = delete;
  JournaldHandler& operator=(const JournaldHandler&) = delete;

  void flush() noexcept override;

 protected:
  /// Makes the names of extra fields upper case. One that then is none of journald's (A to Z, 0 to
  /// 9, _; a letter first; at most 64) is left out, and that is said on standard error.
  void emit(const logging::Record& record) override;

 private:
  int wait_until_writable(std::time_t now);
  void count_loss(int error);
  int tell_loss();

  std::timed_mutex mutex_;
  int probe_ = -1;          // connected to journald's socket, to see whether it takes more
  std::time_t probed_ = 0;  // when that was
  std::atomic<std::size_t> lost_{0};
};
