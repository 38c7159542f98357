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

@test "start: the status is active (running)" {
  expect_no_server_yet
  lab systemctl start "$STAGE"
  expect_running
}

@test "its question starts the price server" {
  wait_until property_is ActiveState active price-api.service
}

@test "it runs as a user of its own, with little exposure" {
  expect_own_user
  expect_little_exposure
}

@test "it writes a price at once and every five seconds" {
  wait_until has_lines "$STATE/prices.txt" 1
  local times took
  # By the file's own clock, in milliseconds, and looked at from inside: that takes no time.
  # shellcheck disable=SC2016  # the inner sh expands it
  mapfile -t times < <(lab sh -c 'lines=$(wc -l <"$1"); for i in 1 2; do lines=$((lines + 1))
    until [ "$(wc -l <"$1")" -ge "$lines" ]; do sleep 0.05; done
    date --reference="$1" +%s%3N; done' sh "$STATE/prices.txt")
  took=$((times[1] - times[0]))
  echo "the next price came $took ms later"
  ((took > 4000 && took < 6000))
  expect '' "$(lab grep -vE '^[0-9]+(\.[0-9]+)?$' "$STATE/prices.txt")"
}

@test "journalctl -u shows that it was started" {
  expect_match 'Started .*Writes the price of bitcoin every five seconds' \
    "$(lab journalctl --unit="$STAGE" --output=cat)"
}

@test "restart starts it anew" {
  expect_restart_replaces_it "$STATE/prices.txt"
}

@test "it says why there is no price, and goes on" {
  every_two_seconds
  expect_recovery_from_faults ''
}

@test "it outlives the price server" {
  expect_recovery_from_outage ''
}

@test "a wrong option ends it, and systemd does not try again" {
  run_with --interval never
  wait_until property_is ActiveState failed
  expect 'exited 2' "$(exit_of_last_run)"
  expect 0 "$(property NRestarts)"
  expect "$STAGE: --interval 'never': write seconds above 0, at most a year, such as 5 or 0.5" \
    "$(records --lines=1)"
  remove_drop_ins options
  lab systemctl restart "$STAGE"
  expect_growth "$STATE/prices.txt"
}

@test "stop ends it within a second, with exit status 0" {
  expect_prompt_stop
}

@test "after a reboot it is up by itself" {
  local before
  before=$(lines_of "$STATE/prices.txt")
  expect_up_after_reboot
  wait_until has_lines "$STATE/prices.txt" $((before + 1))
}

@test "disable takes the link away" {
  expect_disable_unlinks
}
