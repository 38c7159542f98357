// The same text as CPython: thousands of generated formats, dates, levels, names and messages go
// through Formatter, and hundreds of command lines through 02-logging, and through the machine's
// python3. Every byte has to be the same, and each refuses what the other refuses.
//
// Left out on purpose, so not generated: %s and its like without an (attribute), which Python
// fills with the whole dictionary; the conversions a and c; a width of ten digits, a precision of
// four; bytes that are not UTF-8; the attributes msg, args, exc_info, exc_text, stack_info,
// taskName.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include "common/logging.hpp"
#include "tests/process.hpp"

namespace {

using Strings = std::vector<std::string>;
using namespace std::string_literals;

const Strings numbers = {"levelno",         "lineno", "created", "msecs",
                         "relativeCreated", "thread", "process"};

/// Generates the same cases at every run.
class Generator {
 public:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(engine_);
  }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string pick(const Strings& from) { return from[below(from.size())]; }

  std::string literal() {
    return pick({"", " ", "-", "%%", ":", "é", "日本", "\n", "{}", "\0"s, "a)b(", "\\", "'"});
  }

  /// %(attribute) with all that may stand behind it, now and then what no directive has.
  std::string directive(const Strings& attributes) {
    const std::string attribute = pick(attributes);
    std::string text = one_in(60) ? pick({"%(nosuch)", "%()", "%", "%(name", "%((name))"})
                                  : "%(" + attribute + ')';
    if (one_in(3))
      for (std::size_t i = below(4); i > 0; --i) text += pick({"-", "0", "+", " ", "#"});
    if (one_in(3)) text += std::to_string(one_in(20) ? below(3000) : below(30));
    else if (one_in(100)) text += '*';
    if (one_in(4)) text += '.' + (one_in(8) ? "" : std::to_string(below(one_in(9) ? 400 : 25)));
    if (one_in(12)) text += pick({"h", "l", "L"});
    if (one_in(60)) return text + pick({"", "q", "S", "D", "!", "(", "%", "ll", "\n"});
    const bool is_number = std::find(numbers.begin(), numbers.end(), attribute) != numbers.end();
    if (is_number ? !one_in(4) : one_in(40))
      return text + pick({"d", "i", "o", "u", "x", "X", "e", "E", "f", "F", "g", "G", "r"});
    return text + (one_in(5) ? "r" : "s");
  }

  std::string format(const Strings& attributes) {
    for (;;) {
      std::string text = literal();
      for (std::size_t i = below(one_in(30) ? 30 : 4); i > 0; --i)
        text += directive(attributes) + literal();
      mutate(text);
      if (!is_left_out(text)) return text;
    }
  }

  std::string datefmt() {
    std::string text;
    if (one_in(3)) return text;
    for (std::size_t i = 1 + below(6); i > 0; --i)
      text += pick({"%Y",  "%m",   "%d",  "%H", "%M", "%S", "%j", "%a", "%A",  "%b",  "%B",
                    "%c",  "%x",   "%X",  "%p", "%I", "%y", "%U", "%w", "%W",  "%Z",  "%z",
                    "%e",  "%D",   "%F",  "%T", "%R", "%s", "%u", "%V", "%G",  "%g",  "%C",
                    "%n",  "%t",   "%h",  "%k", "%l", "%P", "%r", "%%", "%Ey", "%Od", "%_d",
                    "%-d", "%10Y", "%^a", "%Q", " ",  "T",  "é",  ","});
    return text + (one_in(30) ? "%" : "");
  }

  std::string name() {
    return pick({"root", "prices", "app.db", "a.b.c", "é", "日本語", "", "%s", "a b"});
  }

  std::string message() {
    if (one_in(1000)) return std::string(1 << 20, 'x') + "é\n";
    return pick({"", "bitcoin 67187.33 usd", "two\nlines\n", "100%", "%s %(name)s %", "日本語 é",
                 "\0a\0"s, "\t\r\x1b\x7f", "it's", "\"quoted\"", "it's \"both\"", "\\",
                 "\u00a0\u00ad\u200b\u2028", "{} {{", "\U0001F600", "e\u0301"});
  }

  long long level() {
    if (one_in(9)) return std::uniform_int_distribution<int>{INT_MIN, INT_MAX}(engine_);
    static constexpr int levels[] = {10, 20, 30, 40, 50, 0, 25, -5, 1, 99, -1};
    return levels[below(std::size(levels))];
  }

 private:
  /// Now and then takes away a character of ASCII, or puts one before it.
  void mutate(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    if (at == text.size() || static_cast<unsigned char>(text[at]) >= 0x80) return;
    if (one_in(20)) text.erase(at, 1);
    else if (one_in(20)) text.insert(at, pick({"%", "%%", "(", ")", "5", "s", "-"}));
  }

  static bool is_left_out(const std::string& text) {
    static const std::regex without_attribute{R"(%[-0+ #]*\d*(\.\d*)?[hlL]?[sra])"},
        unsupported{R"(\)[-0+ #]*\d*(\.\d*)?[hlL]?[ac])"}, large{R"(\d{10}|\.\d{4})"};
    return std::regex_search(text, without_attribute) || std::regex_search(text, unsupported) ||
           std::regex_search(text, large);
  }

  std::mt19937 engine_{20261122};
};

/// A case as the Python side reads it: a kind and its fields, each with its length.
void write_fields(std::ostream& file, const Strings& fields) {
  for (const std::string& field : fields) file << field.size() << '\n' << field;
}

Strings read_fields(const std::string& path) {
  std::ifstream file{path};
  Strings fields;
  for (std::size_t size; file >> size;) {
    file.get();
    file.read(fields.emplace_back(size, '\0').data(), static_cast<std::streamsize>(size));
  }
  return fields;
}

class LoggingAsPython : public testing::Test {
 protected:
  LoggingAsPython() {
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);  // a zone with half the year another offset
    setenv("PYTHONUTF8", "1", 1);
    tzset();
  }
  ~LoggingAsPython() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + '/' + name; }

  /// What CPython makes of the cases: '+' and a text, or '-'.
  Strings ask_python(const std::vector<Strings>& cases) {
    {
      std::ofstream file{path("cases")};
      for (const Strings& fields : cases) write_fields(file, fields);
    }
    Process python{{"/usr/bin/python3", PYTHON_SIDE, path("cases"), path("results")}};
    const std::optional<int> status = python.wait(std::chrono::minutes{5});
    EXPECT_EQ(status, 0) << python.err.read_all();
    return read_fields(path("results"));
  }

  void compare(const std::vector<Strings>& cases, const Strings& ours) {
    const Strings theirs = ask_python(cases);
    ASSERT_EQ(theirs.size(), cases.size());
    std::size_t accepted = 0, different = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      accepted += theirs[i][0] == '+';
      if (ours[i] == theirs[i] || ++different > 10) continue;
      std::string fields;
      for (std::size_t f = 1; f < cases[i].size(); ++f)
        fields += " [" + cases[i][f].substr(0, 200) + ']';
      ADD_FAILURE() << "case" << fields << "\n  python: " << theirs[i].substr(0, 500)
                    << "\n  ours:   " << ours[i].substr(0, 500);
    }
    EXPECT_EQ(different, 0u);
    EXPECT_GT(accepted, cases.size() / 3);  // else the cases are no good
    EXPECT_LT(accepted, cases.size() - cases.size() / 50);
    std::printf("%zu cases, of which Python takes %zu and refuses %zu: %zu differ\n", cases.size(),
                accepted, cases.size() - accepted, different);
  }

  Generator generator_;

 private:
  static std::string make_folder() {
    char name[] = "/tmp/logging-python-XXXXXX";
    if (!mkdtemp(name)) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    return name;
  }
  const std::string folder_ = make_folder();
};

const Strings attributes_of_a_call = {"name",     "levelno",    "levelname",   "pathname",
                                      "filename", "module",     "lineno",      "funcName",
                                      "asctime",  "threadName", "processName", "message"};
const Strings clocks_and_ids = {"created", "msecs", "relativeCreated", "thread", "process"};

std::string text_of(const std::string& format, const std::string& datefmt,
                    const logging::Record& record) {
  fmt::memory_buffer line;
  logging::Formatter{format, datefmt}.format(record, line);
  return fmt::to_string(line);
}

}  // namespace

TEST_F(LoggingAsPython, FormatsEveryRecordTheSame) {
  Strings attributes = attributes_of_a_call;
  attributes.insert(attributes.end(), clocks_and_ids.begin(), clocks_and_ids.end());
  std::vector<Strings> cases;
  Strings ours;
  while (cases.size() < 20'000) {
    const std::string format = generator_.format(attributes), datefmt = generator_.datefmt();
    const std::string name = generator_.name(), message = generator_.message();
    const std::string file =
        generator_.pick({"02-logging/main.cpp", "/a/b.c/d.e.cpp", "x", "a/b/", "é.cpp", ""});
    const std::string function = generator_.pick({"main", "operator()", "é"});
    const std::string thread_name = generator_.pick({"MainThread", "worker 1", ""});
    const auto level = static_cast<logging::Level>(generator_.level());
    // A millisecond's middle: at its edge CPython 3.11 rounds another way than 3.13.
    const std::size_t second = generator_.below(4'000'000'000);
    const std::size_t nanosecond =
        generator_.below(1000) * 1'000'000 + 1'000 + generator_.below(990'000);
    const double created = static_cast<double>(second * 1'000'000'000 + nanosecond) / 1e9;
    const int line = static_cast<int>(generator_.below(2000));
    const logging::Record record{
        name, level, message, {}, {file.c_str(), line, function.c_str()}, created, thread_name};

    cases.push_back({"FORMAT", format, datefmt, name, std::to_string(static_cast<int>(level)), file,
                     std::to_string(line), function, message, std::to_string(second),
                     std::to_string(nanosecond), text_of("%(relativeCreated)s", "", record),
                     text_of("%(thread)s", "", record), thread_name,
                     text_of("%(process)s", "", record)});
    try {
      ours.push_back('+' + text_of(format, datefmt, record));
    } catch (const std::invalid_argument&) {
      ours.push_back("-");
    }
  }
  compare(cases, ours);
}

/// The lines of 02-logging's source at which it logs, of which this is the first.
static int first_call() {
  std::ifstream source{PROGRAM_SOURCE};
  int number = 1;
  for (std::string line; std::getline(source, line); ++number)
    if (line.find("logger.debug(") != line.npos) return number;
  throw std::runtime_error("no logger.debug( in " PROGRAM_SOURCE);
}

TEST_F(LoggingAsPython, PrintsTheSameFor02Logging) {
  const std::string line = std::to_string(first_call());
  std::vector<Strings> cases;
  Strings ours;
  while (cases.size() < 600) {
    // Each with '=' before it, or empty if it is not given. An argument holds no NUL.
    const auto perhaps = [&](std::string text) {
      std::erase(text, '\0');
      return generator_.one_in(3) ? "" : '=' + text;
    };
    std::string level = std::to_string(generator_.level());
    if (generator_.one_in(2))
      level =
          generator_.pick({"DEBUG", "INFO", "WARN", "FATAL", "CRITICAL", "NOTSET", "debug", "X"});
    const std::string message = '=' + generator_.message().substr(0, 100'000);
    const Strings given = {perhaps(level),
                           perhaps(generator_.format(attributes_of_a_call)),
                           '=' + generator_.pick({"%%", "at", "%C", "é"}),
                           perhaps(generator_.pick({"a", "w"})),
                           perhaps(generator_.name()),
                           message.substr(0, message.find('\0'))};
    Strings argv = {PROGRAM};
    const char* const options[] = {"--level", "--format", "--datefmt", "--filemode", "--name"};
    for (std::size_t i = 0; i < std::size(options); ++i)
      if (!given[i].empty()) argv.push_back(options[i] + given[i]);
    const bool to_file = !given[3].empty();  // what an earlier run wrote may be kept
    if (to_file) {
      std::ofstream{path("log")} << "kept\n";
      argv.push_back("--filename=" + path("log"));
    }
    argv.push_back("--");
    argv.push_back(given[5].substr(1));

    Process program{argv};
    const std::string err = program.err.read_all();
    const auto status = program.wait();
    std::stringstream written;
    if (to_file) written << std::ifstream{path("log")}.rdbuf();
    if (status == 2) {
      EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
      EXPECT_EQ(written.str(), to_file ? "kept\n" : "") << "the log was touched before the refusal";
    } else {
      EXPECT_EQ(status, 0);
    }
    ours.push_back(status == 2 ? "-" : '+' + (to_file ? written.str() : err));
    Strings fields{"PROGRAM"};
    fields.insert(fields.end(), given.begin(), given.end());
    fields.insert(fields.end(), {line, "02-logging/main.cpp"});
    cases.push_back(fields);
  }
  compare(cases, ours);
}
