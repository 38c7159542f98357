"""CPython's side of logging_python_test.cpp: reads cases, writes what logging makes of each.

usage: logging_python_test.py CASES RESULTS. Both files are sequences of "LENGTH\\nBYTES". A case
is FORMAT with a record's attributes, or PROGRAM with the options of 02-logging; a result begins
with + and is the text, or is - where Python refuses the format, be it at its first record.
"""
import io
import logging
import sys


def read_fields(path):
    with open(path, "rb") as file:
        while size := file.readline():
            yield file.read(int(size)).decode("utf-8", "surrogateescape")


def format_record(fields):
    (form, datefmt, name, level, pathname, line, function, message, seconds, nanoseconds,
     relative, thread, thread_name, process) = fields
    record = logging.LogRecord(name, int(level), pathname, int(line), "%s", (message,), None, function)
    record.created = (int(seconds) * 10**9 + int(nanoseconds)) / 1e9
    record.msecs = int(nanoseconds) // 10**6 + 0.0  # as of Python 3.13; before, rounding may differ
    record.relativeCreated = float(relative)
    record.thread, record.threadName, record.process = int(thread), thread_name, int(process)
    return logging.Formatter(form, datefmt).format(record)


def raise_again(record):
    raise  # what logging would have printed a traceback of


def run_program(fields):
    """Does as 02-logging, and from the places in its source where that logs."""
    *options, first_line, pathname = fields
    given = {key: text[1:] for key, text in
             zip(("level", "format", "datefmt", "filemode", "name", "message"), options) if text}
    message, name = given.pop("message"), given.pop("name", "root")
    log = sys.argv[2] + ".log"
    with open(log, "w") as file:
        file.write("kept\n")
    stream = io.StringIO()
    given |= {"filename": log} if "filemode" in given else {"stream": stream}
    if level := given.get("level"):
        given["level"] = int(level) if level.lstrip("-").isdigit() else level
    logging.root.setLevel(logging.WARNING)
    logging.basicConfig(force=True, **given)
    logging.root.handlers[0].handleError = raise_again
    # At a level that keeps all back, Python would not notice what it refuses.
    logging.root.handlers[0].format(logging.LogRecord("", 30, "", 0, "", (), None, ""))
    calls = [f"  logger.{level}('%s', message)" for level in
             ("debug", "info", "warning", "error", "critical")]
    code = "\n" * (int(first_line) - 2) + "def main(logger, message):\n" + "\n".join(calls)
    scope = {}
    exec(compile(code, pathname, "exec"), scope)
    scope["main"](logging.getLogger(name), message)
    if "stream" in given:
        return stream.getvalue()
    with open(log, newline="") as file:
        return file.read()


KINDS = {"FORMAT": (format_record, 14), "PROGRAM": (run_program, 8)}

fields = read_fields(sys.argv[1])
with open(sys.argv[2], "wb") as results:
    for kind in fields:
        make, count = KINDS[kind]
        case = [next(fields) for _ in range(count)]
        try:
            result = b"+" + make(case).encode("utf-8", "surrogateescape")
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            result = b"-"
        results.write(b"%d\n%s" % (len(result), result))
