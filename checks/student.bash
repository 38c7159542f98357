# shellcheck shell=bash disable=SC2154  # build_folder, called_from and work are ./course's
# What a student does with ./course beside running it: start a stage, check it, see how far one is.
# Sourced by ./course. git ignores work/; what is remembered lies in it, too.

readonly progress=$CHECKOUT/$work/.progress

# work/STAGE, from where the stage begins: 04 from 03 as it is shipped, 05 from 04.
course_start() {
  local stage folder from='' kept
  stage=$(stage_named "${1:-}")
  folder=$work/$stage
  if [[ -e $folder ]]; then
    kept=$folder.$(date +%Y-%m-%d-%H%M%S)
    mv --no-clobber --no-target-directory "$folder" "$kept"
    echo "What was in $folder is now in $kept"
  fi
  mkdir -p "$folder"
  case $stage in
    04-*) from=03-price-fetcher ;;
    05-*) from=04-logger-levels ;;
  esac
  if [[ -n $from ]]; then
    sed "1s/$from/$stage/" "$from/main.cpp" >"$folder/main.cpp"
    sed "s/$from/$stage/" "units/$from.service" >"$folder/$stage.service"
  else
    cp "starters/$stage/main.cpp" "starters/$stage/$stage.service" "$folder"
  fi
  sed 's|(\.\./cmake|(../../cmake|' "$stage/CMakeLists.txt" >"$folder/CMakeLists.txt"
  cat <<END
$folder is yours: main.cpp, $stage.service and a CMakeLists.txt that builds.
Build it with ./course build $folder, check it with ./course check $stage --lab.
END
}

# Builds work/STAGE.
build_work() {
  local folder=$work/$1
  [[ -d $folder ]] || misuse "there is no $folder: ./course start $1 makes it"
  [[ -e $folder/CMakeLists.txt ]] || misuse "$folder has no CMakeLists.txt to build it by"
  cmake -S "$folder" -B "build/$folder" >/dev/null || fail "could not configure $folder"
  cmake --build "build/$folder" --parallel "$(nproc)" ||
    fail "could not build $folder; what the compiler said is above"
}

# On this machine's systemd; in the lab where there is none, or with --lab: there the student's
# stages are put from work/, or the shipped ones while it has none.
course_check() {
  local stage='' unit='' in_lab='' options=() junit='' json=''
  [[ -d /run/systemd/system ]] || in_lab=yes
  while (($#)); do
    case $1 in
      --lab) in_lab=yes ;;
      --gentle) options+=("$1") ;;
      --unit | --dir | --interval | --lang | --junit | --json)
        [[ -n ${2:-} ]] || misuse "$1: its value is missing"
        case $1 in
          --junit) junit=$(absolute "$2") ;;
          --json) json=$(absolute "$2") ;;
          --dir) options+=("$1" "$(absolute "$2")") ;;
          --unit) unit=${2%.service} options+=("$1" "$2") ;;
          *) options+=("$1" "$2") ;;
        esac
        shift
        ;;
      -*) misuse "check has no option $1; it has --lab --gentle --unit --dir --interval --lang --junit --json" ;;
      all)
        [[ -z $stage ]] || misuse "one stage, or all: $stage, or all?"
        stage=all
        ;;
      *) stage=$(stage_named "$1" "$stage") ;;
    esac
    shift
  done
  [[ -n $stage ]] || misuse "check what? There are: $(stages | paste -sd ' ') all"
  local asked=("$stage") status=0
  [[ $stage != all ]] || mapfile -t asked < <(stages)

  # shellcheck disable=SC2034  # ./course's: what keeps the check from looking is not the student's
  failure=3
  need build lab test
  mapfile -t targets < <(stages)
  compile "${targets[@]}" price-api servicios-check
  local on=as_root summary='' results
  if [[ -n $in_lab ]]; then
    on=lab_run
    start_lab
  fi
  # A lab sees of this machine's files only the checkout's: results go there first.
  results=$(mktemp -d "$CHECKOUT/build/results.XXXXXX")
  # shellcheck disable=SC2064  # its name as it is now
  trap "lab_stop; rm -rf ${results@Q}" EXIT
  options+=(--json "$results/check.json" --junit "$results/check.xml")
  [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || summary=$results/summary.md
  local judge=$build_folder/checks/servicios-check
  if [[ -n $in_lab ]]; then
    judge=/usr/local/bin/servicios-check  # as it was before anything of the student's was built
    put_submissions "$unit" "${asked[@]}"
  fi
  "$on" env "LANG=${LANG:-C.UTF-8}" ${summary:+"GITHUB_STEP_SUMMARY=$summary"} \
    "$judge" "$stage" "${options[@]}" || status=$?
  [[ -e $results/check.json ]] || return "$status"  # nothing was checked
  [[ -z $summary ]] || cat "$summary" >>"$GITHUB_STEP_SUMMARY"
  [[ -z $json ]] || cp "$results/check.json" "$json"
  [[ -z $junit ]] || cp "$results/check.xml" "$junit"
  # What passed as it is shipped is not the student's; nor is what a shell in a lab has installed.
  # And a gentle check leaves something out.
  ((status != 0)) || [[ " ${options[*]} " == *' --gentle '* || -n ${SERVICIOS_LAB:-} ]] ||
    { [[ -n $in_lab ]] && ! has_begun; } || remember "${asked[@]}"
  return "$status"
}

# A path as the caller wrote it, from where the caller stood.
absolute() {
  (cd "$called_from" && realpath --no-symlinks -- "$1")
}

# Whether there is something of the student's: a repository without one stage is no empty folder.
has_begun() {
  compgen -G "$work/*" >/dev/null || [[ -e $work/.git ]]
}

# put_submissions UNIT STAGE...: without a UNIT, each stage's is called as the stage.
put_submissions() {
  local unit=$1 stage name drop_ins
  shift
  has_begun || echo "Nothing is in $work/: these are the stages as they are shipped."
  for stage; do
    if ! has_begun; then
      put_unit lab_run "$stage" ''
    elif [[ -d $work/$stage ]]; then
      # What is missing is for the check to say. The shipped program must not stand in for it.
      lab_run rm "/usr/local/bin/$stage"
      if [[ ! -e $work/$stage/CMakeLists.txt && -f $work/$stage/$stage ]]; then  # a script
        lab_run install -m 755 -t /usr/local/bin "$work/$stage/$stage"
      elif (build_work "$stage"); then
        lab_run install -m 755 -t /usr/local/bin "build/$work/$stage/$stage"
      fi
      name=${unit:-$stage}
      drop_ins=$work/$stage/$name.service.d
      if compgen -G "$drop_ins/*.conf" >/dev/null; then
        lab_run install -D -m 644 -t "$system/$name.service.d" "$drop_ins"/*.conf
      fi
      [[ ! -e $work/$stage/$name.service ]] ||
        put_unit lab_run "$stage" '' "$work/$stage" "$name"
    fi
    lab_run systemctl enable --now "${unit:-$stage}" >/dev/null 2>&1 || true
  done
}

# --- Progress ----------------------------------------------------------------------------------

remember() {
  local stage
  mkdir -p "$progress/passed"
  for stage; do date '+%Y-%m-%d %H:%M' >"$progress/passed/$stage"; done
}

course_status() {
  local stage passed next=''
  while read -r stage; do
    passed=$(cat "$progress/passed/$stage" 2>/dev/null) || true
    if [[ -n $passed ]]; then
      echo "passed  $passed  $stage"
    else
      [[ -d $work/$stage ]] && echo "begun                     $stage" || echo "-                         $stage"
      [[ -n $next ]] || next=$stage
    fi
  done < <(stages)
  if [[ -z $next ]]; then
    echo 'All five have passed.'
  elif [[ -d $work/$next ]]; then
    echo "Next: write $work/$next, then ./course check $next"
  else
    echo "Next: ./course start $next, and read docs/en/$next.md or docs/es/$next.md"
  fi
}

# One line more of the stage's hints each time.
course_hint() {
  local stage language=en shown=0 hints
  stage=$(stage_named "${1:-}")
  [[ ${LANG:-} != es* ]] || language=es
  mapfile -t hints <"starters/$stage/hints.$language"
  mkdir -p "$progress/hints"
  [[ ! -e $progress/hints/$stage ]] || shown=$(<"$progress/hints/$stage")
  ((shown == ${#hints[@]})) || shown=$((shown + 1))
  echo "$shown" >"$progress/hints/$stage"
  echo "$shown/${#hints[@]}: ${hints[shown - 1]}"
}

# Checks again, without disturbing, whenever the unit, the program or the journal changes.
course_watch() {
  local stage unit='' places=() changes
  stage=$(stage_named "${1:-}")
  need build lab test watch
  [[ ! -d $work/$stage ]] || places+=("$work/$stage")
  if [[ -d /run/systemd/system && " $* " != *' --lab '* ]]; then
    places+=("$system" /usr/local/bin)
    unit=$stage
    [[ ! " $* " =~ ' --unit '([^ ]+) ]] || unit=${BASH_REMATCH[1]}
  fi
  ((${#places[@]})) || misuse "there is nothing to watch yet: ./course start $stage"
  trap 'exit 0' INT
  trap 'exit 143' TERM
  exec {changes}< <(changes_of "$unit" "${places[@]}")
  while true; do
    "$CHECKOUT/course" check "$stage" --gentle "${@:2}" || true
    echo "Watching ${places[*]}${unit:+ and the journal of $unit}; Ctrl-C ends it."
    # What changed while it was checked is checked now.
    next_change || fail 'could not watch; what inotifywait said is above'
    while read -r -t 0.2 -u "$changes"; do :; done
  done
}

# changes_of UNIT PLACE...: becomes a process that writes a line for each change, and ends with the
# shell that reads them, however that ends. Ctrl-C does not reach what a shell put aside.
changes_of() {
  if [[ -n $1 ]]; then
    setpriv --pdeathsig TERM journalctl --quiet --follow --lines=0 --unit="$1" \
      --output=json --output-fields=MESSAGE_ID &
  fi
  exec setpriv --pdeathsig TERM inotifywait --quiet --monitor --recursive \
    --event modify,close_write,create,delete,move "${@:2}"
}

# What systemd has against a line it says again each time that a check has it look at the unit.
next_change() {
  local line bad_line=c772d24e9a884cbeb9ea12625c306c01
  while read -r -u "$changes" line; do
    [[ $line == *"$bad_line"* ]] || return 0
  done
  return 1
}
