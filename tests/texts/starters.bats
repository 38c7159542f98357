# Where a stage begins is in both languages the same, but for the comments. No lab is needed.

setup() {
  cd "$BATS_TEST_DIRNAME/../../starters" || return
}

# What a compiler or systemd reads of a file.
without_comments() {
  grep -vE '^ *(//|# )' "$1"
}

@test "the beginnings in Spanish are the English ones, but for the comments" {
  local spanish english count=0
  for spanish in */*.es.*; do
    english=${spanish/.es./.}
    diff <(without_comments "$english") <(without_comments "$spanish")
    # The steps are numbered alike.
    diff <(grep -oE '^ *(//|#) [0-9]+\.' "$english") <(grep -oE '^ *(//|#) [0-9]+\.' "$spanish")
    [[ $(<"$english") != "$(<"$spanish")" ]]
    count=$((count + 1))
  done
  ((count == $(find . -name '*.cpp' -o -name '*.service' | grep -vc '\.es\.')))
}

@test "each stage has as many hints in Spanish as in English" {
  local english
  for english in */hints.en; do
    [[ $(wc -l <"$english") == $(wc -l <"${english%en}es") ]]
  done
}
