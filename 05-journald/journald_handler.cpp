#include "05-journald/journald_handler.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "05-journald/journal_entry.hpp"

using logging::Level;

/// syslog(3)'s number for a level; one between two named levels counts as the lower.
static std::string_view priority(Level level) {
  if (level >= Level::CRITICAL) return "2";
  if (level >= Level::ERROR) return "3";
  if (level >= Level::WARNING) return "4";
  return level >= Level::INFO ? "6" : "7";
}

/// A field's name in capitals; empty where journald would drop it, or where it has a meaning here.
static std::string field_name(std::string_view given) {
  static constexpr std::string_view ours[] = {"MESSAGE",     "PRIORITY",         "LOGGER",
                                              "CODE_FILE",   "CODE_LINE",        "CODE_FUNC",
                                              "THREAD_NAME", "SYSLOG_IDENTIFIER"};
  std::string name{given};
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const bool valid = name.size() <= 64 && name.find_first_of("_0123456789") != 0 &&
                     name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == name.npos &&
                     std::find(std::begin(ours), std::end(ours), name) == std::end(ours);
  return valid ? name : "";
}

/// For people, where the journal is not. {fmt} would throw if standard error took nothing.
static void say(const std::string& what) {
  const std::string line = "journald: " + what + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

JournaldHandler::JournaldHandler() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0)
    throw std::system_error(errno, std::generic_category(), "Failed to make the journal's socket");
}

JournaldHandler::~JournaldHandler() {
  JournaldHandler::flush();
  close(socket_);
}

void JournaldHandler::emit(const logging::Record& record) {
  JournalEntry entry;
  fmt::memory_buffer text;
  if (formatter()) formatter()->format(record, text);
  entry.add("MESSAGE", formatter() ? std::string_view{text.data(), text.size()} : record.message);
  entry.add("PRIORITY", priority(record.level));
  entry.add("LOGGER", record.name);
  entry.add("CODE_FILE", record.location.file);
  entry.add("CODE_LINE", fmt::format_int(record.location.line).c_str());
  entry.add("CODE_FUNC", record.location.function);
  entry.add("THREAD_NAME", record.thread_name);
  entry.add("SYSLOG_IDENTIFIER", program_invocation_short_name);
  for (const logging::Field& field : record.extra) {
    const std::string name = field_name(field.name);
    if (!name.empty()) entry.add(name, field.value);
    else say(fmt::format("no extra field can be called '{}': left out", field.name));
  }
  int error = lost_ > 0 ? tell_loss() : 0;
  if (error == 0) error = send(entry, 1000);
  if (error != 0 && lost_++ == 0)
    say(fmt::format("{}: records are lost from here on", std::strerror(error)));
}

/// Returns 0 or the errno. Not by sd_journal_sendv(3), which waits for as long as journald's queue
/// is full, and returns 0 where its socket is missing.
int JournaldHandler::send(const JournalEntry& entry, int patience_ms) {
  static constexpr sockaddr_un journald{AF_UNIX, "/run/systemd/journal/socket"};
  int error = entry.send(socket_);
  if (error == ENOTCONN || error == ECONNREFUSED) {  // the first record, or another journald
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&journald), sizeof journald) < 0)
      return errno;
    error = entry.send(socket_);
  }
  pollfd writable{socket_, POLLOUT, 0};
  if (error == EAGAIN && poll(&writable, 1, patience_ms) > 0) error = entry.send(socket_);
  return error;
}

int JournaldHandler::tell_loss() {
  const std::unique_lock telling{telling_, std::try_to_lock};
  const std::size_t lost = lost_;
  if (!telling || lost == 0) return 0;  // another thread tells it
  const std::string message = fmt::format("{} records were lost: journald took none", lost);
  JournalEntry entry;
  entry.add("MESSAGE", message);
  entry.add("PRIORITY", priority(Level::WARNING));
  entry.add("SYSLOG_IDENTIFIER", program_invocation_short_name);
  entry.add("N_LOST", fmt::format_int(lost).c_str());
  if (const int error = send(entry, 0); error != 0) return error;
  lost_ -= lost;
  say(message);
  return 0;
}

void JournaldHandler::flush() noexcept {
  const std::unique_lock telling{telling_, std::try_to_lock};  // fork(2) may have copied it locked
  if (telling && lost_ > 0) say(fmt::format("{} records were lost", lost_.exchange(0)));
}
