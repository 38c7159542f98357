# shellcheck shell=bash disable=SC2154  # lab/exercise.bash sets what they share
# The words of a check that ask what a repair may not give up.

# not_given_up [user] [hardening] [restart] [program] [files] [prices] UNIT: compared with how the
# shipped unit has it. Without a name, all of them.
#   user       who it runs as: systemd.exec(5), DynamicUser=
#   hardening  each setting of units/hardening.conf, and Type=. (WatchdogUSec= is known of a unit that runs only.)
#   restart    when systemd starts it again: Restart= and the like
#   program    it is the course's program that runs
#   files      only its owner may write the files that it works with
#   prices     its last price is one that the price server gave
not_given_up() {
  local unit=${*: -1} aspect aspects=("${@:1:$#-1}") settings=''
  ((${#aspects[@]})) || aspects=(user hardening restart program files prices)
  [[ -n $skipping ]] || settings=$(settings_of "$unit")
  for aspect in "${aspects[@]}"; do "keeps_$aspect" "$unit"; done
}

# runs_without_root UNIT: whatever user its settings name.
runs_without_root() {
  local user
  claim '%s does not run as root' "$1" || return 0
  user=$(user_of "$1")
  if [[ $user == 0 ]]; then
    fails 'it runs as root'
  elif [[ -z $user ]]; then
    fails 'no process of %s is running' "$1"
  else
    holds
  fi
}

# user_of UNIT: the number of its process's user.
user_of() {
  there stat --format=%u "/proc/$(main_process "$1")"
}

keeps_user() {
  claim '%s runs as the user that it should' "$1" || return 0
  if [[ $(user_of "$1") == 0 ]]; then
    fails 'it runs as root'
  else
    compare_settings "$1" '^(User|Group|DynamicUser|SupplementaryGroups|AmbientCapabilities)='
  fi
}

keeps_hardening() {
  claim '%s keeps its hardening' "$1" || return 0
  compare_settings "$1" '^(User|Group|DynamicUser|SupplementaryGroups|AmbientCapabilities|Restart[A-Za-z]*)=' -v
}

keeps_restart() {
  claim '%s is started again when it should be, and only then' "$1" || return 0
  compare_settings "$1" '^Restart[A-Za-z]*='
}

# compare_settings UNIT PATTERN [GREP-OPTION...]: those of $settings that another value was given.
compare_settings() {
  local was now line other
  was=$(sed -n "s/^unit $1 //p" <<<"$before" | grep "${@:3}" -E "$2")
  now=$(grep "${@:3}" -E "$2" <<<"$settings")
  while IFS= read -r line; do
    [[ $'\n'$now$'\n' != *$'\n'"$line"$'\n'* ]] || continue
    other=$(grep "^${line%%=*}=" <<<"$now")
    ! allows_less "$other" "$line" || continue
    fails 'it has %s, and the unit of the course has %s' "${other:0:200}" "${line:0:200}"
    return
  done <<<"$was"
  holds
}

# allows_less SETTING SETTING: whether it allows some of what the other allows, and nothing else.
allows_less() {
  [[ $1 =~ ^(RestrictAddressFamilies|SystemCallFilter|SystemCallArchitectures|CapabilityBoundingSet)=[^~] && $2 != *=~* ]] &&
    [[ -z $(comm -23 <(tr ' =' '\n' <<<"$1" | sort) <(tr ' =' '\n' <<<"$2" | sort)) ]]
}

keeps_program() {
  local process program sum
  claim '%s runs the program of the course' "$1" || return 0
  process=$(main_process "$1")
  program=$(there readlink "/proc/$process/exe")
  sum=$(there sha256sum "/usr/local/bin/$1")
  if [[ -z $program ]]; then
    fails 'no process of %s is running' "$1"
  elif [[ $program != "/usr/local/bin/$1" ]]; then
    fails "what runs is '%s'" "$program"
  elif [[ $'\n'$before$'\n' != *$'\nprogram '"$sum"$'\n'* ]]; then
    fails '%s was changed' "/usr/local/bin/$1"
  else
    holds
  fi
}

keeps_files() {
  local file
  claim 'only its owner may write the files of %s' "$1" || return 0
  file=$(there find "/var/lib/private/$1" "/var/lib/$1" "$(price_file "$1")" /usr/local/bin /usr/local/lib /etc \
    -xdev ! -type l -perm -o=w -print -quit)
  if [[ -z $file ]]; then holds; else fails 'anybody may write %s' "$file"; fi
}

# A price that arrives during this check counts, too.
keeps_prices() {
  local price server
  claim 'the prices of %s are those that the price server gave' "$1" || return 0
  server=$(there readlink "/proc/$(main_process price-api)/exe")
  if [[ $'\n'$before$'\n' != *$'\nprogram '"$(there sha256sum /usr/local/bin/price-api)"$'\n'* ||
    ${server:-/usr/local/bin/price-api} != /usr/local/bin/price-api ]]; then
    fails '%s was changed' price-api
    return
  fi
  if [[ $(main_process "$1") == 0 ]]; then
    fails 'no process of %s is running' "$1"
    return
  fi
  price=$(there tail --lines=1 "$(price_file "$1")")
  if [[ $price =~ ^[0-9.e-]+$ ]] && within 5 was_given "$price"; then
    holds
  else
    fails "the price server never gave '%s'" "$price"
  fi
}

was_given() {
  local given
  there journalctl --sync
  given=$(there journalctl --quiet --output=cat --reverse --lines=1000 _SYSTEMD_UNIT=price-api.service)
  [[ $given =~ :"$1"[,}] ]]
}

# after_a_reboot: what the check says below holds after a reboot, too. In the lab that is left to the
# check outside.
after_a_reboot() {
  [[ -z $skipping ]] || return 0
  if [[ -n ${SERVICIOS_LAB:-} ]]; then
    skipping=$(tell 'it is checked after a reboot, when you leave the shell')
    tell '  After a reboot, when you leave this shell:'
  elif ((failed)); then
    skipping=$(tell 'repair what is above first')
    tell '  After a reboot:'
  else
    reboot_there
    tell '  After a reboot:'
  fi
}
