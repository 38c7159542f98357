// What the program says: lines of its output from stage 02 on, records with fields in stage 05.
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <regex>
#include <set>

#include "checks/checks.hpp"
#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/price_server.hpp"
#include "checks/question_checks.hpp"
#include "checks/settings.hpp"
#include "checks/text.hpp"

static std::string journalctl(const Submission& submission, const std::string& options = "") {
  return "journalctl -u " + submission.unit.name() + options;
}

/// The last of these, as the journal has them, each on a line of its own.
static std::string last_messages(const std::vector<Entry>& entries, std::size_t count = 5) {
  std::string text;
  for (std::size_t i = entries.size() - std::min(count, entries.size()); i < entries.size(); ++i)
    add_line(text, visible(entries[i]["MESSAGE"]));
  return text.empty() ? _("nothing") : text;
}

std::string level_named(const std::string& message) {
  static const std::string capitals = "(DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL)",
                           small = "(debug|info|warn(?:ing)?|error|critical)",
                           capitalised = "(Debug|Info|Warn(?:ing)?|Error|Critical)",
                           end = R"re((?=[\]|:>)"',=\s\x1b]|$))re";
  // A word of a sentence is no level: in small letters it stands at the beginning, between
  // brackets, colours, colons or quotes, or behind `level` or a time. A sentence may begin with
  // Error.
  static const std::regex anywhere{
      R"re((?:\b|\[[0-9;]{1,9}m))re" + capitals + R"re(\b|^)re" + small + end +
      R"re(|(?:[\[:<(=]|\|\s?|\x1b\[[0-9;]{0,9}m|\b(?:level|lvl|severity|levelname)\W{1,4})re" +
      R"re(|:\d\d(?:[.,]\d{1,9})?(?:Z|[-+]\d\d:?\d\d)?[\])]?\s)(?:)re" + small + '|' + capitalised +
      ')' + end};
  static const std::regex at_beginning{'^' + capitalised + end};
  std::smatch found;
  if (!std::regex_search(message, found, anywhere) &&
      !std::regex_search(message, found, at_beginning))
    return "";
  std::string name;
  for (std::size_t group = 1; group < found.size(); ++group) name += found[group].str();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name == "WARN" ? "WARNING" : name;
}

/// Whether what the program writes to standard output and standard error comes to this journal.
static bool leads_to_journal(const Unit& unit) {
  const std::string out = unit.text("StandardOutput"), err = unit.text("StandardError");
  const auto leads = [](const std::string& where) {
    return where == "inherit" || where.starts_with("journal") || where.starts_with("kmsg") ||
           where.starts_with("syslog");
  };
  return leads(out) && leads(err) && unit.text("LogNamespace").empty();
}

/// Whether a setting may keep its records from this journal, though its output leads there. Not one
/// that only gives a record a name, or a field.
static bool may_be_kept_away(Submission& submission) {
  static const std::set<std::string> names{"SyslogIdentifier", "SyslogFacility", "LogExtraFields"};
  const auto found = causes(submission, aspect::output | aspect::journal);
  return !std::all_of(found.begin(), found.end(),
                      [](const Cause& cause) { return names.contains(cause.setting.key); });
}

/// Says why no record is there. Silence, and what helps against it, only if it could have been
/// heard.
static void tell_no_record(Submission& submission, Finding& finding, const char* silence,
                           const char* hint) {
  const auto program = program_of(submission);
  if (!leads_to_journal(submission.unit)) {
    finding.reason =
        _("what the program writes to standard output or standard error does not lead to "
          "this journal");
  } else if (auto lost = program ? has_lost_its_voice(submission.unit, *program, {}, Heard::nothing)
                                 : std::nullopt) {
    finding = std::move(*lost);
  } else if (may_be_kept_away(submission)) {
    finding.reason =
        _("nothing of the program has reached this journal, and these settings may keep it away");
  } else {
    finding.reason = silence;
    finding.hint = hint;
  }
}

/// Whether a record has another priority than what a program's output has by itself.
static bool has_priorities(const std::vector<Entry>& records) {
  return std::any_of(records.begin(), records.end(), [](const Entry& entry) {
    return entry["_TRANSPORT"] != "stdout" ||
           (!entry["PRIORITY"].empty() && entry["PRIORITY"] != "6");
  });
}

static bool is_shorter(const std::string& one, const std::string& other) {
  return one.size() < other.size();
}

bool are_twins(const Entry& one, const Entry& other, std::chrono::duration<double> moment) {
  const auto& [shorter, longer] = std::minmax(one["MESSAGE"], other["MESSAGE"], is_shorter);
  return longer.ends_with(shorter) && shorter.find(' ') != std::string::npos &&
         one["PRIORITY"] == other["PRIORITY"] && std::chrono::abs(one.time - other.time) < moment;
}

Finding stand_twice(const Submission& submission, std::string found) {
  return {.looked_at = journalctl(submission, " -n 4"),
          .expected = _("each record once"),
          .found = std::move(found),
          .reason = _("each record stands in the journal twice, as by two handlers, one of the "
                      "logger and one of the root logger, or by print beside the logger"),
          .hint = _("let each message go one way")};
}

/// Whether a drop-in adds a second command with the same program, as it does that does not begin
/// with an empty ExecStart=. systemd.unit(5)
static bool runs_twice_by_drop_in(const Submission& submission) {
  const auto commands = submission.unit.commands("ExecStart");
  const bool is_same =
      commands.size() > 1 && std::all_of(commands.begin(), commands.end(), [&](const auto& other) {
        return other.path == commands.front().path;
      });
  const UnitFile file = submission.file();
  std::set<std::string> files;
  for (const Setting& setting : file.settings())
    if (setting.key == "ExecStart") {
      if (setting.value.empty()) files.clear();
      else files.insert(setting.file);
    }
  return is_same && files.size() > 1;
}

/// A prefix of sd-daemon(3), <0> to <7>, that is a part of a message. systemd takes one off each
/// line that a service writes.
static std::optional<Finding> has_a_prefix(const Submission& submission,
                                           const std::vector<Entry>& records) {
  const auto found = std::find_if(records.begin(), records.end(), [](const Entry& entry) {
    const std::string& message = entry["MESSAGE"];
    return message.size() > 2 && message[0] == '<' && message[1] >= '0' && message[1] <= '7' &&
           message[2] == '>';
  });
  if (found == records.end()) return std::nullopt;
  const std::string& message = (*found)["MESSAGE"];
  Finding finding{
      .looked_at = journalctl(submission, " -o json-pretty"),
      .expected = "PRIORITY=" + message.substr(1, 1) + "\nMESSAGE=" + visible(message.substr(3)),
      .found = "PRIORITY=" + (*found)["PRIORITY"] + "\nMESSAGE=" + visible(message),
      .reason = _("the prefix stands in the text, and gives the record no priority: systemd takes "
                  "one prefix from the beginning of each line of standard output and standard "
                  "error, and none from a record that is sent in another way"),
      .hint = _("write one, at the beginning of the line; a record that is sent to the journal has "
                "PRIORITY= in place of it")};
  if (!submission.unit.number("SyslogLevelPrefix")) {
    finding.reason =
        _("the prefix stands in the text, and gives the record no priority: "
          "SyslogLevelPrefix=no has systemd leave it there");
    if (const std::string line = written(submission, "SyslogLevelPrefix"); !line.empty())
      add_line(finding.reason, line);
    finding.hint = _("leave it out: it is yes unless a unit says otherwise");
  }
  return finding;
}

/// A warning if each of the last messages has come twice, or one has what is no part of it.
static Outcome read_well(const Submission& submission, const std::vector<Entry>& records) {
  const std::size_t looked_at = std::min<std::size_t>(records.size(), 10);
  const std::vector<Entry> last{records.end() - static_cast<std::ptrdiff_t>(looked_at),
                                records.end()};
  if (auto finding = has_a_prefix(submission, last)) return warn(std::move(*finding));
  const auto has_twin = [&](const Entry& one) {
    return std::any_of(last.begin(), last.end(), [&](const Entry& other) {
      return &one != &other && are_twins(one, other, submission.interval / 4);
    });
  };
  // The twin of the last may be on its way, and one of the first be none of these.
  const bool all_have = looked_at >= 2 && std::count_if(last.begin(), last.end(), has_twin) + 1 >=
                                              static_cast<std::ptrdiff_t>(looked_at);
  if (!all_have && !runs_twice_by_drop_in(submission)) return pass();
  Finding finding = stand_twice(submission, last_messages(records, 4));
  if (submission.unit.commands("ExecStart").size() > 1) {
    finding.reason =
        _("the unit runs more than one command, one after the other, and each logs it: a second "
          "ExecStart= adds one");
    finding.hint =
        _("write an empty ExecStart= above the one that is meant: it takes away those "
          "before");
  }
  return warn(std::move(finding));
}

/// A file in which the program keeps its records, as basic_config's filename has it.
static std::optional<Output> log_file(const Submission& submission) {
  const auto is_record = [](const std::string& line) { return !level_named(line).empty(); };
  auto output = output_of(submission, is_record);
  if (!output || output->lines.empty() || !is_record(output->lines.back())) return std::nullopt;
  return output;
}

/// The levels, from the lowest, and the priority of each: syslog(3)
static const std::vector<std::pair<const char*, const char*>> levels{
    {"DEBUG", "7"}, {"INFO", "6"}, {"WARNING", "4"}, {"ERROR", "3"}, {"CRITICAL", "2"}};

/// The record of a higher level has the priority of a lower one, as seen from another record.
static std::optional<Finding> has_priorities_upside_down(const Submission& submission,
                                                         const std::vector<Entry>& records) {
  std::optional<Entry> below;
  for (const auto& [name, priority] : levels)
    for (const Entry& entry : records) {
      if (level_named(entry["MESSAGE"]) != name || entry["PRIORITY"].empty()) continue;
      if (below && level_named((*below)["MESSAGE"]) != name &&
          (*below)["PRIORITY"] < entry["PRIORITY"])
        return Finding{
            .looked_at = journalctl(submission, " -o json"),
            .expected = fmt::format("PRIORITY={} {}", priority, visible(entry["MESSAGE"])),
            .found = fmt::format("PRIORITY={} {}\nPRIORITY={} {}", entry["PRIORITY"],
                                 visible(entry["MESSAGE"]), (*below)["PRIORITY"],
                                 visible((*below)["MESSAGE"])),
            .reason =
                format_message(_("the record at {0} has the priority {1}, and one below it {2}: "
                                 "the smaller number is the graver one, so journalctl -p err shows "
                                 "the wrong records"),
                               name, entry["PRIORITY"], (*below)["PRIORITY"]),
            .hint =
                _("CRITICAL is <2>, ERROR <3>, WARNING <4>, INFO <6>, DEBUG <7>: sd-daemon(3)")};
      if (!below || entry["PRIORITY"] < (*below)["PRIORITY"]) below = entry;
    }
  return std::nullopt;
}

Outcome levels_are_logged(Submission& submission) {
  if (!submission.journal.readable()) return cannot_read_journal();
  const auto records = submission.records();
  const bool by_priority = has_priorities(records);
  std::vector<std::string> missing;
  bool is_lowest = true;  // all that is missing is below all that is there
  for (const auto& [name, priority] : levels) {
    const auto is_there = [&, name = name, priority = priority](const Entry& entry) {
      return level_named(entry["MESSAGE"]) == name ||
             (by_priority && entry["PRIORITY"] == priority);
    };
    if (std::any_of(records.begin(), records.end(), is_there)) continue;
    is_lowest = is_lowest && name == levels[missing.size()].first;
    missing.emplace_back(name);
  }
  if (auto finding = has_priorities_upside_down(submission, records))
    return fail(std::move(*finding));
  if (missing.empty()) return read_well(submission, records);
  Finding finding{.looked_at = journalctl(submission),
                  .expected = "DEBUG, INFO, WARNING, ERROR, CRITICAL",
                  .found = last_messages(records, 10)};
  if (records.empty()) {
    tell_no_record(submission, finding,
                   _("the program wrote nothing to standard output or standard error"),
                   _("does the unit, or the program, send its output elsewhere? look at filename "
                     "and at StandardOutput=, StandardError="));
  } else if (missing.size() == levels.size()) {
    finding.reason =
        format_message(_("{} are missing: what is found does not name its level"), listed(missing));
    finding.hint = _("%(levelname)s in the format writes it");
    if (records.size() < levels.size()) {
      add_line(finding.hint, _("call basic_config before the first message"));
      add_line(finding.reason,
               _("there are fewer records than levels, too: without basic_config, or before it, "
                 "only WARNING and what is above is written, and without a format"));
    }
  } else if (is_lowest) {
    finding.reason =
        format_message(_("{} are missing, the lowest: the level to log from is above them, or was "
                         "when they were logged; unless told otherwise it is WARNING"),
                       listed(missing));
    finding.hint = _(
        "basic_config with the level DEBUG, once, after the options are read and before the first "
        "message: a second call changes nothing");
  } else {
    finding.reason =
        format_message(_("the others name their level, and no message is at {}"), listed(missing));
    finding.hint = _("write one message at each level");
  }
  return fail(finding);
}

// --- Prices ------------------------------------------------------------------------------------

/// The last number of `text` that is written as prices are, or nothing. Here and below, the
/// digits are bounded since std::regex recurses.
static std::optional<double> number_in(const std::string& text) {
  static const std::regex number{
      R"((^|[^\w.])(\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?)(?![\w.]))"};
  std::optional<double> last;
  for (std::sregex_iterator found{text.begin(), text.end(), number}, end; found != end; ++found)
    last = std::strtod((*found)[2].str().c_str(), nullptr);
  return last;
}

std::vector<std::string> numbers_in(const std::string& text) {
  static const std::regex number{R"(\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?)"};
  std::string plain = text, with_comma = text;
  std::erase(plain, ',');
  std::erase(with_comma, '.');
  std::replace(with_comma.begin(), with_comma.end(), ',', '.');
  std::vector<std::string> numbers;
  for (const std::string& form : {text, plain, with_comma})
    for (std::sregex_iterator found{form.begin(), form.end(), number}, end; found != end; ++found)
      numbers.push_back(found->str());
  return numbers;
}

static double value_of(const std::string& number) { return std::strtod(number.c_str(), nullptr); }

static bool is_close(double number, double price) {
  return std::abs(number - price) <= 1e-4 * std::max(1e-9, std::abs(price));
}

/// Whether one of the numbers in the text is as it is `wanted`.
static bool has_number(const std::string& text, const std::function<bool(double)>& wanted) {
  const auto numbers = numbers_in(text);
  return std::any_of(numbers.begin(), numbers.end(),
                     [&wanted](const std::string& number) { return wanted(value_of(number)); });
}

bool tells(const std::string& text, double price) {
  return has_number(text, [price](double number) { return is_close(number, price); });
}

/// The last line with a price in what the program writes, or nothing.
static std::string last_price(const Submission& submission) {
  const auto output =
      output_of(submission, [](const std::string& line) { return number_in(line).has_value(); });
  return output && !output->lines.empty() ? output->lines.back() : "";
}

/// Whether a program with this text writes <6> before a line, as sd-daemon(3) has it: as it stands,
/// or put together.
static bool writes_prefixes(const std::string& source) {
  static constexpr std::string_view forms[] = {"<6>",  "<{}>", "<%d>",  "<%i>",   "<%s>",
                                               "\"<{", "'<{",  "'<' +", "\"<\" +"};
  return std::any_of(std::begin(forms), std::end(forms), [&source](std::string_view form) {
    return source.find(form) != std::string::npos;
  });
}

/// What Python's logging says of a call whose arguments do not fit its message; otherwise nothing.
static std::string logging_error(const std::vector<Entry>& records) {
  const auto begin = std::find_if(records.begin(), records.end(), [](const Entry& entry) {
    return entry["MESSAGE"] == "--- Logging error ---";
  });
  const auto what = std::find_if(begin, records.end(), [](const Entry& entry) {
    return entry["MESSAGE"].find("Error: ") != std::string::npos;
  });
  return what == records.end() ? "" : (*what)["MESSAGE"];
}

/// Whether its last record tells a price that the server gave, of which the file has none.
static bool tells_another_answer(Submission& submission, const std::vector<Entry>& records) {
  const auto output = output_of(submission, is_price);
  if (!output || !asks_price_server(submission)) return false;
  const auto& lines = output->lines;
  for (const Answer& answer :
       answers_to_unit(submission, std::max<Time>(submission.started(), now() - remembered)))
    for (const double price : answer.prices)
      if (tells(records.back()["MESSAGE"], price) &&
          std::none_of(lines.begin(), lines.end(),
                       [price](const std::string& line) { return is_this_price(line, price); }))
        return true;
  return false;
}

/// Says why none of its records tells the price in the file.
static void tell_no_price(Submission& submission, const std::vector<Entry>& records,
                          std::optional<double> price, Finding& finding) {
  auto log = leads_to_journal(submission.unit) ? log_file(submission) : std::nullopt;
  if (log && !records.empty() && !(price && tells(log->lines.back(), *price))) log.reset();
  if (log) {
    finding.expected = _("a record with the price");
    finding.found = log->path.string() + ": " + visible(log->lines.back());
    finding.reason = _("its records go to a file of their own, and the journal has none");
    finding.hint = _("leave filename out: then they go to standard error, and so to the journal");
  } else if (records.empty()) {
    tell_no_record(submission, finding,
                   _("nothing of the program has reached the journal: it does not log, or its "
                     "standard output is buffered, as it is if no terminal reads it, and will "
                     "be lost;\nor it logs from a level on that is above INFO, a price's: unless "
                     "told otherwise, and without basic_config, that is WARNING;\nor its logger "
                     "has no handler, and hands nothing on to the root's (propagate)"),
                   _("log to standard error, or flush after each line (Python: python3 -u);\n"
                     "give the logger the level INFO, or a lower one, and the price INFO"));
  } else {
    finding.reason = _("the program logs, but not this price");
    finding.hint = _("logger.info with the price, at the level INFO");
    if (tells_another_answer(submission, records)) {
      add_line(finding.reason, _("what it logs is a price that the server gave, too: the program "
                                 "asks once for the file, and once more for the log"));
      finding.hint = _("ask once, keep the answer, and use it for both");
    }
    const auto is_information = [](const Entry& entry) {
      return level_named(entry["MESSAGE"]) == "INFO";
    };
    if (std::none_of(records.begin(), records.end(), is_information))
      add_line(finding.reason,
               _("nor anything else at INFO: its logger may begin above that, as it does without "
                 "basic_config; or what it prints is still in its buffer (Python: python3 -u)"));
  }
}

/// Says what is wrong with the level of a record that tells the price.
static void tell_other_level(const Entry& told, Finding& finding) {
  finding.expected = _("the level's name in the record, such as INFO:prices:bitcoin 67187.33 usd");
  finding.found = visible(told["MESSAGE"]);
  if (const std::string level = level_named(told["MESSAGE"]);
      level.empty() && told["PRIORITY"] != "6") {
    finding.expected = "PRIORITY=6";
    finding.found = format_message("PRIORITY={} {}", told["PRIORITY"], finding.found);
    finding.reason = _("a price is information, and this record has the priority of another level");
    finding.hint =
        _("a prefix such as <4>, or SyslogLevel=, gives a line its priority: leave it out");
  } else if (level.empty()) {
    finding.reason = _("nothing in the record tells its level");
    finding.hint = _("%(levelname)s in the format writes it");
  } else {
    finding.reason =
        format_message(_("a price is information, INFO, and this record is at {}"), level);
    finding.hint = _("logger.info with the price, at the level INFO");
  }
}

/// Whether a message tells another price than this one. This one, rounded, may be another's number:
/// 67186 of 67186.33, while 67186.00 is known, too.
static bool tells_another(const std::string& message, double price, const KnownPrices& known) {
  const auto numbers = numbers_in(message);
  const auto is_price = [price](const std::string& number) { return is_this_price(number, price); };
  const auto is_close_to_it = [price](const std::string& number) {
    return is_close(value_of(number), price);
  };
  const auto is_known = [&known](const std::string& number) { return known.has(value_of(number)); };
  return std::none_of(numbers.begin(), numbers.end(), is_close_to_it) ||
         (std::none_of(numbers.begin(), numbers.end(), is_price) &&
          std::any_of(numbers.begin(), numbers.end(), is_known));
}

/// The price that a message tells and that this text is, rounded. The rounded one may be known,
/// too: 67793 of 67793.55, if 67793.00 was the price of another round.
static std::optional<double> unrounded(const std::string& text, const std::string& message,
                                       const KnownPrices& known) {
  for (const std::string& number : numbers_in(message))
    if (const double price = value_of(number); known.has(price) && is_this_price(text, price))
      return price;
  return std::nullopt;
}

/// Whether a message tells the price in this line of the file. Either may round it.
static bool tells_line(const std::string& message, const std::string& line,
                       const KnownPrices& known) {
  const auto price = number_in(line);
  return price && (!tells_another(message, *price, known) || unrounded(line, message, known));
}

/// Whether a record at INFO tells the price in this line of the file.
static Outcome price_is_logged(Submission& submission, const std::string& line) {
  const auto price = number_in(line);
  std::vector<Entry> records;
  const auto program = program_of(submission);
  const bool has_prefixes = program && writes_prefixes(source_of(*program));
  // The server is asked what it gave if a record is near, and after that: it knows a price before a
  // record has it.
  std::optional<KnownPrices> known;
  const auto is_near = [&price](const Entry& entry) {
    return price && tells(entry["MESSAGE"], *price);
  };
  const auto tells_it = [&](const Entry& entry) {
    return known && tells_line(entry["MESSAGE"], line, *known);
  };
  const auto informs = [&](const Entry& entry) {
    const std::string level = level_named(entry["MESSAGE"]);
    return tells_it(entry) &&
           (level == "INFO" || (level.empty() && (entry["_TRANSPORT"] != "stdout" ||
                                                  (has_prefixes && entry["PRIORITY"] == "6"))));
  };
  wait_until(_("a record with the price"), submission.interval, [&] {
    records = submission.records();
    if (std::none_of(records.begin(), records.end(), is_near)) return false;
    known.emplace(submission);
    return std::any_of(records.begin(), records.end(), informs);
  });
  const auto told = std::find_if(records.rbegin(), records.rend(), tells_it);
  Finding finding{.looked_at = journalctl(submission, " -n 5"),
                  .expected = format_message(_("a record with the price {}, as in the file"), line),
                  .found = last_messages(records)};
  const auto informing = std::find_if(records.rbegin(), records.rend(), informs);
  if (const std::string error = logging_error(records);
      informing == records.rend() && !error.empty()) {
    finding.reason =
        format_message(_("Python's logging could not put a message together: {}"), visible(error));
    finding.hint =
        _("its messages have % and not {}: logger.info(\"%s %s %s\", coin, price, currency)");
    return fail(finding);
  }
  if (told == records.rend()) {
    tell_no_price(submission, records, price, finding);
    return fail(finding);
  }
  if (informing != records.rend()) {
    const Outcome outcome = read_well(submission, records);
    return outcome.kind == Outcome::Kind::pass ? pass(visible((*informing)["MESSAGE"])) : outcome;
  }
  tell_other_level(*told, finding);
  return fail(finding);
}

Outcome prices_are_logged(Submission& submission) {
  if (!submission.journal.readable()) return cannot_read_journal();
  const std::string line = last_price(submission);
  Outcome outcome = price_is_logged(submission, line);
  const auto is_the_price = [price = number_in(line)](double number) {
    return number == price && number != std::floor(number);
  };
  if (outcome.kind != Outcome::Kind::pass || has_number(outcome.note, is_the_price)) return outcome;
  // The record rounds the price, or it tells another one that is near, or the price has no cents,
  // so that this is not seen: the next price shows which.
  std::string next = line;
  wait_until(_("another price"), submission.interval * 1.5, [&] {
    next = last_price(submission);
    return next != line;
  });
  return price_is_logged(submission, next);
}

// --- Records with fields -----------------------------------------------------------------------

/// The records since the process started that tell the price in the file, once there is one.
static std::vector<Entry> price_records(Submission& submission) {
  std::vector<Entry> records;
  wait_until(_("a record with the price"), submission.interval * 1.5, [&] {
    const auto price = number_in(last_price(submission));
    records = submission.records();
    std::erase_if(records, [&price](const Entry& entry) {
      return entry["_TRANSPORT"] != "journal" || !price || !tells(entry["MESSAGE"], *price);
    });
    // A record for whoever looks for an error in it may tell it, too.
    const auto is_for_debugging = [](const Entry& entry) { return entry["PRIORITY"] == "7"; };
    if (!std::all_of(records.begin(), records.end(), is_for_debugging))
      std::erase_if(records, is_for_debugging);
    return !records.empty();
  });
  return records;
}

/// Whether another record with this message came at the same moment by the same way.
static std::optional<Finding> comes_again(Submission& submission, const Entry& native) {
  const auto records = submission.records();
  const auto times = std::count_if(records.begin(), records.end(), [&](const Entry& entry) {
    return entry["_TRANSPORT"] == "journal" && entry["MESSAGE"] == native["MESSAGE"] &&
           std::chrono::abs(entry.time - native.time) < submission.interval / 10;
  });
  if (times < 2) return std::nullopt;
  return Finding{.looked_at = journalctl(submission, " -n 4"),
                 .expected = _("each record once"),
                 .found = format_message(_("{} times: {}"), times, visible(native["MESSAGE"])),
                 .reason = _("each record stands in the journal twice: two handlers have sent it, "
                             "such as one of the logger and one of the root logger"),
                 .hint = _("give the journald handler to one logger, once")};
}

/// Whether this record is there once: not twice, and not by standard error, too.
static Outcome come_once(Submission& submission, const Entry& native) {
  if (auto finding = comes_again(submission, native)) return fail(std::move(*finding));
  const auto price = number_in(native["PRICE"]);
  for (const Entry& entry : submission.records()) {
    if (entry["_TRANSPORT"] != "stdout") continue;
    const bool is_same = entry["MESSAGE"].find(native["MESSAGE"]) != std::string::npos ||
                         (price && tells(entry["MESSAGE"], *price));
    if (!is_same) continue;
    return fail({.looked_at = journalctl(submission, " -n 4 -o verbose"),
                 .expected = _("each record once"),
                 .found = "_TRANSPORT=journal\nMESSAGE=" + visible(native["MESSAGE"]) +
                          "\n_TRANSPORT=stdout\nMESSAGE=" + visible(entry["MESSAGE"]),
                 .reason = _("each record stands in the journal twice: the logger has the handler "
                             "on standard error, too, and a service's standard error is the "
                             "journal"),
                 .hint = _("the journald handler takes the place of the other: basic_config with "
                           "handlers")});
  }
  return pass();
}

Outcome records_are_native(Submission& submission) {
  if (!submission.journal.readable()) return cannot_read_journal();
  const auto native = price_records(submission);
  if (!native.empty()) return come_once(submission, native.back());
  const auto records = submission.records();
  Finding finding{.looked_at = journalctl(submission, " -n 5 -o verbose"),
                  .expected = "_TRANSPORT=journal",
                  .hint = _("give the logger a journald handler: JournaldHandler")};
  if (std::any_of(records.begin(), records.end(),
                  [](const Entry& entry) { return entry["_TRANSPORT"] == "journal"; })) {
    finding.expected =
        format_message(_("a record with the price {}, as in the file"), last_price(submission));
    finding.found = last_messages(records);
    finding.reason = _("its records come by the journal's own protocol, and none tells that price");
    finding.hint = _("logger.info with the price, at the level INFO");
    return fail(finding);
  }
  for (const Entry& entry : records)
    finding.found = "_TRANSPORT=" + entry["_TRANSPORT"] + "\nMESSAGE=" + visible(entry["MESSAGE"]);
  const bool is_syslog = !records.empty() && records.back()["_TRANSPORT"] == "syslog";
  finding.reason =
      is_syslog
          ? _("its records come by syslog's socket, /dev/log, where a record is a text and has no "
              "fields: the journal's own is /run/systemd/journal/socket")
          : _("its records come by standard output: one line of text each, and no field");
  if (records.empty()) {
    finding.found = _("no record at all");
    tell_no_record(submission, finding, _("nothing of the program has reached the journal"),
                   finding.hint.c_str());
  }
  return fail(finding);
}

Outcome records_have_priorities(Submission& submission) {
  const auto records = price_records(submission);
  if (records.empty()) return records_are_native(submission);
  const Entry& last = records.back();
  const std::string& priority = last["PRIORITY"];
  if (priority == "6") return pass("PRIORITY=6");
  const bool digit = priority.size() == 1 && priority[0] >= '0' && priority[0] <= '7';
  return fail(
      {.looked_at = journalctl(submission, " -n 1 -o json-pretty"),
       .expected = "PRIORITY=6 (info)",
       .found = "PRIORITY=" + (last.fields.contains("PRIORITY") ? visible(priority) : _("(none)")),
       .reason =
           digit ? _("a price is information, 6; the journal counts as syslog(3) does, not as "
                     "the logging module")
           : last.fields.contains("PRIORITY")
               ? _("PRIORITY is a digit from 0 to 7: with anything else the record does not show "
                   "in journalctl -p")
               : _("without a PRIORITY the record does not show in journalctl -p"),
       .hint = _("debug 7, info 6, warning 4, error 3, critical 2")});
}

/// The last of its records that have a PRICE.
static std::vector<Entry> records_with_prices(Submission& submission) {
  static constexpr std::ptrdiff_t most = 20;
  auto records = submission.records();
  std::erase_if(records, [](const Entry& entry) {
    return entry["_TRANSPORT"] != "journal" || !entry.fields.contains("PRICE");
  });
  records.erase(records.begin(), records.end() - std::min(most, std::ssize(records)));
  return records;
}

/// Whether it tells one of these prices, perhaps rounded: one of a failure tells none.
static bool tells_any(const Entry& record, const KnownPrices& known) {
  const auto numbers = numbers_in(record["MESSAGE"]);
  return std::any_of(numbers.begin(), numbers.end(), [&known](const std::string& number) {
    const auto nearest = known.nearest(value_of(number));
    return nearest && is_close(value_of(number), *nearest);
  });
}

/// Its fields, and not journald's.
static std::string own_fields(const Entry& record) {
  std::string text;
  for (const auto& [field, value] : record.fields)
    if (!field.starts_with('_') && field != "SYSLOG_TIMESTAMP")
      add_line(text, field + '=' + visible(value));
  return text;
}

/// What is wrong with PRICE in this record, if anything.
static std::optional<Finding> wrong_price(const Submission& submission, const Entry& record,
                                          const KnownPrices& known) {
  const std::string& text = record["PRICE"];
  Finding finding{.looked_at = journalctl(submission, " -n 1 -o json-pretty"),
                  .expected = _("PRICE is the number that the message tells"),
                  .found = own_fields(record),
                  .reason = format_message(_("PRICE is {}"), visible(text)),
                  .hint = _("the price alone, without the currency or a newline")};
  double price = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), price);
  if (error != std::errc{} || stop != text.data() + text.size()) return finding;
  const auto nearest = known.nearest(price);
  const bool is_unknown = nearest && !known.has(price);
  if (!is_unknown && !tells_another(record["MESSAGE"], price, known)) return std::nullopt;
  if (const auto whole = is_unknown ? nearest : unrounded(text, record["MESSAGE"], known)) {
    finding.expected = format_message("PRICE={}", *whole);
    finding.reason = format_message(
        is_this_price(text, *whole) || std::abs(price - *whole) <= 1e-5 * *whole
            ? _("PRICE is {}, and the price is {}: it was rounded on its way into the field")
            : _("PRICE is {}, and no such price came from the server or stands in the file; the "
                "closest is {}"),
        visible(text), *whole);
    finding.hint = _("send the price with all its digits");
    return finding;
  }
  add_line(finding.reason, _("the message tells another price: PRICE may be that of the round "
                             "before"));
  finding.hint = _("the message and its fields are of one answer");
  return finding;
}

/// What is wrong with CODE_LINE, or with COIN and CURRENCY by what the server was asked for last.
static std::optional<Finding> wrong_fact(Submission& submission, const Entry& record,
                                         Finding finding) {
  const std::string& line = record["CODE_LINE"];
  if (line.find_first_not_of("0123456789") != line.npos) {
    finding.reason = format_message(_("CODE_LINE is {}, and no line's number"), visible(line));
    return finding;
  }
  const auto answers =
      answers_to_unit(submission, std::max<Time>(submission.started(), now() - remembered));
  for (const auto& [field, asked] :
       {std::pair{"COIN", &Answer::coin}, std::pair{"CURRENCY", &Answer::currency}}) {
    // One question may be for several, and a number of daemons may ask.
    const auto may_be = [&value = record[field], asked = asked](const Answer& answer) {
      const std::string& words = answer.*asked;
      return words.find_first_of(",%") != words.npos ||
             strcasecmp(words.c_str(), value.c_str()) == 0;
    };
    if (answers.empty() || std::any_of(answers.begin(), answers.end(), may_be)) continue;
    finding.reason = format_message(_("{} is {}, and the server was asked for {}"), field,
                                    visible(record[field]), visible(answers.back().*asked));
    return finding;
  }
  return std::nullopt;
}

/// LogExtraFields= that the unit no longer has: systemd leaves the file that tells journald of it.
static void blame_kept_fields(const Submission& submission, Finding& finding) {
  const std::string kept = "/run/systemd/units/log-extra-fields:" + submission.unit.name();
  if (submission.file().find("LogExtraFields") || !std::filesystem::exists(kept)) return;
  finding.looked_at = "cat " + kept;
  add_line(finding.reason, _("the unit had LogExtraFields= before, and systemd has kept it"));
  finding.hint = format_message("sudo rm {}", kept);
  finding.then = {"restart"};
}

/// What a record has that is no use to whoever reads it, if anything.
static std::optional<Finding> is_untidy(const Entry& record, Finding finding) {
  const std::string& function = record["CODE_FUNC"];
  finding.expected = "MESSAGE=bitcoin 67187.33 usd";
  if (record["MESSAGE"].find('\x1b') != std::string::npos) {
    finding.reason =
        _("the message has colours, commands to a terminal: no text any more, which journalctl -o "
          "json shows as a list of numbers");
    finding.hint = _("colours are for a terminal: leave them out, or ask isatty(3) first");
  } else if (!level_named(record["MESSAGE"]).empty()) {
    finding.reason =
        _("the level stands twice, in PRIORITY and in the text: journalctl -p knows it by "
          "PRIORITY");
    finding.hint = _("the format of this handler is the message alone: %(message)s");
  } else if (function == "emit" || function.ends_with("::emit") || function.ends_with(".emit")) {
    finding.expected = _("CODE_FUNC is the function that has something to say");
    finding.reason = format_message(
        _("CODE_FUNC is {}: that is where the handler sends a record, the same for each"),
        visible(function));
    finding.hint = _("the record knows where the call stands: take its place from the record");
  } else {
    return std::nullopt;
  }
  return finding;
}

Outcome records_have_fields(Submission& submission) {
  const auto records = price_records(submission);
  if (records.empty()) return records_are_native(submission);
  const Entry& last = records.back();
  std::vector<std::string> missing, doubled;
  for (const char* field :
       {"COIN", "CURRENCY", "PRICE", "LOGGER", "CODE_FILE", "CODE_LINE", "CODE_FUNC"}) {
    if (last[field].empty()) missing.emplace_back(field);
    if (const auto other = last.others.find(field); other != last.others.end())
      doubled.push_back(fmt::format("{}={}", field, visible(other->second)));
  }
  Finding finding{.looked_at = journalctl(submission, " -n 1 -o json-pretty"),
                  .expected = "COIN, CURRENCY, PRICE, LOGGER, CODE_FILE, CODE_LINE, CODE_FUNC",
                  .found = own_fields(last)};
  if (!missing.empty()) {
    finding.reason = format_message(_("not among its fields: {}; a name that is not in capitals, "
                                      "digits and _, or that begins with _, is "
                                      "dropped without a word, and so is a last field without a "
                                      "newline behind it"),
                                    listed(missing));
    finding.hint = _("pass them as fields of the record, NAME=value each");
    return fail(finding);
  }
  if (!doubled.empty()) {
    finding.reason =
        format_message(_("a field has two values: beside that one there is {}; who looks "
                         "for either finds the record"),
                       listed(doubled));
    finding.hint = _("send each field once; LogExtraFields= of the unit adds to all records");
    finding.aspects = aspect::journal;
    blame_kept_fields(submission, finding);
    return fail(finding);
  }
  if (auto wrong = wrong_fact(submission, last, finding)) return fail(std::move(*wrong));
  const auto with_prices = records_with_prices(submission);
  const KnownPrices known{
      submission};  // read last: the server knows a price before a record has it
  for (const Entry& record : with_prices)
    if (tells_any(record, known))
      if (auto wrong = wrong_price(submission, record, known)) return fail(std::move(*wrong));
  auto untidy = is_untidy(last, finding);
  return untidy ? warn(std::move(*untidy)) : pass();
}

/// The level that a record names. A line that begins with blanks, and not with the level behind
/// them, goes on with the one before: of a traceback, for instance.
static std::string level_of(const std::string& message) {
  const std::string level = level_named(message);
  const auto first = message.find_first_not_of(" \t");
  const bool goes_on = first != 0 && first != std::string::npos &&
                       strncasecmp(&message[first], level.c_str(), level.size()) != 0;
  return goes_on ? "" : level;
}

/// Whether a failure of the API since then that the program survives is told as a warning, and not
/// as more.
static Outcome failures_are_warnings(Submission& submission, Time since) {
  static const std::vector<std::string> worse{"ERROR", "CRITICAL"};
  const bool by_priority = submission.stage == stages.back();
  for (const Entry& entry : submission.records()) {
    if (entry.time < since) continue;
    const std::string& priority = entry["PRIORITY"];
    const std::string level = level_of(entry["MESSAGE"]);
    // A priority of its own, by a prefix such as <4>, says more than a word, not in capitals, does.
    const bool is_word = priority == "4" && entry["MESSAGE"].find(level) == std::string::npos;
    const bool is_worse =
        (priority.size() == 1 && priority <= "3") ||
        (!by_priority && !is_word && std::count(worse.begin(), worse.end(), level) > 0);
    if (!is_worse) continue;
    if (!by_priority && !level.empty() && !std::count(worse.begin(), worse.end(), level))
      return fail(
          {.looked_at = journalctl(submission, " -p err"),
           .expected = _("no record at the priority of an error"),
           .found = format_message("PRIORITY={} {}", priority, visible(entry["MESSAGE"])),
           .reason = format_message(_("the message names {}, and its record has the priority "
                                      "of an error"),
                                    level),
           .hint = _("a prefix such as <4>, or SyslogLevel=, gives a line its priority: "
                     "leave it out"),
           .aspects = aspect::output | aspect::journal});
    return fail({.looked_at = journalctl(submission),
                 .expected = by_priority ? "PRIORITY=4" : "WARNING",
                 .found = format_message("PRIORITY={} {}", priority, visible(entry["MESSAGE"])),
                 .reason = _("a price that does not come is a warning: the program goes on, and "
                             "asks again; an error is what keeps it from its work"),
                 .hint = _("logger.warning with the reason")});
  }
  return pass();
}

Outcome logs_api_failures_as_warnings(Submission& submission) {
  const Time begin = now();
  Outcome warned = warns_of_api_failures(submission);
  if (warned.kind != Outcome::Kind::pass) return warned;
  if (Outcome no_more = failures_are_warnings(submission, begin);
      no_more.kind != Outcome::Kind::pass)
    return no_more;
  return warned;
}
