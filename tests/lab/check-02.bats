load ../broken/submission

setup() { solution 02-logging; }

@test "02, as shipped: all passes" {
  passes
}

# options: the program is given what the shipped one is given.
with_options() {
  python logging_program.py "$@"
  change 's/^ExecStart=.*/& --level DEBUG/'
}

@test "02 in another language: all passes" {
  with_options
  passes
}

@test "02, which takes three seconds: all passes" {
  with_options '/^for /i import time; time.sleep(3)'
  passes
}

@test "02 with a second before each message: all passes" {
  with_options 's/^for .*/&\n    import time; time.sleep(1.2)/'
  passes
}

@test "a - before the command hides that it has failed" {
  change 's|^ExecStart=\(.*\)|ExecStart=-\1 --level VERBOSE|'
  fails succeeded 'status 2'
}

@test "several ExecStart= of a oneshot: all passes" {
  change 's/^ExecStart=.*/&\nExecStart=\/bin\/true/'
  passes
}

@test "a oneshot that is always to be started again" {
  change 's/^Type=oneshot/&\nRestart=always/'
  fails unit-loads "isn't allowed for Type=oneshot services"
  [[ $report == *"02-logging.service:$(sed -n '/^Restart=/=' "$UNIT"): Restart=always"* ]]
}

# Without options, but with its five levels.
logs_levels() {
  program
  fails options 'does not do what the lesson says of: --level, --format'
  [[ $results == *'levels pass'* ]]
}

@test "syslog's prefixes tell the levels" {
  logs_levels <<'END'
#!/bin/sh
for priority in 7 6 4 3 2; do echo "<$priority>a message"; done
END
}

@test "SyslogLevelPrefix=no leaves syslog's prefixes in the text: a warning" {
  change '/^\[Service\]/a SyslogLevelPrefix=no' 's/^ExecStart=.*/& --format "<6>%%(levelname)s:%%(message)s"/'
  warns levels 'SyslogLevelPrefix=no has systemd leave it there'
}

@test "syslog's prefixes that nobody takes off, and no names" {
  change '/^\[Service\]/a SyslogLevelPrefix=no'
  program <<'END'
#!/bin/sh
for priority in 7 6 4 3 2; do echo "<$priority>a message"; done
END
  fails levels ': SyslogLevelPrefix=no'
}

@test "two of syslog's prefixes, of which systemd takes off one: a warning" {
  change 's/^ExecStart=.*/& --format "<6><6>%%(levelname)s:%%(message)s"/'
  warns levels 'systemd takes one prefix'
}

@test "spdlog's form tells the levels" {
  logs_levels <<'END'
#!/bin/sh
for level in debug info warning error critical; do echo "[messages] [$level] a message"; done
END
}

@test "JSON tells the levels" {
  logs_levels <<'END'
#!/bin/sh
for level in debug info warning error critical; do echo "{\"level\":\"$level\",\"message\":\"m\"}"; done
END
}

@test "small letters, capitals and colours tell the levels" {
  logs_levels <<'END'
#!/bin/sh
printf 'debug:root:m\nInfo: m\n\033[33mwarning\033[0m m\nroot:error:m\n| critical | m\n'
END
}

@test "no Type=oneshot" {
  change '/^Type=/d' '/^RemainAfterExit=/d'
  fails oneshot 'with Type=simple `start` does not wait'
}

@test "no RemainAfterExit=" {
  change '/^RemainAfterExit=/d'
  fails oneshot 'without RemainAfterExit=yes'
}

@test "no --datefmt" {
  with_options '/"--datefmt"/d' 's/datefmt=options.datefmt, //'
  fails options 'what the lesson says of: --datefmt'
}

@test "--filemode w appends" {
  with_options 's/"filemode": options.filemode/"filemode": "a"/'
  fails options 'what the lesson says of: --filemode'
}

@test "--name is taken, and not used" {
  with_options 's/getLogger(options.name)/getLogger()/'
  fails options 'what the lesson says of: --name'
}

@test "no message of one's own" {
  with_options 's/(options.message)$/("a message")/'
  fails options 'what the lesson says of: MESSAGE'
}

@test "its level is DEBUG, unless told otherwise" {
  with_options 's/default="WARNING"/default="DEBUG"/'
  fails options 'what the lesson says of: --level'
  [[ $report == *'without it the messages of WARNING'* ]]
}

@test "a message of one's own is a format" {
  with_options 's/(options.message)$/(options.message % ())/'
  fails options 'what the lesson says of: MESSAGE'
  [[ $report == *'TypeError: not enough arguments for format string'* ]]
}

@test "a wrong option is told with the usage, in two lines" {
  with_options 's/^class Parser.*/class Parser(argparse.ArgumentParser): pass/' '/def error/,/sys.exit/d'
  fails bad-option 'more than one line'
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
  fails levels 'does not lead to this journal'
  [[ $report == *': StandardError=null'* ]]
}

@test "the format does not tell the level" {
  change "s/ --level DEBUG/& --format %%(name)s:%%(message)s/"
  fails levels 'does not name its level'
}

@test "one message is missing" {
  with_options 's/"error", "critical"/"error", "error"/'
  fails levels 'no message is at CRITICAL'
}

@test "the logger is not set up" {
  with_options 's/^logging.basicConfig.*//'
  fails levels 'without basic_config, or before it, only WARNING'
}

@test "each message twice, by two handlers: a warning" {
  with_options 's/^for level/logging.getLogger(options.name).addHandler(logging.StreamHandler())\n&/' \
    's/default="root"/default="messages"/'
  warns levels 'stands in the journal twice'
}

@test "records of one length, with one message: all passes" {
  with_options
  change "s/ --level DEBUG/& --format '%%(levelname)-8s %%(message)s'/"
  passes
}

@test "a level that there is not is taken" {
  with_options 's/level=options.level/level=getattr(logging, options.level, 30)/'
  fails bad-option 'it takes LOUD for a value of --level'
}

@test "MESSAGE is one of five" {
  with_options 's/(options.message)$/(options.message if level == "error" else "a message")/'
  fails options 'what the lesson says of: MESSAGE'
}

@test "a % before a bracket is none of systemd's specifiers" {
  change "s/ --level DEBUG/& --format '%(name)s:%(message)s'/"
  fails levels 'does not name its level'
  [[ $report != *'systemd replaces what begins with %'* ]]
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

# has_a_say SETTING: it keeps the levels from this journal, and is named with its line.
has_a_say() {
  change "/^\[Service\]/a $1"
  fails levels "$1"
  [[ $report == *"02-logging.service:5: $1"* ]]
}

@test "StandardError= leads to a file" { has_a_say StandardError=append:/run/messages; }
@test "LogLevelMax= leaves the lower levels out" { has_a_say LogLevelMax=err; }
@test "LogNamespace= is another journal" { has_a_say LogNamespace=other; }

@test "StandardError= cannot be opened" {
  change '/^\[Service\]/a StandardError=append:/nowhere/levels.log'
  fails succeeded '02-logging.service:5: StandardError=append:/nowhere/levels.log'
}

@test "journald.conf leaves the lower levels out" {
  lab_run install -D -m 644 /dev/stdin /etc/systemd/journald.conf.d/quiet.conf <<'END'
[Journal]
MaxLevelStore=warning
END
  lab_run systemctl restart systemd-journald
  fails levels '/etc/systemd/journald.conf.d/quiet.conf:2: MaxLevelStore=warning'
  lab_run bash -c 'rm -r /etc/systemd/journald.conf.d; systemctl restart systemd-journald'
}

@test "no WorkingDirectory=, for it writes no file, is a warning" {
  change '/^WorkingDirectory=/d'
  warns unit-keys 'WorkingDirectory= is the folder'
}

@test "a - before the command, and its last words" {
  change 's|^ExecStart=\(.*\)|ExecStart=-\1 --level VERBOSE|'
  fails succeeded "unknown level 'VERBOSE'"
}

@test "a drop-in adds a second command: a warning" {
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.service.d; printf '[Service]\nExecStart=/usr/local/bin/02-logging --level DEBUG\n' >$SYSTEM/$STAGE.service.d/level.conf"
  warns levels 'a second ExecStart= adds one'
}

@test "its messages go to syslog" {
  with_options '/^import/a import logging.handlers' 's|else {}|else {"handlers": [logging.handlers.SysLogHandler("/dev/log")]}|'
  fails options 'says nothing on standard error'
}

@test "a format of dates whose % are systemd's" {
  change 's|^ExecStart=.*|& --datefmt %H:%M:%S|'
  fails unit-values 'replaces what begins with %'
}

@test "its messages go to standard output: a warning" {
  with_options 's/^file = /import sys\n&/' 's/, \*\*file)/, **(file or {"stream": sys.stdout}))/'
  warns options "where a program's result belongs"
}

@test "its first message comes before basicConfig" {
  with_options 's/^logging.basicConfig/if options.level == "DEBUG": logging.getLogger(options.name).debug(options.message)\n&/' \
    's/for level in "debug", /for level in /'
  fails levels 'or was when they were logged'
}

@test "a variable without braces is split at its blanks" {
  change 's|^ExecStart=.*|Environment="MESSAGE=the disk is full"\n& $MESSAGE|'
  fails succeeded 'systemd makes several arguments of $MESSAGE'
  [[ $report == *'${MESSAGE} stays one'* ]]
}

@test "a drop-in adds a second command with other options: a warning" {
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.service.d; printf '[Service]\nExecStart=/usr/local/bin/02-logging --level ERROR --name other\n' >$SYSTEM/$STAGE.service.d/level.conf"
  warns levels 'a second ExecStart= adds one'
}

@test "what it prepares can be prepared once" {
  change '/^ExecStart=/i ExecStartPre=mkdir archive'
  fails again 'does not start a second time'
  [[ $report == *'ExecStartPre=: '*'File exists'* ]]
}

@test "ExecStop= kills a process that is gone" {
  change '/^ExecStart=/a ExecStop=/bin/kill $MAINPID'
  fails again 'ExecStop=: the program itself ended with status 1'
  [[ $report == *'$MAINPID is empty'* ]]
}

@test "the prefixes of the levels are upside down" {
  program <<'END'
#!/bin/sh
echo '<1>DEBUG:root:m'; echo '<2>INFO:root:m'; echo '<3>WARNING:root:m'
echo '<4>ERROR:root:m'; echo '<5>CRITICAL:root:m'
END
  fails levels 'the smaller number is the graver one'
}

@test "User=root, whatever DynamicUser= says" {
  change '/^DynamicUser=/a User=root'
  fails not-root 'DynamicUser= makes a user only if there is none'
}
