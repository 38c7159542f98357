# The exercises: untouched none is solved, its solution solves it, each wrong way is refused with its reason.
# tests/exercises/exercise proves one; its head comment tells how. tests/texts/exercises.bats has
# what needs no lab.

load ../helpers

exercise=tests/exercises/exercise

# They run from the start, each in labs of its own, in the order of the tests below; a test waits for its
# own. They take what processors the other tests leave, whose times are measured: nice(1). They end with
# bats, however it ends. Of a part of the tests, `./course test` gives the pattern.
setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  # shellcheck disable=SC2016
  sed -n 's/^@test "\(.*\)" { proves \(.*\); }$/\1\t\2/p' "$BATS_TEST_FILENAME" |
    awk -F '\t' -v pattern="${SERVICIOS_TEST_PATTERN:-.}" '$1 ~ pattern { print $2 }' |
    while read -r group; do awk -v group="$group" '!/^#/ && $2 == group { print $1 }' exercises/contents; done |
    nice setpriv --pdeathsig TERM xargs --max-procs="$(nproc)" -I '{}' \
      bash -c 'file=$0/$1; "$2" run "$1" >"$file" 2>&1 </dev/null; echo $? >"$file.status"' \
      "$BATS_FILE_TMPDIR" '{}' "$exercise" 3>&- &
  export RUNNING=$!
}

teardown_file() {
  kill "$RUNNING" 2>/dev/null || true
}

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

# proves GROUP: all of that lesson, or of that grade.
proves() {
  local name file wrong=0 count=0
  while read -r name; do
    file=$BATS_FILE_TMPDIR/$name
    while [[ ! -s $file.status ]] && kill -0 "$RUNNING" 2>/dev/null; do sleep 0.5; done
    cat "$file"
    [[ $(<"$file.status") == 0 ]] || wrong=1
    count=$((count + 1))
  done < <(awk -v group="$1" '!/^#/ && $2 == group { print $1 }' exercises/contents)
  echo "$count exercises"
  ((wrong == 0 && count > 0))
}

@test "exercises of introduction" { proves introduction; }
@test "exercises of 01-date-daemon" { proves 01-date-daemon; }
@test "exercises of journal" { proves journal; }
@test "exercises of 02-logging" { proves 02-logging; }
@test "exercises of 03-price-fetcher" { proves 03-price-fetcher; }
@test "exercises of 03-unit" { proves 03-unit; }
@test "exercises of 04-logger-levels" { proves 04-logger-levels; }
@test "exercises of 05-journald" { proves 05-journald; }
@test "exercises of plot" { proves plot; }
@test "exercises: broken machines of grade 1" { proves 1; }
@test "exercises: broken machines of grade 2" { proves 2; }
@test "exercises: broken machines of grade 3" { proves 3; }

# --- The command ---------------------------------------------------------------------------------

@test "exercises: a script solves one or does not, and what it found is JSON, too" {
  local script=$BATS_TEST_TMPDIR/script json=$BATS_TEST_TMPDIR/results.json
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  echo 'answer 4' >"$script"
  fails_with 1 "it is not '4'" ./course exercise introduction-2 --script "$script" --json "$json"
  [[ $(jq -r '.version, .failed, .checks[0].result, .checks[0].check' "$json" | paste -sd ' ') == '1 1 fail introduction-2' ]]
  [[ $(./course exercise) != *✓* ]]
  fails_with 1 'aún no hay' ./course exercise introduction-2 --script /dev/null --lang es
  printf '%s\n' 'answer 5' 'printf "::error::x\\n\\033[31m\\n"; yes | head -c 3M' >"$script"
  run ./course exercise introduction-2 --script "$script" --json "$json"
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == Solved. && $(jq -r .passed "$json") == 1 ]]
  [[ $output == $'| ::error::x\n| [31m\n| y\n'* && $output != *$'\n::'* && ${#output} -lt 3000000 ]]
  run ./course exercise
  [[ $output == *'✓ introduction-2 '* ]]
  [[ $(./course) == *' 1/'* ]]
}

@test "exercises: in the shell there are task, hint, answer, check and solution; leaving it checks" {
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state LC_ALL=C.UTF-8
  run ./course exercise introduction-2 <<'LINES'
check
hint
solution
answer 5
check
LINES
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == Solved. ]]
  [[ $output == *'a name that does not exist'*'there is none yet'*'1/'*'systemctl start date-demon'*Solved.*Solved. ]]
}

@test "exercises: a word without an exercise says so, and no more" {
  fails_with 0 '' ./course lab sh -c 'for word in task hint solution check answer; do
    $word x 2>&1; echo "$word: $?"; done'
  [[ $(grep -c 'begin an exercise first: exercise NAME' <<<"$output") == 5 ]]
  [[ $(grep -cx '[a-z]*: 2' <<<"$output") == 5 && ${#lines[@]} == 10 ]]
}

@test "exercises: what a lesson's reader solves in ./course lab is remembered" {
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  run ./course lab <<<$'exercise introduction-2\nanswer 5\ncheck'
  echo "$output"
  [[ $output == *Solved.* ]]
  run ./course exercise
  [[ $output == *'✓ introduction-2 '* ]]
}

@test "exercises: a check whose own tools were changed is refused, and one of a machine that has ended" {
  local script=$BATS_TEST_TMPDIR/script
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  printf '%s\n' 'answer 5' 'echo >/etc/ld.so.preload' >"$script"
  fails_with 1 'what it asks with was changed: /etc/ld.so.preload' ./course exercise introduction-2 --script "$script"
  printf '%s\n' 'answer 5' 'printf "#!/bin/sh\necho active\n" >/usr/bin/systemctl' >"$script"
  fails_with 1 'what it asks with was changed: /usr/bin/systemctl' ./course exercise introduction-2 --script "$script"
  # Not one of these is opened, or looked for on this machine.
  printf '%s\n' 'answer 5' 'rm /usr/bin/{wc,stat,tail,find}; mkfifo /usr/bin/wc; ln -s /dev/zero /usr/bin/stat' \
    'rm /bin; mkdir /bin; cp /usr/bin/tail /bin/find; ln -s /bin/find /usr/bin/find' >"$script"
  fails_with 1 'what it asks with was changed: /usr/bin/' ./course exercise introduction-2 --script "$script"
  [[ $output == *find*stat*tail*wc* ]]
  printf '%s\n' 'answer 5' 'kill -s RTMIN+14 1; sleep 60' >"$script"
  fails_with 1 'it has ended' ./course exercise introduction-2 --script "$script"
}

@test "exercises: what a check asks is ended if it never ends or says too much, and the next is answered" {
  local text
  source lab/lab.bash
  source checks/exercise.bash
  there_seconds=2 there_bytes=10000
  # shellcheck disable=SC2119
  lab_start
  open_lab
  run there sleep 1000
  [[ $status == 137 ]]
  [[ $(there echo one) == one ]]
  text=$(there yes "$(printf '%01000d' 0)") || true
  ((${#text} > 5000 && ${#text} <= there_bytes))
  text=$(there sh -c 'head -c 1M /dev/zero | tr "\0" x') || true  # one line
  ((${#text} > 5000 && ${#text} <= there_bytes))
  [[ $(there echo two; there false || echo "$?") == $'two\n1' ]]
  close_lab
  lab_stop
}

# --- The tests of these tests: each in tests/exercises/fixtures has one thing wrong. --------------

@test "exercises: one that is solved already is found, one whose solution does not, and a wrong way that does" {
  export SERVICIOS_EXERCISES=tests/exercises/fixtures
  fails_with 1 'solved-already: it is solved before anybody has done anything' "$exercise" run solved-already
  fails_with 1 'no-solution: its solution does not solve it' "$exercise" run no-solution
  [[ $output == *'wrong/right solves it'* ]]
  [[ $output == *"wrong/reason is not refused for 'it is too late'"* ]]
}
