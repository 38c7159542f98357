# bats file_tags=steps
# What comes of a student's work: check and status. In a folder beside work/, which is the student's
# own. tests/cli has what needs no lab.

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export SERVICIOS_WORK=work-tests XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
  rm -rf "$SERVICIOS_WORK" "build/$SERVICIOS_WORK"
  local stage
  for stage in $(stages); do ./course start "$stage"; done
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

# The unsolved state fails; where it begins from the stage before, not at its unit.
@test "each stage's start fails its check" {
  local stage
  for stage in $(stages); do
    run ./course check "$stage" --gentle --lang en
    echo "$output"
    [[ $status == 1 ]]
  done
}

@test "the solution in a student's folder passes, and status remembers it" {
  cp 01-date-daemon/main.cpp "$SERVICIOS_WORK/01-date-daemon"
  cp units/01-date-daemon.service "$SERVICIOS_WORK/01-date-daemon"
  local summary=$BATS_TEST_TMPDIR/summary.md
  echo 'A step before.' >"$summary"
  GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$summary run ./course check 01-date-daemon --lang en
  echo "$output"
  [[ $status == 0 ]]
  # On GitHub, what came of it is added to the step's summary.
  [[ $(<"$summary") == 'A step before.'*', 0 failed'*'|---|---|---|---|'* ]]
  run ./course status --lang en
  [[ $output == *'✓ 01-date-daemon '* && ${lines[-1]} == *'./course watch 02-logging' ]]
}

# The build fails with what ccache(1) says of it: of 02, eight files are the course's.
@test "what the student did not write is not compiled again, whatever the caller's language" {
  local build=$SERVICIOS_WORK/02-logging/CMakeLists.txt
  cp "$build" "$BATS_TEST_TMPDIR"
  sed -i '1i set(CMAKE_CXX_COMPILER_LAUNCHER env LC_ALL=es_MX.UTF-8 CCACHE_LOGFILE=$ENV{STATE_DIRECTORY}/log ccache)' "$build"
  echo 'add_custom_command(TARGET 02-logging PRE_LINK VERBATIM COMMAND sh -c
    "printf \"main.cpp:1:1: %s: %s hits\" error $(grep -c \"Result: .*_cache_hit\" $STATE_DIRECTORY/log); exit 1")' >>"$build"
  run ./course check 02 --gentle --lang en
  cp "$BATS_TEST_TMPDIR/CMakeLists.txt" "$build"
  echo "$output"
  [[ $status == 1 && $output == *'8 hits'* ]]
}

@test "what passed a gentle check only is not remembered" {
  rm -r "$XDG_STATE_HOME"/servicios/*/passed
  run ./course check 01 --gentle --lang en
  echo "$output"
  [[ $status == 0 ]]
  run ./course status --lang en
  [[ $output == *'→ 01-date-daemon '*begun* ]]
}

@test "a stage that does not compile has its own results, and the others have theirs" {
  local stage results=$BATS_TEST_TMPDIR/results.xml
  echo 'no C++' >>"$SERVICIOS_WORK/02-logging/main.cpp"
  run ./course check all --gentle --lang en --junit "$results"
  echo "$output"
  [[ $status == 1 && $output == *'work/02-logging/main.cpp:'*'no C++'* ]]
  for stage in $(stages); do grep "<testsuite name=\"$stage\"" "$results"; done
  grep '<testsuite name="01-date-daemon".* failures="0"' "$results"
}

@test "nor does one whose program is not called as the stage end the others" {
  local results=$BATS_TEST_TMPDIR/results.xml
  ./course start 02
  sed -i 's/02-logging/logs/' "$SERVICIOS_WORK/02-logging/CMakeLists.txt"
  run ./course check all --gentle --lang en --junit "$results"
  echo "$output"
  [[ $status == 1 && $output == *"the program is called as the stage, and so is CMake's target"* ]]
  grep '<testsuite name="05-journald"' "$results"
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
[[ $1 == --file && $# == 2 ]] || { echo "dates: there is no $1; there is --file FILE" >&2; exit 2; }
trap 'exit 0' TERM
while true; do date '+%Y-%m-%d %H:%M:%S' >>dates.txt; sleep 4.95 & wait; done
END
  run ./course check 01 --unit dates --lang en
  echo "$output"
  [[ $status == 0 ]]
}

@test "a stage that is not there fails, also where none is" {
  local results=$BATS_TEST_TMPDIR/results.xml SERVICIOS_WORK=work-tests/deeper
  mkdir -p "$SERVICIOS_WORK/stages/01-date-daemon"
  run ./course check 01 --gentle --lang en --junit "$results"
  rm -r "$SERVICIOS_WORK"
  echo "$output"
  [[ $status == 1 && $output == *"there is no $SERVICIOS_WORK/01-date-daemon: ./course start 01-date-daemon makes it"* ]]
  grep '<testsuite name="01-date-daemon"' "$results"
}

@test "what keeps the check from looking is no failure of the student's: exit status 3" {
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/cmake"
  chmod +x "$BATS_TEST_TMPDIR/cmake"
  PATH=$BATS_TEST_TMPDIR:$PATH run ./course check 01 --json "$BATS_TEST_TMPDIR/results.json"
  echo "$output"
  [[ $status == 3 && $output == *'course: could not '* ]]
  [[ ! -e $BATS_TEST_TMPDIR/results.json ]]
}

@test "the shipped stages are judged if they are asked for" {
  run ./course check 02 --shipped --lang en
  echo "$output"
  [[ $status == 0 && $output == *', 0 failed, 0 skipped '* ]]
  run ./course status --lang en
  [[ $output != *'✓ 02-logging'* ]]
}

@test "a stage that is not begun is told how to begin it, and no lab is" {
  mv "$SERVICIOS_WORK/02-logging" "$BATS_TEST_TMPDIR"
  run ./course check 02 --gentle --lang en
  mv "$BATS_TEST_TMPDIR/02-logging" "$SERVICIOS_WORK"
  echo "$output"
  [[ $status == 1 && $output == *'./course start 02-logging makes it'* && $output != *'./course lab'* ]]
}

@test "a lab has the student's stage, as a check leaves it" {
  run ./course lab 01 systemctl is-active dates 01-date-daemon
  echo "$output"
  cp units/01-date-daemon.service "$SERVICIOS_WORK/01-date-daemon"
  run ./course lab 01 systemctl is-active 01-date-daemon
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == active ]]
  # What a finding has somebody look at is there; in it, check without a stage is about this one.
  run timeout 120 ./course lab 01 sh -c 'until [ -s /var/lib/01-date-daemon/dates.txt ]; do sleep 0.05; done
    tail -n 1 /var/lib/01-date-daemon/dates.txt && ./course check --gentle --interval 5 --lang en'
  echo "$output"
  [[ $output == *-*-*:*:*'01-date-daemon'*' 0 failed'* ]]
}
