#include "common/options.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "common/complain.hpp"

/// All of `text` as a number, or nothing.
template <typename Number>
static std::optional<Number> number(const std::string& text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// set() and default_of(): one of each for each type of variable.

static void set(std::string& target, const std::string& text) {
  if (text.empty()) throw std::invalid_argument("write a text that is not empty");
  target = text;
}

static void set(std::optional<std::string>& target, const std::string& text) { target = text; }

static void set(double& target, const std::string& text) {
  constexpr double year = 365 * 86400;
  const auto seconds = number<double>(text);
  if (!seconds || !(*seconds >= 1e-6 && *seconds <= year))
    throw std::invalid_argument("write seconds above 0, at most a year, such as 5 or 0.5");
  target = *seconds;
}

static void set(std::uint64_t& target, const std::string& text) {
  const auto count = number<std::uint64_t>(text);
  if (!count || *count == 0)
    throw std::invalid_argument("write a whole number from 1 up, such as 3");
  target = *count;
}

static std::string default_of(const std::string& target) { return target; }
static std::string default_of(const std::optional<std::string>& target) {
  return target.value_or("");
}
static std::string default_of(double target) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, target).ptr};
}
static std::string default_of(std::uint64_t) { return ""; }

[[noreturn]] static void print_help(const char* purpose, std::initializer_list<Option> options) {
  std::string operand;
  std::string list;
  const auto add = [&list](std::string left, const std::string& help, const std::string& value) {
    left.resize(std::max<std::size_t>(left.size(), 22), ' ');
    list += "  " + left + "  " + help + (value.empty() ? "" : " (" + value + ")") + '\n';
  };
  for (const Option& option : options) {
    if (!*option.name) operand = " [" + std::string(option.value) + "]";
    add((*option.name ? "--" + std::string(option.name) + ' ' : "") + option.value, option.help,
        std::visit([](auto* target) { return default_of(*target); }, option.target));
  }
  add("--help", "print this and exit", "");
  add("--version", "print the version and exit", "");
  std::printf("Usage: %s [OPTION]...%s\n%s\n\n%s", program_invocation_short_name, operand.c_str(),
              purpose, list.c_str());
  std::exit(EXIT_SUCCESS);
}

static void set_option(const Option& option, const std::string& text) try {
  std::visit([&text](auto* target) { set(*target, text); }, option.target);
} catch (const std::invalid_argument& error) {
  const std::string name = *option.name ? "--" + std::string(option.name) : option.value;
  throw std::invalid_argument(name + " '" + text + "': " + error.what());
}

void keep_standard_streams_open() {
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

/// Whoever started the program may have blocked what is to end it.
static void unblock_signals() {
  sigset_t stops;
  sigemptyset(&stops);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&stops, number);
  sigprocmask(SIG_UNBLOCK, &stops, nullptr);
}

void parse_options(int argc, char** argv, const char* purpose,
                   std::initializer_list<Option> options) {
  keep_standard_streams_open();
  std::signal(SIGXFSZ, SIG_IGN);  // write(2) gives EFBIG instead: setrlimit(2)
  unblock_signals();

  enum { help = 256, version, value };  // beyond every short option
  const Option* operand = nullptr;
  std::vector<option> known;
  for (const Option& o : options) {
    if (operand)
      throw std::logic_error(std::string(operand->value) +
                             " has no name, so it is the last option");
    // A number of its own for each, or getopt_long(3) takes --co for the first of --coin, --count.
    if (*o.name)
      known.push_back({o.name, required_argument, nullptr, value + static_cast<int>(known.size())});
    else operand = &o;
  }
  known.push_back({"help", no_argument, nullptr, help});
  known.push_back({"version", no_argument, nullptr, version});
  known.push_back({});

  opterr = 0;
  const auto refuse = [](const std::string& what) {
    throw std::invalid_argument(what + ": --help lists what there is");
  };
  for (int found; (found = getopt_long(argc, argv, ":", known.data(), nullptr)) != -1;) {
    const std::string last = argv[optind - 1];
    if (found >= value) {
      set_option(options.begin()[found - value], optarg);
    } else if (found == help) {
      print_help(purpose, options);
    } else if (found == version) {
      std::printf("%s %s\n", program_invocation_short_name, SERVICIOS_VERSION);
      std::exit(EXIT_SUCCESS);
    } else if (found == ':') {
      throw std::invalid_argument(last + ": its value is missing: write " + last + " VALUE");
    } else {
      refuse("unknown option " + (optopt < 0 ? argv[optind]  // not of ASCII
                                  : optopt == 0 || optopt >= help
                                      ? last
                                      : std::string{'-', char(optopt)}));
    }
  }
  for (; optind < argc; ++optind) {
    if (!operand) refuse(std::string("unexpected argument '") + argv[optind] + "'");
    set_option(*operand, argv[optind]);
    operand = nullptr;
  }
}

int report(const std::exception& error) {
  const auto* const failure = dynamic_cast<const std::system_error*>(&error);
  if (failure && failure->code() == std::errc::interrupted) return EXIT_SUCCESS;
  complain(error.what());
  return dynamic_cast<const std::invalid_argument*>(&error) ? 2 : EXIT_FAILURE;
}
