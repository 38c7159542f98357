load helpers

# What the drop-in keeps from the daemons, looked at from inside: a unit with the stage's own lines,
# and a program in place of the stage's that tries (tests/lab/probe.py).
STAGE=03-price-fetcher

setup_file() {
  lab_start ${SERVICIOS_BUILD:+--build "$SERVICIOS_BUILD"}
  lab install -m 755 tests/lab/probe.py /usr/local/bin/probe.py
  # As on any machine, for a service of any user: who may, may.
  lab install -d -m 1777 /run/lock /run/price-api
  lab systemctl start dbus.socket
}

# probe UNIT DROP-IN...: what a program of this unit can do, a line each.
probe() {
  local unit=$1
  lab systemctl reset-failed "$unit" 2>/dev/null || true
  put_drop_in "$unit" probe '[Service]' Type=oneshot Restart=no RestartForceExitStatus= \
    RestartPreventExitStatus= RemainAfterExit=no WatchdogSec=0 StandardOutput=file:/probed \
    ExecStart= 'ExecStart=/usr/bin/python3 -S /usr/local/bin/probe.py'
  lab rm -f /probed
  lab systemctl stop "$unit"
  lab systemctl start "$unit" || lab systemctl status --no-pager "$unit" || true
  lab cat /probed
}

can() {
  grep --fixed-strings --line-regexp --quiet "$1: yes" <<<"$probed" || {
    printf 'it cannot %s:\n%s\n' "$1" "$probed"
    return 1
  }
}

cannot() {
  grep --fixed-strings --quiet "$1: " <<<"$probed"
  ! grep --fixed-strings --line-regexp "$1: yes" <<<"$probed"
}

@test "without the drop-in, a daemon can do a lot" {
  put_units price-api.socket price-api.service
  put_stage offline.conf
  lab systemctl start price-api.socket
  probed=$(probe "$STAGE.service")
  can 'write to shared memory'
  can 'reach the system bus'
  can 'listen'
  can 'ask'
  can 'write to its own folder'
}

@test "with it, it can ask, log and write to its own folder, and nothing else" {
  put_stage offline.conf hardening.conf
  probed=$(probe "$STAGE.service")
  echo "$probed"
  can 'ask'
  can 'reach the journal'
  can 'write to its own folder'
  can 'write to /tmp'
  cannot 'write below /run'
  cannot 'order the price server faults'
  cannot 'write to shared memory'
  cannot 'write to a control group'
  cannot 'write to /etc'
  cannot 'reach the system bus'
  cannot 'listen'
  cannot 'make an io_uring'
}

@test "the price server can be asked, and ask nobody" {
  probed=$(probe price-api.service)
  echo "$probed"
  cannot 'ask'
  cannot 'make an io_uring'
  cannot 'write below /run'
  cannot 'write to shared memory'
  cannot 'write to a control group'
  cannot 'write to /etc'
  cannot 'reach the system bus'
}
