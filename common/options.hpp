// The command line of a stage.
//
//     std::string file = "dates.txt";
//     std::chrono::nanoseconds interval = 5s;
//     parse_options(argc, argv, "Appends the date to a file.",
//                   {{"file", "PATH", "file to append to", file},
//                    {"interval", "SECONDS", "time from one date to the next", interval}});
//
// What a variable holds before the call is its default. Every stage also has --help and
// --version, which print on standard output and exit 0. On getopt_long(3), so that stage 01
// needs a compiler and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// One option, --NAME VALUE, and the variable that it sets; without a name, the one argument
/// that is not an option. `help` is a line for --help.
struct Option {
  /// A text that is not empty.
  Option(const char* name, const char* value, const char* help, std::string& target);
  /// Any text at all.
  Option(const char* name, const char* value, const char* help, std::optional<std::string>& target);
  /// Seconds, fractions allowed: from a microsecond to a year.
  Option(const char* name, const char* value, const char* help, std::chrono::nanoseconds& target);
  /// A whole number from 1 up.
  Option(const char* name, const char* value, const char* help, std::uint64_t& target);
  /// Whatever `set` takes; it throws std::invalid_argument saying what would be right.
  Option(const char* name, const char* value, const char* help,
         std::function<void(const std::string&)> set);

  const char* name;
  const char* value;
  std::string help;
  std::function<void(const std::string&)> set;
};

/// Sets the options' variables from the command line; `purpose` is the first line of --help.
/// Throws std::invalid_argument: which option is wrong, what it holds, what to write instead.
void parse_options(int argc, char** argv, const char* purpose, const std::vector<Option>& options);

/// Says `error` in one line on standard error and returns the exit status for it: 2 for a bad
/// option (std::invalid_argument), 1 for whatever else ended the program.
int report(const std::exception& error);
