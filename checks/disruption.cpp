#include "checks/disruption.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include "checks/daemon.hpp"
#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

Outcome needs_root() {
  return cannot(_("only root may stop or kill a service: use sudo, or leave it out with --gentle"));
}

bool is_running(const Unit& unit) {
  return unit.text("ActiveState") == "active" && unit.number("MainPID") != 0;
}

// A first one comes with READY=1, and the loop's own later. systemd notes the last one's time; at
// first, that is when the unit became active.
bool is_fed(const Unit& unit) {
  const auto limit = std::chrono::microseconds{unit.number("WatchdogUSec")};
  return unit.time("WatchdogTimestamp") > unit.time("ActiveEnterTimestamp") + limit / 20;
}

bool wait_until_running(const Unit& unit, Seconds limit, std::uint64_t pid) {
  const auto runs = [&] {
    const auto main_pid = unit.number("MainPID");  // read once: at the next look it may be 0
    return main_pid != 0 && main_pid != pid && unit.text("ActiveState") == "active";
  };
  return wait_until(_("its process to run"), limit, runs) ||
         (wait_until(_("its start to end"), Seconds{300},
                     [&unit] { return !unit.is_starting(); }) &&
          runs());
}

/// Whether each of its threads waits for something.
static bool has_nothing_to_do(std::uint64_t pid) {
  using Threads = std::filesystem::directory_iterator;
  std::error_code error;  // it may end meanwhile
  for (Threads thread{fmt::format("/proc/{}/task", pid), error}; !error && thread != Threads{};
       thread.increment(error))
    if (state_in(thread->path()) != 'S') return false;
  return true;
}

bool has_ended_by_rest(const Unit& unit, std::uint64_t pid, Seconds rest) {
  constexpr int enough = 5;  // looks: on a busy machine they are far between, and so are its steps
  bool has_ended = false;
  int looks = 0;
  auto busy = std::chrono::steady_clock::now();
  wait_until(_("its process to end, if it does"), Seconds{5}, [&] {
    const auto look = std::chrono::steady_clock::now();
    has_ended = unit.number("MainPID") != pid;
    ++looks;
    if (!has_nothing_to_do(pid)) {
      busy = look;
      looks = 0;
    }
    return has_ended || (looks >= enough && look - busy >= rest);
  });
  return has_ended;
}

std::optional<Output> lines_to_keep(const Submission& submission) {
  const auto is_ours = [](const std::string& line) {
    return !line.empty() && line.find_first_not_of("0123456789-:. eE+") == std::string::npos;
  };
  std::optional<Output> output;
  const bool there =
      wait_until(_("a line in its file"), 1.5 * submission.interval + Seconds{1}, [&] {
        output = output_of(submission, is_ours);
        return output && output->lines.size() >= 2 && is_ours(output->lines.back());
      });
  // What is seen through /proc is the process's own, and RuntimeDirectory= is meant to be emptied.
  const std::string path = there && output ? output->path.string() : "";
  if (path.empty() || path.starts_with("/proc/") || path.starts_with("/run/")) return std::nullopt;
  return output;
}

std::vector<std::string> locks_in(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
    const std::string name = entry.path().filename();
    if (name.find("lock") != std::string::npos || name.ends_with(".pid") ||
        name.ends_with(".sock") || entry.is_socket(ignored))
      found.push_back(entry.path());
  }
  return found;
}

void add_locks(Finding& finding, const std::vector<std::string>& locks) {
  if (locks.empty()) return;
  add_line(finding.reason, format_message(_("this is left of the run before: {}"), listed(locks)));
}

Restored::~Restored() {
  try {
    wait_until(_("its process to end"), Seconds{10},
               [this] { return unit_.text("ActiveState") != "deactivating"; });
    if (is_running(unit_)) return;
    unit_.reset_failed();
    unit_.start();
    wait_until_running(unit_, Seconds{10});
  } catch (...) {
    // The unit is gone, or a second signal came: nothing more can be done.
  }
}
