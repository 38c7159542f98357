// The signals by which a daemon is run: SIGTERM and SIGINT end it, SIGHUP asks it to open its files
// anew. Ticker listens to them; a function that may block in a system call asks stop_requested().
//
// SIGTERM and SIGINT interrupt whatever system call the program is blocked in: it returns EINTR.
// Between a look at stop_requested() and a system call there is always a moment in which a signal
// comes too early to interrupt the call. So the first signal starts a timer that sends
// SIGTERM every few milliseconds until the program ends. signal(7), "Interruption of system calls"
#pragma once

namespace signals {

/// Begins to listen. Called again, it forgets a stop that has come, but no SIGHUP. Call it while
/// the process has one thread: later threads inherit that SIGHUP is blocked. Throws
/// std::system_error.
void listen();

/// Returns whether SIGTERM or SIGINT came. Any thread may ask.
bool stop_requested();

/// Returns a descriptor that is readable from the moment that SIGTERM or SIGINT came: for poll(2),
/// never to be read. -1 before listen().
int stop_fd();

/// Returns a descriptor that is readable when SIGHUP came, until take_hangup() takes it. -1 before
/// listen().
int hangup_fd();

/// Takes a pending SIGHUP and returns true; false if there is none. If the program had a
/// terminal at listen(), and SIGHUP came because that was closed, raises SIGTERM and returns false;
/// not under nohup(1).
bool take_hangup();

}  // namespace signals
