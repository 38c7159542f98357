# shellcheck shell=bash disable=SC2154  # lab/exercise.bash sets what they share
# The words of a set-up: in the lab, as root.

# put_stage STAGE [ARGUMENT...]: its unit with its hardening, and with the offline price server if it
# asks for prices; its program is given these arguments, too. Neither enabled nor started.
put_stage() {
  place_stage "$@"
  systemctl daemon-reload
}

place_stage() {
  local unit=$drop_ins/$1.service
  install -m 644 -t "$drop_ins" "$shipped/$1.service"
  (($# == 1)) || sed -i "/^ExecStart=/s|\$| ${*:2}|" "$unit"
  if [[ $1 == price-api ]]; then
    install -m 644 -t "$drop_ins" "$shipped/price-api.socket"
  else
    install -D -m 644 -t "$unit.d" "$shipped/hardening.conf"
    ! awk -v stage="$1" '$1 == stage && $3 == "prices" { found = 1 } END { exit !found }' stages || {
      install -m 644 -t "$drop_ins" "$shipped/price-api.service" "$shipped/price-api.socket"
      install -m 644 -t "$unit.d" "$shipped/offline.conf"
    }
  fi
}

# put_drop_in UNIT NAME LINE...: what `systemctl edit UNIT` would write.
put_drop_in() {
  local folder=$drop_ins/$1
  [[ $1 == *.* ]] || folder+=.service
  install -d "$folder.d"
  printf '%s\n' "${@:3}" >"$folder.d/$2.conf"
  systemctl daemon-reload
}

# start UNIT...: enabled, and started if it can be.
start() {
  systemctl --quiet enable --now "$@" 2>/dev/null || true
}

# until_so COMMAND...: waits for it to succeed, for a minute at most.
until_so() {
  local deadline=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { echo "not within a minute: $*" >&2; return 1; }
    sleep 0.1
  done
}

# until_lines NUMBER FILE
until_lines() {
  # shellcheck disable=SC2016  # the other bash expands it
  until_so bash -c '(($(wc -l <"$2") >= $1))' bash "$@"
}

# has_said UNIT TEXT: for until_so: whether the unit's journal has it.
has_said() {
  journalctl --sync
  [[ $(journalctl --quiet --unit="$1" --output=cat) == *"$2"* ]]
}

# prices_said NUMBER: for until_so: stage 05 has logged so many.
prices_said() {
  journalctl --sync
  (($(journalctl --quiet --unit=05-journald --output=cat --output-fields=PRICE | grep -c '^[0-9]') >= $1))
}

# in_each_shell NAME=VALUE: the reader's shells have it in their environment.
in_each_shell() {
  echo "export $1" >>/root/.bashrc
}

# reboot_afterwards: when the set-up has ended.
reboot_afterwards() {
  touch "$kept/reboot"
}
