#include "checks/journal.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <string_view>
#include <system_error>

const std::string& Entry::operator[](const std::string& field) const {
  static const std::string none;
  const auto found = fields.find(field);
  return found == fields.end() ? none : found->second;
}

Journal::Journal() {
  sd_journal* journal = nullptr;
  const int result = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
  if (result < 0) throw std::system_error(-result, std::generic_category(), "the journal");
  journal_.reset(journal, sd_journal_close);
  sd_journal_get_fd(journal);  // has it watch for new files, as sd_journal_process(3) says
}

bool Journal::readable() {
  sd_journal_flush_matches(journal_.get());
  sd_journal_add_match(journal_.get(), "_PID=1", 0);
  sd_journal_seek_tail(journal_.get());
  return sd_journal_previous(journal_.get()) > 0;
}

std::vector<Entry> Journal::entries(const std::vector<std::string>& matches, Time since) {
  sync();
  sd_journal* const j = journal_.get();
  sd_journal_process(j);  // new files, after a rotation
  sd_journal_flush_matches(j);
  for (const std::string& match : matches) sd_journal_add_match(j, match.c_str(), 0);
  sd_journal_seek_realtime_usec(j, static_cast<std::uint64_t>(since.time_since_epoch().count()));

  std::vector<Entry> found;
  while (sd_journal_next(j) > 0) {
    std::uint64_t microseconds = 0;
    sd_journal_get_realtime_usec(j, &microseconds);
    Entry entry{Time{std::chrono::microseconds{microseconds}}, {}, {}};
    if (entry.time < since) continue;  // the seek is to the nearest entry
    const void* data = nullptr;
    std::size_t size = 0;
    SD_JOURNAL_FOREACH_DATA(j, data, size) {
      const std::string_view field{static_cast<const char*>(data), size};
      const auto equals = field.find('=');
      const auto [known, is_new] =
          entry.fields.emplace(field.substr(0, equals), field.substr(equals + 1));
      if (!is_new && known->second != field.substr(equals + 1))
        entry.others.emplace(known->first, field.substr(equals + 1));
    }
    found.push_back(std::move(entry));
  }
  return found;
}

/// What was sent to journald before is in its files afterwards: what `journalctl --sync` does.
/// Only root may; others read what has arrived.
void Journal::sync() {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address{AF_UNIX, "/run/systemd/journal/io.systemd.journal"};
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    // https://varlink.org: a JSON object and a zero byte, in both directions.
    constexpr std::string_view call{"{\"method\":\"io.systemd.Journal.Synchronize\"}\0", 44};
    char answer[256];
    pollfd reply{fd, POLLIN, 0};
    if (write(fd, call.data(), call.size()) > 0 && poll(&reply, 1, 5000) > 0) [[maybe_unused]]
      const ssize_t n = read(fd, answer, sizeof answer);
  }
  close(fd);
}
