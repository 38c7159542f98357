// The command line of a stage.
//
//     std::string file = "dates.txt";
//     double interval = 5;
//     parse_options(argc, argv, "Appends the date to a file.",
//                   {{"file", "PATH", "file to append to", &file},
//                    {"interval", "SECONDS", "from one date to the next", &interval}});
//
// What a variable holds before the call is its default. Every stage also has --help and
// --version, which print on standard output and exit 0. On getopt_long(3), so that stage 01
// needs a compiler and nothing else.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <variant>

/// --NAME VALUE, or with an empty name, as the last, the argument beside the options; what --help
/// says of it; and the variable that it sets, whose type says what is taken.
struct Option {
  const char* name;
  const char* value;
  const char* help;
  std::variant<std::string*,                 // a text that is not empty
               std::optional<std::string>*,  // any text
               double*,                      // seconds, from a microsecond to a year
               std::uint64_t*>               // a whole number from 1 up
      target;
};

/// Sets the options' variables from the command line; `purpose` is a line for --help.
/// Throws std::invalid_argument: which option is wrong, what it holds, what to write instead.
void parse_options(int argc, char** argv, const char* purpose,
                   std::initializer_list<Option> options);

/// Says `error` in one line on standard error and returns the exit status that goes with it:
/// 2 for a bad option (std::invalid_argument), 1 for whatever else ended the program.
int report(const std::exception& error);
