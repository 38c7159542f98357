// Why a unit is as it is, from all that systemd itself reported about it since its file was last
// changed. Not a list of known mistakes: whatever it said is found here, translated where that
// helps.
#pragma once

#include <string>
#include <vector>

#include "checks/check.hpp"

/// What systemd has against the unit's lines, each as FILE:LINE: MESSAGE, once; the worst first.
std::vector<std::string> bad_lines(Submission& submission);

/// Why the unit could not be loaded, or does not run, or did not run as it should: one sentence a
/// line. Never empty.
std::string diagnosis(Submission& submission);

/// "203/EXEC": a status that systemd gives where it could not start the program, by its name in
/// systemd.exec(5), with what that means; for another number what is usual.
std::string exit_status_meaning(int status);
