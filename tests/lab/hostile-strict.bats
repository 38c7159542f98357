# What --strict refuses, and what nothing may influence: hostile.bash.

load hostile

@test "--strict: nothing that systemd would do as root, however it is written" {
  local line
  while IFS= read -r line; do
    solution 01-date-daemon
    sed -i "/^\[Service\]/a $line" "$unit"
    check --strict
    [[ $status == 1 ]] || { echo "not refused: $line"; return 1; }
    jq --exit-status '.checks[] | select(.check == "active" and .result == "skipped")' "$results" ||
      { echo "started: $line"; return 1; }
  done <<'LINES'
SyslogIdentifier=x\\\\\nStandardOutput=append:/etc/ld.so.preload
SyslogIdentifier=x\rStandardOutput=append:/etc/ld.so.preload
RuntimeDirectory=sys%itemd
RuntimeDirectory="servicios"
StateDirectory=extensions
StateDirectory=01-date-daemon 01-date-daemon/a/etc
OpenFile=/etc/passwd:x
SupplementaryGroups=42
User=100
PIDFile=/etc/hostname
Sockets=systemd-journald.socket
Delegate=yes
AmbientCapabilities=CAP_SYS_ADMIN
PAMName=login
LINES
}

@test "no lab speaks for another, and a killed judge is no pass" {
  as_root_before '(while ! pidof servicios-check; do sleep 0.1; done
    pid=$(pidof servicios-check)
    for stage in 02-logging 03-price-fetcher; do
      printf "\n{\"event\":\"stage\",\"stage\":\"$stage\",\"checks\":[{\"id\":\"x\",\"title\":\"x\",\"lesson\":\"x\"}]}\n{\"event\":\"result\",\"stage\":\"$stage\",\"check\":\"x\",\"title\":\"x\",\"lesson\":\"x\",\"result\":\"pass\",\"seconds\":0}\n{\"event\":\"end\",\"exit\":0}\n"
    done >/proc/$pid/fd/1
    kill -KILL $pid) & exit 0'
  run ./course check all --gentle --interval 1 --lang en --json "$results"
  echo "$output"
  [[ $status == 1 ]]
  jq --exit-status '[.checks[] | select(.stage == "02-logging" and .result == "pass")] == []' "$results"
  jq --exit-status '[.checks[] | select(.stage == "01-date-daemon" and .result == "fail")] != []' "$results"
}

@test "whatever it does, it is a failure, and not this machine's" {
  local line
  for line in 'FailureAction=poweroff' 'Requires=nothing-there.service'; do
    solution 01-date-daemon
    sed -i "/^\[Unit\]/a $line" "$unit"
    [[ $line != FailureAction=* ]] || sed -i 's|^ExecStart=.*|ExecStart=/bin/false|' "$unit"
    check
    [[ $status == 1 ]] || { echo "status $status: $line"; return 1; }
  done
  solution 01-date-daemon
  sed -i '/^\[Unit\]/a RefuseManualStart=yes' "$unit"
  fails active 'may be requested by dependency only'
  solution 01-date-daemon
  for line in $(seq 20000); do echo "Environment=A$line=1"; done >"$BATS_TEST_TMPDIR/lines"
  sed -i "/^\[Service\]/r $BATS_TEST_TMPDIR/lines" "$unit"
  check
  [[ $status == 1 ]]
  sources 01-date-daemon
  # shellcheck disable=SC2016
  echo 'execute_process(COMMAND sh -c "for i in 1 2 3 4 5 6; do head -c 240M /dev/zero >$STATE_DIRECTORY/$i; done")' \
    >>"$folder/CMakeLists.txt"
  check
  [[ $status == 1 ]]
}

@test "the solutions' objects are not in the cache that a submission reads" {
  sources 01-date-daemon
  echo 'execute_process(COMMAND sh -c "cd /tmp; find $ENV{CCACHE_DIR} -type f | while read f; do ccache --extract-result $f; done >/dev/null 2>&1; for f in *; do nm $f 2>/dev/null | grep -w main && echo FOUND; done" OUTPUT_VARIABLE said) 
message(FATAL_ERROR "said: ${said}")' >>"$folder/CMakeLists.txt"
  check
  [[ $status == 1 && $output == *'said:'* && $output != *FOUND* ]]
}
