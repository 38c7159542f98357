// What happens to the daemon when it is stopped, killed, or its API fails. Each check leaves the
// daemon running, and the API whole, also where it fails.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
#include "checks/text.hpp"

using Seconds = std::chrono::duration<double>;

static Outcome needs_root() {
  return cannot(_("only root may stop or kill a service: use sudo, or leave it out with --gentle"));
}

static bool is_running(const Unit& unit) {
  return unit.text("ActiveState") == "active" && unit.number("MainPID") != 0;
}

/// Waits `seconds` for a process other than `pid`, and for as long as systemd is starting it: there
/// may be an ExecStartPre=, which TimeoutStartSec= bounds.
static bool wait_until_running(const Unit& unit, Seconds seconds, std::uint64_t pid = 0) {
  const auto runs = [&] {
    const auto main_pid = unit.number("MainPID");  // read once: at the next look it may be 0
    return main_pid != 0 && main_pid != pid && unit.text("ActiveState") == "active";
  };
  return wait_until(seconds, runs) ||
         (wait_until(Seconds{300}, [&unit] { return !unit.is_starting(); }) && runs());
}

/// Has the unit running again when it goes out of scope.
class Restored {
 public:
  explicit Restored(const Unit& unit) : unit_(unit) {}
  ~Restored() {
    try {
      wait_until(Seconds{10}, [this] { return unit_.text("ActiveState") != "deactivating"; });
      if (is_running(unit_)) return;
      unit_.reset_failed();
      unit_.start();
      wait_until_running(unit_, Seconds{10});
    } catch (const std::exception&) {
      // The unit is gone: there is nothing to have running.
    }
  }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  const Unit& unit_;
};

Outcome stops_at_once(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  const Restored restored{unit};
  const auto begin = std::chrono::steady_clock::now();
  const Seconds limit{2};
  unit.stop();
  const bool quick = wait_until(limit, [&unit] {
    const std::string state = unit.text("ActiveState");
    return state == "inactive" || state == "failed";
  });
  const Seconds took = std::chrono::steady_clock::now() - begin;
  Finding finding{"time systemctl stop " + unit.name(),
                  say(_("stopped within {} seconds"), limit.count()), "", "",
                  _("let SIGTERM end the wait between two lines, then return from main")};
  if (!quick) {
    finding.found = say(_("still {} ({}) after {} seconds"), unit.text("ActiveState"),
                        unit.text("SubState"), limit.count());
    finding.reason = say(_("the program does not end at SIGTERM; systemd would kill it after "
                           "TimeoutStopSec={}s"),
                         unit.number("TimeoutStopUSec") / 1'000'000);
    unit.kill("all", SIGKILL);
    return fail(finding);
  }
  if (unit.text("ActiveState") == "inactive") return pass(say(_("{:.2f} seconds"), took.count()));
  finding.looked = "systemctl stop " + unit.name() + "; systemctl status " + unit.name();
  finding.expected = "ActiveState=inactive\nResult=success";
  finding.found = "ActiveState=failed\nResult=" + unit.text("Result");
  finding.reason = diagnosis(submission);
  finding.hint = _("a program that was told to end has done its work: exit status 0");
  return fail(finding);
}

/// The file with its dates or prices, where it is one that outlives the process, and once it has
/// two: a new first one may be the old first one again.
static std::optional<Output> lines_to_keep(const Submission& submission) {
  const auto is_ours = [](const std::string& line) {
    return !line.empty() && line.find_first_not_of("0123456789-:. eE+") == std::string::npos;
  };
  std::optional<Output> output;
  const bool there = wait_until(1.5 * submission.interval + Seconds{1}, [&] {
    output = output_of(submission, is_ours);
    return output && output->lines.size() >= 2 && is_ours(output->lines.back());
  });
  // What is seen through /proc is the process's own, and RuntimeDirectory= is meant to be emptied.
  const std::string path = there && output ? output->path.string() : "";
  if (path.empty() || path.starts_with("/proc/") || path.starts_with("/run/")) return std::nullopt;
  return output;
}

/// What the process that took the place of the killed one did to these lines; nothing where they
/// are still there.
static std::optional<Finding> loss(const Submission& submission,
                                   const std::optional<Output>& before) {
  if (!before) return std::nullopt;
  Output after;
  wait_until(1.5 * submission.interval + Seconds{1}, [&] {
    after = reread(*before);
    return after.text != before->text;
  });
  if (after.text.starts_with(before->text)) return std::nullopt;
  return Finding{"wc -l " + before->path.string(), _("the lines from before, and new ones"),
                 say(_("lines before: {}, after: {}"), before->lines.size(), after.lines.size()),
                 _("the program starts its file anew when it starts: what it had written is lost"),
                 _("open it to append: std::ios::app, mode a, O_APPEND")};
}

Outcome returns_after_a_crash(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  const Unit& unit = submission.unit;
  const std::string restart = unit.text("Restart");
  if (restart == "no" || restart == "on-success" || restart == "on-watchdog")
    return pass(say(_("Restart={}: the unit does not ask for it"), restart));
  const Restored restored{unit};
  wait_until_running(unit, Seconds{2});
  const auto output = lines_to_keep(submission);
  unit.reset_failed();  // those starts that this program asked for do not count
  const auto pid = unit.number("MainPID");
  const auto delay = std::chrono::microseconds{unit.number("RestartUSec")};
  unit.kill("main", SIGKILL);
  if (wait_until_running(unit, delay + Seconds{5}, pid)) {
    if (const auto finding = loss(submission, output)) return fail(*finding);
    return pass(say("PID {}, {}", pid, unit.number("MainPID")));
  }
  return fail(
      {say("sudo kill -9 {}; systemctl status {}", pid, unit.name()),
       say(_("active again after RestartSec={}s, as Restart={} says"), Seconds{delay}.count(),
           restart),
       "ActiveState=" + unit.text("ActiveState") + "\nSubState=" + unit.text("SubState"),
       diagnosis(submission),
       _("what does the unit say besides Restart=? RestartPreventExitStatus= and StartLimit... "
         "have a say in it")});
}

// --- The price API -----------------------------------------------------------------------------

static const std::filesystem::path control = "/run/price-api/faults";
static const std::string server = "price-api.service";

/// The faults of the offline price server, which end when it goes out of scope: price-api(--help).
class Faults {
 public:
  /// From now on every answer is this one; where there was another, with no good one in between.
  void order(const std::string& kind) const {
    // Renamed, so that the server never reads half a plan.
    const std::string draft = control.string() + ".new";
    std::ofstream{draft} << kind << "*\n";
    chmod(draft.c_str(), 0644);
    std::filesystem::rename(draft, control);
  }
  Faults() = default;
  ~Faults() { unlink(control.c_str()); }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
};

struct Failure {
  const char* fault;  // as the server calls it
  const char* means;
};

static const std::vector<Failure> failures{
    {"429-bare", N_("status 429: asked too often")},
    {"500", N_("status 500: the server failed")},
    {"silence", N_("silence: the server takes the question, and never answers")}};

/// How often the server gave this answer since then: a fault's name, or a status.
static auto times_given(Submission& submission, const std::string& answer, Time since) {
  const auto log = submission.journal.entries({"_SYSTEMD_UNIT=" + server}, since);
  return std::count_if(log.begin(), log.end(), [&answer](const Entry& entry) {
    return entry["MESSAGE"].find(' ' + answer + " peer=") != std::string::npos;
  });
}

static std::size_t prices_in(const std::optional<Output>& output) {
  return output ? reread(*output).lines.size() : 0;
}

/// Whether it is the offline price server that the program was told to ask.
static bool asks_here(const Submission& submission) {
  const auto program = program_of(submission);
  if (!program) return false;
  const auto is_here = [](const std::string& word) {
    return word.find("//127.0.0.1") != std::string::npos ||
           word.find("//localhost") != std::string::npos;
  };
  return std::any_of(program->environment.begin(), program->environment.end(), is_here) ||
         std::any_of(program->arguments.begin(), program->arguments.end(), is_here);
}

/// How many daemons ask the server: each does so once in an interval.
static std::ptrdiff_t askers(Submission& submission) {
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(2 * submission.interval);
  const auto log = submission.journal.entries({"_SYSTEMD_UNIT=" + server}, now() - span);
  return std::max<std::ptrdiff_t>(1, (std::ssize(log) + 1) / 2);
}

/// The daemon's file when its API began to fail.
struct Before {
  std::optional<Output> output;
  std::ptrdiff_t all;  // daemons that ask the server
  std::uint64_t pid;
  std::size_t lines = 0;  // in the file
  Time time{};            // just before they were counted, and one had come
  bool is_exact = false;  // every price that comes later was asked for later, and of this server
};

static Finding not_borne(const Unit& unit, const Failure& failure) {
  return {say("echo '{}*' | sudo tee {}; journalctl -u {} -f; sudo rm {}", failure.fault,
              control.string(), unit.name(), control.string()),
          _("the same process, and prices again when the API is well"), "", "",
          _("whatever the network brings is an answer: say why there is no price, and ask again at "
            "the next interval")};
}

/// What a daemon that has ended shows: the last failure that the server gave, where it alone asks,
/// is what it fell over, however long it took to fall.
static Finding fall(Submission& submission, const Before& before) {
  const auto last = std::find_if(failures.rbegin(), failures.rend(), [&](const Failure& failure) {
    return times_given(submission, failure.fault, before.time) > 0;
  });
  Finding finding = not_borne(submission.unit, last != failures.rend() ? *last : failures.front());
  finding.found = say(_("process {} has ended"), before.pid);
  if (last != failures.rend())
    finding.reason = say(_("the program does not bear it: {}"), _(last->means)) + '\n';
  finding.reason += diagnosis(submission);
  return finding;
}

/// What the daemon shows of one failure; nothing where it bears it.
static std::optional<Finding> show(Submission& submission, const Faults& faults,
                                   const Failure& failure, const Before& before) {
  const Unit& unit = submission.unit;
  const auto has_ended = [&] { return unit.number("MainPID") != before.pid || !is_running(unit); };
  const Time begin = now();
  faults.order(failure.fault);
  wait_until(2 * submission.interval, [&] {
    return times_given(submission, failure.fault, begin) >= before.all || has_ended();
  });
  // The server notes the answer before it sends it: give the daemon the time to fall over it.
  if (wait_until(Seconds{0.3}, has_ended)) return fall(submission, before);

  if (!before.output) return std::nullopt;
  const Output file = reread(*before.output);
  const bool judges_prices = before.is_exact && times_given(submission, failure.fault, begin) > 0;
  // A price may have been answered after the lines were counted, and before the API began to fail.
  auto answered = times_given(submission, "200", before.time);
  for (std::size_t i = before.lines; i < file.lines.size(); ++i) {
    const bool price = is_price(file.lines[i]);
    if (price && (!judges_prices || answered-- > 0)) continue;
    Finding finding = not_borne(unit, failure);
    finding.looked = "tail " + file.path.string();
    finding.expected = say(_("no new line while the API fails: {}"), _(failure.means));
    finding.found = say(_("line {} of {}: {}"), i + 1, file.path.string(), visible(file.lines[i]));
    finding.reason =
        price ? _("the API gave no price, and the program wrote one: a 0, or an old one, stands "
                  "for it")
              : _("what the API answered was taken for a price, without a look at the status");
    return finding;
  }
  return std::nullopt;
}

static Outcome bears(Submission& submission) {
  if (geteuid() != 0) return needs_root();
  if (!std::filesystem::is_directory(control.parent_path()))
    return cannot(
        _("the offline price server does not run here, so its answers cannot be spoiled: "
          "units/offline.conf has a stage ask it"));
  const Unit& unit = submission.unit;
  const Restored restored{unit};
  Before before{output_of(submission, is_price), askers(submission), unit.number("MainPID")};
  const auto& output = before.output;
  // Just after a price has come the daemon is not in the midst of a question.
  const std::size_t earlier = prices_in(output);
  const bool came = wait_until(2 * submission.interval, [&] {
    before.time = now();
    before.lines = prices_in(output);
    return before.lines > earlier;
  });
  before.is_exact = came && asks_here(submission);
  const auto asked = [&](const char* fault) {
    return times_given(submission, fault, before.time) > 0;
  };
  std::size_t lines = 0;
  {
    const Faults faults;
    for (const Failure& failure : failures)
      if (const auto finding = show(submission, faults, failure, before)) return fail(*finding);
    lines = prices_in(output);
  }
  if (!asked(failures.front().fault)) {
    if (asks_here(submission) && times_given(submission, "200", submission.started()) > 0)
      return fail({"journalctl -u " + server + " -f",
                   say(_("a question every {} seconds"), submission.interval.count()),
                   _("no question"), _("the program asked when it started, and not again"),
                   _("ask anew for each price, in the loop")});
    return cannot(
        _("the stage does not ask the offline price server, so its answers cannot be "
          "spoiled: units/offline.conf has it ask"));
  }

  // A time-out of ten seconds is a usual one.
  const Seconds limit = Seconds{11} + 2 * submission.interval;
  const bool came_again = wait_until(limit, [&] { return prices_in(output) > lines; });
  if (unit.number("MainPID") != before.pid) return fail(fall(submission, before));
  if (came_again) return pass("429, 500, silence");
  Finding finding{"journalctl -u " + unit.name() + " -f", _("prices again when the API is well"),
                  _("no price came again"), "",
                  _("give every request a time-out below the interval")};
  finding.reason =
      asked(failures.back().fault) && is_running(unit)
          ? say(_("the question has no time-out, or one longer than {} seconds: the program waits "
                  "for an answer that never comes"),
                limit.count())
          : say(_("the program has given up asking")) + '\n' + diagnosis(submission);
  return fail(finding);
}

Outcome bears_a_bad_api(Submission& submission) { return bears(submission); }

Outcome bears_and_warns(Submission& submission) {
  const Time begin = now();
  Outcome outcome = bears(submission);
  if (outcome.kind != Outcome::Kind::pass) return outcome;
  auto records = submission.records();
  std::erase_if(records, [begin](const Entry& entry) { return entry.time < begin; });
  static const std::set<std::string> levels{"WARNING", "ERROR", "CRITICAL"};
  const bool by_priority = submission.stage == stages.back();
  const auto warning = std::find_if(records.begin(), records.end(), [&](const Entry& entry) {
    const std::string& priority = entry["PRIORITY"];
    return (priority.size() == 1 && priority <= "4") ||
           (!by_priority && levels.contains(level_named(entry["MESSAGE"])));
  });
  if (warning != records.end()) return pass(visible((*warning)["MESSAGE"]));
  std::string found;
  for (const Entry& entry : records)
    add_line(found, say("PRIORITY={} {}", entry["PRIORITY"], visible(entry["MESSAGE"])));
  return fail({"journalctl -u " + submission.unit.name() + " -p warning",
               by_priority ? "PRIORITY=4" : "WARNING", found.empty() ? _("no record") : found,
               _("the API failed, and no record at the level of a warning says so"),
               _("logger.warning with the reason, where there is no price")});
}
