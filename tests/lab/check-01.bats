load ../broken/submission

setup() { solution 01-date-daemon; }

# script_appends FILE: the daemon in Python.
script_appends() {
  program <<END
#!/usr/bin/python3
import os, time
while True:
    with open("$1", "a") as dates:
        dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    time.sleep(1)
END
}

@test "01, as shipped: all passes" {
  passes
}

@test "01 in another language: all passes" {
  program <<'END'
#!/bin/bash
trap 'exit 0' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 1 & wait; done
END
  passes
}

@test "its file is in a /tmp that nobody else sees: all passes" {
  script_appends dates.txt
  change 's|^WorkingDirectory=.*|WorkingDirectory=/tmp|'
  passes
}

@test "nothing is done yet: the unit is not found" {
  # shellcheck disable=SC2034  # judge() asks
  STARTED=no
  fails unit-found 'systemd has found no file'
}

@test "the unit lies in the wrong folder" {
  lab_run tee /etc/systemd/01-date-daemon.service <"$UNIT" >/dev/null
  STARTED=no fails unit-found 'does not look for units in that folder'
  lab_run rm /etc/systemd/01-date-daemon.service
}

@test "the unit has the wrong suffix" {
  lab_run tee "$SYSTEM/01-date-daemon.services" <"$UNIT" >/dev/null
  STARTED=no fails unit-found 'this name exactly'
  lab_run rm "$SYSTEM/01-date-daemon.services"
}

@test "the unit is masked" {
  lab_run systemctl mask --quiet "$STAGE"
  STARTED=no fails unit-loads 'unmask'
}

@test "the unit's file is a link to one that is not there" {
  lab_run ln -s /home/ana/dates.service "$SYSTEM/$STAGE.service"
  STARTED=no fails unit-found 'a link to a file that does not exist'
}

@test "a folder has the name of the unit" {
  lab_run mkdir "$SYSTEM/$STAGE.service"
  STARTED=no fails unit-found 'is a folder'
}

@test "the unit's file is empty" {
  : >"$UNIT"
  fails unit-loads 'is empty'
}

@test "ExecStart=./program" {
  change 's|/usr/local/bin|.|'
  fails unit-loads 'Neither a valid executable name nor an absolute path'
}

@test "ExecStart=~/program" {
  change 's|/usr/local/bin|~|'
  fails unit-loads 'Neither a valid executable name nor an absolute path'
}

@test "two ExecStart= lines" {
  change 's|^ExecStart=.*|&\n&|'
  fails unit-loads 'more than one ExecStart='
}

@test "no ExecStart=" {
  change '/^ExecStart=/d'
  fails unit-loads 'no ExecStart='
}

@test "execstart in small letters" {
  change 's/^ExecStart/execstart/'
  fails unit-loads "Unknown key 'execstart' in section [Service]"
}

@test "a section of another name" {
  change 's/^\[Service\]/[Servicio]/'
  fails unit-loads "Unknown section 'Servicio'"
}

@test "WorkingDirectory=~/dates" {
  change 's|^WorkingDirectory=.*|WorkingDirectory=~/dates|'
  fails unit-loads 'not absolute'
}

@test "edited, and no daemon-reload" {
  start
  change 's/five/5/'
  lab_run tee "$SYSTEM/$STAGE.service" <"$UNIT" >/dev/null
  fails unit-reloaded 'changed after systemd had read it'
}

@test "a key that does not exist" {
  change 's/^Restart=/Restrat=/'
  fails unit-lines 'leaves out a line'
  [[ $report == *"01-date-daemon.service:15: Unknown key 'Restrat'"* ]]
}

@test "a line that is left out hides nothing else" {
  change 's/^Restart=/Restrat=/' '/^Description=/d' 's/multi-user/user.multi/' 's/^DynamicUser=.*//'
  fails unit-lines 'leaves out a line'
  # shellcheck disable=SC2154  # fails() has set it
  grep -q '^unit-keys fail ' <<<"$results"
  grep -q '^wanted-by fail ' <<<"$results"
  grep -q '^enabled skipped' <<<"$results"
  grep -q '^active pass' <<<"$results"
  grep -q '^not-root fail ' <<<"$results"
  grep -q '^dates-cadence pass' <<<"$results"
}

@test "an invisible character before the first line" {
  change '1s/^/\xef\xbb\xbf/'
  fails unit-lines 'leaves out a line'
  [[ $report == *':1: '*'"\ufeff# A service is'* ]]
}

@test "a no-break space, from a web page, before a value" {
  change 's/^Restart=/&\xc2\xa0/'
  fails unit-lines 'leaves out a line'
  [[ $report == *'"Restart=\u00a0on-failure"'* ]]
}

@test "CRLF ends the unit's lines, which systemd bears: all passes" {
  change 's/$/\r/'
  passes
}

@test "a key in the wrong section" {
  change '/^Restart=/d' '/^\[Unit\]/a Restart=on-failure'
  fails unit-lines 'leaves out a line'
}

@test "a value that does not exist" {
  change 's/^Restart=.*/Restart=sometimes/'
  fails unit-lines 'leaves out a line'
  [[ $report == *sometimes* ]]
}

@test "a value that systemd replaces by the one of today, and says so: all passes" {
  change '/^\[Service\]/a StandardOutput=syslog'
  passes
}

@test "a drop-in with a bad line is gone again: all passes" {
  start
  lab_run bash -c "mkdir $SYSTEM/$STAGE.service.d
    printf '[Service]\nRestrat=always\n' >$SYSTEM/$STAGE.service.d/override.conf
    systemctl daemon-reload && systemctl revert $STAGE && systemctl daemon-reload"
  passes
}

@test "a comment after a value that systemd reads" {
  change 's/^Restart=.*/& # again/'
  fails unit-lines 'leaves out a line'
}

@test "a comment after a value that is free text" {
  change 's/^Description=.*/& # what it does/'
  fails unit-values 'a comment has a line of its own'
}

@test "a comment after the command" {
  change 's/^ExecStart=.*/& # the program/'
  fails unit-values 'after a command # is an argument'
}

@test "a shell's > in ExecStart=" {
  change 's/ --file dates.txt/ > dates.txt/'
  fails unit-values 'no shell reads this line'
}

@test "a shell's 2>FILE in ExecStart=" {
  change 's|^ExecStart=.*|& 2>/dev/null|'
  fails unit-values 'no shell reads this line'
}

@test "a shell's ~ in an option's value" {
  change 's|--file dates.txt|--file=~/dates.txt|'
  fails unit-values 'no shell reads this line'
}

@test "no [Install]" {
  change '/^\[Install\]/,$d'
  fails unit-keys 'never starts at boot'
}

@test "no WorkingDirectory=" {
  change '/^WorkingDirectory=/d'
  fails unit-keys 'WorkingDirectory'
}

@test "no Description=" {
  change '/^Description=/d'
  fails unit-keys 'systemctl status'
}

@test "two keys are missing: both are named, and the target is looked at all the same" {
  change '/^Description=/d' '/^\[Install\]/,$d'
  fails unit-keys 'systemctl status'
  [[ $report == *'[Unit] has no Description='*'there is no section [Install]'* ]]
  grep -q '^wanted-by skipped' <<<"$results"
}

@test "WantedBy=user.multi.target, as the notes have it" {
  change 's/multi-user.target/user.multi.target/'
  fails wanted-by 'there is no user.multi.target'
}

@test "WantedBy=multi-user" {
  change 's/multi-user.target/multi-user/'
  fails wanted-by "multi-user is no unit's name"
}

@test "WantedBy= the target of another boot" {
  lab_run ln -s /usr/lib/systemd/system/multi-user.target "$SYSTEM/default.target"
  change 's/multi-user.target/graphical.target/'
  fails wanted-by 'boots to multi-user.target, which does not bring graphical.target up'
  lab_run rm "$SYSTEM/default.target"
}

@test "WantedBy=default.target, another name of the boot's: all passes" {
  change 's/multi-user.target/default.target/'
  passes
}

@test "enabled for a target that there is not, corrected and enabled again: all passes" {
  change 's/multi-user.target/user.multi.target/'
  start
  change 's/user.multi.target/multi-user.target/'
  start
  passes
}

@test "not enabled" {
  put
  lab_run systemctl start "$STAGE"
  STARTED=yes fails enabled 'it is not enabled'
}

@test "WantedBy= changed after enable" {
  start
  change 's/multi-user.target/default.target/'
  put
  fails enabled 'the links are the old ones'
}

@test "enabled, and never started" {
  put
  lab_run systemctl enable --quiet "$STAGE"
  STARTED=yes fails active 'nobody has started it'
}

@test "stopped, and not started again" {
  start_and_wait
  lab_run systemctl stop "$STAGE"
  fails active 'it was stopped'
}

@test "WorkingDirectory= does not exist" {
  change 's|^WorkingDirectory=.*|WorkingDirectory=/srv/nowhere|'
  fails active '200/CHDIR'
}

@test "the user does not exist" {
  change 's/^DynamicUser=.*/User=nobody-here/'
  fails active '217/USER'
}

@test "a supplementary group does not exist" {
  change '/^\[Service\]/a SupplementaryGroups=nobodies-here'
  fails active 'SupplementaryGroups= does not exist'
}

@test "EnvironmentFile= does not exist" {
  change '/^\[Service\]/a EnvironmentFile=/etc/default/nowhere'
  fails active 'Failed to load environment files: No such file'
}

@test "a % in the command" {
  change 's|--file dates.txt|--file dates-%Y.txt|'
  fails active 'the command became'
}

@test "a condition is not met" {
  change '/^\[Unit\]/a ConditionPathExists=/srv/nowhere\nConditionPathExists=/srv'
  fails active 'since ConditionPathExists=/srv/nowhere is not met'
}

@test "an assertion is not met" {
  change '/^\[Unit\]/a AssertPathExists=!/srv'
  fails active 'since AssertPathExists=!/srv is not met'
}

@test "it needs a unit that does not exist" {
  change '/^\[Unit\]/a Requires=database.service'
  fails active 'needs database.service (Requires=), which systemd cannot load'
}

@test "it needs a unit that fails" {
  lab_run bash -c "printf '[Service]\nType=oneshot\nExecStart=false\n' >/run/systemd/system/database.service"
  change '/^\[Unit\]/a Requires=database.service\nAfter=database.service'
  fails active 'needs database.service (Requires=), which has failed'
  lab_run rm /run/systemd/system/database.service
}

@test "ExecStartPre= fails" {
  change 's|^ExecStart=|ExecStartPre=/bin/false\n&|'
  fails active 'ExecStartPre=: the program itself ended with status 1'
}

@test "the program of ExecStartPost= does not exist" {
  change 's|^ExecStart=|ExecStartPost=/srv/nowhere\n&|'
  fails active 'ExecStartPost=: systemd could not start the program: status=203/EXEC'
}

@test "SystemCallFilter= forbids what the program needs" {
  # Not write(2): systemd itself needs that one until the program runs, since version 256.
  change '/^\[Service\]/a SystemCallFilter=~signalfd4'
  fails active 'SIGSYS (Bad system call)'
}

@test "a program for another processor" {
  printf '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xf3\0' | program
  fails active 'it is no program'
}

@test "no such program" {
  change 's|01-date-daemon --file|01-date-deamon --file|'
  fails active 'there is no such file'
}

@test "the program may not be executed" {
  program <<<'#!/bin/sh'
  lab_run chmod 644 "$PROGRAM"
  fails active 'chmod +x is missing'
}

@test "the script's interpreter does not exist" {
  program <<<'#!/usr/bin/python4'
  fails active 'the interpreter'
}

@test "a script without #!" {
  program <<<'date >>dates.txt'
  fails active 'no script that begins with #!'
}

@test "the program is in a closed home" {
  lab_run bash -c "install -d -m 700 /home/ana && cp /usr/local/bin/$STAGE /home/ana"
  change 's|/usr/local/bin/|/home/ana/|'
  fails active 'may not enter one of the folders above it'
}

@test "the program is in /tmp, and DynamicUser= has another" {
  lab_run bash -c "mkdir /tmp/build && cp /usr/local/bin/$STAGE /tmp/build"
  change 's|/usr/local/bin/|/tmp/build/|'
  fails active 'the file is there, and DynamicUser=yes hides its folder'
  lab_run rm -r /tmp/build
}

@test "the program is a link to one in a home, and ProtectHome= hides it" {
  lab_run bash -c "install -d -m 755 /home/ana && cp /usr/local/bin/$STAGE /home/ana &&
    ln -s /home/ana/$STAGE $PROGRAM"
  change "s|^ExecStart=/usr/local/bin/$STAGE|ExecStart=$PROGRAM|" \
    '/^\[Service\]/a ProtectHome=yes'
  fails active 'the file is there, and ProtectHome=yes hides its folder'
}

@test "WorkingDirectory= is hidden" {
  lab_run install -d -m 755 /home/ana
  change 's|^WorkingDirectory=.*|WorkingDirectory=/home/ana|' '/^\[Service\]/a ProtectHome=tmpfs'
  fails active '/home/ana is there, and ProtectHome=tmpfs hides it'
}

@test "a shared library is missing" {
  lab_run bash -c "sed 's/libstdc++.so.6/libstdc++.so.9/' /usr/local/bin/$STAGE >$PROGRAM
    chmod 755 $PROGRAM"
  change "s|/usr/local/bin/$STAGE|$PROGRAM|"
  fails active 'error while loading shared libraries'
}

@test "Type=forking, and the program stays in the foreground" {
  change 's/^Restart=.*/Type=forking\nTimeoutStartSec=30/'
  fails active 'stays in the foreground'
}

@test "Type=oneshot, from 02" {
  change '/^\[Service\]/a Type=oneshot' '/^Restart=/d'
  fails active 'this one runs on'
}

@test "Type=notify, and the program never says READY=1" {
  change 's/^Restart=.*/Type=notify\nTimeoutStartSec=30/'
  fails active 'never sent READY=1'
}

@test "the program crashes again and again" {
  program <<'END'
#!/bin/sh
echo 'no such module: datetim' >&2
exit 1
END
  change 's/^Restart=.*/Restart=always/'
  fails active 'no such module: datetim'
}

@test "the program segfaults" {
  program <<'END'
#!/bin/sh
kill -SEGV $$
END
  change '/^Restart=/d'
  fails active 'SIGSEGV'
}

@test "the program writes one date and ends" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
END
  fails active 'ended by itself, with status 0'
}

@test "RemainAfterExit= outlives the program" {
  program <<'END'
#!/bin/sh
date '+%Y-%m-%d %H:%M:%S' >>dates.txt
END
  change '/^\[Service\]/a RemainAfterExit=yes'
  fails active 'ended by itself, with status 0'
}

@test "the program ends with success, and is started until systemd gives up" {
  program <<<'#!/bin/true'
  change 's/^Restart=.*/Restart=always\nRestartSec=20ms/' '/^\[Unit\]/a StartLimitIntervalSec=300'
  start
  lab_run bash -c "until systemctl is-failed --quiet $STAGE; do sleep 0.05; done"
  fails active 'with status 0'
  grep -q '^active .*started too often' <<<"$results"
}

@test "the log is in /var/log, and the user dynamic" {
  change 's|--file dates.txt|--file /var/log/dates.txt|' '/^Restart=/d'
  fails active 'Read-only file system'
}

@test "the command was changed, reloaded, and not restarted" {
  start
  lab_run timeout 300 bash -c 'until [[ -s /var/lib/01-date-daemon/dates.txt ]]; do sleep 0.1; done'
  change 's/--file dates.txt/--file other.txt/'
  put
  fails current 'was changed after the process had been started'
}

@test "the program was built anew, and not restarted" {
  program </dev/null
  lab_run bash -c "cp /usr/local/bin/$STAGE $PROGRAM"
  change "s|^ExecStart=.*|ExecStart=$PROGRAM --interval 1|"
  change '/^\[Service\]/a Type=exec'
  start_and_wait
  lab_run bash -c "cp /usr/local/bin/$STAGE $PROGRAM.new && mv $PROGRAM.new $PROGRAM"
  fails current 'still runs the old one'
}

@test "the script was changed, and not restarted" {
  program <<'END'
#!/bin/sh
while sleep 1; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; done
END
  change '/^\[Service\]/a Type=exec'
  start_and_wait
  lab_run touch -d '+2 seconds' "$PROGRAM"
  fails current 'the script as it was when the process started'
}

@test "env(1) starts it, and the unit was changed elsewhere: all passes" {
  script_appends dates.txt
  change "s|^ExecStart=.*|ExecStart=/usr/bin/env python3 $PROGRAM|"
  start
  change 's/five/5/'
  put
  passes
}

@test "WorkingDirectory= was changed, reloaded, and the program not restarted" {
  start
  lab_run bash -c 'until [[ -s /var/lib/01-date-daemon/dates.txt ]]; do sleep 0.1; done'
  change 's|^WorkingDirectory=.*|WorkingDirectory=/srv/student|'
  put
  fails current 'WorkingDirectory= was changed after the process'
}

@test "the program was removed" {
  lab_run cp "/usr/local/bin/$STAGE" "$PROGRAM"
  change "s|/usr/local/bin/$STAGE|$PROGRAM|"
  start
  lab_run bash -c 'until [[ -s /var/lib/01-date-daemon/dates.txt ]]; do sleep 0.1; done'
  lab_run rm "$PROGRAM"
  fails current "the program's file is gone"
}

@test "a long script in the command: all passes" {
  change "s|^ExecStart=.*|ExecStart=/bin/sh -c 'while $(printf 'true; %.0s' {1..60}) do date \"+%%F %%T\" >>dates.txt; sleep 1; done'|"
  passes
}

@test "it runs as root" {
  change 's/^DynamicUser=.*//'
  fails not-root 'neither User= nor DynamicUser='
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

@test "SIGTERM is ignored" {
  program <<'END'
#!/bin/sh
trap '' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 1; done
END
  fails stop 'does not end at SIGTERM'
  [[ $(lab_run systemctl is-active "$STAGE") == active ]]
}

@test "SIGTERM is ignored, and systemd kills it before the check does" {
  program <<'END'
#!/bin/sh
trap '' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 1; done
END
  change '/^\[Service\]/a TimeoutStopSec=1'
  fails stop 'not end at SIGTERM'
}

@test "SIGTERM ends it with status 1" {
  program <<'END'
#!/bin/bash
trap 'exit 1' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 1 & wait; done
END
  fails stop 'ended with status 1'
}

@test "after kill -9 it does not come back" {
  change 's/^Restart=.*/&\nRestartPreventExitStatus=SIGKILL/'
  fails restart 'SIGKILL'
}

@test "the file is started anew at each start" {
  program <<'END'
#!/bin/sh
: >dates.txt
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 1; done
END
  fails restart 'starts its file anew when it starts'
}

@test "ExecStartPre= takes a while, each time: all passes" {
  change 's|^ExecStart=|ExecStartPre=/bin/sleep 8\n&|'
  start_and_wait
  passes
}

@test "not enabled: what the check has stopped runs again afterwards" {
  put
  lab_run systemctl start "$STAGE"
  STARTED=yes judge
  [[ $results == *'enabled fail '*'stop pass'*'restart pass' ]]
  [[ $(lab_run systemctl is-active "$STAGE") == active ]]
}

@test "everybody may write to the file, and execute it: all passes" {
  change 's/^DynamicUser=.*/User=nobody/'
  start
  lab_run bash -c 'until [[ -s /var/lib/01-date-daemon/dates.txt ]]; do sleep 0.1; done
    chmod 777 /var/lib/01-date-daemon/dates.txt'
  passes
}

@test "the file is in a folder below, and opened anew each time: all passes" {
  script_appends data/dates.txt
  change 's|^ExecStart=|ExecStartPre=/bin/mkdir -p data\n&|'
  passes
}

@test "the file is what a variable of the environment says: all passes" {
  script_appends dates.txt
  lab_run sed -i 's|"dates.txt"|os.environ["DATES_FILE"]|' "$PROGRAM"
  change '/^\[Service\]/a Environment=DATES_FILE=/var/lib/dates/dates.txt' \
    's|^StateDirectory=.*|& dates|'
  passes
}

@test "--dir with a script: its interpreter is not looked for there" {
  script_appends dates.txt
  change "s|^ExecStart=.*|ExecStart=/usr/bin/python3 $PROGRAM|"
  judge --gentle --dir /srv/student
  [[ $status == 0 && $results == *'installed pass'* ]]
}

@test "built in the student's folder, and not installed" {
  lab_run bash -c "cp /usr/local/bin/02-logging /srv/student/$STAGE"
  start
  judge --gentle --dir /srv/student
  # shellcheck disable=SC2154  # judge() sets it
  [[ $results == *'installed fail '*'it was not installed'* ]]
  lab_run bash -c "cp /usr/local/bin/$STAGE /srv/student/$STAGE"
  judge --gentle --dir /srv/student
  [[ $status == 0 && $results == *'installed pass'* ]]
}

@test "--gentle leaves out what disturbs" {
  judge --gentle
  [[ $status == 0 && $results != *stop* && $results != *restart* && $report == *'2 left out'* ]]
}

@test "--unit names the unit" {
  put
  lab_run mv "$SYSTEM/$STAGE.service" "$SYSTEM/dates.service"
  lab_run bash -c 'systemctl daemon-reload; systemctl enable --quiet --now dates'
  STARTED=yes judge --unit dates --gentle
  lab_run bash -c "systemctl disable --quiet --now dates; rm $SYSTEM/dates.service"
  [[ $status == 0 ]]
}

@test "in Spanish: the failure, its reason and its lesson" {
  change 's/multi-user.target/user.multi.target/'
  judge --gentle --lang es
  [[ $status == 1 ]]
  [[ $report == *'✗ WantedBy= nombra un target que existe'* ]]
  [[ $report == *'razón '*'no existe user.multi.target'* ]]
  [[ $report == *'docs/es/01-date-daemon.md'* ]]
}

@test "the results as JUnit and as JSON" {
  change 's/multi-user.target/user.multi.target/'
  judge --gentle --junit /run/results.xml
  lab_run python3 -c '
import json, xml.etree.ElementTree as xml
results = json.load(open("/run/results.json"))
suite = xml.parse("/run/results.xml").getroot().find("testsuite")
assert results["failed"] == 1 and suite.get("failures") == "1"
assert len(results["checks"]) == int(suite.get("tests")) == len(suite.findall("testcase"))
assert "user.multi.target" in suite.find("testcase/failure").get("message")
skipped = [check["check"] for check in results["checks"] if check["result"] == "skipped"]
assert skipped == ["enabled"], skipped'
}

@test "the results are well-formed and complete, whatever a program says" {
  program <<'END'
#!/bin/sh
printf '\033[31mred\001\377 <&|*x*`"]]> \357\277\277 no price\n' >&2
exit 3
END
  change '/^Restart=/d'
  local language
  for language in en es; do
    lab_run rm -f /run/summary.md
    judge --gentle --lang "$language" --junit /run/results.xml
    [[ $status == 1 && $report == *'"\x1b[31mred\x01\xff <&|*x*`\"]]> \uffff no price"'* ]]
    lab_run python3 - "$CHECKOUT/docs/check-results.md" <<'END'
import json, re, sys, xml.etree.ElementTree as xml
failure = xml.parse("/run/results.xml").find("testsuite/testcase/failure")
assert "\\x1b[31mred\\x01\\xff <&|*x*`" in failure.get("message")
results = json.load(open("/run/results.json"))
# Each key that has a row in the page is there, and no other.
rows = [line.split("|")[1] for line in open(sys.argv[1]) if line.startswith("| `")]
keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
there = set(results) | {key for check in results["checks"] for key in check}
assert there == keys, there ^ keys
for check in results["checks"]:
    reasons = ("looked_at", "expected", "found", "reason", "hint", "lesson")
    assert all(bool(check.get(key)) == (check["result"] == "fail") for key in reasons), check
END
  done
}

@test "a summary for GitHub: a table in Markdown, in which nothing is Markdown" {
  program <<<$'#!/bin/sh\necho "a|b <b> *c* \\`d\\` [e](f) \\$g" >&2; exit 3'
  change '/^Restart=/d'
  start
  local language header summary
  for language in 'en reason hint' 'es razón pista'; do
    read -r language header <<<"$language"
    summary=$(lab_run env GITHUB_STEP_SUMMARY=/dev/stderr \
      servicios-check "$STAGE" --interval 1 --gentle --lang "$language" 2>&1 >/dev/null) || true
    echo "$summary"
    [[ $summary == '### '*$'\n\n'"| | | ${header/ / | } |"$'\n|---|---|---|---|\n| ✅ | 01-date-daemon: '* ]]
    grep -qF 'a\|b \<b\> \*c\* \`d\` \[e\](f) \$g' <<<"$summary"
    # As many columns in each row; what is escaped ends none.
    [[ $(sed -e 1,2d -e 's/\\|//g' -e 's/[^|]//g' <<<"$summary" | sort -u) == '|||||' ]]
  done
}

@test "a wrong option: one line, and exit status 2" {
  status=0
  report=$(lab_run servicios-check "$STAGE" --interval soon 2>&1) || status=$?
  [[ $status == 2 && $report == "servicios-check: --interval 'soon': write seconds"* ]]
}

@test "a user who may not look: not a failure, exit status 3" {
  start
  status=0
  report=$(lab_run setpriv --reuid 65534 --clear-groups servicios-check "$STAGE" --interval 1 2>&1) || status=$?
  echo "$report"
  [[ $status == 3 && $report != *✗* && $report == *'join the group systemd-journal'* ]]
  status=0
  report=$(lab_run setpriv --reuid 65534 \
    --groups "$(lab_run getent group systemd-journal | cut -d: -f3)" \
    servicios-check "$STAGE" --interval 1 2>&1) || status=$?
  echo "$report"
  [[ $status == 3 && $report != *✗* && $report == *'use sudo'* ]]
}
