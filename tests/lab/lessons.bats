# What the lessons show is what a machine says, in both languages. tests/lessons/lesson proves one;
# its head comment tells how a lesson is written. tests/texts/lessons.bats has what needs no lab.

load ../helpers

# `run` sets $output and $status in the test that calls it.
# shellcheck disable=SC2030,SC2031
lesson=tests/lessons/lesson

# The lessons run from the start, each with its translation in a lab of its own, in the order of the tests
# below; a test waits for its own. They end with bats, however it ends. Of a part of the tests,
# `./course test` gives the pattern: only those run.
setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  # shellcheck disable=SC2016
  sed -n 's/^@test "\(.*\)" { runs \(.*\); }$/\1\t\2/p' "$BATS_TEST_FILENAME" |
    awk -F '\t' -v pattern="${SERVICIOS_TEST_PATTERN:-.}" '$1 ~ pattern { print $2 }' |
    sed 's|^README.es|README|; s|^docs/es/|docs/en/|' | awk '!seen[$0]++' |
    setpriv --pdeathsig TERM xargs --max-procs="$(nproc)" -I '{}' bash -c '
      second=${1/#docs\/en/docs\/es} file=$0/${1//\//-}
      "$2" run "$1" "${second/#README/README.es}" >"$file" 2>&1 </dev/null; echo $? >"$file.status"' \
      "$BATS_FILE_TMPDIR" '{}' "$lesson" 3>&- &
  export RUNNING=$!
}

teardown_file() {
  kill "$RUNNING" 2>/dev/null || true
}

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

runs() {
  local file=${1/#docs\/es/docs\/en}
  file=${file/#README.es/README}
  file=$BATS_FILE_TMPDIR/${file//\//-}
  while [[ ! -s $file.status ]] && kill -0 "$RUNNING" 2>/dev/null; do sleep 0.5; done
  cat "$file"
  [[ $(<"$file.status") == 0 ]]
}

# docs/make-contents writes these lines.
@test "README.md runs" { runs README.md; }
@test "README.es.md runs" { runs README.es.md; }
@test "docs/en/README.md runs" { runs docs/en/README.md; }
@test "docs/es/README.md runs" { runs docs/es/README.md; }
@test "docs/en/introduction.md runs" { runs docs/en/introduction.md; }
@test "docs/es/introduction.md runs" { runs docs/es/introduction.md; }
@test "docs/en/01-date-daemon.md runs" { runs docs/en/01-date-daemon.md; }
@test "docs/es/01-date-daemon.md runs" { runs docs/es/01-date-daemon.md; }
@test "docs/en/journal.md runs" { runs docs/en/journal.md; }
@test "docs/es/journal.md runs" { runs docs/es/journal.md; }
@test "docs/en/02-logging.md runs" { runs docs/en/02-logging.md; }
@test "docs/es/02-logging.md runs" { runs docs/es/02-logging.md; }
@test "docs/en/03-price-fetcher.md runs" { runs docs/en/03-price-fetcher.md; }
@test "docs/es/03-price-fetcher.md runs" { runs docs/es/03-price-fetcher.md; }
@test "docs/en/03-unit.md runs" { runs docs/en/03-unit.md; }
@test "docs/es/03-unit.md runs" { runs docs/es/03-unit.md; }
@test "docs/en/04-logger-levels.md runs" { runs docs/en/04-logger-levels.md; }
@test "docs/es/04-logger-levels.md runs" { runs docs/es/04-logger-levels.md; }
@test "docs/en/05-journald.md runs" { runs docs/en/05-journald.md; }
@test "docs/es/05-journald.md runs" { runs docs/es/05-journald.md; }
@test "docs/en/plot.md runs" { runs docs/en/plot.md; }
@test "docs/es/plot.md runs" { runs docs/es/plot.md; }
@test "docs/en/broken-machines.md runs" { runs docs/en/broken-machines.md; }
@test "docs/es/broken-machines.md runs" { runs docs/es/broken-machines.md; }
@test "docs/en/corrections.md runs" { runs docs/en/corrections.md; }
@test "docs/es/corrections.md runs" { runs docs/es/corrections.md; }
@test "docs/en/classroom.md runs" { runs docs/en/classroom.md; }
@test "docs/es/classroom.md runs" { runs docs/es/classroom.md; }
@test "docs/en/editor.md runs" { runs docs/en/editor.md; }
@test "docs/es/editor.md runs" { runs docs/es/editor.md; }

# --- The tests of these tests: each lesson in tests/lessons/fixtures has one thing wrong. ---------

@test "a right lesson passes: here-documents, any lines, waiting, a reboot, in the lab and outside" {
  run "$lesson" run tests/lessons/fixtures/right.md
  echo "$output"
  [[ $status == 0 && $output == *'right.md: 12 commands' ]]
}

@test "a wrong output fails, and its first difference is shown with its blanks" {
  fails_with 1 'fixtures/wrong-output.md:8: this command does not say what the lesson shows
  $ printf ' "$lesson" run tests/lessons/fixtures/wrong-output.md
  [[ $output == *'expected: two·words$'*'actual:   two··words$'* ]]
}

@test "a translation's command that says something else is run, too" {
  fails_with 1 'fixtures/traducida.md:8: this command does not say what the lesson shows
  $ echo dos' "$lesson" run tests/lessons/fixtures/translated.md tests/lessons/fixtures/traducida.md
  [[ $output == *'expected: tres$'* ]]
}

@test "an output with a line more than shown fails" {
  fails_with 1 'expected: no more lines' "$lesson" run tests/lessons/fixtures/missing-line.md
}

@test "a block without an end is refused" {
  fails_with 2 'endless-block.md:3: this block has no end' \
    "$lesson" run tests/lessons/fixtures/endless-block.md
}
