#include "checks/unit.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

static constexpr auto destination = "org.freedesktop.systemd1";
static constexpr auto manager_path = "/org/freedesktop/systemd1";
static constexpr auto manager_interface = "org.freedesktop.systemd1.Manager";

/// libsystemd returns -errno, and leaves errno alone.
static int checked(int result, const std::string& what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
  return result;
}

Manager::Manager() {
  sd_bus* bus = nullptr;
  if (geteuid() == 0) {
    // systemd's own socket: there is one also where no D-Bus daemon runs.
    checked(sd_bus_new(&bus), "sd_bus_new");
    bus_.reset(bus, sd_bus_flush_close_unref);
    checked(sd_bus_set_address(bus, "unix:path=/run/systemd/private"), "sd_bus_set_address");
    checked(sd_bus_start(bus), "/run/systemd/private");
  } else {
    checked(sd_bus_open_system(&bus), "the system bus");
    bus_.reset(bus, sd_bus_flush_close_unref);
  }
}

Unit::Unit(std::shared_ptr<sd_bus> bus, const std::string& name)
    : bus_(std::move(bus)), name_(name) {
  sd_bus_message* reply = nullptr;
  checked(sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface, "LoadUnit",
                             nullptr, &reply, "s", name.c_str()),
          name);
  const std::shared_ptr<sd_bus_message> owner{reply, sd_bus_message_unref};
  const char* path = nullptr;
  checked(sd_bus_message_read(reply, "o", &path), name);
  path_ = path;
}

std::shared_ptr<sd_bus_message> Unit::get(const char* property) const {
  int result = 0;
  for (const char* interface :
       {"org.freedesktop.systemd1.Service", "org.freedesktop.systemd1.Unit"}) {
    sd_bus_message* reply = nullptr;
    result = sd_bus_call_method(bus_.get(), destination, path_.c_str(),
                                "org.freedesktop.DBus.Properties", "Get", nullptr, &reply, "ss",
                                interface, property);
    if (result >= 0) return {reply, sd_bus_message_unref};
  }
  checked(result, name_ + ' ' + property);
  return nullptr;
}

Unit::Value Unit::value(const char* property) const {
  const auto message = get(property);
  sd_bus_message* const m = message.get();
  const char* type = nullptr;
  checked(sd_bus_message_peek_type(m, nullptr, &type), property);
  checked(sd_bus_message_enter_container(m, 'v', type), property);
  const auto read_number = [&](auto number) {
    checked(sd_bus_message_read_basic(m, *type, &number), property);
    return Value{static_cast<std::uint64_t>(number)};
  };
  const auto read_text = [&] {
    const char* text = "";
    checked(sd_bus_message_read_basic(m, 's', &text), property);
    return std::string{text};
  };
  if (!std::strcmp(type, "as")) {
    std::vector<std::string> texts;
    checked(sd_bus_message_enter_container(m, 'a', "s"), property);
    while (sd_bus_message_at_end(m, false) == 0) texts.push_back(read_text());
    return texts;
  }
  if (!std::strcmp(type, "(ss)")) {  // LoadError: an error's name, and its message
    checked(sd_bus_message_enter_container(m, 'r', "ss"), property);
    std::vector<std::string> both{read_text()};
    both.push_back(read_text());
    return both;
  }
  switch (*type) {
    case 't': return read_number(std::uint64_t{});
    case 'u': return read_number(std::uint32_t{});
    case 'i': return read_number(std::int32_t{});
    case 'b': return read_number(int{});
    default: return read_text();
  }
}

std::string Unit::text(const char* property) const {
  return std::get<std::string>(value(property));
}
std::uint64_t Unit::number(const char* property) const {
  return std::get<std::uint64_t>(value(property));
}
std::vector<std::string> Unit::list(const char* property) const {
  return std::get<std::vector<std::string>>(value(property));
}
Time Unit::time(const char* property) const {
  return Time{std::chrono::microseconds{number(property)}};
}

std::vector<Command> Unit::commands(const char* property) const {
  const auto message = get(property);
  sd_bus_message* const m = message.get();
  std::vector<Command> commands;
  checked(sd_bus_message_enter_container(m, 'v', "a(sasbttttuii)"), property);
  checked(sd_bus_message_enter_container(m, 'a', "(sasbttttuii)"), property);
  while (sd_bus_message_enter_container(m, 'r', "sasbttttuii") > 0) {
    Command command;
    const char* text = nullptr;
    checked(sd_bus_message_read_basic(m, 's', &text), property);
    command.path = text;
    checked(sd_bus_message_enter_container(m, 'a', "s"), property);
    while (sd_bus_message_read_basic(m, 's', &text) > 0) command.argv.emplace_back(text);
    checked(sd_bus_message_exit_container(m), property);
    checked(sd_bus_message_skip(m, "bttttuii"), property);
    checked(sd_bus_message_exit_container(m), property);
    commands.push_back(std::move(command));
  }
  return commands;
}

std::vector<std::string> Unit::unmet(const char* property) const {
  const auto message = get(property);
  sd_bus_message* const m = message.get();
  std::vector<std::string> unmet;
  checked(sd_bus_message_enter_container(m, 'v', "a(sbbsi)"), property);
  checked(sd_bus_message_enter_container(m, 'a', "(sbbsi)"), property);
  const char *type = nullptr, *parameter = nullptr;
  int trigger = 0, negate = 0, state = 0;  // below 0: not met; 0: not looked at
  while (sd_bus_message_read(m, "(sbbsi)", &type, &trigger, &negate, &parameter, &state) > 0)
    if (state < 0) unmet.push_back(std::string{type} + '=' + (negate ? "!" : "") + parameter);
  return unmet;
}

void Unit::act(const char* method) const {
  checked(sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface, method,
                             nullptr, nullptr, "ss", name_.c_str(), "replace"),
          std::string{method} + ' ' + name_);
}

void Unit::kill(const char* whom, int signal) const {
  checked(sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface, "KillUnit",
                             nullptr, nullptr, "ssi", name_.c_str(), whom, signal),
          "KillUnit " + name_);
}

void Unit::reset_failed() const {
  const int result = sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface,
                                        "ResetFailedUnit", nullptr, nullptr, "s", name_.c_str());
  // systemd has forgotten a unit that was stopped and that nothing needs, and its failures with it.
  if (result != -ENOENT) checked(result, "ResetFailedUnit " + name_);
}
