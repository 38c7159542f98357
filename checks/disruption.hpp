// What the checks that disturb the daemon share.
#pragma once

#include <optional>

#include "checks/check.hpp"
#include "checks/daemon.hpp"

/// `cannot`: only root may disturb it.
Outcome needs_root();

/// Whether the unit is active and has a main process.
bool is_running(const Unit& unit);

/// Whether WATCHDOG=1 has come since the unit became active.
bool is_fed(const Unit& unit);

/// Waits up to `limit` for a main process other than `pid`; up to 300 s more while a start is under
/// way, since there may be an ExecStartPre=. Returns whether it runs.
bool wait_until_running(const Unit& unit, std::chrono::duration<double> limit,
                        std::uint64_t pid = 0);

/// Waits until its main process is no longer `pid`, or has had nothing to do for as long as `rest`:
/// on a busy machine an end takes its time. Up to 5 s. Returns whether `pid` has ended.
bool has_ended_by_rest(const Unit& unit, std::uint64_t pid, std::chrono::duration<double> rest);

/// The file with its dates or prices, once it has two: a new first line may be the same as the old
/// one. Nothing if the file does not outlive the process.
std::optional<Output> lines_to_keep(const Submission& submission);

/// Files that a run leaves so that there is no second one: by their names.
std::vector<std::string> locks_in(const std::filesystem::path& folder);

/// Says that a run has left these; nothing if there are none.
void add_locks(Finding& finding, const std::vector<std::string>& locks);

/// Starts the unit again when it goes out of scope, unless it runs.
class Restored {
 public:
  explicit Restored(const Unit& unit) : unit_(unit) {}
  ~Restored();
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  const Unit& unit_;
};
