# What `systemctl reload` does to it.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "SIGHUP ends the program for good" {
  change '/^RestartForceExitStatus=/d'
  python date_daemon.py
  fails reload 'ends a program that does not say what else it is to do'
}

@test "SIGHUP ends the program, and systemd starts it again: that is as good" {
  python date_daemon.py
  passes
}

@test "SIGHUP empties the file" {
  program <<'END'
#!/bin/bash
trap 'exec >dates.txt' HUP
exec >>dates.txt
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 0.95 & wait; done
END
  fails reload 'starts its file anew at a reload'
}

@test "SIGHUP is ignored, and the file that was renamed gets the lines" {
  program <<'END'
#!/bin/bash
trap '' HUP
exec >>dates.txt
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 0.95; done
END
  fails reload 'has not opened its file anew'
  [[ $(lab_run sh -c 'ls /var/lib/private/01-date-daemon') == dates.txt ]]
}

@test "a file that is opened for each line needs nothing at SIGHUP" {
  program <<'END'
#!/bin/bash
trap '' HUP
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  passes
  [[ $(lab_run sh -c 'cd /var/lib/private/01-date-daemon && ls') == dates.txt ]]
}

@test "the command of ExecReload= may send no signal" {
  change '/^\[Service\]/a SystemCallFilter=~kill'
  fails reload 'ExecReload=: the program was ended by SIGSYS'
  grep -q 'SystemCallFilter=~kill' <<<"$report"
}

@test "the variable in ExecReload= has another name" {
  change 's/^ExecReload=.*/ExecReload=kill -HUP $MAIN_PID/'
  fails reload 'systemd leaves $MAIN_PID out of the command'
}

@test "a reload that does not end" {
  change 's/^ExecReload=.*/ExecReload=sleep 60/'
  fails reload 'ExecReload=sleep 60 runs on'
  [[ -z $(lab_run pgrep --exact sleep) ]]
}

@test "a shell stands before the program, and a reload ends it" {
  change 's/^ExecStart=\(.*\)/ExecStart=sh -c "\1 || exit 1"/' '/^RestartForceExitStatus=/d'
  fails reload 'its main process is a shell, '
}
