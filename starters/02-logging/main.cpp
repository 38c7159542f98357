// 02-logging: logs one message of each level, as far as its level and its format let them through.
#include "common/logging.hpp"
#include "common/options.hpp"

int main(int argc, char** argv) try {
  // 1. std::optional<std::string> for --level, --format, --datefmt, --filename, --filemode and
  //    --name, and for the MESSAGE beside them, which has an empty name.
  parse_options(argc, argv, "Logs one message of each of the five levels.", {});

  // 2. A logging::BasicConfig of those that were given, for logging::basic_config().
  // 3. The logger of that name, or the root: logging::get_logger().
  // 4. One message of each level: debug, info, warning, error, critical.
} catch (const std::exception& error) {
  return report(error);
}
