# The unit's file: found, understood, complete, enabled for a target that exists.
load ../broken/submission

setup() { solution 01-date-daemon; }

@test "01, as shipped: all passes" {
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

@test "a drop-in's ExecStart=, beside the unit's own" {
  lab_run bash -c "mkdir -p $SYSTEM/$STAGE.service.d && printf '[Service]\nExecStart=/usr/local/bin/01-date-daemon\n' \
    >$SYSTEM/$STAGE.service.d/override.conf"
  fails unit-loads "override.conf adds a second command"
}

@test "a backslash joins a line with the section that follows" {
  change 's/^Description=.*/& \\/' '/^Description=/,/^\[Service\]/{/^$/d}'
  fails unit-loads 'with a backslash at its end, Description= goes on'
}

@test "a backslash joins the command with the setting that follows" {
  change 's/^ExecStart=.*/& \\/'
  fails active 'with a backslash at its end, ExecStart= goes on'
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
  [[ $report == *"01-date-daemon.service:$(sed -n '/^Restrat=/=' "$UNIT"): Unknown key 'Restrat'"* ]]
}

@test "a key that systemd ignores is not the cause of what comes later" {
  change 's/^Restart=/Restrat=/' 's/--interval 1/--intervall 1/'
  judge --gentle
  [[ $report == *'unknown option --intervall'* && $report != *'is Restrat= meant'* ]]
  [[ $(grep -cE ':[0-9]+: Restrat=' <<<"$report") == 0 ]]
}

@test "a line that is left out hides nothing else" {
  change 's/^Restart=/Restrat=/' '/^Description=/d' 's/multi-user/user.multi/' 's/^DynamicUser=.*//'
  WHOLE=yes fails unit-lines 'leaves out a line'
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

@test "CRLF ends the unit's lines, which systemd takes: all passes" {
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

@test "no WorkingDirectory=, and the path of its file from / on, is a warning" {
  change '/^WorkingDirectory=/d' 's|--file dates.txt|--file /var/lib/01-date-daemon/dates.txt|'
  warns unit-keys 'WorkingDirectory= is the folder'
}

@test "no Description=" {
  change '/^Description=/d'
  fails unit-keys 'systemctl status'
}

@test "two keys are missing: both are named, and the target is looked at all the same" {
  change '/^Description=/d' '/^\[Install\]/,$d'
  WHOLE=yes fails unit-keys 'systemctl status'
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

@test "WantedBy=default.target, another name of the boot's, is a warning" {
  change 's/multi-user.target/default.target/'
  warns wanted-by 'if somebody boots to rescue.target'
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

@test "enabled until the next boot only" {
  put
  lab_run systemctl enable --quiet --runtime "$STAGE"
  lab_run systemctl start "$STAGE"
  STARTED=yes fails enabled 'for this boot only'
}

@test "RequiredBy= in its place: all passes" {
  change 's/^WantedBy=/RequiredBy=/'
  passes
}

@test "WantedBy= changed after enable" {
  start
  change 's/multi-user.target/default.target/'
  put
  fails enabled 'the links are the old ones'
}
