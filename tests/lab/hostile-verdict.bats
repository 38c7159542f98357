# A submission that would be judged wrongly, or not at all: hostile.bash.

load hostile

# --- Judging -------------------------------------------------------------------------------------

@test "a start that never ends is found, with its reason" {
  sed -i -e '/^Restart/d' -e '/^\[Service\]/a Type=oneshot' "$unit"
  fails active 'Type=oneshot'
  solution 01-date-daemon
  sed -i '/^\[Service\]/a ExecStartPre=/bin/sleep 1000' "$unit"
  fails active 'ExecStartPre='
  solution 01-date-daemon
  sed -i '/^\[Service\]/a Type=notify' "$unit"
  fails active 'READY=1'
}

@test "--strict starts nothing as root" {
  local line
  for line in 'ExecStartPre=+/bin/touch /run/was-root' 'ExecStartPre=!/bin/touch /run/was-root' 'User=root'; do
    solution 01-date-daemon
    sed -i "/^\[Service\]/a $line" "$unit"
    [[ $line != User=* ]] || sed -i '/^DynamicUser=/d' "$unit"
    check --strict
    [[ $status == 1 ]]
    jq --exit-status --arg line "${line%%=*}" '.checks[] | select(.check == "not-root" and .result == "fail")
      | .found + .reason | contains($line)' "$results"
    jq --exit-status '.checks[] | select(.check == "active" and .result == "skipped")' "$results"
  done
  solution 01-date-daemon
  check --strict
  [[ $status == 0 ]]
}

@test "control characters and a CI's commands have no effect" {
  # shellcheck disable=SC2016
  sed -i 's|^ExecStart=.*|ExecStart=/bin/sh -c "printf '"'\\\\\\\\033]0;title\\\\\\\\a::error::x\\\\\\\\n##[error]x\\\\\\\\n'"' >>dates.txt; exec sleep 1000"|' "$unit"
  check
  [[ $status == 1 && $output != *$'\e'* && $output != *$'\a'* ]]
  [[ $(grep -cE '^(::|##\[)' <<<"$output") == 0 ]]
}

@test "nothing in work/ is no pass: missing, empty, hidden files only; each is status 3 in one line" {
  rm -r "$SERVICIOS_WORK"
  check
  [[ $status == 3 && ${#lines[@]} == 1 && ! -e $results ]]
  mkdir "$SERVICIOS_WORK"
  check
  [[ $status == 3 && ${#lines[@]} == 1 && ! -e $results ]]
  mkdir "$SERVICIOS_WORK/.git"
  check
  [[ $status == 3 && ${#lines[@]} == 1 && ! -e $results ]]
}

@test "every stage that is named gets its results, beside whatever there is" {
  ln -s /nowhere "$SERVICIOS_WORK/02-logging"
  sources 03-price-fetcher
  sed -i s/03-price-fetcher/other/ "$SERVICIOS_WORK/03-price-fetcher/CMakeLists.txt"
  sources 04-logger-levels
  echo 'no C++' >"$SERVICIOS_WORK/04-logger-levels/main.cpp"
  run ./course check all --gentle --interval 1 --lang en --json "$results"
  echo "$output"
  [[ $status == 1 ]]
  [[ $(jq --raw-output '[.checks[].stage] | unique | length' "$results") == 5 ]]
  [[ $(jq '[.checks[] | select(.stage == "01-date-daemon" and .result != "pass")] | length' "$results") == 0 ]]
}

@test "a program that always writes the same price never asked for it" {
  local stage
  for stage in 03-price-fetcher 04-logger-levels 05-journald; do
    sources "$stage"
    sed -i 's/decimal(\*answer.price)/std::string{"1.5"}/' "$SERVICIOS_WORK/$stage/main.cpp"
    grep -q '1\.5' "$SERVICIOS_WORK/$stage/main.cpp"
    run ./course check "$stage" --gentle --interval 1 --lang en --json "$results"
    echo "$output"
    [[ $status == 1 ]]
    jq --exit-status '.checks[] | select(.result == "fail") | .reason | contains("the server")' "$results"
  done
}

@test "a question that is none for a price does not switch the comparison off" {
  local target
  for target in ping?/simple/price? $'simple/price?x=\t200\tpeer=1'; do
    solution 03-price-fetcher
    cat >"$SERVICIOS_WORK/03-price-fetcher/03-price-fetcher" <<END
#!/usr/bin/python3
import os, socket, time
def ask(target):
    with socket.create_connection(("127.0.0.1", 8080)) as server:
        server.sendall(f"GET /api/v3/{target} HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nConnection: close\r\n\r\n".encode())
        while server.recv(4096): pass
ask("$target")
while True:
    ask("simple/price?ids=bitcoin&vs_currencies=usd")
    with open("prices.txt", "a") as prices: prices.write("1.5\n")
    time.sleep(1)
END
    run ./course check 03 --gentle --interval 1 --lang en --json "$results"
    echo "$output"
    [[ $status == 1 ]]
    jq --exit-status '.checks[] | select(.check == "prices-given" and .result == "fail")' "$results"
  done
}

@test "who holds the judge's pipes holds nobody up, and what is written there is bounded and harmless" {
  # shellcheck disable=SC2016
  as_root_before 'systemd-run --quiet bash -c '"'"'until judge=$(pidof servicios-check); do :; done
    printf "\\e]0;title\\a\n::error::x\n" >/proc/$judge/fd/2
    exec 8>/proc/$judge/fd/1 9>/proc/$judge/fd/2
    exec sleep 3000'"'"
  local begin=$SECONDS
  check
  [[ $status == 0 && $output != *$'\e'* && $output != *$'\n'::error* ]]
  ((SECONDS - begin < 120))
}

@test "watch follows no link, either" {
  mv "$folder" "$BATS_TEST_TMPDIR/elsewhere"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$folder"
  run timeout --signal=TERM 300 bash -c './course watch 01 --lang en </dev/null | sed "/1 failed/q"'
  echo "$output"
  [[ $output == *"$folder is a link, and links are not followed"* ]]
}
