# bats file_tags=steps
# ./course start and build: the place where a student writes a stage. In a folder beside work/, which is
# the student's own.

load ../helpers

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export SERVICIOS_WORK=work-start XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
  rm -rf "$SERVICIOS_WORK" "build/$SERVICIOS_WORK"
}

teardown_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  rm -rf "$SERVICIOS_WORK" "build/$SERVICIOS_WORK"
}

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

stages() {
  awk '!/^#/ { print $1 }' stages
}

@test "each stage's start builds" {
  local stage
  for stage in $(stages); do
    ./course start "$stage"
    ./course build "$SERVICIOS_WORK/$stage"
    [[ -x build/$SERVICIOS_WORK/$stage/$stage ]]
  done
}

@test "04 begins as 03, and 05 as 04, but for the name" {
  diff <(sed 1s/03-price-fetcher/04-logger-levels/ 03-price-fetcher/main.cpp) \
    "$SERVICIOS_WORK/04-logger-levels/main.cpp"
  diff <(sed 1s/04-logger-levels/05-journald/ 04-logger-levels/main.cpp) \
    "$SERVICIOS_WORK/05-journald/main.cpp"
}

@test "to start again keeps what was written" {
  echo '// mine' >>"$SERVICIOS_WORK/01-date-daemon/main.cpp"
  run ./course start 01
  [[ $status == 0 ]]
  grep -q '^// mine' "$SERVICIOS_WORK"/01-date-daemon.*/main.cpp
  [[ $(tail -n 1 "$SERVICIOS_WORK/01-date-daemon/main.cpp") != '// mine' ]]
}

@test "what is kept within one second has a name each" {
  local bin=$BATS_TEST_TMPDIR/bin number
  mkdir "$bin"
  printf '#!/bin/sh\necho 2026-11-29-120000\n' >"$bin/date"
  chmod +x "$bin/date"
  for number in 1 2 3; do
    echo "// $number" >>"$SERVICIOS_WORK/01-date-daemon/main.cpp"
    PATH=$bin:$PATH ./course start 01
  done
  [[ $(tail -qn 1 "$SERVICIOS_WORK"/01-date-daemon.2026-11-29-120000{,-2,-3}/main.cpp) == $'// 1\n// 2\n// 3' ]]
}

@test "a folder with nothing to build or to install" {
  rm "$SERVICIOS_WORK/01-date-daemon/CMakeLists.txt"
  fails_in_one_line 2 'has no CMakeLists.txt to build it by' ./course build 01
}
