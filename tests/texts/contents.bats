# docs/contents is the one list of the lessons; the rest follows from it.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

# Goes to a copy of what docs/make-contents reads and writes.
use_copy() {
  mkdir -p "$BATS_TEST_TMPDIR/tests/lab"
  cp -r docs "$BATS_TEST_TMPDIR"
  cp tests/lab/lessons.bats "$BATS_TEST_TMPDIR/tests/lab"
  cd "$BATS_TEST_TMPDIR" || return
}

@test "titles, indexes, next lessons and the list of tests are what docs/contents gives" {
  docs/make-contents --check
}

@test "a title of another kind, a next line and a row that were edited are found, each in its file" {
  use_copy
  sed -i '1s/.*/# The diary/' docs/en/journal.md
  sed -i '/^Sigue:/d' docs/es/plot.md
  sed -i '/](journal.md)/d' docs/en/README.md
  sed -i '/runs docs.es.journal.md/d' tests/lab/lessons.bats
  fails_with 1 'Write them anew: docs/make-contents' docs/make-contents --check
  grep -F -- '+# The journal' <<<"$output"
  grep -F -- '+Sigue: [Máquinas dañadas](broken-machines.md).' <<<"$output"
  grep -E -- '^\+\| [0-9]+ \| \[The journal\]' <<<"$output"
  grep -F -- '+@test "docs/es/journal.md runs"' <<<"$output"
  docs/make-contents
  docs/make-contents --check
}

@test "two lines more are a lesson more: in the indexes, between its neighbours, and run" {
  use_copy
  sed -i '/^plot  *en/i timers  en  Timers  | start a service on time\ntimers  es  Temporizadores  | iniciar un servicio a su hora' \
    docs/contents
  echo '# Draft' | tee docs/en/timers.md >docs/es/timers.md
  docs/make-contents
  [[ $(tail -n 1 docs/en/05-journald.md) == 'Next: [Timers](timers.md).' ]]
  [[ $(<docs/es/timers.md) == $'# Temporizadores\n\nSigue: [De los precios a una imagen](plot.md).' ]]
  grep -E '^\| [0-9]+ \| \[Temporizadores\]\(timers.md\) \| iniciar un servicio a su hora \|$' docs/es/README.md
  grep -Fx '@test "docs/en/timers.md runs" { runs docs/en/timers.md; }' tests/lab/lessons.bats
  docs/make-contents --check
}

@test "a table that cannot be is refused in one line" {
  use_copy
  cp docs/contents whole
  refused() { fails_in_one_line 2 "$1" docs/make-contents --check; cp whole docs/contents; }
  sed -i '/^journal  *es/d' docs/contents
  refused 'docs/contents: journal has no line for es'
  sed -i 's/^journal\(  *\)es/journal\1fr/' docs/contents
  refused "the second word is a language, en es, and not 'fr'"
  sed -i '/^journal  *en/p' docs/contents
  refused 'journal (en) is there twice'
  echo 'nowhere  en  Nowhere' >>docs/contents
  refused 'docs/contents: '
  sed -i 's/^\(journal  *en\).*/\1/' docs/contents
  refused 'journal has no title'
  rm docs/es/journal.md
  refused 'there is no docs/es/journal.md'
  touch docs/es/journal.md docs/es/stray.md
  refused 'docs/es/stray.md is not in docs/contents'
}
