# bats file_tags=steps
load helpers

@test "systemd understands the unit" {
  put_stage hardening.conf
  expect_understood
}

@test "enable makes a link below multi-user.target" {
  expect_enable_links
}

@test "start: the status is active (running)" {
  lab systemctl start "$STAGE"
  expect_running
}

@test "it runs as a user of its own, with little exposure" {
  expect_own_user
  expect_little_exposure
}

@test "it writes the date at once and every five seconds" {
  wait_until has_lines "$STATE/dates.txt" 3
  lab cat "$STATE/dates.txt" | head -n 3 >"$BATS_TEST_TMPDIR/dates"
  local last='' line now
  while IFS= read -r line; do
    expect_match '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$' "$line"
    now=$(date --date="$line" +%s)
    # A second more or less, since the seconds are cut off.
    [[ -z $last ]] || ((now - last >= 4 && now - last <= 6))
    last=$now
  done <"$BATS_TEST_TMPDIR/dates"
}

@test "journalctl -u shows that it was started" {
  expect_match 'Started .*Writes the date every five seconds' \
    "$(lab journalctl --unit="$STAGE" --output=cat)"
}

@test "restart starts it anew, and the old dates stay" {
  expect_restart_replaces_it "$STATE/dates.txt"
}

@test "kill -9 brings it back, and leaves no half line" {
  expect_return_after KILL
  expect_growth "$STATE/dates.txt"
  expect '' "$(lab grep -vE '^[0-9-]{10} [0-9:]{8}$' "$STATE/dates.txt")"
}

@test "journalctl -p err shows why it could not start" {
  expect_error_of_its_start dates.txt
  expect_growth "$STATE/dates.txt"
}

@test "stop ends it within a second, with exit status 0" {
  expect_prompt_stop
}

@test "after a reboot it is up by itself" {
  local before
  before=$(lines_of "$STATE/dates.txt")
  expect_up_after_reboot
  wait_until has_lines "$STATE/dates.txt" $((before + 1))
}

@test "disable takes the link away" {
  expect_disable_unlinks
}
