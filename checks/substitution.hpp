// What systemd puts in place of %n, $NAME and ${NAME} in a command, before the program or a shell
// sees it. systemd.unit(5), "Specifiers"; systemd.service(5), "Command lines"
#pragma once

#include <map>
#include <optional>
#include <string>

#include "checks/check.hpp"

/// The value of each variable, by its name.
using Variables = std::map<std::string, std::string>;

/// Adds NAME=value. What systemd would leave out, such as a shell's `export NAME`, is left out.
void add_variable(Variables& variables, const std::string& assignment);

/// What a process of the unit would be given by Environment= and EnvironmentFile=, of which the
/// second has the last word. Of a file, lines that quote a part of a value, or go on in the next,
/// are left out. systemd.exec(5)
Variables variables_of(const Unit& unit);

/// Whether systemd itself sets a variable of this name for some processes.
bool is_systemds_own(const std::string& name);

/// A word of the command with its $NAME and ${NAME} replaced, as systemd does it; nothing if there
/// is one that becomes several words, or none.
std::optional<std::string> expanded(const std::string& word, const Variables& variables);

/// What systemd made of the % and the $ in ExecStart=, or another key of commands, if it may not be
/// what was meant: a line each, with its place. Empty if there is none.
std::string replaced_in_command(const Submission& submission, const std::string& key = "ExecStart");

/// The same of variables alone.
std::string variables_replaced(const Submission& submission, const std::string& key = "ExecStart");
