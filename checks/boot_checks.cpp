// Whether the unit starts at boot: enabled, for a target that the boot reaches.
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "checks/checks.hpp"
#include "checks/facts.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

static std::vector<std::string> targets_of(const UnitFile& file) {
  auto targets = file.words("Install", "WantedBy");
  for (const std::string& target : file.words("Install", "RequiredBy")) targets.push_back(target);
  return targets;
}

/// What the boot to the unit `goal` brings up, by what each unit on the way wants, without this
/// one.
static std::vector<std::string> brought_up(const Submission& submission, const std::string& goal) {
  std::vector<std::string> reached{goal};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const Unit unit = submission.manager.unit(reached[i]);
    for (const char* property : {"Wants", "Requires", "BindsTo"})
      for (const std::string& other : unit.list(property))
        if (other != submission.unit.name() &&
            std::find(reached.begin(), reached.end(), other) == reached.end())
          reached.push_back(other);
  }
  return reached;
}

/// The units that have to come before this one and after it, from one to the next; empty if there
/// is no such circle.
static std::vector<std::string> ordering_circle(const Submission& submission) {
  const UnitFile file = submission.file();
  if (!file.find("After") && !file.find("Before")) return {};  // what systemd adds makes none
  const std::string& own = submission.unit.name();
  std::map<std::string, std::string> earlier_than{{own, ""}};
  std::vector<std::string> reached{own};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::string name = reached[i];
    for (const std::string& earlier : submission.manager.unit(name).list("After")) {
      if (earlier == own) {
        std::vector<std::string> circle{own};
        for (std::string at = name; !at.empty(); at = earlier_than.at(at)) circle.push_back(at);
        return circle;
      }
      if (earlier_than.emplace(earlier, name).second) reached.push_back(earlier);
    }
  }
  return {};
}

/// Why systemd leaves it out at boot, though its target wants it.
static std::optional<Finding> left_out_at_boot(const Submission& submission,
                                               const std::vector<std::string>& boot) {
  Finding finding{.looked_at = "systemctl show -p Conflicts -p After " + submission.unit.name(),
                  .expected = _("it starts at boot"),
                  .then = {"daemon-reload"}};
  for (const std::string& other : submission.unit.list("Conflicts"))
    if (std::find(boot.begin(), boot.end(), other) != boot.end()) {
      finding.found = "Conflicts=" + other;
      finding.reason = format_message(
          _("the boot brings up {}, and of two that exclude one another systemd leaves one out; "
            "a start by hand stops it"),
          other);
      finding.hint = format_message(_("leave it out: {}"), written(submission, "Conflicts"));
      return finding;
    }
  if (const auto circle = ordering_circle(submission); !circle.empty()) {
    finding.found = fmt::format("{}", fmt::join(circle, " -> "));
    finding.reason =
        _("each of these has to come after the next one, in a circle: systemd leaves out one of "
          "them at boot, to break it");
    finding.hint = _("see to After= and Before= in the unit");
    return finding;
  }
  return std::nullopt;
}

/// default.target is whatever somebody chooses; the lessons advise the one that is meant.
static Outcome names_its_target(const Submission& submission,
                                const std::vector<std::string>& targets, const std::string& where) {
  static constexpr auto alias = "default.target";
  if (targets != std::vector<std::string>{alias}) return pass();
  return warn({.looked_at = "systemctl get-default",
               .expected = "WantedBy=multi-user.target",
               .found = where + "WantedBy=" + alias,
               .reason = format_message(
                   _("default.target is another name, today of {}: if somebody boots to "
                     "rescue.target to repair something, the service starts there, too"),
                   submission.manager.unit(alias).text("Id")),
               .hint = _("name the target that is meant: multi-user.target"),
               .then = {"daemon-reload", "reenable"}});
}

Outcome target_exists(Submission& submission) {
  const Manager& manager = submission.manager;
  const UnitFile file = submission.file();
  const auto targets = targets_of(file);
  if (targets.empty()) return skipped();
  const Setting* const setting = file.find("WantedBy");
  const std::string where = setting ? place(*setting) + ": " : "";
  Finding finding{.expected = "WantedBy=multi-user.target",
                  .hint = _("the target of an ordinary boot is multi-user.target, with a hyphen"),
                  .then = {"daemon-reload", "reenable"}};
  std::set<std::string> wanted;  // default.target is another name of one
  for (const std::string& target : targets) {
    std::string load = "bad-setting";
    finding.reason =
        format_message(_("{} is no unit's name, which ends with its kind, as in .target: `enable` "
                         "refuses it"),
                       target);
    try {
      const Unit unit = manager.unit(target);
      load = unit.text("LoadState");
      wanted.insert(unit.text("Id"));
      finding.reason =
          format_message(_("there is no {}: `enable` makes the link all the same, and at boot "
                           "nothing follows it"),
                         target);
    } catch (const std::system_error&) {
      // It is not even the name of a unit.
    }
    if (load == "loaded") continue;
    finding.looked_at = "systemctl status " + target;
    finding.found = where + "WantedBy=" + visible(target) + ", LoadState=" + load;
    return fail(finding);
  }
  const Unit default_target = manager.unit("default.target");
  const std::string goal = default_target.text("Id");
  if (default_target.text("LoadState") != "loaded") return pass();
  const auto boot = brought_up(submission, goal);
  if (std::any_of(boot.begin(), boot.end(),
                  [&wanted](const std::string& unit) { return wanted.contains(unit); })) {
    if (auto left_out = left_out_at_boot(submission, boot)) return fail(std::move(*left_out));
    return names_its_target(submission, targets, where);
  }
  finding.looked_at = "systemctl get-default; systemctl list-dependencies " + goal;
  finding.found = where + "WantedBy=" + listed(targets);
  finding.reason = format_message(_("this machine boots to {}, which does not bring {} up"), goal,
                                  listed(targets));
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
  const auto wanted = targets_of(submission.file());
  const auto linked = linked_targets(unit.name());
  Finding finding{
      .looked_at = "systemctl is-enabled " + unit.name() + "; ls /etc/systemd/system/*.wants",
      .expected = format_message(_("enabled, with a link below: {}"), listed(wanted)),
      .found = format_message(_("{}, with a link below: {}"), state.empty() ? "?" : state,
                              linked.empty() ? _("nothing") : listed(linked))};
  if (linked.empty()) {
    finding.reason = _("it is not enabled: `start` is for now, `enable` is for the next boot");
    finding.then = {"enable"};
    if (const std::string name = fact(submission, "not-enabled"); !name.empty()) {
      finding.reason = format_message(
          _("Alias= or Also= names {}, a unit of the system's own: a check enables no such unit"),
          visible(lines_of(name).front()));
      finding.hint = _("leave that name out");
      finding.then.clear();
    }
    return fail(finding);
  }
  // A link too many does no harm.
  if (!std::all_of(wanted.begin(), wanted.end(),
                   [&linked](const std::string& target) { return linked.contains(target); })) {
    finding.reason =
        _("WantedBy= was changed after it had been enabled: the links are the old ones");
    finding.then = {"reenable"};
    return fail(finding);
  }
  if (state == "enabled-runtime") {
    finding.reason =
        _("its link lies in /run, which is empty at each boot: it is enabled for this boot only");
    finding.hint = _("`systemctl enable` without --runtime");
    finding.then = {"enable"};
    return fail(finding);
  }
  return pass(listed(linked));
}
