load ../broken/submission

setup() { solution 04-logger-levels; }

python() {
  local expression options=()
  for expression; do options+=(-e "$expression"); done
  sed "${options[@]}" "$BATS_TEST_DIRNAME/../broken/price_daemon.py" | program
}

@test "04, as shipped: all passes" {
  passes
}

@test "04 in Python: all passes" {
  python 's/^import json/import logging, json/' \
    '/^while/i logging.basicConfig(level=logging.INFO)' \
    's/^        with open/        logging.info(text)\n&/' 's/^        print.*/        logging.warning(error)/'
  passes
}

@test "04 with another form of the record, and the answer before it: all passes" {
  python 's/^        with open/        print(f"[debug] {text}\\n[prices] [info] {float(text):,.2f}", flush=True)\n&/' \
    's/^        print(f"no/        print(f"WARNING no/'
  passes
}

@test "04, nothing is done yet: the unit is not found" {
  STARTED=no fails unit-found 'systemd has found no file'
}

@test "the logger is not there yet: the program of 03" {
  change 's|/bin/04-logger-levels|/bin/03-price-fetcher|'
  fails prices-logged 'nothing of the program has reached the journal'
}

@test "the level is WARNING" {
  change 's/^ExecStart=.*/& --level WARNING/'
  fails prices-logged 'nothing of the program has reached the journal'
}

@test "standard output is buffered" {
  python 's/^        with open/        print("INFO:root:" + text)\n&/' 's/, flush=True//'
  fails prices-logged 'buffered'
}

@test "something else is logged" {
  python 's/^        with open/        print("INFO:root:a price came", flush=True)\n&/'
  fails prices-logged 'but not this price'
}

@test "the format does not tell the level" {
  change 's/^ExecStart=.*/& --format %%(message)s/'
  fails prices-logged 'nothing in the record tells its level'
}

@test "the price is a warning" {
  python 's/^import json/import logging, json/' \
    's/^        with open/        logging.warning(text)\n&/'
  fails prices-logged 'this record is at WARNING'
}

@test "failures are not logged" {
  python 's/^        with open/        print("INFO:root:" + text, flush=True)\n&/' \
    's/^        print(f.*/        pass/'
  fails bad-api 'no record at the level of a warning'
}
