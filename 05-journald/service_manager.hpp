// What a daemon with Type=notify tells systemd: that it is ready, what it does, that it is alive,
// that it ends. If systemd did not start it, it tells nobody. sd_notify(3)
//
//     ServiceManager manager{ticker};     // READY=1
//     while (ticker.wait())               // WATCHDOG=1, every half of the unit's WatchdogSec=
//       manager.status("...");            // what systemctl status shows
//                                         // STOPPING=1, when `manager` goes out of scope
#pragma once

#include <string>

#include "common/ticker.hpp"

class ServiceManager {
 public:
  /// Sends READY=1. If the unit has WatchdogSec=, has the ticker feed the watchdog every half of it
  /// while it waits, in place of other work of meanwhile(). So the program's own work between two
  /// ticks has to be shorter than WatchdogSec=.
  explicit ServiceManager(Ticker& ticker);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  /// Sends STATUS=`line`, for people. `line` must have no newline: behind one, systemd would read
  /// another message.
  void status(const std::string& line);
};
