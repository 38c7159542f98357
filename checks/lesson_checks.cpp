// What a lesson teaches beside the program's work: how the unit treats its end, and its options.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "checks/checks.hpp"
#include "checks/command.hpp"
#include "checks/diagnosis.hpp"
#include "checks/meaning.hpp"
#include "checks/text.hpp"

static std::string show(const Submission& submission, const char* properties) {
  return format_message("systemctl show -p {} {}", properties, submission.unit.name());
}

// --- The unit -----------------------------------------------------------------------------------

/// The property that keeps it from being started again after status 1; empty if there is none.
static std::string excepts_a_failure(const Unit& unit) {
  const auto has_one = [&unit](const char* property) {
    const auto statuses = unit.ends(property).statuses;
    return std::count(statuses.begin(), statuses.end(), 1) > 0;
  };
  if (has_one("RestartPreventExitStatus")) return "RestartPreventExitStatus";
  if (unit.text("Restart") != "always" && has_one("SuccessExitStatus") &&
      !has_one("RestartForceExitStatus"))
    return "SuccessExitStatus";
  return "";
}

/// The lessons of stages 03 to 05 advise two things: a pause before a restart, and no restart after
/// a wrong option.
static Outcome comes_back_well(const Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string restart = unit.text("Restart");
  const std::chrono::duration<double> delay = std::chrono::microseconds{unit.number("RestartUSec")};
  Finding finding{.looked_at = show(submission, "RestartUSec -p RestartPreventExitStatus"),
                  .then = {"daemon-reload"}};
  if (delay < std::chrono::seconds{1}) {
    finding.expected = "RestartSec=5";
    finding.found = format_message("RestartSec={}", delay.count());
    finding.reason =
        _("it is started again almost at once: what failed now has more of a chance in five "
          "seconds, and after a few failures in a row systemd gives up");
    finding.hint = _("below [Service]: RestartSec=5");
  } else if (delay > std::chrono::minutes{1}) {
    finding.expected = "RestartSec=5";
    finding.found = written(submission, "RestartSec");
    finding.reason =
        format_message(_("after a crash it is gone for {:.0f} seconds: RestartSec= counts "
                         "seconds, if no unit of time stands behind the number"),
                       delay.count());
    finding.hint = _("below [Service]: RestartSec=5");
  }
  const auto prevented = unit.ends("RestartPreventExitStatus").statuses;
  const bool follows_statuses = restart != "on-abnormal" && restart != "on-abort";
  if (follows_statuses && !std::count(prevented.begin(), prevented.end(), 2)) {
    add_line(finding.expected, "RestartPreventExitStatus=2");
    add_line(finding.found, "RestartPreventExitStatus=");
    add_line(finding.reason, _("a wrong option, exit status 2, has it started again and again, and "
                               "it is as wrong each time"));
    add_line(finding.hint, _("below [Service]: RestartPreventExitStatus=2"));
  }
  if (const std::string property = excepts_a_failure(unit); follows_statuses && !property.empty()) {
    add_line(finding.found, written(submission, property.c_str()));
    add_line(finding.reason, format_message(_("{}= lists status 1, by which most failures end a "
                                              "program: after it systemd does not start it again"),
                                            property));
    add_line(finding.hint, format_message(_("take the 1 out of {}="), property));
  }
  return finding.reason.empty() ? pass("Restart=" + restart) : warn(std::move(finding));
}

/// A crash that Restart= would follow, and another setting takes for an end. SIGKILL is tried by
/// itself.
static std::optional<Finding> excepts_a_crash(const Submission& submission) {
  const Unit& unit = submission.unit;
  for (const char* property : {"RestartPreventExitStatus", "SuccessExitStatus"}) {
    if (property == std::string_view{"SuccessExitStatus"} && unit.text("Restart") == "always")
      continue;
    auto excepted = unit.ends(property).signals;
    // RestartForceExitStatus= is asked after the one and before the other: systemd.service(5)
    if (property == std::string_view{"SuccessExitStatus"})
      for (const int forced : unit.ends("RestartForceExitStatus").signals)
        std::erase(excepted, forced);
    for (const int crash : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
      if (!std::count(excepted.begin(), excepted.end(), crash)) continue;
      Finding finding{.looked_at = show(submission, property),
                      .expected = _("no signal by which a program crashes"),
                      .found = written(submission, property),
                      .reason = format_message(_("after {} systemd does not start it again: {}= "
                                                 "lists that signal"),
                                               signal_name(crash), property),
                      .hint = format_message(_("take the signals out of {}="), property),
                      .then = {"daemon-reload"}};
      if (crash == SIGABRT)
        add_line(finding.reason, _("by SIGABRT a program ends that nobody catches an exception of, "
                                   "and the one that the watchdog ends"));
      return finding;
    }
  }
  return std::nullopt;
}

Outcome unit_comes_back(Submission& submission) {
  static const std::set<std::string> others{"no", "on-success", "on-watchdog"};
  const std::string restart = submission.unit.text("Restart");
  const auto delay = std::chrono::microseconds{submission.unit.number("RestartUSec")};
  const bool is_never = delay < std::chrono::microseconds{0} || delay > std::chrono::minutes{10};
  if (!others.contains(restart) && is_never)
    return fail({.looked_at = show(submission, "Restart -p RestartUSec"),
                 .expected = "RestartSec=5",
                 .found = written(submission, "RestartSec"),
                 .reason = _("between the crash and the restart lies too long a time"),
                 .then = {"daemon-reload"}});
  const bool outlasts_delay =
      submission.unit.number("StartLimitIntervalUSec") > submission.unit.number("RestartUSec");
  if (!others.contains(restart) && submission.unit.number("StartLimitBurst") == 1 && outlasts_delay)
    return fail({.looked_at = show(submission, "StartLimitBurst -p StartLimitIntervalUSec"),
                 .expected = "StartLimitBurst=5",
                 .found = written(submission, "StartLimitBurst"),
                 .reason = _("systemd counts the first start, too: for as long as "
                             "StartLimitIntervalSec= says it refuses the restart after a crash"),
                 .hint = _("leave StartLimitBurst= out, or allow some starts more"),
                 .then = {"daemon-reload"}});
  if (restart == "on-abort" && submission.stage == stages.back())
    return fail({.looked_at = show(submission, "Restart"),
                 .expected = "Restart=on-failure",
                 .found = "Restart=" + restart,
                 .reason = _("with Restart=on-abort systemd does not start it again once the "
                             "watchdog has ended it"),
                 .hint = _("below [Service]: Restart=on-failure"),
                 .then = {"daemon-reload"}});
  if (!others.contains(restart)) {
    if (auto finding = excepts_a_crash(submission)) return fail(std::move(*finding));
    return submission.stage >= "03" ? comes_back_well(submission) : pass("Restart=" + restart);
  }
  const UnitFile file = submission.file();
  const Setting* const setting = file.find("Restart");
  return fail({.looked_at = show(submission, "Restart"),
               .expected = "Restart=on-failure",
               .found = "Restart=" + restart,
               .reason = setting ? format_message(_("with Restart={} systemd does not start it "
                                                    "again after a crash or a kill -9"),
                                                  restart)
                                 : _("there is no Restart= in the unit: systemd does not start it "
                                     "again after a crash or a kill -9"),
               .hint = _("below [Service]: Restart=on-failure"),
               .then = {"daemon-reload"}});
}

Outcome unit_is_oneshot(Submission& submission) {
  const Unit& unit = submission.unit;
  const std::string type = unit.text("Type");
  const bool stays = unit.number("RemainAfterExit");
  if (type == "oneshot" && stays) return pass();
  Finding finding{
      .looked_at = show(submission, "Type -p RemainAfterExit"),
      .expected = "Type=oneshot\nRemainAfterExit=yes",
      .found = format_message("Type={}\nRemainAfterExit={}", type, stays ? "yes" : "no"),
      .hint = _("below [Service]: Type=oneshot and RemainAfterExit=yes"),
      .then = {"daemon-reload", "restart"}};
  if (type != "oneshot")
    add_line(finding.reason,
             format_message(_("with Type={} `start` does not wait for the program's end, and does "
                              "not tell if it fails: of a program that ends, the type is oneshot"),
                            type));
  if (!stays)
    add_line(finding.reason,
             _("without RemainAfterExit=yes the unit is inactive once it has run, as if nobody had "
               "started it"));
  return fail(finding);
}

// --- The program's options ----------------------------------------------------------------------

static Outcome needs_root_to_try() {
  return cannot(_("only root may run the program apart from its service: use sudo"));
}

/// The command that does the same by hand.
static std::string by_hand(const Submission& submission, const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : program_command(submission).program) text += word + ' ';
  for (const std::string& word : words)
    text += word.find_first_of(" %()|{}") == std::string::npos ? word + ' ' : "'" + word + "' ";
  return text + "; echo $?";
}

static std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The first lines of what it said, and the last, in which a traceback tells what is wrong, with
/// its exit status.
static std::string told(const Run& run) {
  const auto lines = lines_in(run.output);
  std::string text = run.ended ? format_message(_("exit status {}"), run.status) : _("it runs on");
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (i < 3 || i + 1 == lines.size()) add_line(text, visible(lines[i]));
    else if (i == 3) add_line(text, "...");
  return text;
}

/// Whether the program looks at its options at all.
static bool takes_options(const ProgramCommand& command, const Run& run,
                          const std::string& option) {
  return std::any_of(command.arguments.begin(), command.arguments.end(),
                     [](const std::string& word) { return word.starts_with('-'); }) ||
         run.output.find(option) != std::string::npos ||
         run.output.find("option") != std::string::npos;
}

/// What is wrong with how the program takes `words`, which no program should; nothing if it refuses
/// them. `taken` says what it means if it does not end.
static std::optional<Finding> not_refused(const Submission& submission,
                                          const std::vector<std::string>& words, const Run& run,
                                          std::string taken) {
  const auto lines = lines_in(run.output);
  if (run.ended && run.status == 2 && lines.size() == 1) return std::nullopt;
  Finding finding{.looked_at = by_hand(submission, words),
                  .expected = _("exit status 2, and one line that says what is wrong"),
                  .found = told(run),
                  .hint = _("say it in one line on standard error, and return 2 from main")};
  // A value such as 0 stands in many a text.
  const bool is_named = std::any_of(words.begin(), words.end(), [&run](const std::string& word) {
    const auto letter = word.find_first_not_of('-');
    return letter != std::string::npos && word.size() - letter > 2 &&
           run.output.find(word.substr(letter)) != std::string::npos;
  });
  if (run.ended && run.status == 0 && lines.size() == 1 && is_named)
    finding.reason =
        _("the program says it, and ends with status 0: to systemd, and to a shell, that is a "
          "success");
  else if (!run.ended || run.status == 0) finding.reason = std::move(taken);
  else if (run.status != 2)
    finding.reason = format_message(
        _("a wrong option is exit status 2 in every program of the course, and this is {}: systemd "
          "would start it again, and it would be as wrong"),
        run.status);
  else if (lines.empty())
    finding.reason = _("it says nothing: whoever reads the journal later learns only the number");
  else
    finding.reason =
        _("it says it in more than one line: in the journal, lines of others come in between");
  return finding;
}

/// The same for values that its options cannot have, if the lesson or the unit gives it those
/// options.
static std::optional<Finding> takes_bad_value(Submission& submission) {
  const auto arguments = program_command(submission).arguments;
  for (const auto& [option, value] :
       {std::pair<std::string, std::string>{"--interval", "0"}, {"--level", "LOUD"}}) {
    const auto is_it = [&option = option](const std::string& word) {
      return word == option || word.starts_with(option + '=');
    };
    // 02 has levels, whatever its unit says. Python's own logging refuses one with status 1.
    const bool is_oneshot = submission.stage < "03";
    if (is_oneshot ? option != "--level" : std::none_of(arguments.begin(), arguments.end(), is_it))
      continue;
    const std::vector<std::string> words{option, value};
    const auto run = run_apart(submission, words);
    if (!run || (is_oneshot && run->ended && run->status != 0)) continue;
    if (auto finding = not_refused(
            submission, words, *run,
            format_message(_("it takes {} for a value of {}, and no service can work with that"),
                           value, option)))
      return finding;
  }
  return std::nullopt;
}

/// Half a second is an interval to the lesson. Nothing is said of a program that refuses a whole
/// one, too: it has other options.
static std::optional<Finding> refuses_a_fraction(const Submission& submission) {
  const auto is_refused = [&submission](const char* seconds) {
    const auto run = run_apart(submission, {"--interval", seconds, "--count", "1"});
    return run && run->ended && run->status == 2;
  };
  if (!is_refused("0.5") || is_refused("5")) return std::nullopt;
  return Finding{
      .looked_at = by_hand(submission, {"--interval", "0.5", "--count", "1"}),
      .expected = _("it runs: seconds may have a fraction"),
      .found = format_message(_("exit status {}"), 2),
      .reason = _("the program takes 5 for a value of --interval, and not 0.5: it reads a "
                  "whole number"),
      .hint = _("read it as a double: std::from_chars, std::stod, float()")};
}

Outcome bad_option_is_refused(Submission& submission) {
  static const std::string option = "no-such-option";
  if (geteuid() != 0) return needs_root_to_try();
  const std::vector<std::string> words{"--" + option};
  const auto run = run_apart(submission, words);
  if (!run) return pass(_("a shell's command: it has no options"));
  if (!takes_options(program_command(submission), *run, option))
    return pass(_("it takes no options"));
  if (auto finding = not_refused(
          submission, words, *run,
          _("the program ignores an option that it does not know: a typing mistake in the unit "
            "would go unnoticed")))
    return fail(std::move(*finding));
  // The later ones' first price would be asked of the internet.
  if (submission.stage == stages.front())
    if (auto finding = refuses_a_fraction(submission)) return fail(std::move(*finding));
  if (submission.stage >= "02")
    if (auto finding = takes_bad_value(submission)) return fail(std::move(*finding));
  return pass(visible(lines_in(run->output).front()));
}

/// An option of stage 02, and whether it did what its lesson says.
struct OptionTrial {
  const char* option;
  std::vector<std::string> words;
  const char* expected;
  bool (*works)(const Run&);
};

static bool has(const Run& run, const char* text) {
  return run.output.find(text) != std::string::npos;
}

/// A message that is no format, though it looks like one of fmt's, and of printf(3)'s.
static constexpr auto battery = "low battery: {} %d%";

static const std::vector<OptionTrial> option_trials{
    {"--level",
     {"--level", "ERROR"},
     N_("the messages of ERROR and CRITICAL, and no other"),
     [](const Run& run) {
       return has(run, "ERROR") && has(run, "CRITICAL") && !has(run, "WARNING") &&
              !has(run, "INFO");
     }},
    {"--level",
     {},
     N_("without it the messages of WARNING, ERROR and CRITICAL, and no other"),
     [](const Run& run) {
       return has(run, "WARNING") && has(run, "CRITICAL") && !has(run, "DEBUG") &&
              !has(run, "INFO");
     }},
    {"--level",
     {"--level", "DEBUG"},
     N_("the messages of all five levels"),
     [](const Run& run) { return has(run, "DEBUG") && has(run, "CRITICAL"); }},
    {"--format",
     {"--level", "DEBUG", "--format", "%(levelname)s|%(message)s"},
     N_("lines such as DEBUG|..."),
     [](const Run& run) { return has(run, "DEBUG|") && has(run, "CRITICAL|"); }},
    {"--datefmt",
     {"--format", "%(asctime)s|", "--datefmt", "day %d"},
     N_("lines such as `day 22|`"),
     [](const Run& run) { return has(run, "day ") && has(run, "|") && !has(run, "%d"); }},
    {"--filename",
     {"--filename", "out.log"},
     N_("its messages at the end of that file"),
     [](const Run& run) {
       return run.file.starts_with("old\n") && run.file.find("CRITICAL") != std::string::npos;
     }},
    {"--filemode",
     {"--filename", "out.log", "--filemode", "w"},
     N_("its messages in that file, and what was there is gone"),
     [](const Run& run) {
       return !run.file.starts_with("old\n") && run.file.find("CRITICAL") != std::string::npos;
     }},
    {"--name",
     {"--name", "battery"},
     N_("lines such as WARNING:battery:..."),
     [](const Run& run) { return has(run, "battery"); }},
    {"MESSAGE", {battery}, N_("that message, as it is, at each level"), [](const Run& run) {
       const auto lines = lines_in(run.output);
       // WARNING, ERROR and CRITICAL, if its level is the usual one.
       return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
                return line.find(battery) != std::string::npos;
              }) >= 3;
     }}};

/// A warning if what it logs is on standard output, where a program's result belongs.
static Outcome leaves_standard_output(const Submission& submission) {
  const auto run = run_apart(submission, {}, Streams::standard_output);
  if (!run || !has(*run, "CRITICAL")) return pass();
  return warn(
      {.looked_at = by_hand(submission, {}),
       .expected = _("its messages on standard error, and nothing on standard output"),
       .found = told(*run),
       .reason = _("the log goes to standard output, where a program's result belongs: in a "
                   "pipe they are mixed"),
       .hint = _("the stream of a handler is standard error, unless it is given another")});
}

/// Which options the program has. One that it does not have it refuses, with status 2.
enum class Has { all, some };

/// Tries the options that it has. Returns what is wrong, if one does not do what its lesson says.
static std::optional<Finding> tried(const Submission& submission,
                                    const std::vector<OptionTrial>& trials, Has options) {
  Finding finding{.hint = _("each option fills a field of BasicConfig, and what is no option is "
                            "the message")};
  std::vector<std::string> missing;
  bool is_silent = true;
  for (const OptionTrial& trial : trials) {
    const auto run = run_apart(submission, trial.words);
    if (!run) return std::nullopt;  // its program is not known
    is_silent = is_silent && run->output.empty();
    if (run->ended && run->status == 0 && trial.works(*run)) continue;
    if (options == Has::some && (!run->ended || run->status == 2)) continue;
    if (missing.empty()) {
      finding.looked_at = by_hand(submission, trial.words);
      finding.expected = _(trial.expected);
      finding.found = told(*run);
    }
    if (missing.empty() || missing.back() != trial.option) missing.emplace_back(trial.option);
  }
  if (missing.empty()) return std::nullopt;
  finding.reason = is_silent
                       ? _("the program says nothing on standard error, whatever its options "
                           "are: its messages go somewhere else")
                       : format_message(_("the program does not do what the lesson says of: {}"),
                                        listed(missing));
  return finding;
}

Outcome options_work(Submission& submission) {
  if (geteuid() != 0) return needs_root_to_try();
  if (program_command(submission).program.empty())
    return pass(_("a shell's command: it has no options"));
  if (auto finding = tried(submission, option_trials, Has::all)) return fail(std::move(*finding));
  return leaves_standard_output(submission);
}

/// Those of stage 04. Without a network each question fails, and that is a warning.
static const std::vector<OptionTrial> log_option_trials{
    {"--level",
     {"--count", "1", "--level", "CRITICAL"},
     N_("no message: a price that does not come is a warning"),
     [](const Run& run) { return !has(run, "WARNING"); }},
    {"--format",
     {"--count", "1", "--format", "%(levelname)s|%(message)s"},
     N_("lines such as WARNING|..."),
     [](const Run& run) { return has(run, "WARNING|"); }}};

Outcome log_options_work(Submission& submission) {
  if (geteuid() != 0) return needs_root_to_try();
  const auto run = run_apart(submission, {"--count", "1"});
  if (!run || !run->ended || run->status != 0 || !has(*run, "WARNING"))
    return pass(_("it does not end by --count 1 with a warning: not tried"));
  auto finding = tried(submission, log_option_trials, Has::some);
  if (!finding) return pass();
  finding->hint =
      _("basic_config with what the options say, once, after they are read: a second call changes "
        "nothing");
  return fail(std::move(*finding));
}
