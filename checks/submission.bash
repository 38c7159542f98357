# shellcheck shell=bash disable=SC2154  # commands/common.bash sets what they share
# A submission's way, from work/STAGE to its results. It is data until it is inside of a lab of its
# own, and nothing comes out of that but the events of its judge:
#
#   work/STAGE -> plain files -> a lab of its own -> built there as a user that exists only for it
#     -> put, enabled -> started and judged -> events through a pipe -> servicios-report, which
#     writes the results
#
#   submission_lab                            # boots a lab that holds nothing of any stage
#   submit STAGE UNIT OPTION... >EVENTS       # carries work/STAGE into it, and has it judged
#
# checks/receive is the lab's side. The judge comes after it: in a fresh clone the course is compiled while
# the submission is.

# shellcheck source=lab/limits
source lab/limits

submission_lab() {
  lab_start --submission --timezone "$(far_zone)" \
    ${options[--unsafe-root]:+--without-user-namespace}
}

# A time zone with a half hour in it, far from UTC and from this machine's: a date that is written in
# another zone than the lab's is found by that. If one of the two that are far has summer time now, it is that one:
# so a date in winter time is found, too.
far_zone() {
  local here zone=America/St_Johns
  here=$(date +%z)
  case $here in
    -*) zone=Australia/Adelaide ;;
    +0[0-4]*) [[ $(TZ=Australia/Adelaide date +%Z) != ACDT ]] || zone=Australia/Adelaide ;;
  esac
  echo "$zone"
}

# has_submissions: whether there is anything of a student's in work/. Hidden files are nothing.
has_submissions() {
  [[ -d $work && ! -L $work ]] && compgen -G "$work/*" >/dev/null
}

# plain_files FOLDER: their names from there on, with a NUL after each. Hidden ones are none of it.
plain_files() {
  find "$1" -xdev -mindepth 1 -name '.*' -prune -o \( -type f -o -type d \) -printf '%P\0'
}

# pack FOLDER: its plain files as a tar archive. No link is followed, and no name is taken for an
# option or a pattern. Another user builds them, so all may read them, whatever the student's umask was.
pack() {
  plain_files "$1" |
    tar --create --directory="$1" --null --no-recursion --files-from=- --hard-dereference \
      --owner=0 --group=0 --mode=a+rX,go-w 2>/dev/null
}

# left_behind FOLDER: what is neither a file nor a folder, a name a line.
left_behind() {
  find "$1" -xdev -mindepth 1 -name '.*' -prune -o ! -type f ! -type d -printf '%P\n' | head -n 20
}

is_too_large() {
  local files bytes
  files=$(plain_files "$1" | tr -dc '\0' | head -c "$((submission_files + 1))" | wc -c)
  bytes=$(pack "$1" | head -c "$((submission_bytes + 1))" | wc -c) || true
  ((files > submission_files || bytes > submission_bytes)) ||
    [[ -n $(find "$1" -xdev -mindepth 1 -name '.*' -prune -o -type f \( -name '*.service' -o -name '*.conf' \) \
      -size "+$((unit_bytes / 1024))k" -print -quit) ]]
}

# event KIND STAGE REASON: one of the caller's own, as docs/check-results.md has them. A reason may be what a
# machine has said.
event() {
  local reason
  reason=$(head --bytes=2000 <<<"${3//[$'\x01'-$'\x1f"\\']/ }" | iconv -c --from-code=UTF-8 --to-code=UTF-8)
  printf '{"event":"%s","stage":"%s","reason":"%s"}\n' "$1" "$2" "$reason"
}

# cannot_be_submitted FOLDER: whether that is so; sets $REPLY to why.
cannot_be_submitted() {
  if [[ -L $work ]]; then
    REPLY=$(tell '%s is a link, and links are not followed: make it a folder' "$work")
  elif [[ -L $1 ]]; then
    REPLY=$(tell '%s is a link, and links are not followed: make it a folder' "$1")
  elif [[ ! -d $1 ]]; then
    REPLY=$(tell 'there is no %s: ./course start %s makes it' "$1" "${1##*/}")
  else
    return 1
  fi
}

# submit STAGE UNIT OPTION...: OPTIONs are servicios-check's.
submit() {
  if cannot_be_submitted "$work/$1"; then event absent "$1" "$REPLY"; else submit_folder "$work/$1" "$@"; fi
}

leftovers=()  # files that go with the lab, however that ends

# submit_shipped STAGE OPTION...: the solution, as a student would have written it.
submit_shipped() {
  local folder
  folder=$(mktemp -d) || { event cannot "$1" "$(tell 'cannot write in %s' "${TMPDIR:-/tmp}")"; return; }
  leftovers+=("$folder")
  copy_solution "$1" "$folder"
  submit_folder "$folder" "$1" "$1" "${@:2}"
}

# copy_solution STAGE FOLDER
copy_solution() {
  cp "$1/main.cpp" "units/$1.service" "$2"
  sed 's|(\.\./cmake|(../../cmake|' "$1/CMakeLists.txt" >"$2/CMakeLists.txt"
}

# submit_folder FOLDER STAGE UNIT OPTION...: in a lab of its own.
submit_folder() {
  local why
  why=$(mktemp) || { event cannot "$2" "$(tell 'cannot write in %s' "${TMPDIR:-/tmp}")"; return; }
  leftovers+=("$why")
  trap 'lab_stop; rm -rf "${leftovers[@]}"' EXIT
  translated 'a lab starts'
  event progress "$2" "$REPLY"
  if submission_lab 2>"$why"; then
    have_judged "$@"
  else
    event cannot "$2" "$(<"$why")"
  fi
  lab_stop
  rm -rf "${leftovers[@]}"
  leftovers=()
  trap - EXIT
}

# submit_again STAGE UNIT OPTION...: in the lab that there is, which may have had it before.
submit_again() {
  if cannot_be_submitted "$work/$1"; then
    event absent "$1" "$REPLY"
  else
    SUBMITTED_AGAIN=yes have_judged "$work/$1" "$@"
  fi
}

# have_judged FOLDER STAGE UNIT OPTION...: in check_seconds, of which its build is a part. For an interval
# above 5 seconds it gets 40 times as much more.
have_judged() {
  local status=0 ends=$((SECONDS + check_seconds)) before
  [[ ! " $* " =~ \ --interval\ 0*([0-9]+) || ${BASH_REMATCH[1]} -le 5 ]] ||
    ends=$((ends + 40 * (BASH_REMATCH[1] - 5)))
  translated 'it is built in the lab'
  event progress "$2" "$REPLY"
  carry "$1" "$2" "$3" || { event aborted "$2" "$(why_aborted "$?")"; return; }
  before=$SECONDS
  # shellcheck disable=SC2046  # its words
  judge_is_there || (compile $(judge_targets "$2")) ||
    { event cannot "$2" "$(tell 'the judge could not be compiled')"; return; }
  ends=$((ends + SECONDS - before))  # that time is not the submission's
  judge_is_there || bring_judge || status=$?
  case $status in
    0) ;;
    3) event cannot "$2" "$(tell 'the judge could not be put together: is the disk of this machine full?')"; return ;;
    *) event aborted "$2" "$(why_aborted 5)"; return ;;
  esac
  judge_there "${@:2}" || status=$?
  # What runs as nobody cannot have ended the judge, nor made it fail.
  [[ " $* " != *' --strict '* || ! $status =~ ^(2|3|126|127|134|139)$ || -n $(lab_limit_reached 2>/dev/null) ]] ||
    { event cannot "$2" "$(tell 'the judge itself has failed (exit status %s): please report it' "$status")"; return; }
  case $status in
    0 | 1 | 3) tell_limits "$2" ;;  # what the judge itself ends with
    *) event aborted "$2" "$(why_aborted "$status")" ;;
  esac
}

# in_lab COMMAND...: as root, in / of the lab, until check_seconds are over. timeout(1) says 124, unless it
# had to kill it.
in_lab() {
  local left=$((ends - SECONDS)) status=0
  ((left > 0)) || return 124
  as_root timeout --kill-after=5 "$left" "$CHECKOUT/lab/machine" run "$LAB" / \
    "SERVICIOS_BUILD_SECONDS=$build_seconds" "SUBMITTED_AGAIN=${SUBMITTED_AGAIN:-}" -- "$@" || status=$?
  ((SECONDS < ends)) || return 124
  return "$status"
}

# carry FOLDER STAGE UNIT: through a pipe into the lab, which builds it and puts it into place.
carry() {
  local pack=pack
  # In a lab that has had a submission, these programs may be others. What they say is for nobody.
  lab_run sh -c "rm -rf /run/servicios && mkdir -m 700 /run/servicios" </dev/null >/dev/null 2>&1
  left_behind "$1" | lab_run tee /run/servicios/left-behind >/dev/null 2>&1
  if is_too_large "$1"; then
    lab_run touch /run/servicios/too-large </dev/null >/dev/null 2>&1
    pack=:
  fi
  # Whatever keeps tar from reading is told by what is missing then.
  { "$pack" "$1" || true; } | in_lab "$CHECKOUT/checks/receive" "${@:2}" 2>/dev/null
}

# judge_targets STAGE...: what judges these, a target a line; and the stages, so that what a submission
# shares with them is in the course's ccache.
judge_targets() {
  local stage
  printf '%s\n' servicios-check "$@"
  for stage; do [[ $(of_stage "$stage" prices) != prices ]] || { echo price-api; return; }; done
}

judge_is_there() {
  [[ ${judge_is_in:-} == "$LAB" ]]
}

# bring_judge: what is compiled, into the lab, where nobody calls it by chance. Fails with 3 if this machine
# does not let it.
bring_judge() {
  local programs folder status=0
  programs=$(mktemp -d) || return 3
  for folder in checks lab; do
    DESTDIR=$programs cmake --install "$build_folder/$folder" --prefix /usr/local/lib/servicios >/dev/null ||
      { rm -r "$programs"; return 3; }
  done
  tar --create --owner=0 --group=0 --mode=a+rX,go-w --directory="$programs" usr |
    lab_run tar --extract --directory=/ || status=$?
  rm -r "$programs"
  judge_is_in=$LAB
  return "$status"
}

# judge_there STAGE UNIT OPTION...: starts it and judges it. Its status is the judge's. What comes out ends with
# the judge, though something in the lab may hold the pipe for longer.
judge_there() {
  local mark="-- $SRANDOM$SRANDOM" status=0
  {
    in_lab /usr/local/lib/servicios/bin/servicios-check "$1" --stream --facts /run/servicios --unit "$2" "${@:3}" \
      2>/dev/null || status=$?
    printf '\n%s %s\n' "$mark" "$status"
  } | in_name_of "$1" "$mark"
}

# in_name_of STAGE MARK: marks each line as this stage's: no lab speaks for another, or for the caller. Ends with
# the status behind MARK, or with 141 if there is too much to read. A longer line than an event's is none.
in_name_of() {
  local LC_ALL=C line left=$event_bytes
  while IFS= read -r -n 70000 line || [[ -n $line ]]; do
    [[ $line != "$2 "* ]] || return "${line##* }"
    left=$((left - ${#1} - ${#line} - 2))
    ((left >= 0)) || return 141
    [[ -z $line ]] || printf '%s %s\n' "$1" "$line"
  done
}

# tell_limits STAGE: what it wanted too much of, though it was judged.
tell_limits() {
  local limit
  while read -r limit; do
    case $limit in
      memory) translated 'it needed more memory than there is (lab_memory in lab/limits)' ;;
      tasks) translated 'it started more processes than it may (lab_tasks in lab/limits)' ;;
    esac
    event limit "$1" "$REPLY"
  done < <(lab_limit_reached 2>/dev/null)
}

# why_aborted STATUS: why the judge did not come to its end.
why_aborted() {
  local limits alive=0 left=30
  limits=$(lab_limit_reached 2>/dev/null) || true
  lab_alive 2>/dev/null || alive=$?
  # A systemd that does not answer may be one of a machine that is just ending.
  while (($1 == 4 && alive == 0 && left-- > 0)); do
    sleep 0.1
    lab_alive 2>/dev/null || alive=$?
  done
  if [[ $limits == *memory* ]]; then
    translated 'it needed more memory than there is (lab_memory in lab/limits)'
  elif [[ $limits == *tasks* ]]; then
    translated 'it started more processes than it may (lab_tasks in lab/limits)'
  elif ((alive == 1)); then
    translated 'it has ended the machine while it was judged, as poweroff does'
  elif ((alive == 2)); then
    translated 'it has rebooted the machine while it was judged'
  elif (($1 == 124)); then
    translated 'its check took longer than it may (check_seconds in lab/limits)'
  elif (($1 == 5)); then
    translated 'it could not be put into place: is the disk of the lab full (lab_disk in lab/limits)?'
  elif (($1 == 141)); then
    translated 'more came out of its lab than results can be (event_bytes in lab/limits)'
  elif (($1 == 4)); then
    translated 'systemd or the journal did not answer any more: it has broken what it is judged by'
  else
    translated 'it has ended the judge'
  fi
  echo "$REPLY"
}
