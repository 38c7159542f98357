load ../broken/submission

setup() { solution 03-price-fetcher; }

# python SED...: the correct daemon in Python, changed.
python() {
  local expression options=()
  for expression; do options+=(-e "$expression"); done
  sed "${options[@]}" "$BATS_TEST_DIRNAME/../broken/price_daemon.py" | program
}

@test "03, as shipped: all passes" {
  passes
}

@test "03 in Python: all passes" {
  python ''
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

@test "no User-Agent" {
  python 's|urlopen(URL|urlopen(urllib.request.Request(URL, headers={"User-Agent": ""})|'
  fails prices-written '403'
}

@test "an option that does not exist" {
  change 's/--currency usd/--curency usd/'
  fails active 'unknown option --curency'
}

@test "the whole JSON is written" {
  python 's/\["bitcoin"\]\["usd"\]//'
  fails prices-form 'that is not a number'
}

@test "the currency is written, too" {
  python 's/str(price())/str(price()) + " usd"/'
  fails prices-form 'that is not a number'
}

@test "two newlines" {
  python 's/"\\n"/"\\n\\n"/'
  fails prices-form 'the line is empty'
}

@test "the file is started anew for each price" {
  python 's/"a"/"w"/'
  fails prices-cadence 'started anew for each line'
}

@test "the file is open, and there is no price to write" {
  python '/^while/i prices = open("prices.txt", "a")'
  change 's|127.0.0.1:8080|127.0.0.1:9|'
  fails prices-written 'has had nothing to write'
  [[ $report == *'Connection refused'* ]]
}

@test "every other answer comes late: all passes" {
  python '/^while/i import itertools; late = itertools.cycle([0, 0.6])' \
    '/text = str(price())/a \        time.sleep(next(late))'
  passes
}

@test "ten times as often" {
  python 's/begin + 1/begin + 0.1/'
  fails prices-cadence 'does not wait for as long'
}

@test "a 429 ends it" {
  python 's/except Exception/except KeyError/'
  fails bad-api 'status 429'
  [[ $report == *'HTTP Error 429'* ]]
}

@test "a 429 ends it, slowly" {
  python 's/except Exception/except KeyError/' '/^while/i import atexit; atexit.register(time.sleep, 0.7)'
  fails bad-api 'status 429'
  [[ $report == *'HTTP Error 429'* ]]
}

@test "a time-out ends it, and systemd brings it back" {
  python 's/except Exception/except urllib.error.HTTPError/'
  fails bad-api 'silence'
  [[ $report == *'timed out'* ]]
}

@test "no time-out" {
  python 's/, timeout=0.9//'
  fails bad-api 'no time-out'
}

@test "None is written where there is no price" {
  python '/^    except/,/^        print/d' 's/str(price())/str(safe())/' \
    '/^while/i def safe():\n    try: return price()\n    except Exception: return None\n' 's/^    try:/    if True:/'
  fails bad-api 'taken for a price'
}

@test "0 is written where there is no price" {
  python 's/^        print.*/        open("prices.txt", "a").write("0\\n")/'
  fails bad-api 'a 0, or an old one'
}

@test "a number that has no end is written where there is no price" {
  python 's/^        print.*/        open("prices.txt", "a").write("1" * 100000 + "\\n")/'
  fails bad-api 'taken for a price'
}

@test "the last price is written again where there is no other" {
  python 's/ text = / text = last = /' \
    's/^        print.*/        open("prices.txt", "a").write(last + "\\n")/'
  fails bad-api 'a 0, or an old one'
}

@test "it asks once, and writes that price for ever" {
  python '/^while/i text = str(price())' '/ text = /d'
  fails bad-api 'and not again'
}

@test "interrupted while the API fails: all is as before" {
  start
  run lab_run bash -c "servicios-check $STAGE --interval 1 & until [[ -e /run/price-api/faults ]]; do
    kill -0 \$! || exit 1; sleep 0.02; done; kill -INT \$!; wait \$!"
  [[ $status == 130 ]]
  [[ $(lab_run ls /run/price-api) != *faults* ]]
  [[ $(lab_run systemctl is-active "$STAGE") == active ]]
}
