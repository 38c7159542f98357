# What an editor sees: clangd(1), in a clone where nothing is built.

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  export CLONE=$BATS_FILE_TMPDIR/clone SERVICIOS_WORK=work XDG_STATE_HOME=$BATS_FILE_TMPDIR/state
  mkdir "$CLONE"
  git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents --target-directory="$CLONE"
}

setup() {
  cd "$CLONE" || return
}

# errors FILE: those that clangd marks in it, each with its name in brackets, which a warning begins with
# a hyphen. The lines without a name are about its own trials, here of one line only.
errors() {
  clangd --check="$1" --check-lines=1 2>&1 | grep -E '^E\[[0-9:.]+\] \[[^-]'
}

@test "clangd finds no error in any stage, nor in a header by itself" {
  local file
  for file in [0-9]*/main.cpp [0-9]*/*.hpp common/*.hpp; do
    run errors "$file"
    echo "$file: $output"
    [[ -z $output ]]
  done
}

@test "nor in a right work/STAGE; and a wrong name is marked there" {
  local stage
  while read -r stage _; do
    [[ $stage != '#'* ]] || continue
    ./course start "$stage"
    cp "$stage/main.cpp" "work/$stage"
    run errors "work/$stage/main.cpp"
    echo "$stage: $output"
    [[ -z $output ]]
  done <stages
  sed -i 's/parse_options(/parse_option(/' work/05-journald/main.cpp
  run errors work/05-journald/main.cpp
  [[ $output == *"'parse_option'; did you mean 'parse_options'?"* ]]
}

# JSON with comments, as VS Code reads it.
@test "the editor's files can be read, and what they run is there" {
  local file
  for file in .vscode/*.json .devcontainer/*.json; do
    sed -E '/^ *\/\//d' "$file" | jq . >"$BATS_TEST_TMPDIR/${file##*/}"
  done
  for file in $(jq -r '.tasks[].command' "$BATS_TEST_TMPDIR/tasks.json" | grep -oE '^\./course [a-z]+' | cut -d' ' -f2); do
    [[ -f commands/$file ]]
  done
}
