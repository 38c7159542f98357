// The running program, by what /proc(5) shows of it, and the file that it writes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"

struct Program {
  int pid;
  std::string exe;                       // the file that it runs
  bool replaced;                         // that file is another one by now
  unsigned uid;                          // effective
  std::vector<std::string> arguments;    // from argv[0] on
  std::vector<std::string> environment;  // NAME=value, as it started
  std::filesystem::path directory;       // where it works
};

/// The unit's main process, where there is one.
std::optional<Program> program_of(const Submission& submission);

/// What a file holds, as far as it can be read.
std::string content(const std::filesystem::path& path);

struct Output {
  std::filesystem::path path;
  std::string text;
  std::vector<std::string> lines;  // without their newlines
};

/// The file that the daemon has written to since it started: in its working directory or its
/// StateDirectory, or one that it has open. Of several, one that `wanted` takes the last line of.
std::optional<Output> output_of(const Submission& submission, bool (*wanted)(const std::string&));

/// The same file as it is now.
Output reread(const Output& output);
