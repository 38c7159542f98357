// What each check looks at; stages.cpp says which stage asks for which.
#pragma once

#include "checks/check.hpp"
#include "checks/daemon.hpp"

// A submission in a lab (submission_checks.cpp, root_checks.cpp)
Outcome program_is_built(Submission& submission);
/// Passes if systemd would run nothing of this unit as root. Asked before the start.
Outcome nothing_runs_as_root(Submission& submission);

// The unit's file (unit_checks.cpp)
Outcome unit_is_found(Submission& submission);
Outcome unit_is_loaded(Submission& submission);
Outcome unit_is_reloaded(Submission& submission);
Outcome unit_has_no_bad_line(Submission& submission);
Outcome unit_has_keys(Submission& submission);
Outcome unit_has_no_shell(Submission& submission);
Outcome unit_waits_for_network(Submission& submission);
Outcome unit_notifies(Submission& submission);

// At boot (boot_checks.cpp)
Outcome target_exists(Submission& submission);
Outcome unit_is_enabled(Submission& submission);

// The process (process_checks.cpp)
Outcome program_is_installed(Submission& submission);
Outcome unit_is_active(Submission& submission);
Outcome oneshot_succeeded(Submission& submission);
Outcome user_is_not_root(Submission& submission);
Outcome status_tells_the_price(Submission& submission);
Outcome watchdog_is_fed(Submission& submission);

// What harms it later (health_checks.cpp)
/// Whether settings of the unit will end it, or keep what it says from the journal.
Outcome nothing_will_harm_it(Submission& submission);
/// What is wrong with its standard error: it leads nowhere, or into `output`, and not where the
/// unit has it lead.
std::optional<Finding> has_lost_its_voice(const Unit& unit, const Program& program,
                                          const std::optional<Output>& output, Heard heard);
/// Whether it has kept standard error, and closes what it opens.
Outcome files_are_in_order(Submission& submission);

// The process, compared with the unit as it is now (current_checks.cpp)
Outcome program_is_current(Submission& submission);

// What else a lesson teaches (lesson_checks.cpp)
Outcome unit_comes_back(Submission& submission);
Outcome unit_is_oneshot(Submission& submission);
/// Passes if the program ends with status 2 and says one line. Runs it apart, as a user that exists
/// only for it: run_apart().
Outcome bad_option_is_refused(Submission& submission);
/// Tries each option that stage 02's lesson lists. Runs the program apart, too.
Outcome options_work(Submission& submission);
/// The same of stage 04's, if the program has them.
Outcome log_options_work(Submission& submission);

// What it writes (output_checks.cpp)
Outcome dates_are_written(Submission& submission);
Outcome dates_are_dates(Submission& submission);
Outcome prices_are_written(Submission& submission);
Outcome prices_are_numbers(Submission& submission);
/// Whether a line is a price and nothing else.
bool is_price(const std::string& line);
/// Whether a line is a date of any day and zone, such as 2026-11-22 14:48:00, and nothing else.
bool is_date(const std::string& line);

// When it writes (cadence_checks.cpp)
Outcome dates_keep_the_cadence(Submission& submission);
Outcome prices_keep_the_cadence(Submission& submission);

// What it writes, against what it was answered (question_checks.cpp)
/// Each price is one that the price server gave.
Outcome prices_are_given(Submission& submission);
/// Each was asked for, and written once.
Outcome prices_are_asked(Submission& submission);

// What it logs (journal_checks.cpp)
Outcome levels_are_logged(Submission& submission);
Outcome prices_are_logged(Submission& submission);
Outcome records_are_native(Submission& submission);
Outcome records_have_fields(Submission& submission);
Outcome records_have_priorities(Submission& submission);
/// Disruptive, as warns_of_api_failures() is. And none is logged above WARNING.
Outcome logs_api_failures_as_warnings(Submission& submission);
/// The level that a message names first, by the logging module's name: INFO, [info], level=info,
/// "level":"info", info: at its beginning, or INFO in colour. Empty if it names none.
std::string level_named(const std::string& message);
/// All numbers of a text, as they are written. 67,187.33 and 67.187,33 are 67187.33, too.
std::vector<std::string> numbers_in(const std::string& text);
/// Whether a text has this price in it, with however many digits.
bool tells(const std::string& text, double price);
/// Whether both records tell the same within this time; one of them may have its level and more
/// before it.
bool are_twins(const Entry& one, const Entry& other, std::chrono::duration<double> moment);
/// The finding about records that have twins, such as those found.
Finding stand_twice(const Submission& submission, std::string found);

// What its API does to it (api_checks.cpp): disruptive, and each leaves the API well
Outcome survives_api_failures(Submission& submission);
Outcome warns_of_api_failures(Submission& submission);

// What happens to it (disruptive_checks.cpp): disruptive, and each leaves it running as before
/// Of a stage that ends by itself.
Outcome runs_again(Submission& submission);
Outcome stops_on_request(Submission& submission);
Outcome returns_after_a_crash(Submission& submission);
// (reload_checks.cpp)
/// Renames the file, as logrotate(8) does, and gives it its name back. A line that comes in between
/// is lost.
Outcome reload_opens_the_file_anew(Submission& submission);
// (lifecycle_checks.cpp)
/// As stops_on_request(), and no process of it is left, and it starts again.
Outcome stops_and_starts_again(Submission& submission);
