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

@test "SIGHUP is waited for in sigwait(3), and opens the file anew" {
  change '/^RestartForceExitStatus=/d'
  python date_daemon.py \
    's/^import.*/&, signal\nhangup = {signal.SIGHUP}\nsignal.pthread_sigmask(signal.SIG_BLOCK, hangup)/' \
    's/time.sleep(1)/end = time.monotonic() + 1\n    while (left := end - time.monotonic()) > 0: signal.sigtimedwait(hangup, left)/'
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

@test "a reload brings a line before its time: a warning" {
  python date_daemon.py 's/^import.*/&, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])/' \
    's/time.sleep(1)/signal.sigtimedwait([signal.SIGHUP], 4)/'
  INTERVAL=4 warns reload "ends the program's wait"
}

@test "a reload brings a line before its time, and the next one after it: a warning" {
  python date_daemon.py \
    's/^import.*/&, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\nnext = time.monotonic()/' \
    's/time.sleep(1)/next += 4\n    signal.sigtimedwait([signal.SIGHUP], max(0, next - time.monotonic()))/'
  INTERVAL=4 warns reload "ends the program's wait"
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
