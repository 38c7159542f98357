#include "checks/check.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "checks/text.hpp"

using Kind = Outcome::Kind;

Outcome pass(std::string note) { return {.kind = Kind::pass, .note = std::move(note)}; }
Outcome fail(Finding finding) { return {.kind = Kind::fail, .finding = std::move(finding)}; }
Outcome warn(Finding finding) { return {.kind = Kind::warning, .finding = std::move(finding)}; }
Outcome skipped() { return {.kind = Kind::skipped, .note = _("an earlier one failed")}; }
Outcome cannot(std::string why) { return {.kind = Kind::cannot, .note = std::move(why)}; }

Outcome cannot_read_journal() {
  return cannot(
      _("this user may not read the journal: be root, or join the group systemd-journal"));
}

Outcome cannot_see_process() {
  return cannot(_("only root may see what another user's process runs: use sudo"));
}

Submission::Submission(std::string stage_name, const std::string& unit_name,
                       double interval_seconds, std::string folder, std::string facts_folder)
    : stage(std::move(stage_name)),
      dir(std::move(folder)),
      facts(std::move(facts_folder)),
      interval(interval_seconds),
      unit(manager.unit(unit_name)) {}

UnitFile Submission::file() const {
  std::vector<std::string> files{unit.text("FragmentPath")};
  for (const std::string& drop_in : unit.list("DropInPaths")) files.push_back(drop_in);
  std::erase(files, "");
  return UnitFile{files};
}

Time Submission::changed() const {
  Time latest{};
  const UnitFile unit_file = file();
  for (const std::string& path : unit_file.files()) {
    struct stat file {};
    if (stat(path.c_str(), &file) != 0) continue;
    const auto since_epoch =
        std::chrono::seconds{file.st_mtim.tv_sec} + std::chrono::nanoseconds{file.st_mtim.tv_nsec};
    latest = std::max(latest, Time{std::chrono::floor<std::chrono::microseconds>(since_epoch)});
  }
  return latest;
}

std::vector<Entry> Submission::records() {
  // Of several ExecStart= of a oneshot, it is the first one's start that counts.
  const Time start = is_oneshot() ? unit.time("InactiveExitTimestamp") : started();
  Time since = start == Time{} ? changed() : start;
  if (!is_oneshot())
    since = std::max<Time>(since, now() - remembered);  // of months there are too many
  auto entries = journal.entries({"_SYSTEMD_UNIT=" + unit.name()}, since);
  // Between fork(2) and execve(2) systemd itself speaks as the unit's process, by the name
  // (program). journald keeps _COMM for a moment: the program's first line may have that, too.
  std::erase_if(entries,
                [](const Entry& entry) { return entry["SYSLOG_IDENTIFIER"].starts_with('('); });
  // Of a oneshot that has ended, systemd forgets when that was: take its last run.
  if (!entries.empty())
    std::erase_if(entries, [last = entries.back()["_SYSTEMD_INVOCATION_ID"]](const Entry& entry) {
      return entry["_SYSTEMD_INVOCATION_ID"] != last;
    });
  return entries;
}

static volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

static WaitListener wait_listener;

void on_wait(WaitListener listener) { wait_listener = std::move(listener); }

bool wait_until(const char* what, std::chrono::duration<double> limit,
                const std::function<bool()>& true_now) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto deadline = begin + limit;
  int told = 0;
  for (auto look = begin; !true_now(); look = Clock::now()) {
    if (interrupted) {
      interrupted = 0;  // the waits on the way out are not to be cut short
      throw Interrupted{};
    }
    const auto now = Clock::now();
    if (now >= deadline) return false;
    const auto waited =
        static_cast<int>(std::chrono::floor<std::chrono::seconds>(now - begin).count());
    if (waited > told && wait_listener) wait_listener(what, told = waited, limit);
    // Looking takes a fifth of a slow machine's time at most: the daemon needs some, too.
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const Milliseconds pause = std::max<Milliseconds>(Milliseconds{20}, 4 * (now - look));
    poll(nullptr, 0, static_cast<int>(std::min<Milliseconds>(pause, deadline - now).count()) + 1);
  }
  return true;
}

std::string written(const Submission& submission, const char* key) {
  const UnitFile file = submission.file();
  const Setting* const setting = file.find(key);
  return setting ? placed_line(*setting) : "";
}

Time now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}
