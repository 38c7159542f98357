# What ./course refuses before it does anything, and what needs neither a build nor a lab.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export SERVICIOS_WORK=work-arguments XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
}

@test "hint gives one more each time, and stays at the last" {
  run ./course hint 01
  [[ $output == 1/6:* ]]
  run ./course hint 01
  [[ $output == 2/6:* ]]
  for _ in 3 4 5 6 7; do run ./course hint 01; done
  [[ $output == 6/6:*$'\nThere are no more hints. The lesson: docs/en/01-date-daemon.md' ]]
}

@test "of two stages none is done, and what a command does not take is refused" {
  local line
  for line in 'check 01 02' 'check 01 all' 'check all 01' 'run 03 04' 'install 01 02' 'uninstall 01 02' \
    'start 01 02' 'hint 01 02' 'status 01' 'doctor 01' 'test 01 02' 'watch 01 02' 'watch 01 --gently' \
    'check 01 --json no/such/folder/results.json' 'exercise none' 'exercise journal-1 journal-2' \
    'exercise --script FILE' 'exercise journal-1 --script none' 'exercise journal-1 --json no/such/folder/results.json' 'none --help'; do
    # shellcheck disable=SC2086  # its words
    fails_in_one_line 2 'course: ' ./course $line
  done
  run ./course test --help
  [[ $status == 0 && $output == *"ends with 'N passed, N failed'"* ]]
}

@test "a stage that there is not is refused in one line" {
  local command
  for command in start check hint watch; do
    fails_in_one_line 2 '01-date-daemon 02-logging' ./course "$command" 06
  done
}
