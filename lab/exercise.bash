# shellcheck shell=bash
# What the exercises are made of: their texts, what was there before, and a check's results. lab/words/ has
# the words of exercises/NAME/setup and exercises/NAME/check. docs/exercises.md shows how to write one.
#
# A set-up runs in the lab. A check runs in it, too, when somebody types `check`; the one that counts
# runs outside, and asks the lab as `there` says. What a lab answers is data.

# shellcheck source=commands/messages.bash
[[ -v language ]] || source "${BASH_SOURCE[0]%/*}/../commands/messages.bash"
exercises=${SERVICIOS_EXERCISES:-exercises}  # the folder, from the course's
readonly kept=/var/lib/servicios             # in the lab: what is known of the exercise there
before=''                                    # what remember_* wrote when it began
readonly drop_ins=/etc/systemd/system shipped=/usr/local/share/servicios/units

# --- The table, and the texts --------------------------------------------------------------------

exercise_names() {
  awk '!/^#/ && NF { print $1 }' "$exercises/contents"
}

# group_of NAME: the lesson that has its text, or the grade of a broken machine.
group_of() {
  local name group
  while read -r name group; do
    [[ $name != "$1" ]] || { echo "$group"; return; }
  done <"$exercises/contents"
}

# text_file NAME: where it stands: in its lesson, or in its folder.
text_file() {
  local group
  group=$(group_of "$1")
  if [[ $group == [1-3] ]]; then echo "$exercises/$1/$language.md"; else echo "docs/$language/$group.md"; fi
}

# raw_text NAME: its Markdown, with its heading. In the lesson x, x-3 is what follows `### Exercise 3:`.
raw_text() {
  awk -v number="${1##*-}" -v whole="$([[ $(group_of "$1") != [1-3] ]] || echo yes)" '
    whole { print; next }
    /^##/ { inside = $0 ~ "^### (Exercise|Ejercicio) " number ":" }
    inside' "$(text_file "$1")"
}

# titles: of all, a line each: NAME TITLE. An exercise of a lesson is called as its heading is.
titles() {
  local grades
  mapfile -t grades < <(awk -v folder="$exercises" -v language="$language" \
    '!/^#/ && $2 ~ /^[123]$/ { print folder "/" $1 "/" language ".md" }' "$exercises/contents")
  awk -v folder="$exercises/" '
    index(FILENAME, folder) == 1 {
      if (/^# /) { split(substr(FILENAME, length(folder) + 1), path, "/"); print path[1], substr($0, 3); nextfile }
      next
    }
    /^### (Exercise|Ejercicio) [0-9]+: / {
      lesson = FILENAME; sub(/.*\//, "", lesson); sub(/\.md$/, "", lesson)
      number = $3; sub(":", "", number); sub(/^[^:]*: /, ""); print lesson "-" number, $0
    }' "docs/$language"/*.md "${grades[@]}"
}

title_of() {
  raw_text "$1" | sed -nE '1,/^#/s/^#+ //p'
}

# part_of NAME task|solution, part_of NAME hint NUMBER: its Markdown.
part_of() {
  raw_text "$1" | awk -v part="$2" -v number="${3:-0}" '
    /<details>/ { kind = "" }
    /<summary>/ { kind = /Hint|Pista/ ? "hint" : "solution"; hints += kind == "hint"; next }
    /<\/details>/ { kind = "task"; next }
    /<details>/ || (!/`/ && /^#+ /) { next }
    BEGIN { kind = "task" }
    kind == part && (part != "hint" || hints == number)'
}

hints_of() {
  raw_text "$1" | grep -cE '<summary>(Hint|Pista)' || true
}

# rendered: the Markdown on standard input as plain text, in lines for which the terminal has room.
rendered() {
  local columns=80
  [[ ! -t 1 ]] || read -r _ columns < <(stty size </dev/tty 2>/dev/null) || true
  ((columns > 20)) || columns=80
  awk -v columns="$columns" '
    /^```/ { flush(); code = !code; gap(); next }
    code { print "    " $0; last = $0; next }
    /^<!--.*-->$/ { next }
    /^$/ { flush(); gap(); next }
    { while (match($0, /\[[^][]*\]\([^)]*\)/)) {  # a link: its text alone
        link = substr($0, RSTART + 1, RLENGTH - 1); sub(/\].*/, "", link)
        $0 = substr($0, 1, RSTART - 1) link substr($0, RSTART + RLENGTH)
      }
      for (i = 1; i <= NF; i++) add($i) }
    END { flush() }
    function add(word) {
      if (line != "" && length(line) + length(word) + 1 > columns) flush()
      line = line (line == "" ? "" : " ") word
    }
    function flush() { if (line != "") { print line; last = line; line = "" } }
    function gap() { if (last != "") { print ""; last = "" } }' |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# --- What was there before -----------------------------------------------------------------------

# remember_programs: their checksums.
remember_programs() {
  sha256sum /usr/local/bin/[0-9]* /usr/local/bin/price-api | sed 's/^/program /'
}

# remember_units NAME: the settings, as systemd has them, of the shipped units for which its check says
# not_given_up. It puts each unit there and takes it away again: systemd reads a new unit as soon as it is
# asked about it.
remember_units() {
  local unit
  while read -r unit; do
    place_stage "$unit"
    settings_of "$unit" | sed "s/^/unit $unit /"
    rm -rf "$drop_ins/$unit.service" "$drop_ins/$unit.service.d" "$drop_ins"/price-api.*
  done < <(sed -nE 's/^not_given_up (.* )?([^ ]+)$/\2/p' "$exercises/$1/check" | sort -u) 2>/dev/null
}

# remember_files NAME: of the files for which its check says unchanged.
remember_files() {
  sed -n 's/^unchanged //p' "$exercises/$1/check" | xargs -r sha256sum | sed 's/^/file /'
}

# settings_of UNIT: those that a repair must not weaken, one NAME=VALUE per line.
settings_of() {
  local names
  names=$({
    printf '%s\n' User Group SupplementaryGroups AmbientCapabilities Type
    sed -s -nE '/^\[Service\]/,/^\[Install\]/s/^([A-Z][A-Za-z]*)=.*/\1/p' units/hardening.conf "units/$1.service"
  } | sed 's/Sec$/USec/' | grep -vE '^(Exec|Environment|StateDirectory|RuntimeDirectory|WorkingDirectory|Watchdog)' | sort -u | paste -sd ,)
  there systemctl show --property="$names" "$1"
}

# --- A check's results ---------------------------------------------------------------------------

# there COMMAND...: runs it in the lab, bounded. Outside, checks/exercise.bash has another of that name.
there() {
  timeout 60 "$@" </dev/null 2>/dev/null | head --bytes=1M
}

# begin_check: before a check is read.
begin_check() {
  passed=0 failed=0 skipping=''
  results=()  # four words each: pass, fail or skipped; what should be so; the reason; seconds
}

# claim FORMAT VALUE...: what the next word asks. Fails if it is not to be asked now.
claim() {
  translated "$1"
  # shellcheck disable=SC2059  # the format is a message of this repository
  printf -v claim "$REPLY" "${@:2}"
  claimed_at=$EPOCHREALTIME
  [[ -z $skipping ]] || {
    printf '  - %s\n' "$claim"
    results+=(skipped "$claim" "$skipping" 0)
    return 1
  }
}

holds() {
  passed=$((passed + 1))
  printf '  ✓ %s\n' "$claim"
  results+=(pass "$claim" '' "$(took)")
}

# fails FORMAT VALUE...: the reason. Values are data: without control characters, and short.
fails() {
  local reason values=("${@:2}")
  failed=$((failed + 1))
  values=("${values[@]//[[:cntrl:]]/ }")
  values=("${values[@]:0:20}")
  reason=$(tell "$1" "${values[@]}")
  reason=${reason:0:1000}
  printf '  ✗ %s\n      %-11s %s\n' "$claim" "$(tell reason)" "$reason"
  results+=(fail "$claim" "$reason" "$(took)")
}

# took: the seconds since claim.
took() {
  local microseconds=$((${EPOCHREALTIME/[.,]/} - ${claimed_at/[.,]/}))
  printf '%d.%03d' "$((microseconds / 1000000))" "$((microseconds / 1000 % 1000))"
}

# as_number TEXT: 0 if it is none. What a lab says gets into no arithmetic without this: bash would
# evaluate it.
as_number() {
  if [[ $1 =~ ^[0-9]{1,15}$ ]]; then echo "$((10#$1))"; else echo 0; fi
}

# value_of UNIT PROPERTY
value_of() {
  there systemctl show --value --property="$2" "$1"
}

# within SECONDS COMMAND...: whether it succeeds in that time. What does not soon is asked for less often.
within() {
  local soon=$((SECONDS + 3)) deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    if ((SECONDS < soon)); then sleep 0.4; else sleep 1; fi
  done
}

# shellcheck source=lab/words/setup.bash
source "${BASH_SOURCE[0]%/*}/words/setup.bash"
# shellcheck source=lab/words/check.bash
source "${BASH_SOURCE[0]%/*}/words/check.bash"
# shellcheck source=lab/words/repair.bash
source "${BASH_SOURCE[0]%/*}/words/repair.bash"
# shellcheck source=lab/words/machine.bash
source "${BASH_SOURCE[0]%/*}/words/machine.bash"
