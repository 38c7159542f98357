// What checks/receive wrote of a submission on its way: a file each in Submission::facts. Names of
// files in it are the student's own, and may be any bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"

/// The text of this fact; empty if there is none.
std::string fact(const Submission& submission, const char* name);

/// The lines of a text, without their newlines.
std::vector<std::string> lines_of(const std::string& text);

/// The same as a list, in which each name ends with a NUL: "files", "units", "programs".
std::vector<std::string> names_of(const Submission& submission, const char* list);

/// "work/01-date-daemon": where the student has it.
std::string work_folder(const Submission& submission);

/// The first ten, as a student reads them.
std::string some_of(const std::vector<std::string>& names);

/// A file that was probably meant to be called otherwise.
struct Misnamed {
  std::string name;    // from the folder on
  std::string reason;  // how that differs from the name that is looked for
};

/// Of these files the one that was probably meant to be called `wanted`: it lies in a folder below,
/// or only the case or the suffix differs; otherwise the first of `others`, if there is one.
std::optional<Misnamed> misnamed(const std::vector<std::string>& files, const std::string& wanted,
                                 const std::vector<std::string>& others = {});
