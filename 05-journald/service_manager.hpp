// What a daemon with Type=notify tells systemd: that it is ready, what it does, that it is alive,
// that it ends. Without a service manager, nothing happens. sd_notify(3)
//
//     ServiceManager manager{ticker};     // READY=1
//     while (ticker.wait()) {             // WATCHDOG=1, as often as the unit's WatchdogSec= asks
//       manager.status("...");            // what systemctl status shows
//     }                                   // STOPPING=1
#pragma once

#include <string>

#include "common/ticker.hpp"

class ServiceManager {
 public:
  explicit ServiceManager(Ticker& ticker);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// One line, for people.
  void status(const std::string& line);
};
