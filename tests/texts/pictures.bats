# The pictures of the lessons are drawn from their texts as these are now.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

@test "each drawing is of its text as it is" {
  docs/pictures/make --check
}

@test "a drawing that is older than its text is found" {
  cp -r docs/pictures "$BATS_TEST_TMPDIR"
  sed -i 's/logger/log/' "$BATS_TEST_TMPDIR/pictures/line.dot"
  fails_with 1 'line.es.svg is older than line.dot' "$BATS_TEST_TMPDIR/pictures/make" --check
  [[ $output != *stages* ]]
}
