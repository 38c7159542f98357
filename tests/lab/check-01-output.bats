# The file: dates, one a line, one an interval.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "01 in another language: all passes" {
  program <<'END'
#!/bin/bash
trap 'exit 0' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95 & wait; done
END
  passes
}

@test "its file is in a /tmp that nobody else sees: all passes" {
  python date_daemon.py
  change 's|^WorkingDirectory=.*|WorkingDirectory=/tmp|'
  passes
}

@test "it prints the dates" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 1; done
END
  fails dates-written 'prints its lines'
}

@test "it prints the dates, and its environment names a file of the kernel's" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 1; done
END
  local tree
  tree=$(lab_run findmnt --noheadings --raw --first-only --output TARGET --types cgroup2)
  change "/^\[Service\]/a Environment=WATCHED=$tree/system.slice/%n/cgroup.procs" \
    "/^\[Service\]/a ExecStartPost=+/bin/touch $tree/system.slice/%n/cgroup.procs"
  fails dates-written 'prints its lines'
}

@test "a kill -9 that it came back from is not the reason" {
  program <<'END'
#!/bin/sh
exec sleep infinity
END
  change '/^\[Service\]/a Type=exec'
  start_and_wait
  lab_run bash -c "systemctl kill --signal=KILL $STAGE
    until [[ \$(systemctl show --value --property=NRestarts $STAGE) == 1 ]]; do sleep 0.05; done
    until systemctl is-active --quiet $STAGE; do sleep 0.05; done"
  fails dates-written 'look for the reason in the program'
}

@test "the file is buffered" {
  program <<'END'
#!/usr/bin/python3
import time
dates = open("dates.txt", "a")
while True:
    dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    time.sleep(1)
END
  fails dates-written 'still in its own buffer'
}

@test "another form of date" {
  program <<'END'
#!/bin/sh
while true; do date '+%d/%m/%Y %H:%M:%S' >>dates.txt; sleep 1; done
END
  fails dates-form 'that is not a date'
}

@test "the month and the minute have changed places" {
  python date_daemon.py 's/%m/%N/; s/%M/%m/; s/%N/%M/'
  # In the minute that has the month's number it is right.
  until [[ $(date +%M) != "$(date +%m)" && $(date -d '20 seconds' +%M) != "$(date +%m)" ]]; do sleep 1; done
  judge --gentle
  # In the first twelve minutes of an hour it is a date, and a wrong one.
  [[ $status == 1 && $report == *'in the program stands the format "%Y-%M-%d %H:%m:%S'*'which writes that'* ]]
}

@test "the day comes first in the program's format" {
  python date_daemon.py 's/%Y-%m-%d/%d-%m-%Y/'
  fails dates-form 'which writes that'
  [[ $report == *'in the program stands the format "%d-%m-%Y %H:%M:%S"'* ]]
}

@test "a line of an earlier program, mended since" {
  change "s|^ExecStart=|ExecStartPre=/bin/sh -c 'echo today >>dates.txt'\n&|"
  start
  lab_run bash -c 'until (($(wc -l </var/lib/01-date-daemon/dates.txt) >= 5)); do sleep 0.1; done'
  fails dates-form "may be an earlier program's"
  [[ $report == *'sudo rm /var/lib/private/01-date-daemon/dates.txt'* ]]
}

@test "started in the second of the last date of the run before: all passes" {
  change 's/--interval 1/--interval 2/' \
    "s|^ExecStart=|ExecStartPre=/bin/sh -c 'date \"+%%F %%T\" >>dates.txt'\n&|"
  start_and_wait
  INTERVAL=2 judge --gentle
  [[ $status == 0 ]]
}

@test "a buffer ends in the midst of a line" {
  program <<'END'
#!/usr/bin/python3
import time
date = time.strftime("%Y-%m-%d %H:%M:%S\n")
with open("dates.txt", "a") as dates:
    dates.write(3 * date + date[:10])
while True:
    time.sleep(1)
END
  fails dates-form 'half a line'
}

@test "more of the buffer than its text" {
  python date_daemon.py 's/%S\\n"))/%S\\n") + "\\0")/'
  fails dates-form 'bytes of value 0 stand behind the text'
  [[ $report != *'emptied'* ]]
}

@test "its own log has a line before the first date: all passes" {
  python date_daemon.py '/^while/i open("daemon.log", "w").write("begun\\n")\nopen("daemon.pid", "w").write(f"{__import__('"'os'"').getpid()}\\n")\ntime.sleep(2)'
  passes
}

@test "its dates are in a folder below, and its own log is not: all passes" {
  python date_daemon.py '/^while/i import os\nos.makedirs("data", exist_ok=True)\nopen("daemon.log", "a").write("begun\\n")' \
    's|"dates.txt"|"data/dates.txt"|'
  passes
}

@test "a form that stands in the program: no setting is blamed" {
  python date_daemon.py 's/%Y-%m-%d/%d.%m.%Y/'
  change '/^\[Service\]/a Nice=5\nEnvironment=PYTHONUNBUFFERED=1\nTimeoutStopSec=10'
  fails dates-form 'in the program stands the format'
  [[ $report != *'can cause this'* && $report != *'meant to be there'* ]]
}

@test "what it says goes into its file, as standard output does" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 0.95; done
END
  change '/^\[Service\]/a StandardOutput=append:/var/log/dates.txt'
  fails descriptors 'standard error goes where standard output does'
  lab_run rm /var/log/dates.txt
}

@test "its standard output is to go into a folder that systemd makes after that" {
  change '/^\[Service\]/a StandardOutput=append:%S/%N/out.txt' 's/^StateDirectory=.*/StateDirectory=01-date-daemon/'
  fails active 'is not there yet when systemd opens the file'
}

@test "the program itself goes to /" {
  program <<'END'
#!/bin/sh
cd /
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done 2>/dev/null
END
  fails dates-written 'the program itself went to /'
}

@test "no newline" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S' | tr -d '\n' >>dates.txt; sleep 1; done
END
  fails dates-form 'the line has no end'
}

@test "no newline, and no rest" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S' | tr -d '\n' >>dates.txt; sleep 0.1; done
END
  fails dates-form 'the line has no end'
}

@test "the newline comes before the line, and no rest" {
  program <<'END'
#!/bin/sh
while true; do printf '\n%s' "$(date '+%Y-%m-%d %H:%M:%S')" >>dates.txt; sleep 0.1; done
END
  fails dates-form 'the line is empty'
}

@test "a carriage return" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S' | sed 's/$/\r/' >>dates.txt; sleep 1; done
END
  fails dates-form 'a carriage return'
  [[ $report == *':00\r\n"'* || $report == *'\r\n"'* ]]
}

@test "the file is started anew for each date" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S' >dates.txt; sleep 1; done
END
  fails dates-cadence 'open it to append'
}

@test "one date, and then nothing" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
exec sleep infinity
END
  fails dates-cadence 'then stopped writing'
}

@test "too quick" {
  change 's/--interval 1/--interval 0.2/'
  fails dates-cadence 'seconds apart'
}

@test "the date of another time zone" {
  change '/^\[Service\]/a Environment=TZ=America/Lima'
  fails dates-cadence 'in its time zone'
}

@test "everybody may write to the file, and execute it: all passes" {
  change 's/^DynamicUser=.*/User=nobody/'
  start
  lab_run bash -c 'until [[ -s /var/lib/01-date-daemon/dates.txt ]]; do sleep 0.1; done
    chmod 777 /var/lib/01-date-daemon/dates.txt'
  passes
}

@test "its own text says where, and another file has the latest date: all passes" {
  python date_daemon.py 's|"dates.txt"|"/var/tmp/dates.txt"|' \
    '/^    time.sleep/i\    with open("/var/tmp/latest.txt", "w") as last: last.write(time.strftime("%Y-%m-%d %H:%M:%S\\n"))'
  passes
}

@test "the file is in its CacheDirectory=: all passes" {
  python date_daemon.py '1a import os' 's|"dates.txt"|os.environ["CACHE_DIRECTORY"] + "/" + "dates.txt"|'
  change '/^\[Service\]/a CacheDirectory=dates'
  passes
}

@test "the file is in a folder below, and opened anew each time: all passes" {
  python date_daemon.py 's|dates.txt|data/&|'
  change 's|^ExecStart=|ExecStartPre=/bin/mkdir -p data\n&|'
  passes
}

@test "the file is what a variable of the environment says: all passes" {
  python date_daemon.py 's/^import.*/import os, time/' 's|"dates.txt"|os.environ["DATES_FILE"]|'
  change '/^\[Service\]/a Environment=DATES_FILE=/var/lib/dates/dates.txt' \
    's|^StateDirectory=.*|& dates|'
  passes
}
