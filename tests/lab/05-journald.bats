# bats file_tags=steps
load helpers
load prices

@test "systemd understands the unit" {
  put_units price-api.socket price-api.service
  put_stage hardening.conf offline.conf
  expect_understood
}

@test "enable makes a link below multi-user.target" {
  expect_enable_links
}

@test "start: the status is active (running), once the daemon is ready" {
  expect_no_server_yet
  # A question does it, too, as 03 shows; on a slow machine its answer comes late.
  lab systemctl start price-api.service
  lab systemctl start "$STAGE"
  expect_running
}

@test "it runs as a user of its own, with little exposure" {
  expect_own_user
  expect_little_exposure
}

# What a student asks: journalctl -u 05-journald COIN=bitcoin -o json
prices_as_json() {
  lab journalctl --sync
  lab journalctl --quiet --unit="$STAGE" COIN=bitcoin --output=json "$@"
}

has_prices() {
  (($(prices_as_json | wc -l) >= $1))
}

@test "the journal has a price at once and every five seconds" {
  wait_until has_prices 4
  expect_cadence 5
}

@test "each fact of a record is a field" {
  local line
  line=$(grep -n 'logger.info({{' "$CHECKOUT/$STAGE/main.cpp" | cut -d: -f1)
  prices_as_json --lines=1 >"$BATS_TEST_TMPDIR/record"
  expect "$(jq --null-input --sort-keys --arg line "$line" '{
      PRIORITY: "6", LOGGER: "prices", COIN: "bitcoin", CURRENCY: "usd",
      CODE_FILE: "05-journald/main.cpp", CODE_LINE: $line, CODE_FUNC: "main",
      SYSLOG_IDENTIFIER: "05-journald", _SYSTEMD_UNIT: "05-journald.service"}')" \
    "$(jq --sort-keys '{PRIORITY, LOGGER, COIN, CURRENCY, CODE_FILE, CODE_LINE, CODE_FUNC,
      SYSLOG_IDENTIFIER, _SYSTEMD_UNIT}' "$BATS_TEST_TMPDIR/record")"
  expect_match '^[0-9]+(\.[0-9]+)?$' "$(jq --raw-output .PRICE "$BATS_TEST_TMPDIR/record")"
  expect "$(jq --raw-output '"bitcoin \(.PRICE) usd"' "$BATS_TEST_TMPDIR/record")" \
    "$(jq --raw-output .MESSAGE "$BATS_TEST_TMPDIR/record")"
}

@test "its file has the same prices" {
  expect "$(prices_as_json | jq --raw-output 'select(.PRICE).PRICE' | head -n 3)" \
    "$(lab head -n 3 "$STATE/prices.txt")"
}

@test "a text of any bytes arrives as it is: newlines, a NUL, trailing blanks, 10 MB" {
  lab "${SERVICIOS_BUILD:-build/default}/tests/odd_records" >"$BATS_TEST_TMPDIR/sent"
  lab journalctl --sync
  for field in MESSAGE TEXT; do
    lab journalctl --quiet --all --output=cat --output-fields="$field" SYSLOG_IDENTIFIER=odd_records |
      cmp "$BATS_TEST_TMPDIR/sent" -
  done
}

@test "systemctl status shows the last price" {
  expect_match 'Status: "bitcoin [0-9]+(\.[0-9]+)? usd"' "$(lab systemctl status "$STAGE")"
}

@test "journalctl -u shows the prices after the start" {
  expect_match 'Started .*bitcoin [0-9.]+ usd' "$(lab journalctl --unit="$STAGE" --output=cat)"
}

@test "restart starts it anew" {
  expect_restart_replaces_it "$STATE/prices.txt"
}

@test "it warns that there is no price, and goes on" {
  every_two_seconds
  expect_recovery_from_faults ''
  expect_match 'status 500' "$(lab journalctl --unit="$STAGE" --output=cat --priority=warning)"
}

@test "it outlives the price server" {
  expect_recovery_from_outage ''
}

@test "kill -9 brings it back" {
  put_drop_in "$STAGE.service" restart '[Service]' RestartSec=100ms
  expect_return_after KILL
  expect_growth "$STATE/prices.txt"
}

@test "the watchdog restarts a process that is stopped" {
  put_drop_in "$STAGE.service" watchdog '[Service]' WatchdogSec=5 LimitCORE=0
  lab systemctl restart "$STAGE"
  expect_return_after STOP
  expect_match 'Watchdog timeout \(limit 5s\)!' "$(lab journalctl --unit="$STAGE" --output=cat)"
  expect_growth "$STATE/prices.txt"
  remove_drop_ins watchdog
}

# --- Journald's bad days. Whatever it does, the daemon goes on; and of its records, as many as it
# has ticks, each is in the journal, or counted there as lost.

# By the process, which the kernel names: of one that has ended, journald no longer finds the unit.
of_this_run() {
  lab journalctl --sync
  lab journalctl --quiet --output=cat "_PID=$RUN" "$@"
}

loss_is_told() {
  of_this_run | grep 'records were lost'
}

# count_records: those of this run that arrived, and those that were told as lost.
count_records() {
  local n
  wait_until property_is ActiveState inactive
  arrived=$(of_this_run COIN=bitcoin | wc -l)
  lost=0
  for n in $(of_this_run --output-fields=N_LOST | grep -E '^[0-9]+$'); do lost=$((lost + n)); done
  echo "$arrived records arrived, $lost were told as lost"
}

# run_of_ticks SECONDS COUNT: nobody listens there, so each tick has its warning at once.
run_of_ticks() {
  run_with --url http://127.0.0.1:9 --interval "$1" --count "$2"
  RUN=$(property ExecMainPID)
}

# wait_for_ticks COUNT: it sleeps once in each: proc(5). Fails if it has ended before.
wait_for_ticks() {
  # shellcheck disable=SC2016  # the inner sh expands it
  lab sh -c 'slept() { awk "/^voluntary/ { print \$2 }" "/proc/$1/status"; }
    end=$(($(slept "$1") + $2)); until now=$(slept "$1") && [ "$now" -ge "$end" ]; do
    [ -e "/proc/$1" ] || exit 1; sleep 0.1; done' sh "$RUN" "$1"
}

stop_journald() {
  lab systemctl stop systemd-journald.socket systemd-journald-dev-log.socket \
    systemd-journald-audit.socket systemd-journald.service
}

start_journald() {
  lab systemctl start systemd-journald.service
}

# during_a_run SECONDS TICKS COMMAND: the run outlasts the command, or is made anew with twice as many
# ticks: how many a machine needs depends on how slow it is.
during_a_run() {
  ticks=$2
  until
    run_of_ticks "$1" "$ticks"
    "$3"
    property_is ActiveState active
  do
    ticks=$((2 * ticks))
    ((ticks < 200000))
  done
}

stop_journald_for_a_while() {
  stop_journald
  wait_for_ticks 60
  start_journald
}

stop_its_process_for_a_while() {
  local journald
  journald=$(property MainPID systemd-journald)
  ((journald > 0)) || return  # of 0, kill would stop itself
  lab kill -STOP "$journald"
  wait_for_ticks 2000
  lab kill -CONT "$journald"
}

@test "nothing is lost when journald is restarted" {
  run_of_ticks 0.05 60
  lab systemctl restart systemd-journald
  count_records
  expect '60 and 0' "$arrived and $lost"
}

@test "it goes on while journald is stopped, and tells how many records were lost" {
  during_a_run 0.02 600 stop_journald_for_a_while
  wait_until loss_is_told
  count_records
  # What journald had not read when it was stopped is gone, and nobody is told: a second's at most.
  ((lost >= 20 && arrived + lost >= ticks - 50 && arrived + lost <= ticks))
}

@test "it goes on while journald is stuck, and tells how many records were lost" {
  during_a_run 0.002 6000 stop_its_process_for_a_while
  wait_until loss_is_told
  count_records
  ((lost > 0))
  expect "$ticks" $((arrived + lost))
}

@test "journalctl -p err shows why it could not start" {
  expect_error_of_its_start prices.txt
}

@test "stop ends it within a second, with exit status 0" {
  remove_drop_ins options restart
  lab systemctl restart "$STAGE"
  expect_growth "$STATE/prices.txt"
  expect_prompt_stop
}

@test "after a reboot it is up by itself" {
  expect_up_after_reboot
  wait_until records_match '^bitcoin [0-9.]+ usd$' --boot
}

@test "disable takes the link away" {
  expect_disable_unlinks
}
