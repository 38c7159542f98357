#include "checks/substitution.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "checks/text.hpp"

// --- Variables ---------------------------------------------------------------------------------

void add_variable(Variables& variables, const std::string& assignment) {
  const auto equals = assignment.find('=');
  // A line with a name that is none, such as a shell's `export NAME`, systemd leaves out.
  if (equals != std::string::npos && assignment.find_first_of(" \t") > equals)
    variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
}

/// NAME=value of an EnvironmentFile='s line whose value has quotes around it, or none. Nothing if
/// it has them elsewhere, or a backslash.
static std::optional<std::string> without_quotes(std::string line) {
  const auto value = line.find('=') + 1;
  const char quote = value < line.size() ? line[value] : '\0';
  if ((quote == '"' || quote == '\'') && line.size() > value + 1 && line.back() == quote) {
    line.pop_back();
    line.erase(value, 1);
  }
  if (line.find_first_of("'\"\\") != std::string::npos) return std::nullopt;
  return line;
}

Variables variables_of(const Unit& unit) {
  Variables variables;
  for (const std::string& assignment : unit.list("Environment"))
    add_variable(variables, assignment);
  for (const std::string& name : unit.names("EnvironmentFiles")) {
    std::ifstream file{name};
    for (std::string line; std::getline(file, line);) {
      const auto first = line.find_first_not_of(" \t");
      if (first == std::string::npos || line[first] == '#' || line[first] == ';') continue;
      // Whoever quotes a part, or continues a line, is believed.
      const auto plain = without_quotes(line.substr(first));
      if (plain) add_variable(variables, *plain);
      else variables.erase(line.substr(first, line.find('=') - first));
    }
  }
  for (const std::string& name : unit.list("UnsetEnvironment"))
    variables.erase(name.substr(0, name.find('=')));
  return variables;
}

// systemd.exec(5), "Environment Variables Set or Propagated by the Service Manager"
bool is_systemds_own(const std::string& name) {
  static const std::set<std::string> names{"PATH",
                                           "LANG",
                                           "LANGUAGE",
                                           "USER",
                                           "LOGNAME",
                                           "HOME",
                                           "SHELL",
                                           "INVOCATION_ID",
                                           "TERM",
                                           "JOURNAL_STREAM",
                                           "NOTIFY_SOCKET",
                                           "MAINPID",
                                           "MANAGERPID",
                                           "PIDFILE",
                                           "SYSTEMD_EXEC_PID",
                                           "CREDENTIALS_DIRECTORY",
                                           "RUNTIME_DIRECTORY",
                                           "STATE_DIRECTORY",
                                           "CACHE_DIRECTORY",
                                           "LOGS_DIRECTORY",
                                           "CONFIGURATION_DIRECTORY",
                                           "LISTEN_FDS",
                                           "LISTEN_PID",
                                           "LISTEN_FDNAMES",
                                           "LOG_NAMESPACE",
                                           "MEMORY_PRESSURE_WATCH",
                                           "MEMORY_PRESSURE_WRITE",
                                           "WATCHDOG_PID",
                                           "WATCHDOG_USEC",
                                           "FDSTORE",
                                           "SYSTEMD_LOG_LEVEL",
                                           "TZ",
                                           "PWD",
                                           "OLDPWD",
                                           "SHLVL",
                                           "_"};
  return names.contains(name) || name.starts_with("LC_") || name.starts_with("XDG_") ||
         name.starts_with("TRIGGER_") || name.starts_with("MONITOR_") ||
         name.ends_with("PIDFDID") || name == "DEBUG_INVOCATION";
}

std::optional<std::string> expanded(const std::string& word, const Variables& variables) {
  if (word.find('$') == std::string::npos) return word;
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '$') {
      text += word[i];
    } else if (word.compare(i, 2, "$$") == 0) {
      text += '$';
      ++i;
    } else if (const auto end = word.find('}', i);
               word.compare(i, 2, "${") == 0 && end != std::string::npos) {
      const auto found = variables.find(word.substr(i + 2, end - i - 2));
      if (found == variables.end()) return std::nullopt;
      text += found->second;
      i = end;
    } else {
      return std::nullopt;
    }
  }
  return text;
}

// --- What may not be what was meant --------------------------------------------------------------

/// What became of the specifiers.
static std::string specifiers_replaced(const Submission& submission, const std::string& key) {
  const UnitFile file = submission.file();
  for (const Setting& setting : file.settings()) {
    if (setting.key != key) continue;
    std::string text = setting.value;
    for (std::size_t at = 0; (at = text.find("%%", at)) != std::string::npos;) text.erase(at, 2);
    // Any other character behind it is no specifier, and stays: systemd.unit(5).
    const auto is_specifier = [](char sign, char next) {
      return sign == '%' && std::isalnum(static_cast<unsigned char>(next));
    };
    if (std::adjacent_find(text.begin(), text.end(), is_specifier) == text.end()) continue;
    std::string became;
    for (const Command& command : submission.unit.commands(key.c_str()))
      add_line(became, fmt::format("{}", fmt::join(command.argv, " ")));
    return format_message(_("{}: systemd replaces what begins with % in {}=, and leaves a % where "
                            "it reads %%: the command became {}"),
                          place(setting), key, one_line(became));
  }
  return "";
}

/// A variable that a word of a command names.
struct Reference {
  std::string name;
  bool has_braces;  // ${NAME}, within a word or as one; otherwise $NAME, a word of its own
  bool is_word;
};

/// Of a variable's name.
static constexpr const char* letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

static std::vector<Reference> references_in(const std::string& word) {
  std::vector<Reference> found;
  for (std::size_t at = 0; (at = word.find('$', at)) != std::string::npos; ++at) {
    const bool has_braces = word.compare(at, 2, "${") == 0;
    const auto first = at + (has_braces ? 2 : 1);
    const auto last = std::min(word.find_first_not_of(letters, first), word.size());
    const bool ends = has_braces ? word.compare(last, 1, "}") == 0 : last == word.size();
    const bool is_word = at == 0 && last + (has_braces ? 1 : 0) == word.size();
    if (word.compare(at, 2, "$$") == 0) ++at;  // it stands for one $
    else if (last > first && ends && (has_braces || is_word))
      found.push_back({word.substr(first, last - first), has_braces, is_word});
  }
  return found;
}

/// Of a word without blanks, such as $NAME/file, what systemd makes of a $NAME that is not all of
/// the word and has no braces; nothing if there is none. A shell's script has blanks, and may want
/// the $.
static std::string name_without_braces(const std::string& word) {
  const auto at = word.find('$');
  if (at == std::string::npos || at + 1 == word.size() ||
      word.find_first_of(" \t\n;") != std::string::npos)
    return "";
  const auto last = std::min(word.find_first_not_of(letters, at + 1), word.size());
  if (last == at + 1 || (at == 0 && last == word.size())) return "";
  const std::string name = word.substr(at + 1, last - at - 1);
  return at == 0
             ? format_message(_("systemd leaves {} out of the command: without braces a variable "
                                "has to be a word of its own; write {}"),
                              word, "${" + name + '}' + word.substr(last))
             : format_message(_("systemd leaves {} as it is: within a word a variable needs "
                                "braces; write {}"),
                              word, word.substr(0, at) + "${" + name + '}' + word.substr(last));
}

/// Whether every variable that the command can have is among variables_of().
static bool are_all_known(const Unit& unit) {
  return unit.names("EnvironmentFiles").empty() && unit.list("PassEnvironment").empty() &&
         unit.text("PAMName").empty();
}

/// Where the last command of this key with this text stands.
static std::string place_in_command(const UnitFile& file, const std::string& key,
                                    const std::string& text) {
  std::string found;
  for (const Setting& setting : file.settings())
    if (setting.key == key && setting.value.find(text) != std::string::npos)
      found = place(setting) + ": ";
  return found;
}

/// What systemd makes of a variable, as it stands in the command; "" if that is what was meant.
static std::string what_becomes_of(const Reference& variable, const std::string& text,
                                   const Variables& variables, const Unit& unit) {
  const auto& [name, has_braces, is_word] = variable;
  if (const auto value = variables.find(name); value != variables.end()) {
    if (!is_word || value->second.find_first_of(" \t") == std::string::npos) return "";
    if (has_braces)
      return format_message(
          _("systemd makes one argument of {}, with the blanks in it: {}; {} without braces, "
            "a word of its own, becomes several"),
          text, visible(value->second), '$' + name);
    // Of options that was meant.
    const bool has_options = (' ' + value->second).find(" -") != std::string::npos;
    return has_options ? ""
                       : format_message(_("systemd makes several arguments of {}, at the blanks in "
                                          "it: {}; {} stays one"),
                                        text, visible(value->second), "${" + name + '}');
  }
  if (is_systemds_own(name) || !are_all_known(unit)) return "";
  return has_braces ? format_message(_("systemd replaces {} by nothing, since no Environment= sets "
                                       "it; of ${} it leaves one $, for a shell"),
                                     text, text)
                    : format_message(_("systemd leaves {} out of the command, since no "
                                       "Environment= sets it"),
                                     text);
}

std::string variables_replaced(const Submission& submission, const std::string& key) {
  const Unit& unit = submission.unit;
  const UnitFile file = submission.file();
  Variables variables = variables_of(unit);
  for (const std::string& assignment : submission.manager.environment())
    add_variable(variables, assignment);
  std::string lines;
  for (const Command& command : unit.commands((key + "Ex").c_str())) {
    if (std::count(command.flags.begin(), command.flags.end(), "no-env-expand")) continue;
    for (const std::string& word : command.argv) {
      if (const std::string what = name_without_braces(word); !what.empty())
        add_line(lines, place_in_command(file, key, word) + what);
      for (const Reference& variable : references_in(word)) {
        const std::string text =
            variable.has_braces ? "${" + variable.name + '}' : '$' + variable.name;
        if (const auto what = what_becomes_of(variable, text, variables, unit); !what.empty())
          add_line(lines, place_in_command(file, key, text) + what);
      }
    }
  }
  return lines;
}

std::string replaced_in_command(const Submission& submission, const std::string& key) {
  std::string lines = specifiers_replaced(submission, key);
  if (const auto variables = variables_replaced(submission, key); !variables.empty())
    add_line(lines, variables);
  return lines;
}
