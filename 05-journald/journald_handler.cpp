#include "05-journald/journald_handler.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "05-journald/journal_entry.hpp"

using logging::Level;

/// Returns syslog(3)'s number for a level. A level between two named ones counts as the lower.
static std::string_view priority(Level level) {
  if (level >= Level::CRITICAL) return "2";
  if (level >= Level::ERROR) return "3";
  if (level >= Level::WARNING) return "4";
  return level >= Level::INFO ? "6" : "7";
}

/// Returns whether the handler itself sends a field of that name.
static bool is_ours(std::string_view name) {
  static constexpr std::string_view ours[] = {"MESSAGE",     "PRIORITY",         "LOGGER",
                                              "CODE_FILE",   "CODE_LINE",        "CODE_FUNC",
                                              "THREAD_NAME", "SYSLOG_IDENTIFIER"};
  return std::find(std::begin(ours), std::end(ours), name) != std::end(ours);
}

/// Says it on standard error, for people, since the journal takes nothing. Not with fmt::print(),
/// which throws if standard error takes nothing either.
static void say(const std::string& what) {
  const std::string line = "journald: " + what + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

JournaldHandler::JournaldHandler() : socket_(JournalEntry::make_socket()), loser_(getpid()) {
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
  for (const auto& [given, value] : record.extra) {
    char room[JournalEntry::longest_name];
    const std::string_view name = JournalEntry::field_name(given, room);
    if (!name.empty() && !is_ours(name)) entry.add(name, value);
    else if (!is_losing_)  // a frozen journald may be behind standard error, too
      say(fmt::format("no extra field can be called '{}': left out", given));
  }
  if (lost_ > 0) tell_loss();
  if (!send(entry, is_losing_ ? MSG_DONTWAIT : 0)) count_lost(1);
}

/// Sends the entry; returns whether journald took it. sd_journal_sendv(3) would not do: it waits
/// for as long as journald's queue is full, and returns 0 if its socket is missing.
bool JournaldHandler::send(const JournalEntry& entry, int flags) {
  int error = entry.send(socket_, flags);
  if (error == EINTR) error = entry.send(socket_, flags);  // once: a timer may end each wait
  if (!is_losing_.exchange(error != 0) && error != 0)
    say(fmt::format("{}: records are lost from here on", std::strerror(error)));
  return error == 0;
}

/// Counts `records` as lost by this process. In a child of fork(2), it begins at 0: what was
/// counted until then is the parent's.
void JournaldHandler::count_lost(std::size_t records) {
  if (loser_.exchange(getpid()) != getpid()) lost_ = 0;
  lost_ += records;
}

void JournaldHandler::tell_loss() {
  count_lost(0);
  const std::size_t lost = lost_.exchange(0);
  if (lost == 0) return;
  const std::string message = fmt::format("{} records were lost: journald took none", lost);
  JournalEntry entry;
  entry.add("MESSAGE", message);
  entry.add("PRIORITY", priority(Level::WARNING));
  entry.add("SYSLOG_IDENTIFIER", program_invocation_short_name);
  entry.add("N_LOST", fmt::format_int(lost).c_str());
  if (send(entry, MSG_DONTWAIT)) say(message);
  else count_lost(lost);
}

void JournaldHandler::flush() noexcept {
  if (lost_ > 0) tell_loss();
  if (const std::size_t lost = lost_.exchange(0)) say(fmt::format("{} records were lost", lost));
}
