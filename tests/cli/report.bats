# What servicios-report makes of a stream of events, and of one that a stranger has written.

# shellcheck source=SCRIPTDIR/../helpers.bash
source "$BATS_TEST_DIRNAME/../helpers.bash"

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  unset GITHUB_STEP_SUMMARY NO_COLOR LANGUAGE LC_ALL LC_MESSAGES LANG
}

program=$(realpath "${SERVICIOS_BUILD:-$BATS_TEST_DIRNAME/../../build/default}")/checks/servicios-report

# The program with these options; the stream is its standard input.
report() {
  timeout 60 "$program" --json results.json --junit results.xml "$@" <stream
}

# stream LINE...: what the judge has said.
stream() {
  printf '%s\n' "$@" >stream
}

# announced [STAGE]: three checks are to come.
announced() {
  printf '{"event":"stage","stage":"%s","checks":[' "${1:-01-date-daemon}"
  printf '{"id":"unit-found","title":"systemd finds it","lesson":"docs/en/a.md#a"},'
  printf '{"id":"active","title":"it is active","lesson":"docs/en/a.md#b"},'
  printf '{"id":"stop","title":"it stops","lesson":"docs/en/a.md#c"}],"left_out":0}\n'
}

# result CHECK KIND [KEY:VALUE,...]
result() {
  printf '{"event":"result","stage":"%s","check":"%s","title":"t","result":"%s","seconds":0.5%s}\n' \
    "${STAGE:-01-date-daemon}" "$1" "$2" "${3:+,$3}"
}

# finding TEXT: the keys of a failure; TEXT is what was found, as JSON has it.
finding() {
  echo '"looked_at":"l","expected":"e","found":"'"$1"'","reason":"r","hint":"h","lesson":"x"'
}

# All three pass.
passing() {
  announced "$@"
  STAGE=${1:-} result unit-found pass
  STAGE=${1:-} result active pass
  STAGE=${1:-} result stop pass
  echo '{"event":"end","exit":0}'
}

# results: a line a check: stage, check, result.
results() {
  jq --raw-output '.checks[] | "\(.stage) \(.check) \(.result)"' results.json
}

totals_are() {
  jq --exit-status "[.passed, .failed, .warned, .skipped, .cannot] == [$1]" results.json >/dev/null
}

@test "all pass: status 0, for people, as JSON and as JUnit" {
  passing >stream
  fails_with 0 '  ✓ it is active' report
  [[ $output == *'3 passed, 0 failed, 0 skipped'* && $output != *$'\e'* ]]
  totals_are '3, 0, 0, 0, 0'
  [[ $(results | sort -u | wc -l) == 3 ]]
  grep -q '<testsuite name="01-date-daemon" tests="3" failures="0" errors="0" skipped="0" ' results.xml
}

@test "two stages are two suites, in the order in which they came" {
  { passing 02-logging; announced; result unit-found fail "$(finding f)"; } >stream
  fails_with 1 '3 passed, 2 failed, 1 skipped' report
  [[ $(results | awk '{ print $1 }' | uniq | paste -sd ' ') == '02-logging 01-date-daemon' ]]
  [[ $(grep -c '<testsuite ' results.xml) == 2 ]]
}

@test "a failure shows what to look at, and its lesson is the one that was announced" {
  { announced; result unit-found fail "$(finding 'one\ntwo')"; } >stream
  fails_with 1 'docs/en/a.md#a' report
  [[ $output == *$'      found       one\n                  two\n'* ]]
}

@test "a warning is counted apart, and fails nothing" {
  { announced; result unit-found pass; result active warning "$(finding f)"; result stop pass
    echo '{"event":"end","exit":0}'; } >stream
  fails_with 0 '  ! it is active' report
  [[ $output == *'1 warned of'* ]]
  totals_are '2, 0, 1, 0, 0'
  grep -q '<property name="warned" value="1"/>' results.xml
  grep -q '<system-out>warning: ' results.xml
  [[ $(<results.xml) != *'<failure'* ]]
}

@test "one that cannot look: status 3; beside a failure: 1" {
  { announced; result unit-found pass; result active cannot '"note":"no root"'; result stop pass; } >stream
  fails_with 3 '  ? it is active (no root)' report
  { cat stream; announced 02-logging; } >both
  mv both stream
  fails_with 1 '1 that this machine cannot check' report
}

@test "nothing at all: status 3, and the files say so" {
  : >stream
  fails_with 3 'there are no results' report
  totals_are '0, 0, 0, 0, 0'
}

@test "a stream that ends early: the first without a result fails, the others are skipped" {
  { announced; result unit-found pass; } >stream
  fails_with 1 'the judge was ended before it was done' report
  [[ $(results) == *'active fail'*'stop skipped' ]]
}

@test "a line cut in its midst: that check has no result" {
  { announced; result unit-found pass; result active pass | head -c 50; } >stream
  fails_with 1 'line 3: the line is no event' report
  [[ $(results) == *'active fail'* ]]
}

@test "the caller says why a stage was ended" {
  { announced; result unit-found pass; result active pass
    echo '{"event":"aborted","reason":"the submission rebooted the machine"}'; passing 02-logging; } >stream
  fails_with 1 'reason      the submission rebooted the machine' report
  totals_are '5, 1, 0, 0, 0'
}

@test "the caller says why a stage cannot be judged: status 3, of an announced stage or not" {
  { announced; echo '{"event":"cannot","reason":"no lab"}'; echo '{"event":"end","exit":3}'; } >stream
  fails_with 3 'no lab' report
  totals_are '0, 0, 0, 0, 3'
  stream '{"event":"cannot","stage":"03-price-fetcher","reason":"no lab"}'
  fails_with 3 'no lab' report
  [[ $(results) == '03-price-fetcher judged cannot' ]]
}

@test "a stage is announced, and nothing is asked or answered: it fails" {
  stream '{"event":"stage","stage":"02-logging"}' '{"event":"end","exit":0}'
  fails_with 1 '✗ the stage is judged' report
  [[ $(results) == '02-logging judged fail' ]]
  stream '{"event":"stage","stage":"02-logging","checks":[],"left_out":0}' \
    '{"event":"aborted","reason":"it did not build"}'
  fails_with 1 'it did not build' report
}

# --- A stranger's ------------------------------------------------------------------------------

@test "lines that are no events are left out and counted, and nothing else changes" {
  local line
  { head -1 <(announced)
    for line in '' 'null' '[]' '17' '"stage"' '{' '{"event":7}' '{"event":"feast"}' '{}' $'\xff\xfe' \
      '{"event":"begin"}' '{"event":"begin","check":"nobody"}' '{"event":"waiting","check":["x"]}' \
      '{"event":"waiting","check":"stop","for":"x","seconds":1e300}' \
      '{"event":"result"}' '{"event":"stage","stage":"01-date-daemon","checks":[]}' \
      '{"event":"stage","stage":"../../etc"}' '{"event":"stage","stage":"02-logging","checks":7}' \
      '{"event":"stage","stage":"02-logging","checks":[{"id":"a"}]}' \
      '{"event":"aborted"}' '{"event":"cannot","reason":[]}'; do echo "$line"; done
    result nobody pass
    result active wonderful
    result stop fail
    STAGE=05-journald result stop pass
    result unit-found pass
    result unit-found pass
    result active pass
    result stop pass; } >stream
  fails_with 0 '26 lines of the results were left out, the first being line 2' report
  totals_are '3, 0, 0, 0, 0'
}

@test "a second result of a check does not replace the first" {
  { announced; result unit-found fail "$(finding f)"; result unit-found pass; } >stream
  fails_with 1 '1 lines of the results were left out' report
  [[ $(results) == '01-date-daemon unit-found fail'* ]]
}

@test "nested a thousand deep, or with ten thousand keys: one line, and the rest is read" {
  { announced; printf '[%.0s' {1..30000}; printf ']%.0s' {1..30000}; echo
    printf '{"event":"begin"'; printf ',"k%d":0' {1..6000}; echo '}'; passing | tail -4; } >stream
  fails_with 0 '2 lines of the results were left out' report
}

@test "a line of 64 KiB and more is left out, whatever it holds" {
  { announced; result unit-found pass "\"note\":\"$(head -c 65536 /dev/zero | tr '\0' x)\""
    result active pass; result stop pass; } >stream
  fails_with 1 'line 2: the line is too long' report
  [[ $(results) == *'active pass'*'stop pass'*'unit-found fail' ]]
}

@test "a stream of more than 4 MiB is read no further" {
  { announced; result unit-found pass; } >stream
  fails_with 1 'the results are longer than 4 MiB' \
    bash -c "(cat stream; yes '{\"event\":\"begin\",\"check\":\"active\"}') |
      timeout 60 '$program' --json results.json"
  [[ $(results) == *'active fail'*'stop skipped' ]]
}

@test "no newline at all, without end: bounded" {
  fails_with 3 'there are no results' \
    bash -c "ulimit -v 200000; head -c 6M /dev/zero | timeout 60 '$program' --json results.json"
}

@test "a thousand stages, or checks: a hundred at most" {
  for number in {1..1000}; do echo '{"event":"stage","stage":"s'"$number"'"}'; done >stream
  fails_with 1 '900 lines of the results were left out' report
  [[ $(results | wc -l) == 100 ]]
}

@test "a text is cut at 4000 bytes, whatever it is told of" {
  local long
  long=$(head -c 60000 /dev/zero | tr '\0' x)
  { printf '{"event":"stage","stage":"s","checks":[{"id":"c0","title":"t","lesson":"l"}'
    printf ',{"id":"c%d","title":"t","lesson":"l"}' {1..99}
    printf ']}\n{"event":"cannot","reason":"%s"}\n' "$long"
    announced
    result unit-found pass '"note":"'"$long"'"'; } >stream
  fails_with 1 '(56040 bytes more)' report
  ((${#output} < 101 * 5000))
}

@test "what cannot be seen is made visible again" {
  { announced; result unit-found pass '"note":"a\u001b[2Jb\rc\u202ed\ne"'
    result active fail "$(finding 'x\u001b]0;title\u0007\u0000')"; } >stream
  fails_with 1 '(a\x1b[2Jb\rc\u202ed\ne)' report
  [[ $output == *'x\x1b]0;title\x07\x00'* && $output != *[$'\e\r\a']* ]]
  python3 -c 'import xml.etree.ElementTree as xml; xml.parse("results.xml")'
}

@test "no line is a command of GitHub's, Azure's or TeamCity's" {
  local text='::error::a\n  ::set-output name=x::b\n##[error]c\n##vso[task.complete]d\n##teamcity[e]'
  { printf '{"event":"stage","stage":"01-date-daemon","checks":[{"id":"stop","title":"%s","lesson":"%s"}]}\n' \
      "$text" "$text"
    printf '{"event":"result","stage":"01-date-daemon","check":"stop","title":"t","result":"fail",'
    printf '"seconds":0,"looked_at":"%s","expected":"%s","found":"%s","reason":"%s","hint":"%s","lesson":"x"}\n' \
      "$text" "$text" "$text" "$text" "$text"; } >stream
  fails_with 1 '##\[error]c' report
  [[ $output == *'  \::set-output'* && ! $output =~ (^|$'\n')\ *:: && ! $output =~ '##'[a-z]*'[' ]]
}

@test "a table for GitHub, in which nothing is Markdown" {
  { announced; result unit-found fail "$(finding f)" | sed 's/"reason":"r"/"reason":"a|b <b> *c*"/'; } >stream
  GITHUB_STEP_SUMMARY=$PWD/summary.md fails_with 1 '' report
  grep -qF '| a\|b \<b\> \*c\* | h |' summary.md
}

# --- At a terminal -----------------------------------------------------------------------------

# at_terminal [NAME=VALUE]...: the report's output, written to a terminal.
at_terminal() {
  env TERM=xterm "$@" script --quiet --return --command "$program <stream" /dev/null </dev/null
}

@test "at a terminal: in colour, with what is waited for; not with NO_COLOR or a dumb one" {
  { announced; echo '{"event":"begin","check":"unit-found"}'
    echo '{"event":"waiting","check":"unit-found","for":"a line\u001b[1m","seconds":3}'
    passing | tail -4; } >stream
  fails_with 0 $'\e[32m✓\e[0m' at_terminal
  [[ $output == *'systemd finds it (waiting for a line\x1b[1m, 3 s)'* ]]
  sed -i 's/"seconds":3/&,"limit":10/' stream
  fails_with 0 'systemd finds it (waiting for a line\x1b[1m, 3 s of 10 at most)' at_terminal
  fails_with 0 '✓' at_terminal NO_COLOR=1
  [[ $output != *$'\e[32m'* ]]
  fails_with 0 '✓' at_terminal TERM=dumb
  [[ $output != *$'\e'* && $output != *waiting* ]]
}

# --- The command line --------------------------------------------------------------------------

@test "in Spanish" {
  announced >stream
  fails_with 1 'razón       quien evalúa fue terminado' report --lang es
  [[ $(jq --raw-output .language results.json) == es ]]
}

@test "a wrong option: one line, and status 2" {
  : >stream
  fails_in_one_line 2 'servicios-report: unknown option --jsno' report --jsno
  fails_in_one_line 2 "--lang 'fr': write es or en" report --lang fr
  fails_in_one_line 2 "there is no argument '01'" report 01
  fails_in_one_line 2 '--json: its value is missing' report --json
}

@test "a file that cannot be written: status 3, and the results were shown" {
  passing >stream
  fails_with 3 "cannot write $PWD/nowhere/x" report --json "$PWD/nowhere/x"
  [[ $output == *'3 passed'* ]]
}

@test "checks that were not tried are one line" {
  { announced; result unit-found fail "$(finding f)"; result active skipped '"note":"n"'
    result stop skipped '"note":"n"'; echo '{"event":"end","exit":1}'; } >stream
  fails_with 1 '  - 2 not tried, since an earlier one failed' report
  [[ $output != *'it is active'* ]]
  totals_are '0, 1, 0, 2, 0'
}

@test "one that is skipped though none failed says why" {
  { announced; result unit-found pass; result active skipped '"note":"it asks another server"'; result stop pass; } >stream
  fails_with 0 '  - it is active (it asks another server)' report
  [[ $output != *'not tried'* ]]
}

@test "a stage that is not there: what to do, and nothing of a lab" {
  echo '{"event":"absent","stage":"02-logging","reason":"there is no work/02-logging: begin it"}' >stream
  fails_with 1 'there is no work/02-logging: begin it' report --work
  [[ $output != *'./course lab'* && $output != *hint* ]]
}

@test "a unit of another name is in what to do next" {
  { announced; result unit-found fail "$(finding f)"; result active pass; result stop pass; } >stream
  fails_with 1 './course lab --unit dates 01-date-daemon' report --work --unit dates
}

@test "a compiler's caret stays below its column, also at a terminal" {
  { announced; result unit-found fail "$(finding '  12 |   int x\n     |        ^')"; result active pass; result stop pass; } >stream
  output=$(at_terminal NO_COLOR=1) || true
  [[ $output == *'found'"$(printf '%9s' '')"'12 |   int x'* && $output == *$'\n'"$(printf '%23s' '')"'|        ^'* ]]
}

@test "with --clear a terminal is cleared at the first result, and not before" {
  { announced; echo '{"event":"begin","check":"unit-found"}'; passing | tail -4; } >stream
  output=$(env TERM=xterm NO_COLOR=1 script --quiet --return --command \
    "'$program' --clear 'main.cpp has changed' <stream" /dev/null </dev/null)
  [[ $output == $'\e[H\e[2J\e[3Jmain.cpp has changed'* ]]
  fails_with 0 'main.cpp has changed' report --clear 'main.cpp has changed'
}

@test "a failure in work/ ends with what to do about it, a pass does not" {
  { announced; result unit-found fail "$(finding f)"; result active pass; result stop pass; } >stream
  fails_with 1 './course hint 01-date-daemon' report --work
  [[ $output == *$'\n./course lab 01-date-daemon '* ]]
  fails_with 1 '2 passed, 1 failed' report
  [[ $output != *'./course hint'* ]]
  passing >stream
  fails_with 0 '3 passed' report --work
  [[ $output != *'./course hint'* ]]
}

@test "the first reason is on the terminal's last screen, however much comes after it" {
  local count i hint
  printf -v hint 'word%.0s ' {1..40}
  for ((count = 0; count < 24; count++)); do
    { printf '{"event":"stage","stage":"01-date-daemon","left_out":0,"checks":['
      for ((i = 0; i < count; i++)); do printf '{"id":"c%s","title":"c","lesson":"x"},' "$i"; done
      printf '{"id":"active","title":"c","lesson":"x"}]}\n'
      result active fail "$(finding f | sed "s/\"h\"/\"$hint\"/")"
      for ((i = 0; i < count; i++)); do result "c$i" pass; done; } >stream
    output=$(script --quiet --return --command \
      "stty cols 60 rows 24; TERM=xterm NO_COLOR=1 '$program' --work <stream" /dev/null) || true
    [[ $(tail -n 23 <<<"$output") == *'reason      r'* ]] || { echo "$count: $output"; return 1; }
  done
}

@test "on a terminal lines end between words, and the first reason is there at the end" {
  local words
  words=$(printf 'word%.0s ' {1..40})
  { announced; result unit-found fail "$(finding "$words")"
    result active fail "$(finding "$words$words$words$words$words")"; result stop pass; } >stream
  output=$(script --quiet --return --command \
    "stty cols 60 rows 24; TERM=xterm NO_COLOR=1 '$program' <stream" /dev/null) || true
  [[ $(tail -n 5 <<<"$output") == *'reason      r'* ]]
  [[ $(grep -cE '(word *){12}' <<<"$output") == 0 ]]
}
