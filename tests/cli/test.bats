# ./course test: which tests it runs, and how it counts. In a copy of the checkout, with tests of its own.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  copy=$BATS_TEST_TMPDIR/copy
  mkdir "$copy"
  cp -r course commands docs lab stages tests "$copy"
  cd "$copy" || return
}

# planted HEAD [NAME BODY]...: a .bats file, which it names.
planted() {
  { echo "$1" && printf '@test "%s" { %s; }\n' "${@:2}"; } >tests/texts/planted.bats
  echo tests/texts/planted.bats
}

@test "a file: its tests, and no others" {
  run ./course test "$(planted '' one true)"
  echo "$output"
  [[ $status == 0 && ${lines[*]} == '1..1 ok 1 one 1 passed, 0 failed' ]]
}

@test "a file is named from where one stands" {
  planted '' one true
  cd tests/texts
  run ../../course test planted.bats
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == '1 passed, 0 failed' ]]
}

@test "a test that fails, one that is skipped and one that a file does not come to have failed" {
  fails_with 1 '1 passed, 2 failed' ./course test "$(planted '' one true two false three skip)"
  fails_with 1 '0 passed, 2 failed' ./course test "$(planted 'setup_file() { false; }' one true two true)"
}

@test "what has failed stands once more at the end" {
  local file
  file=$(planted '' one 'echo much >&3; false' two true three 'echo why; false' four 'skip later')
  fails_with 1 '1 passed, 3 failed' ./course test "$file"
  [[ ${lines[*]: -4} == 'bats: not ok 1 one bats: not ok 3 three bats: ok 4 four # skip later 1 passed, 3 failed' ]]
  (($(grep -cx '# why' <<<"$output") == 2))
}

@test "what lint has found stands once more at the end, and not what it has found right" {
  printf '%s\n' '#!/bin/sh' 'echo "ok: one"' 'echo "a.cpp:1:1: error: why"' 'echo "wrong: two"' 'exit 1' >tests/lint
  fails_with 1 '1 passed, 1 failed' ./course test tests/lint
  [[ ${lines[*]: -3} == 'a.cpp:1:1: error: why tests/lint: wrong: two 1 passed, 1 failed' ]]
}

@test "SIGTERM to it alone ends the tests, and they end what they started" {
  local file
  file=$(planted 'teardown_file() { echo ended >"$BATS_TEST_DIRNAME/ended"; }' \
    one 'echo begun >"$BATS_TEST_DIRNAME/begun"; sleep 600')
  env --default-signal=INT ./course test "$file" 3>&- & local running=$!
  wait_for_file tests/texts/begun
  kill -TERM "$running"
  status=0
  wait "$running" || status=$?
  [[ $status == 143 ]]
  wait_for_file tests/texts/ended
}

@test "a signal to it alone ends it also while tests/lint reads" {
  printf '#!/bin/sh\necho $$ >begun\nexec sleep 600\n' >tests/lint
  local signal
  for signal in TERM INT; do
    rm -f begun
    env --default-signal=INT ./course test tests/lint 3>&- & local running=$!
    wait_for_file begun
    kill -"$signal" "$running"
    status=0
    wait "$running" || status=$?
    [[ $status == $((128 + $(kill -l "$signal"))) && ! -e /proc/$(<begun) ]]
  done
}

# wait_for_file FILE: until it has a line, for a minute.
wait_for_file() {
  timeout 60 sh -c 'until [ -s "$1" ]; do sleep 0.05; done' sh "$1"
}

@test "a lesson runs alone: the others are not started" {
  cat >tests/lessons/lesson <<'END'
#!/bin/sh
echo "$*" >>"$STARTED"
END
  STARTED=$BATS_TEST_TMPDIR/started
  export STARTED
  # What a lab needs is built already.
  sed -i 's/^compile() {/&\n  return/' commands/common.bash
  run ./course test docs/es/journal.md
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == '1 passed, 0 failed' ]]
  [[ $(<"$STARTED") == 'run docs/en/journal.md docs/es/journal.md' ]]
}

# The programs that ctest asks are those of the checkout itself.
@test "a pattern: the tests of both kinds whose names it matches" {
  cd "$BATS_TEST_DIRNAME/../.."
  run ./course test '^LineFileTest.*WhichFile|^a drawing that is older'
  echo "$output"
  [[ $status == 0 && $output == *'LineFileTest.SaysWhichFileCannotBeOpened'*'ok 1 a drawing that is older than its text is found'* ]]
  [[ ${lines[-1]} == '2 passed, 0 failed' ]]
}

@test "of a file whose tests are steps all run" {
  # shellcheck disable=SC2016  # for that file
  planted '# bats file_tags=steps' 'a first step' 'touch "$BATS_FILE_TMPDIR/made"' \
    'a second step' '[[ -e $BATS_FILE_TMPDIR/made ]]'
  sed -i 's/^compile() {/&\n  return/' commands/common.bash
  mkdir -p build/default
  run ./course test '^a second step$'
  echo "$output"
  [[ $status == 0 && ${lines[-1]} == '2 passed, 0 failed' ]]
}

@test "a pattern that matches nothing, or that is wrong, is refused in one line" {
  cd "$BATS_TEST_DIRNAME/../.."
  fails_in_one_line 2 "no test is called like '^no such test\$'" ./course test '^no such test$'
  fails_in_one_line 2 "no test is called like 'docs/design.md'" ./course test docs/design.md
  fails_in_one_line 2 "no test is called like 'no/such/test'" ./course test no/such/test
  fails_in_one_line 2 "'[' is no file with tests, and as a regular expression it is wrong" ./course test '['
}
