# shellcheck shell=bash
# The lab: a throwaway machine with this machine's own root and a systemd of its own, in memory.
#
#     source lab/lab.bash
#     lab_start                      # up in a second or so; silent
#     lab_run systemctl status       # as root, in the checkout; gives the command's exit status
#     lab_reboot                     # the same disk and journal, a new boot; returns when it is up
#     lab_up                         # returns when it is up, if it reboots by itself
#     lab_stop                       # leaves nothing behind
#
# `lab_start` takes --network host for the internet (otherwise the lab has loopback only), and
# --build FOLDER for another CMake build than build/default, or an empty one for none of our
# programs. They are in /usr/local/bin, and their units in /usr/local/share/servicios/units;
# /etc/systemd/system is empty. What changes in the checkout changes here too, all else is gone
# with the lab.
#
# A shell has one lab at a time: $LAB, exported, so that bats's setup_file can start it, its tests
# use it, and teardown_file end it. It also ends by itself when the shell that started it does, or
# bats, however they end. Each function fails with one line on standard error.
#
# Uses sudo where it is not run by root. The other half is in lab/machine.

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

lab_start() {
  local build=$CHECKOUT/build/default network=private
  while (($#)); do
    case $1 in
      --build) build=$2 ;;
      --network) network=$2 ;;
    esac
    shift 2
  done
  LAB=$(as_root "$CHECKOUT/lab/machine" start "$CHECKOUT" "$build" "$network" \
    "$$" ${BATS_ROOT_PID:+"$BATS_ROOT_PID"}) || return
  export LAB
}

lab_run() {
  as_root "$CHECKOUT/lab/machine" run "${LAB:?there is no lab: lab_start first}" "$CHECKOUT" "$@"
}

lab_reboot() {
  as_root "$CHECKOUT/lab/machine" reboot "${LAB:?there is no lab: lab_start first}"
}

lab_up() {
  as_root "$CHECKOUT/lab/machine" up "${LAB:?there is no lab: lab_start first}"
}

lab_stop() {
  [[ -n ${LAB:-} ]] || return 0
  as_root "$CHECKOUT/lab/machine" stop "$LAB"
  unset LAB
}

# Runs a command as root. Asks for a password only where somebody can type it: at a terminal, also
# where standard input is another.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif ! command -v sudo >/dev/null; then
    echo "this needs root: run it as root, or install sudo" >&2
    return 1
  elif { : </dev/tty; } 2>/dev/null; then
    sudo -- "$@"
  else
    sudo -n -- "$@"
  fi
}
