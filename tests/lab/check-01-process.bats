# The process: started, the right one, as the right user.
load ../broken/submission

setup() { solution 01-date-daemon; }

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
  change 's|^WorkingDirectory=.*|WorkingDirectory=/srv/nowhere|' 's/^StateDirectory=.*/StateDirectory=01-date-daemon/' \
    '/^Restart=/a RestartPreventExitStatus=2'
  fails active '200/CHDIR'
  # What was seen leads to this line, and no other setting has anything to do with it.
  [[ $report == *'is WorkingDirectory= meant to be there?'* && $report != *'can cause this'* ]]
}

@test "its process is stopped, and nobody has it go on" {
  start_and_wait
  lab_run systemctl kill --signal=STOP "$STAGE"
  fails active 'it does nothing until SIGCONT comes'
}

@test "root has left a file in its folder" {
  start_and_wait
  lab_run bash -c "systemctl stop $STAGE; cd /var/lib/private/$STAGE && rm -f dates.txt && touch dates.txt; systemctl start $STAGE"
  fails active 'dates.txt belongs to root'
}

@test "User=root beside DynamicUser=" {
  change 's/^DynamicUser=.*/&\nUser=root/'
  fails not-root 'DynamicUser= makes a user only if there is none'
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

@test "quotation marks stand around the whole command" {
  change 's|^ExecStart=\(.*\)|ExecStart="\1"|'
  fails active 'that whole name stands between quotation marks'
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
  change '/^\[Service\]/a Type=oneshot' '/^Restart.*=/d'
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
  python date_daemon.py
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

@test "a default that is made of \$STATE_DIRECTORY: all passes" {
  program <<'END'
#!/usr/bin/python3
import os, sys, time
file = os.environ["STATE_DIRECTORY"] + "/dates.txt"
for word in sys.argv[1:]:
    if word != "--quiet": sys.exit(print("unknown option " + word, file=sys.stderr) or 2)
while True:
    with open(file, "a") as dates: dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    time.sleep(1)
END
  change "s|^ExecStart=.*|& --quiet|"
  passes
}

@test "a long script in the command: all passes" {
  change "s|^ExecStart=.*|ExecStart=/bin/sh -c 'while $(printf 'true; %.0s' {1..60}) do date \"+%%F %%T\" >>dates.txt; sleep 0.95; done'|"
  passes
}

@test "it runs as root" {
  change 's/^DynamicUser=.*//'
  fails not-root 'neither User= nor DynamicUser='
}

@test "--dir with a script: its interpreter is not looked for there" {
  python date_daemon.py
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

@test "a unit that nobody may start by hand" {
  change '/^\[Unit\]/a RefuseManualStart=yes'
  fails active ':4: RefuseManualStart=yes'
}
