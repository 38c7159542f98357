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
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// One ExecStart=: the program, and its arguments from argv[0] on.
struct Command {
  std::string path;
  std::vector<std::string> argv;
  std::vector<std::string> flags;  // "ignore-failure", "privileged", ...: filled by ...Ex only
  Time started{}, ended{};         // of its last process; the epoch if it has not done so
  std::uint64_t pid = 0;

  bool is_running() const { return pid != 0 && started != Time{} && ended < started; }
};

/// Ways in which a process may end.
struct Ends {
  std::vector<int> statuses, signals;
};

/// A job that systemd has in its queue.
struct Job {
  std::string type;                // "start", "stop", "restart", "reload", ...
  std::string state;               // "waiting" or "running"
  std::vector<std::string> after;  // jobs that it waits for, such as "a.service/start"
};

/// Systemd refused what it was asked for. what() is its own sentence.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Unit {
 public:
  const std::string& name() const { return name_; }

  /// A property's value: of the unit's or of the service's. Throws std::bad_variant_access if
  /// it is of another type.
  std::string text(const char* property) const;
  std::uint64_t number(const char* property) const;  // also a boolean: 0 or 1
  std::vector<std::string> list(const char* property) const;
  Time time(const char* property) const;  // the epoch: never
  /// The commands of ExecStart and its like, or of ExecStartEx and its like.
  std::vector<Command> commands(const char* property) const;
  /// Of a list of files, such as EnvironmentFiles: the names.
  std::vector<std::string> names(const char* property) const;
  /// Every property of the unit and of the service, with its value in a form of its own: two units
  /// have the same value if their texts are the same.
  std::map<std::string, std::string> properties() const;
  /// What RestartPreventExitStatus and its like have.
  Ends ends(const char* property) const;
  /// What systemd is to do with it, if anything.
  std::optional<Job> job() const;
  /// Of its Conditions or Asserts those that were not met, as the unit's file has them.
  std::vector<std::string> unmet(const char* property) const;

  /// Whether a start, restart or reload is under way, or in systemd's queue. A stop is none, and
  /// neither is a restart that waits for RestartSec= to pass.
  bool is_starting() const;

  /// Asks systemd for the job and does not wait for its end. Throws Refused if it makes none.
  void start() const { act("StartUnit"); }
  void stop() const { act("StopUnit"); }
  void reload() const { act("ReloadUnit"); }

  /// Sends `signal` to the main process (`whom` is "main"), to the command that systemd waits for,
  /// such as a reload's ("control"), or to all of the unit ("all"). Throws std::system_error if
  /// there is none.
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

  /// The unit of that name, which systemd loads if need be: GetUnit would fail.
  Unit unit(const std::string& name) const { return {bus_, name}; }

  /// What it gives to every service: NAME=value each.
  std::vector<std::string> environment() const;

 private:
  std::shared_ptr<sd_bus> bus_;
};
