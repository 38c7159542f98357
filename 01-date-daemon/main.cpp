// 01-date-daemon: appends the date to a file every five seconds, until it is told to end.
#include <ctime>

#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

/// The local date and time, as in 2026-11-22 14:48:00. strftime(3)
static std::string now() {
  const std::time_t seconds = std::time(nullptr);
  tzset();  // localtime_r(3) alone would not see that the time zone was changed
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)};
}

int main(int argc, char** argv) try {
  std::string file = "dates.txt";
  double interval = 5;
  std::uint64_t count = Ticker::forever;
  parse_options(argc, argv, "Appends the date to a file at a fixed cadence.",
                {{"file", "PATH", "file to append to", &file},
                 {"interval", "SECONDS", "from one date to the next", &interval},
                 {"count", "N", "end after so many dates", &count}});

  Ticker ticker{interval, count};
  LineFile dates{file};
  ticker.on_hangup([&] { dates.reopen(); });
  while (ticker.wait()) dates.append(now());
} catch (const std::exception& error) {
  return report(error);
}
