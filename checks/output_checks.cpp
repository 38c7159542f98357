// What the daemon writes to its file: dates in stage 01, prices from stage 03 on. When it writes is
// cadence_checks.cpp's.
#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <map>
#include <set>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/date_format.hpp"
#include "checks/diagnosis.hpp"
#include "checks/disruption.hpp"
#include "checks/last_words.hpp"
#include "checks/price_server.hpp"
#include "checks/rights.hpp"
#include "checks/text.hpp"

// --- One line ----------------------------------------------------------------------------------

bool is_date(const std::string& line) {
  std::tm date{};
  const char* const end = strptime(line.c_str(), date_format, &date);
  if (!end || *end != '\0') return false;
  timegm(&date);  // puts right what is no date; of no zone, so that no hour is left out
  char again[32];
  return line == std::string_view{again, std::strftime(again, sizeof again, date_format, &date)};
}

bool is_price(const std::string& line) {
  double price = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), price);
  return error == std::errc{} && stop == line.data() + line.size() && std::isfinite(price) &&
         price >= 0 && !line.starts_with('-');
}

// --- The file ----------------------------------------------------------------------------------

static std::string tail_of(const Output& output) { return "tail " + output.path.string(); }

/// What the program writes to is not where it was opened, and so its lines are not where somebody
/// looks for them.
static Finding loses_its_file(const Program& program, const LostFile& file) {
  Finding finding{.looked_at = format_message("ls -l /proc/{}/fd", program.pid),
                  .expected = format_message(_("a file that grows, {}"), file.was.string()),
                  .hint = _("restart the unit: it opens the file anew. A program that opens it for "
                            "each line, to append, needs no restart")};
  if (file.is.empty()) {
    finding.found = file.was.string() + " (deleted)";
    finding.reason =
        _("the file was deleted while the program had it open: it goes on writing to "
          "a file without a name, which is lost when it ends");
  } else {
    finding.found = file.is.string();
    finding.reason =
        _("the file was renamed while the program had it open: it goes on writing to "
          "it under the new name");
  }
  return finding;
}

/// What to do if it may be that the file cannot be written.
static std::string hint_about_rights(Submission& submission, bool has_said_something) {
  if (!not_writable(submission).empty())
    return _("give it to the service's user with chown, or remove it: the service makes it anew");
  if (!has_said_something) return _("may the unit's user write there? ls -ld shows it");
  return _(
      "first see to what its last record says; if that is no reason: may the unit's user write "
      "there? ls -ld shows it");
}

/// Why the price server has not been asked, as far as the program's environment tells.
static std::string not_asked_reason(const Submission& submission) {
  std::string told =
      _("the offline price server has not been asked: it is at $PRICE_API_URL, and a lab has no "
        "internet");
  static constexpr std::string_view server = "http://127.0.0.1:8080/api/v3";
  static const std::set<std::string> proxies{"http_proxy", "https_proxy", "HTTPS_PROXY",
                                             "all_proxy", "ALL_PROXY"};
  const auto program = program_of(submission);
  if (!program) return told;
  for (const std::string& word : program->environment) {
    const std::string name = word.substr(0, word.find('='));
    if (proxies.contains(name))
      told = format_message(_("{} stands in its environment: the program asks that proxy, and not "
                              "the price server"),
                            visible(word));
    else if (name == "PRICE_API_URL" && word != "PRICE_API_URL=" + std::string{server})
      told = format_message(_("{} stands in its environment, and the price server is at {}"),
                            visible(word), server);
  }
  return told;
}

/// What these answers say of the questions, if none of them has a price.
static std::string told_by(const Submission& submission, const std::vector<Answer>& answers) {
  if (answers.empty()) return not_asked_reason(submission);
  const Answer& last = answers.back();
  const auto is_like_last = [&last](const Answer& answer) {
    return answer.outcome == last.outcome &&
           (answer.outcome != "200" || (answer.tells_prices && answer.prices.empty()));
  };
  if (!std::all_of(answers.begin(), answers.end(), is_like_last)) return "";
  if (last.outcome == "403")
    return _(
        "the price server answered each of its questions with 403: it refuses one without a "
        "User-Agent, a header that says who asks, and gives no price");
  return last.outcome == "200"
             ? format_message(_("the price server has no price for ids={}&vs_currencies={}"),
                              visible(last.coin), visible(last.currency))
             : format_message(_("the price server answered each of its questions with {}, and gave "
                                "no price: {} times"),
                              last.outcome, answers.size());
}

/// What is wrong with its questions to the price server, if anything.
static void add_questions(Submission& submission, Finding& finding) {
  const std::string target = wrong_target(submission, submission.started());
  std::string told;
  if (target.empty() && submission.stage >= "03" && is_running(submission.unit) &&
      asks_price_server(submission) && serves_prices())
    told = told_by(submission, answers_to_unit(submission, std::max<Time>(submission.started(),
                                                                          now() - remembered)));
  if (target.empty() && told.empty()) return;
  const std::string own = finding.reason.empty() ? diagnosis(submission) : finding.reason;
  if (target.empty()) {
    finding.reason = own;
    add_line(finding.reason, told);
    finding.hint = _("ask the server as the program does, with curl, and read its answer");
    return;
  }
  finding.reason = format_message(
      _("the price server was asked for {}, which it does not have: the prices are at "
        "$PRICE_API_URL/simple/price?ids=...&vs_currencies=..., with all of that URL's path"),
      visible(target));
  add_line(finding.reason, own);
  finding.hint = _("put the rest behind the whole URL, and do not let a function join them");
}

/// Says why its process works in /.
static void tell_root_folder(Submission& submission, Finding& finding) {
  const std::string line = written(submission, "WorkingDirectory");
  const std::string asked = submission.unit.text("WorkingDirectory");
  const bool went_there = !asked.empty() && asked != "/";
  finding.reason =
      diagnosis(submission) + '\n' +
      (went_there
           ? format_message(_("systemd started it in {}, and the program itself went to /, where "
                              "it may not write: chdir(2), or daemon(3)"),
                            asked)
       : line.empty()
           ? _("the process works in /, where it may not write: WorkingDirectory= is missing")
           : format_message(_("the process works in /, where it may not write: {}"), line));
  finding.hint =
      went_there
          ? _("leave that out: a service works where its unit says")
          : _("below [Service]: WorkingDirectory=, a folder that the unit's user may write to");
}

static Outcome is_written(Submission& submission, bool (*wanted)(const std::string&)) {
  const auto output = wait_for_output(submission, wanted);
  const auto program = executed_program(submission);
  const auto lost = program ? lost_file_of(*program) : std::nullopt;
  const bool is_there = output && !output->lines.empty();
  if (program && lost && (!is_there || output->path.filename() == lost->is.filename()))
    return fail(loses_its_file(*program, *lost));
  if (is_there) return pass(output->path);
  if (program && program->directory.empty()) return cannot_see_process();
  const std::string folder =
      program ? program->directory.string() : submission.unit.text("WorkingDirectory");
  Finding finding{.looked_at = "ls -l " + folder,
                  .expected = format_message(_("a file that grows, in {}"), folder),
                  .found = !program ? _("no process: it has ended meanwhile")
                           : output ? format_message(_("{} is empty"), output->path.string())
                                    : _("no file was written since the process started")};
  const auto records = submission.records();
  const auto printed = std::find_if(records.rbegin(), records.rend(), [wanted](const Entry& entry) {
    return wanted(entry["MESSAGE"]);
  });
  if (printed != records.rend()) {
    finding.reason = format_message(_("the program prints its lines, to the journal: {}"),
                                    visible((*printed)["MESSAGE"]));
    finding.hint = _("open a file, to append to it, and write them there");
  } else if (const auto overgrown = overgrown_output(submission)) {
    finding.found = overgrown->string();
    finding.reason = format_message(
        _("this file grew to more than {} megabytes in {:.0f} seconds: the loop does not wait "
          "between two lines"),
        largest_output >> 20, std::chrono::duration<double>{now() - submission.started()}.count());
    finding.hint = _("wait for the next multiple of the interval, and write one line each time");
  } else if (output) {
    finding.reason =
        _("the file is there and empty: what the program wrote is still in its own buffer, and "
          "would be lost with kill -9, or it has had nothing to write");
    finding.hint = _("flush after each line, or open and close the file each time");
    if (!words_meaning(submission, last_words(submission)).empty()) {
      finding.reason = diagnosis(submission);
      finding.hint = format_message(_("read on: journalctl -u {} -n 20"), submission.unit.name());
    } else if (!records.empty()) {
      finding.reason = diagnosis(submission) + '\n' + finding.reason;
      finding.hint =
          _("first see to what its last record says; if that is no reason: flush after "
            "each line");
    }
  } else if (program && folder == "/") {
    tell_root_folder(submission, finding);
  } else {
    finding.hint = hint_about_rights(submission, !records.empty());
  }
  add_questions(submission, finding);
  return fail(finding);
}

/// Whether a line is the beginning of one that is `wanted`, and no more.
static bool is_half(const std::string& line, bool (*wanted)(const std::string&)) {
  constexpr std::size_t longest = 400;  // of a line that is wanted
  for (std::size_t size = 1; size <= std::min(line.size(), longest); ++size)
    if (wanted(line.substr(0, size))) return false;
  return true;
}

struct LineFault {
  std::string reason;
  const char* hint;
  bool is_programs = false;
};

/// What is wrong with a line that is not `wanted`, or has no end. `hint` is for a line of which no
/// more can be said than that.
static LineFault fault_of(const std::string& line, bool is_first, bool has_end,
                          bool (*wanted)(const std::string&), const char* expected,
                          const char* hint) {
  // Before the first line they are another thing: a hole in the file.
  const auto zero = line.find('\0');
  if (zero != std::string::npos && (zero > 0 ? wanted(line.substr(0, zero)) : !is_first))
    return {_("bytes of value 0 stand behind the text: the program writes more of its buffer than "
              "the text takes"),
            _("write as many bytes as strlen(3) counts, or strftime(3) returns"), true};
  if (!has_end && is_half(line, wanted))
    return {_("half a line: the rest is in the program's buffer"), _("flush after each line")};
  if (!has_end)
    return {_("the line has no end: a newline, \\n, is missing"),
            _("write a newline behind each, in the same piece as the line")};
  if (line.starts_with('\0'))
    return {_("zeros stand before it: the file was emptied while the program had it open. It went "
              "on at its old place, as it was not opened to append"),
            _("open it to append: std::ios::app, mode a, O_APPEND")};
  std::string with_point = line, without_commas = line;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  std::erase(without_commas, ',');
  const char* const as_in_c =
      _("write it without the locale: setlocale(LC_NUMERIC, \"C\"), std::to_chars");
  if (with_point != line && wanted(with_point))
    return {
        _("a comma stands for the decimal point: the program writes numbers as its locale does"),
        as_in_c};
  if (without_commas != line && wanted(without_commas))
    return {_("commas stand between the thousands: a program that reads the number stops there"),
            as_in_c};
  if (line.empty())
    return {_("the line is empty: two newlines follow one another"),
            _("write one newline: the text has one of its own, and what writes it adds another"),
            true};
  if (wanted(line.substr(0, line.find_last_not_of(" \t\r") + 1)))
    return {_("blanks, or a carriage return, stand before the newline"),
            _("write nothing between the line and its newline, \\n"), true};
  if (!level_named(line).empty())
    return {_("a record of the program's log stands in it: it goes into the same file"),
            _("let the log go to standard error, and standard error to the journal")};
  return {format_message(_("that is not {}"), expected), hint};
}

/// Every line since the file was made, as this check is about the file and not about one run.
static Outcome has_only(Submission& submission, bool (*wanted)(const std::string&),
                        const char* expected, const char* hint) {
  auto output = wait_for_output(submission, wanted);
  if (!output) return is_written(submission, wanted);
  // A line without an end may be one that is being written.
  wait_until(_("a line in its file"), submission.interval / 4, [&output] {
    *output = reread(*output);
    return output->text.ends_with('\n');
  });
  auto& lines = output->lines;
  // Of a file that grows all the time each look may come in the midst of a line.
  if (lines.size() > 1 && !output->text.ends_with('\n') &&
      reread(*output).text.size() > output->text.size()) {
    output->text.erase(output->text.size() - lines.back().size());
    lines.pop_back();
  }
  const bool ends = lines.empty() || output->text.ends_with('\n');
  const auto bad = std::find_if_not(lines.begin(), ends ? lines.end() : lines.end() - 1, wanted);
  if (bad == lines.end()) return pass(format_message(_("lines: {}"), lines.size()));
  const bool has_end = ends || bad + 1 != lines.end();
  const LineFault fault = fault_of(*bad, bad == lines.begin(), has_end, wanted, expected, hint);
  Finding finding{
      .looked_at = tail_of(*output),
      .expected = expected,
      .found = format_message(_("line {} of {}: {}"), bad - lines.begin() + 1,
                              output->path.string(), visible(*bad + (has_end ? "\n" : ""))),
      .reason = fault.reason,
      .hint = fault.hint,
      .is_programs = fault.is_programs};
  const auto program = program_of(submission);
  const auto appends = [](const auto& descriptor) { return descriptor.second & O_APPEND; };
  if (const auto open = program ? open_to_write(*program, output->path) : std::map<int, unsigned>{};
      bad->starts_with('\0') && std::any_of(open.begin(), open.end(), appends)) {
    finding.reason =
        _("zeros stand before it: the file was made longer than what is in it, as "
          "posix_fallocate(3) and ftruncate(2) do, and the program writes behind that");
    finding.hint = _("leave that out: a file grows by itself");
  }
  if (lines.end() - bad > 3 && std::all_of(lines.end() - 3, lines.end(), wanted)) {
    finding.reason +=
        '\n' + format_message(_("the last lines are right: this one may be an earlier program's"));
    finding.hint = format_message(_("if it is mended since: sudo rm {}, then restart the unit"),
                                  output->path.string());
  }
  return fail(finding);
}

/// The same, with a warning if the file does not outlive the service: RuntimeDirectory= of
/// systemd.exec(5).
static Outcome is_written_to_stay(Submission& submission, bool (*wanted)(const std::string&)) {
  Outcome outcome = is_written(submission, wanted);
  const auto output = output_of(submission, wanted);
  if (outcome.kind != Outcome::Kind::pass || !output || !output->path.string().starts_with("/run/"))
    return outcome;
  return warn(
      {.looked_at = "systemctl cat " + submission.unit.name(),
       .expected = "StateDirectory=",
       .found = output->path,
       .reason = _("what is below /run is gone after a reboot, and what is in a "
                   "RuntimeDirectory= after each stop: the next start begins with no lines"),
       .hint = _("StateDirectory= makes a folder below /var/lib that stays")});
}

Outcome dates_are_written(Submission& submission) {
  return is_written_to_stay(submission, is_date);
}
Outcome prices_are_written(Submission& submission) {
  return is_written_to_stay(submission, is_price);
}

/// What the clock on the wall shows, as if it were one of UTC.
static std::time_t wall_time() {
  const std::time_t time = std::time(nullptr);
  std::tm wall{};
  localtime_r(&time, &wall);
  return timegm(&wall);
}

/// Says by which format in the program it has written its last line; empty if there is none.
static std::string format_of_last(const Submission& submission, const Program& program) {
  const auto output = output_of(submission, [](const std::string&) { return true; });
  if (!output || output->lines.empty() || is_date(output->lines.back())) return "";
  const int seconds = static_cast<int>(2 * submission.interval.count()) + 10;
  return told_format(program, output->lines.back(), wall_time(), seconds);
}

Outcome dates_are_dates(Submission& submission) {
  const char* const hint = _("strftime's format is %Y-%m-%d %H:%M:%S");
  Outcome outcome =
      has_only(submission, is_date, _("a date such as 2026-11-22 14:48:00 and a newline"), hint);
  const auto program = program_of(submission);
  if (outcome.kind == Outcome::Kind::fail && program)
    if (const std::string format = format_of_last(submission, *program); !format.empty()) {
      add_line(outcome.finding.reason, format);
      outcome.finding.is_programs = true;
    }
  if (outcome.kind != Outcome::Kind::pass || !program) return outcome;
  const auto wrong = right_by_chance(source_of(*program), wall_time());
  if (!wrong) return outcome;
  return warn(
      {.looked_at = program->exe,
       .expected = date_format,
       .found = wrong->format,
       .reason = format_message(
           _("these dates are correct at this moment, and at {0} the program will write {1}"),
           wrong->date, wrong->writes),
       .hint = hint});
}

Outcome prices_are_numbers(Submission& submission) {
  return has_only(submission, is_price, _("a number such as 67187.33 and a newline"),
                  _("write to the file only if the status was 200 and the price is a number"));
}
