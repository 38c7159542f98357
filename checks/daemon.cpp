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

/// As the program sees it: its /tmp may be private.
static fs::path root_of(const Program& program) {
  return "/proc/" + std::to_string(program.pid) + "/root";
}

/// What its unit, its command, its environment and its open files name.
static std::vector<fs::path> named_paths(const Submission& submission, const Program& program) {
  static constexpr std::pair<const char*, const char*> folders[] = {
      {"StateDirectory", "/var/lib"}, {"LogsDirectory", "/var/log"}, {"RuntimeDirectory", "/run"}};
  std::vector<fs::path> paths;
  std::error_code ignored;
  if (program.directory != "/") paths.push_back(program.directory);
  for (const auto& [property, folder] : folders)
    for (const std::string& name : submission.unit.list(property))
      paths.push_back(fs::path{folder} / name);
  for (const std::string& word : program.arguments)
    if (word.find('/') != std::string::npos)
      paths.push_back((program.directory / word.substr(word.find('=') + 1)).lexically_normal());
  for (const std::string& word : program.environment)
    if (fs::path file = word.substr(word.find('=') + 1);
        file.is_absolute() && fs::is_regular_file(root_of(program) / file.relative_path(), ignored))
      paths.push_back(std::move(file));
  for (const auto& fd :
       fs::directory_iterator{"/proc/" + std::to_string(program.pid) + "/fd", ignored})
    if (fs::is_regular_file(fd.path(), ignored))
      paths.push_back(fs::read_symlink(fd.path(), ignored));
  return paths;
}

/// The files of a folder, or, `below`, of the folders in it.
static void add_files(const fs::path& folder, bool below, std::set<fs::path>& found) {
  std::error_code ignored;
  // Seen through /proc: its canonical path would be this machine's own file of that name.
  const bool is_private = folder.native().starts_with("/proc/");
  for (const auto& entry : fs::directory_iterator{folder, ignored})
    if (below && entry.is_directory(ignored) && !entry.is_symlink(ignored))
      add_files(entry.path(), false, found);
    else if (!below && entry.is_regular_file(ignored))
      found.insert(is_private ? entry.path() : fs::canonical(entry.path(), ignored));
}

/// Where the program may have put its file, each as this machine's own root sees it: in its
/// folders, or, `below`, in one of those that these have.
static std::set<fs::path> places(const Submission& submission, const Program& program, bool below) {
  std::set<fs::path> found;
  std::error_code ignored;
  for (const fs::path& path : named_paths(submission, program)) {
    // The kernel's own, such as $MEMORY_PRESSURE_WATCH of systemd.exec(5).
    if (path.native().starts_with("/proc/") || path.native().starts_with("/sys/")) continue;
    const fs::path seen = root_of(program) / path.relative_path();
    const bool shared = fs::equivalent(seen, path, ignored);
    if (fs::is_regular_file(seen, ignored)) found.insert(shared ? path : seen);
    if (fs::is_directory(seen, ignored)) add_files(shared ? path : seen, below, found);
  }
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
