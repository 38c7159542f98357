# A file of a submission that has another name than the one that is looked for. It goes the whole way
# that checks/receive is; one lab serves for all, as in ./course watch.

# shellcheck source=lab/lab.bash
source "$BATS_TEST_DIRNAME/../../lab/lab.bash"
# shellcheck source=checks/submission.bash
cd "$CHECKOUT" && source checks/submission.bash

setup_file() {
  local build_folder=${SERVICIOS_BUILD:-$CHECKOUT/build/default}
  lab_start --submission
  bring_judge
}

teardown_file() {
  lab_stop
}

setup() {
  cd "$CHECKOUT" || return
  export SUBMITTED_AGAIN=yes
  folder=$BATS_TEST_TMPDIR/01-date-daemon
  unit=$folder/01-date-daemon.service
  mkdir "$folder"
  cp units/01-date-daemon.service "$folder"
  # What is built is no matter here.
  printf '#!/bin/sh\nexec sleep infinity\n' >"$folder/01-date-daemon"
  chmod 755 "$folder/01-date-daemon"
}

# judge: sets $results, an object of JSON a check.
judge() {
  local ends=$((SECONDS + check_seconds))
  carry "$folder" 01-date-daemon 01-date-daemon </dev/null
  results=$(judge_there 01-date-daemon 01-date-daemon --lang en --gentle --interval 1 </dev/null |
    sed 's/^[^ ]* //' | jq --compact-output 'select(.event == "result")') || true
  echo "$results"
}

# tells CHECK RESULT FOUND REASON: both are parts of the texts.
tells() {
  judge
  jq --exit-status --slurp --arg check "$1" --arg result "$2" --arg found "$3" --arg reason "$4" \
    'any(.[]; .check == $check and .result == $result and (.found | contains($found)) and
      (.reason | contains($reason)))' <<<"$results" >/dev/null
}

# --- The stage before ----------------------------------------------------------------------------

@test "of the stage before nothing is left" {
  local ends=$((SECONDS + check_seconds)) other=$BATS_TEST_TMPDIR/02-logging
  carry "$folder" 01-date-daemon 01-date-daemon </dev/null
  lab_run sh -c 'test -e /usr/local/bin/01-date-daemon -a -e /etc/systemd/system/01-date-daemon.service &&
    systemctl start 01-date-daemon && systemctl is-active 01-date-daemon'
  mkdir "$other"
  cp units/02-logging.service "$other"
  install -m 755 "$folder/01-date-daemon" "$other/02-logging"
  carry "$other" 02-logging 02-logging </dev/null
  lab_run sh -c 'test -e /usr/local/bin/02-logging && ! test -e /usr/local/bin/01-date-daemon &&
    ! test -e /etc/systemd/system/01-date-daemon.service && ! test -e /var/lib/01-date-daemon &&
    ! systemctl is-active 01-date-daemon && ! systemctl is-enabled 01-date-daemon'
}

# --- The unit ------------------------------------------------------------------------------------

@test "the unit has another name" {
  mv "$unit" "$folder/my.service"
  tells unit-found fail work/01-date-daemon/my.service \
    'it has another name: the name that is looked for is 01-date-daemon.service'
  [[ $results == *'./course check 01-date-daemon --unit my"'* ]]
}

@test "the unit lies in a folder below" {
  mkdir "$folder/units"
  mv "$unit" "$folder/units"
  tells unit-found fail work/01-date-daemon/units/01-date-daemon.service 'the folder is not'
}

@test "the unit's name has another end" {
  local name
  for name in 01-date-daemon.unit 01-date-daemon.services 01-date-daemon.service.txt 01-date-daemon.conf; do
    mv "$folder"/*date-daemon.* "$folder/$name"
    tells unit-found fail "work/01-date-daemon/$name" 'the end of its name differs'
  done
}

@test "the unit's name has a capital letter" {
  mv "$unit" "$folder/01-Date-Daemon.service"
  tells unit-found fail work/01-date-daemon/01-Date-Daemon.service 'capitals count'
}

@test "the unit is a link" {
  mv "$unit" "$BATS_TEST_TMPDIR/unit"
  ln -s "$BATS_TEST_TMPDIR/unit" "$unit"
  tells unit-found fail 'is a link' 'links are not followed'
}

@test "there is no unit, but a page with one in it" {
  printf '%s\n' 'It begins with' '[Service]' >"$folder/README.md"
  rm "$unit"
  tells unit-found fail '01-date-daemon, README.md' 'none of these is a unit'
}

@test "a name that nobody should type is shown, and no more" {
  mv "$unit" "$folder"/$'x; rm -r \e[31m\n.service'
  tells unit-found fail 'x; rm -r \x1b[31m\n.service' 'it has another name'
  [[ $results != *--unit* ]]
}

@test "a drop-in that systemd does not take is a warning" {
  mkdir "$unit.d"
  printf '[Service]\nNice=5\n' >"$unit.d/nice.config"
  tells unit-found warning 01-date-daemon.service.d/nice.config 'only what ends with .conf'
}

@test "another name of the unit's is enabled, and one of the system's is not" {
  echo 'Alias=dates.service' >>"$unit"
  judge
  [[ $results == *'"check":"enabled",'*'"result":"pass"'* ]]
  echo 'Alias=dbus.service' >>"$unit"
  tells enabled fail 'disabled' 'Alias= or Also= names "dbus.service"'
  echo 'Also=debug-shell.service' >>"$unit"
  tells enabled fail 'disabled' 'names "debug-shell.service"'
}

# --- The program -----------------------------------------------------------------------------------

@test "the script has another name" {
  mv "$folder/01-date-daemon" "$folder/date-daemon.py"
  tells builds fail '01-date-daemon.service, date-daemon.py' \
    'date-daemon.py: it has another name: the name that is looked for is 01-date-daemon'
}

@test "the script's name has another end" {
  mv "$folder/01-date-daemon" "$folder/01-date-daemon.sh"
  tells builds fail 01-date-daemon.sh '01-date-daemon.sh: the end of its name differs'
}

@test "CMakeLists.txt is written otherwise" {
  rm "$folder/01-date-daemon"
  echo >"$folder/CmakeLists.txt"
  tells builds fail CmakeLists.txt 'CmakeLists.txt: capitals count: the name that is looked for is CMakeLists.txt'
}

# builds_program LINE...: its CMakeLists.txt; the program is a script that it copies.
builds_program() {
  printf '%s\n' 'cmake_minimum_required(VERSION 3.22)' 'project(dates LANGUAGES NONE)' "$@" >"$folder/CMakeLists.txt"
  mv "$folder/01-date-daemon" "$folder/program"
}

@test "the target has another name" {
  # shellcheck disable=SC2016  # CMake's
  builds_program 'configure_file(program ${CMAKE_BINARY_DIR}/my-daemon COPYONLY)'
  tells builds fail my-daemon 'so is CMake'
}

@test "the program lies in a folder of the build: it is taken" {
  # shellcheck disable=SC2016
  builds_program 'configure_file(program ${CMAKE_BINARY_DIR}/bin/01-date-daemon COPYONLY)'
  judge
  [[ $results == *'"check":"builds",'*'"result":"pass"'* ]]
}

@test "the build of what was saved a moment ago is ended, and not taken for this one" {
  # shellcheck disable=SC2016
  builds_program 'configure_file(program ${CMAKE_BINARY_DIR}/01-date-daemon COPYONLY)'
  lab_run systemd-run --quiet --unit=build sleep 300
  judge
  [[ $results == *'"check":"builds",'*'"result":"pass"'* ]]
}

@test "what was saved a moment ago is received and judged no longer, and nothing of it is left" {
  local name
  for name in receive servicios-check; do
    lab_run sh -c "cp /bin/sleep /run/$name && systemd-run --quiet --collect /run/$name 300"
  done
  lab_run mkdir -p "$CHECKOUT/work/01-date-daemon.new/01-date-daemon.service.d"
  lab_run sh -c "printf '[Service]\nNice=5\n' >$CHECKOUT/work/01-date-daemon.new/01-date-daemon.service.d/x.conf"
  judge
  [[ $results == *'"check":"unit-found",'*'"result":"pass"'* ]]
  [[ -z $(lab_run pgrep --exact 'receive|servicios-check') ]]
  [[ -z $(lab_run find /etc/systemd/system/01-date-daemon.service.d) ]]
}

# --- What the compiler says ------------------------------------------------------------------------

# says FOUND REASON LINE...: of a main.cpp with these lines.
says() {
  rm -f "$folder/01-date-daemon"
  # shellcheck disable=SC2016  # CMake's
  printf '%s\n' 'cmake_minimum_required(VERSION 3.22)' 'project(dates LANGUAGES CXX)' 'set(CMAKE_CXX_STANDARD 20)' \
    'include_directories(${CMAKE_SOURCE_DIR}/../..)' 'add_executable(01-date-daemon main.cpp)' >"$folder/CMakeLists.txt"
  printf '%s\n' "${@:3}" >"$folder/main.cpp"
  tells builds fail "$1" "$2"
}

@test "a semicolon is missing" {
  says main.cpp:1:22 'a semicolon is missing' 'int main() { return 0 }'
  says main.cpp:1 'a semicolon is missing' 'struct Date { int day; }' 'int main() {}'
  says main.cpp:2:1 'often a semicolon at the end of the line before' 'int x' 'int main() {}'
}

@test "a header is missing: that of the first error" {
  says main.cpp:2: 'write #include <string> at the top' '#include <cstdio>' 'int main() { std::string name; }' \
    'std::vector<int> numbers;'
  says main.cpp:1: 'write #include <vector> at the top' 'int main() { std::vector<int> numbers; }'
}

@test "what the linker does not find" {
  says 'undefined reference to' 'the program has no main()' 'int other() { return 0; }'
  says 'undefined reference to' "undefined reference to \`now()'" 'void now();' 'int main() { now(); }'
  [[ $results == *'does CMakeLists.txt name the source'* ]]
  echo 'target_link_libraries(01-date-daemon logging)' >>"$folder/CMakeLists.txt"
  tells builds fail 'cannot find -llogging' 'cannot find -llogging'
  [[ $results == *'include(../../cmake/logging.cmake)'* ]]
}

@test "a format with too few arguments, with too many, and with one that is no constant" {
  local log='logging::get_logger().info' include='#include "common/logging.hpp"'
  says main.cpp:2: 'the format has more {} than there are arguments' "$include" "int main() { $log(\"{} {}\", 1); }"
  [[ $results == *'    2 | int main()'*'|  '*'^'* ]]
  says main.cpp:2 'there are more arguments than {} in the format' "$include" "int main() { $log(\"{}\", 1, 2); }"
  says main.cpp:2 'the format is wrong: invalid' "$include" "int main() { $log(\"{:q}\", 1); }"
  says main.cpp:2 'the format has to be written here, between quotes' "$include" \
    "int main(int, char** words) { std::string text = words[0]; $log(text); }"
  local text
  for text in 'words[0]' 'std::to_string(1)' 'std::optional<std::string>{}.value_or(words[0])' 1; do
    says main.cpp:3 'the format has to be written here, between quotes' '#include <optional>' "$include" \
      "int main(int, char** words) { (void)words; $log($text); }"
  done
}

@test "of two errors the reason is the first one's" {
  local log='logging::get_logger().info' include='#include "common/logging.hpp"'
  says main.cpp:2: 'was not declared in this scope' "$include" 'int x = nothing;' "int main() { $log(\"{}\", 1, 2); }"
  [[ $results != *'more arguments than'* ]]
  says main.cpp:2: 'there are more arguments than {} in the format' "$include" \
    "void first() { $log(\"{}\", 1, 2); }" 'int main() { return nothing; }'
}

# --- Its time --------------------------------------------------------------------------------------

@test "a check of a long interval gets more time" {
  local left
  carry() { left=$((ends - SECONDS)); return 1; }
  have_judged "$folder" 01-date-daemon 01-date-daemon --lang en --interval 5 --gentle >/dev/null
  ((left <= check_seconds))
  have_judged "$folder" 01-date-daemon 01-date-daemon --lang en --interval 300 --gentle >/dev/null
  ((left > 10000))
}
