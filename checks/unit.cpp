#include "checks/unit.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

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
    // systemd's own socket: it is there even if no D-Bus daemon runs.
    checked(sd_bus_new(&bus), "sd_bus_new");
    bus_.reset(bus, sd_bus_flush_close_unref);
    checked(sd_bus_set_address(bus, "unix:path=/run/systemd/private"), "sd_bus_set_address");
    checked(sd_bus_start(bus), "/run/systemd/private");
  } else {
    checked(sd_bus_open_system(&bus), "the system bus");
    bus_.reset(bus, sd_bus_flush_close_unref);
  }
}

std::vector<std::string> Manager::environment() const {
  char** variables = nullptr;
  checked(sd_bus_get_property_strv(bus_.get(), destination, manager_path, manager_interface,
                                   "Environment", nullptr, &variables),
          "Environment");
  std::vector<std::string> environment;
  for (char** variable = variables; variable && *variable; ++variable) {
    environment.emplace_back(*variable);
    std::free(*variable);
  }
  std::free(variables);
  return environment;
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
  const bool with_flags = std::string_view{property}.ends_with("Ex");
  const std::string type = with_flags ? "sasasttttuii" : "sasbttttuii";
  checked(sd_bus_message_enter_container(m, 'v', ("a(" + type + ')').c_str()), property);
  checked(sd_bus_message_enter_container(m, 'a', ('(' + type + ')').c_str()), property);
  while (sd_bus_message_enter_container(m, 'r', type.c_str()) > 0) {
    Command command;
    const char* text = nullptr;
    checked(sd_bus_message_read_basic(m, 's', &text), property);
    command.path = text;
    checked(sd_bus_message_enter_container(m, 'a', "s"), property);
    while (sd_bus_message_read_basic(m, 's', &text) > 0) command.argv.emplace_back(text);
    checked(sd_bus_message_exit_container(m), property);
    if (with_flags) {
      checked(sd_bus_message_enter_container(m, 'a', "s"), property);
      while (sd_bus_message_read_basic(m, 's', &text) > 0) command.flags.emplace_back(text);
      checked(sd_bus_message_exit_container(m), property);
    } else {
      checked(sd_bus_message_skip(m, "b"), property);
    }
    std::uint64_t started = 0, ended = 0, monotonic = 0;
    std::uint32_t pid = 0;
    checked(sd_bus_message_read(m, "ttttu", &started, &monotonic, &ended, &monotonic, &pid),
            property);
    command.started = Time{std::chrono::microseconds{started}};
    command.ended = Time{std::chrono::microseconds{ended}};
    command.pid = pid;
    checked(sd_bus_message_skip(m, "ii"), property);
    checked(sd_bus_message_exit_container(m), property);
    commands.push_back(std::move(command));
  }
  return commands;
}

std::vector<std::string> Unit::names(const char* property) const {
  const auto message = get(property);
  sd_bus_message* const m = message.get();
  std::vector<std::string> names;
  checked(sd_bus_message_enter_container(m, 'v', "a(sb)"), property);
  checked(sd_bus_message_enter_container(m, 'a', "(sb)"), property);
  const char* name = nullptr;
  for (int flag = 0; sd_bus_message_read(m, "(sb)", &name, &flag) > 0;) names.emplace_back(name);
  return names;
}

Ends Unit::ends(const char* property) const {
  const auto message = get(property);
  sd_bus_message* const m = message.get();
  checked(sd_bus_message_enter_container(m, 'v', "(aiai)"), name_);
  checked(sd_bus_message_enter_container(m, 'r', "aiai"), name_);
  Ends found;
  for (std::vector<int>* numbers : {&found.statuses, &found.signals}) {
    checked(sd_bus_message_enter_container(m, 'a', "i"), name_);
    for (std::int32_t number = 0; sd_bus_message_read(m, "i", &number) > 0;)
      numbers->push_back(number);
    checked(sd_bus_message_exit_container(m), name_);
  }
  return found;
}

/// Reads what is left in this container, each value behind the one before.
static std::string rest_of(sd_bus_message* m) {
  std::string text;
  char type = 0;
  const char* contents = nullptr;
  while (sd_bus_message_peek_type(m, &type, &contents) > 0) {
    if (std::strchr("avre", type)) {
      checked(sd_bus_message_enter_container(m, type, contents), "a property");
      text += '(' + rest_of(m) + ')';
      checked(sd_bus_message_exit_container(m), "a property");
    } else if (std::strchr("sog", type)) {
      const char* value = "";
      checked(sd_bus_message_read_basic(m, type, &value), "a property");
      text += value + std::string{','};
    } else {
      std::uint64_t value = 0;  // large enough for any of the other types
      checked(sd_bus_message_read_basic(m, type, &value), "a property");
      text += std::to_string(value) + ',';
    }
  }
  return text;
}

std::map<std::string, std::string> Unit::properties() const {
  std::map<std::string, std::string> properties;
  for (const char* interface :
       {"org.freedesktop.systemd1.Service", "org.freedesktop.systemd1.Unit"}) {
    sd_bus_message* m = nullptr;
    checked(sd_bus_call_method(bus_.get(), destination, path_.c_str(),
                               "org.freedesktop.DBus.Properties", "GetAll", nullptr, &m, "s",
                               interface),
            name_);
    const std::shared_ptr<sd_bus_message> owner{m, sd_bus_message_unref};
    checked(sd_bus_message_enter_container(m, 'a', "{sv}"), name_);
    while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
      const char* name = nullptr;
      checked(sd_bus_message_read_basic(m, 's', &name), name_);
      properties.emplace(name, rest_of(m));
      checked(sd_bus_message_exit_container(m), name_);
    }
  }
  return properties;
}

std::optional<Job> Unit::job() const {
  const auto message = get("Job");
  std::uint32_t number = 0;
  const char* path = nullptr;
  checked(sd_bus_message_read(message.get(), "v", "(uo)", &number, &path), "Job");
  if (number == 0) return std::nullopt;
  constexpr auto interface = "org.freedesktop.systemd1.Job";
  Job job;
  for (const auto& [property, text] :
       {std::pair{"JobType", &job.type}, std::pair{"State", &job.state}}) {
    char* value = nullptr;
    if (sd_bus_get_property_string(bus_.get(), destination, path, interface, property, nullptr,
                                   &value) < 0)
      return std::nullopt;  // it is done by now
    *text = value;
    std::free(value);
  }
  sd_bus_message* m = nullptr;
  if (sd_bus_call_method(bus_.get(), destination, path, interface, "GetBefore", nullptr, &m, "") <
      0)
    return job;
  const std::shared_ptr<sd_bus_message> owner{m, sd_bus_message_unref};
  checked(sd_bus_message_enter_container(m, 'a', "(usssoo)"), "GetBefore");
  const char *unit = nullptr, *type = nullptr, *skipped = nullptr;
  while (sd_bus_message_read(m, "(usssoo)", &number, &unit, &type, &skipped, &skipped, &skipped) >
         0)
    job.after.push_back(std::string{unit} + '/' + type);
  return job;
}

bool Unit::is_starting() const {
  // The job first: if there is none any more, the state is the one that it has led to.
  if (const auto queued = job(); queued && queued->type != "stop") return true;
  const std::string sub = text("SubState");  // with Type=idle, it is active from the first on
  return sub.starts_with("start") || sub == "condition" ||
         (text("ActiveState") == "activating" && sub != "auto-restart");
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
  sd_bus_error error = SD_BUS_ERROR_NULL;
  const int result = sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface,
                                        method, &error, nullptr, "ss", name_.c_str(), "replace");
  const std::string message = error.message ? error.message : "";
  // Its own errors have names of systemd's; others are of the way to it. sd_bus_error(3)
  const bool is_refusal =
      error.name && std::string_view{error.name}.starts_with("org.freedesktop.systemd1.");
  sd_bus_error_free(&error);
  if (is_refusal) throw Refused{message};
  checked(result, std::string{method} + ' ' + name_);
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
