"""Times calls of Python's logging: logging_peer.py DESCRIPTOR CASE.

DESCRIPTOR is a socket. Each line that comes in is a number of calls to make, each line that goes
out the seconds that they took. timeit puts the call itself into its loop: no function is called
around it.
"""

import logging
import socket
import sys
import threading
import time
import timeit

SETUP = "coin, price, real_price = 'bitcoin', 67187, 67187.33"
INTEGER = "logger.info('%s costs %d usd', coin, price)"
REAL = "logger.info('%s costs %s usd', coin, real_price)"
DEBUG = "logger.debug('%s costs %d usd', coin, price)"


def to_file():
    handler = logging.FileHandler("python3.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


def to_journal():
    from systemd.journal import JournalHandler

    return JournalHandler()


def timer(statement, clock):
    return timeit.Timer(statement, SETUP, clock, {"logger": logger})


def alone(statement):
    return timer(statement, time.thread_time).timeit


def two_threads(statement):
    def run(calls):
        start = threading.Barrier(2)
        begins, ends = [], []

        def work():
            own = timer(statement, time.perf_counter)
            start.wait()
            begins.append(time.perf_counter())
            own.timeit(calls // 2)
            ends.append(time.perf_counter())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return max(ends) - min(begins)

    return run


CASES = {
    "disabled": (to_file, alone, DEBUG),
    "file": (to_file, alone, INTEGER),
    "file-real": (to_file, alone, REAL),
    "file-threads": (to_file, two_threads, INTEGER),
    "journal": (to_journal, alone, INTEGER),
}

handler, measure, statement = CASES[sys.argv[2]]
logger = logging.getLogger("bench")
logger.propagate = False
logger.setLevel(logging.INFO)
logger.addHandler(handler())

run = measure(statement)
with socket.socket(fileno=int(sys.argv[1])).makefile("rw") as channel:
    for line in channel:
        print(run(int(line)), file=channel, flush=True)
