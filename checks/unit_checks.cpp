// The unit's file: found, understood, complete, and enabled.
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/facts.hpp"
#include "checks/substitution.hpp"
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

static bool ends_with_service(const std::string& name) {
  return !fnmatch("*.service", name.c_str(), FNM_CASEFOLD);
}

/// The files of a submission that are units: by their names, and then by what is in them. A lesson
/// that has a unit in it is none.
static std::vector<std::string> units_in(const Submission& submission) {
  std::vector<std::string> units = names_of(submission, "files");
  std::erase_if(units, [](const std::string& name) { return !ends_with_service(name); });
  for (const std::string& name : names_of(submission, "units"))
    if (!ends_with_service(name) && !name.ends_with(".md")) units.push_back(name);
  return units;
}

/// Whether ./course check takes it with --unit: commands/check
static bool is_plain_unit_name(const std::string& name) {
  return name.ends_with(".service") && !name.starts_with('-') && !name.ends_with("@.service") &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || std::strchr(":_.@-", c); });
}

/// Why checks/receive had no unit to put where systemd looks.
static Finding not_submitted(const Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string folder = work_folder(submission);
  const auto units = units_in(submission);
  const auto left_behind = lines_of(fact(submission, "left-behind"));
  Finding finding{.looked_at = "systemctl status " + unit.name(),
                  .expected = system_folder / unit.name(),
                  .hint = format_message(_("call it {}"), folder + '/' + unit.name())};
  if (std::count(left_behind.begin(), left_behind.end(), unit.name())) {
    finding.found = format_message(_("{} is a link, or another thing that is no file"),
                                   folder + '/' + unit.name());
    finding.reason = _("links are not followed, and so it is left behind");
    finding.hint = _("put a copy of the file in its place");
  } else if (const auto file = misnamed(units, unit.name(), units)) {
    finding.found = folder + '/' + one_line(file->name);
    finding.reason = file->reason;
    if (is_plain_unit_name(file->name))
      finding.hint += '\n' + format_message(_("or say how it is called: {}"),
                                            "./course check " + submission.stage + " --unit " +
                                                file->name.substr(0, file->name.rfind('.')));
  } else {
    finding.found =
        format_message(_("in {} there is: {}"), folder, some_of(names_of(submission, "files")));
    finding.reason = _("none of these is a unit, a file with a section [Service]");
    finding.hint = format_message(_("write it: {}"), folder + '/' + unit.name());
  }
  return finding;
}

/// Files beside the unit in a folder of drop-ins from which systemd takes none.
static std::vector<std::string> drop_ins_left_out(const Submission& submission) {
  const std::string folder = submission.unit.name() + ".d/";
  std::vector<std::string> left_out;
  for (const std::string& name : names_of(submission, "files"))
    if (const auto slash = name.rfind('/'); slash != std::string::npos &&
                                            name.substr(0, slash).ends_with(".service.d") &&
                                            !(name.starts_with(folder) && name.ends_with(".conf")))
      left_out.push_back(name);
  return left_out;
}

Outcome unit_is_found(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string load = unit.text("LoadState");
  if (const auto left_out = drop_ins_left_out(submission); load != "not-found" && !left_out.empty())
    return warn({.looked_at = "systemctl show -p DropInPaths " + unit.name(),
                 .expected = unit.name() + ".d/NAME.conf",
                 .found = some_of(left_out),
                 .reason = format_message(_("systemd takes drop-ins from {}, and of that only what "
                                            "ends with .conf"),
                                          unit.name() + ".d"),
                 .hint = _("call it so, or put it somewhere else")});
  if (load != "not-found") return pass(unit.text("FragmentPath"));
  if (!submission.facts.empty()) return fail(not_submitted(submission));
  const std::string wanted = system_folder / unit.name();
  Finding finding{.looked_at = "systemctl status " + unit.name(),
                  .expected = wanted,
                  .found = _("no such file")};
  if (const auto file = misplaced(unit.name())) {
    finding.found = *file;
    finding.reason = file->parent_path() == system_folder
                         ? _("systemd looks for this name exactly, with .service at its end")
                         : _("systemd does not look for units in that folder");
    finding.hint = format_message(_("move it: sudo mv {} {}"), file->string(), wanted);
  } else if (fs::is_symlink(fs::symlink_status(wanted))) {
    finding.found = wanted + " -> " + fs::read_symlink(wanted).string();
    finding.reason = _("it is a link to a file that does not exist");
    finding.hint = _("make the link again, or copy the file there");
  } else if (fs::exists(wanted)) {
    finding.found = format_message(_("{} is a folder, or another thing that is no file"), wanted);
    finding.reason = finding.found;
    finding.hint = format_message(_("move it: sudo mv {} {}"), wanted, wanted + ".old");
  } else {
    finding.hint = _("write it there; if you gave it another name: --unit NAME");
  }
  return fail(finding);
}

Outcome unit_is_loaded(Submission& submission) {
  const std::string& name = submission.unit.name();
  const std::string load = submission.unit.text("LoadState");
  if (load == "loaded") return pass();
  return fail({.looked_at = "systemctl status " + name,
               .expected = "LoadState=loaded",
               .found = "LoadState=" + load,
               .hint = load == "masked" && fs::is_symlink(submission.unit.text("FragmentPath"))
                           ? "sudo systemctl unmask " + name
                           : _("correct what is named above"),
               .then = {"daemon-reload"}});
}

/// The drop-ins that systemd has not read, and those that it has read and that are gone, a line
/// each.
static std::string unread_files(const Submission& submission) {
  const auto read = submission.unit.list("DropInPaths");
  std::string text;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator{system_folder / (submission.unit.name() + ".d"), ignored})
    if (entry.path().extension() == ".conf" && entry.is_regular_file(ignored) &&
        std::find(read.begin(), read.end(), entry.path().string()) == read.end())
      text += '\n' + format_message(_("{}: systemd has not read it"), entry.path().string());
  for (const std::string& path : read)
    if (!fs::exists(path, ignored))
      text += '\n' + format_message(_("{}: it is gone, and systemd still has it"), path);
  return text;
}

/// A folder of drop-ins whose name is not quite the one that systemd looks for: nothing reads it.
static std::optional<Finding> misnamed_drop_ins(const Submission& submission) {
  const fs::path name = submission.unit.name(), right = system_folder / (name.string() + ".d");
  std::error_code ignored;
  for (const std::string& wrong : {name.stem().string() + ".d", name.string() + ".conf.d",
                                   name.string(), name.stem().string() + ".service.conf.d"}) {
    for (const auto& entry : fs::directory_iterator{system_folder / wrong, ignored}) {
      if (entry.path().extension() != ".conf") continue;
      return Finding{
          .looked_at = "systemctl show -p DropInPaths " + name.string(),
          .expected = right.string(),
          .found = entry.path(),
          .reason = _("systemd does not read that drop-in: its folder has to be called "
                      "as the unit's file, with .service, and .d behind it"),
          .hint = format_message("sudo mv {} {}", (system_folder / wrong).string(), right.string()),
          .then = {"daemon-reload", "restart"}};
    }
  }
  return std::nullopt;
}

Outcome unit_is_reloaded(Submission& submission) {
  if (auto finding = misnamed_drop_ins(submission)) return fail(std::move(*finding));
  // A folder of drop-ins that is new may be missing from what systemd compares.
  const std::string unread = unread_files(submission);
  if (!submission.unit.number("NeedDaemonReload") && unread.empty()) return pass();
  return fail(
      {.looked_at = "systemctl show -p NeedDaemonReload " + submission.unit.name(),
       .expected = "NeedDaemonReload=no",
       .found = "NeedDaemonReload=yes" + unread,
       .reason = _("the file was changed after systemd had read it: what runs is the old text"),
       .then = {"daemon-reload", "restart"}});
}

static std::string verify_command(const Submission& submission) {
  return "systemd-analyze verify --recursive-errors=no " + submission.unit.text("FragmentPath");
}

static Outcome has_no_risky_line(Submission& submission) {
  const auto lines = risky_lines(submission);
  if (lines.empty()) return pass();
  return warn({.looked_at = verify_command(submission),
               .expected = _("no complaint"),
               .found = fmt::format("{}", fmt::join(lines, "\n")),
               .reason = _("systemd does as the line says, and advises against it"),
               .hint = _("its own sentence says what to write instead")});
}

/// What helps against the first of the complaints.
static std::string hint_for(const std::vector<std::string>& complaints) {
  const std::string& first = complaints.front();
  if (first.find("outside of section") != std::string::npos)
    return _(
        "write [Service], or the section that it belongs to, on a line above it: each file "
        "needs its own, a drop-in, too");
  if (first.find(" #") != std::string::npos || first.find(" ;") != std::string::npos)
    return comment_hint();
  if (first.find("nvalid") != std::string::npos || first.find("arse") != std::string::npos ||
      first.find("absolute") != std::string::npos)
    return _(
        "its value is not of the form that the setting takes: man systemd.directives names "
        "the page that says which");
  return _("check the spelling, capitals included, and the section: man systemd.directives");
}

Outcome unit_has_no_bad_line(Submission& submission) {
  if (!submission.journal.readable()) return cannot_read_journal();
  const auto lines = bad_lines(submission);
  if (lines.empty()) return has_no_risky_line(submission);
  return fail(
      {.looked_at = verify_command(submission),
       .expected = _("no complaint"),
       .found = fmt::format("{}", fmt::join(lines, "\n")),
       .reason = _(
           "systemd leaves out a line that it does not understand, or that part of it, and starts "
           "the unit without it"),
       .hint = hint_for(lines)});
}

// --- Complete ----------------------------------------------------------------------------------

struct Key {
  const char* section;
  const char* name;
  const char* purpose;
};

/// Whether a word of a command names a path from / on, as it is or by a variable.
static bool names_a_path(const std::string& word) {
  return word.starts_with('/') || word.find("=/") != std::string::npos ||
         (word.find('$') != std::string::npos && word.find('/') != std::string::npos);
}

/// Whether the program may look for a file in the folder that it works in: not if it only logs, as
/// stage 02's, is given the path of its file from / on or with a variable, asks for its folder, or
/// a shell goes elsewhere first.
static bool uses_its_folder(const Submission& submission) {
  if (submission.stage == "02-logging") return false;
  // systemd itself opens that file, by its whole path.
  const std::string output = submission.unit.text("StandardOutput");
  if (output == "append" || output == "file" || output == "truncate") return false;
  for (const Command& command : submission.unit.commands("ExecStart")) {
    // systemd.exec(5), StateDirectory=
    for (const char* elsewhere : {"STATE_DIRECTORY", "/var/lib/", "/var/tmp/", "/srv/"})
      if (any_has({command.path}, elsewhere) || any_has(command.argv, elsewhere)) return false;
    for (std::size_t i = 1; i < command.argv.size(); ++i)
      if (const std::string& word = command.argv[i];
          names_a_path(word) ||
          (is_shell(command.path, command.argv) && (" " + word).find(" cd ") != std::string::npos))
        return false;
  }
  for (const auto& [name, value] : variables_of(submission.unit)) {
    if (is_systemds_own(name)) continue;
    std::istringstream words{value};
    for (std::string word; words >> word;)
      if (names_a_path(word)) return false;
  }
  return true;
}

Outcome unit_has_keys(Submission& submission) {
  static const std::vector<Key> keys{
      {"Unit", "Description", N_("is what `systemctl status` calls the unit")},
      {"Service", "ExecStart", N_("is the command to run")},
      {"Service", "WorkingDirectory", N_("is the folder that the program works in: without it /")},
      {"Install", "WantedBy",
       N_("is what `systemctl enable` needs: without it the unit is static, "
          "and never starts at boot")}};
  const UnitFile file = submission.file();
  Finding finding{.looked_at = cat_command(submission)};
  bool is_needed = false;
  for (const Key& key : keys) {
    const auto& settings = file.settings();
    const bool there =
        std::any_of(settings.begin(), settings.end(), [&key](const Setting& setting) {
          const bool is_key =
              setting.key == key.name ||
              (key.name == std::string_view{"WantedBy"} && setting.key == "RequiredBy");
          return setting.section == key.section && is_key && !setting.value.empty();
        });
    if (there) continue;
    add_line(finding.expected, format_message("[{}] {}=...", key.section, key.name));
    add_line(finding.found, file.has_section(key.section)
                                ? format_message(_("[{}] has no {}="), key.section, key.name)
                                : format_message(_("there is no section [{}]"), key.section));
    if (const Setting* elsewhere = file.find(key.name))
      add_line(finding.found, place(*elsewhere) + ": [" + elsewhere->section + "] " +
                                  elsewhere->key + '=' + elsewhere->value);
    add_line(finding.reason, format_message(_("{}= {}"), key.name, _(key.purpose)));
    add_line(finding.hint, format_message(_("add the line {}= below [{}]"), key.name, key.section));
    finding.then = {"daemon-reload"};
    is_needed = is_needed || key.name != std::string_view{"WorkingDirectory"} ||
                uses_its_folder(submission);
  }
  if (finding.reason.empty()) return pass();
  return is_needed ? fail(std::move(finding)) : warn(std::move(finding));
}

static bool is_shell_syntax(const std::string& word) {
  static const std::set<std::string> words{"|", "||", "&", "&&", ";", "<"};
  // 2>>FILE, &>FILE, 2>&1
  const auto redirected = word.find_first_not_of("0123456789&");
  return words.contains(word) || (redirected != std::string::npos && word[redirected] == '>') ||
         word.starts_with("~/") || word.find("=~/") != std::string::npos ||
         word.starts_with("$(") || word.starts_with('`') || word.ends_with(';');
}

/// The words of an Exec line that stand there without quotes: in quotes, # and > are meant.
/// systemd.syntax(7), "Quoting"
static std::set<std::string> bare_words(const UnitFile& file, const std::string& key) {
  std::set<std::string> words;
  for (const Setting& setting : file.settings()) {
    if (setting.key != key) continue;
    std::string word;
    bool is_quoted = false;
    char quote = 0;
    for (const char c : setting.value + ' ') {
      if (quote == 0 && (c == ' ' || c == '\t')) {
        if (!is_quoted && !word.empty()) words.insert(word);
        word.clear();
        is_quoted = false;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        is_quoted = true;
      } else if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    }
  }
  return words;
}

/// Whether a # behind a blank stands in this value outside of quotes.
static bool has_comment(const std::string& value, const char* comment) {
  char quote = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quote == 0 && value.compare(i, std::strlen(comment), comment) == 0) return true;
    if (quote == 0 && (value[i] == '"' || value[i] == '\'')) quote = value[i];
    else if (value[i] == quote) quote = 0;
  }
  return false;
}

/// A sign in a command's word that looks like another one, as web pages and word processors have
/// it; nothing if there is none.
static const char* look_alike_in(std::string_view word) {
  static constexpr std::pair<std::string_view, const char*> signs[] = {
      {"\u00a0", N_("a no-break space (U+00A0), which is no blank")},
      {"\u202f", N_("a narrow no-break space (U+202F), which is no blank")},
      {"\u200b", N_("a zero width space (U+200B), which nobody sees")},
      {"\ufeff", N_("a byte order mark (U+FEFF), which nobody sees")},
      {"\u201c", N_("a typographic quotation mark (U+201C), which quotes nothing")},
      {"\u201d", N_("a typographic quotation mark (U+201D), which quotes nothing")},
      {"\u2018", N_("a typographic quotation mark (U+2018), which quotes nothing")},
      {"\u2019", N_("a typographic quotation mark (U+2019), which quotes nothing")}};
  for (const auto& [sign, what] : signs)
    if (word.find(sign) != std::string_view::npos) return what;
  if (word.starts_with("\u2013") || word.starts_with("\u2014"))
    return N_("a dash (U+2013, U+2014), which is no hyphen");
  return nullptr;
}

/// Such a sign in a command, outside of quotes.
static std::optional<Finding> look_alike(const Submission& submission, const UnitFile& file) {
  for (const Setting& setting : file.settings()) {
    if (!setting.key.starts_with("Exec")) continue;
    for (const std::string& word : bare_words(file, setting.key)) {
      const char* const what = look_alike_in(word);
      if (!what || setting.value.find(word) == std::string::npos) continue;
      return Finding{
          .looked_at = cat_command(submission),
          .expected = _("the signs of a keyboard"),
          .found = place(setting) + ": " + visible(setting.key + '=' + setting.value),
          .reason = format_message(_("in it stands {}, as in a text that was copied from "
                                     "a web page"),
                                   _(what)),
          .hint = _("type that place anew")};
    }
  }
  return std::nullopt;
}

/// A format of dates in a command, whose % systemd takes for its own.
static std::optional<Finding> format_of_dates(const Submission& submission, const UnitFile& file) {
  if (submission.stage < "02") return std::nullopt;  // its lines tell
  for (const Setting& setting : file.settings()) {
    if (setting.key != "ExecStart") continue;
    std::string text = setting.value;
    for (std::size_t at = 0; (at = text.find("%%", at)) != std::string::npos;) text.erase(at, 2);
    for (const char* part :
         {"%H:%M", "%I:%M", "%M:%S", "%Y-%m", "%m-%d", "%d/%m", "%m/%d", "%d.%m"})
      if (text.find(part) != std::string::npos)
        return Finding{.looked_at = cat_command(submission),
                       .expected = _("%% for each % of the format"),
                       .found = placed_line(setting),
                       .reason = replaced_in_command(submission),
                       .hint = _("write each % twice: to systemd one alone begins a specifier of "
                                 "its own")};
  }
  return std::nullopt;
}

/// A comment behind a value, of a setting that starts no command.
static std::optional<Finding> comment_in(const Submission& submission, const UnitFile& file) {
  for (const Setting& setting : file.settings()) {
    const char* const comment = setting.key == "Description" ? " # " : " #";
    const bool has_one = setting.key == "Description"  // an apostrophe in it is no quote
                             ? setting.value.find(comment) != std::string::npos
                             : has_comment(setting.value, comment);
    if (setting.key.starts_with("Exec") || !has_one) continue;
    return Finding{
        .looked_at = cat_command(submission),
        .expected = format_message(_("{}= with a value, and nothing after it"), setting.key),
        .found = place(setting) + ": " + visible(setting.key + '=' + setting.value),
        .reason = _("a comment has a line of its own: after a value # is a part of that value"),
        .hint = _("put the comment on a line above")};
  }
  return std::nullopt;
}

/// What is wrong if the shell's text, `sh -c TEXT`, has no quotes: then it is one word, and what
/// follows is no part of it.
static std::optional<Finding> has_commands_apart(const Submission& submission,
                                                 const Command& command,
                                                 const std::set<std::string>& bare) {
  const auto& words = command.argv;
  const auto option = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
    return word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
  });
  if (words.end() - option < 3 || !bare.contains(option[1])) return std::nullopt;
  const std::string shell = fs::path{command.path}.filename().string() + " -c";
  return Finding{
      .looked_at = "systemctl show -p ExecStart " + submission.unit.name(),
      .expected = _("the shell's commands as one argument, in quotes"),
      .found = format_message(_("the shell is told to run {}, of: {}"), visible(option[1]),
                              fmt::format("{}", fmt::join(words, " "))),
      .reason = format_message(_("{} takes one argument as its commands: what follows it here are "
                                 "$0, $1 and so on, and is not run"),
                               shell),
      .hint = format_message(_("put quotes around the commands: {} '...'"), shell)};
}

Outcome unit_has_no_shell(Submission& submission) {
  const UnitFile file = submission.file();
  if (auto finding = comment_in(submission, file)) return fail(std::move(*finding));
  if (auto finding = look_alike(submission, file)) return fail(std::move(*finding));
  if (auto finding = format_of_dates(submission, file)) return fail(std::move(*finding));
  const auto bare = bare_words(file, "ExecStart");
  for (const Command& command : submission.unit.commands("ExecStart")) {
    if (is_shell(command.path, command.argv)) {
      if (auto finding = has_commands_apart(submission, command, bare)) return fail(*finding);
      continue;
    }
    for (const std::string& word : command.argv) {
      const bool comment = word.starts_with('#');
      if ((!comment && !is_shell_syntax(word)) || !bare.contains(word)) continue;
      return fail(
          {.looked_at = "systemctl show -p ExecStart " + submission.unit.name(),
           .expected = _("a program and its arguments"),
           .found = format_message(_("the program is given {} as an argument, of: {}"),
                                   visible(word), fmt::format("{}", fmt::join(command.argv, " "))),
           .reason = comment
                         ? _("a comment has a line of its own: after a command # is an argument")
                         : _("systemd starts the program itself, no shell reads this line: "
                             "> | & ; and ~ mean nothing in it"),
           .hint =
               comment
                   ? _("put the comment on a line of its own, above the command")
                   : _("leave it out: what a program prints is in the journal anyway; if it has to "
                       "be a shell: ExecStart=/bin/sh -c '...'")});
    }
  }
  return pass();
}

/// Says which target of the network that the unit asks for there is not; empty if each is there.
static std::string missing_target(const Submission& submission) {
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings()) {
    if (setting.key != "After" && setting.key != "Wants") continue;
    std::istringstream words{setting.value};
    for (std::string word; words >> word;) {
      if (!word.starts_with("network") || !word.ends_with(".target")) continue;
      try {
        if (submission.manager.unit(word).text("LoadState") != "not-found") continue;
      } catch (const std::system_error&) {
        // No unit can have that name.
      }
      return format_message(_("{}: {}= names {}, and there is no such target"), place(setting),
                            setting.key, word);
    }
  }
  return "";
}

Outcome unit_waits_for_network(Submission& submission) {
  const auto after = submission.unit.list("After");
  auto wants = submission.unit.list("Wants");
  for (const char* property : {"Requires", "BindsTo"})
    for (const std::string& unit : submission.unit.list(property)) wants.push_back(unit);
  const auto names = [](const std::vector<std::string>& list, const char* unit) {
    return std::count(list.begin(), list.end(), unit) > 0;
  };
  Finding finding{.looked_at = "systemctl show -p After -p Wants " + submission.unit.name(),
                  .expected = "After=network-online.target\nWants=network-online.target",
                  .found = "After=" + listed(after) + "\nWants=" + listed(wants),
                  .hint = _("write both lines below [Unit]"),
                  .then = {"daemon-reload", "restart"}};
  if (names(after, "network-online.target")) {
    if (names(wants, "network-online.target")) return pass();
    finding.reason =
        _("After= is only an order among what starts anyway, and nothing brings "
          "network-online.target up without Wants=");
    if (const std::string missing = missing_target(submission); !missing.empty())
      finding.reason = missing + '\n' + finding.reason;
    return fail(finding);
  }
  if (const std::string missing = missing_target(submission); !missing.empty()) {
    finding.reason = missing;
    finding.hint = _("write it as here: network-online.target, with a hyphen");
    return fail(finding);
  }
  finding.reason =
      names(after, "network.target")
          ? _("network.target says only that what manages the network has been started: the one "
              "that waits for an address is network-online.target")
      : names(wants, "network-online.target")
          ? _("Wants= brings the target up, and After= is what has the unit wait for it")
          : _("it asks the network, and nothing says that it starts after it");
  return fail(finding);
}

/// WatchdogSec= says one time, if in seconds, and systemd waits for longer. sd_notify(3)
static std::optional<Finding> has_other_watchdog(const Submission& submission) {
  const UnitFile file = submission.file();
  const Setting* const setting = file.find("WatchdogSec");
  if (!setting || setting->value.empty() || setting->value.size() > 9 ||
      setting->value.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  const std::chrono::duration<double> said{std::stoul(setting->value)},
      used = std::chrono::microseconds{submission.unit.number("WatchdogUSec")};
  if (used <= said) return std::nullopt;
  const auto program = program_of(submission);
  const bool is_of_now = program && source_of(*program).find("WATCHDOG_USEC=") != std::string::npos;
  return Finding{
      .looked_at = "systemctl show -p WatchdogUSec " + submission.unit.name(),
      .expected = fmt::format("WatchdogUSec={}s", said.count()),
      .found = fmt::format("WatchdogUSec={}s\n{}", used.count(), placed_line(*setting)),
      .reason = is_of_now ? _("the program has told systemd another time: WATCHDOG_USEC= of "
                              "sd_notify(3)")
                          : _("the program was not started again since the line was changed, "
                              "or it has told systemd another time: WATCHDOG_USEC= of "
                              "sd_notify(3)"),
      .hint = is_of_now ? _("send READY=1 and WATCHDOG=1, and leave WATCHDOG_USEC= out") : "",
      .then = {"restart"}};
}

Outcome unit_notifies(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string type = unit.text("Type");
  const auto watchdog = std::chrono::microseconds{unit.number("WatchdogUSec")};
  const bool watched = watchdog.count() > 0;  // infinity is -1 here
  if (type.starts_with("notify") && watched) {
    if (auto finding = has_other_watchdog(submission)) return fail(std::move(*finding));
    return pass();
  }
  return fail(
      {.looked_at = "systemctl show -p Type -p WatchdogUSec " + unit.name(),
       .expected = "Type=notify\nWatchdogUSec=15s",
       .found = "Type=" + type + "\nWatchdogUSec=" +
                (watched ? fmt::format("{}s", static_cast<double>(watchdog.count()) / 1e6) : "0"),
       .reason =
           !type.starts_with("notify")
               ? format_message(_("with Type={} systemd takes it for ready before it is"), type)
               : _("without WatchdogSec= systemd cannot tell a program that hangs from one "
                   "that works"),
       .hint = _("below [Service]: Type=notify and WatchdogSec=15"),
       .then = {"daemon-reload", "restart"}});
}
