# What stops and kills it.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "SIGTERM is ignored" {
  program <<'END'
#!/bin/sh
trap '' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  fails stop 'does not end at SIGTERM'
  [[ $(lab_run systemctl is-active "$STAGE") == active ]]
}

# A process that a shell's trap starts may get systemd's SIGTERM, too: so these two are in Python.
@test "it ends, but not at once" {
  python date_daemon.py '/^import/a import signal, sys\
def end(*_):\
    time.sleep(2.4)\
    sys.exit(0)\
signal.signal(signal.SIGTERM, end)'
  fails stop 'it did end'
}

@test "SIGTERM is ignored, and systemd kills it before the check does" {
  program <<'END'
#!/bin/sh
trap '' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  change '/^\[Service\]/a TimeoutStopSec=1'
  fails stop 'not end at SIGTERM'
}

@test "SIGTERM ends it with status 1" {
  program <<'END'
#!/bin/bash
trap 'exit 1' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95 & wait; done
END
  fails stop 'ended with status 1'
}

@test "a unit that nobody may stop by hand" {
  change '/^\[Unit\]/a RefuseManualStop=yes'
  start_and_wait
  fails stop 'may be requested by dependency only'
}

@test "its stop waits for another unit's" {
  lab_run bash -c "printf '[Unit]\nAfter=$STAGE.service\nPartOf=$STAGE.service\n[Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep 15\n' \
    >/run/systemd/system/reader.service"
  change '/^\[Unit\]/a Wants=reader.service'
  start_and_wait
  fails stop reader.service
  lab_run bash -c 'systemctl kill --signal=KILL reader; rm /run/systemd/system/reader.service'
}

@test "after kill -9 it does not come back" {
  change 's/^Restart=.*/&\nRestartPreventExitStatus=SIGKILL/'
  fails restart 'SIGKILL'
}

@test "the file is started anew at each start" {
  program <<'END'
#!/bin/sh
: >dates.txt
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  fails restart 'starts its file anew when it starts'
}

@test "after kill -9 it comes back, finds its lock and ends" {
  # It is slow to begin, and a stop right after a start is no part of the lesson.
  python date_daemon.py '/^import/a import os, signal, sys\
try:\
    os.mkdir("dates.lock")\
except FileExistsError:\
    sys.exit("it runs already: dates.lock")\
def end(*_):\
    os.rmdir("dates.lock")\
    sys.exit(0)\
time.sleep(0.3)\
signal.signal(signal.SIGTERM, end)'
  fails restart 'it runs already: dates.lock'
}

@test "its second stop does not end" {
  change '/^\[Service\]/a ExecStop=/bin/sh -c "test -e first || exec touch first; sleep 15"'
  fails stop 'its second stop has not ended'
  [[ $report != *'leave KillMode= out'* ]]
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

@test "interrupted while it is stopped for the second time, slowly: it runs again afterwards" {
  change '/^\[Service\]/a ExecStop=/bin/sh -c "test -e first || exec touch first; touch second; sleep 4"'
  start_and_wait
  run lab_run bash -c "servicios-check $STAGE --interval 1 & until [[ -e /var/lib/$STAGE/second ]]; do
    kill -0 \$! || exit 1; sleep 0.02; done; kill -INT \$!; wait \$!"
  [[ $status == 130 ]]
  lab_run timeout 60 bash -c "until systemctl is-active --quiet $STAGE; do sleep 0.05; done"
}

@test "a - before the command, which a kill -9 is no failure of" {
  change 's/^ExecStart=/&-/'
  start_and_wait
  fails restart 'a - stands before the command'
}

@test "a lock that kill -9 leaves" {
  python date_daemon.py 's/^import time/import os, signal, sys, time/' \
    '/^while/i if os.path.exists("dates.lock"): sys.exit("already running")\nopen("dates.lock", "w").close()\ndef end(*_): os.remove("dates.lock"); sys.exit(0)\nsignal.signal(signal.SIGTERM, end); signal.signal(signal.SIGHUP, lambda *_: None)'
  fails restart 'this is left of the run before'
  [[ $report == *dates.lock* && $report == *'already running'* ]]
}

@test "an except: takes what its handler of SIGTERM throws" {
  python date_daemon.py 's/^import time/import signal, sys, time/' \
    '/^while/i signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))' \
    's/^    with/    try:\n        time.sleep(1)\n    except: pass\n&/' 's/^    time.sleep(1)//'
  fails stop 'it has a handler for it, and'
}
