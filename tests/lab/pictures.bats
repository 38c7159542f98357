#!/usr/bin/env bats
# The pictures of the lessons show what is so now.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

@test "each drawing is of its text as it is" {
  docs/pictures/make --check
}

@test "a drawing that is older than its text is found" {
  cp -r docs/pictures "$BATS_TEST_TMPDIR"
  sed -i 's/logger/loger/' "$BATS_TEST_TMPDIR/pictures/line.dot"
  run "$BATS_TEST_TMPDIR/pictures/make" --check
  echo "$output"
  [[ $status == 1 && $output == *'line.es.svg is older than line.dot'* ]]
  [[ $output != *stages* ]]
}

@test "each picture of a terminal says what systemctl status says in a lab" {
  docs/pictures/terminal --check
}
