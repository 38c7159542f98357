# shellcheck shell=bash disable=SC2154  # lab/lab.bash and lab/exercise.bash set what they share
# An exercise from outside: sets up its lab, and gives the verdict that counts. The check's words are those of
# lab/words/; they run out here, and each asks the lab.
#
#     lab_start
#     set_up NAME             # the lab is as the exercise begins
#     run_script FILE         # what a reader has written, in the lab
#     judge NAME              # shows what is and what is not; sets $failed and ${results[@]}

# shellcheck source=lab/exercise.bash
source lab/exercise.bash
script_seconds=600                    # what a script may take
there_seconds=60 there_bytes=1000000  # what a command may that a check runs in the lab
readonly there_line=4096              # so much of a line is read at once

# What a check asks with, and nothing that is called alike. Root in the lab can change these, and no exercise
# asks for that.
tools=(/usr/bin/{bash,cat,env,find,getent,journalctl,pgrep,readlink,setpriv,sha256sum,sh,stat,systemctl,tail,timeout,tr,wc})

# open_lab: a shell in the lab that runs what `there` asks, as a command of its own would cost ten times as
# much. In a subshell the descriptors of a coproc(1) are gone, and their copies are not.
open_lab() {
  close_lab
  local input output
  coproc ASKED { lab_run /usr/bin/bash --noprofile --norc 2>/dev/null; }
  input=${ASKED[1]} output=${ASKED[0]}
  exec {to_lab}>&"$input" {from_lab}<&"$output" {input}>&- {output}<&-
  # Each command is a process group of its own, by which it can be ended with all that it has started.
  # shellcheck disable=SC2016  # the shell there expands it
  echo 'PATH=/usr/bin; set -m; echo $$' >&"$to_lab"
  asked=''
  read -r -t "$there_seconds" asked <&"$from_lab" || true
}

close_lab() {
  local process=${ASKED_PID:-}  # which bash forgets as soon as it has ended
  [[ -n ${to_lab:-} ]] || return 0
  exec {to_lab}>&- {from_lab}<&-
  to_lab=''
  [[ -z $process ]] || kill "$process" || true
  [[ -z $process ]] || wait "$process" || true
} 2>/dev/null

# there COMMAND...: as in lab/exercise.bash, but asked from outside. No NUL comes out. A command that takes
# too long or says too much is ended there, and what it said until then counts.
there() {
  local mark="-- $SRANDOM$SRANDOM" line text='' ended='' left deadline=$((SECONDS + there_seconds))
  printf '%s </dev/null 2>/dev/null; printf "\\n%%s %%s\\n" %q "$?"\n' "${*@Q}" "$mark" >&"$to_lab" || return
  while true; do
    left=$((deadline - SECONDS))
    if ((left <= 0 || ${#text} > there_bytes)); then
      [[ -z $ended ]] || return 124
      ended=yes text=${text:0:there_bytes} deadline=$((SECONDS + 10))
      # shellcheck disable=SC2016  # the shell there expands it
      lab_run /usr/bin/bash -c 'for group in $(/usr/bin/pgrep --parent "$1"); do kill -KILL -- "-$group"; done' \
        bash "$asked" </dev/null || true
      continue
    fi
    IFS= read -r -t "$left" -n "$there_line" line <&"$from_lab" || (($? > 128)) || return 124
    [[ $line != "$mark "* ]] || break
    [[ -z $ended ]] || continue
    text+=$line
    ((${#line} == there_line)) || text+=$'\n'
  done
  printf %s "${text%$'\n'}"
  return "${line##* }"
} 2>/dev/null

reboot_there() {
  close_lab
  lab_reboot && open_lab
}

# What was there before is kept out here, too.
set_up() {
  lab_words
  lab_run env SERVICIOS_EXERCISES="$exercises" lab/exercise setup "$1" </dev/null >&2 || return
  open_lab
  before=$(there cat "$kept/before")
  ! there test -e "$kept/reboot" || reboot_there
}

# What it ends with does not count. What it says is bounded and marked, line by line: else a line could be a
# command to a CI's log.
run_script() {
  lab_run tee /root/script <"$1" >/dev/null
  as_root timeout --kill-after=5 "$script_seconds" "$CHECKOUT/lab/machine" run "$LAB" "$CHECKOUT" \
    -- env BASH_ENV=/root/.bashrc SERVICIOS_EXERCISES="$exercises" bash /root/script \
    </dev/null 2>&1 | { head --bytes=1M; cat >/dev/null; } | tr -d '\000-\010\013-\037\177' | sed -u 's/^/| /' || true
}

judge() {
  local boot=$LAB_BOOT
  title_of "$1"
  begin_check
  is_unaltered || return 0
  if ! lab_up 2>/dev/null; then
    claim 'the lab is there'
    fails 'it has ended'
    return
  fi
  [[ $LAB_BOOT == "$boot" ]] || is_unaltered || return 0
  open_lab
  set +eu
  # shellcheck source=/dev/null
  source "$exercises/$1/check"
  set -eu
  close_lab
  is_unaltered || true  # also what was changed under way, or at the boot
}

# is_unaltered: says it if what a check asks with was changed. Before anything is asked: a machine whose
# systemctl is another may never say that it is up.
is_unaltered() {
  local altered
  altered=$(as_root "$CHECKOUT/lab/machine" altered "$LAB" "${tools[@]}" 2>/dev/null | paste -sd ' ') || true
  [[ -n $altered ]] || return 0
  claim 'the check can ask this machine'
  fails 'what it asks with was changed: %s' "$altered"
  return 1
}
