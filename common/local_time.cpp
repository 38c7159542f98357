#include "common/local_time.hpp"

#include <pthread.h>
#include <sys/single_threaded.h>

#include <chrono>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <string>

/// What makes UTC local, as of one second.
struct Zone {
  std::time_t second;
  long offset;  // seconds east of Greenwich
  int is_summer_time;
  const char* name;  // strings that tzset(3) once made stay
};

static std::mutex mutex;          // of the three below, and held in each localtime_r(3) here
static std::optional<Zone> zone;  // none before the first look
static bool is_frozen = false;    // localtime_r(3) may be locked for ever
static bool had_threads = false;

static Zone look_up(std::time_t time) {
  tzset();  // localtime_r(3) alone would not see that the zone was changed
  std::tm local{};
  localtime_r(&time, &local);
  return zone.emplace(Zone{time, local.tm_gmtoff, local.tm_isdst, local.tm_zone});
}

static Zone zone_of(std::time_t time) {
  const std::lock_guard lock(mutex);
  if (zone && (is_frozen || zone->second == time)) return *zone;
  return look_up(time);
}

std::tm local_time(std::time_t time) {
  using namespace std::chrono;
  const Zone here = zone_of(time);
  const sys_seconds moment{seconds{time + here.offset}};
  const sys_days day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  std::tm local{};
  local.tm_year = static_cast<int>(date.year()) - 1900;
  local.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  local.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  local.tm_hour = static_cast<int>(clock.hours().count());
  local.tm_min = static_cast<int>(clock.minutes().count());
  local.tm_sec = static_cast<int>(clock.seconds().count());
  local.tm_wday = static_cast<int>(weekday{day}.c_encoding());
  local.tm_yday = static_cast<int>((day - sys_days{date.year() / January / 1}).count());
  local.tm_isdst = here.is_summer_time;
  local.tm_gmtoff = here.offset;
  local.tm_zone = here.name;
  return local;
}

/// `format` with the seconds since 1970 in place of %s, for which strftime(3) calls mktime(3),
/// which takes the lock.
static std::string without_seconds(const char* format, std::time_t time) {
  std::string result;
  for (const char* at = format; *at; ++at) {
    const std::size_t flags = *at == '%' ? std::strspn(at + 1, "_-0^#+EO123456789") : 0;
    if (*at != '%') {
      result += *at;
    } else if (at[1 + flags] == 's') {
      result += std::to_string(time);
      at += 1 + flags;
    } else {
      result.append(at, 1 + flags);
      at += flags;
      if (at[1]) result += *++at;
    }
  }
  return result;
}

std::size_t format_local_time(char* text, std::size_t size, const char* format, std::time_t time) {
  const std::tm local = local_time(time);
  if (!std::strchr(format, 's')) return std::strftime(text, size, format, &local);
  return std::strftime(text, size, without_seconds(format, time).c_str(), &local);
}

void keep_local_time_at_fork() {
  pthread_atfork(
      [] {
        mutex.lock();
        if (!is_frozen && !__libc_single_threaded) look_up(std::time(nullptr));
        had_threads = !__libc_single_threaded;
      },
      [] { mutex.unlock(); },
      [] {
        new (&mutex) std::mutex;
        is_frozen = is_frozen || had_threads;
      });
}
