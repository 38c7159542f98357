#include "checks/daemon.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "checks/date_format.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

std::vector<std::uint64_t> system_call_of(const fs::path& thread) {
  std::istringstream words{content(thread / "syscall")};
  std::int64_t number = -1;
  if (!(words >> number)) return {};
  std::vector<std::uint64_t> call{static_cast<std::uint64_t>(number)};
  for (std::uint64_t argument = 0; words >> std::hex >> argument;) call.push_back(argument);
  return call;
}

/// The signals that the main thread is waiting for in sigwait(3) or one of its kin, as a mask.
/// Meanwhile the kernel does not count them as blocked.
static std::uint64_t awaited_signals(std::uint64_t pid) {
  const fs::path process = fmt::format("/proc/{}", pid);
  const auto call = system_call_of(process);
  if (call.size() < 2 || call[0] != SYS_rt_sigtimedwait) return 0;
  std::uint64_t mask = 0;
  std::ifstream memory{process / "mem", std::ios::binary};
  memory.seekg(static_cast<std::streamoff>(call[1]));
  memory.read(reinterpret_cast<char*>(&mask), sizeof mask);
  return memory ? mask : 0;
}

bool has_in_mask(std::uint64_t pid, const char* mask, int signal) {
  std::istringstream words{content(fmt::format("/proc/{}/status", pid))};
  std::uint64_t bits = 0;
  for (std::string word; words >> word;)
    if (word == mask && words >> std::hex >> bits) break;
  return bits >> (signal - 1) & 1;
}

bool minds_signal(std::uint64_t pid, int signal) {
  return has_in_mask(pid, "SigBlk:", signal) || has_in_mask(pid, "SigIgn:", signal) ||
         has_in_mask(pid, "SigCgt:", signal) || (awaited_signals(pid) >> (signal - 1) & 1);
}

/// The flags of open(2), octal; read-only if it has no such descriptor. proc(5), /proc/PID/fdinfo
static unsigned open_flags(const fs::path& process, const fs::path& descriptor) {
  std::istringstream words{content(process / "fdinfo" / descriptor)};
  for (std::string word; words >> word;)
    if (unsigned flags = 0; word == "flags:" && words >> std::oct >> flags) return flags;
  return O_RDONLY;
}

static bool is_open_to_write(const fs::path& process, const fs::path& descriptor) {
  return (open_flags(process, descriptor) & O_ACCMODE) != O_RDONLY;
}

std::map<int, unsigned> open_to_write(const Program& program, const fs::path& path) {
  const fs::path process = fmt::format("/proc/{}", program.pid);
  std::map<int, unsigned> found;
  std::error_code ignored;
  for (const auto& fd : fs::directory_iterator{process / "fd", ignored}) {
    const fs::path descriptor = fd.path().filename();
    if (fs::equivalent(fd.path(), path, ignored) && is_open_to_write(process, descriptor))
      found[std::atoi(descriptor.c_str())] = open_flags(process, descriptor);
  }
  return found;
}

std::optional<std::string> lost_standard_error(const Program& program, Heard heard) {
  const fs::path process = fmt::format("/proc/{}", program.pid);
  std::error_code error;
  const std::string target = fs::read_symlink(process / "fd/2", error);
  if (error == std::errc::no_such_file_or_directory && fs::exists(process)) return "";
  if (target == "/dev/null" || target.starts_with("anon_inode:")) return target;
  const auto digit = target.find_first_of("0123456789");
  if (!target.starts_with("socket:") || digit == target.npos) return std::nullopt;
  const std::string inode = target.substr(digit, target.size() - 1 - digit);
  for (const char* protocol : {"tcp", "tcp6", "udp", "udp6"})
    if (content(process / "net" / protocol).find(' ' + inode + ' ') != std::string::npos)
      return target;
  const auto is_another = [&inode](const std::string& variable) {
    return variable.starts_with("JOURNAL_STREAM=") && !variable.ends_with(':' + inode);
  };
  const auto& variables = program.environment;
  return heard == Heard::nothing && std::any_of(variables.begin(), variables.end(), is_another)
             ? std::optional{target}
             : std::nullopt;
}

/// Whether the process is one of the unit's, or in a group below its own: cgroups(7). What has
/// ended meanwhile counts as such.
static bool is_of(const Unit& unit, std::uint64_t pid) {
  const std::string group = unit.text("ControlGroup");
  const std::string groups = content(fmt::format("/proc/{}/cgroup", pid));
  return pid == unit.number("MainPID") || pid == static_cast<std::uint64_t>(getpid()) ||
         groups.empty() ||
         (!group.empty() && (groups.find(group + '\n') != std::string::npos ||
                             groups.find(group + '/') != std::string::npos));
}

std::string told_writers(const Unit& unit, const fs::path& path) {
  std::string told;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/proc", ignored}) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::uint64_t pid = std::stoull(name);
    for (const auto& fd : fs::directory_iterator{entry.path() / "fd", ignored})
      if (fs::equivalent(fd.path(), path, ignored) &&
          is_open_to_write(entry.path(), fd.path().filename()) && !is_of(unit, pid)) {
        add_line(told, format_message(_("another process has that file open, too: {}"),
                                      name + ' ' + visible(command_line_of(pid))));
        break;
      }
  }
  return told;
}

std::string content(const fs::path& path) {
  // A stream takes an error for the end; an iterator over its buffer would throw.
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

char state_in(const fs::path& folder) {
  const std::string stat = content(folder / "stat");
  const auto name_end = stat.rfind(") ");  // the name may hold anything
  return name_end == std::string::npos ? '\0' : stat[name_end + 2];
}

/// cgroups(7): where a group lies depends on the machine's version of them.
std::vector<std::uint64_t> processes_of(const Unit& unit) {
  std::vector<std::uint64_t> pids;
  if (unit.text("ControlGroup").empty()) return pids;
  for (const char* tree : {"/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"}) {
    std::istringstream text{content(tree + unit.text("ControlGroup") + "/cgroup.procs")};
    for (std::uint64_t pid = 0; text >> pid;) pids.push_back(pid);
    if (!pids.empty()) break;
  }
  return pids;
}

std::string command_line_of(std::uint64_t pid) {
  std::string words = content("/proc/" + std::to_string(pid) + "/cmdline");
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
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
  // After the environment: if that is the program's, and no longer systemd's, so is this.
  program.directory = fs::read_symlink(proc / "cwd", ignored);
  return program;
}

// execve(2) gives a process the new file some time before its arguments and its environment: until
// then both are empty. What is not executed yet is systemd, or systemd-executor.
bool is_executed(const Program& program) {
  return !program.arguments.empty() && !program.exe.starts_with("/usr/lib/systemd/systemd") &&
         !program.exe.starts_with("/lib/systemd/systemd");
}

std::optional<Program> executed_program(const Submission& submission) {
  std::optional<Program> program;
  wait_until(_("its process to run"), Seconds{10}, [&] {
    program = program_of(submission);
    if (program) return is_executed(*program);
    // In this order: it may come to run between the two questions.
    return !(submission.unit.is_starting() || submission.unit.number("MainPID") != 0);
  });
  return program;
}

bool any_has(const std::vector<std::string>& files, const char* text) {
  return std::any_of(files.begin(), files.end(), [text](const std::string& file) {
    std::error_code ignored;
    return fs::is_regular_file(file, ignored) && content(file).find(text) != std::string::npos;
  });
}

std::string source_of(const Program& program) {
  std::string source;
  bool is_script = false;
  for (const std::string& word : program.arguments) {
    std::error_code ignored;
    if (fs::equivalent(word, program.exe, ignored)) continue;
    const bool is_file = fs::is_regular_file(word, ignored);
    is_script = is_script || is_file;
    source += (is_file ? content(word) : word) + '\n';
  }
  return is_script ? source : source + content(program.exe);
}

std::string told_format(const Program& program, const std::string& date, std::time_t now,
                        int seconds) {
  const auto format = format_that_wrote(date, source_of(program), now, seconds);
  return format ? format_message(_("in the program stands the format {}, which writes that"),
                                 visible(*format))
                : "";
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
      {"StateDirectory", "/var/lib"},
      {"CacheDirectory", "/var/cache"},
      {"LogsDirectory", "/var/log"},
      {"RuntimeDirectory", "/run"}};
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

/// The absolute paths of files that stand in the program's own text, or in its script's.
static std::vector<fs::path> paths_in_text(const Program& program) {
  static constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
  const std::string text = source_of(program);
  std::vector<fs::path> paths;
  std::error_code ignored;
  for (std::size_t at = 0; (at = text.find('/', at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_not_of(letters, at), text.size());
    const bool begins = at == 0 || letters.find(text[at - 1]) == std::string_view::npos;
    if (fs::path file = text.substr(at, end - at);
        begins && fs::is_regular_file(root_of(program) / file.relative_path(), ignored))
      paths.push_back(std::move(file));
    at = end;
  }
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

/// Where the program's file may be: in one of its folders, in one that these have, or where the
/// program's own text says.
enum class Place { folder, below, text };
static constexpr Place all_places[] = {Place::folder, Place::below, Place::text};

/// The files there, each as this machine's own root sees it.
static std::set<fs::path> files_in(Place place, const Submission& submission,
                                   const Program& program) {
  std::set<fs::path> found;
  std::error_code ignored;
  for (const fs::path& path :
       place == Place::text ? paths_in_text(program) : named_paths(submission, program)) {
    // The kernel's own, such as $MEMORY_PRESSURE_WATCH of systemd.exec(5).
    if (path.native().starts_with("/proc/") || path.native().starts_with("/sys/")) continue;
    const fs::path seen = root_of(program) / path.relative_path();
    const bool shared = fs::equivalent(seen, path, ignored);
    if (fs::is_regular_file(seen, ignored)) found.insert(shared ? path : seen);
    if (fs::is_directory(seen, ignored))
      add_files(shared ? path : seen, place == Place::below, found);
  }
  return found;
}

std::optional<LostFile> lost_file_of(const Program& program) {
  std::error_code ignored;
  for (const auto& fd :
       fs::directory_iterator{"/proc/" + std::to_string(program.pid) + "/fd", ignored}) {
    struct stat link {
    }, file{};
    constexpr auto writable = S_IWUSR;  // of the link: how it was opened. proc(5), /proc/PID/fd
    if (lstat(fd.path().c_str(), &link) != 0 || !(link.st_mode & writable) ||
        stat(fd.path().c_str(), &file) != 0 || !S_ISREG(file.st_mode))
      continue;
    const fs::path name = fs::read_symlink(fd.path(), ignored);
    static constexpr std::string_view deleted = " (deleted)";
    // tmpfile(3) and memfd_create(2) make files that never had a name.
    if (file.st_nlink == 0 && name.native().ends_with(deleted) &&
        !name.filename().native().starts_with('#') && !name.native().starts_with("/memfd:"))
      return LostFile{name.native().substr(0, name.native().size() - deleted.size()), ""};
    if (file.st_nlink == 0) continue;
    // Renamed: no argument names it as it is called now, and one names a file there that is gone.
    std::optional<fs::path> gone;
    bool is_named = false;
    for (const std::string& word : program.arguments) {
      if (word.find_first_of(";|&<>") != word.npos) continue;  // a shell's text
      const fs::path asked =
          (program.directory / word.substr(word.find('=') + 1)).lexically_normal();
      is_named = is_named || asked == name;
      // A host and a format for dates have dots in them, too.
      static const std::set<std::string> endings{".txt", ".log", ".csv", ".dat", ".out"};
      const bool may_be_a_file =
          endings.contains(asked.extension()) ||
          (asked.has_extension() && name.filename().native().starts_with(asked.stem().native()));
      if (may_be_a_file && asked.parent_path() == name.parent_path() &&
          !fs::exists(root_of(program) / asked.relative_path(), ignored))
        gone = asked;
    }
    if (gone && !is_named) return LostFile{*gone, name};
  }
  return std::nullopt;
}

static std::int64_t microseconds_of(const timespec& time) {
  return time.tv_sec * 1'000'000 + time.tv_nsec / 1000;
}

/// The kernel stamps a file with the time of its last tick, up to 10 ms ago.
static bool is_since_start(const Submission& submission, const struct stat& file) {
  return microseconds_of(file.st_mtim) + 10'000 >= submission.started().time_since_epoch().count();
}

std::optional<fs::path> overgrown_output(const Submission& submission) {
  const auto program = program_of(submission);
  if (!program) return std::nullopt;
  for (const Place place : all_places)
    for (const fs::path& path : files_in(place, submission, *program))
      if (struct stat file{}; stat(path.c_str(), &file) == 0 && file.st_size > largest_output &&
                              is_since_start(submission, file))
        return path;
  return std::nullopt;
}

namespace {

struct Candidate {
  Output output;
  bool is_wanted;     // its last line
  std::int64_t time;  // of its last change, in microseconds
};

/// The file, if it may be the program's own and was written since it started.
std::optional<Candidate> candidate(const fs::path& path, Place place, const Submission& submission,
                                   const Program& program, bool (*wanted)(const std::string&)) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  if (!is_since_start(submission, file) || file.st_size > largest_output) return std::nullopt;
  Output output = read_output(path);
  if (output.text.starts_with("\177ELF") || output.text.starts_with("#!")) return std::nullopt;
  const bool is_pid_file = output.lines == std::vector{std::to_string(program.pid)};
  if (is_pid_file) return std::nullopt;
  const bool is_wanted = !output.lines.empty() && wanted(output.lines.back());
  // What the program's text names may be somebody else's.
  if (place == Place::text && (!is_wanted || file.st_uid != program.uid)) return std::nullopt;
  return Candidate{std::move(output), is_wanted, microseconds_of(file.st_mtim)};
}

bool is_better(const Candidate& one, const Candidate& other, Seconds interval) {
  if (one.is_wanted != other.is_wanted) return one.is_wanted;
  // Of two that are written in the same round, one may have the latest line alone.
  const bool is_of_same_round =
      std::chrono::microseconds{std::abs(one.time - other.time)} < interval / 2;
  const auto lines = one.output.lines.size(), other_lines = other.output.lines.size();
  if (one.is_wanted && is_of_same_round && lines != other_lines) return lines > other_lines;
  return one.time > other.time;
}

}  // namespace

std::optional<Output> output_of(const Submission& submission, bool (*wanted)(const std::string&)) {
  const auto program = program_of(submission);
  if (!program) return std::nullopt;
  std::optional<Candidate> best;
  for (const Place place : all_places) {
    if (best && best->is_wanted) break;
    for (const fs::path& path : files_in(place, submission, *program)) {
      auto found = candidate(path, place, submission, *program, wanted);
      if (found && (!best || is_better(*found, *best, submission.interval)))
        best = std::move(found);
    }
  }
  if (!best) return std::nullopt;
  return std::move(best->output);
}

Seconds patience(const Submission& submission) { return 1.5 * submission.interval + Seconds{1}; }

std::optional<Output> wait_for_output(const Submission& submission,
                                      bool (*wanted)(const std::string&)) {
  // An interpreter that has to load, or a first connection, may take longer than a short interval.
  const Seconds slow_start = Seconds{10} - (now() - submission.started());
  std::optional<Output> output;
  // A log of its own may have a line before that.
  wait_until(_("a line in its file"), std::max(patience(submission), slow_start), [&] {
    output = output_of(submission, wanted);
    return output && !output->lines.empty() &&
           (wanted(output->lines.back()) || now() - submission.started() > patience(submission));
  });
  return output;
}

// --- When lines come ---------------------------------------------------------------------------

static double seconds_of(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

static double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return seconds_of(time);
}

/// Of a line that is just being written it is not known yet, so it is now.
Arrivals::Arrivals(Output output)
    : output_(std::move(output)), last_(seconds_of(CLOCK_MONOTONIC)), last_date_(now()) {
  look();
}

double Arrivals::silence() const { return seconds_of(CLOCK_MONOTONIC) - last_; }

std::size_t Arrivals::look() {
  const auto is_same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  looked_ = seconds_of(CLOCK_MONOTONIC);
  struct stat file {};
  if (stat(output_.path.c_str(), &file) != 0 || is_same(file.st_mtim, changed_)) return 0;
  Output again = reread(output_);
  // Not while a line is being written: what was read is to be of that time. The next look sees it.
  // But if several have come, more follow as fast, and it may never rest.
  struct stat then {};
  const bool is_whole = again.text.ends_with('\n');
  if (stat(output_.path.c_str(), &then) != 0 || !is_same(file.st_mtim, then.st_mtim) || !is_whole) {
    if (again.lines.size() < output_.lines.size() + 3) return 0;
    if (!is_whole) again.lines.pop_back();
  }

  // A file's time is of the clock that somebody may set: its distance from now is of the other one.
  const double now = seconds_of(CLOCK_MONOTONIC),
               ago = seconds_of(CLOCK_REALTIME) - seconds_of(file.st_mtim),
               earliest = changed_.tv_sec == 0 ? 0 : last_;
  last_ = std::clamp(now - ago, std::min(earliest, now), now);
  last_date_ =
      Time{std::chrono::microseconds{static_cast<std::int64_t>(seconds_of(file.st_mtim) * 1e6)}};
  changed_ = file.st_mtim;

  const std::size_t before = output_.lines.size(), after = again.lines.size();
  if (after < before && before > 1) lost_ = before;
  if (after == 1 && before == 1 && again.text != output_.text) is_rewritten_ = true;
  output_ = std::move(again);
  return before > 0 && after > before ? after - before : 0;
}
