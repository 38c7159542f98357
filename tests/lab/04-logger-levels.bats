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
  # A question does it, too, as 03 shows; on a slow machine its answer comes late.
  lab systemctl start price-api.service
  lab systemctl start "$STAGE"
  expect_running
}

@test "it runs as a user of its own, with little exposure" {
  expect_own_user
  expect_little_exposure
}

@test "the journal has a price at once and every five seconds" {
  wait_until has_records 4
  expect_match '^(INFO:prices:bitcoin [0-9.]+ usd'$'\n''?){3}$' "$(records | head -n 3)"
  expect_cadence 5
}

@test "journalctl -u shows them after the start" {
  expect_match 'Started .*INFO:prices:bitcoin [0-9.]+ usd' \
    "$(lab journalctl --unit="$STAGE" --output=cat)"
}

@test "its file has the prices, too" {
  expect "$(records | grep -oE '[0-9]+(\.[0-9]+)? ' | head -n 3 | tr -d ' ')" \
    "$(lab head -n 3 "$STATE/prices.txt")"
}

@test "restart starts it anew" {
  expect_restart_replaces_it "$STATE/prices.txt"
}

@test "it warns that there is no price, and goes on" {
  every_two_seconds
  expect_recovery_from_faults WARNING:prices:
}

@test "it outlives the price server" {
  expect_recovery_from_outage WARNING:prices:
}

@test "stop ends it within a second, with exit status 0" {
  expect_prompt_stop
}

@test "after a reboot it is up by itself" {
  expect_up_after_reboot
  wait_until records_match '^INFO:prices:bitcoin ' --boot
}

@test "disable takes the link away" {
  expect_disable_unlinks
}
