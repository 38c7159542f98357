// What the program says: lines of its output from stage 02 on, records with fields in stage 05.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>

#include "checks/daemon.hpp"
#include "checks/diagnosis.hpp"
#include "checks/looks.hpp"
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
  static const std::regex level{
      R"((?:\b|\[[0-9;]{1,9}m)(DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL)\b)"
      R"(|(?:\[|\blevel\W{1,4})(debug|info|warn(?:ing)?|error|critical)(?![-\w]))"};
  std::smatch found;
  if (!std::regex_search(message, found, level)) return "";
  std::string name = found[1].str() + found[2].str();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name == "WARN" ? "WARNING" : name;
}

Outcome levels_are_logged(Submission& submission) {
  if (!submission.journal.readable()) return unreadable();
  static const std::vector<std::pair<const char*, const char*>> levels{
      {"DEBUG", "7"}, {"INFO", "6"}, {"WARNING", "4"}, {"ERROR", "3"}, {"CRITICAL", "2"}};
  const auto records = submission.records();
  // Every line of a program's output has a 6 unless it says otherwise.
  const bool by_priority = std::any_of(records.begin(), records.end(), [](const Entry& entry) {
    return !entry["PRIORITY"].empty() && entry["PRIORITY"] != "6";
  });
  std::vector<std::string> missing;
  for (const auto& [name, priority] : levels) {
    const auto is_there = [&, name = name, priority = priority](const Entry& entry) {
      return level_named(entry["MESSAGE"]) == name ||
             (by_priority && entry["PRIORITY"] == priority);
    };
    if (std::none_of(records.begin(), records.end(), is_there)) missing.emplace_back(name);
  }
  if (missing.empty()) return pass();
  Finding finding{journalctl(submission), "DEBUG, INFO, WARNING, ERROR, CRITICAL",
                  last_messages(records, 10), "", ""};
  if (records.empty()) {
    finding.reason = _("the program wrote nothing to standard output or standard error");
    finding.hint =
        _("does the unit, or the program, send its output elsewhere? look at filename "
          "and at StandardOutput=, StandardError=");
  } else if (missing.front() == "DEBUG" && missing.size() < levels.size()) {
    finding.reason = say(_("{} are missing, the lowest: the level to log from is above them, and "
                           "unless told otherwise it is WARNING"),
                         listed(missing));
    finding.hint = _("basic_config with the level DEBUG");
  } else {
    finding.reason =
        say(_("{} are missing: what is found does not name its level"), listed(missing));
    finding.hint = _("%(levelname)s in the format writes it");
  }
  return fail(finding);
}

// --- Prices ------------------------------------------------------------------------------------

/// The last number of `text` that is written as prices are, or nothing. Here and below, the digits
/// are bounded since std::regex recurses.
static std::optional<double> number_in(const std::string& text) {
  static const std::regex number{
      R"((^|[^\w.])(\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?)(?![\w.]))"};
  std::optional<double> last;
  for (std::sregex_iterator found{text.begin(), text.end(), number}, end; found != end; ++found)
    last = std::strtod((*found)[2].str().c_str(), nullptr);
  return last;
}

bool tells(const std::string& text, double price) {
  const auto is_close = [price](double other) {
    return std::abs(other - price) <= 1e-4 * std::max(1e-9, std::abs(price));
  };
  static const std::regex number{R"(\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?)"};
  std::string plain = text;  // 67,187.33 is 67187.33
  std::erase(plain, ',');
  for (const std::string& form : {text, plain})
    for (std::sregex_iterator found{form.begin(), form.end(), number}, end; found != end; ++found)
      if (is_close(std::strtod(found->str().c_str(), nullptr))) return true;
  return false;
}

/// The last line with a price in what the program writes, or nothing.
static std::string last_price(const Submission& submission) {
  const auto output =
      output_of(submission, [](const std::string& line) { return number_in(line).has_value(); });
  return output && !output->lines.empty() ? output->lines.back() : "";
}

Outcome prices_are_logged(Submission& submission) {
  if (!submission.journal.readable()) return unreadable();
  const std::string line = last_price(submission);
  const auto price = number_in(line);
  std::vector<Entry> records;
  const auto tells_it = [&price](const Entry& entry) {
    return price && tells(entry["MESSAGE"], *price);
  };
  const auto informs = [&tells_it](const Entry& entry) {
    const std::string level = level_named(entry["MESSAGE"]);
    const bool has_another = entry["_TRANSPORT"] != "stdout" || entry["PRIORITY"] != "6";
    return tells_it(entry) && (level == "INFO" || (level.empty() && has_another));
  };
  wait_until(submission.interval, [&] {
    records = submission.records();
    return std::any_of(records.begin(), records.end(), informs);
  });
  const auto told = std::find_if(records.rbegin(), records.rend(), tells_it);
  Finding finding{journalctl(submission, " -n 5"),
                  say(_("a record with the price {}, as in the file"), line),
                  last_messages(records), "", ""};
  if (told == records.rend()) {
    if (records.empty()) {
      finding.reason =
          _("nothing of the program has reached the journal: it does not log, or its "
            "standard output is buffered, as it is where no terminal reads it, and will "
            "be lost");
      finding.hint = _("log to standard error, or flush after each line (Python: python3 -u)");
    } else {
      finding.reason = _("the program logs, but not this price");
      finding.hint = _("logger.info with the price, at the level INFO");
    }
    return fail(finding);
  }
  const auto record = std::find_if(records.rbegin(), records.rend(), informs);
  if (record != records.rend()) return pass(visible((*record)["MESSAGE"]));
  finding.expected = _("the level's name in the record, such as INFO:prices:bitcoin 67187.33 usd");
  finding.found = visible((*told)["MESSAGE"]);
  if (const std::string level = level_named((*told)["MESSAGE"]); level.empty()) {
    finding.reason = _("nothing in the record tells its level");
    finding.hint = _("%(levelname)s in the format writes it");
  } else {
    finding.reason = say(_("a price is information, INFO, and this record is at {}"), level);
    finding.hint = _("logger.info with the price, at the level INFO");
  }
  return fail(finding);
}

// --- Records with fields -----------------------------------------------------------------------

/// The records since the process started that tell the price in the file, once there is one.
static std::vector<Entry> price_records(Submission& submission) {
  std::vector<Entry> records;
  wait_until(submission.interval * 1.5, [&] {
    const auto price = number_in(last_price(submission));
    records = submission.records();
    std::erase_if(records, [&price](const Entry& entry) {
      return entry["_TRANSPORT"] != "journal" || !price || !tells(entry["MESSAGE"], *price);
    });
    return !records.empty();
  });
  return records;
}

Outcome records_are_native(Submission& submission) {
  if (!submission.journal.readable()) return unreadable();
  const auto native = price_records(submission);
  if (!native.empty()) return pass();
  const auto records = submission.records();
  Finding finding{journalctl(submission, " -n 5 -o verbose"), "_TRANSPORT=journal", "", "",
                  _("give the logger a journald handler: it calls sd_journal_send(3)")};
  if (std::any_of(records.begin(), records.end(),
                  [](const Entry& entry) { return entry["_TRANSPORT"] == "journal"; })) {
    finding.expected = say(_("a record with the price {}, as in the file"), last_price(submission));
    finding.found = last_messages(records);
    finding.reason = _("its records come by the journal's own protocol, and none tells that price");
    finding.hint = _("logger.info with the price, at the level INFO");
    return fail(finding);
  }
  for (const Entry& entry : records)
    finding.found = "_TRANSPORT=" + entry["_TRANSPORT"] + "\nMESSAGE=" + visible(entry["MESSAGE"]);
  if (records.empty()) finding.found = _("no record at all");
  finding.reason =
      records.empty()
          ? _("nothing reached the journal; with RestrictAddressFamilies= and without "
              "AF_UNIX nothing can")
          : _("its records come by standard output: one line of text each, and no field");
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
      {journalctl(submission, " -n 1 -o json-pretty"), "PRIORITY=6 (info)",
       "PRIORITY=" + (last.fields.contains("PRIORITY") ? visible(priority) : _("(none)")),
       digit ? _("a price is information, 6; the journal counts as syslog(3) does, not as "
                 "the logging module")
       : last.fields.contains("PRIORITY")
           ? _("PRIORITY is a digit from 0 to 7: with anything else the record does not show "
               "in journalctl -p")
           : _("without a PRIORITY the record does not show in journalctl -p"),
       _("debug 7, info 6, warning 4, error 3, critical 2")});
}

Outcome records_have_fields(Submission& submission) {
  const auto records = price_records(submission);
  if (records.empty()) return records_are_native(submission);
  const Entry& last = records.back();
  std::vector<std::string> missing;
  for (const char* field :
       {"COIN", "CURRENCY", "PRICE", "LOGGER", "CODE_FILE", "CODE_LINE", "CODE_FUNC"})
    if (last[field].empty()) missing.emplace_back(field);
  Finding finding{journalctl(submission, " -n 1 -o json-pretty"),
                  "COIN, CURRENCY, PRICE, LOGGER, CODE_FILE, CODE_LINE, CODE_FUNC", "", "", ""};
  for (const auto& [field, value] : last.fields)
    if (!field.starts_with('_') && field != "SYSLOG_TIMESTAMP")
      add_line(finding.found, field + '=' + visible(value));
  if (!missing.empty()) {
    finding.reason =
        say(_("not among its fields: {}; a name that is not in capitals, digits and _ is "
              "dropped without a word"),
            listed(missing));
    finding.hint = _("pass them as fields of the record, NAME=value each");
    return fail(finding);
  }
  const std::string& text = last["PRICE"];
  double price = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), price);
  if (error == std::errc{} && stop == text.data() + text.size() && tells(last["MESSAGE"], price))
    return pass();
  finding.expected = _("PRICE is the number that the message tells");
  finding.reason = say(_("PRICE is {}"), visible(text));
  finding.hint = _("the price alone, without the currency or a newline");
  return fail(finding);
}
