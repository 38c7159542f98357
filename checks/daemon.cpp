#include "checks/daemon.hpp"

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  // A stream takes an error for the end, where a buffer's iterator throws.
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

std::optional<Program> program_of(const Submission& submission) {
  const auto pid = submission.unit.number("MainPID");
  if (pid == 0) return std::nullopt;
  const fs::path proc = "/proc/" + std::to_string(pid);
  std::error_code ignored;  // it may end at any moment, and not let us look
  Program program{
      static_cast<int>(pid), fs::read_symlink(proc / "exe", ignored), false, 0, {}, {}, {}};
  const std::string deleted = " (deleted)";
  if (program.exe.ends_with(deleted)) {
    program.exe.erase(program.exe.size() - deleted.size());
    program.replaced = true;
  }
  program.directory = fs::read_symlink(proc / "cwd", ignored);

  std::istringstream status{content(proc / "status")};
  for (std::string word; status >> word;)
    if (word == "Uid:") status >> word >> program.uid;  // real, effective
  const auto words_of = [&proc](const char* file) {
    std::vector<std::string> words;
    std::istringstream in{content(proc / file)};
    for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
    return words;
  };
  program.arguments = words_of("cmdline");
  program.environment = words_of("environ");
  return program;
}

static Output read_output(const fs::path& path) {
  Output output{path, content(path), {}};
  std::istringstream in{output.text};
  for (std::string line; std::getline(in, line);) output.lines.push_back(line);
  return output;
}

Output reread(const Output& output) { return read_output(output.path); }

/// Where the program may have put its file, each as this machine's own root sees it: in its
/// folders, or, `below`, in one of those that these have.
static std::set<fs::path> places(const Submission& submission, const Program& program, bool below) {
  const fs::path root =
      "/proc/" + std::to_string(program.pid) + "/root";  // its /tmp may be private
  std::set<fs::path> found;
  std::error_code ignored;
  const auto add_files = [&](const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator{folder, ignored})
      if (entry.is_regular_file(ignored)) found.insert(fs::canonical(entry.path(), ignored));
  };
  const auto add_folder = [&](const fs::path& folder) {
    if (!below) return add_files(folder);
    for (const auto& entry : fs::directory_iterator{folder, ignored})
      if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) add_files(entry.path());
  };
  const auto add_below_root = [&](const fs::path& path) {
    // The kernel's own, such as $MEMORY_PRESSURE_WATCH of systemd.exec(5).
    if (path.native().starts_with("/proc/") || path.native().starts_with("/sys/")) return;
    const fs::path seen = root / path.relative_path();
    const bool shared = fs::equivalent(seen, path, ignored);
    if (fs::is_regular_file(seen, ignored)) found.insert(shared ? path : seen);
    if (fs::is_directory(seen, ignored)) add_folder(shared ? path : seen);
  };
  if (program.directory != "/") add_below_root(program.directory);
  for (const char* property : {"StateDirectory", "LogsDirectory", "RuntimeDirectory"})
    for (const std::string& name : submission.unit.list(property))
      add_below_root((property[0] == 'S'   ? "/var/lib/"
                      : property[0] == 'L' ? "/var/log/"
                                           : "/run/") +
                     name);
  for (const std::string& word : program.arguments)
    if (word.find('/') != std::string::npos)
      add_below_root((program.directory / word.substr(word.find('=') + 1)).lexically_normal());
  for (const std::string& word : program.environment)
    if (const fs::path file = word.substr(word.find('=') + 1);
        file.is_absolute() && fs::is_regular_file(root / file.relative_path(), ignored))
      add_below_root(file);
  for (const auto& fd :
       fs::directory_iterator{"/proc/" + std::to_string(program.pid) + "/fd", ignored})
    if (fs::is_regular_file(fd.path(), ignored))
      add_below_root(fs::read_symlink(fd.path(), ignored));
  return found;
}

std::optional<Output> output_of(const Submission& submission, bool (*wanted)(const std::string&)) {
  const auto program = program_of(submission);
  if (!program) return std::nullopt;
  std::optional<Output> best;
  bool best_is_wanted = false;
  std::int64_t best_time = 0;
  const auto look_at = [&](const fs::path& path) {
    struct stat file {};
    if (stat(path.c_str(), &file) != 0) return;
    const std::int64_t time = file.st_mtim.tv_sec * 1'000'000 + file.st_mtim.tv_nsec / 1000;
    // The kernel stamps a file with the time of its last tick, up to 10 ms ago.
    if (time + 10'000 < submission.started().time_since_epoch().count()) return;
    if (file.st_size > 64 << 20) return;
    Output output = read_output(path);
    if (output.text.starts_with("\177ELF") || output.text.starts_with("#!")) return;
    const bool is_wanted = !output.lines.empty() && wanted(output.lines.back());
    if (best && (is_wanted < best_is_wanted || (is_wanted == best_is_wanted && time <= best_time)))
      return;
    best = std::move(output);
    best_is_wanted = is_wanted;
    best_time = time;
  };
  for (const bool below : {false, true})
    if (!best)
      for (const fs::path& path : places(submission, *program, below)) look_at(path);
  return best;
}
