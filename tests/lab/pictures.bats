# The pictures of a terminal in the lessons show what a lab says now.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

@test "each picture of a terminal says what systemctl status says in a lab" {
  docs/pictures/terminal --check
}
