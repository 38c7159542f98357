# shellcheck shell=bash
# Submissions to judge, most of them broken: the shipped solution of a stage, once a second, with
# one thing changed, on a real systemd.
#
#     @test "a target that does not exist" {
#       solution 01-date-daemon
#       change 's/multi-user.target/user.multi.target/'
#       fails wanted-by 'there is no user.multi.target'
#     }
#
# `fails` also asserts that no check before that one fails: the first failure is the cause. What comes
# after it is not judged.

# shellcheck source=SCRIPTDIR/../../lab/lab.bash
source "$BATS_TEST_DIRNAME/../../lab/lab.bash"
# shellcheck source=SCRIPTDIR/../helpers.bash
source "$BATS_TEST_DIRNAME/../helpers.bash"

SYSTEM=/etc/systemd/system
PROGRAM=/srv/student/program
checks=${SERVICIOS_BUILD:-$CHECKOUT/build/default}

setup_file() {
  lab_start --build "$checks"
  lab_run bash -c "cp /usr/local/share/servicios/units/price-api.* $SYSTEM &&
    mkdir -p /srv/student && systemctl daemon-reload && systemctl start price-api"
}

teardown_file() {
  lab_stop
}

# Nothing of one submission is there for the next one.
teardown() {
  [[ -n ${BATS_TEST_COMPLETED:-} ]] || lab_run systemctl status --no-pager --full "$STAGE" || true
  # Its settings first: one may forbid to stop it, or start it again.
  lab_run bash -c "rm -rf $SYSTEM/$STAGE.service* $SYSTEM/*.wants/$STAGE.service; systemctl daemon-reload
    systemctl kill --signal=KILL $STAGE; systemctl stop $STAGE; systemctl reset-failed $STAGE
    rm -rf /srv/student/* /var/lib/{,private/}$STAGE /run/price-api/faults /run/systemd/units/log-extra-fields:*
    systemctl daemon-reload" >/dev/null 2>&1 || true
}

# --- A submission ------------------------------------------------------------------------------

# solution STAGE: begins with the shipped unit.
solution() {
  STAGE=$1
  UNIT=$BATS_TEST_TMPDIR/unit
  sed "s|^ExecStart=.*\.txt.*|& --interval 1|" "$CHECKOUT/units/$STAGE.service" >"$UNIT"
  case $STAGE in
    01* | 02*) ;;
    *) change '/^\[Service\]/a Environment=PRICE_API_URL=http://127.0.0.1:8080/api/v3' ;;
  esac
}

# change SED...: the unit's text.
change() {
  local expression
  for expression; do sed -i "$expression" "$UNIT"; done
}

# program <FILE: the student's own, in place of the shipped one. A shell that is to keep the cadence says
# sleep 0.95: on a busy machine it takes as long to start what it runs.
program() {
  lab_run tee "$PROGRAM" >/dev/null
  lab_run chmod 755 "$PROGRAM"
  change "s|^ExecStart=.*|ExecStart=$PROGRAM|"
}

# python FILE SED...: one of the daemons in Python beside this file, changed.
python() {
  local expression options=(-e '')
  for expression in "${@:2}"; do options+=(-e "$expression"); done
  sed "${options[@]}" "$BATS_TEST_DIRNAME/../broken/$1" | program
}

# Copies the unit to where systemd finds it.
put() {
  lab_run bash -c "cat >$SYSTEM/$STAGE.service && systemctl daemon-reload" <"$UNIT"
}

# Puts, enables and starts it, as far as it lets. What can be enabled is read anew then, too.
start() {
  lab_run bash -c "cat >$SYSTEM/$STAGE.service; systemctl enable --quiet $STAGE || systemctl daemon-reload
    systemctl start --no-block $STAGE" <"$UNIT" || true
  STARTED=yes
} 2>/dev/null

# The same, and waits for the process: what a test does next is done to it.
start_and_wait() {
  start
  lab_run timeout 300 bash -c "until systemctl is-active --quiet $STAGE; do sleep 0.05; done"
}

# --- Its judgement -----------------------------------------------------------------------------

# judge OPTION...: sets $status, $report (what the student sees) and $results (a line a check: name, result, reason).
judge() {
  judge_by servicios-check --json /run/results.json "$@"
}

# The same, up to the first failure. The judge ends then, too: by SIGPIPE.
judge_until_failure() {
  # shellcheck disable=SC2016  # the lab's bash expands it
  judge_by bash -c 'servicios-check --stream "$@" |
    awk "{ print } /\"event\":\"result\"/ && /\"result\":\"fail\"/ { exit }" |
    servicios-report --json /run/results.json' bash "$@"
}

# judge_by COMMAND...: it writes /run/results.json in the lab.
judge_by() {
  [[ -n ${STARTED:-} ]] || start
  status=0
  report=$(lab_run "$@" --interval "${INTERVAL:-1}" "$STAGE") || status=$?
  results=$(lab_run cat /run/results.json | awk -F'"' '
    $2 == "check" { name = $4 }
    $2 == "result" { printf "%s%s %s", separator, name, $4; separator = "\n" }
    $2 == "reason" { printf " %s", $0 }')
  echo "$report"
}

# fails CHECK REASON: it is the first that fails, and the report shows that reason. A warning is no
# failure. WHOLE=yes judges what comes after it, too.
fails() {
  local judge=judge_until_failure gentle=(--gentle)
  case $1 in stop | restart | again | bad-api) gentle=() ;; esac
  [[ -z ${WHOLE:-} ]] || judge=judge
  "$judge" "${gentle[@]}"
  local first
  first=$(grep -m1 -Ev ' pass$|^[^ ]+ warning ' <<<"$results") || true
  [[ $status == 1 && $first == "$1 fail "* ]] || {
    printf 'expected to fail: %s\nbut the first is: %s (exit status %s)\n' "$1" "$first" "$status"
    return 1
  }
  grep -qF -- "$2" <<<"$first" || {
    printf 'expected the reason: %s\nbut it is: %s\n' "$2" "$first"
    return 1
  }
}

# warns CHECK REASON: all others pass, and so does the stage.
warns() {
  judge --gentle
  local others
  others=$(grep -v ' pass$' <<<"$results") || true
  [[ $status == 0 && $others == "$1 warning "*"$2"* ]] || {
    printf 'expected only the warning: %s %s\nbut it is: %s (exit status %s)\n' "$1" "$2" "$others" "$status"
    return 1
  }
}

# Every check passes, the disruptive ones, too.
passes() {
  judge
  [[ $status == 0 ]] && ! grep -v ' pass$' <<<"$results"
}
