# What of a submission's way needs no lab: checks/submission.bash, and what compiles the lab's tools.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  # shellcheck source=checks/submission.bash
  source checks/submission.bash
}

@test "what comes out of one lab is bounded as the report reads it, with the stage's name" {
  event_bytes=10000
  run in_name_of 01-date-daemon '-- 1' < <(yes x | head -n 5000)
  [[ $status == 141 && ${#output} -gt 9000 && ${#output} -le 10000 ]]
  run in_name_of 01-date-daemon '-- 1' <<<$'{"event":"end"}\n-- 1 0\nlate'
  [[ $status == 0 && $output == '01-date-daemon {"event":"end"}' ]]
}

@test "too large is a unit, and no file that stays at home" {
  local folder=$BATS_TEST_TMPDIR/stage
  mkdir -p "$folder/.venv" "$folder/data.service.d"
  head -c 100K /dev/zero >"$folder/.venv/x.conf"
  head -c 64K /dev/zero >"$folder/01-date-daemon.service"
  [[ $(is_too_large "$folder" || echo no) == no ]]
  head -c 65K /dev/zero >"$folder/data.service.d/x.conf"
  is_too_large "$folder"
}

@test "a compiler that fails locks nobody out" {
  cp -r lab commands "$BATS_TEST_TMPDIR"
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/c++"
  chmod +x "$BATS_TEST_TMPDIR/c++"
  cd "$BATS_TEST_TMPDIR"
  # shellcheck disable=SC2016
  run timeout 60 env PATH="$PWD:$PATH" bash -c 'source lab/lab.bash; lab_tools; echo $?; lab_tools; echo $?'
  [[ $output == $'1\n1' ]]
}

@test "a lab's time zone is far from this machine's, and has summer time now if it can" {
  [[ $(TZ=Asia/Tokyo far_zone) == America/St_Johns && $(TZ=America/Bogota far_zone) == Australia/Adelaide ]]
  # At any day of the year one of the two has it.
  [[ $(TZ=$(TZ=UTC far_zone) date +%Z) == *DT ]]
}
