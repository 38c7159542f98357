# When the lines come, and the dates in them.
load ../broken/submission

DATES=/var/lib/private/01-date-daemon/dates.txt

setup() {
  solution 01-date-daemon
  in_zone America/St_Johns
}

# A program that opens its file once, and is told which.
holds_it_open() {
  python date_daemon.py '/^while/i dates = open("dates.txt", "a", buffering=1)' 's/with open.*/if True:/'
  change 's/^ExecStart=.*/& dates.txt/'
}

has_dates() {
  lab_run timeout 300 bash -c "until [[ -s $DATES ]]; do sleep 0.05; done"
}

# in_zone ZONE: the lab's, as submission.bash has it.
in_zone() {
  lab_run ln -sf "/usr/share/zoneinfo/$1" /etc/localtime
}

# in_zone_of LINE...: one that zic(8) makes of these lines and calls Here.
in_zone_of() {
  printf '%s\n' "$@" | lab_run bash -c 'rm /etc/localtime && zic -d /run/zones - && cp /run/zones/Here /etc/localtime'
}

# change_of_clocks SECONDS FROM TO: the lab's clocks change in so many seconds.
change_of_clocks() {
  in_zone_of "Zone Here $2 - A $(date --utc --date "$1 seconds" '+%Y %b %-d %H:%M:%Su')" "$3 - B"
}

@test "a round of a fifth of a second too long" {
  python date_daemon.py 's/sleep(1)/sleep(1.2)/'
  fails dates-cadence 'seconds apart'
}

@test "a round of a fifth of a second too short" {
  python date_daemon.py 's/sleep(1)/sleep(0.8)/'
  fails dates-cadence 'seconds apart'
}

@test "a wait of milliseconds" {
  python date_daemon.py 's/sleep(1)/sleep(0.005)/'
  fails dates-cadence 'does not wait for as long as it should'
}

@test "no wait at all" {
  python date_daemon.py '/sleep/d' '/^while/i dates = open("dates.txt", "a", buffering=1)' 's/with open.*/if True:/'
  fails dates-cadence 'does not wait for as long as it should'
}

@test "a loop without a wait fills the disk" {
  python date_daemon.py '/sleep/d' 's/with open.*/with open("dates.txt", "ab") as dates:/' \
    's/dates.write.*/dates.write(b"x" * (1 << 20) + b"\\n" if dates.tell() < (70 << 20) else b"x\\n")/'
  judge --gentle
  [[ $status == 1 && $results == *'grew to more than 64 megabytes'* ]]
}

@test "late by two thirds of a second now and then: all passes" {
  python date_daemon.py '/^import/a late = 0\nbegin = time.monotonic()' \
    's/time.sleep(1)/late += 1\n    time.sleep(max(0, begin + late + (0.65 if late % 4 == 3 else 0) - time.monotonic()))/'
  passes
}

# skips EXPRESSION: leaves out the rounds for which it is true, and keeps to the others' times.
skips() {
  python date_daemon.py '/^import/a count = 0\nbegin = time.monotonic()' \
    "s/^    with/    count += 1\n    time.sleep(max(0, begin + count - time.monotonic()))\n    if $1: continue\n&/" \
    '/^    time.sleep(1)/d'
}

@test "every third round is left out" {
  skips 'count % 3 == 0'
  fails dates-cadence 'rounds are left out again and again'
}

@test "every fourth round is left out" {
  skips 'count % 4 == 3'
  fails dates-cadence 'rounds are left out again and again'
}

@test "one round is left out, as after a stall: all passes" {
  skips 'count == 3'
  passes
}

@test "two dates at once, every other interval" {
  python date_daemon.py 's/sleep(1)/sleep(2)/' 's/%S\\n")/%S\\n") * 2/'
  fails dates-cadence 'several lines come at once'
}

@test "each date twice" {
  python date_daemon.py 's/%S\\n")/%S\\n") * 2/'
  fails dates-cadence 'each line stands in it more than once'
}

@test "what another program empties" {
  python date_daemon.py '/^while/i count = 0' \
    's/^    time.sleep(1)/    count += 1\n    if count % 3 == 0: open("dates.txt", "w").close()\n&/'
  fails dates-cadence 'became shorter while it was watched'
}

# --- Zones -------------------------------------------------------------------------------------

@test "the caller's time zone and locale change nothing: all passes" {
  start
  lab_run env TZ=Asia/Kathmandu LC_ALL=es_ES.UTF-8 \
    servicios-check "$STAGE" --interval 1 --gentle --lang en
}

@test "the date is UTC's" {
  python date_daemon.py 's/%S\\n"/&, time.gmtime()/'
  in_zone America/St_Johns
  fails dates-cadence "the date is UTC's"
  [[ $report == *'in its time zone, UTC-0'* ]]
}

@test "the date of another time zone, which a variable names" {
  change '/^\[Service\]/a Environment=TZ=America/Lima'
  fails dates-cadence 'in its time zone'
  [[ $report == *'UTC-05:00'*'TZ=America/Lima'* ]]
}

@test "the date of a zone that is half an hour away" {
  in_zone Australia/Adelaide
  change '/^\[Service\]/a Environment=TZ=Australia/Brisbane'
  fails dates-cadence 'that of another zone, UTC+10:00'
}

@test "the date is summer's, in winter, or winter's in summer" {
  in_zone_of 'Rule S 1990 max - Jan 1 0:00 1:00 S' 'Rule S 1990 max - Jul 1 0:00 0 W' 'Zone Here 3:30 S AA%s'
  python date_daemon.py 's/%S\\n"/&, time.gmtime(time.time() + other())/' '/^import/a def other():\n    now = time.localtime()\n    return now.tm_gmtoff + (-3600 if now.tm_isdst else 3600)'
  fails dates-cadence 'winter and summer time differ'
}

@test "in the hour that comes twice: all passes" {
  change_of_clocks -60 3:30 2:30
  passes
}

@test "the clocks go back while it is judged: all passes" {
  change_of_clocks 4 3:30 2:30
  start_and_wait
  passes
}

@test "the clocks go forward while it is judged: all passes" {
  change_of_clocks 4 3:30 4:30
  start_and_wait
  passes
}

@test "the date of another day" {
  python date_daemon.py 's/%S\\n"/&, time.localtime(time.time() - 86400 * 3 - 100)/'
  fails dates-cadence 'not the one of when its line was written'
}

@test "it ends after its third date" {
  python date_daemon.py '/^import/a import sys\ncount = 0' 's/^    time.sleep(1)/    count += 1\n    if count == 3: sys.exit("no more dates")\n&/'
  change '/^Restart=/a RestartSec=60'
  fails dates-cadence 'no more dates'
}

# --- Its file ----------------------------------------------------------------------------------

@test "the file is deleted while the program has it open" {
  holds_it_open
  start
  has_dates
  lab_run rm "$DATES"
  fails dates-written 'was deleted while the program had it open'
}

@test "the file is renamed while the program has it open" {
  holds_it_open
  start
  has_dates
  lab_run mv "$DATES" "${DATES%.txt}.old"
  fails dates-written 'was renamed while the program had it open'
}

@test "an argument with a dot in it is no file that is gone: all passes" {
  python date_daemon.py '/^while/i dates = open("dates.txt", "a", buffering=1)' 's/with open.*/if True:/'
  change 's/^ExecStart=.*/& --host api.example.com 127.0.0.1:8080/'
  judge --gentle
  grep -q '^dates-written pass$' <<<"$results"
}

@test "renamed, and opened anew for each date: all passes" {
  python date_daemon.py
  start
  has_dates
  lab_run mv "$DATES" "${DATES%.txt}.old"
  has_dates
  passes
}

@test "the file is emptied, and not open to append" {
  program <<'END'
#!/usr/bin/python3
import time
dates = open("dates.txt", "w")
while True:
    dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    dates.flush()
    time.sleep(1)
END
  start
  has_dates
  lab_run truncate --size=0 "$DATES"
  has_dates
  fails dates-form 'zeros stand before it'
}

@test "the file is emptied, and open to append: all passes" {
  start
  has_dates
  lab_run truncate --size=0 "$DATES"
  passes
}

# at_the_hour HOUR: the lab's clock shows it, and a minute that is the number of another
# month, which has 31 days.
at_the_hour() {
  local minute=7
  [[ $(date +%m) != 0[78] ]] || minute=12
  local east=$(($1 * 3600 + minute * 60 - $(date +%s) % 86400)) sign=''
  ((east >= 0)) || sign=- east=$((-east))
  in_zone_of "Zone Here $sign$((east / 3600)):$((east / 60 % 60)):$((east % 60)) - A"
}

@test "the month stands where the minute should" {
  at_the_hour 15
  python date_daemon.py 's/%H:%M:%S/%H:%m:%S/'
  fails dates-cadence '%M is the minute, %m the month'
  [[ $report == *'strftime(3) says'* && $report != *'no TZ='* ]]
}

@test "the minute stands where the month should" {
  at_the_hour 15
  python date_daemon.py 's/%Y-%m/%Y-%M/'
  fails dates-cadence '%m is the month, %M the minute'
}

@test "the hour is that of a clock with twelve hours" {
  at_the_hour 15
  python date_daemon.py 's/%H/%I/'
  fails dates-cadence '%H is the hour of the day'
}

@test "the hour is that of a clock with twelve hours, in the morning" {
  at_the_hour 6
  python date_daemon.py 's/%H/%I/'
  warns dates-form 'these dates are correct at this moment, and at '
  [[ $report == *'found       %Y-%m-%d %I:%M:%S'* && $report == *' 13:00:00 the program will write '*' 01:00:00'* ]]
}

# twelve_hours_away: the lab's zone is $east hours east, where it is afternoon: twelve hours before, it is the
# same day.
twelve_hours_away() {
  local hour=$((10#$(date -u +%H)))
  east=13
  ((hour < 10)) || east=3
  ((hour < 13)) || east=0
  ((hour < 23)) || east=-2
  in_zone_of "Zone Here $east:00:00 - A"
}

@test "the date of a zone that is twelve hours away is none of a clock with twelve hours" {
  twelve_hours_away
  change "/^\[Service\]/a Environment=TZ=XYZ$((12 - east))"
  fails dates-cadence 'that of another zone, UTC'
}

@test "a date that the program itself puts twelve hours away is none of a clock with twelve hours" {
  twelve_hours_away
  python date_daemon.py "s/%S\\\\n\"/&, time.gmtime(time.time() + 3600 * $((east - 12)))/"
  fails dates-cadence "the date is "
  [[ $results != *'twelve hours'* ]]
}

@test "the file is made longer than what is in it" {
  program <<'END'
#!/usr/bin/python3
import os, time
dates = os.open("dates.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
os.posix_fallocate(dates, 0, 4096)
while True:
    os.write(dates, time.strftime("%Y-%m-%d %H:%M:%S\n").encode())
    time.sleep(1)
END
  fails dates-form 'the file was made longer than what is in it'
}

@test "each line takes two writes: a warning" {
  python date_daemon.py 's/%S\\n"))/%S")); dates.flush(); dates.write("\\n")/'
  warns dates-cadence 'each line is written in parts'
}

@test "the last line alone stands in a second file, too: all passes" {
  python date_daemon.py 's/^    time.sleep/    open("latest.txt", "w").write(time.strftime("%Y-%m-%d %H:%M:%S\\n"))\n&/'
  passes
}
