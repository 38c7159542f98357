#include "checks/unit_file.hpp"

#include <strings.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "checks/text.hpp"

static std::string trimmed(const std::string& text) {
  const char* const blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

UnitFile::UnitFile(std::vector<std::string> files) : files_(std::move(files)) {
  for (const std::string& file : files_) read(file);
}

/// A line ends as systemd reads it: with a newline, a carriage return, both, or a NUL. Returns
/// false at the end of the text.
static bool take_line(std::istream& in, std::string& line) {
  line.clear();
  char c = 0;
  bool has_any = false;
  while (in.get(c)) {
    has_any = true;
    if (c == '\n' || c == '\0') return true;
    if (c == '\r') {
      if (in.peek() == '\n') in.get(c);
      return true;
    }
    line += c;
  }
  return has_any;
}

/// Whether the next line belongs to this one: it ends with a backslash that no other one escapes.
static bool is_continued(const std::string& line) {
  bool escaped = false;
  for (const char c : line) escaped = !escaped && c == '\\';
  return escaped;
}

/// Whether what follows belongs to a quoted word of a command, such as a shell's script. In a
/// sentence an apostrophe is no quote.
static bool is_in_quotes(const std::string& text) {
  if (!text.starts_with("Exec")) return false;
  return std::count(text.begin(), text.end(), '\'') % 2 != 0 ||
         std::count(text.begin(), text.end(), '"') % 2 != 0;
}

/// Whether it was probably meant to be a header, or a setting of systemd's.
static bool looks_like_own_line(const std::string& line) {
  if (line == "[Unit]" || line == "[Service]" || line == "[Install]") return true;
  const auto end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return end != std::string::npos && end > 1 && line[end] == '=' && line[0] >= 'A' &&
         line[0] <= 'Z' && line[1] >= 'a' && line[1] <= 'z';
}

void UnitFile::read(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  std::string text, section, swallowed;
  for (int number = 1; take_line(in, text); ++number) {
    const int first = number;
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // a byte order mark
    if (const std::string line = trimmed(text); line.empty() || line[0] == '#' || line[0] == ';')
      continue;
    swallowed.clear();
    for (std::string more; is_continued(text) && take_line(in, more);) {
      ++number;
      const std::string line = trimmed(more);
      if (!line.empty() && (line[0] == '#' || line[0] == ';')) continue;
      if (swallowed.empty() && !is_in_quotes(text) && looks_like_own_line(line)) swallowed = line;
      text.back() = ' ';
      text += more;
    }
    const std::string line = trimmed(text);
    if (line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      sections_.push_back(section);
    } else if (const auto equals = line.find('='); equals != std::string::npos) {
      settings_.push_back({file, first, section, trimmed(line.substr(0, equals)),
                           trimmed(line.substr(equals + 1)), swallowed});
    }
  }
}

bool UnitFile::has_section(const std::string& section) const {
  return std::count(sections_.begin(), sections_.end(), section) > 0;
}

std::vector<std::string> UnitFile::words(const std::string& section, const std::string& key) const {
  std::vector<std::string> all;
  for (const Setting& setting : settings_) {
    if (setting.section != section || setting.key != key) continue;
    if (setting.value.empty()) all.clear();
    std::istringstream in{setting.value};
    for (std::string word; in >> word;) all.push_back(word);
  }
  return all;
}

const Setting* UnitFile::find(const std::string& key) const {
  const Setting* found = nullptr;
  for (const Setting& setting : settings_)
    if (!strcasecmp(setting.key.c_str(), key.c_str())) found = &setting;
  return found;
}

std::string place(const Setting& setting) {
  return setting.file + ':' + std::to_string(setting.line);
}

std::string placed_line(const Setting& setting) {
  return place(setting) + ": " + one_line(setting.key + '=' + setting.value);
}
