// The command line of a stage.
//
//     std::string file = "dates.txt";
//     double interval = 5;
//     parse_options(argc, argv, "Appends the date to a file.",
//                   {{"file", "PATH", "file to append to", &file},
//                    {"interval", "SECONDS", "from one date to the next", &interval}});
//
// What a variable holds before the call is its default. Every stage also has --help and
// --version, which print on standard output and exit 0. getopt_long(3) does the work, so that stage
// 01 needs a compiler and nothing else.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <variant>

/// An option --NAME VALUE, what --help says of it, and the variable that it sets. The variable's
/// type says which values are taken. An entry with an empty name is the operand: an argument that
/// begins with no -, or that follows --. It is the last in the list.
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
/// Throws std::invalid_argument: which option is wrong, what it holds, what to write instead; and
/// std::logic_error if the option without a name is not the last.
///
/// Every program here calls it first, so it prepares the process, too. It calls
/// keep_standard_streams_open(). It ignores SIGXFSZ: so a limit on the size of files (LimitFSIZE=)
/// makes write(2) fail, and does not end the program. It unblocks SIGTERM and SIGINT.
void parse_options(int argc, char** argv, const char* purpose,
                   std::initializer_list<Option> options);

/// Opens /dev/null for each of descriptors 0 to 2 that is closed. Otherwise the next
/// file or socket that the program opens would get that number, and what is meant for a person
/// would go there.
void keep_standard_streams_open();

/// Says what ended the program, as complain() does, and returns the exit status that goes with it:
/// 2 for a bad option (std::invalid_argument), 1 for anything else. A call that SIGTERM or SIGINT
/// interrupted (EINTR) is no failure: it returns 0 and says nothing.
int report(const std::exception& error);
