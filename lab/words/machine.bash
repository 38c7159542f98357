# shellcheck shell=bash disable=SC2154  # lab/exercise.bash sets what they share
# The words of a check that broken machines need besides.

# prices_arrive_after_a_reboot UNIT: it starts at boot, and then writes prices.
prices_arrive_after_a_reboot() {
  is_enabled "$1"
  after_a_reboot
  prices_arrive "$1"
}

# records_arrive UNIT [FIELD=VALUE...]: while its file gets prices, the journal gets records, too.
records_arrive() {
  local file lines number fields=("_SYSTEMD_UNIT=$1.service" "${@:2}")
  claim 'the journal gets new records of %s with %s' "$1" "${*:2}" || return 0
  file=$(price_file "$1")
  lines=$(lines_of "$file") number=$(count_records "${fields[@]}")
  within 20 has_lines "$file" $((lines + 4)) || true
  if within 2 has_records $((number + 2)) "${fields[@]}"; then
    holds
  else
    fails 'there are no new records, though %s has new prices' "$file"
  fi
}

has_lines() {
  (($(lines_of "$1") >= $2))
}

# has_records NUMBER JOURNALCTL-OPTION...
has_records() {
  (($(count_records "${@:2}") >= $1))
}

# price_file UNIT: the file that its process writes to.
price_file() {
  local process file
  process=$(main_process "$1")
  file=$(sed -nE 's/.* --file ([^ ]+).*/\1/p' <<<"$(arguments_of "$1")")
  [[ $file == /* ]] || file=$(there readlink "/proc/$process/cwd")/${file:-prices.txt}
  echo "$file"
}

# keeps_line FILE LINE: what stood there before.
keeps_line() {
  local text
  claim '%s still has its line %s' "$@" || return 0
  text=$(there cat "$1")
  if [[ $'\n'$text$'\n' == *$'\n'"$2"$'\n'* ]]; then holds; else fails 'that line is not there'; fi
}

# has_line UNIT LINE: the unit, with its drop-ins.
has_line() {
  local text
  claim '%s has the line %s' "$@" || return 0
  text=$(there systemctl cat "$1")
  if [[ $'\n'$text$'\n' == *$'\n'"$2"$'\n'* ]]; then holds; else fails 'that line is not there'; fi
}

# finds NAME: the machine knows its address.
finds() {
  claim 'any program on this machine finds %s' "$1" || return 0
  if [[ -n $(there getent hosts "$1") ]]; then holds; else fails 'getent hosts %s says nothing' "$1"; fi
}

# dates_are_of UNIT ZONE: its last date is now, there.
dates_are_of() {
  claim 'the dates of %s are those of %s' "$@" || return 0
  if within 15 is_date_of "$@"; then
    holds
  else
    fails "its last date is '%s', and the time there is '%s'" "$date" "$(TZ=$2 date '+%F %T')"
  fi
}

is_date_of() {
  date=$(there tail --lines=1 "/var/lib/$1/dates.txt")
  [[ $date == "$(TZ=$2 date '+%F %H')":* || $date == "$(TZ=$2 date --date='1 minute ago' '+%F %H')":* ]]
}

# ends_by_itself UNIT: when it is told to, and not because it is killed.
ends_by_itself() {
  local shown
  claim '%s ends by itself when it is told to' "$1" || return 0
  there systemctl stop "$1"
  shown=$(there systemctl show --property=Result,ExecMainCode,ExecMainStatus "$1" | sort)
  there systemctl start "$1"
  if [[ $shown == $'ExecMainCode=1\nExecMainStatus=0\nResult=success' ]]; then
    holds
  else
    fails 'after a stop it has %s' "$(paste -sd ' ' <<<"$shown")"
  fi
}

# journal_remembers UNIT: while its file gets prices, the journal's first record stays.
journal_remembers() {
  local file first
  claim 'the journal keeps what it has' || return 0
  first=$(first_record) file=$(price_file "$1")
  within 20 has_lines "$file" $(($(lines_of "$file") + 6)) || true
  if [[ -n $first && $(first_record) == "$first" ]]; then holds; else fails 'its first record is gone'; fi
}

first_record() {
  there journalctl --sync
  there journalctl --quiet --output=json --output-fields=_PID | head -n 1 | jq -r .__CURSOR 2>/dev/null
}
