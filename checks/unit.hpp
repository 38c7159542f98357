// A unit as systemd itself sees it, over D-Bus. systemctl(1)'s exit status hides most of it.
//
//     Manager manager;
//     Unit unit = manager.unit("01-date-daemon.service");
//     if (unit.text("ActiveState") != "active") unit.start();
//
// Every call asks systemd anew. Whatever goes wrong on the way is a std::system_error. Not
// thread-safe. org.freedesktop.systemd1(5)
#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// One ExecStart=: the program, and its arguments from argv[0] on.
struct Command {
  std::string path;
  std::vector<std::string> argv;
};

class Unit {
 public:
  const std::string& name() const { return name_; }

  /// A property's value: of the unit's or of the service's. Throws std::bad_variant_access where
  /// it is of another type.
  std::string text(const char* property) const;
  std::uint64_t number(const char* property) const;  // also a boolean: 0 or 1
  std::vector<std::string> list(const char* property) const;
  Time time(const char* property) const;  // the epoch: never
  std::vector<Command> commands(const char* property) const;
  /// Of its Conditions or Asserts those that were not met, as the unit's file has them.
  std::vector<std::string> unmet(const char* property) const;

  /// Whether a start is under way, and not only due.
  bool is_starting() const {
    return text("ActiveState") == "activating" && text("SubState") != "auto-restart";
  }

  /// Asks systemd for the job and does not wait for its end.
  void start() const { act("StartUnit"); }
  void stop() const { act("StopUnit"); }

  /// Sends `signal` to the main process, or to all.
  void kill(const char* whom, int signal) const;

  /// Forgets a failure, and how often it was started.
  void reset_failed() const;

 private:
  friend class Manager;
  using Value = std::variant<std::string, std::uint64_t, std::vector<std::string>>;
  Unit(std::shared_ptr<sd_bus> bus, const std::string& name);

  std::shared_ptr<sd_bus_message> get(const char* property) const;
  Value value(const char* property) const;
  void act(const char* method) const;

  std::shared_ptr<sd_bus> bus_;
  std::string name_, path_;
};

/// The connection to the system's systemd.
class Manager {
 public:
  Manager();

  /// The unit of that name, loaded where it was not: GetUnit fails there.
  Unit unit(const std::string& name) const { return {bus_, name}; }

 private:
  std::shared_ptr<sd_bus> bus_;
};
