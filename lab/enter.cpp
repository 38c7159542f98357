// Runs a command in a running lab, as its root. For lab/machine, as root; its environment is what
// the command gets.
//
//     enter PID DIRECTORY [GROUP...] -- COMMAND [WORD...]
//
// PID is the lab's systemd. The command starts in DIRECTORY, and counts for the control groups of
// which the files GROUP, each a cgroup.procs, are given. Its exit status is this program's: 128 and
// the signal's number if a signal ended it, 127 if there is no such command, 126 if it could not
// be started. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it, and it ends with this
// program.
//
// nsenter(1) does nearly that. This does what the lab's root must not be able to turn around:
//
// - Until it is in the lab's user namespace, and its libraries are loaded there, nothing of the lab
//   runs, and the lab's root cannot look into it (PR_SET_DUMPABLE).
// - The caller's terminal stays outside: the command gets another in its place, and no controlling
//   terminal but that one. Else TIOCSTI would type for the caller: ioctl_tty(2).
// - Of what is open, standard input, output and error go along, and pipes: not a folder, from
//   which `..` leads on.
// - The command has a session keyring of its own: keyrings(7).
// - When a lab reboots, it stops every process; this one waits outside.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail(int status, const std::string& what) {
  std::fprintf(stderr, "lab: %s: %s\n", what.c_str(), std::strerror(errno));
  _exit(status);
}

// --- The terminal ------------------------------------------------------------------------------

// The caller's, and the one that the command has in its place. -1 is none.
struct Terminal {
  int caller = -1, master = -1, slave = -1;
  bool typed_at = false;  // it is standard input, too, and not somebody else's at the moment
  bool raw = false;       // and what the command says goes there, so it is the command's alone
  termios before{};
};

Terminal terminal;

void copy_window_size() {
  if (terminal.master < 0) return;
  winsize size{};
  if (ioctl(terminal.caller, TIOCGWINSZ, &size) == 0) ioctl(terminal.master, TIOCSWINSZ, &size);
}

// Makes a terminal if one of the first three descriptors is one.
void make_terminal() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (terminal.caller < 0 && isatty(descriptor))
      terminal.caller = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (terminal.caller < 0) return;
  tcgetattr(terminal.caller, &terminal.before);
  termios settings = terminal.before;
  terminal.typed_at = isatty(STDIN_FILENO) && tcgetpgrp(terminal.caller) == getpgrp();
  terminal.raw = terminal.typed_at && isatty(STDOUT_FILENO);
  if (!terminal.raw) {  // the caller's terminal does to lines what is to be done, and it alone
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  }
  if (openpty(&terminal.master, &terminal.slave, nullptr, &settings, nullptr) < 0)
    fail(126, "no terminal for the command");
  fcntl(terminal.master, F_SETFD, FD_CLOEXEC);
  fcntl(terminal.slave, F_SETFD, FD_CLOEXEC);
  copy_window_size();
}

// What is typed goes to the command as it is, Ctrl-C, too.
void take_keys() {
  if (!terminal.raw) return;
  termios raw = terminal.before;
  cfmakeraw(&raw);
  tcsetattr(terminal.caller, TCSADRAIN, &raw);
}

void give_keys_back() {
  if (terminal.raw) tcsetattr(terminal.caller, TCSADRAIN, &terminal.before);
}

// Copies what there is. Whether there may come more.
bool copy(int from, int to) {
  std::array<char, 8192> bytes{};
  const ssize_t count = read(from, bytes.data(), bytes.size());
  if (count <= 0) return count < 0 && errno == EINTR;
  std::span<const char> rest(bytes.data(), static_cast<size_t>(count));
  while (!rest.empty()) {
    const ssize_t written = write(to, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) rest = rest.subspan(static_cast<size_t>(written));
  }
  return true;
}

// Says to the command that nothing more is typed: termios(3).
void copy_end_of_file() {
  const char end = static_cast<char>(terminal.before.c_cc[VEOF]);
  if (write(terminal.master, &end, 1) < 0) return;  // it has closed its terminal
}

// --- The command's side ------------------------------------------------------------------------

bool same_user_namespace(const std::string& process) {
  struct stat own {
  }, its{};
  return stat("/proc/self/ns/user", &own) == 0 && stat((process + "/ns/user").c_str(), &its) == 0 &&
         own.st_ino == its.st_ino;
}

// Above standard error pipes go along, and below it all but a folder.
bool goes_along(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) < 0) return true;  // it is not open
  return descriptor > STDERR_FILENO ? S_ISFIFO(status.st_mode) : !S_ISDIR(status.st_mode);
}

// At the moment when the command begins, as the descriptors of this program itself.
void close_what_stays_outside() {
  DIR* open_ones = opendir("/proc/self/fd");
  if (open_ones == nullptr) fail(126, "/proc/self/fd");
  while (const dirent* entry = readdir(open_ones))
    if (const int descriptor = std::atoi(entry->d_name); !goes_along(descriptor))
      fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  closedir(open_ones);
}

// Makes pipes and the terminal the lab's root's, so that /dev/stdout can be opened: pipe(7).
void give_away(const std::string& process) {
  unsigned root = 0;
  FILE* map = std::fopen((process + "/uid_map").c_str(), "re");  // user_namespaces(7)
  if (map == nullptr || std::fscanf(map, "%*u %u", &root) != 1) fail(126, "uid_map");
  std::fclose(map);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct statfs status {};
    const bool a_pipe = fstatfs(descriptor, &status) == 0 && status.f_type == PIPEFS_MAGIC;
    // Somebody else's pipe that cannot be given away still carries what is said.
    if ((a_pipe || isatty(descriptor)) && fchown(descriptor, root, root) < 0) return;
  }
}

[[noreturn]] void become(int lab, const std::string& process, const std::vector<int>& groups,
                         const char* directory, char** command) {
  for (const int group : groups)
    if (write(group, "0", 1) < 0) fail(126, "the lab's control group");
  setsid();
  if (terminal.slave >= 0) {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      if (isatty(descriptor)) dup2(terminal.slave, descriptor);
    ioctl(terminal.slave, TIOCSCTTY, 0);
  }
  close_what_stays_outside();
  give_away(process);
  // setns(2) takes all at once, and the user namespace first.
  int namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
  if (!same_user_namespace(process)) namespaces |= CLONE_NEWUSER;
  if (setns(lab, namespaces) < 0) fail(126, "setns");
  if (setgroups(0, nullptr) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
    fail(126, "no root in the lab");
  // A kernel without keyrings has none to leave.
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  if (chdir(directory) < 0) fail(126, directory);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(command[0], command);
  fail(errno == ENOENT ? 127 : 126, command[0]);
}

// --- This machine's side -----------------------------------------------------------------------

// As the lab's own processes have them, if the machine has no control groups for that: lab/machine.
// This program's child inherits them.
void take_limits(pid_t leader) {
  for (const auto resource : {RLIMIT_DATA, RLIMIT_NPROC}) {
    rlimit limit{};
    if (prlimit(leader, resource, nullptr, &limit) < 0 || setrlimit(resource, &limit) < 0)
      fail(126, "the lab's limits");
  }
}

// Passes a signal on. Returns whether the command has ended, and sets its status: wait(2).
bool take_signal(int signals, pid_t command, int& status) {
  signalfd_siginfo info{};
  if (read(signals, &info, sizeof info) != sizeof info) return false;
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGCHLD) return waitpid(command, &status, WNOHANG) == command;
  if (number == SIGWINCH) copy_window_size();
  else if (kill(-command, number) < 0)  // to all of it, as a terminal does
    kill(command, number);              // it has no process group yet
  return false;
}

// Passes on what is typed, said and signalled until the command has ended. Returns its exit status.
int attend(pid_t command, int signals) {
  std::array<pollfd, 3> sources{};
  auto& [signal, said, typed] = sources;
  signal = {.fd = signals, .events = POLLIN, .revents = 0};
  said = {.fd = terminal.master, .events = POLLIN, .revents = 0};
  typed = {.fd = terminal.typed_at ? terminal.caller : -1, .events = POLLIN, .revents = 0};
  int status = 0;
  bool ended = false;
  while (!ended) {
    if (poll(sources.data(), sources.size(), -1) < 0) continue;
    if (said.revents != 0 && !copy(terminal.master, terminal.caller)) said.fd = -1;
    if (typed.revents != 0 && !copy(terminal.caller, terminal.master)) {
      typed.fd = -1;
      copy_end_of_file();
    }
    if (signal.revents != 0) ended = take_signal(signals, command, status);
  }
  // What it said last. Somebody else in the lab may hold its terminal open, and speak on.
  for (int i = 0; i < 1000 && poll(&said, 1, 0) > 0; ++i)
    if (!copy(terminal.master, terminal.caller)) break;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int main(int count, char** words) {
  const std::span<char*> arguments(words, static_cast<size_t>(count));
  size_t separator = 3;
  while (separator < arguments.size() && std::string_view(arguments[separator]) != "--")
    ++separator;
  if (separator + 1 >= arguments.size()) {
    std::fputs("write: enter PID DIRECTORY [GROUP...] -- COMMAND [WORD...]\n", stderr);
    return 2;
  }
  const pid_t process = std::atoi(arguments[1]);
  // What the lab is, from now on: a process id can be another's the next moment.
  const int lab = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (lab < 0) fail(126, "the lab has ended");
  std::vector<int> groups;
  for (char* group : arguments.subspan(3, separator - 3)) {
    groups.push_back(open(group, O_WRONLY | O_CLOEXEC));
    if (groups.back() < 0) fail(126, group);
  }
  make_terminal();

  take_limits(process);
  prctl(PR_SET_DUMPABLE, 0);
  if (setns(lab, CLONE_NEWPID) < 0) fail(126, "setns");  // for its children

  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH})
    sigaddset(&handled, number);
  sigprocmask(SIG_BLOCK, &handled, nullptr);
  const int signals = signalfd(-1, &handled, SFD_CLOEXEC);
  const pid_t command = fork();
  if (command < 0) fail(126, "fork");
  if (command == 0)
    become(lab, "/proc/" + std::to_string(process), groups, arguments[2],
           &arguments[separator + 1]);
  close(terminal.slave);
  take_keys();
  const int status = attend(command, signals);
  give_keys_back();
  return status;
}
