# shellcheck shell=bash
# Steps of the stages that ask for prices.

# Nothing of the price server runs until a stage asks.
expect_no_server_yet() {
  lab systemctl start price-api.socket
  expect active "$(property ActiveState price-api.socket)"
  expect inactive "$(property ActiveState price-api.service)"
}

# run_with OPTION...: the stage, with options, from now on.
run_with() {
  put_drop_in "$STAGE.service" options '[Service]' ExecStart= \
    "ExecStart=/usr/local/bin/$STAGE --coin bitcoin --currency usd --file prices.txt $*"
  lab systemctl restart "$STAGE"
}

every_two_seconds() {
  run_with --interval 2  # so that an answer has time, whatever the machine
  expect_growth "$STATE/prices.txt"
}

# expect_recovery_from_faults PREFIX: what its records of failures begin with.
expect_recovery_from_faults() {
  lab sh -c "echo 500,null-price,429-html,truncated >/run/price-api/faults"
  wait_until records_match "^$1http://127.0.0.1:8080/api/v3: status 500: Internal Server Error$"
  wait_until records_match "^$1.*: the price of bitcoin in usd is of type null"
  wait_until records_match "^$1.*: status 429 \(asked too often\)"
  wait_until records_match "^$1.*: no answer: "
  expect_growth "$STATE/prices.txt"
  lab rm /run/price-api/faults
}

expect_recovery_from_outage() {
  lab systemctl stop price-api.socket price-api.service
  wait_until records_match "^$1http://127.0.0.1:8080/api/v3: no answer: .*connect"
  lab systemctl start price-api.socket
  expect_growth "$STATE/prices.txt"
  expect 0 "$(property NRestarts)"
}
