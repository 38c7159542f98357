# bats file_tags=steps
load helpers

five='DEBUG:root:how a part of the code behaves
INFO:root:all goes as it should
WARNING:root:something may go wrong
ERROR:root:something went wrong
CRITICAL:root:nothing more can be done'

@test "systemd understands the unit" {
  put_stage hardening.conf
  expect_understood
}

@test "enable makes a link below multi-user.target" {
  expect_enable_links
}

@test "start: the status is active (exited)" {
  lab systemctl start "$STAGE"
  expect_match 'Active: active \(exited\) since' "$(lab systemctl status "$STAGE")"
  expect 'exited 0' "$(exit_of_last_run)"
}

@test "it has little exposure" {
  expect_little_exposure
}

@test "the journal has a record of each level" {
  expect "$five" "$(records)"
}

@test "journalctl -u shows them after the start" {
  local said
  said=$(lab journalctl --unit="$STAGE" --output=cat)
  expect_match "$five" "$said"
  expect_match "Finished .*Logs one message of each level" "$said"
}

@test "restart logs five more" {
  lab systemctl restart "$STAGE"
  expect "$five"$'\n'"$five" "$(records)"
}

@test "stop: it is inactive, with success" {
  lab systemctl stop "$STAGE"
  expect inactive "$(property ActiveState)"
  expect success "$(property Result)"
}

@test "after a reboot it has logged by itself" {
  expect_up_after_reboot
  expect "$five" "$(records --boot)"
}

@test "disable takes the link away" {
  expect_disable_unlinks
}
