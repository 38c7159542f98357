# ./course watch, on the lab's own systemd: what has it check again, and what is left of it.

load helpers

STAGE=01-date-daemon
export SERVICIOS_WORK=work-watch


setup_file() {
  export XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
  lab_start
}

setup() {
  screen=$BATS_TEST_TMPDIR/screen keys=$BATS_TEST_TMPDIR/keys
  mkfifo "$keys"
}

teardown() {
  cat "$screen"
  lab pkill --exact 'script|bash' || true
  rm -rf "${CHECKOUT:?}/$SERVICIOS_WORK" "$CHECKOUT/build/$SERVICIOS_WORK"
}

# watch COMMAND...: runs it in the lab, in the background and yet so that Ctrl-C would end it.
watch() {
  : >"$screen"  # at once, and not when the child gets to it
  lab_run env --default-signal=INT NO_COLOR=1 "SERVICIOS_WORK=$SERVICIOS_WORK" "$@" \
    <>"$keys" >"$screen" 2>&1 3>&- &
  watching=$!
}

checks() {
  grep -c ' passed, ' "$screen"
}

has_checked() {
  (($(checks) >= $1))
}

# Whether the latest report says this.
shows() {
  awk -v wanted="$1" '/ passed, .*skipped/ { latest = report $0; report = ""; next }
    { report = report $0 "\n" } END { exit !index(latest, wanted) }' "$screen"
}

# Whether it checks nothing while more dates come than a gentle check and a full one take.
is_quiet() {
  local before
  before=$(checks)
  wait_until has_lines "$STATE/dates.txt" $(($(lines_of "$STATE/dates.txt") + 20))
  [[ $(checks) == "$before" ]]
}

is_gone() {
  ! lab ps -e --format comm= | grep -xE 'script|bash|inotifywait|journalctl|servicios-check'
}

@test "it checks again when the unit, the program or the journal changes, and Ctrl-C ends it" {
  STATE=/var/lib/$STAGE
  watch script --quiet --flush --return --command \
    "./course watch $STAGE --interval 1 --lang en" /dev/null
  wait_until shows '✗ systemd finds the unit'

  put_units "$STAGE.service"
  wait_until shows '✗ it is enabled for that target'
  lab sed -i '/^ExecStart=/s/$/ --interval 1/' "$SYSTEM/$STAGE.service"
  lab systemctl daemon-reload
  lab systemctl enable --now "$STAGE"
  wait_until shows ', 0 failed'
  # Its own doing is no change: the full check stops the service, starts it, and kills it.
  wait_until shows '✓ after kill -9 it comes back'
  is_quiet

  # The program
  lab cp "/usr/local/bin/$STAGE" /usr/local/bin/new
  lab mv /usr/local/bin/new "/usr/local/bin/$STAGE"
  wait_until shows 'still runs the old one'
  # The journal: of these, no file tells.
  lab systemctl restart "$STAGE"
  wait_until shows ', 0 failed'
  lab systemctl stop "$STAGE"
  wait_until shows 'it was stopped, and not started again'

  printf '\x03' >"$keys"
  wait_until is_gone
}

@test "SIGTERM ends it, also in the middle of a check, and SIGKILL" {
  local signal status
  for signal in TERM KILL; do
    watch ./course watch "$STAGE" --interval 1
    wait_until has_checked 1
    lab pkill "-$signal" --oldest --exact bash
    status=0
    wait "$watching" || status=$?
    [[ $status == $((128 + $(kill -l "$signal"))) ]]
    wait_until is_gone
  done
  # A check of one that writes so seldom takes a while, and is brought to its end first.
  put_units "$STAGE.service"
  lab sed -i '/^ExecStart=/s/$/ --interval 15/' "$SYSTEM/$STAGE.service"
  lab systemctl daemon-reload
  lab systemctl restart "$STAGE"
  watch ./course watch "$STAGE" --interval 15
  # From within, since a check of dates that are there already is soon over.
  lab bash -c "until pgrep --exact servicios-check; do sleep 0.02; done
    pkill -TERM --oldest --full 'bash [.]/course watch'"
  wait_until is_gone
}

@test "it watches what is in work/, and goes on to the next stage, in one lab" {
  cd "$CHECKOUT"
  # In this session: sudo may have asked for a password in it.
  watch() {
    in_own_group ./course watch --lang en >"$screen" 2>&1 3>&-
    watching=$!
  }
  ./course start 01
  watch
  wait_until shows '✗'
  # What an editor puts beside a file is not the file.
  touch "$SERVICIOS_WORK/$STAGE"/{.main.cpp.swp,4913,main.cpp~,.#main.cpp,#main.cpp#}
  cp units/01-date-daemon.service "$SERVICIOS_WORK/$STAGE"
  cp 01-date-daemon/main.cpp "$SERVICIOS_WORK/$STAGE"
  wait_until shows ', 0 failed'
  [[ $(grep 'has changed$' "$screen" | grep -cE 'swp|4913|~|#') == 0 ]]
  grep -E '^[0-9:]{8} work-watch/01-date-daemon/main.cpp has changed' "$screen"
  # Gently first, then in full.
  wait_until grep 'It has passed. Next: 02-logging' "$screen"
  ./course start 02
  wait_until grep '^02-logging' "$screen"
  wait_until has_checked 4
  # The build of the stage before is not taken for its own.
  cp units/02-logging.service 02-logging/main.cpp "$SERVICIOS_WORK/02-logging"
  wait_until grep 'It has passed. Next: 03-price-fetcher' "$screen"
  kill -INT -- "-$watching"
  wait "$watching"
  wait_until nothing_is_left
}

nothing_is_left() {
  ! pgrep --pgroup "$watching"
}

# watch_work: in a process group of its own; $XDG_STATE_HOME, where a pass is remembered, is the test's.
watch_work() {
  cd "$CHECKOUT" || return
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  ./course start 01
  : >"$screen"
  in_own_group ./course watch --lang en >"$screen" 2>&1 3>&-
  watching=$!
  wait_until shows '✗'
}

@test "a file's name is no event, and is not evaluated" {
  local marker=marker-of-watch-$BATS_ROOT_PID name checked
  watch_work
  for name in 'judged 0' 'key c' "judged HOME[\$(touch $marker)]" "key \$(touch $marker)" "$RANDOM judged 0"; do
    checked=$(checks)
    touch "$SERVICIOS_WORK/$STAGE/"$'x\ny\n'"$name"
    wait_until has_checked $((checked + 1))
  done
  kill -INT -- "-$watching"
  wait "$watching"
  wait_until nothing_is_left
  [[ ! -e $marker && $(<"$screen") != *'It has passed'* && ! -e $XDG_STATE_HOME ]]
}

@test "it says so if it can watch no changes any more" {
  watch_work
  pkill --exact inotifywait --pgroup "$watching"
  status=0
  wait "$watching" || status=$?
  [[ $status == 3 ]]
  grep 'changes in work-watch/ cannot be watched' "$screen"
  wait_until nothing_is_left
}
