#include "common/signals.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace signals {

static int stop_event = -1;
static int hangups = -1;
static timer_t again;
static bool has_terminal;
static volatile std::sig_atomic_t is_stopping = 0;

static void check(bool is_done, const char* what) {
  if (!is_done) throw std::system_error(errno, std::generic_category(), what);
}

/// Whether a terminal controls this process. It opens the terminal for that: tty(4)
static bool terminal_is_there() {
  const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}

/// What it calls may be called from a signal's handler: signal-safety(7)
static void stop(int) {
  const int error = errno;
  is_stopping = 1;
  eventfd_write(stop_event, 1);
  const itimerspec soon{{}, {0, 5'000'000}};
  timer_settime(again, 0, &soon, nullptr);
  errno = error;
}

static void make_descriptors() {
  stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  check(stop_event >= 0, "Failed to make an event");
  sigset_t hangup;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  // Blocked, so that it interrupts nothing. signalfd(2)
  hangups = signalfd(-1, &hangup, SFD_CLOEXEC | SFD_NONBLOCK);
  check(hangups >= 0 && sigprocmask(SIG_BLOCK, &hangup, nullptr) == 0, "Failed to watch SIGHUP");
  sigevent sigterm{};
  sigterm.sigev_notify = SIGEV_SIGNAL;
  sigterm.sigev_signo = SIGTERM;
  check(timer_create(CLOCK_MONOTONIC, &sigterm, &again) == 0, "Failed to make a timer");
  // nohup(1) has SIGHUP ignored: then the terminal may go.
  struct sigaction inherited {};
  has_terminal = sigaction(SIGHUP, nullptr, &inherited) == 0 && inherited.sa_handler != SIG_IGN &&
                 terminal_is_there();
}

static void forget_stop() {
  const itimerspec never{};
  timer_settime(again, 0, &never, nullptr);
  eventfd_t ignored;
  eventfd_read(stop_event, &ignored);
  is_stopping = 0;
}

void listen() {
  if (stop_event < 0) make_descriptors();
  else forget_stop();
  struct sigaction handler {};  // without SA_RESTART: system calls return EINTR
  handler.sa_handler = stop;
  sigset_t stops;
  sigemptyset(&stops);
  for (const int number : {SIGTERM, SIGINT}) {
    sigaddset(&stops, number);
    check(sigaction(number, &handler, nullptr) == 0, "Failed to handle SIGTERM and SIGINT");
  }
  // Whoever started the program may have blocked them.
  check(sigprocmask(SIG_UNBLOCK, &stops, nullptr) == 0, "Failed to handle SIGTERM and SIGINT");
}

bool stop_requested() { return is_stopping != 0; }

int stop_fd() { return stop_event; }

int hangup_fd() { return hangups; }

bool take_hangup() {
  signalfd_siginfo hangup;
  if (read(hangups, &hangup, sizeof hangup) != sizeof hangup) return false;
  // The kernel says it when the terminal closes, and so does a shell of that session. logrotate
  // does not.
  const bool is_of_terminal =
      hangup.ssi_code == SI_KERNEL || getsid(static_cast<pid_t>(hangup.ssi_pid)) == getsid(0);
  const bool terminal_is_gone = has_terminal && is_of_terminal && !terminal_is_there();
  if (terminal_is_gone) raise(SIGTERM);
  return !terminal_is_gone;
}

}  // namespace signals
