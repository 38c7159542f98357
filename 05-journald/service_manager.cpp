#include "05-journald/service_manager.hpp"

#include <systemd/sd-daemon.h>

ServiceManager::ServiceManager(Ticker& ticker) {
  // Half of what the unit allows, so that one late ping does no harm. sd_watchdog_enabled(3)
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0)
    ticker.meanwhile(static_cast<double>(microseconds) / 2e6, [] { sd_notify(0, "WATCHDOG=1"); });
  sd_notify(0, "READY=1");
}

ServiceManager::~ServiceManager() { sd_notify(0, "STOPPING=1"); }

void ServiceManager::status(const std::string& line) { sd_notify(0, ("STATUS=" + line).c_str()); }
