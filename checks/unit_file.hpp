// A unit as its student wrote it: the file's lines and those of its drop-ins, before systemd made
// properties of them. systemd.syntax(7)
#pragma once

#include <string>
#include <vector>

struct Setting {
  std::string file;
  int line;  // from 1 up; of a continued line, the first
  std::string section, key, value;
  std::string swallowed;  // of a continued line: the first part that looks like a line of its own
};

class UnitFile {
 public:
  /// Reads these files, of which there may be none, in their order.
  explicit UnitFile(std::vector<std::string> files);

  const std::vector<std::string>& files() const { return files_; }
  const std::vector<Setting>& settings() const { return settings_; }

  bool has_section(const std::string& section) const;

  /// Returns the words of a list setting, such as WantedBy=. An empty value clears those before it.
  std::vector<std::string> words(const std::string& section, const std::string& key) const;

  /// The last line that sets this key, in whatever section and case; null if none does.
  const Setting* find(const std::string& key) const;

 private:
  void read(const std::string& file);

  std::vector<std::string> files_, sections_;
  std::vector<Setting> settings_;
};

/// FILE:LINE of a setting.
std::string place(const Setting& setting);

/// FILE:LINE: KEY=VALUE, in one line: text.hpp
std::string placed_line(const Setting& setting);
