# The right cause: the settings that have a say, and what was seen of a start or an end.
load ../broken/submission

setup() { solution 01-date-daemon; }

# drop_in FILE LINE...: puts it where systemd reads it; the test removes it.
drop_in() {
  printf '%s\n' "${@:2}" >"$BATS_TEST_TMPDIR/drop-in"
  lab_run install -D -m 644 /dev/stdin "$1" <"$BATS_TEST_TMPDIR/drop-in"
}

# --- Settings with a say -------------------------------------------------------------------------

@test "TemporaryFileSystem= hides the folder of the program" {
  change '/^\[Service\]/a TemporaryFileSystem=/usr/local'
  fails active 'a setting of the unit hides one of them'
  [[ $report == *': TemporaryFileSystem=/usr/local'* && $report != *'or its loader names is not'* ]]
}

@test "NoExecPaths= forbids the program" {
  change '/^\[Service\]/a NoExecPaths=/usr/local'
  fails active 'its permissions let anyone execute it'
  [[ $report == *': NoExecPaths=/usr/local'* && $report != *'may not enter one of the folders'* ]]
}

@test "LimitFSIZE= forbids a second line" {
  change '/^\[Service\]/a LimitFSIZE=30'
  judge --gentle
  [[ $status == 1 && $results == *'01-date-daemon.service:'*': LimitFSIZE=30'* ]]
}

@test "RuntimeMaxSec= ends it" {
  change '/^\[Service\]/a RuntimeMaxSec=1' 's/^Restart=.*/Restart=on-abort/'
  judge --gentle
  [[ $status == 1 && $results == *'RuntimeMaxSec=1'* ]]
}

@test "RuntimeMaxSec= will end it: a warning" {
  change '/^\[Service\]/a RuntimeMaxSec=1h'
  warns unharmed 'it is ended when it has run for 3600 seconds'
}

@test "LimitCPU= will end it: a warning" {
  change '/^\[Service\]/a LimitCPU=600'
  warns unharmed 'it is ended when it has used 600 seconds of processor time'
}

@test "MemoryMax= is too little" {
  change '/^\[Service\]/a LimitAS=1M'
  fails active 'LimitAS=1M'
}

@test "a drop-in of all services has a say, too" {
  drop_in /etc/systemd/system/service.d/lean.conf '[Service]' 'LimitAS=1M'
  lab_run systemctl daemon-reload
  fails active '/etc/systemd/system/service.d/lean.conf:2: LimitAS=1M'
  lab_run rm -r /etc/systemd/system/service.d
}

@test "a drop-in of all units that begin alike has a say, too" {
  drop_in /run/systemd/system/01-.service.d/lean.conf '[Service]' 'LimitAS=1M'
  lab_run systemctl daemon-reload
  fails active '/run/systemd/system/01-.service.d/lean.conf:2: LimitAS=1M'
  lab_run rm -r /run/systemd/system/01-.service.d
}

@test "a setting that makes no difference is not named" {
  change '/^\[Service\]/a StandardOutput=journal\nTimeoutStopSec=90\nKillMode=control-group' \
    's/--file/--no-file/'
  fails active 'status 2'
  [[ $report != *'StandardOutput='* && $report != *'TimeoutStopSec='* && $report != *'KillMode='* ]]
}

@test "the settings that the lesson asks for are not named" {
  change 's/--file/--no-file/'
  fails active 'status 2'
  [[ $report != *"systemd's defaults"* ]]
}

# --- What was seen -------------------------------------------------------------------------------

@test "ExecStart=- hides its exit status from systemd" {
  change 's/^ExecStart=/&-/' 's/--file/--no-file/'
  fails active 'status 2'
  [[ $report == *'systemd takes that for a success'* ]]
}

@test "SuccessExitStatus= hides its exit status" {
  change 's/--file/--no-file/' '/^\[Service\]/a SuccessExitStatus=2'
  fails active 'status 2'
  [[ $report == *': SuccessExitStatus=2'* ]]
}

@test "a signal that systemd takes for clean ends it" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
kill -HUP $$
END
  fails active 'SIGHUP'
  [[ $report == *'was not asked to stop it'* ]]
}

@test "the same, after systemd has given up" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
kill -HUP $$
END
  change '/^\[Unit\]/a StartLimitBurst=2'
  start
  lab_run timeout 300 bash -c 'until systemctl is-failed --quiet 01-date-daemon; do sleep 0.05; done'
  judge --gentle
  [[ $status == 1 && $report == *'was ended by SIGHUP'*'was not asked to stop it'* ]]
}

@test "the same, looked at while it runs once more" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
sleep 0.3
kill -HUP $$
END
  change '/^\[Unit\]/a StartLimitIntervalSec=0' '/^Restart=/a RestartSec=30ms'
  start
  # It may end while the check looks, or after that.
  judge --gentle
  [[ $status == 1 && $report == *'was ended by SIGHUP'* ]]
}

@test "its start waits for a unit that is never there" {
  lab_run bash -c "printf '[Service]\nType=oneshot\nExecStart=sleep infinity\n' >/run/systemd/system/slow.service"
  change '/^\[Unit\]/a Wants=slow.service\nAfter=slow.service'
  fails active 'waits in systemd'
  [[ $report == *'slow.service/start'* && $report == *'01-date-daemon.service:5: After=slow.service'* ]]
  [[ $report != *'nobody has started it'* ]]
  lab_run bash -c 'systemctl stop 01-date-daemon slow; rm /run/systemd/system/slow.service'
}

@test "ExecStartPre= does not end" {
  change 's|^ExecStart=|ExecStartPre=/bin/sleep 300\n&|'
  fails active 'ExecStartPre=/bin/sleep 300 has been running'
}

@test "ExecCondition= does not end" {
  change 's|^ExecStart=|ExecCondition=/bin/sleep 300\n&|'
  fails active 'ExecCondition=/bin/sleep 300 has been running'
}

@test "ExecStartPost= does not end" {
  change 's|^ExecStart=|ExecStartPost=/bin/sleep 300\n&|'
  fails active 'ExecStartPost=/bin/sleep 300 has been running'
}

@test "a shell's & under Type=simple" {
  change "s|^ExecStart=\(.*\)|ExecStart=/bin/sh -c '\1 \&'|"
  fails active 'it goes into the background (&)'
}

@test "a script forks" {
  program <<'END'
#!/usr/bin/python3
import os, time
if os.fork():
    os._exit(0)
while True:
    with open("dates.txt", "a") as dates:
        dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    time.sleep(1)
END
  fails active 'it goes into the background (os.fork())'
}

@test "a script's && at the end of a line, and an & that it waits for, are no background" {
  program <<'END'
#!/bin/sh
cd . &&
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
sleep 0.1 &
wait $!
END
  fails active 'ended by itself, with status 0'
  [[ $report != *'goes into the background'* ]]
}

@test "a program calls daemon(3)" {
  lab_run bash -c "cd /srv/student && printf '#include <unistd.h>\nint main() { daemon(0, 0); for (;;) pause(); }\n' >d.c && gcc d.c -o program"
  change "s|^ExecStart=.*|ExecStart=$PROGRAM|"
  fails active 'it goes into the background (daemon)'
}

@test "a command starts it in the background" {
  change 's|^ExecStart=|&/usr/bin/setsid |'
  fails active 'it goes into the background (setsid)'
}

@test "main() returns while a thread writes" {
  program <<'END'
#!/usr/bin/python3
import threading, time
def dates():
    while True:
        with open("dates.txt", "a") as file:
            file.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
        time.sleep(1)
threading.Thread(target=dates, daemon=True).start()
END
  fails active 'its threads with it (daemon=True)'
  [[ $report != *'/dev/null'* ]]
}

@test "Windows ends the line that env reads" {
  program <<'END'
#!/usr/bin/env python3
import time
END
  lab_run sed -i 's/$/\r/' "$PROGRAM"
  fails active 'its lines end as Windows writes them'
}

@test "standard input is named of what reads it, and of nothing else" {
  program <<'END'
#!/usr/bin/python3
import time
for line in open("/dev/stdin"):
    print(time.strftime("%Y-%m-%d %H:%M:%S"))
END
  fails active "a service's standard input is /dev/null"
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
END
  start
  fails active 'ended by itself, with status 0'
  [[ $report != *'/dev/null'* ]]
}

@test "% in a shell's argument" {
  change "s|^ExecStart=.*|ExecStart=/bin/sh -c 'while true; do date \"+%Y-%m-%d %H:%M:%S\" >>dates.txt; sleep 1; done'|"
  fails dates-form 'leaves a % where it reads %%'
  [[ $report == *'01-date-daemon.service:'*': systemd replaces'* ]]
}

@test "a shell's commands without quotes" {
  change 's|^ExecStart=.*|ExecStart=/bin/sh -ec while true; do date >>dates.txt; sleep 1; done|'
  fails unit-values 'sh -c takes one argument as its commands'
}

@test "\${NAME} with blanks is one argument" {
  change 's|^ExecStart=\([^ ]*\) .*|Environment="OPTIONS=--interval 1"\nExecStart=\1 ${OPTIONS}|'
  fails active 'makes one argument of ${OPTIONS}, with the blanks in it'
}

@test "a shell's own \${name}" {
  change "s|^ExecStart=.*|ExecStart=/bin/sh -c 'f=dates.txt; while true; do date \"+%%F %%T\" >>\${f}; sleep 1; done'|"
  fails active 'replaces ${f} by nothing'
  [[ $report == *'01-date-daemon.service:'*': systemd replaces ${f}'* ]]
}

@test "\$\${name} is the shell's, and \${NAME} the unit's: all passes" {
  change "s|^ExecStart=.*|Environment=PAUSE=0.95\nExecStart=/bin/sh -c 'f=dates.txt; while true; do date \"+%%F %%T\" >>\$\${f}; sleep \${PAUSE}; done'|"
  passes
}

@test "a folder that root has made" {
  python date_daemon.py
  change 's/^DynamicUser=.*/User=nobody/' 's/^StateDirectory=.*//' 's|^WorkingDirectory=.*|WorkingDirectory=/srv/student|'
  fails active '/srv/student belongs to root and has the mode 0755: nobody may make no file there'
}

@test "a file that root has made, and a program that says nothing" {
  lab_run install -d -o nobody /srv/student/own
  lab_run bash -c 'echo notes >/srv/student/own/dates.txt'
  change 's/^DynamicUser=.*/User=nobody/' 's/^StateDirectory=.*//' 's|^WorkingDirectory=.*|WorkingDirectory=/srv/student/own|' \
    "s|^ExecStart=.*|ExecStart=/bin/sh -c 'while true; do date \"+%%F %%T\" 2>/dev/null >>dates.txt; sleep 1; done' 2>/dev/null|"
  fails dates-written 'dates.txt belongs to root and has the mode 0644: nobody may not write to it'
  [[ $report == *'with chown'* ]]
}

@test "a drop-in, and no daemon-reload" {
  start_and_wait
  drop_in "$SYSTEM/$STAGE.service.d/interval.conf" '[Service]' 'Nice=5'
  fails unit-reloaded 'changed after systemd had read it'
  [[ $report == *'interval.conf: systemd has not read it'* ]]
}

@test "its job timed out before its turn came" {
  lab_run bash -c "printf '[Service]\nType=oneshot\nExecStart=sleep infinity\n' >/run/systemd/system/slow.service"
  change '/^\[Unit\]/a Wants=slow.service\nAfter=slow.service\nJobTimeoutSec=1'
  fails active 'JobTimeoutSec=1'
  [[ $report == *'timed out'* && $report != *'nobody has started it'* ]]
  lab_run bash -c 'systemctl stop slow; rm /run/systemd/system/slow.service'
}

@test "Type=idle, and ExecStartPre= does not end" {
  change 's|^ExecStart=|Type=idle\nExecStartPre=/bin/sleep 300\n&|'
  fails active 'ExecStartPre=/bin/sleep 300 has been running'
}

@test "its start is to take a name on the bus" {
  change '/^\[Service\]/a Type=dbus\nBusName=org.example.Dates'
  fails active 'does not take the name org.example.Dates on the bus'
}

@test "RuntimeMaxSec= is over, and it ends as it is told" {
  change '/^\[Service\]/a RuntimeMaxSec=1'
  judge --gentle
  [[ $status == 1 && $results == *'it ran for RuntimeMaxSec=1s'* ]]
  [[ $results != *'ended by itself, with status 0'* && $results != *'does not end at SIGTERM'* ]]
}

@test "the same, and the next run begins at once" {
  change '/^\[Service\]/a RuntimeMaxSec=300ms\nRestartSec=1ms' 's/^Restart=.*/Restart=always/' \
    '/^\[Unit\]/a StartLimitIntervalSec=0'
  judge --gentle
  [[ $status == 1 && $results == *'it ran for RuntimeMaxSec=0.3s'* ]]
  [[ $results != *'ended by itself, with status 0'* && $results != *'its stop did not end'* ]]
}

@test "WorkingDirectory= is a folder that there is not" {
  change 's|^WorkingDirectory=.*|WorkingDirectory=%S/%n|'
  fails active 'there is no folder /var/lib/01-date-daemon.service'
}

@test "BindPaths= names what is not there" {
  change '/^\[Service\]/a BindPaths=/nowhere:/mnt'
  fails active ': BindPaths= names /nowhere, which is not there'
}

@test "StandardOutput= cannot be opened" {
  change '/^\[Service\]/a StandardOutput=append:/nowhere/dates.log'
  fails active ': StandardOutput=append:/nowhere/dates.log'
}

@test "its file cannot be opened a second time" {
  # Not before the check has seen that it is active, on a slow machine, too.
  python date_daemon.py 's/sleep(1)/sleep(2)/'
  change '/^\[Service\]/a UMask=0777'
  judge --gentle
  [[ $status == 1 && $results == *'ended by itself while the stage was judged'*': UMask=0777'* ]]
}

# --- At boot -------------------------------------------------------------------------------------

# enables LINE: in [Unit], and starts nothing.
enables() {
  change "/^\[Unit\]/a $1"
  put
  lab_run systemctl enable --quiet "$STAGE"
  # shellcheck disable=SC2034  # judge() asks
  STARTED=yes
}

@test "Conflicts= with what the boot brings up" {
  enables Conflicts=multi-user.target
  fails wanted-by 'of two that exclude one another systemd leaves one out'
  [[ $report == *'01-date-daemon.service:4: Conflicts=multi-user.target'* ]]
}

@test "Before= what it has to come after" {
  enables Before=basic.target
  fails wanted-by 'in a circle'
  [[ $report == *'01-date-daemon.service -> basic.target -> 01-date-daemon.service'* ]]
}

@test "User=root" {
  change 's/^DynamicUser=.*/User=root/'
  fails not-root 'User=root'
}

# --- What runs is what the unit says now ---------------------------------------------------------

@test "restarted, and reloaded only then" {
  start_and_wait
  change 's/--file dates.txt/--file other.txt/'
  put
  lab_run touch -d '1 hour ago' "$SYSTEM/$STAGE.service"
  fails current 'was changed after the process had been started'
}

@test "a leading option was removed, and it was not restarted" {
  start_and_wait
  change 's/--file dates.txt //'
  put
  fails current 'was changed after the process had been started'
}

@test "Environment= was changed, and it was not restarted" {
  change '/^\[Service\]/a Environment=COLOUR=red'
  start_and_wait
  change 's/COLOUR=red/COLOUR=green/'
  put
  fails current 'it has the variables of then'
  [[ $report == *'COLOUR=green'*'COLOUR=red'* ]]
}

@test "Environment= was removed, and it was not restarted" {
  change '/^\[Service\]/a Environment=COLOUR=red'
  start_and_wait
  change '/COLOUR=red/d'
  put
  fails current 'it has the variables of then'
}

@test "EnvironmentFile= was changed, and it was not restarted" {
  lab_run bash -c 'echo COLOUR=red >/etc/default/dates'
  change '/^\[Service\]/a EnvironmentFile=/etc/default/dates'
  start_and_wait
  lab_run bash -c 'echo COLOUR=green >/etc/default/dates'
  fails current 'it has the variables of then'
}

@test "User= was changed, and it was not restarted" {
  lab_run useradd --system dates-1
  lab_run useradd --system dates-2
  change 's/^DynamicUser=.*/User=dates-1/'
  start_and_wait
  change 's/dates-1/dates-2/'
  put
  fails current 'User= was changed'
}

@test "variables within the command, and from a file: all passes" {
  lab_run bash -c 'printf "# what it writes\nFILE=dates.txt\n" >/etc/default/dates'
  change '/^\[Service\]/a EnvironmentFile=/etc/default/dates\nEnvironment="TITLE=date #1" EMPTY=' \
    's/--file dates.txt/--file ${FILE}/'
  passes
}

# --- To the end ----------------------------------------------------------------------------------

@test "it ends by itself while it is judged" {
  change 's/^ExecStart=.*/& --count 3/'
  judge --gentle
  [[ $status == 1 && $results == *'fail '*'ended by itself while the stage was judged'* ]]
}

@test "a child outlives the stop" {
  program <<'END'
#!/bin/sh
setsid sleep 600 &
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  change '/^\[Service\]/a KillMode=process'
  fails stop 'a process that it had started runs on: KillMode=process'
}

@test "KillMode=none, which systemd advises against, is a warning before that" {
  change '/^\[Service\]/a KillMode=none'
  fails stop 'a process that it had started runs on: KillMode=none'
  [[ $results == *'unit-lines warning '*'advises against it'* ]]
}

@test "ExecStop= does not end" {
  change '/^\[Service\]/a ExecStop=/bin/sleep 300'
  fails stop 'its stop is not over: ExecStop=/bin/sleep 300 has been running'
  [[ $report != *'does not end at SIGTERM'* && $report != *'let SIGTERM end the wait'* ]]
}

@test "ExecStop= fails" {
  change '/^\[Service\]/a ExecStop=/bin/false'
  fails stop 'ExecStop=: the program itself ended with status 1'
  [[ $report == *'see to it that ExecStop= succeeds'* ]]
}

@test "KillSignal= is one that ends nothing" {
  change '/^\[Service\]/a KillSignal=SIGCONT'
  fails stop 'the program does not end at SIGCONT'
}

@test "a child does not end at SIGTERM" {
  python date_daemon.py '/^import/a import subprocess\nsubprocess.Popen(["sh", "-c", "trap \\"\\" TERM; while true; do sleep 1; done"])'
  fails stop 'the program has ended, and a process that it started does not end at SIGTERM'
}

@test "a lock of the run before keeps it from starting" {
  program <<'END'
#!/bin/sh
mkdir dates.lock || { echo "it runs already: dates.lock" >&2; exit 1; }
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  fails stop 'does not start a second time'
  [[ $report == *'left of the run before: '*'dates.lock'* ]]
}

# --- What the lesson asks ------------------------------------------------------------------------

@test "no Restart=" {
  change '/^Restart=/d'
  fails comes-back 'there is no Restart='
}

@test "Restart=on-success" {
  change 's/^Restart=.*/Restart=on-success/'
  fails comes-back 'with Restart=on-success systemd does not start it again'
}

@test "RestartSec= is for ever" {
  change 's/^Restart=.*/&\nRestartSec=infinity/'
  fails comes-back 'too long a time'
}

@test "a program of the machine's own starts it: all passes" {
  change 's|^ExecStart=|&/usr/bin/nice -n 1 |'
  passes
}

@test "Restart=always: all passes" {
  change 's/^Restart=.*/Restart=always/'
  passes
}


@test "a wrong option is status 1" {
  python date_daemon.py '/^import/a import sys\nif "--no-such-option" in sys.argv: sys.exit("unknown option")'
  change 's/^ExecStart=.*/& --file dates.txt/'
  fails bad-option 'is exit status 2'
}

@test "a wrong option is said, and is a success" {
  python date_daemon.py '/^import/a import sys\nif "--no-such-option" in sys.argv: print("unknown option --no-such-option"); sys.exit(0)'
  change 's/^ExecStart=.*/& --file dates.txt/'
  fails bad-option 'the program says it, and ends with status 0'
}

@test "a wrong option is a wall of text" {
  python date_daemon.py '/^import/a import sys\nif "--no-such-option" in sys.argv: print("usage\\nusage"); sys.exit(2)'
  change 's/^ExecStart=.*/& --file dates.txt/'
  fails bad-option 'more than one line'
}

@test "a wrong option is ignored" {
  python date_daemon.py
  change 's/^ExecStart=.*/& --file dates.txt/'
  fails bad-option 'would go unnoticed'
}

@test "# and > in quotes: all passes" {
  python date_daemon.py '/^import/a import sys\nif "--no-such-option" in sys.argv: sys.stderr.write("no\\n"); sys.exit(2)'
  change 's/^ExecStart=.*/& --title "#1" "> 0"/' '/^\[Service\]/a Environment="TITLE=date #1"'
  passes
}

@test "the file goes with the service, is a warning" {
  change 's/^StateDirectory=.*/RuntimeDirectory=%N/' 's/^WorkingDirectory=.*/WorkingDirectory=%t\/%N/'
  warns dates-written 'what is in a RuntimeDirectory= after each stop'
}

@test "one start an hour" {
  change '/^\[Unit\]/a StartLimitIntervalSec=1h\nStartLimitBurst=1'
  fails comes-back 'systemd counts the first start, too'
}

@test "an earlier try writes to the same file, too" {
  lab_run bash -c "mkdir -p /var/lib/private/$STAGE; systemd-run --quiet --unit=first-try \
    /usr/local/bin/$STAGE --file /var/lib/private/$STAGE/dates.txt --interval 0.5"
  fails dates-cadence 'another process has that file open, too: '
  lab_run systemctl stop first-try
}

@test "a wrong option is told as Python's argparse does, with its usage first" {
  python date_daemon.py '/^import/a import argparse\np = argparse.ArgumentParser()\np.add_argument("--file")\np.parse_args()'
  change 's/^ExecStart=.*/& --file dates.txt/'
  fails bad-option 'more than one line'
}

@test "a unit with a byte order mark and a PC's ends of lines: all passes" {
  change '/^#/d' '1s/^/\xEF\xBB\xBF/' 's/$/\r/'
  start_and_wait
  passes
}

@test "no WorkingDirectory=, for a shell goes to its folder, is a warning" {
  change '/^WorkingDirectory=/d' \
    's|^ExecStart=\(.*\)|ExecStart=/bin/sh -c '"'"'cd "$$STATE_DIRECTORY" \&\& exec \1'"'"'|'
  warns unit-keys 'WorkingDirectory='
}

@test "a script has the interpreter run its text, and writes later: all passes" {
  program <<'END'
#!/bin/sh
exec bash -c 'while true; do date "+%Y-%m-%d %H:%M:%S" >>dates.txt; sleep 0.99; done' daemon dates.txt
END
  start_and_wait
  sleep 2
  judge --gentle
  [[ $results == *'current pass'* ]]
}

# --- What fresh eyes met -------------------------------------------------------------------------

@test "a mask is taken for a mode: the second start may not open the file" {
  change '/^\[Service\]/a UMask=0644'
  fails stop 'does not start a second time'
  grep -q 'service:[0-9]*: UMask=0644' <<<"$report"
}

@test "a student's own hardening.conf is not the course's" {
  change '/^\[Service\]/a InaccessiblePaths=/etc'
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.service.d && printf '[Service]\nInaccessiblePaths=/etc\n' \
    >$SYSTEM/$STAGE.service.d/hardening.conf; ln -sf /usr/share/zoneinfo/America/St_Johns /etc/localtime"
  change '/InaccessiblePaths/d'
  fails dates-cadence 'does not see /etc/localtime'
  lab_run ln -sf /usr/share/zoneinfo/UTC /etc/localtime
  grep -q 'hardening.conf:2: InaccessiblePaths=/etc' <<<"$report"
}

@test "a script with the line ends of Windows" {
  program <<<$'#!/bin/sh\r\necho\r'
  fails active 'its lines end as Windows writes them, so that the first one names'
}

@test "a + before the command starts it as root" {
  change 's/^ExecStart=/&+/'
  fails not-root 'the + before the command starts it as root'
}

@test "SuccessExitStatus=SIGKILL makes a kill -9 a success" {
  change '/^\[Service\]/a SuccessExitStatus=SIGKILL'
  fails restart 'by SuccessExitStatus= systemd takes that signal for a clean end'
}

@test "it ends when its input does" {
  program <<'END'
#!/bin/bash
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
read -r || exit 0
END
  fails active 'where a program that reads from it finds the end at once'
}

@test "a variable within a word, without braces" {
  change 's|^\(ExecStart=.*\)dates.txt|\1$STATE_DIRECTORY/dates.txt|'
  fails active 'systemd leaves $STATE_DIRECTORY/dates.txt out of the command'
}

@test "a path by a variable, and no WorkingDirectory=, is a warning" {
  change 's|--file dates.txt|--file=${STATE_DIRECTORY}/dates.txt|' '/^WorkingDirectory=/d'
  warns unit-keys 'WorkingDirectory='
}

@test "a drop-in without a section" {
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.service.d && echo Restart=always >$SYSTEM/$STAGE.service.d/again.conf"
  fails unit-lines 'systemd leaves out a line'
  [[ $report == *'each file needs its own, a drop-in, too'* ]]
}

@test "each date is that of the line before" {
  INTERVAL=3 change 's/--interval 1/--interval 3/'
  python date_daemon.py 's/^while True/date = time.strftime("%Y-%m-%d %H:%M:%S\\n")\n&/' \
    's/dates.write(.*/dates.write(date)/' 's/^    time.sleep(1)/    date = time.strftime("%Y-%m-%d %H:%M:%S\\n")\n    time.sleep(3)/'
  INTERVAL=3 fails dates-cadence 'each date is that of the line before'
}

@test "an interval of half a second is refused" {
  program <<'END'
#!/bin/bash
for word; do [[ $word != 0.5 ]] || { echo "--interval '$word': write a whole number" >&2; exit 2; }; done
exec 01-date-daemon "$@"
END
  change 's/^ExecStart=.*/& --file dates.txt --interval 1/'
  fails bad-option 'and not 0.5: it reads a whole number'
}

@test "an odd sign from a web page" {
  change $'s/--file dates.txt/--file\u00a0dates.txt/'
  fails unit-values 'a no-break space (U+00A0)'
  change $'s/\u00a0/ /; s/--file/\u2013file/'
  start
  fails unit-values 'a dash (U+2013'
  change $'s/\u2013file/--file/; s/dates.txt/\u201cdates.txt\u201d/'
  start
  fails unit-values 'a typographic quotation mark (U+201C)'
}

@test "a drop-in in a folder that systemd does not read" {
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.d && printf '[Service]\nNice=5\n' >$SYSTEM/$STAGE.d/override.conf"
  fails unit-reloaded 'systemd does not read that drop-in'
  [[ $report == *"sudo mv $SYSTEM/$STAGE.d $SYSTEM/$STAGE.service.d"* ]]
  lab_run rm -r "$SYSTEM/$STAGE.d"
}

@test "Restart= as its loop" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
END
  change 's/^Restart=.*/Restart=always\nRestartSec=1/' '/^\[Unit\]/a StartLimitIntervalSec=0'
  fails active 'the program ended by itself, with status 0'
  [[ $report != *'is StartLimitIntervalSec='* ]]
}

@test "a file of root's is not what User= is blamed for" {
  lab_run bash -c 'mkdir -p /var/lib/01-date-daemon; chown nobody: /var/lib/01-date-daemon
    date "+%Y-%m-%d %H:%M:%S" >/var/lib/01-date-daemon/dates.txt'
  change 's/^DynamicUser=.*/User=nobody/'
  fails active 'dates.txt belongs to root and has the mode 0644'
  [[ $report != *'is User='* ]]
}

# says CHECK REASON: of the script that comes by standard input.
says() {
  program
  fails "$1" "$2"
}

@test "a first line names an interpreter that there is not" {
  says active "look for \\\"pythonisto\\\"" <<<'#!/usr/bin/env pythonisto'
}

@test "it asks whoever has started it" {
  says active 'nobody answers a service' <<<$'#!/usr/bin/python3\nn = float(input("Interval? "))'
}

@test "a module that this Python does not have" {
  says active 'does not have that module' <<<$'#!/usr/bin/python3\nimport nothing_of_that_name'
}

@test "it goes to / and may not write there" {
  says active 'with chdir' <<<$'#!/usr/bin/python3\nimport os\nos.chdir("/")\nopen("dates.txt", "a")'
}

@test "the last words are those of the run that ended, and not what the next one begins with" {
  change 's/^Restart=.*/&\nRestartSec=100ms/'
  says dates-written 'last words: \"no settings\"' <<'EOF'
#!/bin/bash
echo "looking for the settings"
sleep 2
echo "no settings"
exit 1
EOF
  (($(grep --only-matching 'last words' <<<"$report" | wc --lines) == 1))
}

@test "a command that only the student's own PATH has" {
  says dates-written 'a PATH of its own' <<<$'#!/bin/bash\nwhile fecha >>dates.txt || sleep 1; do sleep 1; done'
}

@test "it writes to its home folder" {
  says dates-written 'home folder' <<<$'#!/bin/bash\nwhile date >>~/dates.txt || sleep 1; do sleep 1; done'
}

@test "it writes where DynamicUser= lets nobody write" {
  says dates-written 'files are read-only' <<<$'#!/bin/bash\nwhile date >>/var/log/dates.txt || sleep 1; do sleep 1; done'
}

@test "a time zone that there is not" {
  lab_run ln -sf /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime
  change '/^\[Service\]/a Environment=TZ=Nowhere'
  fails dates-cadence 'there is no time zone'
  lab_run ln -sf /usr/share/zoneinfo/UTC /etc/localtime
}

@test "children that nobody waits for" {
  python date_daemon.py 's/^import time/import os, time/' \
    's/^    time.sleep/    if os.fork() == 0: os._exit(0)\n&/'
  fails descriptors 'never waits for their end'
}

@test "it looks at the clock in place of waiting: a warning" {
  python date_daemon.py 's/^    time.sleep(1)/    end = time.time() + 1\n    while time.time() < end: pass/'
  warns dates-cadence 'keeps a processor busy'
}

@test "an @ before the command takes its first option for its name" {
  change 's/^ExecStart=/&@/'
  fails active 'an @ stands before the command'
}
