// Formats of dates that are right now, and not on every day: strftime(3).
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

struct RightByChance {
  std::string format;  // "%G-%m-%d %H:%M:%S"
  std::string writes;  // what it makes of the first date that it gets wrong: "2024-12-30 00:00:00"
  std::string date;    // that date: "2025-12-29 00:00:00"
};

/// Looks in `text`, a program or a script, for a format such as %Y-%m-%d %H:%M:%S with another
/// letter in it. Returns the first that gives right dates at some hour of the day from `now` on,
/// and a wrong one within ten years; nothing if there is none.
std::optional<RightByChance> right_by_chance(std::string_view text, std::time_t now);
