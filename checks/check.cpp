#include "checks/check.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "checks/text.hpp"

Outcome pass(std::string note) { return {Outcome::Kind::pass, std::move(note), {}}; }
Outcome fail(Finding finding) { return {Outcome::Kind::fail, "", std::move(finding)}; }
Outcome skipped() { return {Outcome::Kind::skipped, _("an earlier one failed"), {}}; }
Outcome cannot(std::string why) { return {Outcome::Kind::cannot, std::move(why), {}}; }

Outcome unreadable() {
  return cannot(
      _("this user may not read the journal: be root, or join the group systemd-journal"));
}

Outcome not_roots() {
  return cannot(_("only root may see what another user's process runs: use sudo"));
}

Submission::Submission(std::string stage_name, const std::string& unit_name,
                       double interval_seconds, std::string folder)
    : stage(std::move(stage_name)),
      dir(std::move(folder)),
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
  const Time since = started() == Time{} ? changed() : started();
  auto entries = journal.entries({"_SYSTEMD_UNIT=" + unit.name()}, since);
  // Between fork(2) and execve(2) systemd itself speaks as the unit's process, named (program).
  std::erase_if(entries, [](const Entry& entry) { return entry["_COMM"].starts_with('('); });
  // Of a oneshot that has ended, systemd forgets when that was: take its last run.
  if (!entries.empty())
    std::erase_if(entries, [last = entries.back()["_SYSTEMD_INVOCATION_ID"]](const Entry& entry) {
      return entry["_SYSTEMD_INVOCATION_ID"] != last;
    });
  return entries;
}

static volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) { interrupted = 1; }

bool wait_until(std::chrono::duration<double> seconds, const std::function<bool()>& true_now) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + seconds;
  for (auto look = Clock::now(); !true_now(); look = Clock::now()) {
    if (interrupted) {
      interrupted = 0;  // the waits on the way out are not to be cut short
      throw Interrupted{};
    }
    const auto now = Clock::now();
    if (now >= deadline) return false;
    // Looking is to take a fifth of a slow machine's time at most: the daemon needs some, too.
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const Milliseconds pause = std::max<Milliseconds>(Milliseconds{20}, 4 * (now - look));
    poll(nullptr, 0, static_cast<int>(std::min<Milliseconds>(pause, deadline - now).count()) + 1);
  }
  return true;
}

Time now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}
