// 01-date-daemon: agrega la fecha a un archivo cada cinco segundos, hasta que se le pide terminar.
#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  // 1. Un std::string para --file ("dates.txt"), un double para --interval (5), un std::uint64_t
  //    para --count (Ticker::forever): nómbralos abajo. common/options.hpp muestra cómo.
  parse_options(argc, argv, "Appends the date to a file at a fixed cadence.", {});

  // 2. Un Ticker, que lleva la cadencia y sabe cuándo terminar. common/ticker.hpp
  // 3. Un LineFile para las fechas. common/line_file.hpp
  // 4. Mientras el ticker espere y diga que sí: agrega la fecha, como en 2026-11-22 14:48:00.
  //    La escriben localtime_r(3) y strftime(3).
} catch (const std::exception& error) {
  return report(error);
}
