# shellcheck shell=bash disable=SC2154  # run sets output, status and lines
# What all the bats files share.

# fails_with STATUS TEXT COMMAND...: the command ends with this status and says TEXT, on either output.
# $output and ${lines[@]} are what it said, as run's: bats(7).
fails_with() {
  run "${@:3}"
  printf 'it said: %s\n' "$output"
  [[ $status == "$1" ]] || { echo "its status is $status, and should be $1"; return 1; }
  [[ $output == *"$2"* ]] || { echo "it should say: $2"; return 1; }
}

# fails_in_one_line STATUS TEXT COMMAND...: and says nothing else.
fails_in_one_line() {
  fails_with "$@"
  ((${#lines[@]} == 1)) || { echo "it says ${#lines[@]} lines, and should say one"; return 1; }
}
