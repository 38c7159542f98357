# shellcheck shell=bash
# The lab: a throwaway machine with this machine's programs and a systemd of its own, in memory.
#
#     source lab/lab.bash
#     lab_start                      # up in a second or so; silent
#     lab_run systemctl status       # as root, in the checkout; gives the command's exit status
#     lab_reboot                     # the same disk and journal, a new boot; returns when it is up
#     lab_up                         # returns when it is up, if it reboots by itself
#     lab_alive                      # 0; 1: it has ended (it was powered off); 2: it has rebooted
#                                    # since this shell's last lab_start, lab_reboot or lab_up
#     lab_limit_reached              # prints memory, tasks, or nothing: what it wanted too much of
#     lab_words                      # puts there what people type: sudo, and the exercises' words
#     lab_stop                       # leaves nothing behind
#
# Root in the lab is nobody outside. Of this machine it sees the programs, the settings that anyone
# may read, and the checkout, of which it can change nothing: what it writes into build/ is in
# memory, and all is gone with the lab. What changes in the checkout outside changes in the lab, but
# for build/. lab/limits says how much it may take.
#
# lab_start takes
#
#     --network host        the internet; otherwise the lab has loopback only
#     --build FOLDER        another CMake build than build/default; an empty text for none of our
#                           programs. They are in /usr/local/bin, and their units in
#                           /usr/local/share/servicios/units; /etc/systemd/system is empty
#     --timezone ZONE       as in /usr/share/zoneinfo; otherwise this machine's
#     --submission          a lab for somebody else's work: where the checkout is, there are only the
#                           files of lab/submission-files, an empty work/ and the build/ccache of the
#                           course, which can be read only; and none of our programs
#     --without-user-namespace   root in the lab is root of this machine, and what runs there can do
#                           with it as it likes: for a student's own work on a machine that has no
#                           user namespaces
#
# What lab_run passes on:
#
#   - Streams: standard input, output and error, and further pipes that are open. sudo closes those.
#   - The terminal: the command gets another in its place.
#   - The environment: TERM.
#   - The environment with `lab_run --language`: of LANG, LC_ALL, LC_MESSAGES, LANGUAGE, NO_COLOR and
#     COLUMNS what the caller has, too.
#   - Ctrl-C: if standard input and standard output are the terminal, it goes to the command alone, as
#     all that is typed. A command that nobody is to type at gets </dev/null.
#
# A shell has one lab at a time: $LAB and $LAB_BOOT, exported, so that bats's setup_file can start it,
# its tests use it, and teardown_file end it. It also ends by itself when the shell that started it
# does, or bats, however they end. Each function fails with one line on standard error.
#
# Uses sudo unless root runs it. The other half is in lab/machine.

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=commands/messages.bash
source "$CHECKOUT/commands/messages.bash"

lab_start() {
  local answer
  lab_tools || return
  # In the background, so that a signal's trap runs at once.
  # shellcheck disable=SC2030  # in_place is for this as_root alone
  exec {answer}< <(in_place='exec'; as_root "$CHECKOUT/lab/machine" start "$CHECKOUT" \
    "$$ ${BATS_ROOT_PID:-}" "$@")
  LAB_STARTER=$!
  while [[ -d /proc/$LAB_STARTER ]]; do wait "$LAB_STARTER" || true; done
  LAB_STARTER=''
  read -r LAB LAB_BOOT <&"$answer" || { LAB=''; exec {answer}<&-; return 1; }
  exec {answer}<&-
  export LAB LAB_BOOT
}

lab_run() {
  local environment=(TERM) name options=()
  if [[ $1 == --language ]]; then
    environment+=(LANG LC_ALL LC_MESSAGES LANGUAGE NO_COLOR COLUMNS SERVICIOS_STAGE)
    # systemd's own options of less(1), but for S: a long line goes on below, and is not cut off. systemctl(1)
    options=(SYSTEMD_LESS=FRXMK)
    shift
  fi
  for name in "${environment[@]}"; do [[ -z ${!name+x} ]] || options+=("$name=${!name}"); done
  as_root "$CHECKOUT/lab/machine" run "${LAB:?there is no lab: lab_start first}" "$CHECKOUT" \
    "${options[@]}" -- "$@"
}

lab_words() {
  # shellcheck disable=SC2016  # the lab's shell expands it
  lab_run sh -c 'sudo -n true 2>/dev/null || install -m 755 lab/sudo /usr/local/bin/sudo
    for word in exercise task hint answer check solution; do ln -sf "$PWD/lab/exercise" "/usr/local/bin/$word"; done'
}

lab_reboot() {
  LAB_BOOT=$(as_root "$CHECKOUT/lab/machine" reboot "${LAB:?there is no lab: lab_start first}")
}

lab_up() {
  LAB_BOOT=$(as_root "$CHECKOUT/lab/machine" up "${LAB:?there is no lab: lab_start first}")
}

lab_alive() {
  as_root "$CHECKOUT/lab/machine" alive "${LAB:?there is no lab: lab_start first}" "$LAB_BOOT"
}

lab_limit_reached() {
  as_root "$CHECKOUT/lab/machine" limits "${LAB:?there is no lab: lab_start first}"
}

lab_stop() {
  if [[ -n ${LAB_STARTER:-} ]]; then  # interrupted in lab_start
    kill "$LAB_STARTER" 2>/dev/null || as_root kill "$LAB_STARTER" 2>/dev/null || true
    while [[ -d /proc/$LAB_STARTER ]]; do wait "$LAB_STARTER" || true; done
    LAB_STARTER=''
  fi
  [[ -n ${LAB:-} ]] || return 0
  as_root "$CHECKOUT/lab/machine" stop "$LAB"
  unset LAB LAB_BOOT
}

# Compiles what a lab needs beside bash, as the caller. ./course doctor needs it before anything is built.
# In a subshell: the lock goes with it, however it ends.
lab_tools() (
  local tool folder=$CHECKOUT/build/lab-tools lock
  { mkdir -p "$folder" && [[ -w $folder ]]; } 2>/dev/null ||
    { tell 'lab: cannot write in %s: whose is it? ls -ld shows that' "$folder" >&2; return 1; }
  exec {lock}>>"$folder/lock" && flock "$lock" || return
  for tool in mounts enter; do
    [[ ! $folder/$tool -nt $CHECKOUT/lab/$tool.cpp ]] || continue
    command -v c++ >/dev/null ||
      { tell 'lab: a C++ compiler is missing; ./course doctor names the package' >&2; return 1; }
    c++ -std=c++20 -O1 -o "$folder/$tool.new" "$CHECKOUT/lab/$tool.cpp" &&
      mv "$folder/$tool.new" "$folder/$tool" || return
  done
)

# Runs a command as root. Asks for a password only if somebody can type it: at a terminal, even if
# standard input is another file.
as_root() {
  local in_place=${in_place:-}  # exec: then lab_stop's signal reaches the command itself
  if ((EUID == 0)); then
    $in_place "$@"
  elif ! command -v sudo >/dev/null; then
    tell 'this needs root: run it as root, or install sudo' >&2
    return 1
  elif { : </dev/tty; } 2>/dev/null; then
    $in_place sudo -- "$@"
  else
    $in_place sudo -n -- "$@"
  fi
}
