#include "05-journald/journald_handler.hpp"

#define SD_JOURNAL_SUPPRESS_LOCATION  // the location is that of the call to the logger
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

using logging::Level;
using namespace std::chrono_literals;

/// syslog(3)'s number for a level; one between two named levels counts as the lower.
static std::string_view priority(Level level) {
  if (level >= Level::CRITICAL) return "2";
  if (level >= Level::ERROR) return "3";
  if (level >= Level::WARNING) return "4";
  if (level >= Level::INFO) return "6";
  return "7";
}

/// The fields of one record, NAME=value each, in one buffer that lies on the stack while it is
/// short.
class Fields {
 public:
  void add(std::string_view name, std::string_view value) {
    starts_.push_back(text_.size());
    text_.append(name);
    text_.push_back('=');
    text_.append(value);
  }

  /// An extra field, its name in capitals. False, and nothing added, where journald would drop it.
  [[nodiscard]] bool add_extra(const logging::Field& field) {
    char name[64];
    if (field.name.empty() || field.name.size() > sizeof name) return false;
    for (std::size_t i = 0; i < field.name.size(); ++i) {
      const char c = field.name[i];
      const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_'))) return false;
      name[i] = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    }
    add({name, field.name.size()}, field.value);
    return true;
  }

  /// Sends all, and returns 0 or the errno. sd_journal_sendv(3) returns it, and leaves errno alone.
  int send() {
    fmt::basic_memory_buffer<iovec, 32> vectors;
    starts_.push_back(text_.size());
    for (std::size_t i = 0; i + 1 < starts_.size(); ++i)
      vectors.push_back({text_.data() + starts_[i], starts_[i + 1] - starts_[i]});
    return -sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
  }

 private:
  fmt::basic_memory_buffer<char, 2048> text_;
  fmt::basic_memory_buffer<std::size_t, 32> starts_;
};

JournaldHandler::~JournaldHandler() {
  flush();
  close(probe_);
}

void JournaldHandler::emit(const logging::Record& record) {
  Fields fields;
  std::string text;
  if (formatter()) formatter()->format(record, text);
  fields.add("MESSAGE", formatter() ? text : record.message);
  fields.add("PRIORITY", priority(record.level));
  fields.add("LOGGER", record.name);
  fields.add("CODE_FILE", record.location.file);
  fields.add("CODE_LINE", fmt::format_int(record.location.line).c_str());
  fields.add("CODE_FUNC", record.location.function);
  fields.add("THREAD_NAME", record.thread_name);
  for (const logging::Field& field : record.extra)
    if (!fields.add_extra(field))
      fmt::print(stderr, "journald: no field can be called '{}': left out\n", field.name);

  // Another thread may be held up with the lock, or was when this process was forked from its.
  std::unique_lock lock(mutex_, std::defer_lock);
  if (!lock.try_lock() && !lock.try_lock_until(std::chrono::system_clock::now() + 1s))
    return count_loss(ETIMEDOUT);
  int error = wait_until_writable(record.created.tv_sec);
  if (error == 0 && lost_ > 0) error = tell_loss();
  if (error == 0) error = fields.send();
  if (error != 0) count_loss(error);
}

/// sd_journal_sendv(3) blocks while journald's queue is full, and returns 0 where journald's
/// socket is missing: so ask before. A second is more than journald needs, unless it is stuck.
int JournaldHandler::wait_until_writable(std::time_t now) {
  if (probed_ != now) {  // once a second, since the socket may be a new one by now
    const sockaddr_un journald{AF_UNIX, "/run/systemd/journal/socket"};
    if (probe_ < 0) probe_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(probe_, reinterpret_cast<const sockaddr*>(&journald), sizeof journald) < 0)
      return errno;
    probed_ = now;
  }
  pollfd writable{probe_, POLLOUT, 0};
  const int ready = poll(&writable, 1, lost_ > 0 ? 0 : 1000);
  return ready > 0 ? 0 : ready == 0 ? ETIMEDOUT : errno;
}

void JournaldHandler::count_loss(int error) {
  if (lost_++ == 0)
    fmt::print(stderr, "journald: {}: records are lost from here on\n", std::strerror(error));
}

int JournaldHandler::tell_loss() {
  const std::size_t lost = lost_;
  const std::string message = fmt::format("{} records were lost: the journal took none", lost);
  Fields fields;
  fields.add("MESSAGE", message);
  fields.add("PRIORITY", priority(Level::WARNING));
  fields.add("N_LOST", fmt::format_int(lost).c_str());
  const int error = fields.send();
  if (error != 0) return error;
  fmt::print(stderr, "journald: {}\n", message);
  lost_ -= lost;
  return 0;
}

void JournaldHandler::flush() noexcept {
  if (lost_ > 0) fmt::print(stderr, "journald: {} records were lost\n", lost_.load());
}
