# A submission that attacks while it is carried into a lab and built: hostile.bash.

load hostile

setup() {
  prepare
  sources 01-date-daemon
}

# --- Building ------------------------------------------------------------------------------------

@test "CMake's code runs in the lab alone, as nobody, without the caller's environment" {
  cat >>"$folder/CMakeLists.txt" <<CMAKE
execute_process(COMMAND sh -c "id -u >/tmp/$marker; id -u >/var/tmp/$marker; id -u >/dev/shm/$marker
  env; echo uid=\$(id -u); setsid sleep 600.$BATS_ROOT_PID >/dev/null 2>&1 &" OUTPUT_VARIABLE said)
message(FATAL_ERROR "said: \${said}")
CMAKE
  SECRET=of-the-caller fails builds ''
  [[ $output != *of-the-caller* && $output != *'uid=0'* ]]
  nowhere "/tmp/$marker" "/var/tmp/$marker" "/dev/shm/$marker"
  [[ -z $(pgrep --full "sleep 600.$BATS_ROOT_PID") ]]
}

@test "a build without an end is ended" {
  echo 'execute_process(COMMAND sleep 3600)' >>"$folder/CMakeLists.txt"
  SERVICIOS_BUILD_SECONDS=5 fails builds 'the build took longer than'
}

@test "an #include without an end, a file without an end, processes and memory without an end" {
  export SERVICIOS_BUILD_SECONDS=15
  printf '%s\n' '#include __FILE__' '#include __FILE__' >"$folder/main.cpp"
  fails builds 'the build took longer than'
  [[ ${#output} -lt 20000 ]]
  sources 01-date-daemon
  # shellcheck disable=SC2016
  printf '%s\n' 'execute_process(COMMAND sh -c "head -c 2G /dev/zero >$STATE_DIRECTORY/big")' \
    'execute_process(COMMAND sh -c "for i in $(seq 3000); do sleep 100 & done")' \
    'execute_process(COMMAND sh -c "head -c 6G /dev/zero | tail")' \
    'execute_process(COMMAND sh -c "yes | tr -d y | head -c 60M; kill -9 $PPID")' >>"$folder/CMakeLists.txt"
  fails builds ''
  [[ ${#output} -lt 20000 ]]
}

@test "what an earlier submission built, or called itself, is nothing to this one" {
  check
  [[ $status == 0 ]]
  echo 'no C++' >"$folder/main.cpp"
  [[ -z $(find build -name "$SERVICIOS_WORK") ]]
  fails builds ''
}

# --- Links and names -----------------------------------------------------------------------------

@test "a link is not followed: as program, source, unit, drop-in, stage" {
  echo "$marker" >"$BATS_TEST_TMPDIR/secret"
  local name
  for name in main.cpp CMakeLists.txt 01-date-daemon.service 01-date-daemon.service.d/a.conf; do
    mkdir -p "$folder/01-date-daemon.service.d"
    ln -sf "$BATS_TEST_TMPDIR/secret" "$folder/$name"
    check
    [[ $output != *"$marker"* && $(<"$results") != *"$marker"* ]]
    rm -r "$folder"
    sources 01-date-daemon
  done
  mv "$folder" "$BATS_TEST_TMPDIR/elsewhere"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$folder"
  check
  [[ $status == 1 && $output == *'is a link'* ]]
}

@test "a link put over the results is replaced, and not written through" {
  echo untouched >"$BATS_TEST_TMPDIR/of-the-caller"
  ln -s "$BATS_TEST_TMPDIR/of-the-caller" "$results"
  passes
  [[ $(<"$BATS_TEST_TMPDIR/of-the-caller") == untouched && ! -L $results ]]
}

@test "a name is only a name" {
  # shellcheck disable=SC2016
  touch "$folder/-rf" "$folder/--checkpoint-action=exec=touch $marker" "$folder/"$'a\nb' \
    "$folder/\$(touch $marker)" "$folder/;touch $marker" "$folder/*"
  passes
  nowhere "$marker"
}

@test "progress that comes with a repository counts for nothing, and is not evaluated" {
  mkdir -p "$SERVICIOS_WORK/.progress/passed" "$SERVICIOS_WORK/.progress/hints"
  echo '2026-11-29 12:00' >"$SERVICIOS_WORK/.progress/passed/01-date-daemon"
  # shellcheck disable=SC2016
  echo 'a[$(touch '"$BATS_TEST_TMPDIR/$marker"')]' >"$SERVICIOS_WORK/.progress/hints/01-date-daemon"
  ln -s "$BATS_TEST_TMPDIR/written" "$SERVICIOS_WORK/.progress/hints/02-logging"
  run ./course status
  [[ $output != *2026-11-29* ]]
  ./course hint 01
  ./course hint 02
  nowhere "$BATS_TEST_TMPDIR/$marker" "$BATS_TEST_TMPDIR/written"
}
