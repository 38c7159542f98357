// What the program itself said last, and what its interpreter's or its shell's own sentence means
// in a service.
#pragma once

#include <optional>
#include <string>

#include "checks/check.hpp"
#include "checks/ending.hpp"

/// What the program itself said last: often the reason in its own words. Empty if nothing. Of a run
/// that ended, if `end` tells one that said something: the next may be in the midst of its words.
std::string last_words(Submission& submission, const std::optional<End>& end = std::nullopt);

/// What these words mean in a service, if they are one of the sentences that everybody meets: a
/// line. Empty if there is no more to say than they do.
std::string words_meaning(const Submission& submission, const std::string& words);
