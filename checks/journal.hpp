// The journal's entries by their fields. sd-journal(3), systemd.journal-fields(7)
//
//     Journal journal;
//     for (const Entry& entry : journal.entries({"_SYSTEMD_UNIT=x.service"}, since)) use(entry);
//
// Not thread-safe; std::system_error if the journal cannot be opened.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checks/unit.hpp"

struct sd_journal;

struct Entry {
  Time time;
  std::map<std::string, std::string> fields;
  std::map<std::string, std::string> others;  // of a field that has several values, one more

  /// A field's value, empty if there is none.
  const std::string& operator[](const std::string& field) const;
};

/// What systemd says with a MESSAGE_ID of its own: `journalctl --catalog` explains most.
namespace message_id {
inline constexpr auto bad_line = "MESSAGE_ID=c772d24e9a884cbeb9ea12625c306c01";
inline constexpr auto spawn_failed = "MESSAGE_ID=641257651c1b4ec9a8624d7a40a9e1e7";
inline constexpr auto exited = "MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15";
inline constexpr auto failed = "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c";
inline constexpr auto job_failed = "MESSAGE_ID=be02cf6855d2428ba40df7e9d022f03d";
inline constexpr auto succeeded = "MESSAGE_ID=7ad2d189f7e94e70a38c781354912448";
inline constexpr auto started = "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf";
inline constexpr auto stopping = "MESSAGE_ID=de5b426a63be47a7b6ac3eaac82e2f6f";
}  // namespace message_id

class Journal {
 public:
  Journal();

  /// Whether this user may read what systemd itself writes.
  bool readable();

  /// The entries from `since` on, oldest first, that match each of `matches`, FIELD=value (for
  /// one FIELD twice: either), among those that were sent before the call.
  std::vector<Entry> entries(const std::vector<std::string>& matches, Time since);

 private:
  void sync();

  std::shared_ptr<sd_journal> journal_;
};
