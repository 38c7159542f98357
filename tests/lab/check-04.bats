load ../broken/submission

setup() { solution 04-logger-levels; }

@test "04, as shipped: all passes" {
  passes
}

@test "04 in Python: all passes" {
  python price_daemon.py 's/^import json/import logging, json/' \
    '/^while/i logging.basicConfig(level=logging.INFO)' \
    's/^        with open/        logging.info(text)\n&/' 's/^        print.*/        logging.warning(error)/'
  passes
}

@test "04 with another form of the record, and the answer before it: all passes" {
  python price_daemon.py 's/^        with open/        print(f"[debug] {text}\\n[prices] [info] {float(text):,.2f}", flush=True)\n&/' \
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
  python price_daemon.py 's/^        with open/        print("INFO:root:" + text)\n&/' 's/, flush=True//'
  fails prices-logged 'buffered'
}

@test "something else is logged" {
  python price_daemon.py 's/^        with open/        print("INFO:root:a price came", flush=True)\n&/'
  fails prices-logged 'but not this price'
}

@test "the format does not tell the level" {
  change 's/^ExecStart=.*/& --format %%(message)s/'
  fails prices-logged 'nothing in the record tells its level'
}

@test "the price is a warning" {
  python price_daemon.py 's/^import json/import logging, json/' \
    's/^        with open/        logging.warning(text)\n&/'
  fails prices-logged 'this record is at WARNING'
}

@test "failures are not logged" {
  python price_daemon.py 's/^        with open/        print("INFO:root:" + text, flush=True)\n&/' \
    's/^        print(f.*/        pass/'
  fails bad-api 'no record at the level of a warning'
}

@test "failures are logged as errors" {
  python price_daemon.py 's/^        with open/        print("INFO:root:" + text, flush=True)\n&/' \
    's/^        print(f"no/        print(f"ERROR:root:no/'
  fails bad-api 'a price that does not come is a warning'
}

@test "a bad status is information, and a time-out a warning" {
  in_python level=logging.INFO \
    's/^    except Exception/    except urllib.error.HTTPError as error:\n        logging.info(error)\n&/'
  fails bad-api 'names the API'
  [[ $report == *'INFO:root:HTTP Error 429'* ]]
}

@test "prices are logged for debugging" {
  python price_daemon.py 's/^        with open/        print("DEBUG:root:" + text, flush=True)\n&/' \
    's/^        print(f"no/        print(f"WARNING:root:no/'
  fails prices-logged 'this record is at DEBUG'
}

@test "StandardError=null" {
  change '/^\[Service\]/a StandardError=null'
  fails prices-logged 'does not lead to this journal'
  [[ $report == *'04-logger-levels.service:'*': StandardError=null'* ]]
}

@test "LogLevelMax=warning" {
  change '/^\[Service\]/a LogLevelMax=warning' 's/^ExecStart=.*/& --format "<6>%%(levelname)s:%%(message)s"/'
  fails prices-logged ': LogLevelMax=warning'
}

@test "04 as JSON: all passes" {
  python price_daemon.py 's/^        with open/        print(json.dumps({"level": "info", "price": float(text)}), flush=True)\n&/' \
    's/^        print(f"no.*/        print(json.dumps({"level": "warning", "why": str(error)}), flush=True)/'
  passes
}

# logs_by PRICE FAILURE: the statements of a program in Python that log the one and the other.
logs_by() {
  python price_daemon.py 's/^import json/import logging, sys, json/' "s/^        with open/        $1\n&/" \
    "s/^        print(f\"no.*/        $2/" "${@:3}"
}

@test "04 with a date before a level in small letters: all passes" {
  logs_by 'print("2026-11-22 14:48:00 info: bitcoin", text, flush=True)' \
    'print("2026-11-22 14:48:00 warning:", error, flush=True)'
  passes
}

@test "04 with a prefix for the priority, and no name: all passes" {
  logs_by 'print("<6>bitcoin", text, flush=True)' 'print("<4>no price:", error, flush=True)'
  passes
}

@test "04 with the level at the end, and a sentence that begins as one: all passes" {
  logs_by 'print("bitcoin", text, "(INFO)", flush=True)' 'print("Error:", error, "(WARNING)", flush=True)'
  passes
}

@test "04 with a level in small letters, and an error of the server in capitals: all passes" {
  logs_by 'print("[info] bitcoin", text, flush=True)' 'print("[warning] HTTP ERROR: status 500 error", error, flush=True)'
  passes
}

@test "04 with a decimal comma: all passes" {
  logs_by 'print("INFO: bitcoin", f"{float(text):,.2f}".translate(str.maketrans(",.", ".,")), "usd", flush=True)' \
    'print("WARNING:", error, flush=True)'
  passes
}

# in_python OPTIONS SED...: 04 in Python, with these options of basicConfig, and one thing changed.
in_python() {
  python price_daemon.py 's/^import json/import logging, json/' "/^while/i logging.basicConfig($1)" \
    's/^        with open/        logging.info(text)\n&/' 's/^        print.*/        logging.warning(error)/' "${@:2}"
}

@test "04 with a prefix that is put together, and a failure that begins with Error: all passes" {
  python price_daemon.py 's/^        with open/        print(f"<{6 if text else 4}>{text}", flush=True)\n&/' \
    's/^        print(f"no price/        print(f"<{4}>Error/'
  passes
}

@test "04 with a traceback in its warnings: all passes" {
  in_python level=logging.INFO '/^while/i class PriceError(Exception): pass\n' \
    's/^        text = str(price())/        try: text = str(price())\n        except Exception as error:\n            raise PriceError(error) from error/' \
    's/logging.warning(error)/logging.warning("no price", exc_info=True)/'
  passes
}

@test "04 says before its first price that it begins, as CRITICAL: all passes" {
  in_python level=logging.INFO '/^while/i logging.critical("begun")'
  passes
}

@test "a message has {} for arguments that Python puts in with %" {
  in_python level=logging.INFO 's/logging.info(text)/logging.info("{} {}", "bitcoin", text)/'
  fails prices-logged 'could not put a message together: '
  [[ $report == *'"TypeError: not all arguments'* ]]
}

@test "it says that it begins, and its prices are below its level, or buffered" {
  in_python level=logging.WARNING '/^while/i logging.warning("begun")'
  fails prices-logged 'nor anything else at INFO'
}

@test "its log goes into the file of the prices" {
  in_python 'level=logging.INFO, filename="prices.txt"'
  fails prices-form "a record of the program's log stands in it"
}

@test "a name for its records is not what keeps them away" {
  in_python level=logging.WARNING
  change '/^\[Service\]/a SyslogIdentifier=prices'
  fails prices-logged 'it logs from a level on that is above INFO'
}

@test "a prefix makes a warning of each price" {
  change 's/^ExecStart=.*/& --format "<4>%%(message)s"/'
  fails prices-logged 'the priority of another level'
}

@test "SyslogLevel=err makes an error of each line" {
  change '/^\[Service\]/a SyslogLevel=err'
  fails bad-api 'its record has the priority of an error'
  [[ $report == *': SyslogLevel=err'* ]]
}

@test "failures go to a standard error that leads nowhere" {
  logs_by 'print("INFO: bitcoin", text, flush=True)' 'print("WARNING:", error, file=sys.stderr)'
  change '/^\[Service\]/a StandardError=null'
  fails bad-api 'no record at the level of a warning'
  [[ $report == *': StandardError=null'* ]]
}

@test "standard error leads to something of the kernel's" {
  logs_by 'logging.info("bitcoin %s", text)' 'logging.warning(error)' \
    '/^while/i logging.basicConfig(level=logging.INFO)\nos.dup2(os.eventfd(0), 2)'
  fails prices-logged 'has closed its standard error, or led it elsewhere'
}

@test "standard error is a socket of the program's own" {
  logs_by 'logging.info("bitcoin %s", text)' 'logging.warning(error)' \
    '/^while/i import socket\nlogging.basicConfig(level=logging.INFO)\npair = socket.socketpair()\nos.dup2(pair[0].fileno(), 2)'
  fails prices-logged 'has closed its standard error, or led it elsewhere'
}

@test "a warning has no newline, and a price stands behind it: a warning" {
  logs_by 'print("INFO:prices:bitcoin", text, flush=True)' \
    'print("WARNING:prices:", str(error)[:40], end="", flush=True)'
  judge
  [[ $status == 0 && $results == *'bad-api warning '*'without the newline at its end'* ]]
}

@test "the records go to a file of their own" {
  logs_by 'logging.info("bitcoin %s", text)' 'logging.warning(error)' \
    '/^while/i logging.basicConfig(level=logging.INFO, filename="daemon.log")'
  fails prices-logged 'its records go to a file of their own'
  [[ $report == *daemon.log:*INFO:root:bitcoin* ]]
}

@test "the logger has a level, and no handler" {
  logs_by 'logging.getLogger("prices").info("bitcoin %s", text)' 'logging.getLogger("prices").warning(error)' \
    '/^while/i logging.getLogger("prices").setLevel(logging.INFO)'
  fails prices-logged 'without basic_config, that is WARNING'
}

@test "each price twice, by two handlers: a warning" {
  logs_by 'logging.getLogger("prices").info("bitcoin %s", text)' 'logging.getLogger("prices").warning(error)' \
    '/^while/i logging.basicConfig(level=logging.INFO)\nlogging.getLogger("prices").addHandler(logging.StreamHandler())'
  warns prices-logged 'stands in the journal twice'
}

@test "04 always writes 1.5" {
  python price_daemon.py 's/str(price())/str(price() and 1.5)/'
  fails prices-given 'the server gave no such price'
}

@test "04 has a round of a fifth of a second too long" {
  python price_daemon.py 's/^        with open/        print("INFO:root:" + text, flush=True)\n&/' \
    's/begin + 1 -/begin + 1.2 -/'
  fails prices-cadence 'waits for longer than it should'
}

@test "journald drops most of its records" {
  in_python level=logging.INFO
  change '/^\[Service\]/a LogRateLimitIntervalSec=1h\nLogRateLimitBurst=100'
  fails unharmed 'journald takes a few of its records in 3600 seconds'
}

@test "it asks once for the file, and once more for the log" {
  in_python level=logging.INFO 's/logging.info(text)/logging.info(price())/'
  fails prices-logged 'asks once for the file, and once more for the log'
}

@test "the log tells another price of the server's, which is a dollar away" {
  in_python level=logging.INFO 's/text = str(price())/text, other = map(str, near())/' 's/logging.info(text)/logging.info(other)/' \
    '/^while/i import itertools\ndef near():\n    pairs = itertools.combinations([price() for _ in range(30)], 2)\n    return min(pairs, key=lambda pair: abs(abs(pair[0] - pair[1]) - 1))\n'
  fails prices-logged 'asks once for the file, and once more for the log'
}

@test "the file has the price without cents, and the log with them: all passes" {
  in_python level=logging.INFO 's/prices.write(text + /prices.write(str(int(float(text))) + /'
  passes
}

@test "04 logs its prices without cents: all passes" {
  in_python level=logging.INFO 's/logging.info(text)/logging.info(round(float(text)))/'
  passes
}

@test "of two records one tells the price without cents, and the other another price" {
  in_python level=logging.INFO 's/^while/records = 0\n&/' \
    's/logging.info(text)/records += 1; logging.info(round(float(text)) + records % 2 * 100)/'
  fails prices-logged 'but not this price'
}

@test "export in an EnvironmentFile=" {
  in_python level=logging.INFO
  lab_run bash -c 'echo export PRICE_API_URL=http://127.0.0.1:8080/api/v3 >/srv/student/env'
  change 's|^Environment=PRICE.*|EnvironmentFile=/srv/student/env|'
  fails active 'an EnvironmentFile= is no shell script'
  [[ $report != *'is EnvironmentFile='* ]]
}

# takes_options LOGGING: 04 in Python, with --level, --format and --count, and this set-up of logging.
takes_options() {
  python price_daemon.py 's/^import json/import argparse, logging, sys, json/' \
    '/^while/i class Parser(argparse.ArgumentParser):\n    def error(self, text): sys.exit(print(text, file=sys.stderr) or 2)\nparser = Parser()\nparser.add_argument("--level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "CRITICAL"])\nparser.add_argument("--format", default="%(levelname)s:%(message)s")\nparser.add_argument("--count")\noptions = parser.parse_args()' \
    "/^while/i $1" 's/^        with open/        logging.info(text)\n&/' 's/^        print.*/        logging.warning(error)/' \
    '$i\    if options.count: break'
  change 's|^ExecStart=.*|& --level INFO|'
}

@test "04 with options: all passes" {
  takes_options 'logging.basicConfig(level=options.level, format=options.format)'
  passes
}

@test "--level and --format come too late: the handler is there" {
  takes_options 'logging.basicConfig(level="INFO")\nlogging.basicConfig(level=options.level, format=options.format)'
  fails options 'what the lesson says of: --level, --format'
}

@test "each failure twice, by print beside the logger: a warning" {
  in_python level=logging.INFO 's/^        logging.warning(error)/        print(error, flush=True)\n&/'
  judge
  [[ $status == 0 && $results == *'bad-api warning '*'stands in the journal twice'* ]]
}

@test "systemd's own records for debugging, before the program's first one: all passes" {
  change '/^\[Service\]/a LogLevelMax=debug'
  passes
}
