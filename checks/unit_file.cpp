#include "checks/unit_file.hpp"

#include <strings.h>

#include <algorithm>
#include <fstream>
#include <sstream>

static std::string trimmed(const std::string& text) {
  const char* const blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

UnitFile::UnitFile(std::vector<std::string> files) : files_(std::move(files)) {
  for (const std::string& file : files_) read(file);
}

void UnitFile::read(const std::string& file) {
  std::ifstream in{file};
  std::string text, section;
  for (int number = 1; std::getline(in, text); ++number) {
    std::string line = trimmed(text);
    const int first = number;
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    while (!line.empty() && line.back() == '\\' && std::getline(in, text)) {
      ++number;
      line.back() = ' ';
      if (const std::string more = trimmed(text); more[0] != '#' && more[0] != ';') line += more;
    }
    if (line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      sections_.push_back(section);
    } else if (const auto equals = line.find('='); equals != std::string::npos) {
      settings_.push_back({file, first, section, trimmed(line.substr(0, equals)),
                           trimmed(line.substr(equals + 1))});
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
