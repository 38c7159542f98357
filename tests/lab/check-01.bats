load ../broken/submission

setup() { solution 01-date-daemon; }

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

@test "a key in the wrong section" {
  change '/^Restart=/d' '/^\[Unit\]/a Restart=on-failure'
  fails unit-lines 'leaves out a line'
}

@test "a value that does not exist" {
  change 's/^Restart=.*/Restart=sometimes/'
  fails unit-lines 'leaves out a line'
  [[ $report == *sometimes* ]]
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

@test "WantedBy=user.multi.target, as the notes have it" {
  change 's/multi-user.target/user.multi.target/'
  fails wanted-by 'there is no user.multi.target'
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
  start
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

@test "the log is in /var/log, and the user dynamic" {
  change 's|--file dates.txt|--file /var/log/dates.txt|' '/^Restart=/d'
  fails active 'Read-only file system'
}

@test "the command was changed, reloaded, and not restarted" {
  start
  change 's/--file dates.txt/--file other.txt/'
  put
  fails current 'was changed after the process had been started'
}

@test "the program was built anew, and not restarted" {
  program </dev/null
  lab_run bash -c "cp /usr/local/bin/$STAGE $PROGRAM"
  change "s|^ExecStart=.*|ExecStart=$PROGRAM --interval 1|"
  change '/^\[Service\]/a Type=exec'
  start
  lab_run bash -c "until systemctl is-active --quiet $STAGE; do sleep 0.05; done
    cp /usr/local/bin/$STAGE $PROGRAM.new && mv $PROGRAM.new $PROGRAM"
  fails current 'still runs the old one'
}

@test "the script was changed, and not restarted" {
  program <<'END'
#!/bin/sh
while sleep 1; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; done
END
  change '/^\[Service\]/a Type=exec'
  start
  lab_run bash -c "until systemctl is-active --quiet $STAGE; do sleep 0.05; done; touch -d '+2 seconds' $PROGRAM"
  fails current 'the script as it was when the process started'
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

@test "no newline" {
  program <<'END'
#!/bin/sh
while true; do date '+%Y-%m-%d %H:%M:%S' | tr -d '\n' >>dates.txt; sleep 1; done
END
  fails dates-form 'the line has no end'
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

@test "a wrong option: one line, and exit status 2" {
  status=0
  report=$(lab_run servicios-check "$STAGE" --interval soon 2>&1) || status=$?
  [[ $status == 2 && $report == "servicios-check: --interval 'soon': write seconds"* ]]
}

@test "a user who may not look: not a failure, exit status 3" {
  start
  status=0
  report=$(lab_run setpriv --reuid 65534 --clear-groups servicios-check "$STAGE" 2>&1) || status=$?
  echo "$report"
  [[ $status == 3 && $report != *✗* && $report == *'join the group systemd-journal'* ]]
}
