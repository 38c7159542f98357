# What students read stays short: docs/design.md has the limits.

# at_most LINES FILE...: all of them together.
at_most() {
  local lines
  lines=$(cat "${@:2}" | wc -l)
  echo "$lines lines: ${*:2}"
  ((lines <= $1))
}

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
}

@test "the logger's header and its code have 350 lines each at most" {
  at_most 350 common/logging.hpp
  at_most 350 common/logging.cpp
}

@test "the journald handler has 150 lines at most" {
  at_most 150 05-journald/journald_handler.hpp 05-journald/journald_handler.cpp
}
