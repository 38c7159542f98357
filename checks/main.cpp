// servicios-check: whether a student's stage, on the systemd of this machine, does what it must.
#include <getopt.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "checks/check.hpp"
#include "checks/judge.hpp"
#include "checks/report.hpp"
#include "checks/text.hpp"
#include "common/options.hpp"

// --- The command line --------------------------------------------------------------------------

struct Options {
  std::vector<std::string> stages{};
  Assignment assignment{};  // of each of them
  Files files{};
  bool stream = false;
};

static const char* const usage = N_(
    "Usage: servicios-check STAGE|all [OPTION]...\n"
    "Checks what a stage does on the systemd of this machine.\n\n"
    "  --unit NAME         the unit, if it is not called as the stage\n"
    "  --dir DIR           where your program was built: is it the one that the unit starts?\n"
    "  --interval SECONDS  from one line of output to the next (5)\n"
    "  --gentle            leave out what stops or kills the daemon, or spoils its prices\n"
    "  --facts DIR         what checks/receive wrote of a submission, which is started now\n"
    "  --strict            start nothing that would run as root; with --facts\n"
    "  --junit FILE        write the results as JUnit's XML\n"
    "  --json FILE         write the results as JSON\n"
    "  --stream            write each step as a line of JSON, for servicios-report\n"
    "  --lang es|en        speak Spanish or English\n"
    "  --help              print this and exit\n\n"
    "Exit status: 0 all passed, 1 some failed, 2 a wrong option, 3 this machine cannot check.\n");

[[noreturn]] static void refuse(const std::string& what) { throw std::invalid_argument(what); }

static std::vector<std::string> stages_named(const std::string& name) {
  if (name == "all") return stages;
  for (const std::string& stage : stages)
    if (!name.empty() && stage.starts_with(name)) return {stage};
  refuse(format_message(_("there is no stage '{}'; there are: {}, all"), name, listed(stages)));
}

static double seconds(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end || !(value >= 0.1 && value <= 3600))
    refuse(format_message(_("--interval '{}': write seconds from 0.1 to 3600"), text));
  return value;
}

static Options parse(int argc, char** argv) {
  Options options;
  enum { unit = 256, dir, interval, gentle, facts, strict, junit, json, stream, lang, help };
  static const option known[]{{"unit", required_argument, nullptr, unit},
                              {"dir", required_argument, nullptr, dir},
                              {"interval", required_argument, nullptr, interval},
                              {"gentle", no_argument, nullptr, gentle},
                              {"facts", required_argument, nullptr, facts},
                              {"strict", no_argument, nullptr, strict},
                              {"junit", required_argument, nullptr, junit},
                              {"json", required_argument, nullptr, json},
                              {"stream", no_argument, nullptr, stream},
                              {"lang", required_argument, nullptr, lang},
                              {"help", no_argument, nullptr, help},
                              {}};
  opterr = 0;
  for (int found; (found = getopt_long(argc, argv, ":", known, nullptr)) != -1;) {
    switch (found) {
      case unit: options.assignment.unit = optarg; break;
      case dir: options.assignment.dir = optarg; break;
      case interval: options.assignment.interval = seconds(optarg); break;
      case gentle: options.assignment.gentle = true; break;
      case facts: options.assignment.facts = optarg; break;
      case strict: options.assignment.strict = true; break;
      case junit: options.files.junit = optarg; break;
      case json: options.files.json = optarg; break;
      case stream: options.stream = true; break;
      case lang: speak_only(optarg); break;
      case help: fmt::print("{}", _(usage)); std::exit(EXIT_SUCCESS);
      case ':': refuse(format_message(_("{}: its value is missing"), argv[optind - 1]));
      default:
        refuse(
            format_message(_("unknown option {}: --help lists what there is"), argv[optind - 1]));
    }
  }
  if (optind + 1 != argc) refuse(format_message(_("name one stage: {}, or all"), listed(stages)));
  options.stages = stages_named(argv[optind]);
  if (options.stream && !(options.files.junit + options.files.json).empty())
    refuse(_("--stream writes no files: servicios-report does"));
  if (options.assignment.strict && options.assignment.facts.empty())
    refuse(_("--strict goes with --facts: without, the service has been started already"));
  if (options.stages.size() > 1 && !options.assignment.unit.empty())
    refuse(_("--unit names the unit of one stage, and not of all"));
  return options;
}

// --- Together ----------------------------------------------------------------------------------

static int run(Options options) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, interrupt);
  std::optional<Report> report;
  if (!options.stream) report.emplace();
  const Sink sink = [&report](const std::string& event) {
    if (report) return report->take(event);
    fmt::print("{}\n", event);
    std::fflush(stdout);
  };
  int status = EXIT_SUCCESS;
  Assignment& assignment = options.assignment;
  const std::string unit = assignment.unit;
  for (const std::string& stage : options.stages) {
    assignment.stage = stage;
    assignment.unit = unit.empty() ? stage : unit;
    if (!assignment.unit.ends_with(".service")) assignment.unit += ".service";
    const int came = judge(assignment, sink);
    if (status != EXIT_FAILURE && came != EXIT_SUCCESS) status = came;
  }
  return report ? report->finish(options.files) : status;
}

int main(int argc, char** argv) try {
  keep_standard_streams_open();
  speak("");
  unsetenv("TZ");  // the services have the machine's zone, whatever the caller's is
  return run(parse(argc, argv));
} catch (const Interrupted&) {
  return 130;  // 128 + SIGINT, as shells have it
} catch (const LabLost&) {
  return 4;  // checks/submission.bash
} catch (const std::invalid_argument& error) {
  fmt::print(stderr, "servicios-check: {}\n", error.what());
  return 2;
} catch (const std::exception& error) {
  fmt::print(stderr, "servicios-check: {}\n", error.what());
  return 3;
}
