load ../broken/submission

setup() { solution 02-logging; }

@test "02, as shipped: all passes" {
  passes
}

@test "02 in another language: all passes" {
  program <<'END'
#!/usr/bin/python3
import logging
logging.basicConfig(level=logging.DEBUG)
for level in "debug", "info", "warning", "error", "critical":
    getattr(logging, level)("a message")
END
  passes
}

@test "02, which takes three seconds: all passes" {
  program <<'END'
#!/bin/sh
sleep 3
for level in DEBUG INFO WARNING ERROR CRITICAL; do echo "$level:root:a message"; done
END
  passes
}

@test "02 as no oneshot, which takes three seconds: all passes" {
  program <<'END'
#!/bin/sh
sleep 3
for level in DEBUG INFO WARNING ERROR CRITICAL; do echo "$level:root:a message"; done
END
  change '/^Type=/d' '/^RemainAfterExit=/d'
  passes
}

@test "02 by syslog's prefixes: all passes" {
  program <<'END'
#!/bin/sh
for priority in 7 6 4 3 2; do echo "<$priority>a message"; done
END
  passes
}

@test "02 in spdlog's form: all passes" {
  program <<'END'
#!/bin/sh
for level in debug info warning error critical; do echo "[messages] [$level] a message"; done
END
  passes
}

@test "02, nothing is done yet: the unit is not found" {
  STARTED=no fails unit-found 'systemd has found no file'
}

@test "the level is Python's own, WARNING" {
  change 's/ --level DEBUG//'
  fails levels 'DEBUG, INFO are missing'
}

@test "the log goes to a file" {
  change 's/ --level DEBUG/& --filename messages.log/'
  fails levels 'wrote nothing to standard output'
}

@test "StandardError=null" {
  change '/^\[Service\]/a StandardError=null'
  fails levels 'wrote nothing to standard output'
}

@test "the format does not tell the level" {
  change "s/ --level DEBUG/& --format %%(name)s:%%(message)s/"
  fails levels 'does not name its level'
}

@test "one line names all five" {
  change 's/ --level DEBUG/ --help/'
  fails levels 'INFO'
}

@test "a wrong option" {
  change 's/ --level DEBUG/ --level VERBOSE/'
  fails succeeded 'status 2'
}

@test "it logs, and does not end" {
  program <<'END'
#!/bin/sh
for level in DEBUG INFO WARNING ERROR CRITICAL; do echo "$level:root:a message"; done
exec sleep infinity
END
  fails succeeded 'the program runs on'
}

@test "it is no oneshot, logs, and does not end" {
  program <<'END'
#!/bin/sh
for level in DEBUG INFO WARNING ERROR CRITICAL; do echo "$level:root:a message"; done
exec sleep infinity
END
  change '/^Type=/d' '/^RemainAfterExit=/d'
  fails succeeded 'the program runs on'
}

@test "enabled, and never started" {
  put
  lab_run systemctl enable --quiet "$STAGE"
  STARTED=yes fails succeeded 'nobody has started it'
}
