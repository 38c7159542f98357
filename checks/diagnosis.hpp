// Why a unit is as it is, from all that systemd itself reported about it since its file was changed
// last. It is not a list of known mistakes: whatever systemd said is found here, and some of it in
// better words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/check.hpp"

/// systemd's complaints about lines of the unit that it leaves out, each as FILE:LINE: MESSAGE,
/// once; the worst first.
std::vector<std::string> bad_lines(Submission& submission);
/// Says that a comment is no part of a value.
std::string comment_hint();
/// The same of lines that it uses, and advises against.
std::vector<std::string> risky_lines(Submission& submission);

/// How systemd begins its complaint about a line of an EnvironmentFile=.
constexpr std::string_view invalid_assignment() {
  return "Ignoring invalid environment assignment";
}

/// Why the unit could not be loaded, or does not run, or did not run as it should: one sentence a
/// line. First what was seen, then the settings that have a say in these aspects, then what may be
/// the reason. Never empty.
std::string diagnosis(Submission& submission, unsigned aspects = 0);

/// Why a stop that somebody asked for is not over: a job or a command that it waits for, or
/// processes that do not end at the unit's signal. The same form; never empty.
std::string stop_diagnosis(Submission& submission);
