// The running program, by what /proc(5) shows of it, and the file that it writes.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"

struct Program {
  int pid;
  std::string exe;                       // the file that it runs
  bool replaced;                         // that file has been replaced or removed
  unsigned uid;                          // effective
  std::vector<std::string> arguments;    // from argv[0] on
  std::vector<std::string> environment;  // NAME=value, as it started
  std::filesystem::path directory;       // its working directory
};

/// The unit's main process, if there is one.
std::optional<Program> program_of(const Submission& submission);

/// Whether it is the program, and no longer systemd's own process that is to become it.
bool is_executed(const Program& program);

/// The unit's main process once the program is executed, if that is within 10 seconds: until then
/// the process is still one of systemd's own.
std::optional<Program> executed_program(const Submission& submission);

/// The processes of the unit's control group; none if it cannot be seen.
std::vector<std::uint64_t> processes_of(const Unit& unit);

/// Tells of the processes that have this file open to write, and are none of the unit's: a line
/// each; empty if there is none. Without those that it cannot see: another user's if this is not
/// root.
std::string told_writers(const Unit& unit, const std::filesystem::path& path);

/// The state of a process or of a thread, by its folder in /proc: 'R' if it runs, 'S' if it waits,
/// 'T' if it is stopped; NUL if it has ended. proc_pid_stat(5)
char state_in(const std::filesystem::path& folder);

/// The process's words, parted by blanks.
std::string command_line_of(std::uint64_t pid);

/// What a file holds, as far as it can be read.
std::string content(const std::filesystem::path& path);

/// Whether one of these, each of which may be a file or not, is a file with that text in it.
bool any_has(const std::vector<std::string>& files, const char* text);

/// What its author wrote: the program, or, if it is run by another, the files that its words name;
/// and these words.
std::string source_of(const Program& program);

/// Says which format of strftime(3) in the program has written `date` within the last `seconds`
/// before `now`, as format_that_wrote() takes them; empty if there is none.
std::string told_format(const Program& program, const std::string& date, std::time_t now,
                        int seconds);

struct Output {
  std::filesystem::path path;
  std::string text;
  std::vector<std::string> lines;  // without their newlines
};

/// The file that the daemon has written to since it started. It is looked for in the working
/// directory, in StateDirectory=, CacheDirectory=, LogsDirectory= and RuntimeDirectory=, in what
/// the arguments and the environment name, and among the open files; if none there is wanted, one
/// folder below; and at last in what the program's own text names. Prefers one whose last line is
/// `wanted`; of those, of two that are written together, the one with more lines; otherwise the one
/// changed last. A file with no more than the process's id is none.
std::optional<Output> output_of(const Submission& submission, bool (*wanted)(const std::string&));

/// A file that output_of() does not read, since it has grown beyond `largest_output` bytes since
/// the daemon started.
inline constexpr std::int64_t largest_output = 64 << 20;
std::optional<std::filesystem::path> overgrown_output(const Submission& submission);

/// How long a line may take: if none has come by then, none will.
std::chrono::duration<double> patience(const Submission& submission);

/// Waits until output_of() has a line, and, until patience() has passed since the start, one that
/// is wanted. After patience(), or 10 seconds from the start if that is later, returns what there
/// is.
std::optional<Output> wait_for_output(const Submission& submission,
                                      bool (*wanted)(const std::string&));

/// The same file as it is now.
Output reread(const Output& output);

/// The system call that a thread, /proc/PID/task/TID or /proc/PID, waits in: its number and its
/// arguments; empty if it runs. proc(5), /proc/PID/syscall
std::vector<std::uint64_t> system_call_of(const std::filesystem::path& thread);

/// Whether the process has this signal in one of its masks: "SigBlk:", "SigIgn:", "SigCgt:" of
/// proc(5), /proc/PID/status.
bool has_in_mask(std::uint64_t pid, const char* mask, int signal);

/// Whether the process catches this signal, ignores it, or has it wait until it is asked for.
bool minds_signal(std::uint64_t pid, int signal);

/// The descriptors by which the program has this file open to write, each with its flags, such as
/// O_APPEND: open(2)
std::map<int, unsigned> open_to_write(const Program& program, const std::filesystem::path& path);

/// What is known of a program's records: some may be in the journal, or none is.
enum class Heard { perhaps, nothing };

/// Where standard error leads, if that is where no journal can be: to a file of the kernel's own, a
/// connection of the network, /dev/null, or, if it is closed, to "". If nothing was heard, any
/// socket is one but the one that systemd made: systemd.exec(5), $JOURNAL_STREAM.
std::optional<std::string> lost_standard_error(const Program& program, Heard heard);

/// A file that the program has open for writing, though it was deleted or renamed.
struct LostFile {
  std::filesystem::path was, is;  // `is` is empty if the file was deleted
};
std::optional<LostFile> lost_file_of(const Program& program);

/// When lines come into a file. The kernel notes when a file is written to, so a look that a busy
/// machine delays does no harm, as long as there is one for each line.
class Arrivals {
 public:
  /// The last line came when the file was changed last; of those before it is not known.
  explicit Arrivals(Output output);

  /// Takes in what has come since the last look. Returns how many lines that were.
  std::size_t look();

  const Output& output() const { return output_; }
  /// When the last line came: seconds of the monotonic clock, as Cadence::add() takes them.
  double last() const { return last_; }
  /// The same as a date.
  Time last_date() const { return last_date_; }
  /// How long ago it came, in seconds.
  double silence() const;
  /// When the last look began, on the same clock.
  double looked() const { return looked_; }
  /// How many lines it had before it became shorter, if it did.
  std::optional<std::size_t> lost() const { return lost_; }
  /// Whether a file of one line got another one in its place.
  bool is_rewritten() const { return is_rewritten_; }

 private:
  Output output_;
  timespec changed_{};
  double last_ = 0, looked_ = 0;
  Time last_date_{};
  std::optional<std::size_t> lost_;
  bool is_rewritten_ = false;
};
