# What an exercise promises before it runs: its folder, its texts in both languages, its place in the table.

load ../helpers

exercise=tests/exercises/exercise

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

names() {
  awk '!/^#/ && NF { print $1 }' exercises/contents
}

@test "each of the exercises has a set-up, a check, wrong ways, a task, a hint and a solution in both languages" {
  mapfile -t names < <(names)
  "$exercise" check "${names[@]}"
}

@test "the table of exercises has each folder, and each exercise of a lesson" {
  diff <(names | sort) <(find exercises -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
  diff <(awk '!/^#/ && $2 !~ /^[123]$/ { print $1 }' exercises/contents | sort) \
    <(awk '/^### Exercise [0-9]+: / { split(FILENAME, path, "[/.]"); sub(":", "", $3); print path[3] "-" $3 }' \
      docs/en/*.md | sort)
}

@test "the exercises of each lesson, and of each grade, have their test in tests/lab/exercises.bats" {
  diff <(awk '!/^#/ && NF { print $2 }' exercises/contents | sort -u) \
    <(sed -n 's/^@test .* { proves \(.*\); }$/\1/p' tests/lab/exercises.bats | sort)
}

# --- The tests of these tests: each in tests/exercises/fixtures has one thing wrong. --------------

@test "exercises without Spanish, without a hint, without a reason, and with other commands are found" {
  export SERVICIOS_EXERCISES=tests/exercises/fixtures
  fails_with 1 'no-spanish: there is no tests/exercises/fixtures/no-spanish/es.md' "$exercise" check no-spanish
  fails_with 1 'no-hint/es.md has no hint for it' "$exercise" check no-hint
  [[ $output == *'wrong/only:2: write why it is refused'*'two wrong repairs are to be in'* ]]
  fails_with 1 'other-commands: its languages differ' "$exercise" check other-commands
}
