// servicios-report: makes of what `servicios-check --stream` writes what people read, and files.
#include <getopt.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "checks/report.hpp"
#include "checks/text.hpp"
#include "common/options.hpp"

static const char* const usage =
    N_("Usage: servicios-check STAGE --stream | servicios-report [OPTION]...\n"
       "Shows the results of one or more stages, and writes them to files.\n\n"
       "  --junit FILE        write the results as JUnit's XML\n"
       "  --json FILE         write the results as JSON\n"
       "  --stages A,B        what was asked for: a stage of which nothing comes has failed\n"
       "  --work              the stages are in work/: end with what to do about a failure\n"
       "  --unit NAME         that stage's unit has this name\n"
       "  --clear TEXT        on a terminal, clear it before the first result; TEXT stands first\n"
       "  --lang es|en        speak Spanish or English\n"
       "  --help              print this and exit\n\n"
       "Exit status: 0 all passed, 1 some failed, 2 a wrong option, 3 there are no results, the "
       "machine\ncould not check, or a file could not be written.\n");

[[noreturn]] static void refuse(const std::string& what) { throw std::invalid_argument(what); }

static std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in{list};
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

struct Options {
  Files files{};
  std::optional<std::string> heading{};  // of a terminal that is to be cleared
};

static Options parse(int argc, char** argv) {
  Options options;
  Files& files = options.files;
  enum { junit = 256, json, stages, work, unit, clear, lang, help };
  static const option known[]{{"junit", required_argument, nullptr, junit},
                              {"json", required_argument, nullptr, json},
                              {"stages", required_argument, nullptr, stages},
                              {"work", no_argument, nullptr, work},
                              {"unit", required_argument, nullptr, unit},
                              {"clear", required_argument, nullptr, clear},
                              {"lang", required_argument, nullptr, lang},
                              {"help", no_argument, nullptr, help},
                              {}};
  opterr = 0;
  for (int found; (found = getopt_long(argc, argv, ":", known, nullptr)) != -1;) {
    switch (found) {
      case junit: files.junit = optarg; break;
      case json: files.json = optarg; break;
      case stages: files.stages = parts_of(optarg); break;
      case work: files.from_work = true; break;
      case unit: files.unit = optarg; break;
      case clear: options.heading = optarg; break;
      case lang: speak_only(optarg); break;
      case help: fmt::print("{}", _(usage)); std::exit(EXIT_SUCCESS);
      case ':': refuse(format_message(_("{}: its value is missing"), argv[optind - 1]));
      default:
        refuse(
            format_message(_("unknown option {}: --help lists what there is"), argv[optind - 1]));
    }
  }
  if (optind != argc) refuse(format_message(_("there is no argument '{}'"), argv[optind]));
  return options;
}

/// Takes standard input's lines, of which none is kept that is longer than an event may be. Tells
/// the report of each second in which nothing comes.
static void read_into(Report& report) {
  std::string line;
  std::size_t bytes = 0;
  for (;;) {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (poll(&input, 1, 1000) == 0) report.pass_time();
    char chunk[4096];
    const ssize_t count = read(STDIN_FILENO, chunk, sizeof chunk);
    if (count <= 0) break;
    for (const char c : std::string_view{chunk, static_cast<std::size_t>(count)}) {
      if (++bytes > Report::longest_stream) return report.cut_off();
      if (c == '\n') {
        report.take(line);
        line.clear();
      } else if (line.size() <= Report::longest_line) {
        line += c;
      }
    }
  }
  if (!line.empty()) report.take(line);
}

int main(int argc, char** argv) try {
  keep_standard_streams_open();
  speak("");
  const Options options = parse(argc, argv);
  Report report{options.heading};
  read_into(report);
  return report.finish(options.files);
} catch (const std::invalid_argument& error) {
  fmt::print(stderr, "servicios-report: {}\n", error.what());
  return 2;
} catch (const std::exception& error) {
  fmt::print(stderr, "servicios-report: {}\n", error.what());
  return 3;
}
