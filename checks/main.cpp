// servicios-check: whether a student's stage, on the systemd of this machine, does what it must.
// Every check is a test of GoogleTest, and every stage a suite of them.
#include <getopt.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "checks/diagnosis.hpp"
#include "checks/results.hpp"
#include "checks/text.hpp"

// --- Running -----------------------------------------------------------------------------------

/// One check of one stage.
class CheckTest : public testing::Test {
 public:
  CheckTest(Check check, std::shared_ptr<Submission> submission, Results& results)
      : check_(std::move(check)), submission_(std::move(submission)), results_(results) {}

  void TestBody() override {
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = ready() ? look() : missing_need();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    results_.push_back({submission_->stage, check_, outcome, took.count()});
    if (outcome.kind == Outcome::Kind::fail) FAIL() << outcome.finding.reason;
    if (outcome.kind != Outcome::Kind::pass) GTEST_SKIP() << outcome.note;
  }

 private:
  /// The outcome of an earlier check that this one needs, where it is not a pass.
  const Result* unmet() const {
    for (const char* need : check_.needs)
      for (const Result& result : results_)
        if (result.stage == submission_->stage && result.check.id == std::string{need} &&
            result.outcome.kind != Outcome::Kind::pass)
          return &result;
    return nullptr;
  }

  bool ready() const { return unmet() == nullptr; }

  Outcome missing_need() const {
    const Result& need = *unmet();
    if (need.outcome.kind == Outcome::Kind::cannot) return need.outcome;
    return skipped();
  }

  Outcome look() {
    try {
      Outcome outcome = check_.look(*submission_);
      Finding& finding = outcome.finding;
      if (outcome.kind == Outcome::Kind::fail && finding.reason.empty())
        finding.reason = diagnosis(*submission_);
      // It goes to a terminal, and into XML: whatever a program wrote does no harm there.
      for (std::string* text : {&outcome.note, &finding.looked, &finding.expected, &finding.found,
                                &finding.reason, &finding.hint})
        *text = printable(*text);
      return outcome;
    } catch (const Interrupted&) {
      fmt::print("\n");
      std::exit(130);  // 128 + SIGINT, as shells have it
    } catch (const std::exception& error) {
      return cannot(printable(error.what()));
    }
  }

  Check check_;
  std::shared_ptr<Submission> submission_;
  Results& results_;
};

// --- The command line --------------------------------------------------------------------------

struct Options {
  std::vector<std::string> stages;
  std::string unit, dir, junit, json, lang;
  double interval = 5;
  bool gentle = false;
};

static const char* const usage = N_(
    "Usage: servicios-check STAGE|all [OPTION]...\n"
    "Checks what a stage does on the systemd of this machine.\n\n"
    "  --unit NAME         the unit, where it is not called as the stage\n"
    "  --dir DIR           where your program was built: is it the one that the unit starts?\n"
    "  --interval SECONDS  from one line of output to the next (5)\n"
    "  --gentle            leave out what stops or kills the daemon, or spoils its prices\n"
    "  --junit FILE        write the results as JUnit's XML\n"
    "  --json FILE         write the results as JSON\n"
    "  --lang es|en        speak Spanish or English\n"
    "  --help              print this and exit\n\n"
    "Exit status: 0 all passed, 1 some failed, 2 a wrong option, 3 this machine cannot check.\n");

[[noreturn]] static void refuse(const std::string& what) { throw std::invalid_argument(what); }

static std::vector<std::string> stages_named(const std::string& name) {
  if (name == "all") return stages;
  for (const std::string& stage : stages)
    if (!name.empty() && stage.starts_with(name)) return {stage};
  refuse(say(_("there is no stage '{}'; there are: {}, all"), name, listed(stages)));
}

static double seconds(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end || !(value >= 0.1 && value <= 3600))
    refuse(say(_("--interval '{}': write seconds from 0.1 to 3600"), text));
  return value;
}

static Options parse(int argc, char** argv) {
  Options options;
  enum { unit = 256, dir, interval, gentle, junit, json, lang, help };
  static const option known[]{{"unit", required_argument, nullptr, unit},
                              {"dir", required_argument, nullptr, dir},
                              {"interval", required_argument, nullptr, interval},
                              {"gentle", no_argument, nullptr, gentle},
                              {"junit", required_argument, nullptr, junit},
                              {"json", required_argument, nullptr, json},
                              {"lang", required_argument, nullptr, lang},
                              {"help", no_argument, nullptr, help},
                              {}};
  opterr = 0;
  for (int found; (found = getopt_long(argc, argv, ":", known, nullptr)) != -1;) {
    switch (found) {
      case unit: options.unit = optarg; break;
      case dir: options.dir = optarg; break;
      case interval: options.interval = seconds(optarg); break;
      case gentle: options.gentle = true; break;
      case junit: options.junit = optarg; break;
      case json: options.json = optarg; break;
      case lang:
        if (std::string{optarg} != "es" && std::string{optarg} != "en")
          refuse(say(_("--lang '{}': write es or en"), optarg));
        speak(optarg);
        break;
      case help: fmt::print("{}", _(usage)); std::exit(EXIT_SUCCESS);
      case ':': refuse(say(_("{}: its value is missing"), argv[optind - 1]));
      default: refuse(say(_("unknown option {}: --help lists what there is"), argv[optind - 1]));
    }
  }
  if (optind + 1 != argc) refuse(say(_("name one stage: {}, or all"), listed(stages)));
  options.stages = stages_named(argv[optind]);
  if (options.stages.size() > 1 && !options.unit.empty())
    refuse(_("--unit names the unit of one stage, and not of all"));
  return options;
}

// --- Together ----------------------------------------------------------------------------------

/// Registers the checks of this stage, and returns how many of them --gentle leaves out.
static std::size_t add_stage(const Options& options, const std::string& stage, Results& results) {
  std::string unit = options.unit.empty() ? stage : options.unit;
  if (!unit.ends_with(".service")) unit += ".service";
  const auto submission = std::make_shared<Submission>(stage, unit, options.interval, options.dir);
  std::size_t left_out = 0;
  for (const Check& check : checks_of(stage, !options.dir.empty())) {
    if (options.gentle && check.disturbs) {
      ++left_out;
      continue;
    }
    testing::RegisterTest(
        stage.c_str(), check.id, nullptr, check.title, __FILE__, __LINE__,
        [=, &results]() -> testing::Test* { return new CheckTest(check, submission, results); });
  }
  return left_out;
}

static int run(const Options& options) {
  if (sd_booted() <= 0) {
    fmt::print("? {}\n", _("systemd is not this machine's PID 1, so no service runs here: ./course "
                           "check checks in the lab"));
    return 3;
  }
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, interrupt);
  Results results;
  std::size_t left_out = 0;
  for (const std::string& stage : options.stages) left_out += add_stage(options, stage, results);

  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Printer{results, left_out});
  [[maybe_unused]] const int ignored = RUN_ALL_TESTS();  // the results say more

  if (!options.junit.empty()) write_junit(results, options.junit);
  if (!options.json.empty()) write_json(results, options.json);
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"))
    add_github_summary(results, summary);
  if (count(results, Outcome::Kind::fail)) return EXIT_FAILURE;
  return count(results, Outcome::Kind::cannot) ? 3 : EXIT_SUCCESS;
}

int main(int argc, char** argv) try {
  speak("");
  const Options options = parse(argc, argv);
  int no_arguments = 1;  // the others are ours, and not GoogleTest's
  testing::InitGoogleTest(&no_arguments, argv);
  return run(options);
} catch (const std::invalid_argument& error) {
  fmt::print(stderr, "servicios-check: {}\n", error.what());
  return 2;
} catch (const std::system_error& error) {
  fmt::print("? {}\n", say(_("this machine does not let the check look: {}"), error.what()));
  return 3;
} catch (const std::exception& error) {
  fmt::print(stderr, "servicios-check: {}\n", error.what());
  return EXIT_FAILURE;
}
