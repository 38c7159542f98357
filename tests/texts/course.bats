# What ./course says: all of it in Spanish, too. No lab is needed.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  po=commands/po/es.po
}

# All texts in English, as a template: the messages, the usages, and what the packages are for.
template() {
  {
    messages --keyword={tell,fail,misuse,cannot,translated,give_up,claim,fails,complain,under_way} --keyword=diagnose:1 |
      sed 's/charset=CHARSET/charset=UTF-8/'
    messages --omit-header -k --keyword=diagnose:2
    usages
    awk '!/^#/ { for (i = 1; i <= 4; i++) sub(/^[^ ]+ +/, ""); print }' lab/packages | entries '\n'
  } | msguniq --no-wrap
}

# What stands after these words in the commands. Behind a brace xgettext(1) does not see a command.
messages() {
  local copy=$BATS_TEST_TMPDIR/copy
  mkdir -p "$copy"
  cp -r --parents course commands checks/{submission,exercise}.bash lab/machine lab/{lab,exercise}.bash lab/exercise lab/words "$copy"
  (
    cd "$copy" || return
    mapfile -t files < <(find course commands checks lab -type f ! -name '*.po' | sort)
    sed -i 's/{ / ;/; s/; then / ;/; s/; else / ;/' "${files[@]}"
    xgettext --language=Shell --from-code=UTF-8 --no-wrap --output=- "$@" "${files[@]}"
  )
}

# The paragraphs at the head of each command, but for the synopsis.
usages() {
  local file
  for file in commands/*; do
    [[ -f $file && $file != *.bash ]] || continue
    awk '/^# shellcheck/ { next } !/^#/ { exit } { print substr($0, 3) }' "$file" |
      awk -v RS= -v ORS='\n\n' 'NR > 1' | entries ''
  done
}

# entries SEPARATOR: the texts on standard input as entries without a translation.
entries() {
  awk -v RS="$1" '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\n/, "\\n\"\n\"")
    print "\nmsgid \"" $0 "\"\nmsgstr \"\"" }'
}

# The texts that only one of the two has: the template, where they have a place, and the Spanish.
differences() {
  template >"$BATS_TEST_TMPDIR/texts.pot"
  msgcomm --no-wrap --less-than=2 "$po" "$BATS_TEST_TMPDIR/texts.pot" | sed '1,/^$/d'  # its header
}

# Each text is a format of printf(1), which msgfmt(1) is told in a comment above it.
compile_formats() {
  sed 's/^msgid "/#, c-format\n&/' "$po" | msgfmt --check-format --statistics --output-file=/dev/null -
}

@test "each text of ./course has its Spanish, no other has, and their formats take the same values" {
  run differences
  echo "$output"
  [[ $status == 0 && -z $output ]]
  run compile_formats
  echo "$output"
  [[ $output =~ ^[0-9]+' translated messages.'$ ]]
}

@test "a message, a usage and a package without Spanish are found, and a Spanish that nothing uses" {
  cp -r course commands lab "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  echo "cannot 'this disk is %s' full" >>commands/build
  sed -i '3s/^#$/#\n# Makes coffee.\n#/' commands/build
  echo 'build  coffee  coffee  coffee  keeps awake' >>lab/packages
  printf '\nmsgid "tea"\nmsgstr "té"\n' >>commands/po/es.po
  run differences
  echo "$output"
  for text in 'this disk is %s' 'Makes coffee.' 'keeps awake' tea; do
    [[ $output == *"msgid \"$text\""* ]]
  done
}

@test "a Spanish format that takes another value is found" {
  cp --parents "$po" "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  printf '\nmsgid "%%s of %%s"\nmsgstr "%%s de"\n' >>"$po"
  run compile_formats
  echo "$output"
  [[ $status == 1 && $output == *"number of format specifications"* ]]
}

# ./course reads the file by itself, as gettext(1) is not on every machine.
@test "./course reads the Spanish as msgfmt(1) does" {
  source commands/common.bash
  local mo=$BATS_TEST_TMPDIR/es/LC_MESSAGES text count=0
  mkdir -p "$mo"
  msgfmt --output-file="$mo/course.mo" "$po"
  cp /usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES "$mo"
  speak es
  translated 'begun'
  for text in "${!translations[@]}"; do
    [[ $text != ' ' ]] || continue
    [[ ${translations[$text]} == "$(env -u LC_ALL -u LANGUAGE LOCPATH="$BATS_TEST_TMPDIR" LC_MESSAGES=es \
      OUTPUT_CHARSET=UTF-8 TEXTDOMAINDIR="$BATS_TEST_TMPDIR" gettext --domain=course -- "$text")" ]]
    count=$((count + 1))
  done
  ((count > 100))
}
