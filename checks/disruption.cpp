#include "checks/disruption.hpp"

#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

Outcome needs_root() {
  return cannot(_("only root may stop or kill a service: use sudo, or leave it out with --gentle"));
}

bool is_running(const Unit& unit) {
  return unit.text("ActiveState") == "active" && unit.number("MainPID") != 0;
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
