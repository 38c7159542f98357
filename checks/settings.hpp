// Which settings can bring about what a check looks at, and which of them somebody has set.
//
// A check names its aspects. If it fails, its finding lists, with file and line, the settings that
// can influence them and differ from systemd's default. A setting that no table here knows is
// listed, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/check.hpp"

/// A line of a file that may be the cause.
struct Cause {
  Setting setting;
  std::string manual;  // the page that has it: "systemd.exec(5)"
};

/// The lines of the unit's file, its drop-ins, system.conf and journald.conf that have a say in one
/// of these aspects and make a difference, in the order of these files. What the lessons ask for,
/// and the course's own drop-ins, are left out. Without an aspect (0) there are none.
std::vector<Cause> causes(Submission& submission, unsigned aspects);

/// A line with what systemd puts in place of its specifiers, as far as the lessons use them: %n, %N
/// and %S. systemd.unit(5), "Specifiers"
std::string without_specifiers(std::string_view line, const Unit& unit);

/// Whether its line stands in that text.
bool is_named(const Cause& cause, const std::string& text);

/// The line above them.
std::string causes_title();

/// The causes as text, a line each, below causes_title(), without those that the evidence names
/// already. Empty if there are none.
std::string causes_named(std::vector<Cause> causes, const std::string& evidence);
