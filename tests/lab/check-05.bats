load ../broken/submission

setup() { solution 05-journald; }

python() {
  local expression options=()
  for expression; do options+=(-e "$expression"); done
  sed "${options[@]}" "$BATS_TEST_DIRNAME/../broken/journald_daemon.py" | program
}

@test "05, as shipped: all passes" {
  passes
}

@test "05 in Python: all passes" {
  python ''
  passes
}

@test "05 with the price within a sentence: all passes" {
  python 's/bitcoin {price} usd", P/bitcoin costs {price}USD.", P/'
  passes
}

@test "05, whose start takes three seconds: all passes" {
  python '/^notify("READY=1")/i time.sleep(3)'
  passes
}

@test "05, nothing is done yet: the unit is not found" {
  STARTED=no fails unit-found 'systemd has found no file'
}

@test "Type=simple" {
  change 's/^Type=.*/Type=simple/'
  fails notify 'takes it for ready before it is'
}

@test "no WatchdogSec=" {
  change '/^WatchdogSec=/d'
  fails notify 'without WatchdogSec='
}

@test "READY=1 is not sent" {
  python '/READY=1/d'
  fails active 'never sent READY=1'
}

@test "RestrictAddressFamilies= without AF_UNIX" {
  change '/^\[Service\]/a RestrictAddressFamilies=AF_INET'
  fails active 'Address family not supported'
}

@test "WATCHDOG=1 is not sent" {
  python 's/notify("WATCHDOG=1")/pass/'
  change 's/^WatchdogSec=.*/WatchdogSec=1/' '/^Restart/d'
  start
  lab_run bash -c "until systemctl is-failed --quiet $STAGE; do sleep 0.05; done"
  fails active 'did not send WATCHDOG=1 in time'
}

@test "the handler is not there yet: standard error, as in 04" {
  python 's|wire.sendto(text.encode(), "/run.*|import sys; print("INFO:prices:" + message, file=sys.stderr, flush=True)|'
  fails native 'come by standard output'
}

@test "its records do not tell the price" {
  python 's/log(6, f"bitcoin {price} usd"/log(6, "a price came"/'
  fails prices-logged 'but not this price'
  # shellcheck disable=SC2154  # fails() has set it
  grep -q "^native fail .*by the journal.s own protocol, and none tells that price" <<<"$results"
}

@test "PRIORITY is a word" {
  python 's/log(6, /log("info", /'
  fails priorities 'PRIORITY is a digit'
}

@test "PRIORITY is the logging module's number" {
  python 's/log(6, /log(20, /'
  fails priorities 'PRIORITY is a digit'
}

@test "a price is logged as a warning" {
  python 's/log(6, /log(4, /'
  fails priorities 'a price is information, 6'
}

@test "no PRIORITY" {
  python 's/ PRIORITY=priority,//'
  fails priorities 'without a PRIORITY'
}

@test "a message, and no field" {
  python 's/, PRICE=price//' 's/, COIN="bitcoin", CURRENCY="usd",/,/'
  fails fields 'COIN, CURRENCY, PRICE'
}

@test "field names in small letters" {
  python 's/PRICE=price/price=price/'
  fails fields 'dropped without a word'
}

@test "PRICE with its currency" {
  python 's/PRICE=price/PRICE=f"{price} usd"/'
  fails fields 'PRICE is'
}

@test "no STATUS=" {
  python '/STATUS=/d'
  fails status 'no STATUS='
}

@test "WATCHDOG=1 is not sent, and the unit allows it a while" {
  python 's/notify("WATCHDOG=1")/pass/'
  change 's/^WatchdogSec=.*/WatchdogSec=40/'
  fails alive 'does not send WATCHDOG=1'
}

@test "STATUS= has a number, and no price" {
  python 's/STATUS=bitcoin {price} usd/STATUS=05-journald is running/'
  fails status 'no STATUS= with a price'
}

@test "failures are logged as information" {
  python 's/log(4, /log(6, /'
  fails bad-api 'no record at the level of a warning'
}
