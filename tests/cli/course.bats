# ./course wherever it is called from, in both languages, and what it says to whom. No lab is needed.

load ../helpers

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  unset LC_ALL LC_MESSAGES LANGUAGE
  export LANG=C.UTF-8 SERVICIOS_WORK=work-course XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
  rm -rf "$SERVICIOS_WORK"
}

teardown() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  rm -rf "$SERVICIOS_WORK"
}

# pass STAGE: as a check that it passed has it remembered.
pass() {
  local progress
  progress=$XDG_STATE_HOME/servicios/${PWD//\//%}%$SERVICIOS_WORK/passed
  mkdir -p "$progress"
  echo '2026-11-22 14:48' >"$progress/$1"
}

# on_terminal COLUMNS COMMAND: in a terminal as wide; $answer is what is typed there.
on_terminal() {
  (
    set -o pipefail
    script --quiet --return --command "stty cols $1; $2" /dev/null <<<"${answer:-}" | tr -d '\r'
  )
}

# --- Where it is called from -------------------------------------------------------------------

@test "it works from any folder, by a symbolic link, and whatever CDPATH and umask are" {
  local link=$BATS_TEST_TMPDIR/servicios
  ln -s "$PWD/course" "$link"
  mkdir -p "$BATS_TEST_TMPDIR/lab" "$BATS_TEST_TMPDIR/commands"
  cd "$BATS_TEST_TMPDIR"
  export CDPATH=$BATS_TEST_TMPDIR:/
  umask 077
  run "$link" start 01
  echo "$output"
  [[ $status == 0 && ${lines[0]} == "$SERVICIOS_WORK/01-date-daemon is yours:"* ]]
  cd "$BATS_TEST_DIRNAME/../.."
  [[ $(find "$SERVICIOS_WORK" ! -perm -o=r) == '' ]]
}

@test "on a terminal a build is one line, and what the compiler says another" {
  local bin=$BATS_TEST_TMPDIR/bin
  mkdir "$bin"
  printf '%s\n' '#!/bin/sh' 'case $1 in --build) ;; *) exit 0 ;; esac' \
    'echo "[1/2] Building a"; echo "[2/2] Building b"; echo "b.cpp:1:1: error: c"; exit 1' >"$bin/cmake"
  chmod +x "$bin/cmake"
  run on_terminal 80 "PATH=$bin:$PATH TERM=xterm ./course check 01 --here"
  echo "$output"
  [[ $status == 3 && $output == *$'\e[K  … [1/2] Building a\e[K  … [2/2] Building b\e[Kb.cpp:1:1: error: c\n'* ]]
  PATH=$bin:$PATH run ./course check 01 --here
  [[ $output == *$'[1/2] Building a\n[2/2] Building b\nb.cpp:1:1: error: c\n'* ]]
}

@test "a stage is named by its number, its beginning, or its place in work/" {
  ./course start 1
  local name
  for name in 01 1 01-date 01-date-daemon/ "$SERVICIOS_WORK/01-date-daemon" "$SERVICIOS_WORK/01-date-daemon/"; do
    run ./course hint "$name"
    [[ $output == [1-6]/6:* ]]
  done
  for name in "./$SERVICIOS_WORK/01-date-daemon" "$PWD/$SERVICIOS_WORK/01-date-daemon/main.cpp"; do
    run ./course hint "$name"
    [[ $output == 6/6:* ]]
  done
  for name in 0 '' x 06 / "$SERVICIOS_WORK/"; do
    fails_in_one_line 2 'course: ' ./course hint "$name"
  done
}

# --- Languages ---------------------------------------------------------------------------------

@test "the language is that of LC_ALL, then LC_MESSAGES, then LANG; LANGUAGE wins unless they ask for C" {
  local line settings expected
  while read -r expected settings; do
    # shellcheck disable=SC2086  # its words
    line=$(env LANG= $settings ./course help | head -n 1)
    echo "$settings: $line"
    case $expected in
      es) [[ $line == 'Servicios: servicios de Linux'* ]] ;;
      en) [[ $line == 'Servicios: Linux services'* ]] ;;
    esac
  done <<'END'
en LANG=en_US.UTF-8
es LANG=es_MX.UTF-8
es LANG=es
en LANG=es_MX.UTF-8 LC_MESSAGES=en_US.UTF-8
es LANG=en_US.UTF-8 LC_MESSAGES=es_AR.UTF-8
en LANG=es_MX.UTF-8 LC_MESSAGES=es_MX.UTF-8 LC_ALL=C
es LANG=C LC_MESSAGES=C LC_ALL=es_ES.UTF-8
es LANG=C.UTF-8 LANGUAGE=es
es LANG=fr_FR.UTF-8 LANGUAGE=fr:es:en
en LANG=es_MX.UTF-8 LANGUAGE=en:es
en LANG=C LANGUAGE=es
en LANG=POSIX LANGUAGE=es
en LANG=fr_FR.UTF-8
END
}

@test "--lang stands before the command or behind it, and complaints are in that language, too" {
  local line
  for line in '--lang es help' '--lang=es help' 'help --lang es' 'help --lang=es' '--lang es --help'; do
    # shellcheck disable=SC2086  # its words
    run ./course $line
    [[ $status == 0 && ${lines[0]} == 'Servicios: servicios de Linux'* ]]
  done
  run ./course --lang es
  [[ $status == 0 && $output == *'Sigue: lee'* ]]
  run ./course run --lang es --help
  [[ $output == *'Ejecuta una etapa'*'--live '*' le pregunta'* ]]
  fails_in_one_line 2 "no hay ningún comando 'coffee'" ./course coffee --lang es
  fails_in_one_line 2 'no tiene la opción --hot' ./course status --hot --lang es
  fails_in_one_line 2 "no hay ninguna etapa '9'" ./course --lang es hint 9
  fails_in_one_line 2 'write es or en' ./course --lang fr
  fails_in_one_line 2 'its value is missing' ./course --lang
  LANG=es_MX.UTF-8 fails_in_one_line 2 'there is no stage' ./course hint 9 --lang en
}

@test "hints and the beginning of a stage are in that language" {
  run ./course hint --lang es 01
  [[ $output == '1/6: Empieza por el bucle'* ]]
  ./course start 01 --lang es
  diff starters/01-date-daemon/main.es.cpp "$SERVICIOS_WORK/01-date-daemon/main.cpp"
  diff starters/01-date-daemon/01-date-daemon.es.service "$SERVICIOS_WORK/01-date-daemon/01-date-daemon.service"
  [[ $(find "$SERVICIOS_WORK" -type f -printf '%f\n' | sort | paste -sd ' ') == \
    '01-date-daemon.service CMakeLists.txt main.cpp' ]]
}

# --- The next step -----------------------------------------------------------------------------

@test "start and hint without a stage take the first that has not passed" {
  pass 01-date-daemon
  pass 03-price-fetcher
  run ./course hint
  [[ $output == "1/$(wc -l <starters/02-logging/hints.en): $(head -n 1 starters/02-logging/hints.en)" ]]
  run ./course start
  [[ $status == 0 && -f $SERVICIOS_WORK/02-logging/main.cpp ]]
  pass 02-logging
  pass 04-logger-levels
  pass 05-journald
  fails_in_one_line 2 'all stages have passed, so name one: 01-date-daemon' ./course start
}

@test "start on a stage that has passed asks first; without a terminal it names --again" {
  ./course start 01
  pass 01-date-daemon
  echo '// mine' >>"$SERVICIOS_WORK/01-date-daemon/main.cpp"
  fails_in_one_line 2 'has passed; to begin it again: ./course start 01-date-daemon --again' ./course start 01
  for answer in n '' maybe; do
    run on_terminal 80 './course start 01'
    echo "$output"
    [[ $status == 1 && $output == *'Begin it again?'* ]]
    grep -x '// mine' "$SERVICIOS_WORK/01-date-daemon/main.cpp"
  done
  answer=s run on_terminal 80 './course start 01 --lang es'
  echo "$output"
  [[ $status == 0 && $output == *'¿La empiezas de nuevo?'* ]]
  [[ $(tail -n 1 "$SERVICIOS_WORK/01-date-daemon/main.cpp") != '// mine' ]]
  grep -x '// mine' "$SERVICIOS_WORK"/01-date-daemon.*/main.cpp
  ./course start 01 --again
}

@test "a stage that grows out of another begins with your own, if that has passed, and says which" {
  local own=$SERVICIOS_WORK/03-price-fetcher new=$SERVICIOS_WORK/04-logger-levels
  ./course start 03
  printf '// 03-price-fetcher: mine\n// and my second line\n' >"$own/main.cpp"
  echo '// my header' >"$own/prices.hpp"
  sed -i 's/^# 1\. .*/Description=03-price-fetcher, by me/' "$own/03-price-fetcher.service"
  mkdir "$own/03-price-fetcher.service.d"
  echo '[Service]' >"$own/03-price-fetcher.service.d/mine.conf"
  run ./course start 04
  [[ $status == 0 && $output == *"begins with the course's own 03-price-fetcher, "* ]]
  diff <(tail -n +2 03-price-fetcher/main.cpp) <(tail -n +2 "$new/main.cpp")

  pass 03-price-fetcher
  run ./course start 04
  echo "$output"
  [[ $status == 0 && $output == *"It begins with your own $own, which has passed."* ]]
  [[ $(<"$new/main.cpp") == $'// 04-logger-levels: mine\n// and my second line' ]]
  grep -x 'Description=04-logger-levels, by me' "$new/04-logger-levels.service"
  [[ $(find "$new" -type f -printf '%P\n' | sort | paste -sd ' ') == \
    '04-logger-levels.service 04-logger-levels.service.d/mine.conf CMakeLists.txt main.cpp prices.hpp' ]]
  grep -F 'include(../../cmake/logging.cmake)' "$new/CMakeLists.txt"
  [[ $output != *'add what you had changed'* ]]

  # A link to a file elsewhere: that one stays as it is.
  mv "$own/main.cpp" "$BATS_TEST_TMPDIR/mine.cpp"
  ln -s "$BATS_TEST_TMPDIR/mine.cpp" "$own/main.cpp"
  ./course start 04
  [[ $(<"$new/main.cpp") == '// 04-logger-levels: mine'* && $(<"$BATS_TEST_TMPDIR/mine.cpp") == '// 03-price-fetcher: mine'* ]]

  # How it is built is the new stage's matter; what was changed there is told.
  echo '# mine' >>"$own/CMakeLists.txt"
  run ./course start 04
  [[ $status == 0 && $output == *"$new/CMakeLists.txt is the new stage's: add what you had changed"* ]]
}

# --- Terminals ---------------------------------------------------------------------------------

# How many columns the longest line of $output takes.
widest() {
  wc --max-line-length <<<"$output"
}

@test "the page of ./course fits into 40 columns, and shows the titles where there is room" {
  run on_terminal 40 ./course
  echo "$output"
  (($(widest) <= 40))
  [[ $output == *'→ 01-date-daemon'*'./course start 01-date-daemon' ]]
  mkdir -p "$SERVICIOS_WORK/01-date-daemon"
  run on_terminal 40 './course --lang es'
  echo "$output"
  (($(widest) <= 40))
  [[ $output == *empezada* ]]
  run on_terminal 80 ./course
  [[ $output == *'01-date-daemon     begun             0/6  Stage 01: the date daemon'* ]]
}

@test "help fits into the terminal, and names each command with what it does" {
  run on_terminal 60 './course help'
  echo "$output"
  (($(widest) <= 60))
  local command
  for command in check exercise; do
    run on_terminal 60 "./course --lang es help $command"
    echo "$output"
    (($(widest) <= 60))
    [[ $output == *"./course $command"* && $output != *$'\x1f'* ]]
  done
  run on_terminal 80 './course watch --help'
  [[ $output == *$'\n  [--interval SECONDS] [--unsafe-root]'*'  --unsafe-root       goes on'*$'\n                      '[a-z]* ]]
  output=$(./course help)
  for command in commands/*; do
    [[ ! -f $command || $command == *.bash ]] || grep "^  ./course ${command#commands/}" <<<"$output"
  done
  fails_in_one_line 2 "there is no command 'po'" ./course po
  [[ $(./course help start) == "$(./course start --help)" ]]
}

# --- In the lab --------------------------------------------------------------------------------

@test "what belongs outside says in a lab that you are in one, in one line, and does nothing" {
  local command
  for command in lab run start test bench exercise; do
    SERVICIOS_LAB=yes fails_in_one_line 2 "you are in the lab: leave it with 'exit'" ./course "$command"
  done
  SERVICIOS_LAB=yes fails_in_one_line 2 'estás en el laboratorio' ./course lab true --lang es
  SERVICIOS_LAB=yes run ./course
  [[ $status == 0 ]]
  SERVICIOS_LAB=yes run ./course hint 01
  [[ $output == '1/6: '* ]]
}

# --- Root, and what a machine lacks ------------------------------------------------------------

# as_student SUDO COMMAND...: as a user who is not root, on a machine where sudo is this script.
as_student() {
  local machine=$BATS_TEST_TMPDIR/machine
  mkdir -p "$machine/bin"
  printf '#!/bin/sh\n%s\n' "$1" >"$machine/bin/sudo"
  chmod 755 "$machine/bin/sudo"
  cp -r course commands lab stages starters docs "$machine"
  chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "${BATS_FILE_TMPDIR%/*/*}"
  chown -R nobody "$machine"
  (cd "$machine" && setsid --wait setpriv --reuid=nobody --regid=nogroup --clear-groups \
    env HOME="$machine" SHELL=/bin/sh PATH="$machine/bin:$PATH" "${@:2}")
}

@test "without a terminal it passes on what sudo says, and ends with 3" {
  fails_with 3 'you are not root; why is above' \
    as_student 'echo "sudo: nobody is not in the sudoers file." >&2; exit 1' ./course run 01
  [[ $output == *'sudo: nobody is not in the sudoers file.'* ]]
}

@test "before sudo asks for a password, it is said what for" {
  # It asks unless it is told not to, and then gives no right.
  fails_with 3 'need root. sudo asks for your password' \
    as_student 'case $* in --non-interactive*) exit 1 ;; esac; echo "[sudo] password for nobody:" >&2; exit 1' \
    script --quiet --return --command './course run 01' /dev/null
  [[ $output == *'sudo asks for your password'*'[sudo] password for nobody:'*'you are not root'* ]]
  # One that asks for nothing is not announced.
  run as_student 'exit 0' ./course run 01
  [[ $output != *'asks for your password'* ]]
}

# doctor_without PACKAGE: as if that were not installed. In a lab, where it boots none.
doctor_without() {
  local bin=$BATS_TEST_TMPDIR/bin
  mkdir -p "$bin"
  printf '#!/bin/sh\n/usr/bin/dpkg-query "$@" | grep -v " %s$"\n' "$1" >"$bin/dpkg-query"
  chmod +x "$bin/dpkg-query"
  PATH=$bin:$PATH SERVICIOS_LAB=yes run ./course doctor "${@:2}"
  echo "$output"
}

@test "doctor ends with what to do first, or with you are ready" {
  doctor_without systemd-container
  [[ $status == 1 && ${lines[-1]} == 'First: sudo apt-get install systemd-container' ]]
  # What a student does not need may be missing.
  doctor_without bats
  [[ $status == 0 && ${lines[-1]} == 'You are ready: '* && $output == *'missing  test: bats: '* ]]
  doctor_without bats --lang es
  [[ $status == 0 && ${lines[-1]} == 'Todo listo: '* && $output == *'falta    test: bats: pruebas'* ]]
  run as_student 'exit 1' ./course doctor
  [[ $status == 1 && ${lines[-1]} == 'First: be root, '* ]]
}

# on_system OS_RELEASE COMMAND...: where os-release(5) says this, rpm and pacman know no package as
# installed, and dnf and pacman install. What they are asked is in $ASKED, what they answer is $ANSWER.
on_system() {
  local bin=$BATS_TEST_TMPDIR/bin tool
  export ASKED=$BATS_TEST_TMPDIR/asked ANSWER=${ANSWER:-0}
  mkdir -p "$bin"
  for tool in rpm dnf pacman; do
    printf '#!/bin/sh\n[ "$1" != --query ] || exit 1\necho "${0##*/} $*" >>"$ASKED"\nexit "$ANSWER"\n' >"$bin/$tool"
    chmod +x "$bin/$tool"
  done
  printf '%b' "$1" >"$BATS_TEST_TMPDIR/os-release"
  : >"$ASKED"
  PATH=$bin:$PATH SERVICIOS_LAB=yes unshare --mount \
    bash -c 'mount --bind "$0" /etc/os-release && exec "$@"' "$BATS_TEST_TMPDIR/os-release" "${@:2}"
}

@test "doctor speaks of the packages by the names and the package manager of the system" {
  local system
  for system in 'ID=fedora' 'ID="rocky"\nID_LIKE="rhel centos fedora"' "NAME=x\nID_LIKE='fedora'\nID=x"; do
    run on_system "$system" ./course doctor
    echo "$output"
    [[ $status == 1 && $output == *'missing  gcc-c++: the compiler (dnf install gcc-c++)'* ]]
    [[ ${lines[-1]} == 'First: sudo dnf install gcc-c++ cmake '* && $output != *libcurl4-openssl-dev* ]]
  done
  for system in 'ID=arch' 'ID=manjaro\nID_LIKE=arch'; do
    run on_system "$system" ./course doctor --lang es
    echo "$output"
    [[ $status == 1 && $output == *'falta    gcc: el compilador (pacman -S gcc)'* ]]
    [[ ${lines[-1]} == 'Primero: sudo pacman -S gcc cmake ninja '* && $output != *clang-tidy* ]]
  done
  for system in 'ID=debian' 'ID=ubuntu\nID_LIKE=debian' 'ID=archaic\nID_LIKE="not-fedora"' ''; do
    run on_system "$system" ./course doctor
    [[ $output == *'g++: the compiler'* && $output != *dnf* && $output != *pacman* ]]
  done
}

@test "what is missing is installed by the package manager of the system, and it is said if it cannot" {
  local need='source commands/common.bash; need lesson'
  on_system 'ID=fedora' bash -euc "$need"
  [[ $(<"$ASKED") == 'dnf install -y --setopt=install_weak_deps=False jq curl iproute gnuplot-minimal logrotate' ]]
  on_system 'ID=arch' bash -euc "$need"
  [[ $(<"$ASKED") == 'pacman -S --needed --noconfirm jq curl iproute2 gnuplot logrotate' ]]
  ANSWER=1 fails_with 3 'could not install jq curl iproute2 gnuplot logrotate; what pacman said is above' \
    on_system 'ID=arch' bash -euc "$need"
  fails_in_one_line 3 'this machine has no dnf; install: jq curl ' \
    on_system 'ID=fedora' bash -euc 'rm "${ASKED%/*}/bin/dnf"; '"$need"
}

@test "what a check installs are no tools of the tests" {
  source commands/common.bash
  installed() { false; }
  run missing build lab check
  [[ $output != *bats* && $output != *libgtest* && $output == *gettext* && $output == *ccache* ]]
}

# --- Completion --------------------------------------------------------------------------------

# completes WORD...: what bash offers for the last of them.
completes() {
  bash --norc -c 'source commands/completion.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _servicios_course && echo "${COMPREPLY[*]}"' bash ./course "$@"
}

@test "what comes with somebody's checkout is completed, and not evaluated" {
  cd "$BATS_TEST_TMPDIR"
  mkdir commands
  touch commands/common.bash commands/check 'commands/$(touch${IFS}marker)'
  # shellcheck source=commands/completion.bash
  source "$BATS_TEST_DIRNAME/../../commands/completion.bash"
  touch course
  # shellcheck disable=SC2034  # bash's own
  COMP_WORDS=(./course '') COMP_CWORD=1
  _servicios_course
  [[ ${COMPREPLY[*]} == check && ! -e marker ]]
}

@test "without a home, and with a shell that overwrites no file, it goes on" {
  fails_with 0 'this is not remembered' env --unset=HOME --unset=XDG_STATE_HOME ./course hint 01
  [[ ! -e /nonexistent/.local ]]
  touch "$BATS_TEST_TMPDIR/there"
  fails_with 0 '/6: ' env SHELLOPTS=noclobber ./course hint 01 --lang en
  fails_with 0 '/6: ' env SHELLOPTS=noclobber ./course hint 01 --lang en
}

@test "bash completes commands, options, stages and languages, from the commands' heads" {
  [[ $(completes st) == 'start status' ]]
  [[ $(completes p) == '' ]]
  [[ $(completes run 0) == "$(awk '!/^#/ { print $1 }' stages | paste -sd ' ')" ]]
  [[ $(completes start 03) == 03-price-fetcher ]]
  [[ $(completes check a) == all ]]
  [[ $(completes run --) == '--lang --help --live --records'* ]]
  [[ $(completes check --ju) == --junit ]]
  [[ $(completes run --lang e) == 'es en' ]]
  [[ $(completes run --records '') == '' ]]
  [[ $(completes lab systemct) == *systemctl* ]]
  [[ $(completes help unin) == uninstall ]]
  [[ $(completes exercise journal-) == 'journal-1 journal-2 '* ]]
  [[ $(completes status '') == '' ]]
  # From another folder, by the path.
  cd /
  [[ $(bash --norc -c 'source "$1/commands/completion.bash"
    COMP_WORDS=("$1/course" doc) COMP_CWORD=1; _servicios_course; echo "${COMPREPLY[*]}"' \
    bash "$OLDPWD") == doctor ]]
}
