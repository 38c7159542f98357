# What a student does beside running a stage: start, build, check, hint, status. In a folder beside
# work/, which is the student's own.

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export SERVICIOS_WORK=work-tests
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
  local folder
  for folder in [0-9][0-9]-*/; do echo "${folder%/}"; done
}

@test "each stage's start builds" {
  local stage
  for stage in $(stages); do
    ./course start "$stage"
    ./course build "$SERVICIOS_WORK/$stage"
    [[ -x build/$SERVICIOS_WORK/$stage/$stage ]]
  done
}

# The unsolved state fails; where it begins from the stage before, not at its unit.
@test "each stage's start fails its check" {
  local stage
  for stage in $(stages); do
    run ./course check "$stage" --lab --gentle --lang en
    echo "$output"
    [[ $status == 1 ]]
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

@test "the solution in a student's folder passes, and status remembers it" {
  cp 01-date-daemon/main.cpp "$SERVICIOS_WORK/01-date-daemon"
  cp units/01-date-daemon.service "$SERVICIOS_WORK/01-date-daemon"
  local summary=$BATS_TEST_TMPDIR/summary.md
  echo 'A step before.' >"$summary"
  GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$summary run ./course check 01-date-daemon --lab --lang en
  echo "$output"
  [[ $status == 0 ]]
  # On GitHub, what came of it is added to the step's summary.
  [[ $(<"$summary") == 'A step before.'*', 0 failed'*'|---|---|---|---|'* ]]
  run ./course status
  [[ ${lines[0]} =~ ^passed\ .*01-date-daemon$ ]]
  [[ ${lines[-1]} == *02-logging* ]]
}

@test "what passed a gentle check only is not remembered" {
  rm -r "$SERVICIOS_WORK/.progress/passed"
  run ./course check 01 --lab --gentle --lang en
  echo "$output"
  [[ $status == 0 ]]
  run ./course status
  [[ ${lines[0]} =~ ^begun\ .*01-date-daemon$ ]]
}

@test "a stage that does not compile has its own results, and the others have theirs" {
  local stage results=$BATS_TEST_TMPDIR/results.xml
  echo 'no C++' >>"$SERVICIOS_WORK/02-logging/main.cpp"
  run ./course check all --lab --gentle --lang en --junit "$results"
  echo "$output"
  [[ $status == 1 && $output == *"could not build $SERVICIOS_WORK/02-logging"* ]]
  for stage in $(stages); do grep "<testsuite name=\"$stage\"" "$results"; done
  grep '<testsuite name="01-date-daemon".* failures="0"' "$results"
}

@test "a stage in another language, with a unit of its own name and a drop-in: it passes" {
  local folder=$SERVICIOS_WORK/01-date-daemon
  mv "$folder/01-date-daemon.service" "$folder/dates.service"
  rm "$folder/CMakeLists.txt" "$folder/main.cpp"
  sed -i '/^DynamicUser=/d' "$folder/dates.service"
  mkdir "$folder/dates.service.d"
  printf '[Service]\nDynamicUser=yes\n' >"$folder/dates.service.d/user.conf"
  cat >"$folder/01-date-daemon" <<'END'
#!/bin/bash
trap 'exit 0' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 5 & wait; done
END
  run ./course check 01 --lab --unit dates --lang en
  echo "$output"
  [[ $status == 0 ]]
}

@test "a folder with nothing to build or to install" {
  rm "$SERVICIOS_WORK/01-date-daemon/01-date-daemon"
  run ./course build "$SERVICIOS_WORK/01-date-daemon"
  [[ $status == 2 && $output == *"has no CMakeLists.txt to build it by" ]]
}

@test "a stage that is not there fails, also where none is" {
  local results=$BATS_TEST_TMPDIR/results.xml SERVICIOS_WORK=work-tests/deeper
  mkdir -p "$SERVICIOS_WORK/stages/01-date-daemon"
  run ./course check 01 --lab --gentle --lang en --junit "$results"
  rm -r "$SERVICIOS_WORK"
  echo "$output"
  [[ $status == 1 && $output != *'as they are shipped'* ]]
  grep '<testsuite name="01-date-daemon"' "$results"
}

@test "what keeps the check from looking is no failure of the student's: exit status 3" {
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/cmake"
  chmod +x "$BATS_TEST_TMPDIR/cmake"
  PATH=$BATS_TEST_TMPDIR:$PATH run ./course check 01 --lab --json "$BATS_TEST_TMPDIR/results.json"
  echo "$output"
  [[ $status == 3 && $output == *'course: could not build; '* ]]
  run ./course check 01 --lab --unit 'no name' --json "$BATS_TEST_TMPDIR/results.json"
  echo "$output"
  [[ $status == 3 && $output != *'cannot stat'* && ! -e $BATS_TEST_TMPDIR/results.json ]]
}

@test "hint gives one more each time, and stays at the last" {
  run ./course hint 01
  [[ $output == 1/6:* ]]
  run ./course hint 01
  [[ $output == 2/6:* ]]
  for _ in 3 4 5 6 7; do run ./course hint 01; done
  [[ $output == 6/6:* ]]
}

@test "of two stages none is done, and what a command does not take is refused" {
  local line
  for line in 'check 01 02' 'check 01 all' 'check all 01' 'run 03 04' 'install 01 02' 'uninstall 01 02' \
    'start 01 02' 'hint 01 02' 'status 01' 'doctor 01' 'test 01'; do
    # shellcheck disable=SC2086  # its words
    run ./course $line
    echo "$line: $output"
    [[ $status == 2 && ${#lines[@]} == 1 && $output == 'course: '* ]]
  done
  run ./course test --help
  [[ $status == 0 && $output == 'Servicios: '* ]]
}

@test "a stage that there is not is refused in one line" {
  local command
  for command in start check hint watch; do
    run ./course "$command" 06
    [[ $status == 2 && ${#lines[@]} == 1 && $output == *"01-date-daemon 02-logging"* ]]
  done
}
