# No price without a question, and when they come.
load ../broken/submission

setup() { solution 03-price-fetcher; }

# --- What the server gave ----------------------------------------------------------------------

@test "it always writes 1.5, and asks nothing" {
  python price_daemon.py '/urlopen/d' '/return json/c \    return 1.5'
  fails prices-given 'there is no price without a question'
}

@test "it asks, and always writes 1.5" {
  python price_daemon.py 's/str(price())/str(price() and 1.5)/'
  fails prices-given 'the server gave no such price'
}

@test "it asks, and writes the price of another currency" {
  python price_daemon.py 's/str(price())/str(round(price() * 0.92, 2))/'
  fails prices-given 'the server gave no such price'
}

@test "it asks once, and writes that price for ever, gently" {
  python price_daemon.py '/^while/i text = str(price())' '/ text = /d'
  fails prices-asked 'written before'
}

@test "it asks every other time" {
  python price_daemon.py '/^while/i old = None' \
    's/text = str(price())/text = old or str(price())/' 's/^        with/        old = None if old else text\n&/'
  fails prices-asked 'written before'
}

@test "prices with another form and fewer digits: all passes" {
  python price_daemon.py 's/str(price())/f"{price():.3e}"/'
  passes
}

@test "prices as std::ostream writes a double: all passes" {
  python price_daemon.py 's/str(price())/f"{price():g}"/'
  passes
}

@test "prices without what is behind the point: all passes" {
  python price_daemon.py 's/str(price())/str(int(price()))/'
  passes
}

@test "a price goes through a float" {
  # One of 25 prices is a float's, too: it is not written.
  python price_daemon.py '/^import/s/^/import struct\n/;' \
    's/str(price())/str(next(f for p in iter(price, 0) if (f := struct.unpack("f", struct.pack("f", p))[0]) != p))/'
  fails prices-given 'in a float'
}

@test "a price with digits that are none of it: all passes" {
  python price_daemon.py 's/str(price())/f"{price():.20f}"/'
  passes
}

@test "a comma is the decimal point" {
  # One of 100 prices has no point: it is not written.
  python price_daemon.py 's/str(price())/next(p for p in map(str, iter(price, 0)) if "." in p).replace(".", ",")/'
  fails prices-form 'a comma stands for the decimal point'
}

@test "commas between the thousands" {
  python price_daemon.py 's/str(price())/f"{price():,}"/'
  fails prices-form 'commas stand between the thousands'
}

@test "what a client calls itself is no price" {
  python price_daemon.py \
    's|urlopen(URL|urlopen(urllib.request.Request(URL, headers={"User-Agent": "x\\" prices={\\"bitcoin\\":{\\"usd\\":1.5}}"})|' \
    's/str(price())/str(price() and 1.5)/'
  fails prices-given 'the server gave no such price'
}

@test "it copies the prices that another service asked for" {
  lab_run systemd-run --quiet --collect --unit=other --property=RuntimeMaxSec=300 --property=UMask=022 \
    --property=WorkingDirectory=/srv/student 03-price-fetcher --interval 1 --url http://127.0.0.1:8080/api/v3
  lab_run timeout 300 bash -c 'until [[ -s /srv/student/prices.txt ]]; do sleep 0.05; done'
  program <<'END'
#!/bin/sh
while true; do tail -n 1 /srv/student/prices.txt >>copied.txt; sleep 1; done
END
  fails prices-given 'has not asked the price server'
  lab_run systemctl stop other
}

@test "it asks another server, which is not compared" {
  program <<'END'
#!/usr/bin/python3
import time
price = 1.5
while True:
    price += 1
    with open("prices.txt", "a") as prices:
        prices.write(f"{price}\n")
    time.sleep(1)
END
  change 's|^Environment=PRICE_API_URL.*|Environment=PRICE_API_URL=http://192.0.2.1/api/v3|'
  judge --gentle
  [[ $status == 0 && $results == *'prices-given skipped'* && $results == *'prices-asked skipped'* ]]
}

@test "the file has the prices of an earlier run, of another server: all passes" {
  python price_daemon.py
  change "s|^ExecStart=|ExecStartPre=/bin/sh -c '[ -s prices.txt ] \|\| echo 99.5 >>prices.txt; sleep 0.1'\n&|"
  passes
}

# --- When they come ----------------------------------------------------------------------------

@test "a round of a fifth of a second too long" {
  python price_daemon.py 's/begin + 1 -/begin + 1.2 -/'
  fails prices-cadence 'waits for longer than it should'
}

@test "a round of a fifth of a second too long, with all its checks" {
  python price_daemon.py 's/begin + 1 -/begin + 1.2 -/'
  judge
  grep -q '^prices-cadence fail .*waits for longer' <<<"$results"
  grep -q '^bad-api pass$' <<<"$results"
}

@test "every third round is left out" {
  python price_daemon.py '/^while/i count = 0' \
    's/^    try:/    count += 1\n    if count % 3 == 0:\n        time.sleep(1)\n        continue\n&/'
  fails prices-cadence 'rounds are left out again and again'
}

@test "every third price is not written" {
  python price_daemon.py '/^while/i count = 0' \
    's/^        with/        count += 1\n        if count % 3 == 0: raise ValueError("left out")\n&/'
  fails prices-cadence 'rounds are left out again and again'
}

@test "every third price is not written, with all its checks" {
  python price_daemon.py '/^while/i count = 0' \
    's/^        with/        count += 1\n        if count % 3 == 0: raise ValueError("left out")\n&/'
  judge
  grep -q '^prices-cadence fail .*left out again and again' <<<"$results"
}

@test "it waits for longer after a failure: all passes" {
  python price_daemon.py '/^while/i wait = 1' 's/^        with/        wait = 1\n&/' \
    's/^        print/        wait = min(4, wait * 2)\n&/' 's/begin + 1 -/begin + wait -/'
  passes
}

@test "it starts three seconds late: all passes" {
  python price_daemon.py '/^while/i time.sleep(3)'
  passes
}

@test "a file is deleted while the program has it open" {
  python price_daemon.py '/^while/i prices = open("prices.txt", "a", buffering=1)' 's/with open.*/if True:/'
  start
  lab_run timeout 300 bash -c 'until [[ -s /var/lib/03-price-fetcher/prices.txt ]]; do sleep 0.05; done
    rm /var/lib/03-price-fetcher/prices.txt'
  fails prices-written 'was deleted while the program had it open'
}

@test "an earlier try writes to the same file, too" {
  lab_run bash -c "mkdir -p /var/lib/private/$STAGE; systemd-run --quiet --unit=first-try \
    --setenv=PRICE_API_URL=http://127.0.0.1:8080/api/v3 \
    /usr/local/bin/$STAGE --file /var/lib/private/$STAGE/prices.txt --interval 0.1"
  fails prices-given 'another process has that file open, too: '
  lab_run systemctl stop first-try
}
