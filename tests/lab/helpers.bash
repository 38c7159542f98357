# shellcheck shell=bash
# What the exercises share. A file's name is its stage, and each file has a lab of its own; its
# tests are the steps of one exercise, in their order.

# shellcheck source=lab/lab.bash
source "$BATS_TEST_DIRNAME/../../lab/lab.bash"

STAGE=$(basename "$BATS_TEST_FILENAME" .bats)
SYSTEM=/etc/systemd/system
export STATE=/var/lib/$STAGE

setup_file() {
  lab_start ${SERVICIOS_BUILD:+--build "$SERVICIOS_BUILD"}
}

teardown_file() {
  lab_stop
}

teardown() {
  [[ -z ${BATS_TEST_COMPLETED:-} && -z ${BATS_TEST_SKIPPED:-} ]] || return 0
  lab systemctl status --no-pager --full "$STAGE" price-api || true
  lab journalctl --no-pager --lines=60 || true
}

# Runs a command in the lab, for five minutes at most.
lab() {
  lab_run timeout 300 "$@"
}

# Says what differs. Bats shows it when the test fails.
expect() {
  [[ $2 == "$1" ]] || {
    printf 'expected: %s\nbut it is: %s\n' "$1" "$2"
    return 1
  }
}

expect_match() {
  [[ $2 =~ $1 ]] || {
    printf 'expected to match: %s\nbut it is: %s\n' "$1" "$2"
    return 1
  }
}

# wait_until COMMAND...: until it succeeds. A quarter of an hour says that it hangs; a machine that is
# slow, or emulated and compiling, is no failure.
wait_until() {
  local deadline=$((SECONDS + 900))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || {
      echo "not within a quarter of an hour: $*"
      return 1
    }
    sleep 0.1
  done
}

# --- The unit ----------------------------------------------------------------------------------

# property NAME [UNIT]
property() {
  lab systemctl show --value --property="$1" "${2:-$STAGE}"
}

property_is() {
  [[ $(property "$1" "${3:-}") == "$2" ]]
}

# Copies units to where the administrator's are.
put_units() {
  lab install -m 644 -t "$SYSTEM" "${@/#//usr/local/share/servicios/units/}"
}

# The stage's unit, with the drop-ins that are named.
put_stage() {
  put_units "$STAGE.service"
  lab install -d "$SYSTEM/$STAGE.service.d"
  lab install -m 644 -t "$SYSTEM/$STAGE.service.d" "${@/#//usr/local/share/servicios/units/}"
  lab systemctl daemon-reload
}

# put_drop_in UNIT NAME LINE...: what `systemctl edit` would write.
put_drop_in() {
  printf '%s\n' "${@:3}" >"$BATS_TEST_TMPDIR/drop-in"
  lab install -d "$SYSTEM/$1.d"
  lab_run tee "$SYSTEM/$1.d/$2.conf" <"$BATS_TEST_TMPDIR/drop-in" >/dev/null
  lab systemctl daemon-reload
}

# remove_drop_ins NAME...: the stage's, for what it has from now on.
remove_drop_ins() {
  local name
  for name; do lab rm "$SYSTEM/$STAGE.service.d/$name.conf"; done
  lab systemctl daemon-reload
}

# --- Steps of every exercise -------------------------------------------------------------------

# What PID 1 says of a line that it cannot use, since the lab came up: systemd.journal-fields(7)
expect_understood() {
  expect loaded "$(property LoadState)"
  expect '' "$(lab journalctl --quiet --output=cat _PID=1 MESSAGE_ID=c772d24e9a884cbeb9ea12625c306c01)"
  expect '' "$(lab systemd-analyze verify "$SYSTEM/$STAGE.service" 2>&1)"
}

expect_enable_links() {
  local link=$SYSTEM/multi-user.target.wants/$STAGE.service
  expect disabled "$(property UnitFileState)"
  lab systemctl enable "$STAGE"
  expect "$SYSTEM/$STAGE.service" "$(lab readlink "$link")"
  expect enabled "$(property UnitFileState)"
  expect inactive "$(property ActiveState)"
}

# expect_error_of_its_start FILE: if it may not open that file, `journalctl -p err` has why, once.
expect_error_of_its_start() {
  put_drop_in "$STAGE.service" zz-nowhere '[Service]' Restart=no ExecStart= \
    "ExecStart=/usr/local/bin/$STAGE --file /nowhere/$1"
  lab systemctl restart "$STAGE" || true
  wait_until property_is ActiveState failed
  records_match "^($STAGE: )?Failed to open /nowhere/.*: No such file or directory\$" --priority=err
  expect 1 "$(records --priority=err | grep -c 'Failed to open')"
  remove_drop_ins zz-nowhere
  lab systemctl reset-failed "$STAGE"
  lab systemctl restart "$STAGE"
}

expect_disable_unlinks() {
  lab systemctl disable --now "$STAGE"
  expect disabled "$(property UnitFileState)"
  expect inactive "$(property ActiveState)"
  ! lab test -L "$SYSTEM/multi-user.target.wants/$STAGE.service"
}

expect_running() {
  expect_match "Active: active \(running\) since" "$(lab systemctl status "$STAGE")"
}

# A dynamic user's number: systemd.exec(5). The process is root's until it becomes the program, and
# "started" may come before that: systemd.service(5), Type=simple.
has_own_user() {
  local user
  user=$(lab stat --format=%u "/proc/$(property MainPID)")
  ((user >= 61184 && user <= 65519))
}

expect_own_user() {
  wait_until has_own_user
}

# In tenths, of 10 at the most: systemd-analyze(1)
expect_little_exposure() {
  lab systemd-analyze security --no-pager --threshold=15 "$STAGE.service"
}

# The file keeps its lines, and gets the first of the new process at once.
expect_restart_replaces_it() {
  local file=$1 process lines_before
  process=$(property MainPID)
  lines_before=$(lines_of "$file")
  lab systemctl restart "$STAGE"
  expect active "$(property ActiveState)"
  [[ $(property MainPID) != "$process" ]]
  expect 0 "$(property NRestarts)"
  wait_until has_lines "$file" $((lines_before + 1))
}

# expect_return_after SIGNAL: as another process, by itself.
expect_return_after() {
  local process
  process=$(property MainPID)
  ((process > 0)) || return  # of 0, kill would signal itself
  lab kill -s "$1" "$process"
  wait_until property_is NRestarts 1
  wait_until property_is ActiveState active
  [[ $(property MainPID) != "$process" ]]
}

# By systemd's own clock: from its signal to the end of the process.
expect_prompt_stop() {
  local told ended took
  lab systemctl stop "$STAGE"
  told=$(property ActiveExitTimestampMonotonic)
  ended=$(property ExecMainExitTimestampMonotonic)
  took=$(((ended - told) / 1000))
  echo "stopped in $took ms"
  ((took >= 0 && took < 1000))
  expect inactive "$(property ActiveState)"
  expect success "$(property Result)"
  expect 'exited 0' "$(exit_of_last_run)"
}

# Known while the unit is: a link below a target that is up keeps it so.
exit_of_last_run() {
  case $(property ExecMainCode) in
    1) echo "exited $(property ExecMainStatus)" ;;
    *) echo "code $(property ExecMainCode) status $(property ExecMainStatus)" ;;
  esac
}

expect_up_after_reboot() {
  local before
  before=$(lab cat /proc/sys/kernel/random/boot_id)
  lab_reboot
  [[ $(lab cat /proc/sys/kernel/random/boot_id) != "$before" ]]
  wait_until property_is ActiveState active
}

# --- Output ------------------------------------------------------------------------------------

lines_of() {
  lab cat "$1" | wc -l
}

has_lines() {
  (($(lines_of "$1") >= $2))
}

# expect_growth FILE: a line more.
expect_growth() {
  wait_until has_lines "$1" $(($(lines_of "$1") + 1))
}

# The stage's own records, without what systemd says of it: some fields, one a line.
records() {
  lab journalctl --sync
  lab journalctl --quiet --output=cat "_SYSTEMD_UNIT=$STAGE.service" "$@"
}

# records_match PATTERN [JOURNALCTL-OPTION...]
records_match() {
  records "${@:2}" | grep -E "$1"
}

has_records() {
  (($(records | wc -l) >= $1))
}

# The seconds between the stage's latest three records, on the clock that does not jump. Wait for a
# fourth: the first price waits for the server to start.
expect_cadence() {
  local last=0 time
  lab journalctl --sync
  while read -r time; do
    if ((last > 0)); then
      echo "$((time - last)) us"
      ((time - last > $1 * 1000000 - 500000 && time - last < $1 * 1000000 + 500000))
    fi
    last=$time
  done < <(lab journalctl --quiet --output=json "_SYSTEMD_UNIT=$STAGE.service" --lines=3 |
    jq --raw-output .__MONOTONIC_TIMESTAMP)
  ((last > 0))
}

# in_own_group COMMAND...: in the background, in a process group of its own, as a terminal's shell starts it, and in
# this session. Sets $!. It ends with its test, also with one that is interrupted: bats reaches its own group only.
in_own_group() {
  set -m
  setpriv --pdeathsig TERM "$@" &
  set +m
}
