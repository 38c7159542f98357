// Whether systemd would do anything as root for a unit that nobody has started yet: ./course check
// --strict.
//
// What systemd will do is asked of systemd, not read from the file: it alone knows what its lines
// mean. And what is not known to be harmless is refused, since whoever is root in a lab owns the
// judge.
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "checks/checks.hpp"
#include "checks/text.hpp"

namespace {

using Names = std::vector<std::string>;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A setting that has systemd do something as root for this unit, and why that is so.
struct Root {
  std::string found;
  std::string why;
};

class Roots {
 public:
  Roots(const Unit& unit, UnitFile file, std::string stage)
      : unit_(unit), file_(std::move(file)), stage_(std::move(stage)) {
    add_user();
    add_groups();
    add_commands();
    add_folders();
    add_streams();
    add_other_units();
    add_rights();
  }

  const std::vector<Root>& all() const { return roots_; }

 private:
  /// With each line that sets `key`: FILE:LINE: KEY=VALUE.
  void add(const std::string& key, const std::string& why) {
    std::string lines;
    for (const Setting& setting : file_.settings())
      if (setting.key == key) add_line(lines, place(setting) + ": " + key + '=' + setting.value);
    roots_.push_back({.found = lines.empty() ? key + '=' : lines, .why = why});
  }

  /// The number that a name stands for, or is.
  template <typename Entry, typename Number>
  static std::optional<long> number_of(const std::string& name, Entry* (*find)(const char*),
                                       Number Entry::*number) {
    if (const Entry* const entry = find(name.c_str())) return entry->*number;
    long value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return value;
  }

  /// Whose processes are the system's own: whoever is one of them can change what is judged.
  static bool is_of_the_system(long user) {
    const passwd* const entry = getpwuid(static_cast<uid_t>(user));
    const std::string name = entry ? entry->pw_name : "";
    return name == "messagebus" || name.starts_with("systemd-");
  }

  void add_user() {
    const std::string name = unit_.text("User");
    if (name.empty() && !unit_.number("DynamicUser"))
      return add("User", _("neither User= nor DynamicUser= is in the unit, so all of it runs as "
                           "root"));
    const auto user = number_of(name, getpwnam, &passwd::pw_uid);
    if (user == 0) add("User", _("this user is root"));
    else if (user && is_of_the_system(*user))
      add("User", _("this user is one of the system's own services"));
  }

  void add_groups() {
    constexpr long first_of_people = 1000;  // login.defs(5)
    const auto journal = number_of("systemd-journal", getgrnam, &group::gr_gid);
    const auto check = [&](const char* key, const std::string& name) {
      const auto number = number_of(name, getgrnam, &group::gr_gid);
      if (number && *number < first_of_people && number != journal)
        add(key, format_message(_("the group {} is the system's own"), name));
    };
    if (const std::string name = unit_.text("Group"); !name.empty()) check("Group", name);
    for (const std::string& name : unit_.list("SupplementaryGroups"))
      check("SupplementaryGroups", name);
  }

  void add_commands() {
    for (const char* key : {"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost",
                            "ExecReload", "ExecStop", "ExecStopPost"})
      for (const Command& command : unit_.commands((std::string{key} + "Ex").c_str()))
        for (const std::string& flag : command.flags)
          if (!is_one_of(flag, {"ignore-failure", "no-env-expand"})) {
            add(key, flag == "privileged" ? _("+ before a command runs it as root")
                                          : _("! before a command has root start it, as it is"));
            break;
          }
    if (unit_.number("PermissionsStartOnly"))
      add("PermissionsStartOnly", _("with it only ExecStart= has the user's rights"));
  }

  /// A folder of its own: one that is not there yet, and that no part of the system looks into
  /// later.
  bool is_own(const std::string& below, const std::string& first) const {
    const std::string name = unit_.name().substr(0, unit_.name().rfind('.'));
    if (first == name || first == stage_) return true;
    std::error_code ignored;
    return below != "/etc/" && !first.ends_with(".d") &&
           !std::filesystem::exists(below + first, ignored) &&
           !is_one_of(first, {"extensions", "confexts", "portables", "machines", "private",
                              "systemd", "credentials", "initctl", "host", "keys", "servicios"});
  }

  void add_folders() {
    static constexpr std::array<std::pair<const char*, const char*>, 5> kinds{
        {{"RuntimeDirectory", "/run/"},
         {"StateDirectory", "/var/lib/"},
         {"CacheDirectory", "/var/cache/"},
         {"LogsDirectory", "/var/log/"},
         {"ConfigurationDirectory", "/etc/"}}};
    for (const auto& [key, below] : kinds) {
      for (const std::string& folder : unit_.list(key))
        if (folder.find('/') != std::string::npos)
          add(key, _("systemd makes a folder within the service's own as root, and would follow a "
                     "link there"));
        else if (!is_own(below, folder))
          add(key, format_message(_("{} is the system's own, and would become the service's"),
                                  below + folder));
      // FOLDER:LINK, which D-Bus tells by a property of its own.
      for (const Setting& setting : file_.settings())
        if (setting.key == key && setting.value.find(':') != std::string::npos)
          add(key, _("systemd makes the link after the colon as root"));
    }
    for (const char* key : {"PIDFile", "PAMName"})
      if (!unit_.text(key).empty()) add(key, _("systemd uses it as root"));
    for (const Setting& setting : file_.settings())
      if (setting.key == "OpenFile") add("OpenFile", _("systemd opens it as root"));
  }

  void add_streams() {
    for (const char* key : {"StandardInput", "StandardOutput", "StandardError"})
      if (!is_one_of(unit_.text(key), {"null", "inherit", "journal"}))
        add(key, _("systemd opens it as root"));
  }

  /// Whether a unit of the system may be started for this one: a target that is no action, or what
  /// systemd itself adds.
  bool is_harmless(const std::string& other) const {
    if (other == unit_.name() || other.starts_with("price-api.")) return true;
    if (other.ends_with(".slice") || other.ends_with(".mount")) return true;
    return other.ends_with(".target") &&
           !is_one_of(other, {"poweroff.target", "reboot.target", "halt.target", "kexec.target",
                              "exit.target", "soft-reboot.target", "emergency.target",
                              "rescue.target", "ctrl-alt-del.target"});
  }

  void add_other_units() {
    for (const char* key : {"Wants", "Requires", "Requisite", "BindsTo", "Upholds", "Conflicts",
                            "OnFailure", "OnSuccess", "TriggeredBy", "PropagatesStopTo"})
      for (const std::string& other : unit_.list(key))
        if (!is_harmless(other))
          add(key == std::string_view{"TriggeredBy"} ? "Sockets" : key,
              format_message(_("{} is one of the system's own, which root starts or stops for this "
                               "unit"),
                             other));
  }

  void add_rights() {
    if (unit_.number("AmbientCapabilities"))
      add("AmbientCapabilities", _("with these capabilities a process has rights of root's"));
    if (unit_.number("Delegate")) add("Delegate", _("it hands control groups over"));
  }

  const Unit& unit_;
  UnitFile file_;
  std::string stage_;
  std::vector<Root> roots_;
};

}  // namespace

Outcome nothing_runs_as_root(Submission& submission) {
  const Roots roots{submission.unit, submission.file(), submission.stage};
  if (roots.all().empty()) return pass(submission.unit.text("User"));
  Finding finding{.looked_at = "systemctl cat " + submission.unit.name(),
                  .expected = _("a user without rights of its own, for each command"),
                  .hint = _("below [Service]: DynamicUser=yes, and StateDirectory=%N with "
                            "WorkingDirectory=%S/%N for its files")};
  for (const Root& root : roots.all()) {
    add_line(finding.found, root.found);
    add_line(finding.reason, root.why);
  }
  add_line(finding.reason, _("with --strict such a unit is not started"));
  return fail(std::move(finding));
}
