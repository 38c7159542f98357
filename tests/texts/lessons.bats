# What a lesson promises before any of it runs: its excerpts, links, exercises, and its other language.

load ../helpers

lesson=tests/lessons/lesson fixtures=tests/lessons/fixtures

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

# What is read in each language: that one's README of the course, and its lessons.
texts() {
  case $1 in
    en) printf '%s\n' README.md docs/en/*.md ;;
    es) printf '%s\n' README.es.md docs/es/*.md ;;
  esac
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

@test "a right lesson passes" {
  "$lesson" check "$fixtures/right.md"
}

@test "an excerpt that is not in its file fails" {
  fails_with 1 'fixtures/wrong-excerpt.md:6: these lines do not stand in LICENSE' \
    "$lesson" check "$fixtures/wrong-excerpt.md"
}

@test "an excerpt that says not where it comes from is refused" {
  fails_with 2 'excerpt-from-nowhere.md:3: say where this comes from' \
    "$lesson" check "$fixtures/excerpt-from-nowhere.md"
}

@test "a dead link and a link to a missing heading fail" {
  fails_with 1 'fixtures/dead-link.md:3: the link to nothing.md leads nowhere' \
    "$lesson" check "$fixtures/dead-link.md"
  [[ $output == *'dead-link.md:4: '*'has no heading for #no-such-heading'* ]]
}

@test "a man page that does not exist fails" {
  fails_with 1 'no installed package has the man page systemd.servicio(5)' \
    "$lesson" check "$fixtures/wrong-man-page.md"
}

@test "the Spanish lesson may have a check answer in Spanish" {
  local asked=$BATS_TEST_TMPDIR/asked.md
  sed "s/^\$ seq 5/& --lang es/" "$fixtures/right.md" >"$asked"
  grep -F -- --lang "$asked"
  "$lesson" parity "$fixtures/right.md" "$asked"
}

# of_systemd VERSION COMMAND...: where systemd's package has that version.
of_systemd() {
  local bin=$BATS_TEST_TMPDIR/bin
  mkdir -p "$bin"
  printf '#!/bin/sh\nprintf %%s "%s"\n' "$1" >"$bin/dpkg-query"
  chmod +x "$bin/dpkg-query"
  PATH=$bin:$PATH "${@:2}"
}

@test "a block of a version runs where that is, and no other" {
  local version said
  export SAID=$BATS_TEST_TMPDIR/said
  while read -r version said; do
    of_systemd "$version" "$lesson" run "$fixtures/versions.md"
    [[ $(<"$SAID") == "$said" ]]
    rm "$SAID"
  done <<'END'
252.39-1~deb12u1 old
257.9-1~deb13u1 old
258~rc2-1 new
258-1ubuntu1 new
1:262.1-2 new
END
  sed 's/^new$/another/' "$fixtures/versions.md" >"$BATS_TEST_TMPDIR/another.md"
  of_systemd 252-1 "$lesson" run "$BATS_TEST_TMPDIR/another.md"
  fails_with 1 'another.md:16: this command does not say what the lesson shows' \
    of_systemd 262-1 "$lesson" run "$BATS_TEST_TMPDIR/another.md"
}

@test "a block of a version of a package that is not there is refused" {
  sed 's/systemd/no-such-package/' "$fixtures/versions.md" >"$BATS_TEST_TMPDIR/none.md"
  fails_with 2 'lesson: no package is called no-such-package' "$lesson" run "$BATS_TEST_TMPDIR/none.md"
}

@test "a block of a version that the text above does not tell the reader fails" {
  "$lesson" check "$fixtures/versions.md"
  fails_in_one_line 1 'untold-version.md:6: say to the reader, too, that this block is since systemd 258' \
    "$lesson" check "$fixtures/untold-version.md"
}

@test "a block of another version in one language fails" {
  sed 's/since systemd 258/since systemd 257/' "$fixtures/versions.md" >"$BATS_TEST_TMPDIR/other.md"
  fails_with 1 '-a console block, since systemd 258, outside of the lab' \
    "$lesson" parity "$fixtures/versions.md" "$BATS_TEST_TMPDIR/other.md"
}

@test "another command in one language fails" {
  fails_with 1 '-the command $ printf ' \
    "$lesson" parity "$fixtures/wrong-output.md" "$fixtures/missing-line.md"
}
