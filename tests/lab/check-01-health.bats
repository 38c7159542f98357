# What harms it later: settings that will end or silence it, and files that it does not keep in order.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "a watchdog that nobody feeds" {
  change '/^\[Service\]/a WatchdogSec=8'
  fails unharmed 'does not send WATCHDOG=1'
  grep -q 'service:[0-9]*: WatchdogSec=8' <<<"$report"
}

@test "a watchdog that is fed" {
  change '/^\[Service\]/a WatchdogSec=8' '/^\[Service\]/a NotifyAccess=all'
  python date_daemon.py '/^import/a import os, socket\
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\
manager.connect(os.environ["NOTIFY_SOCKET"])' 's/^    time.sleep.*/    manager.send(b"WATCHDOG=1")\n&/'
  passes
}

@test "MemoryMax= without its M" {
  change '/^\[Service\]/a MemoryMax=64'
  # Where the machine has the controller, the kernel ends it.
  judge --gentle
  [[ $status == 1 && $results == *' fail '*MemoryMax=64* ]]
}

@test "LogLevelMax= silences even systemd's words" {
  change '/^\[Service\]/a LogLevelMax=crit'
  fails unharmed 'does not even have what systemd says'
  grep -q 'service:[0-9]*: LogLevelMax=crit' <<<"$report"
}

@test "another service takes it along when it is stopped, is a warning" {
  change '/^\[Unit\]/a BindsTo=price-api.service'
  warns unharmed 'if price-api.service is stopped or restarted, so is this service'
  grep -q 'service:[0-9]*: BindsTo=price-api.service' <<<"$report"
}

@test "a service that has ended and counts as active does not take it along" {
  change '/^\[Unit\]/a PartOf=systemd-tmpfiles-setup.service'
  passes
}

@test "RestartKillSignal= is the signal of its reload: a warning" {
  change '/^\[Service\]/a RestartKillSignal=SIGHUP'
  warns unharmed 'systemctl restart sends that signal'
}

@test "standard error is closed" {
  program <<'END'
#!/bin/bash
exec 2>&-
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 0.95; done
END
  fails descriptors 'has closed its standard error'
}

@test "standard error is the file of the dates" {
  program <<'END'
#!/bin/bash
exec >>dates.txt 2>&1
while true; do date '+%Y-%m-%d %H:%M:%S'; sleep 0.95; done
END
  fails descriptors 'led it elsewhere'
}

@test "the file is opened for each line, and never closed" {
  python date_daemon.py 's/^while True/kept = []\n&/' 's/^    with open(\(.*\)) as dates:/    dates = open(\1, buffering=1); kept.append(dates)/' \
    's/^        dates.write/    dates.write/'
  fails descriptors 'never closes it'
}

@test "a socket is opened for each line, and never closed" {
  python date_daemon.py 's/^import time/&, socket\nkept = [socket.socket() for each in range(6)]/' 's/^    with/    kept.append(socket.socket())\n&/'
  fails descriptors 'opens one with each round'
}

@test "ten sockets, and no more with each line: all passes" {
  python date_daemon.py 's/^import time/&, socket\nkept = [socket.socket() for each in range(10)]/'
  passes
}

@test "LimitFSIZE= without its M" {
  change '/^\[Service\]/a LimitFSIZE=4000'
  fails unharmed "less than a day's"
  [[ $report == *'LimitFSIZE=4000'* ]]
}

@test "its file is open, and not for appending: a warning" {
  program <<'END'
#!/usr/bin/python3
import os, time
dates = os.open("dates.txt", os.O_WRONLY | os.O_CREAT, 0o644)
os.lseek(dates, 0, os.SEEK_END)
while True:
    os.write(dates, time.strftime("%Y-%m-%d %H:%M:%S\n").encode())
    time.sleep(1)
END
  warns descriptors 'not for appending'
}

@test "it waits by the clock that can be set: a warning" {
  program <<'END'
#!/usr/bin/python3
import ctypes, time
class Time(ctypes.Structure): _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]
library = ctypes.CDLL(None)
while True:
    with open("dates.txt", "a") as dates:
        dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    library.clock_nanosleep(0, 1, ctypes.byref(Time(int(time.time()) + 1, 0)), None)
END
  warns dates-cadence 'a time of the clock that people and the network set'
}
