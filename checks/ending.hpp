// How a unit's processes ended, from systemd's records and from what it remembers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"

/// How the unit's last process ended.
struct End {
  std::string command;  // "ExecStart", "ExecStartPre", ...
  bool exited;          // otherwise a signal ended it
  int status;           // of the exit, or the signal's number
  bool is_clean;        // to systemd
  std::string run{};    // its INVOCATION_ID, systemd.exec(5); empty if the end has no record
};

/// By its record in the journal. If it has none, by what systemd remembers: it records no end that
/// it takes for a success, as behind ExecStart=- or with SuccessExitStatus=. Nothing if no process
/// has ended since the unit's file was changed.
std::optional<End> last_end(Submission& submission);

/// The Result= of the last run that ended. If systemd has started the unit again by now, and so has
/// forgotten it, it is the one that it recorded. systemd.exec(5), "SERVICE_RESULT"
std::string last_result(Submission& submission);

/// Whether it was killed once and came back, as a check of this program's own has it do.
bool has_come_back(Submission& submission);

/// The programs and scripts of the student's that the unit's command names, as they are on disk.
std::vector<std::string> own_texts(const Unit& unit);

/// Says of an end what it was, and what systemd makes of it: a sentence each.
void add_end(const Submission& submission, const End& end, std::vector<std::string>& reasons);
