// 02-logging: logs one message of each level, as far as its level and its format let them through.
#include <cstdlib>

#include "common/logging.hpp"
#include "common/options.hpp"

int main(int argc, char** argv) try {
  std::optional<std::string> message, name, level, format, datefmt, filename, filemode;
  parse_options(argc, argv, "Logs one message of each of the five levels.",
                {{"level", "LEVEL", "DEBUG, INFO, WARNING, ERROR, CRITICAL or a number", &level},
                 {"format", "FORMAT", "such as '%(levelname)s - %(message)s'", &format},
                 {"datefmt", "FORMAT", "of %(asctime)s, as in strftime(3)", &datefmt},
                 {"filename", "PATH", "log to this file, not to standard error", &filename},
                 {"filemode", "a|w", "append to that file, or start it anew", &filemode},
                 {"name", "NAME", "the logger's", &name},
                 {"", "MESSAGE", "what to log at each level", &message}});

  logging::BasicConfig config;
  if (level) config.level = logging::level_from(*level);
  if (format) config.format = *format;
  if (datefmt) config.datefmt = *datefmt;
  if (filename) config.filename = *filename;
  if (filemode) config.filemode = *filemode;
  logging::basic_config(config);

  logging::Logger& logger = logging::get_logger(name.value_or("root"));
  logger.debug("{}", message.value_or("how a part of the code behaves"));
  logger.info("{}", message.value_or("all goes as it should"));
  logger.warning("{}", message.value_or("something may go wrong"));
  logger.error("{}", message.value_or("something went wrong"));
  logger.critical("{}", message.value_or("nothing more can be done"));
  if (logging::lost_messages() > 0) return EXIT_FAILURE;  // each was said on standard error
} catch (const std::exception& error) {
  return report(error);
}
