// 01-date-daemon: appends the date to a file every five seconds, until it is told to end.
#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  // 1. A std::string for --file ("dates.txt"), a double for --interval (5), a std::uint64_t for
  //    --count (Ticker::forever): name them below. common/options.hpp shows how.
  parse_options(argc, argv, "Appends the date to a file at a fixed cadence.", {});

  // 2. A Ticker, which gives the cadence and knows when to end. common/ticker.hpp
  // 3. A LineFile for the dates. common/line_file.hpp
  // 4. While the ticker waits and says yes: append the date, as in 2026-11-22 14:48:00.
  //    localtime_r(3) and strftime(3) write it.
} catch (const std::exception& error) {
  return report(error);
}
