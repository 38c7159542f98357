// The unit's file: found, understood, complete, and enabled.
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

static const fs::path system_folder = "/etc/systemd/system";

static std::string cat_command(const Submission& submission) {
  return "systemctl cat " + submission.unit.name();
}

// --- Found and loaded --------------------------------------------------------------------------

/// A file that was probably meant to be this unit, in a wrong folder or under a wrong name.
static std::optional<fs::path> misplaced(const std::string& unit) {
  const std::string stem = unit.substr(0, unit.rfind('.'));
  std::error_code ignored;
  for (const char* folder : {"/etc/systemd", "/etc/systemd/system", "/etc/systemd/user", "/etc",
                             "/etc/systemd/system/multi-user.target.wants", "/usr/local/bin",
                             "/usr/lib/systemd", "/root"})
    for (const auto& entry : fs::directory_iterator{folder, ignored}) {
      const std::string name = entry.path().filename();
      const bool named_alike = !fnmatch((stem + "*").c_str(), name.c_str(), FNM_CASEFOLD);
      if (!named_alike || !entry.is_regular_file(ignored)) continue;
      // A program of the same name is no unit.
      const std::string text = content(entry.path());
      if (text.find("[Service]") != std::string::npos ||
          text.find("ExecStart") != std::string::npos)
        return entry.path();
    }
  return std::nullopt;
}

Outcome unit_is_found(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string load = unit.text("LoadState");
  if (load != "not-found") return pass(unit.text("FragmentPath"));
  const std::string wanted = system_folder / unit.name();
  Finding finding{"systemctl status " + unit.name(), wanted, _("no such file"), "", ""};
  if (const auto file = misplaced(unit.name())) {
    finding.found = *file;
    finding.reason = file->parent_path() == system_folder
                         ? _("systemd looks for this name exactly, with .service at its end")
                         : _("systemd does not look for units in that folder");
    finding.hint = say(_("move it: sudo mv {} {}"), file->string(), wanted);
  } else if (fs::is_symlink(fs::symlink_status(wanted))) {
    finding.found = wanted + " -> " + fs::read_symlink(wanted).string();
    finding.reason = _("it is a link to a file that does not exist");
    finding.hint = _("make the link again, or copy the file there");
  } else if (fs::exists(wanted)) {
    finding.found = say(_("{} is a folder, or another thing that is no file"), wanted);
    finding.reason = finding.found;
    finding.hint = say(_("move it: sudo mv {} {}"), wanted, wanted + ".old");
  } else {
    finding.hint = _("write it there; where you gave it another name: --unit NAME");
  }
  return fail(finding);
}

Outcome unit_loads(Submission& submission) {
  const std::string& name = submission.unit.name();
  const std::string load = submission.unit.text("LoadState");
  if (load == "loaded") return pass();
  return fail({"systemctl status " + name, "LoadState=loaded", "LoadState=" + load, "",
               load == "masked" && fs::is_symlink(submission.unit.text("FragmentPath"))
                   ? "sudo systemctl unmask " + name
                   : _("mend what is named above, then: sudo systemctl daemon-reload")});
}

Outcome unit_is_reloaded(Submission& submission) {
  if (!submission.unit.number("NeedDaemonReload")) return pass();
  return fail({"systemctl show -p NeedDaemonReload " + submission.unit.name(),
               "NeedDaemonReload=no", "NeedDaemonReload=yes",
               _("the file was changed after systemd had read it: what runs is the old text"),
               _("sudo systemctl daemon-reload, then sudo systemctl restart the unit")});
}

Outcome unit_has_no_bad_line(Submission& submission) {
  if (!submission.journal.readable()) return unreadable();
  const auto lines = bad_lines(submission);
  if (lines.empty()) return pass();
  return fail(
      {"systemd-analyze verify --recursive-errors=no " + submission.unit.text("FragmentPath"),
       _("no complaint"), fmt::format("{}", fmt::join(lines, "\n")),
       _("systemd leaves out a line that it does not understand, or that part of it, and starts "
         "the unit without it"),
       _("check the spelling, capitals included, and the section: man systemd.directives")});
}

// --- Complete ----------------------------------------------------------------------------------

struct Key {
  const char* section;
  const char* name;
  const char* purpose;
};

Outcome unit_has_keys(Submission& submission) {
  static const std::vector<Key> keys{
      {"Unit", "Description", N_("is what `systemctl status` calls the unit")},
      {"Service", "ExecStart", N_("is the command to run")},
      {"Service", "WorkingDirectory", N_("is the folder that the program works in: without it /")},
      {"Install", "WantedBy",
       N_("is what `systemctl enable` needs: without it the unit is static, "
          "and never starts at boot")}};
  const UnitFile file = submission.file();
  Finding finding{cat_command(submission), "", "", "", ""};
  for (const Key& key : keys) {
    const auto& settings = file.settings();
    const bool there =
        std::any_of(settings.begin(), settings.end(), [&key](const Setting& setting) {
          return setting.section == key.section && setting.key == key.name &&
                 !setting.value.empty();
        });
    if (there) continue;
    add_line(finding.expected, say("[{}] {}=...", key.section, key.name));
    add_line(finding.found, file.has_section(key.section)
                                ? say(_("[{}] has no {}="), key.section, key.name)
                                : say(_("there is no section [{}]"), key.section));
    if (const Setting* elsewhere = file.find(key.name))
      add_line(finding.found, place(*elsewhere) + ": [" + elsewhere->section + "] " +
                                  elsewhere->key + '=' + elsewhere->value);
    add_line(finding.reason, say(_("{}= {}"), key.name, _(key.purpose)));
    add_line(finding.hint,
             say(_("add the line {}= below [{}], then daemon-reload"), key.name, key.section));
  }
  return finding.reason.empty() ? pass() : fail(finding);
}

/// Whether this command is a shell's own: sh -c '...' may say whatever a shell understands.
static bool is_shell(const Command& command) {
  static const std::set<std::string> shells{"sh", "bash", "dash", "zsh", "ksh"};
  return shells.contains(fs::path{command.path}.filename()) && command.argv.size() > 1 &&
         command.argv[1].starts_with('-');
}

static bool is_shell_syntax(const std::string& word) {
  static const std::set<std::string> words{"|", "||", "&", "&&", ";", "<"};
  // 2>>FILE, &>FILE, 2>&1
  const auto redirected = word.find_first_not_of("0123456789&");
  return words.contains(word) || (redirected != std::string::npos && word[redirected] == '>') ||
         word.starts_with("~/") || word.find("=~/") != std::string::npos ||
         word.starts_with("$(") || word.starts_with('`') || word.ends_with(';');
}

Outcome unit_has_no_shell(Submission& submission) {
  const UnitFile file = submission.file();
  Finding finding{cat_command(submission), "", "", "", ""};
  for (const Setting& setting : file.settings()) {
    const char* const comment = setting.key == "Description" ? " # " : " #";
    if (setting.key.starts_with("Exec") || setting.value.find(comment) == std::string::npos)
      continue;
    finding.expected = say(_("{}= with a value, and nothing after it"), setting.key);
    finding.found = place(setting) + ": " + visible(setting.key + '=' + setting.value);
    finding.reason = _("a comment has a line of its own: after a value # is a part of that value");
    finding.hint = _("put the comment on a line above");
    return fail(finding);
  }
  for (const Command& command : submission.unit.commands("ExecStart")) {
    if (is_shell(command)) continue;
    for (const std::string& word : command.argv) {
      const bool comment = word.starts_with('#');
      if (!comment && !is_shell_syntax(word)) continue;
      finding.looked = "systemctl show -p ExecStart " + submission.unit.name();
      finding.expected = _("a program and its arguments");
      finding.found = say(_("the program is given {} as an argument, of: {}"), visible(word),
                          fmt::format("{}", fmt::join(command.argv, " ")));
      finding.reason = comment
                           ? _("a comment has a line of its own: after a command # is an argument")
                           : _("systemd starts the program itself, no shell reads this line: "
                               "> | & ; and ~ mean nothing in it");
      finding.hint =
          _("leave it out: what a program prints is in the journal anyway; where it has "
            "to be a shell: ExecStart=/bin/sh -c '...'");
      return fail(finding);
    }
  }
  return pass();
}

Outcome unit_waits_for_network(Submission& submission) {
  const auto after = submission.unit.list("After");
  auto wants = submission.unit.list("Wants");
  for (const std::string& unit : submission.unit.list("Requires")) wants.push_back(unit);
  const auto names = [](const std::vector<std::string>& list, const char* unit) {
    return std::count(list.begin(), list.end(), unit) > 0;
  };
  Finding finding{"systemctl show -p After -p Wants " + submission.unit.name(),
                  "After=network-online.target\nWants=network-online.target",
                  "After=" + listed(after) + "\nWants=" + listed(wants), "",
                  _("write both lines below [Unit], then daemon-reload")};
  if (names(after, "network-online.target")) {
    if (names(wants, "network-online.target")) return pass();
    finding.reason =
        _("After= is only an order among what starts anyway, and nothing brings "
          "network-online.target up without Wants=");
    return fail(finding);
  }
  if (names(after, "network.target")) return pass("After=network.target");
  finding.reason =
      names(wants, "network-online.target")
          ? _("Wants= brings the target up, and After= is what has the unit wait for it")
          : _("it asks the network, and nothing says that it starts after it");
  return fail(finding);
}

Outcome unit_notifies(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string type = unit.text("Type");
  const auto watchdog = std::chrono::microseconds{unit.number("WatchdogUSec")};
  const bool watched = watchdog.count() > 0;  // infinity is -1 here
  if (type.starts_with("notify") && watched) return pass();
  return fail(
      {"systemctl show -p Type -p WatchdogUSec " + unit.name(), "Type=notify\nWatchdogUSec=15s",
       "Type=" + type + "\nWatchdogUSec=" +
           (watched ? fmt::format("{}s", static_cast<double>(watchdog.count()) / 1e6) : "0"),
       !type.starts_with("notify")
           ? say(_("with Type={} systemd takes it for ready before it is"), type)
           : _("without WatchdogSec= systemd cannot tell a program that hangs from one "
               "that works"),
       _("below [Service]: Type=notify and WatchdogSec=15, then daemon-reload and restart")});
}

// --- At boot -----------------------------------------------------------------------------------

static std::vector<std::string> wanted_by(const UnitFile& file) {
  auto targets = file.words("Install", "WantedBy");
  for (const std::string& target : file.words("Install", "RequiredBy")) targets.push_back(target);
  return targets;
}

/// Whether the boot to the unit `goal` brings up one of these, by what each unit on the way wants.
static bool boot_brings_up(const Submission& submission, const std::string& goal,
                           const std::set<std::string>& wanted) {
  std::vector<std::string> reached{goal};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (wanted.contains(reached[i])) return true;
    const Unit unit = submission.manager.unit(reached[i]);
    for (const char* property : {"Wants", "Requires", "BindsTo"})
      for (const std::string& other : unit.list(property))
        if (other != submission.unit.name() &&
            std::find(reached.begin(), reached.end(), other) == reached.end())
          reached.push_back(other);
  }
  return false;
}

Outcome target_exists(Submission& submission) {
  const Manager& manager = submission.manager;
  const UnitFile file = submission.file();
  const auto targets = wanted_by(file);
  if (targets.empty()) return skipped();
  const Setting* const setting = file.find("WantedBy");
  const std::string where = setting ? place(*setting) + ": " : "";
  Finding finding{
      "", "WantedBy=multi-user.target", "", "",
      _("the target of an ordinary boot is multi-user.target, with a hyphen; then: sudo "
        "systemctl daemon-reload, and reenable")};
  std::set<std::string> wanted;  // default.target is another name of one
  for (const std::string& target : targets) {
    std::string load = "bad-setting";
    finding.reason =
        say(_("{} is no unit's name, which ends with its kind, as in .target: `enable` "
              "refuses it"),
            target);
    try {
      const Unit unit = manager.unit(target);
      load = unit.text("LoadState");
      wanted.insert(unit.text("Id"));
      finding.reason = say(_("there is no {}: `enable` makes the link all the same, and at boot "
                             "nothing follows it"),
                           target);
    } catch (const std::system_error&) {
      // It is not even the name of a unit.
    }
    if (load == "loaded") continue;
    finding.looked = "systemctl status " + target;
    finding.found = where + "WantedBy=" + visible(target) + ", LoadState=" + load;
    return fail(finding);
  }
  const Unit default_target = manager.unit("default.target");
  const std::string goal = default_target.text("Id");
  if (default_target.text("LoadState") != "loaded" || boot_brings_up(submission, goal, wanted))
    return pass();
  finding.looked = "systemctl get-default; systemctl list-dependencies " + goal;
  finding.found = where + "WantedBy=" + listed(targets);
  finding.reason =
      say(_("this machine boots to {}, which does not bring {} up"), goal, listed(targets));
  return fail(finding);
}

/// The targets whose folders of links have this unit.
static std::set<std::string> linked_targets(const std::string& unit) {
  std::set<std::string> targets;
  std::error_code ignored;
  for (const char* root : {"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"})
    for (const auto& folder : fs::directory_iterator{root, ignored})
      for (const char* kind : {".wants", ".requires"})
        if (const std::string name = folder.path().filename();
            name.ends_with(kind) && fs::is_symlink(folder.path() / unit, ignored))
          targets.insert(name.substr(0, name.rfind('.')));
  return targets;
}

Outcome unit_is_enabled(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string state = unit.text("UnitFileState");
  const auto wanted = wanted_by(submission.file());
  const auto linked = linked_targets(unit.name());
  Finding finding{"systemctl is-enabled " + unit.name() + "; ls /etc/systemd/system/*.wants",
                  say(_("enabled, with a link below: {}"), listed(wanted)),
                  say(_("{}, with a link below: {}"), state.empty() ? "?" : state,
                      linked.empty() ? _("nothing") : listed(linked)),
                  "", ""};
  if (linked.empty()) {
    finding.reason = _("it is not enabled: `start` is for now, `enable` is for the next boot");
    finding.hint = "sudo systemctl enable " + unit.name();
    return fail(finding);
  }
  // A link too many does no harm.
  if (!std::all_of(wanted.begin(), wanted.end(),
                   [&linked](const std::string& target) { return linked.contains(target); })) {
    finding.reason =
        _("WantedBy= was changed after it had been enabled: the links are the old ones");
    finding.hint = "sudo systemctl reenable " + unit.name();
    return fail(finding);
  }
  return pass(listed(linked));
}
