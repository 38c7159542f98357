// 02-logging: registra un mensaje de cada nivel, hasta donde su nivel y su formato los dejan pasar.
#include "common/logging.hpp"
#include "common/options.hpp"

int main(int argc, char** argv) try {
  // 1. std::optional<std::string> para --level, --format, --datefmt, --filename, --filemode y
  //    --name, y para el MESSAGE que las acompaña, que tiene un nombre vacío.
  parse_options(argc, argv, "Logs one message of each of the five levels.", {});

  // 2. Un logging::BasicConfig con las opciones que se dieron, para logging::basic_config().
  // 3. El logger de ese nombre, o el raíz: logging::get_logger().
  // 4. Un mensaje de cada nivel: debug, info, warning, error, critical.
} catch (const std::exception& error) {
  return report(error);
}
