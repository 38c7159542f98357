# What the checks say: all of it in Spanish, too, and the places that they name in the lessons. No
# lab is needed.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  po=checks/po/es.po
  texts=$BATS_TEST_TMPDIR/texts.pot
  xgettext --c++ --from-code=UTF-8 -k_ -kN_ --no-wrap --output=- checks/*.cpp |
    sed 's/charset=CHARSET/charset=UTF-8/' >"$texts"
}

@test "each text of the checks has its Spanish, and no other has" {
  run msgcomm --more-than=0 --less-than=2 --omit-header "$po" "$texts"
  echo "$output"
  [[ $status == 0 && -z $output ]]
  run msgfmt --check --statistics --output-file=/dev/null "$po"
  echo "$output"
  [[ $output =~ ^[0-9]+' translated messages.'$ ]]
}

# On a page with a link to each, the lessons' own test reads them.
@test "each place that a check names is a heading of a lesson, in both languages" {
  local place translated places page=$BATS_TEST_TMPDIR/places.md mo=$BATS_TEST_TMPDIR/es/LC_MESSAGES
  mapfile -t places < <(sed -n 's/^msgid "\(.*\.md#.*\)"$/\1/p' "$texts")
  mkdir -p "$mo"
  msgfmt --output-file="$mo/servicios-check.mo" "$po"
  cp /usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES "$mo"  # as checks/CMakeLists.txt
  ln -s "$PWD/docs" "$BATS_TEST_TMPDIR/docs"
  for place in "${places[@]}"; do
    translated=$(env -u LC_ALL -u LANGUAGE LOCPATH="$BATS_TEST_TMPDIR" LC_MESSAGES=es \
      OUTPUT_CHARSET=UTF-8 TEXTDOMAINDIR="$BATS_TEST_TMPDIR" gettext --domain=servicios-check "$place")
    echo "[English](docs/en/$place), [Spanish](docs/es/$translated)" >>"$page"
  done
  tests/lessons/lesson check "$page"
}
