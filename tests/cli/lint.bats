# tests/lint finds what it is there for. In a copy of a part of the checkout, a repository of its own.

load ../helpers

setup() {
  unset CI  # which would have it read all
  cd "$BATS_TEST_DIRNAME/../.." || return
  copy=$BATS_TEST_TMPDIR/copy
  mkdir "$copy"
  printf '#!/bin/bash\ntrue\n' >"$copy/course"
  printf '# shellcheck shell=bash\n' >"$copy/library.bash"
  copy_of tests/lint tests/words.es .clang-format .clang-tidy
}

# copy_of PATTERN...: of the checkout, in a commit more.
copy_of() {
  # shellcheck disable=SC2068  # patterns
  (cd "$BATS_TEST_DIRNAME/../.." && cp -r --parents $@ "$copy")
  cd "$copy" || return
  git init --quiet --initial-branch=main
  keep 'What was there'
}

keep() {
  git add --all
  git -c user.name=Test -c user.email=test@localhost commit --quiet --message "$1"
}

# needs TOOL: a machine that lacks it cannot try the part that uses it, and tests/lint says so there.
needs() {
  command -v "$1" >/dev/null || {
    fails_with 3 ": there is no $1" tests/lint
    return 1
  }
}

@test "a C++ file that is not formatted: the line, and the command that mends it" {
  copy_of common/ticker.cpp
  needs clang-format-14 || return 0
  sed -i '3s/^/   int    x ;\n/' common/ticker.cpp
  fails_with 1 'common/ticker.cpp:3: clang-format-14 -i common/ticker.cpp' tests/lint
  [[ $output == *'wrong: format of C++'* ]]
}

@test "a script that shellcheck complains of, by its first line or its ending, also one that is new" {
  # shellcheck disable=SC2016
  printf '#!/bin/sh\necho $1\n' >new-script
  # shellcheck disable=SC2016
  echo 'echo $2' >>library.bash
  # shellcheck disable=SC2016
  printf '@test "x" { rm $3; }\n' >tests/new.bats
  fails_with 1 'new-script:2:6: note: Double quote' tests/lint
  [[ $output == *'library.bash:'*'Double quote'* && $output == *'tests/new.bats:1:'*'Double quote'* ]]
}

@test "a typo in English and one in Spanish, by line" {
  copy_of docs/en/journal.md docs/es/journal.md
  sed -i '5s/^/t''eh /' docs/en/journal.md
  sed -i '5s/^/servisio /' docs/es/journal.md
  fails_with 1 'docs/en/journal.md:5: t''eh ==> the' tests/lint
  [[ $output == *"docs/es/journal.md:5: 'servisio' is no word that hunspell knows: mend it, or add it to"* ]]
}

@test "clang-tidy reads what changed since the last commit, and a header by a file that includes it" {
  copy_of VERSION stages 'CMake*' cmake common '[0-9]*' lab units checks tests/CMakeLists.txt 'tests/*.[ch]pp'
  needs clang-tidy-16 || return 0
  printf '\nint* planted() { return 0; }\n' >>common/complain.cpp
  sed -i 's/^class LineFile/inline int* planted_too() { return 0; }\n\n&/' common/line_file.hpp
  keep 'Plant two'
  fails_with 1 'common/complain.cpp:' tests/lint
  [[ $output == *'common/complain.cpp:'*'[modernize-use-nullptr'* ]]
  [[ $output == *'common/line_file.hpp:'*'[modernize-use-nullptr'* ]]
  # In the next commit those two are not what changed, and this one is right.
  printf '\n// The end.\n' >>common/signals.cpp
  keep 'Another'
  run tests/lint
  echo "$output"
  [[ $output == *'ok: clang-tidy'* ]]
}

@test "clang-tidy that does not come to an end is ended, and its file named" {
  copy_of VERSION stages 'CMake*' cmake common '[0-9]*' lab units checks tests/CMakeLists.txt 'tests/*.[ch]pp'
  needs clang-tidy-16 || return 0
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nexec sleep 1000\n' >"$BATS_TEST_TMPDIR/bin/clang-tidy-16"
  chmod +x "$BATS_TEST_TMPDIR/bin/clang-tidy-16"
  printf '\n// The end.\n' >>common/signals.cpp
  keep 'Another'
  PATH=$BATS_TEST_TMPDIR/bin:$PATH TIDY_SECONDS=1 fails_with 1 \
    'common/signals.cpp:1:1: error: clang-tidy has not come to an end in 1 s' tests/lint
}

@test "what is no repository, a tool that is missing, and a wrong option are told" {
  fails_in_one_line 2 "lint: there is no '--some'; there is --all" tests/lint --some
  mkdir "$BATS_TEST_TMPDIR/bin"
  local tool
  for tool in bash git dirname sed grep sort xargs awk comm cat env nproc hunspell codespell shellcheck mktemp; do
    ln -s "$(command -v "$tool")" "$BATS_TEST_TMPDIR/bin"
  done
  PATH=$BATS_TEST_TMPDIR/bin fails_with 3 'not looked at: clang-tidy: there is no clang-tidy-16' tests/lint
  rm -rf .git
  GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR fails_in_one_line 3 'git knows nothing of this folder' tests/lint
}
