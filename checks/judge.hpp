// Judges a stage and tells each step as an event: an object of JSON in one line, as
// docs/check-results.md has them. Report (report.hpp) makes something of them.
#pragma once

#include <functional>
#include <string>

struct Assignment {
  std::string stage;
  std::string unit;     // with its suffix
  std::string dir;      // of the student's program; may be empty
  double interval = 5;  // seconds from one line of output to the next
  bool gentle = false;  // without what is disruptive
  std::string facts;    // folder where checks/receive wrote; empty if the service runs already
  bool strict = false;  // starts nothing that would run as root; only with `facts`
};

using Sink = std::function<void(const std::string& event)>;

/// Judges this stage on this machine's systemd and tells `sink` the events from "stage" to "end".
/// Whatever keeps it from judging on is an event "cannot". Returns 1 if a check failed, otherwise 3
/// if one could not look or there was such an event, otherwise 0. Throws Interrupted after a
/// signal, and LabLost if systemd or the journal of a submission's lab no longer answers:
/// check.hpp.
int judge(const Assignment& assignment, const Sink& sink);
