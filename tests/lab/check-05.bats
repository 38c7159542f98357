load ../broken/submission

setup() { solution 05-journald; }

@test "05, as shipped: all passes" {
  passes
}

@test "05 in Python: all passes" {
  python journald_daemon.py
  passes
}

@test "05 with the price within a sentence: all passes" {
  python journald_daemon.py 's/bitcoin {price} usd", P/bitcoin costs {price}USD.", P/'
  passes
}

@test "05 with a decimal comma in its status: all passes" {
  python journald_daemon.py 's/^        notify(f"STATUS=.*/        text = f"{price:,.2f}".translate(str.maketrans(",.", ".,"))\n        notify(f"STATUS=bitcoin {text} usd")/'
  passes
}

@test "05 with a record for debugging after each price: all passes" {
  python journald_daemon.py 's/^            prices.write.*/&\n        log(7, f"{price} is in the file")/'
  passes
}

@test "05, whose start takes three seconds: all passes" {
  python journald_daemon.py '/^notify("READY=1")/i time.sleep(3)'
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

@test "STOPPING=1 is sent, and nobody has asked it to stop" {
  python journald_daemon.py 's/^notify("READY=1")/&\nnotify("STOPPING=1")/'
  fails active 'sent STOPPING=1'
}

@test "STOPPING=1 is sent at a reload" {
  python journald_daemon.py \
    's/^notify("READY=1")/import signal\nsignal.signal(signal.SIGHUP, lambda *_: notify("STOPPING=1"))\n&/'
  fails reload 'sent STOPPING=1'
}

@test "READY=1 is not sent" {
  python journald_daemon.py '/READY=1/d'
  fails active 'never sent READY=1'
}

@test "RestrictAddressFamilies= without AF_UNIX" {
  change '/^\[Service\]/a RestrictAddressFamilies=AF_INET'
  fails active 'Address family not supported'
}

@test "WATCHDOG=1 is not sent" {
  python journald_daemon.py 's/notify("WATCHDOG=1")/pass/'
  change 's/^WatchdogSec=.*/WatchdogSec=1/' '/^Restart/d'
  start
  lab_run bash -c "until systemctl is-failed --quiet $STAGE; do sleep 0.05; done"
  fails active 'did not send WATCHDOG=1 in time'
}

@test "the handler is not there yet: standard error, as in 04" {
  python journald_daemon.py 's|wire.sendto(text.encode(), "/run.*|import sys; print("INFO:prices:" + message, file=sys.stderr, flush=True)|'
  fails native 'come by standard output'
}

@test "its records do not tell the price" {
  python journald_daemon.py 's/log(6, f"bitcoin {price} usd"/log(6, "a price came"/'
  WHOLE=yes fails prices-logged 'but not this price'
  # shellcheck disable=SC2154  # fails() has set it
  grep -q "^native fail .*by the journal.s own protocol, and none tells that price" <<<"$results"
}

@test "PRIORITY is a word" {
  python journald_daemon.py 's/log(6, /log("info", /'
  fails priorities 'PRIORITY is a digit'
}

@test "PRIORITY is the logging module's number" {
  python journald_daemon.py 's/log(6, /log(20, /'
  fails priorities 'PRIORITY is a digit'
}

@test "a price is logged as a warning" {
  python journald_daemon.py 's/log(6, /log(4, /'
  fails priorities 'a price is information, 6'
}

@test "no PRIORITY" {
  python journald_daemon.py 's/ PRIORITY=priority,//'
  fails priorities 'without a PRIORITY'
}

@test "a message, and no field" {
  python journald_daemon.py 's/, PRICE=price//' 's/, COIN="bitcoin", CURRENCY="usd",/,/'
  fails fields 'COIN, CURRENCY, PRICE'
}

@test "CODE_LINE is no number" {
  python journald_daemon.py 's/CODE_LINE=1/CODE_LINE="main"/'
  fails fields "and no line's number"
}

@test "COIN is another than was asked for" {
  python journald_daemon.py 's/COIN="bitcoin"/COIN="ethereum"/'
  fails fields 'and the server was asked for'
}

@test "the level stands in the message, too, is a warning" {
  python journald_daemon.py 's/log(6, f"/&INFO:prices:/'
  warns fields 'the level stands twice'
}

@test "syslog's prefix stands in a record that is sent to the journal: a warning" {
  python journald_daemon.py 's/log(6, f"/&<6>/'
  warns prices-logged 'none from a record that is sent in another way'
}

@test "the message has colours: a warning" {
  python journald_daemon.py 's/log(6, f"bitcoin/log(6, f"\\033[32mbitcoin/'
  warns fields 'colours'
}

@test "the handler's own place in the code is a warning" {
  python journald_daemon.py 's/CODE_FUNC="main"/CODE_FUNC="JournalHandler.emit"/'
  warns fields 'that is where the handler sends a record'
}

@test "Restart=on-abort, which the watchdog's end is not" {
  change 's/^Restart=.*/Restart=on-abort/'
  fails comes-back 'once the watchdog has ended it'
}

@test "field names in small letters" {
  python journald_daemon.py 's/PRICE=price/price=price/'
  fails fields 'dropped without a word'
}

@test "PRICE with its currency" {
  python journald_daemon.py 's/PRICE=price/PRICE=f"{price} usd"/'
  fails fields 'PRICE is'
}

@test "PRICE is rounded" {
  python journald_daemon.py 's/PRICE=price/PRICE=round(price, 1)/'
  fails fields 'it was rounded on its way into the field'
}

@test "PRICE is a whole number" {
  python journald_daemon.py 's/PRICE=price/PRICE=int(price)/'
  fails fields 'it was rounded on its way into the field'
}

@test "PRICE is a whole number, and so is the file's line" {
  python journald_daemon.py 's/PRICE=price/PRICE=int(price)/' 's/{price}\\n/{int(price)}\\n/'
  fails fields 'it was rounded on its way into the field'
}

@test "PRICE went through a float" {
  python journald_daemon.py '/^while/i import ctypes' 's/PRICE=price/PRICE=ctypes.c_float(price).value/'
  fails fields 'it was rounded on its way into the field'
}

@test "PRICE is another number" {
  python journald_daemon.py 's/PRICE=price/PRICE=price * 0.92/'
  fails fields 'no such price came from the server'
}

@test "PRICE is that of the round before" {
  python journald_daemon.py '/^while/i old = None' 's/PRICE=price)/PRICE=old or price); old = price/'
  INTERVAL=1 fails fields 'PRICE may be that of the round before'
}

@test "PRICE with more zeros, and a message that rounds: all passes" {
  python journald_daemon.py 's/bitcoin {price} usd", PRICE=price/bitcoin {price:,.0f} usd", PRICE=f"{price:.6f}"/'
  passes
}

@test "a message that rounds to another price of before: nothing fails" {
  python journald_daemon.py 's/^    try:/    try:\n        price = 67186.33 if "price" in globals() and price == 67186 else 67186.0/' \
    '/urlopen(/d; /json.load/d' 's/bitcoin {price} usd", PRICE/bitcoin {price:,.0f} usd", PRICE/'
  change 's|^Environment=PRICE_API_URL.*|Environment=PRICE_API_URL=http://192.0.2.1/api/v3|'
  judge --gentle
  [[ $status == 0 && $results == *'fields pass'* ]]
}

@test "no STATUS=" {
  python journald_daemon.py '/STATUS=/d'
  fails status 'no STATUS='
}

@test "WATCHDOG=1 is not sent, and the unit allows it a while" {
  python journald_daemon.py 's/notify("WATCHDOG=1")/pass/'
  change 's/^WatchdogSec=.*/WatchdogSec=55/'
  fails alive 'does not send WATCHDOG=1'
}

@test "STATUS= keeps the first price" {
  # Of the earlier ones the one that is farthest from the latest: prices that are near pass for the same.
  python journald_daemon.py '/^while/i seen = []' \
    's/^        notify(f"STATUS/        seen.append(price); once = max(seen, key=lambda old: min(abs(old - new) for new in seen[-6:]))\n&/' \
    's/STATUS=bitcoin {price}/STATUS=bitcoin {once}/'
  start
  lab_run timeout 60 bash -c 'until (($(wc -l </var/lib/private/05-journald/prices.txt) > 9)); do sleep 0.1; done' 2>/dev/null
  fails status 'none of the last three in the file'
}

@test "SIGABRT, the watchdog's signal, prevents a restart" {
  change 's/^RestartPreventExitStatus=.*/& SIGABRT/'
  fails comes-back 'after SIGABRT (Aborted) systemd does not start it again'
}

@test "WATCHDOG=1 comes with a price only" {
  python journald_daemon.py '/^    notify("WATCHDOG=1")/d' 's/^        notify(f"STATUS=/        notify("WATCHDOG=1")\n&/'
  fails bad-api 'that it is alive only when a price has come'
}

@test "the program has systemd wait for an hour" {
  python journald_daemon.py 's/READY=1/&\\nWATCHDOG_USEC=3600000000/'
  fails notify 'WATCHDOG_USEC= of sd_notify(3)'
}

# It is sent once the price is in the file: before, it would be right for as long as the program is held up in between.
@test "STATUS= is a price behind: a warning" {
  python journald_daemon.py 's/^notify("READY=1")/before = 0\n&/' '/^        notify(f"STATUS=/d' \
    's/^            prices\.write.*/&\n        notify(f"STATUS=bitcoin {before} usd"); before = price/'
  warns status 'its status is a price behind the file'
}

@test "STATUS= has a number, and no price" {
  python journald_daemon.py 's/STATUS=bitcoin {price} usd/STATUS=05-journald is running/'
  fails status 'no STATUS= with a price'
}

@test "failures are logged as information" {
  python journald_daemon.py 's/log(4, /log(6, /'
  fails bad-api 'no record at the level of a warning'
}

@test "both handlers: each record is there twice" {
  python journald_daemon.py '/^    wire.sendto(text.encode(), "\/run/a \    print(f"INFO:prices:{message}", flush=True)'
  fails native 'stands in the journal twice'
}

@test "the journal's socket is hidden" {
  change '/^\[Service\]/a InaccessiblePaths=/run/systemd/journal/socket'
  fails prices-logged ': InaccessiblePaths=/run/systemd/journal/socket'
}

@test "LogLevelMax= keeps its records away" {
  change '/^\[Service\]/a LogLevelMax=notice'
  fails prices-logged 'these settings may keep it away'
  [[ $report == *'05-journald.service:'*': LogLevelMax=notice'* && $report != *'buffered'* ]]
}

@test "UnsetEnvironment= keeps READY=1 from systemd" {
  change '/^\[Service\]/a UnsetEnvironment=NOTIFY_SOCKET'
  fails active 'no READY=1 has reached systemd'
}

@test "TimeoutStartSec= is too short" {
  change '/^\[Service\]/a TimeoutStartSec=1ms'
  fails active 'has not sent READY=1 within TimeoutStartSec=0.001s'
}

@test "LogNamespace= is another journal" {
  change '/^\[Service\]/a LogNamespace=other'
  fails prices-logged ': LogNamespace=other'
}

@test "ExecStart= is a shell that stays: READY=1 comes from its child" {
  python journald_daemon.py
  change "s|^ExecStart=\(.*\)|ExecStart=/bin/sh -c '\1; true'|"
  fails active 'never sent READY=1'
  # Newer versions of systemd do not tell which process it was.
  [[ $report == *'its main process'*'sent it something, and NotifyAccess=main leaves that unheard'* ||
    $report == *'its main process'*'NotifyAccess=main leaves unheard what process '*'/srv/student/program'* ]]
}

@test "05 always writes 1.5" {
  python journald_daemon.py 's/^        log(6/        price = 1.5\n&/'
  fails prices-given 'the server gave no such price'
}

@test "05 has a round of a fifth of a second too long" {
  python journald_daemon.py 's/begin + 1 -/begin + 1.2 -/'
  fails prices-cadence 'waits for longer than it should'
}

@test "two handlers of the same kind: each record is there twice" {
  python journald_daemon.py 's/^    wire.sendto(text.*/&\n&/'
  fails native 'two handlers have sent it'
}

@test "ExecReload= sends a signal that ends it" {
  change 's/^ExecReload=.*/ExecReload=kill -USR1 $MAINPID/'
  fails reload 'SIGUSR1 (User defined signal 1) ends a program'
}

@test "READY=1 waits for the first price" {
  python journald_daemon.py '/^notify("READY=1")/d' 's/^        log(6, /        notify("READY=1")\n&/'
  fails stop 'meanwhile the API gave status 500'
  [[ $report == *'say READY=1 when the loop begins'* ]]
}

@test "env -i takes NOTIFY_SOCKET away" {
  change 's|^ExecStart=|&/usr/bin/env -i PRICE_API_URL=${PRICE_API_URL} |'
  fails active 'NOTIFY_SOCKET, where READY=1 goes, is not in'
}

@test "NOTIFY_SOCKET is forgotten after READY=1" {
  python journald_daemon.py 's/^notify("READY=1")/&\nnotify = lambda state: None/'
  fails status 'first argument is not 0'
}

@test "a record of a failure has the last PRICE" {
  python journald_daemon.py 's/log(4, f"no price: {error}")/log(4, f"no price: {error}", PRICE=price)/' 's/^while/price = 0\n&/'
  fails bad-api 'the API gave no price, and the record says one'
}

@test "RELOADING=1, and no READY=1 after it" {
  python journald_daemon.py 's/^notify("READY=1")/import signal\nsignal.signal(signal.SIGHUP, lambda *_: notify("RELOADING=1"))\n&/'
  judge
  [[ $status == 1 && $results == *'reload fail '*'no READY=1 after it'*'stop pass'*'restart pass'* ]]
}

# The last one here: the journal keeps to it for a while.
@test "LogExtraFields= gives a field a second value" {
  change '/^\[Service\]/a LogExtraFields=COIN=BTC'
  fails fields 'a field has two values'
  grep -q 'service:[0-9]*: LogExtraFields=COIN=BTC' <<<"$report"
}

@test "systemd keeps a LogExtraFields= that the unit no longer has" {
  local kept=/run/systemd/units/log-extra-fields:05-journald.service
  change '/^\[Service\]/a LogExtraFields=COIN=BTC'
  start_and_wait
  lab_run cp "$kept" /run/kept
  change '/^LogExtraFields=/d'
  put
  lab_run sh -c "systemctl stop 05-journald; mv /run/kept $kept; systemctl start 05-journald"
  fails fields 'systemd has kept it'
  [[ $report == *"hint        sudo rm $kept"* ]]
}

@test "its records go to syslog's socket" {
  python journald_daemon.py 's|/run/systemd/journal/socket|/dev/log|'
  fails native "by syslog's socket"
}

@test "the watchdog's signal is one that the program minds: a warning" {
  change 's/^WatchdogSec=.*/&\nWatchdogSignal=SIGHUP/'
  warns unharmed "the watchdog's signal may not end it"
}
