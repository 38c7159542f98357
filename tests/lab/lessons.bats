#!/usr/bin/env bats
# What the lessons show is what a machine says, in both languages. tests/lessons/lesson proves one;
# its head comment tells how a lesson is written.

# `run` sets $output and $status in the test that calls it.
# shellcheck disable=SC2030,SC2031
lesson=tests/lessons/lesson

# The lessons run from the start, each in a lab of its own, in the order of the tests below; a test
# waits for its own. They mostly wait, so there are twice as many as processors. They end with
# bats, however it ends.
setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  # shellcheck disable=SC2016
  sed -n 's/.*{ runs \(.*\.md\); }$/\1/p' "$BATS_TEST_FILENAME" |
    setpriv --pdeathsig TERM xargs --max-procs="$((2 * $(nproc)))" -I '{}' \
      bash -c 'file=$0/${1//\//-}; "$2" run "$1" >"$file" 2>&1 </dev/null; echo $? >"$file.status"' \
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
  local file=$BATS_FILE_TMPDIR/${1//\//-}
  while [[ ! -s $file.status ]] && kill -0 "$RUNNING" 2>/dev/null; do sleep 0.5; done
  cat "$file"
  [[ $(<"$file.status") == 0 ]]
}

# What is read in each language: that one's README of the course, and its lessons.
texts() {
  case $1 in
    en) printf '%s\n' README.md docs/en/*.md ;;
    es) printf '%s\n' README.es.md docs/es/*.md ;;
  esac
}

@test "the course's README (en) runs" { runs README.md; }
@test "the course's README (es) runs" { runs README.es.md; }
@test "README.md (en) runs" { runs docs/en/README.md; }
@test "README.md (es) runs" { runs docs/es/README.md; }
@test "introduction.md (en) runs" { runs docs/en/introduction.md; }
@test "introduction.md (es) runs" { runs docs/es/introduction.md; }
@test "01-date-daemon.md (en) runs" { runs docs/en/01-date-daemon.md; }
@test "01-date-daemon.md (es) runs" { runs docs/es/01-date-daemon.md; }
@test "journal.md (en) runs" { runs docs/en/journal.md; }
@test "journal.md (es) runs" { runs docs/es/journal.md; }
@test "02-logging.md (en) runs" { runs docs/en/02-logging.md; }
@test "02-logging.md (es) runs" { runs docs/es/02-logging.md; }
@test "03-price-fetcher.md (en) runs" { runs docs/en/03-price-fetcher.md; }
@test "03-price-fetcher.md (es) runs" { runs docs/es/03-price-fetcher.md; }
@test "03-unit.md (en) runs" { runs docs/en/03-unit.md; }
@test "03-unit.md (es) runs" { runs docs/es/03-unit.md; }
@test "04-logger-levels.md (en) runs" { runs docs/en/04-logger-levels.md; }
@test "04-logger-levels.md (es) runs" { runs docs/es/04-logger-levels.md; }
@test "05-journald.md (en) runs" { runs docs/en/05-journald.md; }
@test "05-journald.md (es) runs" { runs docs/es/05-journald.md; }
@test "plot.md (en) runs" { runs docs/en/plot.md; }
@test "plot.md (es) runs" { runs docs/es/plot.md; }
@test "corrections.md (en) runs" { runs docs/en/corrections.md; }
@test "corrections.md (es) runs" { runs docs/es/corrections.md; }
@test "classroom.md (en) runs" { runs docs/en/classroom.md; }
@test "classroom.md (es) runs" { runs docs/es/classroom.md; }

@test "every lesson has its test here, and stands in its language's index" {
  local file
  for file in $(texts en) $(texts es); do
    grep -qF "{ runs $file; }" tests/lab/lessons.bats || { echo "$file is not run"; return 1; }
    [[ $file == *README* ]] || grep -qF "](${file##*/})" "${file%/*}/README.md" ||
      { echo "$file is not in ${file%/*}/README.md"; return 1; }
  done
}

@test "excerpts stand in the files they come from, links and man pages exist" {
  local file wrong=0
  for file in $(texts en) $(texts es); do "$lesson" check "$file" || wrong=1; done
  ((wrong == 0))
}

@test "both languages have the same headings, blocks, commands, tables and exercises" {
  local file wrong=0
  "$lesson" parity README.md README.es.md || wrong=1
  for file in docs/en/*.md docs/es/*.md; do
    file=${file##*/}
    "$lesson" parity "docs/en/$file" "docs/es/$file" || wrong=1
  done
  ((wrong == 0))
}

@test "the lesson of a stage has four exercises or more" {
  local file counts
  for file in docs/{en,es}/{0,journal}*.md; do
    counts=$("$lesson" count "$file")
    [[ $counts =~ exercises=([0-9]+) ]]
    ((BASH_REMATCH[1] >= 4)) || { echo "$file has ${BASH_REMATCH[1]}"; return 1; }
  done
}

@test "at most five blocks of a language are not run" {
  local language file counts sum
  for language in en es; do
    sum=0
    for file in $(texts "$language"); do
      counts=$("$lesson" count "$file")
      [[ $counts =~ not_run=([0-9]+) ]]
      sum=$((sum + BASH_REMATCH[1]))
    done
    ((sum <= 5)) || { echo "$language has $sum"; return 1; }
  done
}

# --- The tests of these tests: each lesson in tests/lessons/fixtures has one thing wrong. ---------

# refuses STATUS FIXTURE WHAT TEXT: `lesson WHAT` ends with STATUS and says TEXT.
refuses() {
  run "$lesson" "$3" "tests/lessons/fixtures/$2.md"
  echo "$output"
  [[ $status == "$1" && $output == *"$4"* ]]
}

@test "a right lesson passes: here-documents, any lines, waiting, a reboot, in the lab and outside" {
  run "$lesson" run tests/lessons/fixtures/right.md
  echo "$output"
  [[ $status == 0 && $output == *'right.md: 12 commands' ]]
  "$lesson" check tests/lessons/fixtures/right.md
}

@test "a wrong output fails, and its first difference is shown with its blanks" {
  refuses 1 wrong-output run 'fixtures/wrong-output.md:8: this command does not say what the lesson shows
  $ printf '
  [[ $output == *'expected: two·words$'*'actual:   two··words$'* ]]
}

@test "an output with a line more than shown fails" {
  refuses 1 missing-line run 'expected: no more lines'
}

@test "an excerpt that is not in its file fails" {
  refuses 1 wrong-excerpt check 'fixtures/wrong-excerpt.md:6: these lines do not stand in LICENSE'
}

@test "an excerpt that says not where it comes from is refused" {
  refuses 2 excerpt-from-nowhere check 'excerpt-from-nowhere.md:3: say where this comes from'
}

@test "a dead link and a link to a missing heading fail" {
  refuses 1 dead-link check 'fixtures/dead-link.md:3: the link to nothing.md leads nowhere'
  [[ $output == *'dead-link.md:4: '*'has no heading for #no-such-heading'* ]]
}

@test "a man page that does not exist fails" {
  refuses 1 wrong-man-page check 'no installed package has the man page systemd.servicio(5)'
}

@test "a block without an end is refused" {
  refuses 2 endless-block run 'endless-block.md:3: this block has no end'
}

@test "the Spanish lesson may have a check answer in Spanish" {
  local asked=$BATS_TEST_TMPDIR/asked.md
  sed "s/^\$ seq 5/& --lang es/" tests/lessons/fixtures/right.md >"$asked"
  grep -F -- --lang "$asked"
  "$lesson" parity tests/lessons/fixtures/right.md "$asked"
}

@test "another command in one language fails" {
  run "$lesson" parity tests/lessons/fixtures/wrong-output.md tests/lessons/fixtures/missing-line.md
  echo "$output"
  [[ $status == 1 && $output == *'-the command $ printf '* ]]
}
