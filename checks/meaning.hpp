// The words for systemd's numbers and results.
#pragma once

#include <string>

#include "checks/check.hpp"

/// What an exit status means. A status that systemd gives if it could not start the program has its
/// name of systemd.exec(5), such as 203/EXEC; for another number the usual meaning.
std::string exit_status_meaning(int status);

/// "SIGTERM (Terminated)".
std::string signal_name(int number);

/// What Result= means for a unit of this Type=; empty if its name says all.
std::string result_meaning(Submission& submission, const std::string& result);
