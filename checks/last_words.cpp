#include "checks/last_words.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "checks/text.hpp"

std::string last_words(Submission& submission, const std::optional<End>& end) {
  auto words =
      submission.journal.entries({"_SYSTEMD_UNIT=" + submission.unit.name()}, submission.changed());
  std::erase_if(words,
                [](const Entry& entry) { return entry["SYSLOG_IDENTIFIER"].starts_with('('); });
  const auto of_run = [&end](const Entry& entry) {
    return entry["_SYSTEMD_INVOCATION_ID"] == end->run;
  };
  if (end && std::any_of(words.begin(), words.end(), of_run))
    std::erase_if(words, std::not_fn(of_run));
  return words.empty() ? "" : words.back()["MESSAGE"];
}

/// Whether one of the student's programs or scripts has one of these texts.
static bool own_text_has(const Unit& unit, std::initializer_list<const char*> parts) {
  const auto texts = own_texts(unit);
  return std::any_of(texts.begin(), texts.end(), [&parts](const std::string& text) {
    return std::any_of(parts.begin(), parts.end(),
                       [&text](const char* part) { return text.find(part) != std::string::npos; });
  });
}

/// What env(1) has not found: env: 'python': No such file or directory. Its quotation marks are the
/// locale's.
static std::string not_found_by_env(const std::string& words) {
  static constexpr std::string_view
      letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+",
      mark = "env: ";
  const auto at = words.find(mark);
  if (at == std::string::npos || !words.ends_with(": No such file or directory")) return "";
  const auto first = words.find_first_of(letters, at + mark.size());
  return words.substr(first, words.find_first_not_of(letters, first) - first);
}

std::string words_meaning(const Submission& submission, const std::string& words) {
  const Unit& unit = submission.unit;
  const auto has = [&words](const char* part) { return words.find(part) != std::string::npos; };
  if (const std::string name = not_found_by_env(words); !name.empty())
    return format_message(_("the script's first line has env(1) look for {}, and there is none in "
                            "the PATH of this service"),
                          visible(name));
  if (has("command not found") || words.ends_with(": not found"))
    return _(
        "a service has a PATH of its own, and not the one of your shell: write the command with "
        "its whole path");
  if (has("EOFError: EOF when reading a line"))
    return _(
        "nobody answers a service: its standard input is /dev/null; take the value from an option "
        "or a file");
  if (has("No module named"))
    return _(
        "the Python that the unit starts does not have that module: one of a virtual environment "
        "is there for the python in its own bin/, which ExecStart= has to name");
  const bool is_refused = has("ermission denied") || has("Read-only file system");
  if (is_refused && own_text_has(unit, {"chdir(\"/", "chdir('/"}))
    return _(
        "the program itself leaves the folder of WorkingDirectory=, with chdir: a service works "
        "where its unit says");
  if (is_refused && own_text_has(unit, {"~/", "$HOME", "${HOME}", "expanduser", "Path.home()"}))
    return _(
        "the program writes below its user's home folder, ~, and that of a service's user is "
        "another than yours: write into the folder of WorkingDirectory=");
  if (has("Read-only file system") &&
      (unit.number("DynamicUser") || unit.text("ProtectSystem") == "strict"))
    return _(
        "to this service the machine's files are read-only, by DynamicUser=yes or "
        "ProtectSystem=strict, but for the folders of StateDirectory= and the like: write there");
  return "";
}
