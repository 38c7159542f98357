load helpers

# The file of tests is not called as its stage.
STAGE=01-date-daemon
STATE=/var/lib/$STAGE

dates() {
  lab sh -c "cat $STATE/dates.txt*" | sort
}

rotate() {
  lab logrotate --force /etc/logrotate.d/stages
}

@test "the stages that are there run, and the configuration is in place" {
  put_units "$STAGE.service"
  put_drop_in "$STAGE.service" fast '[Service]' ExecStart= \
    "ExecStart=/usr/local/bin/$STAGE --file dates.txt --interval 0.05"
  lab systemctl start "$STAGE"
  lab install -m 644 /usr/local/share/servicios/units/logrotate.conf /etc/logrotate.d/stages
  wait_until has_lines "$STATE/dates.txt" 3
}

@test "systemctl reload opens the file anew, and the process stays" {
  local process
  process=$(property MainPID)
  lab mv "$STATE/dates.txt" "$STATE/dates.txt.0"
  lab systemctl reload "$STAGE"
  wait_until lab test -e "$STATE/dates.txt"
  expect "$process" "$(property MainPID)"
  expect active "$(property ActiveState)"
}

@test "Debian's logrotate takes the configuration, and rotates" {
  expect '' "$(lab logrotate --debug /etc/logrotate.d/stages 2>&1 | grep -i error || true)"
  rotate
  wait_until lab test -e "$STATE/dates.txt"
  lab test -e "$STATE/dates.txt.1"
  wait_until has_lines "$STATE/dates.txt" 3
}

@test "no date is lost in six rotations, and the daemon is the same" {
  local process first last before
  process=$(property MainPID)
  before=$(dates | wc -l)
  for _ in {1..6}; do
    rotate
    wait_until has_lines "$STATE/dates.txt" 1
  done
  expect "$process" "$(property MainPID)"
  expect 0 "$(property NRestarts)"
  lab systemctl stop "$STAGE"
  # Each second has its twenty dates, a few more or less; none has none.
  lab sh -c "zcat -f $STATE/dates.txt.* $STATE/dates.txt" | sort -u >"$BATS_TEST_TMPDIR/seconds"
  first=$(date --date="$(head -n 1 "$BATS_TEST_TMPDIR/seconds")" +%s)
  last=$(date --date="$(tail -n 1 "$BATS_TEST_TMPDIR/seconds")" +%s)
  expect $((last - first + 1)) "$(wc -l <"$BATS_TEST_TMPDIR/seconds")"
  ((before > 0))
}

@test "a stage that does not run is left alone" {
  rotate
  expect inactive "$(property ActiveState)"
}

# While it is still root's, it may not even be signalled: then reload says so.
@test "SIGHUP in its first moments does not end it for good" {
  put_drop_in "$STAGE.service" restart '[Unit]' StartLimitIntervalSec=0
  lab systemctl start "$STAGE"
  for _ in {1..10}; do lab sh -c "systemctl restart $STAGE; systemctl reload $STAGE || true"; done
  wait_until property_is ActiveState active
  expect_growth "$STATE/dates.txt"
  lab systemctl stop "$STAGE"
}
