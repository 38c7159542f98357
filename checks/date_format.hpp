// Formats of dates that are right at this moment, and not at every other: strftime(3).
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

/// Of the dates of stage 01.
inline constexpr auto date_format = "%Y-%m-%d %H:%M:%S";

struct RightByChance {
  std::string format;  // "%G-%m-%d %H:%M:%S"
  std::string
      writes;  // what it makes of the first full hour that it gets wrong: "2026-01-01 00:00:00"
  std::string date;  // that hour: "2027-01-01 00:00:00"
};

/// Looks in `text`, a program or a script, for a format such as %Y-%m-%d %H:%M:%S with another
/// letter in it. Returns the first that gives the right date at `now`, and a wrong one within ten
/// years; nothing if there is none, or if the right format is there, too. `now` is what the clock
/// on the wall shows, as if it were one of UTC.
std::optional<RightByChance> right_by_chance(std::string_view text, std::time_t now);

/// Looks in `text`, a program or a script, for the format that has written `date` within the last
/// `seconds` before `now`, as above. Returns it; nothing if there is none.
std::optional<std::string> format_that_wrote(std::string_view date, std::string_view text,
                                             std::time_t now, int seconds);
