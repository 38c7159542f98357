#include "checks/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>
#include <system_error>

#include "checks/text.hpp"

namespace fs = std::filesystem;

/// With a version behind it, too: python3.11.
static bool is_interpreter(const std::string& name) {
  static const std::set<std::string> interpreters{"bash", "dash",   "env", "node",
                                                  "perl", "python", "sh"};
  return interpreters.contains(name.substr(0, name.find_last_not_of("0123456789.") + 1));
}

bool is_shell(const fs::path& program, const std::vector<std::string>& words) {
  static const std::set<std::string> shells{"sh", "bash", "dash", "zsh", "ksh"};
  return shells.contains(program.filename()) && words.size() > 1 && words[1].starts_with('-');
}

fs::path script_of(const fs::path& program, const std::vector<std::string>& words,
                   const fs::path& folder) {
  if (!is_interpreter(program.filename())) return {};
  std::error_code ignored;  // a script within the command may be too long for a name
  for (std::size_t i = 1; i < words.size(); ++i) {
    // sh -c, bash -euc, python3 -c, python3 -m: what follows is the program itself, or a module's
    // name.
    const bool is_short = words[i].starts_with('-') && !words[i].starts_with("--");
    if (words[i] == "-m" || (is_short && words[i].ends_with('c'))) return {};
    if (fs::path file = folder / words[i];
        !words[i].starts_with('-') && fs::is_regular_file(file, ignored))
      return file;
  }
  return {};
}

/// Whether it is one of the machine's own programs, such as python3, nice or sh.
static bool is_systems(const std::string& path) {
  return path.starts_with("/usr/bin/") || path.starts_with("/bin/") ||
         path.starts_with("/usr/sbin/") || path.starts_with("/sbin/");
}

ProgramCommand program_command(const Submission& submission) {
  const auto commands = submission.unit.commands("ExecStart");
  if (commands.empty() || commands.front().argv.empty()) return {};
  const Command& command = commands.front();
  const fs::path folder = submission.unit.text("WorkingDirectory");
  ProgramCommand parts{{command.path}, {}};
  bool is_named = !is_systems(command.path);
  for (auto word = command.argv.begin() + 1; word != command.argv.end(); ++word) {
    if (is_named) {
      parts.arguments.push_back(*word);
      continue;
    }
    // What an interpreter, or one such as nice(1), runs is a file of the student's.
    std::error_code ignored;
    const fs::path file = folder / *word;
    is_named = !word->starts_with('-') && !is_systems(file) && fs::is_regular_file(file, ignored);
    parts.program.push_back(is_named ? file.string() : *word);
  }
  return is_named ? parts : ProgramCommand{};
}

/// How long it may run apart: five seconds, and if it takes its time as a service, twice that, up
/// to 30.
static std::chrono::seconds longest(const Submission& submission) {
  const auto took = submission.unit.time("ExecMainExitTimestamp") -
                    submission.unit.time("ExecMainStartTimestamp");
  return std::clamp(2 * std::chrono::ceil<std::chrono::seconds>(took), std::chrono::seconds{5},
                    std::chrono::seconds{30});
}

/// systemd-run(1) and its arguments. The shell shows what became of the file, behind a line that no
/// program writes.
static std::vector<std::string> apart(const Submission& submission,
                                      const std::vector<std::string>& program, Streams streams,
                                      std::chrono::seconds limit, const std::string& mark) {
  std::vector<std::string> words{"systemd-run", "--quiet", "--pipe", "--wait", "--collect"};
  const auto property = [&words](const std::string& value) {
    words.push_back("--property=" + value);
  };
  for (const char* value :
       {"DynamicUser=yes", "PrivateNetwork=yes", "NoNewPrivileges=yes", "StandardInput=null",
        "RuntimeDirectory=servicios-apart", "WorkingDirectory=/run/servicios-apart", "TasksMax=64",
        "MemoryMax=512M", "LimitFSIZE=16M", "TimeoutStopSec=1", "NotifyAccess=all"})
    property(value);
  property("RuntimeMaxSec=" + std::to_string(limit.count()));
  for (const std::string& variable : submission.unit.list("Environment"))
    words.push_back("--setenv=" + variable);
  // A default may be made of one of these before the options are read. systemd.exec(5)
  for (const auto& [key, variable] : {std::pair{"StateDirectory", "STATE_DIRECTORY"},
                                      {"LogsDirectory", "LOGS_DIRECTORY"},
                                      {"CacheDirectory", "CACHE_DIRECTORY"}})
    if (!submission.unit.list(key).empty())
      words.push_back(std::string{"--setenv="} + variable + "=/run/servicios-apart");
  // $$ is a $ to systemd. systemd.service(5)
  const std::string redirection = streams == Streams::both ? "" : " 2>/dev/null";
  words.insert(words.end(),
               {"/bin/sh", "-c",
                "echo old >out.log; \"$$@\"" + redirection + "; status=$$?; echo; echo " + mark +
                    "; cat out.log; exit $$status",
                "sh"});
  words.insert(words.end(), program.begin(), program.end());
  return words;
}

/// A child and the end of a pipe to which it writes all that it says.
struct Child {
  pid_t pid;
  int pipe;
};

static Child spawn(const std::vector<std::string>& words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw std::system_error(error, std::generic_category(), words.front());
  }
  return {pid, ends[0]};
}

/// Reads what there is; returns whether more may come.
static bool read_some(int pipe, std::string& text) {
  static constexpr std::size_t most = 64 << 10;
  pollfd ready{pipe, POLLIN, 0};
  while (poll(&ready, 1, 0) > 0) {
    char some[4096];
    const ssize_t n = read(pipe, some, sizeof some);
    if (n <= 0) return false;
    if (text.size() < most) text.append(some, static_cast<std::size_t>(n));
  }
  return true;
}

std::optional<Run> run_apart(const Submission& submission,
                             const std::vector<std::string>& arguments, Streams streams) {
  auto words = program_command(submission).program;
  if (words.empty()) return std::nullopt;
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string mark = "-- " + std::to_string(now().time_since_epoch().count()) + " --";
  const auto limit = longest(submission);
  const auto begin = std::chrono::steady_clock::now();
  const Child child = spawn(apart(submission, words, streams, limit, "'" + mark + "'"));
  std::string text;
  const bool done = wait_until(_("the program to end, which is run apart"), 4 * limit,
                               [&] { return !read_some(child.pipe, text); });
  close(child.pipe);
  if (!done) kill(child.pid, SIGTERM);
  int status = 0;
  waitpid(child.pid, &status, 0);
  const std::size_t end = text.rfind(mark);
  if (end == std::string::npos)
    return Run{.ended = done && std::chrono::steady_clock::now() - begin < limit,
               .status = WEXITSTATUS(status),
               .output = text,
               .file = ""};
  return Run{.ended = true,
             .status = WEXITSTATUS(status),
             .output = text.substr(0, end - std::min<std::size_t>(end, 1)),
             .file = text.substr(std::min(text.size(), end + mark.size() + 1))};
}
