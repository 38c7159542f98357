// Local dates and times, as localtime_r(3) gives them, also in a child of fork(2).
//
// localtime_r(3) holds a lock inside of the C library. If a thread of the parent is in it at
// fork(2), the child has the lock and not the thread: in the child, localtime_r(3) would wait for
// ever. So the zone's offset is kept, and the child goes on with that. pthread_atfork(3)
#pragma once

#include <cstddef>
#include <ctime>

/// Returns the local date and time of `time`, seconds since 1970. The time zone is looked up when
/// `time` is of another second than the call before, so a zone that is changed (timedatectl(1))
/// is followed. After keep_local_time_at_fork(), a child of a process with several threads keeps
/// the offset of the moment of fork(2). Any thread may call it.
std::tm local_time(std::time_t time);

/// Writes `time` into the `size` bytes at `text`, as strftime(3) writes `local_time(time)`. Returns
/// the number of characters; 0 if there are none, or too many. It takes no lock but local_time()'s.
std::size_t format_local_time(char* text, std::size_t size, const char* format, std::time_t time);

/// From now on, the child of a fork(2) never waits for a lock of local_time()'s. Call it once,
/// while there is one thread. If you hold a lock around local_time() and register fork handlers for
/// it, register them after this call: at a fork(2), the last that was registered comes first.
void keep_local_time_at_fork();
