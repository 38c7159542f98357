// Whether the service may write where it works, by owner and mode: inode(7). What a mount or a
// setting forbids besides is settings.hpp's.
#pragma once

#include <string>

#include "checks/check.hpp"

/// Its working folder, and each plain file there, that the process, or the unit's User= if none
/// runs, may not write to: a line each, with owner and mode. Empty if there is none, or if that
/// user is not to be known.
std::string not_writable(const Submission& submission);
