# bats file_tags=steps
# What ./course puts on a machine, and takes away again: on the lab's own systemd. And what it leaves
# when it is interrupted.

load helpers

setup_file() {
  lab_start --build ''
}

# there FILE..., gone FILE...: whether all of them are in the lab, or none.
there() {
  lab ls -d "$@"
}

gone() {
  local file
  for file; do lab test ! -e "$file" || return; done
}

# refused COMMAND...: it ends with a status of 1 or 2, having said $says in one line.
refused() {
  run "$@"
  [[ $status == [12] && $output == *"course: $says"* && ${output##*course: } != *$'\n'* ]]
}

@test "install: the stage runs, and is enabled" {
  lab ./course install 01
  expect enabled "$(lab systemctl is-enabled 01-date-daemon)"
  wait_until has_lines /var/lib/01-date-daemon/dates.txt 2
  there "$SYSTEM/01-date-daemon.service.d/hardening.conf"
}

@test "uninstall: the program and the unit go, the data stays; with --purge it goes, too" {
  lab ./course uninstall 01
  gone "$SYSTEM/01-date-daemon.service" "$SYSTEM/01-date-daemon.service.d" \
    /usr/local/bin/01-date-daemon
  expect inactive "$(lab systemctl is-active 01-date-daemon)"
  has_lines /var/lib/01-date-daemon/dates.txt 2
  lab ./course install 01
  lab ./course uninstall 01 --purge
  gone /var/lib/01-date-daemon /var/lib/private/01-date-daemon
  says='01-date-daemon is not installed on this machine' refused lab ./course uninstall 01
}

@test "install does not write over a unit of the student's own, nor uninstall take a drop-in" {
  lab bash -c "sed 's/^Description=.*/Description=Mine/' units/01-date-daemon.service \
    >$SYSTEM/01-date-daemon.service"
  says="$SYSTEM/01-date-daemon.service differs from the course's: " refused lab ./course install 01
  lab grep --quiet Mine "$SYSTEM/01-date-daemon.service"
  lab rm "$SYSTEM/01-date-daemon.service"
  lab ./course install 01
  lab install -D -m 644 /dev/null "$SYSTEM/01-date-daemon.service.d/override.conf"
  lab ./course uninstall 01 | grep --fixed-strings --line-regexp \
    "Left, since not all in it is the course's: $SYSTEM/01-date-daemon.service.d"
  there "$SYSTEM/01-date-daemon.service.d/override.conf"
}

@test "the offline price server comes with the first stage that asks it, and goes with the last" {
  lab ./course install 03
  lab ./course install 04
  wait_until has_lines /var/lib/03-price-fetcher/prices.txt 1
  lab ./course uninstall 03
  there "$SYSTEM/price-api.socket" /usr/local/bin/price-api
  lab ./course uninstall 04
  gone "$SYSTEM/price-api.socket" "$SYSTEM/price-api.service" /usr/local/bin/price-api
}

@test "install says that another program has the price server's port" {
  lab systemd-run --quiet --unit=other python3 -m http.server 8080 --bind 127.0.0.1
  wait_until lab curl --silent --output /dev/null http://127.0.0.1:8080/
  says='the price server cannot listen: ' refused lab ./course install 03
  lab systemctl stop other
  lab ./course install 03
  expect active "$(lab systemctl is-active 03-price-fetcher)"
}

@test "check: if its judge cannot be started, nothing has failed: exit status 3" {
  local judge=build/default/checks/servicios-check
  lab ./course build
  run lab sh -c "chmod -x $judge; ./course check 01; status=\$?; chmod +x $judge; exit \$status"
  echo "$output"
  [[ $status == 3 ]]
}

is_gone() {
  ! pgrep --pgroup "$running" && [[ $(ps -o stat= -p "$keeper") =~ ^Z?$ ]] &&
    [[ -z $(find /sys/fs/cgroup -type d -name "$group") ]]
}

@test "run, interrupted: neither process, nor lab, nor control group is left" {
  local screen=$BATS_TEST_TMPDIR/screen
  cd "$CHECKOUT"
  in_own_group ./course run 01 --records 1000 >"$screen" 2>&1 3>&-
  local running=$! keeper group status=0
  wait_until grep --quiet --extended-regexp '^[0-9-]{10} ' "$screen"
  keeper=$(pgrep --full --oldest "lab/machine keep .* $running\b")
  group=$(grep --only-matching --max-count=1 'servicios-lab-[^/]*' "/proc/$keeper/cgroup")
  kill -INT -- "-$running"
  wait "$running" || status=$?
  expect 130 "$status"
  wait_until is_gone
}
