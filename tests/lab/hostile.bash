# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154  # for and from the files that load it
# What the submissions of hostile-*.bats share. Each attacks whoever judges it, with a marker that does
# no harm: none gets out of its lab, each gets a verdict, and the honest solution beside it passes.

# shellcheck source=lab/lab.bash
source "$BATS_TEST_DIRNAME/../../lab/lab.bash"

setup() {
  prepare
  solution 01-date-daemon
}

prepare() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  local file=${BATS_TEST_FILENAME##*/}
  export SERVICIOS_WORK=work-${file%.bats}.$BATS_TEST_NUMBER XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  folder=$SERVICIOS_WORK/01-date-daemon
  unit=$folder/01-date-daemon.service
  marker=servicios-marker-$BATS_ROOT_PID-$BATS_TEST_NUMBER
  results=$BATS_TEST_TMPDIR/results.json
}

teardown() {
  rm -rf "$SERVICIOS_WORK"
}

# solution STAGE: as it is shipped, in work/, and already compiled. A file that is called as the stage is
# taken for its program if nothing else says how to build it.
solution() {
  mkdir -p "$SERVICIOS_WORK/$1"
  cp "build/default/$1/$1" "$SERVICIOS_WORK/$1"
  unit_of "$1"
}

# unit_of STAGE: the shipped one, which writes once a second.
unit_of() {
  sed 's|^ExecStart=.*\.txt.*|& --interval 1|' "units/$1.service" >"$SERVICIOS_WORK/$1/$1.service"
}

# sources STAGE: the same, to be compiled.
sources() {
  mkdir -p "$SERVICIOS_WORK/$1"
  cp "$1/main.cpp" "$SERVICIOS_WORK/$1"
  unit_of "$1"
  sed 's|(\.\./cmake|(../../cmake|' "$1/CMakeLists.txt" >"$SERVICIOS_WORK/$1/CMakeLists.txt"
}

# as_root_before SCRIPT: the unit runs it in the lab as root, before its program.
as_root_before() {
  printf '%s\n' '#!/bin/bash' "$1" >"$folder/attack"
  # What a submission brings beside its program is in its folder below the checkout.
  sed -i "/^ExecStart=/i ExecStartPre=+/bin/bash $CHECKOUT/work/01-date-daemon/attack" "$unit"
}

# check OPTION...: sets $status and $output, which hold no marker; its results are in $results.
check() {
  run timeout 300 ./course check 01 --gentle --interval 1 --lang en --json "$results" "$@"
  echo "$output"
}

# fails CHECK REASON: it is a verdict: this check failed, for a reason with this text.
fails() {
  check
  [[ $status == 1 ]]
  jq --exit-status --arg check "$1" --arg text "$2" '.checks[] |
    select(.result == "fail" and (.check | startswith($check)) and (.reason | contains($text)))' "$results"
}

# passes: nothing was wrong with it but the attack, which came to nothing.
passes() {
  check
  [[ $status == 0 ]]
}

# nowhere FILE...: none of them is on this machine.
nowhere() {
  local file
  for file; do [[ ! -e $file ]] || { echo "$file is there"; return 1; }; done
}
