// What a unit's command runs, and running the same program beside the service.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"

/// Whether `program` with these words, from argv[0] on, is a shell's own: sh -c '...' may say
/// whatever a shell understands.
bool is_shell(const std::filesystem::path& program, const std::vector<std::string>& words);

/// If `program` is an interpreter, returns the first of `words` after argv[0] that names a file in
/// `folder`; otherwise an empty path.
std::filesystem::path script_of(const std::filesystem::path& program,
                                const std::vector<std::string>& words,
                                const std::filesystem::path& folder);

/// The words of the unit's first ExecStart= that name its program, and those that it is given.
struct ProgramCommand {
  std::vector<std::string> program;  // {"/usr/bin/python3", "/srv/dates.py"}; empty: a shell's text
  std::vector<std::string> arguments;  // {"--file", "dates.txt"}
};
ProgramCommand program_command(const Submission& submission);

/// What came of a program.
struct Run {
  bool ended;          // otherwise it ran on, and was killed
  int status;          // its exit status
  std::string output;  // of these streams, the first 64 KiB
  std::string file;    // what it made of the file out.log, which had a line "old"
};

enum class Streams { both, standard_output };

/// Runs the unit's program with these arguments, as a user that exists only for it, with the unit's
/// environment, in an empty folder, without a network, for a few seconds at most. Nothing if the
/// unit's command does not say what its program is. Only root may.
std::optional<Run> run_apart(const Submission& submission,
                             const std::vector<std::string>& arguments,
                             Streams streams = Streams::both);
