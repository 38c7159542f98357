# What the attacks of machine.bats begin with.
import ctypes, errno, fcntl, os, re, stat, struct, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)


def fail(what):
    sys.exit(f"not refused: {what}")


def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), function.__name__)


# Runs an attack, which is to end with an OSError.
def tried(what, attack):
    try:
        attack()
    except OSError:
        return
    fail(what)


def mounted(kind, source):
    if subprocess.run(["mount", "-t", kind, source, "/mnt"], stderr=-3).returncode == 0:
        fail(f"mount {source}")


