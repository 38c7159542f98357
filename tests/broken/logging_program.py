#!/usr/bin/python3
"""A correct 02 in Python, with the options that its lesson lists. The tests break it with sed."""
import argparse, logging, sys


class Parser(argparse.ArgumentParser):
    def error(self, message):  # in one line, without the usage
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(2)


parser = Parser(allow_abbrev=False)
parser.add_argument("--level", default="WARNING")
parser.add_argument("--format", default=logging.BASIC_FORMAT)
parser.add_argument("--datefmt")
parser.add_argument("--filename")
parser.add_argument("--filemode", default="a")
parser.add_argument("--name", default="root")
parser.add_argument("message", nargs="?", default="a message")
options = parser.parse_args()
file = {"filename": options.filename, "filemode": options.filemode} if options.filename else {}
logging.basicConfig(level=options.level, format=options.format, datefmt=options.datefmt, **file)
for level in "debug", "info", "warning", "error", "critical":
    getattr(logging.getLogger(options.name), level)(options.message)
