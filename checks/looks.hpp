// What each check looks at; stages.cpp says which stage asks for which.
#pragma once

#include "checks/check.hpp"

// The unit's file (unit_looks.cpp)
Outcome unit_is_found(Submission& submission);
Outcome unit_loads(Submission& submission);
Outcome unit_is_reloaded(Submission& submission);
Outcome unit_has_no_bad_line(Submission& submission);
Outcome unit_has_keys(Submission& submission);
Outcome unit_has_no_shell(Submission& submission);
Outcome unit_waits_for_network(Submission& submission);
Outcome unit_notifies(Submission& submission);
Outcome target_exists(Submission& submission);
Outcome unit_is_enabled(Submission& submission);

// The process (process_looks.cpp)
Outcome program_is_installed(Submission& submission);
Outcome unit_is_active(Submission& submission);
Outcome oneshot_succeeded(Submission& submission);
Outcome program_is_current(Submission& submission);
Outcome user_is_not_root(Submission& submission);
Outcome status_tells_the_price(Submission& submission);
Outcome watchdog_is_fed(Submission& submission);

// What it writes (output_looks.cpp)
Outcome dates_are_written(Submission& submission);
Outcome dates_are_dates(Submission& submission);
Outcome dates_keep_the_cadence(Submission& submission);
Outcome prices_are_written(Submission& submission);
Outcome prices_are_numbers(Submission& submission);
Outcome prices_keep_the_cadence(Submission& submission);
/// Whether a line is a price and nothing else.
bool is_price(const std::string& line);

// What it logs (journal_looks.cpp)
Outcome levels_are_logged(Submission& submission);
Outcome prices_are_logged(Submission& submission);
Outcome records_are_native(Submission& submission);
Outcome records_have_fields(Submission& submission);
Outcome records_have_priorities(Submission& submission);
/// The level that a message names first, by the logging module's name: INFO, [info], level=info,
/// "level":"info", or INFO in colour. Empty where it names none.
std::string level_named(const std::string& message);
/// Whether a text tells this price, however many digits it writes.
bool tells(const std::string& text, double price);

// What disturbs it (disturbing_looks.cpp); each leaves it running as before
Outcome bears_a_bad_api(Submission& submission);
Outcome bears_and_warns(Submission& submission);
Outcome stops_at_once(Submission& submission);
Outcome returns_after_a_crash(Submission& submission);
