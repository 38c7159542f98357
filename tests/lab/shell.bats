# ./course lab: the shell that a student sees, and what is in the lab for people.

load ../helpers
load helpers

setup() {
  cd "$CHECKOUT" || return
  screen=$BATS_TEST_TMPDIR/screen keys=$BATS_TEST_TMPDIR/keys
}

teardown() {
  cat "$screen" 2>/dev/null || true
}

# shows PATTERN: a line of what was to be seen, without what sets colours and the like.
shows() {
  sed -E 's/\r//g; s/\x1b[[][?0-9;]*[A-Za-z]//g' "$screen" | grep --quiet -e "$1"
}

# in_a_shell [NAME=VALUE...] -- LINE...: types the lines into ./course lab, on a terminal of 80 columns,
# each when the prompt is there again, and leaves. What was to be seen is in $screen.
in_a_shell() {
  local settings=() line prompts=0
  while [[ $1 != -- ]]; do settings+=("$1") && shift; done
  shift
  mkfifo "$keys"
  : >"$screen"
  env "${settings[@]}" script --quiet --flush --return --command 'stty cols 80 rows 24; exec ./course lab' \
    /dev/null <>"$keys" >"$screen" 2>&1 3>&- &
  local shell=$!
  for line in "$@" exit; do
    prompts=$((prompts + 1))
    wait_until has_prompts "$prompts"
    printf '%s\r' "$line" >"$keys"
  done
  wait "$shell"
}

has_prompts() {
  (($(grep --count --fixed-strings '(lab)' "$screen") >= $1))
}

@test "a shell says what it is and how to leave, shows it in its prompt, and completes" {
  in_a_shell LANG=C.UTF-8 LC_ALL= LANGUAGE= TERM=xterm -- 'type _servicios_course' 'sudo -n id -un' \
    './course stat'$'\t'
  shows 'This is the lab: a machine with a systemd of its own'
  shows "Leave it with 'exit'"
  shows '(lab).*root@lab:'
  shows '_servicios_course is a function'
  shows '^root$'
  shows 'the path of the course'
}

@test "in Spanish, without colours, on a terminal that knows none" {
  in_a_shell LANG=es_MX.UTF-8 LC_ALL= LANGUAGE= TERM=dumb NO_COLOR=1 -- 'systemctl status --no-pager systemd-journald' \
    './course run' 'echo $LANG,$NO_COLOR,$TERM'
  shows 'Este es el laboratorio'
  shows 'estás en el laboratorio'
  shows '^es_MX.UTF-8,1,dumb$'
  ! grep --quiet $'\e\[[0-9;]*m' "$screen" || return
}

# systemd's own options would have less(1) cut it: the exercises ask for what stands at its end.
@test "a line of systemctl status that is too long goes on in the next one" {
  local text='first-half-of-a-line-that-is-longer-than-the-terminal-is-wide-and-goes-on-until-the-end'
  in_a_shell TERM=xterm -- "systemd-run --quiet --unit=long --property=Description=$text sleep 60" \
    'systemctl status --lines=0 long'
  tr -d '\r\n' <"$screen" | grep --quiet "long.service - .*until-the-end"
}

@test "a command in the lab: its output and its status, sudo, the caller's language" {
  run ./course lab sh -c 'echo here; exit 7'
  echo "$output"
  [[ $status == 7 && $output == here ]]
  LANG=es_MX.UTF-8 LC_ALL='' LANGUAGE='' run ./course lab sh -c 'sudo -u nobody id -un; echo $LANG'
  [[ $output == $'nobody\nes_MX.UTF-8' ]]
  fails_in_one_line 2 'you are in the lab' ./course lab ./course lab true
}

# The lab's own sudo, also where the machine has one.
sudo_there() {
  lab_run lab/sudo "$@"
}

@test "the lab's sudo does what the lessons need of it, and refuses the rest in one line" {
  lab_start --build ''
  [[ $(sudo_there id -un) == root ]]
  [[ $(sudo_there -n -u nobody id -un) == nobody ]]
  [[ $(sudo_there -nu nobody -- id -un) == nobody ]]
  [[ $(sudo_there --user=nobody sh -c 'echo $USER $HOME') == 'nobody /nonexistent' ]]
  [[ $(sudo_there -E A=b C='d e' sh -c 'echo $A $C') == 'b d e' ]]
  [[ $(sudo_there -i pwd) == /root ]]
  sudo_there -v
  fails_with 3 '' sudo_there sh -c 'exit 3'
  fails_in_one_line 1 'sudo: what is to be run?' sudo_there
  fails_in_one_line 1 'sudo: no-such-program: command not found' sudo_there no-such-program
  fails_in_one_line 1 "sudo: there is no user 'ghost' here" sudo_there -u ghost true
  fails_in_one_line 1 "sudo: invalid option -- 'g'" sudo_there -g root true
  fails_in_one_line 1 'only root becomes somebody else' sudo_there -u nobody lab/sudo true
  lab_stop
}

@test "SIGTERM while the lab comes up ends ./course, and nothing is left of it" {
  in_own_group ./course lab sleep 600 >"$screen" 2>&1 3>&-
  local shell=$! status=0 keeper
  wait_until pgrep --full "lab/machine keep .* $shell\b"
  keeper=$(pgrep --full --oldest "lab/machine keep .* $shell\b")
  kill -TERM "$shell"
  wait "$shell" || status=$?
  expect 143 "$status"
  wait_until is_gone "$shell" "$keeper"
}

is_gone() {
  ! pgrep --pgroup "$1" && [[ $(ps -o stat= -p "$2") =~ ^Z?$ ]]
}

@test "a clone that only its owner may read, made with a strict umask, runs a stage and has one judged" {
  local clone=$BATS_TEST_TMPDIR/clone mask
  mkdir "$clone"
  git -c safe.directory="$CHECKOUT" ls-files --cached --others --exclude-standard -z |
    xargs -0 cp --parents --target-directory="$clone"
  cd "$clone"
  for mask in 027 077; do
    chmod -R "u=rwX,g=$([[ $mask == 027 ]] && echo rX),o=" .
    umask "$mask"
    run ./course run 01 --records 1
    echo "$output"
    [[ $status == 0 && ${lines[-1]} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\  ]]
  done
  # It is below /tmp, of which a build has one of its own.
  ./course check 01 --shipped --gentle
  XDG_STATE_HOME=$BATS_TEST_TMPDIR/state ./course start 01
  cp 01-date-daemon/main.cpp units/01-date-daemon.service work/01-date-daemon
  run ./course lab 01 systemctl is-active 01-date-daemon
  echo "$output"
  [[ $status == 0 && $output == *'is built, put in place, enabled and started here.'* && ${lines[-1]} == active ]]
}
