load ../broken/submission

setup() { solution 03-price-fetcher; }

@test "03, as shipped: all passes" {
  passes
}

@test "03 in Python: all passes" {
  python price_daemon.py
  passes
}

@test "03, nothing is done yet: the unit is not found" {
  STARTED=no fails unit-found 'systemd has found no file'
}

@test "After=network-online.target without Wants=" {
  change '/^Wants=/d'
  fails network 'without Wants='
}

@test "Wants=network-online.target without After=" {
  change '/^After=/d'
  fails network 'After= is what has the unit wait for it'
}

@test "neither After= nor Wants=" {
  change '/^After=/d' '/^Wants=/d'
  fails network 'nothing says that it starts after it'
}

@test "a target of the network that there is not" {
  change 's/network-online/network.online/'
  fails network 'names network.online.target, and there is no such target'
}

@test "Wants= names a target that there is not" {
  change 's/^Wants=network-online/Wants=network.online/'
  fails network 'Wants= names network.online.target, and there is no such target'
}

@test "syslog.target, which systemd has no longer, and network.target" {
  change 's/^After=.*/After=syslog.target network.target/'
  fails network 'network.target says only'
}

@test "User=nobody: a warning" {
  change 's/^DynamicUser=.*/User=nobody/'
  warns not-root 'nobody is the user of whatever has none of its own'
}

@test "RestartSec= in seconds, meant as milliseconds: a warning" {
  change 's/^RestartSec=.*/RestartSec=500/'
  warns comes-back 'it is gone for 500 seconds'
}

@test "status 1 is no reason for a restart: a warning" {
  change 's/^RestartPreventExitStatus=.*/& 1/'
  warns comes-back 'RestartPreventExitStatus= lists status 1'
}

@test "a crash that is a success, and forces a restart: all passes" {
  change 's/^RestartPreventExitStatus=.*/&\nSuccessExitStatus=SIGABRT\nRestartForceExitStatus=SIGABRT/'
  judge --gentle
  [[ $status == 0 && $results == *'comes-back pass'* ]]
}

@test "it asks another server" {
  python price_daemon.py 's|^URL = .*|URL = "http://127.0.0.1:9/simple/price"|'
  fails prices-written 'the offline price server has not been asked'
}

@test "the command says another interval" {
  change 's/--interval 1/--interval 2/'
  fails prices-cadence 'the command says --interval 2, and the check expects 1 seconds'
}

@test "network.target, as in the notes" {
  change 's/network-online/network/'
  fails network 'network.target says only'
}

@test "Requires= or BindsTo=, with After=: all passes" {
  change 's/^Wants=network-online/BindsTo=network-online/'
  passes
}

# settings LINE...: no price comes, and each line is named.
hinders() {
  local line
  for line; do change "/^\[Service\]/a $line"; done
  fails prices-written "$1"
}

@test "PrivateNetwork= has no server in it" { hinders PrivateNetwork=yes; }
@test "RestrictAddressFamilies= without the internet's" { hinders RestrictAddressFamilies=AF_UNIX; }
@test "SystemCallFilter= forbids sockets" { hinders 'SystemCallFilter=~socket' SystemCallErrorNumber=EPERM; }
@test "a proxy of the environment's" { hinders Environment=http_proxy=http://127.0.0.1:9; }

@test "the command's options from a file that says nothing" {
  lab_run bash -c 'echo "PRICE_API_URL=http://127.0.0.1:9/api/v3" >/etc/default/prices'
  change '/^Environment=/a EnvironmentFile=/etc/default/prices'
  fails prices-written ': EnvironmentFile=/etc/default/prices'
}

@test "a shell's export in EnvironmentFile=" {
  lab_run bash -c 'echo export PRICE_API_URL=http://127.0.0.1:8080/api/v3 >/etc/default/prices'
  change 's|^Environment=.*|EnvironmentFile=/etc/default/prices|'
  fails prices-written 'Ignoring invalid environment assignment'
}

@test "the coin is 'bitcon', as in the notes" {
  change 's/--coin bitcoin/--coin bitcon/'
  fails prices-written 'bitcon'
}

@test "nothing listens at the URL" {
  change 's|127.0.0.1:8080|127.0.0.1:9|'
  fails prices-written '127.0.0.1:9'
}

@test "its waits become longer with each failure: all passes" {
  python price_daemon.py '/^while/i failures = 0' 's/^        print.*/&\n        failures += 1\n        if failures >= 3: time.sleep(20)/'
  passes
}

@test "no User-Agent, and no word of what came of it" {
  python price_daemon.py 's|urlopen(URL|urlopen(urllib.request.Request(URL, headers={"User-Agent": ""})|' 's/^        print.*/        pass/'
  fails prices-written 'answered each of its questions with 403'
}

@test "a currency that there is not, and no word of what came of it" {
  python price_daemon.py 's/currencies=usd/currencies=us/' 's/^        print.*/        pass/'
  fails prices-written 'the price server has no price for ids='
}

@test "no User-Agent" {
  python price_daemon.py 's|urlopen(URL|urlopen(urllib.request.Request(URL, headers={"User-Agent": ""})|'
  fails prices-written '403'
}

@test "an option that does not exist" {
  change 's/--currency usd/--curency usd/'
  fails active 'unknown option --curency'
}

@test "the whole JSON is written" {
  python price_daemon.py 's/\["bitcoin"\]\["usd"\]//'
  fails prices-form 'that is not a number'
}

@test "the currency is written, too" {
  python price_daemon.py 's/str(price())/str(price()) + " usd"/'
  fails prices-form 'that is not a number'
}

@test "two newlines" {
  python price_daemon.py 's/"\\n"/"\\n\\n"/'
  fails prices-form 'the line is empty'
}

@test "the file is started anew for each price" {
  python price_daemon.py 's/"a"/"w"/'
  fails prices-cadence 'started anew for each line'
}

@test "the file is open, and there is no price to write" {
  python price_daemon.py '/^while/i prices = open("prices.txt", "a")'
  change 's|127.0.0.1:8080|127.0.0.1:9|'
  fails prices-written 'has had nothing to write'
  [[ $report == *'Connection refused'* ]]
}

@test "every other answer comes late: all passes" {
  python price_daemon.py '/^while/i import itertools; late = itertools.cycle([0, 0.6])' \
    '/text = str(price())/a \        time.sleep(next(late))'
  passes
}

@test "ten times as often" {
  python price_daemon.py 's/begin + 1/begin + 0.1/'
  fails prices-cadence 'does not wait for as long'
}

@test "a 429 ends it" {
  python price_daemon.py 's/except Exception/except KeyError/'
  fails bad-api 'status 429'
  [[ $report == *'HTTP Error 429'* ]]
}

@test "a 429 ends it, slowly" {
  python price_daemon.py 's/except Exception/except KeyError/' '/^while/i import atexit; atexit.register(time.sleep, 0.7)'
  fails bad-api 'status 429'
  [[ $report == *'HTTP Error 429'* ]]
}

@test "a time-out ends it, and systemd brings it back" {
  python price_daemon.py 's/except Exception/except urllib.error.HTTPError/'
  fails bad-api 'silence'
  [[ $report == *'timed out'* ]]
}

@test "an answer without a price ends it" {
  python price_daemon.py 's/except Exception/except OSError/'
  fails stop 'status 200, and no price in the answer'
  [[ $report == *"KeyError: 'usd'"* ]]
}

@test "None is written where the answer has no price" {
  python price_daemon.py 's/\["usd"\]/.get("usd")/'
  fails stop 'the answer had no price in it'
}

@test "a 0 is written where the answer has no price" {
  python price_daemon.py 's/\["usd"\]/.get("usd", 0)/'
  fails stop 'the answer had no price in it'
}

@test "no time-out" {
  python price_daemon.py 's/, timeout=0.9//'
  fails bad-api 'no time-out'
}

@test "after an answer that did not come it asks for each interval that has passed" {
  python price_daemon.py 's/timeout=0.9/timeout=6/' '/^while/i tick = time.monotonic()' \
    's/^    time.sleep.*/    tick += 1; time.sleep(max(0, tick - time.monotonic()))/'
  fails bad-api 'asked once for each interval that had passed'
}

@test "None is written where there is no price" {
  python price_daemon.py '/^    except/,/^        print/d' 's/str(price())/str(safe())/' \
    '/^while/i def safe():\n    try: return price()\n    except Exception: return None\n' 's/^    try:/    if True:/'
  fails bad-api 'taken for a price'
}

@test "0 is written where there is no price" {
  python price_daemon.py 's/^        print.*/        open("prices.txt", "a").write("0\\n")/'
  fails bad-api 'a 0, or an old one'
}

@test "a number that has no end is written where there is no price" {
  python price_daemon.py 's/^        print.*/        open("prices.txt", "a").write("1" * 100000 + "\\n")/'
  fails bad-api 'taken for a price'
}

@test "the last price is written again where there is no other" {
  python price_daemon.py 's/ text = / text = last = /' \
    's/^        print.*/        open("prices.txt", "a").write(last + "\\n")/'
  fails bad-api 'a 0, or an old one'
}

@test "it asks once, and writes that price for ever" {
  python price_daemon.py '/^while/i text = str(price())' '/ text = /d'
  fails bad-api 'and not again'
}

@test "its reasons are kept by a buffer" {
  python price_daemon.py 's/, flush=True//'
  fails bad-api 'nothing in the journal says why'
}

@test "LogLevelMax= keeps the reasons from the journal" {
  change '/^\[Service\]/a LogLevelMax=warning'
  fails bad-api 'nothing in the journal says why'
  grep -q 'service:[0-9]*: LogLevelMax=warning' <<<"$report"
}

@test "after a failure it asks again at once" {
  python price_daemon.py 's/^    time.sleep.*/    else:\
        time.sleep(max(0, begin + 1 - time.monotonic()))\
    time.sleep(0.01)/'
  fails bad-api 'asks again at once'
}

@test "the file takes nothing any more" {
  python price_daemon.py '/^while/i name = "prices.txt"' 's|open("prices.txt"|open(name|' 's|^        print.*|&; name = "/dev/full"|'
  fails bad-api 'none came into the file'
  [[ $report == *'No space left on device'* ]]
}

@test "interrupted while the API fails: all is as before" {
  start
  run lab_run bash -c "servicios-check $STAGE --interval 1 & until [[ -e /run/price-api/faults ]]; do
    kill -0 \$! || exit 1; sleep 0.02; done; kill -INT \$!; wait \$!"
  [[ $status == 130 ]]
  [[ $(lab_run ls /run/price-api) != *faults* ]]
  [[ $(lab_run systemctl is-active "$STAGE") == active ]]
}

# --- What the lesson advises -----------------------------------------------------------------------

@test "no RestartSec= is a warning" {
  change '/^RestartSec=/d'
  warns comes-back 'it is started again almost at once'
}

@test "no RestartPreventExitStatus= is a warning" {
  change '/^RestartPreventExitStatus=/d'
  warns comes-back 'a wrong option, exit status 2'
}

@test "Restart=on-abnormal, which a wrong option is not: all passes" {
  change '/^RestartPreventExitStatus=/d' 's/^Restart=.*/Restart=on-abnormal/'
  passes
}

@test "an interval of 0 is taken" {
  program <<'END'
#!/bin/bash
for word; do [[ $word != --no-such-option ]] || { echo "unknown option $word" >&2; exit 2; }; done
[[ "$*" != '--interval 0' ]] || exec sleep 600
exec 03-price-fetcher "$@"
END
  change "s|^ExecStart=.*|& --coin bitcoin --currency usd --file prices.txt --interval 1|"
  fails bad-option 'it takes 0 for a value of --interval'
}

@test "it wants a price for its start" {
  python price_daemon.py '/^while/i price()'
  fails stop 'meanwhile the API gave status 500'
}

@test "a watchdog that nothing feeds, no price either" {
  change '/^\[Service\]/a WatchdogSec=50'
  fails unharmed 'does not send WATCHDOG=1'
}

@test "SIGTERM is for after the answer" {
  python price_daemon.py '/^while/i import signal\ndef stop(*_): raise SystemExit\nsignal.signal(signal.SIGTERM, stop)' \
    's/^    except Exception as error:/    except BaseException as error:/'
  fails stop 'it was waiting for an answer that did not come'
}

@test "SIGTERM is for after the wait that a 429 asks for" {
  python price_daemon.py '/^while/i import signal\nsignal.signal(signal.SIGTERM, lambda *_: setattr(signal, "over", True))\nsignal.over = False' \
    's/^while True/while not signal.over/' \
    's/^        print.*/&\n        time.sleep(int(getattr(error, "headers", {}).get("Retry-After", 0)))/'
  fails stop 'an answer of status 429 had asked it to wait'
}

@test "it asks for a path that is not there" {
  python price_daemon.py 's|os.environ\["PRICE_API_URL"\]|"http://127.0.0.1:8080"|'
  fails prices-written 'was asked for '
  [[ $report == *'"/simple/price?ids=bitcoin&vs_currencies=usd", which it does not have'* ]]
}

@test "it takes nothing for a price, and writes an empty line" {
  python price_daemon.py 's/^    except.*/&\n        open("prices.txt", "a").write("\\n")/'
  WHOLE=yes fails bad-api 'wrote an empty line in its place'
}

@test "why the price server has not been asked" {
  python price_daemon.py
  change '/^\[Service\]/a Environment=http_proxy=http://proxy.example.edu:3128'
  fails prices-written 'the program asks that proxy'
  change '/http_proxy/d' 's|^Environment=PRICE.*|Environment=PRICE_API_URL=https://127.0.0.1:8080/api/v3|'
  start
  lab_run systemctl restart "$STAGE"
  fails prices-written 'and the price server is at http://127.0.0.1:8080/api/v3'
}

@test "the status is not looked at, and a price is in the body" {
  python price_daemon.py 's/^URL/from urllib.error import HTTPError\n&/' \
    's/^    with urllib.*/    try:\n        answer = urllib.request.urlopen(URL, timeout=0.9)\n    except HTTPError as bad:\n        answer = bad\n    with answer:/'
  fails bad-api 'was taken for a price, without a look at the status'
}

@test "ExecReload=pkill, and the name has more than 15 letters" {
  change 's/^ExecReload=.*/ExecReload=pkill -HUP -x 03-price-fetcher/'
  fails reload 'the kernel keeps 15 letters'
}

@test "the first price anywhere in the answer is taken, be it another coin's" {
  python price_daemon.py 's/^import json/import re, json/' \
    's/return json.load(answer).*/return float(re.search(b"usd[^0-9]+([0-9.]+)", answer.read())[1])/'
  fails stop "no price in it but another coin's"
}
