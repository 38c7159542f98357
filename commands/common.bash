# shellcheck shell=bash disable=SC2154  # course sets command and called_from
# What the commands share. `course` sources it, and then the file of one command.
#
# A command's file opens with its usage in comments:
#
#     # run [STAGE] [--live] [--records N]
#     #
#     # Runs a stage in the lab ...
#
# ./course help, ./course NAME --help, completion and the complaint about a wrong argument come from
# those lines. [STAGE|all] is an operand that may be left out, [--live] an option, [--records N] an
# option with a value, and COMMAND... takes all that follows. When the file is sourced, its
# arguments are in `options` and `operands`.

readonly work=${SERVICIOS_WORK:-work}
declare -A options=()
declare -a operands=()
# shellcheck source=lab/lab.bash
source lab/lab.bash
# shellcheck source=commands/packages.bash
source commands/packages.bash
find_package_manager
unset LAB LAB_BOOT  # a caller's lab is not this command's
readonly build_folder=$CHECKOUT/build/default units=$CHECKOUT/units system=/etc/systemd/system

# --- Messages ----------------------------------------------------------------------------------
# As tell in commands/messages.bash, each takes a format of printf(1), which is translated, and its
# values, and says one line.

# speak_as_asked ARGUMENT...: by the --lang among them, so that a complaint about the command line is in
# that language, too.
speak_as_asked() {
  while (($#)); do
    case "$1 ${2:-}" in
      '--lang es' | '--lang en') speak "$2" ;;
      '--lang=es '* | '--lang=en '*) speak "${1#*=}" ;;
    esac
    shift
  done
}

# What was asked for did not come about.
fail() {
  printf 'course: %s\n' "$(tell "$@")" >&2
  exit 1
}

# The command line is wrong.
misuse() {
  printf 'course: %s\n' "$(tell "$@")" >&2
  exit 2
}

# This machine does not let it come about.
cannot() {
  printf 'course: %s\n' "$(tell "$@")" >&2
  exit 3
}

# under_way FORMAT VALUE...: what goes on, in a line that the next one overwrites. Without a terminal, nothing.
under_way() {
  [[ -z $erase ]] || printf '%s  … %s\r' "$erase" "$(tell "$@")" >&2
}

# is_over: takes that line away.
is_over() {
  printf %s "$erase" >&2
}

erase=''  # what takes a line away: console_codes(4)
[[ ! -t 2 || ${TERM:-dumb} == dumb ]] || erase=$'\e[K'

# --- The command line --------------------------------------------------------------------------

# commands: the names of all commands, a line each.
commands() {
  find commands -maxdepth 1 -type f ! -name '*.bash' -printf '%f\n' | sort
}

# usage_of COMMAND: the comments at the head of its file, without their marks.
usage_of() {
  awk '/^# shellcheck/ { next } !/^#/ { exit } { print substr($0, 3) }' "commands/$1"
}

# synopsis_of COMMAND: "run [STAGE] [--live] [--records N]", in one line.
synopsis_of() {
  usage_of "$1" | awk -v RS= 'NR == 1 { gsub(/\n */, " "); print }'
}

# show_usage COMMAND: the same, in the language spoken.
show_usage() {
  local paragraph
  show_synopsis "$1"
  usage_of "$1" | awk -v RS= -v ORS='\0' 'NR > 1' | while IFS= read -r -d '' paragraph; do
    translated "$paragraph"
    echo
    # shellcheck disable=SC2119
    if [[ $REPLY == ' '* ]]; then flow_list <<<"$REPLY"; else fill <<<"$REPLY"; fi
  done
}

# show_synopsis COMMAND [INDENT]: with what stands between brackets in one line.
show_synopsis() {
  echo "./course $(synopsis_of "$1")" | sed -E "s/(\[-[^] ]*) /\1$fixed_blank/g" | flow "${2:-}  " "${2:-}"
}

# fill [INDENT [FIRST]]: the words on standard input, in lines for which the terminal has room. FIRST stands
# before the first, and INDENT before the others. At a $fixed_blank no line ends.
# shellcheck disable=SC2120  # without INDENT, too
fill() {
  local indent=${2-${1:-}} line='' word words=()
  [[ -n ${columns:-} ]] || find_columns
  read -r -d '' -a words || true
  for word in "${words[@]}"; do
    if [[ -n $line ]] && ((${#indent} + ${#line} + ${#word} >= columns)); then
      echo "$indent${line//$fixed_blank/ }"
      line=$word indent=${1:-}
    else
      line+=${line:+ }$word
    fi
  done
  echo "$indent${line//$fixed_blank/ }"
}
fixed_blank=$'\x1f'

# flow [INDENT [FIRST]]: the same on a terminal. A pipe gets what there is as it is: somebody may look for it.
flow() {
  if [[ -t 1 ]]; then fill "$@"; else printf %s "${2:-}" && tr "$fixed_blank" ' '; fi
}

# flow_list: a list, `  NAME  what it is`, whose lines go on below the second word.
flow_list() {
  local line name='' text=''
  [[ -t 1 ]] || { cat; return; }
  while IFS= read -r line; do
    if [[ $line =~ ^(\ \ [^\ ].*[^\ ]\ \ +)([^\ ].*)$ ]]; then
      [[ -z $name ]] || fill "${name//?/ }" "$name" <<<"$text"
      name=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]}
    else
      text+=" $line"
    fi
  done
  fill "${name//?/ }" "$name" <<<"$text"
}

# find_columns: sets $columns to how many the terminal has; to 80 if it is not one.
find_columns() {
  columns=0
  [[ ! -t 1 ]] || read -r _ columns < <(stty size </dev/tty) || true
  ((columns > 0)) || columns=80
} 2>/dev/null

# take_arguments ARGUMENT...: sets `options` (by name; `yes` is the value of one that takes none) and
# `operands` to what the synopsis of $command allows. Refuses anything else in one line.
take_arguments() {
  local synopsis option_pattern='\[(--[a-z-]+)( [^]]+)?\]' argument rest known=''
  local -A takes_value=([--lang]='es|en')  # every command speaks both
  synopsis=$(synopsis_of "$command")
  rest=$synopsis
  while [[ $rest =~ $option_pattern ]]; do
    takes_value[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]# }
    known+=" ${BASH_REMATCH[1]}"
    rest=${rest/"${BASH_REMATCH[0]}"/}
  done
  read -ra rest <<<"${rest#"$command"}"

  while (($#)); do
    argument=$1
    shift
    case $argument in
      -h | --help)
        show_usage "$command"
        exit
        ;;
      --*=*) set -- "${argument%%=*}" "${argument#*=}" "$@" ;;
      -*)
        [[ -v takes_value[$argument] ]] ||
          misuse '%s has no option %s; it has:%s' "$command" "$argument" "${known:- $(tell none)}"
        if [[ -z ${takes_value[$argument]} ]]; then
          options[$argument]=yes
        else
          [[ -n ${1:-} ]] || misuse '%s: its value is missing' "$argument"
          options[$argument]=$1
          shift
        fi
        ;;
      *)
        operands+=("$argument")
        # All that follows a command is its own.
        [[ ${rest[*]} != *'COMMAND...'* ]] || { operands+=("$@"); break; }
        ;;
    esac
  done
  [[ ${rest[*]} == *...* ]] || ((${#operands[@]} <= ${#rest[@]})) ||
    if ((${#rest[@]})); then
      misuse "%s takes one argument, and not '%s' beside it" "$command" "${operands[-1]}"
    else
      misuse "%s takes no arguments, and not '%s'" "$command" "${operands[0]}"
    fi
  if [[ -v options[--lang] ]]; then
    [[ ${options[--lang]} == @(es|en) ]] || misuse "--lang '%s': write es or en" "${options[--lang]}"
    speak "${options[--lang]}"
    # And so does what it calls. In the locale C, gettext(3) would take no notice.
    export LANGUAGE=$language
    [[ ${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}} != @(C|POSIX) ]] || export LC_ALL=C.UTF-8
  fi
  [[ -z ${rest[*]} || ${rest[0]} == '['* ]] || ((${#operands[@]})) ||
    misuse '%s what? It is: ./course %s' "$command" "$synopsis"
}

# A path as the caller wrote it, from where the caller stood.
absolute() {
  (CDPATH='' cd "$called_from" && realpath --no-symlinks -- "$1")
}

# --- What a command needs ----------------------------------------------------------------------

# ask_for_root: says what for, if sudo is going to ask for a password.
ask_for_root() {
  ((EUID)) && command -v sudo >/dev/null || return 0
  sudo --non-interactive true 2>/dev/null ||
    tell 'The lab, packages and services need root. sudo asks for your password:' >&2
}

# First of all, so that sudo asks for its password before there is other output.
need_root() {
  ((EUID)) || return 0
  ask_for_root
  as_root true || cannot 'you are not root; why is above. Be root, or a user who may use sudo'
}

# outside_of_lab: for what belongs on the student's own machine. A lab in a lab would look the same as
# the lab around it.
outside_of_lab() {
  [[ -z ${SERVICIOS_LAB:-} ]] ||
    misuse "you are in the lab: leave it with 'exit', then type ./course %s" "$command"
}

# Builds these CMake targets, or everything. Says nothing if there is nothing to do.
compile() {
  local tests=ON lock folder
  local -x CCACHE_DIR=$CHECKOUT/build/ccache
  for folder in "$build_folder" "$CCACHE_DIR"; do
    { mkdir -p "$folder" && [[ -w $folder ]]; } 2>/dev/null ||
      cannot 'cannot write in %s: whose is it? ls -ld shows that' "$folder"
  done
  under_way 'what the course needs is compiled'
  # Another ./course may be building, too.
  exec {lock}<"$build_folder"
  flock "$lock"
  # A submission's build in its lab reads this cache, too, with -Werror or without, and whatever the caller's
  # language: ccache(1), checks/receive.
  printf '%s\n' 'ignore_options = -Werror' 'sloppiness = locale' >"$CCACHE_DIR/ccache.conf"
  [[ -z $(missing check test) ]] || tests=OFF
  # Ninja takes no folder that another generator has configured.
  grep -qs '^CMAKE_GENERATOR:INTERNAL=Ninja$' "$build_folder/CMakeCache.txt" ||
    rm -f "$build_folder/CMakeCache.txt"
  grep -qs "^BUILD_TESTING:BOOL=$tests" "$build_folder/CMakeCache.txt" ||
    cmake --preset default -DBUILD_TESTING="$tests" >/dev/null || {
    rm -f "$build_folder/CMakeCache.txt"
    cannot 'could not configure; what cmake said is above'
  }
  cmake --build --preset default --parallel "$(nproc)" ${1:+--target "$@"} | show_build >&2 ||
    cannot 'could not build; what the compiler said is above'
  is_over
  exec {lock}<&-
}

# show_build: of what ninja says, its progress in one line on a terminal, and the rest as it is.
show_build() {
  local line
  [[ -n ${columns:-} ]] || find_columns
  while IFS= read -r line; do
    if [[ $line == 'ninja: no work to do.' ]]; then
      :
    elif [[ -n $erase && $line =~ ^\[[0-9]+/[0-9]+\]\  ]]; then
      printf '%s  … %s\r' "$erase" "${line:0:columns - 5}"
    else
      echo "$erase$line"
    fi
  done
}

# --- The stages --------------------------------------------------------------------------------

# The table's names, a line each.
stages() {
  awk '!/^#/ { print $1 }' stages
}

is_stage() {
  [[ -n $(of_stage "$1" output) ]]
}

# of_stage STAGE COLUMN: begins-from, prices or output, from the table.
of_stage() {
  awk -v stage="$1" -v column="$2" '
    BEGIN { number["begins-from"] = 2; number["prices"] = 3; number["output"] = 4 }
    $1 == stage { print $(number[column]) }' stages
}

# find_stage NAME: the stage whose name is NAME, or begins with it ("01-date-daemon", "01", "1"), or in
# whose folder in work/ the path NAME is, as the shell completes it ("work/01-date-daemon/main.cpp"). Fails
# if there is none, or more than one.
find_stage() {
  local stage name=${1%/} found=()
  name=${name#"$work"/}
  if [[ $name == */* ]]; then
    name=$(absolute "$name" 2>/dev/null) || return
    name=${name#"$CHECKOUT/"}
    name=${name#"$work"/}
    name=${name%%/*}
  fi
  for stage in $(stages); do
    [[ $stage != "$name"* && $stage != "0$name"-* ]] || found+=("$stage")
  done
  [[ -n $name && ${#found[@]} == 1 ]] && echo "${found[0]}"
}

# stage_named NAME: the same. Ends the command with one line if there is none.
stage_named() {
  find_stage "$1" || misuse "there is no stage '%s'; there are: %s" "$1" "$(stages | paste -sd ' ')"
}

# unit_asked_for: the value of --unit, without .service. Ends the command with one line if it is no
# unit's name.
unit_asked_for() {
  local unit=${options[--unit]:-}
  unit=${unit%.service}
  [[ -z $unit || ($unit =~ ^[A-Za-z0-9:_.@-]{1,100}$ && $unit != *@) ]] || misuse "--unit '%s' is no unit's name" "$unit"
  echo "$unit"
}

# stage_or_next: the stage that the first operand names; without one, the first that has not passed.
stage_or_next() {
  local stage
  if ((${#operands[@]})); then
    stage_named "${operands[0]}"
  else
    stage=$(next_stage)
    [[ -n $stage ]] || misuse 'all stages have passed, so name one: %s' "$(stages | paste -sd ' ')"
    echo "$stage"
  fi
}

# --- The lab, and units in it and on this machine ----------------------------------------------

build_for_lab() {
  local targets
  need_root
  need build lab
  mapfile -t targets < <(stages)
  compile "${targets[@]}" price-api
}

# Ends the lab with this command, and Ctrl-C with 130, as shells do.
start_lab() {
  need_root
  trap lab_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  under_way 'a lab starts'
  lab_start "$@" ${options[--unsafe-root]:+--without-user-namespace} || exit 3
  is_over
}

# lab_shells: a shell; if a reboot has ended it, another.
lab_shells() {
  local boot='' now status=0
  while lab_up 2>/dev/null && now=$(lab_run cat /proc/sys/kernel/random/boot_id) && [[ $now != "$boot" ]]; do
    [[ -z $boot ]] || tell 'The lab has rebooted.'
    boot=$now status=0
    lab_run --language bash --rcfile lab/shell.bash || status=$?
  done
  return "$status"
}

# asks_offline STAGE: whether it asks the offline price server.
asks_offline() {
  [[ $(of_stage "$1" prices) == prices && -z ${options[--live]:-} ]]
}

# put_unit ON STAGE [FOLDER]: ON is a function that runs a command where the unit goes: lab_run or
# as_root. A unit that is taken from FOLDER gets no hardening.
put_unit() {
  local on=$1 unit=$2 folder=${3:-} dropins=()
  [[ -n $folder ]] || dropins=(hardening.conf)
  if asks_offline "$unit"; then
    dropins+=(offline.conf)
    "$on" install -m 644 -t "$system" "$units/price-api.socket" "$units/price-api.service"
  fi
  "$on" install -m 644 -t "$system" "${folder:-$units}/$unit.service"
  "$on" rm -f "$system/$unit.service.d/offline.conf"
  if ((${#dropins[@]})); then
    "$on" install -d "$system/$unit.service.d"
    "$on" install -m 644 -t "$system/$unit.service.d" "${dropins[@]/#/$units/}"
  fi
  "$on" systemctl daemon-reload
}

own_systemd() {
  [[ -d /run/systemd/system ]] ||
    cannot "systemd is not this machine's PID 1; in the lab it is: ./course run %s" "$1"
}

# --- Progress ----------------------------------------------------------------------------------
# What a student has reached with this checkout is kept in the student's own folder, outside of the
# checkout: what comes with somebody's repository counts for nothing.

readonly state_home=${XDG_STATE_HOME:-${HOME:+$HOME/.local/state}}
readonly progress=$state_home/servicios/${CHECKOUT//\//%}%${work//\//%}

# remember FILE TEXT: one line. A home that takes nothing, or none at all, is no reason to fail.
remember() {
  { [[ -n $state_home ]] && mkdir -p "$progress/${1%/*}" && echo "$2" >"$progress/$1"; } 2>/dev/null ||
    tell 'course: this is not remembered: cannot write %s' "$progress/$1" >&2
}

# remembered_at FILE: the day and time that remember_now put there; fails if there is none.
remembered_at() {
  local line=''
  { read -r -n 16 line <"$progress/$1"; } 2>/dev/null || true
  [[ $line =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9]{2}:[0-9]{2}$ ]] && echo "$line"
}

remember_now() {
  remember "$1" "$(date '+%Y-%m-%d %H:%M')"
}

# Of a stage: that it has passed. Of an exercise: that it is solved.
remember_pass() { remember_now "passed/$1"; }
passed_at() { remembered_at "passed/$1"; }
remember_solved() { remember_now "solved/$1"; }
solved_at() { remembered_at "solved/$1"; }

# next_stage: the first that has not passed; nothing if all have. In the lab of a stage, that one.
next_stage() {
  local stage
  # A lab has no memory of what has passed.
  [[ -z ${SERVICIOS_LAB:-} || -z ${SERVICIOS_STAGE:-} ]] || { echo "$SERVICIOS_STAGE"; return; }
  while read -r stage; do
    passed_at "$stage" >/dev/null || { echo "$stage"; return; }
  done < <(stages)
}

# hints_seen STAGE: how many.
hints_seen() {
  local line=''
  { read -r -n 4 line <"$progress/hints/$1"; } 2>/dev/null || true
  [[ $line =~ ^[1-9][0-9]?$ ]] || line=0
  echo "$line"
}

remember_hints() {
  remember "hints/$1" "$2"
}
