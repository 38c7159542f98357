// What the program itself said last, and what its interpreter's or its shell's own sentence means
// in a service.
#pragma once

#include <string>

#include "checks/check.hpp"

/// What the program itself said last: often the reason in its own words. Empty if nothing.
std::string last_words(Submission& submission);

/// What these words mean in a service, if they are one of the sentences that everybody meets: a
/// line. Empty if there is no more to say than they do.
std::string words_meaning(const Submission& submission, const std::string& words);
