# shellcheck shell=bash disable=SC2154  # lab/exercise.bash sets what they share
# The words of a check. Each asks one thing, and says whether it is so, and if not why.

# is_active UNIT, is_not_active UNIT
is_active() {
  claim '%s is active' "$1" || return 0
  settled "$1"
  if [[ $state == active ]]; then holds; else fails 'it is %s (%s)' "$state" "$detail"; fi
}

is_not_active() {
  claim '%s is not active' "$1" || return 0
  settled "$1"
  if [[ $state == @(inactive|failed) ]]; then holds; else fails 'it is %s (%s)' "$state" "$detail"; fi
}

# settled UNIT: sets $state and $detail, once it neither starts nor stops, or once it has failed again
# after a restart of systemd's.
settled() {
  restarts=''
  within 20 is_settled "$1" || true
}

is_settled() {
  local shown number process
  shown=$(there systemctl show --property=ActiveState,SubState,Result,ExecMainStatus,NRestarts,MainPID "$1")
  state=$(sed -n 's/^ActiveState=//p' <<<"$shown")
  number=$(sed -n 's/^NRestarts=//p' <<<"$shown")
  process=$(sed -n 's/^MainPID=//p' <<<"$shown")
  detail=$(grep -vE '^(ActiveState|NRestarts|MainPID)' <<<"$shown" | paste -sd ' ')
  [[ $state != @(inactive|failed) ]] || return 0
  if [[ $state == active ]]; then
    [[ ${process:-0} == 0 ]] || is_a_program "$process"
    return
  fi
  [[ $shown == *SubState=auto-restart* ]] || return 1
  restarts=${restarts:-$number}
  [[ $number != "$restarts" ]]
}

# is_a_program PROCESS: it has become the unit's program. To systemd a service is active as soon as it has
# made the process, which begins as systemd's own code, and as root.
is_a_program() {
  local program
  program=$(there readlink "/proc/$1/exe")
  [[ -n $program && $program != */systemd?(-executor) ]]
}

# main_process UNIT: the number of its process, once that is the unit's program. 0 if there is none.
main_process() {
  local process=''
  within 5 has_program "$1" || process=0
  echo "$process"
}

has_program() {
  process=$(as_number "$(value_of "$1" MainPID)")
  ((process == 0)) || is_a_program "$process"
}

# is_enabled UNIT, is_not_enabled UNIT: whether it starts at boot.
is_enabled() {
  local state
  claim '%s is enabled: it starts at boot' "$1" || return 0
  state=$(value_of "$1" UnitFileState)
  if [[ $state == enabled ]]; then holds; else fails 'systemctl is-enabled says %s' "${state:-not-found}"; fi
}

is_not_enabled() {
  local state
  claim '%s is not enabled: it does not start at boot' "$1" || return 0
  state=$(value_of "$1" UnitFileState)
  if [[ $state == disabled ]]; then holds; else fails 'systemctl is-enabled says %s' "${state:-not-found}"; fi
}

# is_watched UNIT: systemd ends it if it does not say for too long that it is alive.
is_watched() {
  local limit
  claim 'systemd watches over %s (WatchdogSec=)' "$1" || return 0
  limit=$(value_of "$1" WatchdogUSec)
  if [[ $limit == @(|0|infinity) ]]; then fails 'it has %s=%s' WatchdogUSec "${limit:-0}"; else holds; fi
}

# property UNIT NAME VALUE, property_is_not UNIT NAME VALUE: as `systemctl show` has it.
property() {
  local value
  claim '%s has %s=%s' "$@" || return 0
  value=$(value_of "$1" "$2")
  if [[ $value == "$3" ]]; then holds; else fails 'it has %s=%s' "$2" "$value"; fi
}

property_is_not() {
  claim '%s has another %s than %s' "$@" || return 0
  if [[ $(value_of "$1" LoadState) != loaded ]]; then
    fails 'systemd knows no %s' "$1"
  elif [[ $(value_of "$1" "$2") == "$3" ]]; then
    fails 'it has %s=%s' "$2" "$3"
  else
    holds
  fi
}

# runs_with UNIT ARGUMENT...: its process was given these arguments, one after the other.
runs_with() {
  local arguments
  claim '%s runs with %s' "$1" "${*:2}" || return 0
  arguments=$(arguments_of "$1")
  if [[ -z $arguments ]]; then
    fails 'no process of %s is running' "$1"
  elif [[ " $arguments " == *" ${*:2} "* ]]; then
    holds
  else
    fails 'it runs with: %s' "$arguments"
  fi
}

# arguments_of UNIT: with blanks between them.
arguments_of() {
  local process
  process=$(main_process "$1")
  # shellcheck disable=SC2016  # the other shell expands it
  [[ $process =~ ^[1-9][0-9]*$ ]] && there sh -c 'tr "\0\n" "  " <"/proc/$1/cmdline"' sh "$process"
}

# started_again UNIT: by systemd, after a failure.
started_again() {
  local number
  claim 'systemd has brought %s back' "$1" || return 0
  number=$(as_number "$(value_of "$1" NRestarts)")
  if ((number > 0)); then holds; else fails 'it has %s=%s' NRestarts "$number"; fi
}

# file_grows FILE: it gets longer while one waits. What makes it may just have been started.
file_grows() {
  local size
  claim '%s grows' "$1" || return 0
  within 5 there test -e "$1" || true
  size=$(there stat --format=%s "$1")
  if [[ -z $size ]]; then
    fails 'there is no %s' "$1"
  elif within 15 is_larger "$1" "$(as_number "$size")"; then
    holds
  else
    fails 'in fifteen seconds nothing was added to it'
  fi
}

is_larger() {
  (($(as_number "$(there stat --format=%s "$1")") > $2))
}

# file_has FILE NUMBER PATTERN: so many lines, or more, and all match a pattern of grep -E.
file_has() {
  local text
  claim '%s has the lines that it should' "$1" || return 0
  if text=$(there cat "$1"); then
    judge_lines "$2" "$3" "$text"
  elif there test -e "$1"; then
    fails 'it is too long to be read'
  else
    fails 'there is no %s' "$1"
  fi
}

# last_run UNIT NUMBER PATTERN: the same, of what it has said since it was last started.
last_run() {
  claim 'the last run of %s says what it should' "$1" || return 0
  there journalctl --sync
  judge_lines "$2" "$3" \
    "$(there journalctl --quiet --output=cat _SYSTEMD_INVOCATION_ID="$(value_of "$1" InvocationID)")"
}

# program_says FILE PATTERN: what it prints; each line must match. The user nobody runs it.
program_says() {
  claim '%s says what it should' "$1" || return 0
  # shellcheck disable=SC2016  # the other shell expands it
  judge_lines 1 "$2" "$(there timeout 10 setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c '"$1" 2>&1' sh "$1")"
}

# judge_lines NUMBER PATTERN TEXT
judge_lines() {
  local number other
  number=$(printf %s "$3" | grep -c '')
  other=$(printf %s "$3" | grep -vE -m 1 -- "$2")
  if ((number < $1)); then
    fails 'it has %s lines, and should have %s' "$number" "$1"
  elif [[ -n $other ]]; then
    fails "it has the line '%s'" "${other:0:200}"
  else
    holds
  fi
}

# unchanged FILE: since the exercise began.
unchanged() {
  local sum
  claim '%s is as it was' "$1" || return 0
  sum=$(there sha256sum "$1")
  if [[ -n $sum && $'\n'$before == *$'\nfile '"$sum"* ]]; then holds; else fails 'it was changed'; fi
}

# says UNIT TEXT [JOURNALCTL-OPTION...]: the journal has such a record of the unit's, or of systemd
# about it. TEXT is an extended regular expression.
says() {
  claim "the journal of %s has '%s'" "$1" "$2" || return 0
  if within 3 has_record "$@"; then holds; else fails 'it has no such line'; fi
}

has_record() {
  there journalctl --sync
  grep -qE -- "$2" < <(there journalctl --quiet --output=cat --unit="$1" "${@:3}")
}

# records NUMBER FIELD=VALUE...: so many records, or more, have these fields.
records() {
  local number
  claim 'the journal has records with %s, %s or more' "${*:2}" "$1" || return 0
  number=$(count_records "${@:2}")
  if ((number >= $1)); then holds; else fails 'it has %s' "$number"; fi
}

# count_records JOURNALCTL-OPTION...
count_records() {
  there journalctl --sync
  there journalctl --quiet --output=cat --output-fields=_PID "$@" | grep -c '' || true
}

# microseconds_of TIME: of a time as systemd writes it: systemd.time(7). 0 if it is none.
microseconds_of() {
  as_number "$(there systemd-analyze timespan "${1:-0}" | sed -nE 's/^ *[^ ]?s: ([0-9]+)$/\1/p' | head -n 1)"
}

# takes_records UNIT NUMBER: so many a second, for as long as it runs: systemd.exec(5), LogRateLimitBurst=.
takes_records() {
  local burst interval
  claim 'journald takes %s records a second of %s, for as long as it runs' "$2" "$1" || return 0
  burst=$(as_number "$(value_of "$1" LogRateLimitBurst)")
  interval=$(microseconds_of "$(value_of "$1" LogRateLimitIntervalUSec)")
  if ((burst == 0 || interval == 0 || burst * 1000000 >= $2 * interval)); then
    holds
  else
    fails 'it takes %s in %s seconds' "$burst" "$((interval / 1000000))"
  fi
}

# journal_keeps_a_day: journald removes no record that is younger: journald.conf(5), MaxRetentionSec=.
journal_keeps_a_day() {
  local limit
  claim 'journald keeps what it has for a day or longer' || return 0
  limit=$(there systemd-analyze cat-config systemd/journald.conf | sed -n 's/^MaxRetentionSec=//p' | tail -n 1)
  if [[ -z $limit ]] || (($(microseconds_of "$limit") == 0 || $(microseconds_of "$limit") >= 86400000000)); then
    holds
  else
    fails 'it has %s=%s' MaxRetentionSec "$limit"
  fi
}

# journal_is_kept: what journald writes now outlives a reboot.
journal_is_kept() {
  claim 'the journal of this boot is kept on the disk' || return 0
  there journalctl --sync
  if [[ -n $(there journalctl --quiet --directory=/var/log/journal --boot --lines=1 --output=cat) ]]; then
    holds
  else
    fails 'journald keeps it in memory only; a restart has it read its settings'
  fi
}

# rebooted [TIMES]: the journal knows so many boots before this one, or more.
rebooted() {
  local number
  claim 'the machine was rebooted' || return 0
  number=$(boots)
  if ((number > ${1:-1})); then holds; else fails 'the journal knows %s boots' "$number"; fi
}

boots() {
  there journalctl --quiet --list-boots | grep -cE '^ *-?[0-9]+ '
}

# answer_is TEXT...: what the reader has answered is one of these. Small and large letters are alike.
answer_is() {
  local answer right
  claim 'the answer is right' || return 0
  answer=$(there cat "$kept/answer")
  if [[ -z $answer ]]; then
    fails 'there is none yet: answer WORD gives it'
    return
  fi
  for right; do
    [[ -z $right || ${answer,,} != "${right,,}" ]] || { holds; return; }
  done
  fails "it is not '%s'" "${answer:0:100}"
}

# prices_arrive UNIT: its file gets two prices more, from one process.
prices_arrive() {
  local process arguments file lines
  claim '%s writes prices' "$1" || return 0
  settled "$1"
  process=$(main_process "$1") arguments=$(arguments_of "$1")
  if [[ $state != active ]]; then
    fails 'it is %s (%s)' "$state" "$detail"
    return
  elif [[ -z $arguments ]]; then
    fails 'no process of %s is running' "$1"
    return
  fi
  file=$(sed -nE 's/.* --file ([^ ]+).*/\1/p' <<<"$arguments")
  [[ $file == /* ]] || file=$(there readlink "/proc/$process/cwd")/${file:-prices.txt}
  lines=$(lines_of "$file") failures=$(count_records _PID="$process")
  within 20 prices_or_failures "$1" "$process" "$file" "$lines" || true
  if [[ $(value_of "$1" MainPID) != "$process" ]]; then
    fails 'its process ended during the check'
  elif (($(lines_of "$file") < lines + 2)); then
    fails 'nothing was added to %s' "$file"
  elif [[ ! $(there tail --lines=1 "$file") =~ ^[0-9]+(\.[0-9]+)?(e-[0-9]+)?$ ]]; then
    fails 'the last line of %s is no price' "$file"
  else
    holds
  fi
}

# Two lines more; or what shows that none will come: another process, or one failure after the other.
prices_or_failures() {
  (($(lines_of "$3") >= $4 + 2)) || [[ $(value_of "$1" MainPID) != "$2" ]] ||
    (($(count_records _PID="$2" PRIORITY={0,1,2,3,4}) + $(there journalctl --quiet --output=cat _PID="$2" \
      _TRANSPORT=stdout --grep=http | grep -c .) >= failures + 6))
}

lines_of() {
  local number
  number=$(there wc --lines "$1")
  as_number "${number%% *}"
}
