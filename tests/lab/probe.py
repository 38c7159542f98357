"""What a service can do to the rest of the machine: one line each, for 03-hardening.bats."""
import ctypes
import os
import socket
import sys


def probe(name, attempt):
    try:
        attempt()
    except OSError as error:
        print(f'{name}: {error.strerror}')
    else:
        print(f'{name}: yes')


def write(path):
    def attempt():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.close(descriptor)
    return attempt


def connect(path):
    return lambda: socket.socket(socket.AF_UNIX).connect(path)


def listen():
    server = socket.socket()
    server.bind(('127.0.0.1', 0))
    server.listen()


def ask():
    client = socket.socket()
    client.settimeout(5)
    client.connect(('127.0.0.1', 8080))


def make_io_uring():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(425, 1, ctypes.create_string_buffer(120)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def survives(attempt):
    """In a child, since a forbidden system call ends the process."""
    def attempt_in_child():
        child = os.fork()
        if child == 0:
            try:
                attempt()
            except OSError as error:
                os._exit(error.errno)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            raise OSError(0, f'signal {os.WTERMSIG(status)}')
        if status:
            code = os.WEXITSTATUS(status)
            raise OSError(code, os.strerror(code))
    return attempt_in_child


PROBES = {
    'write below /run': write('/run/lock/probe'),
    'order the price server faults': write('/run/price-api/faults'),
    'write to shared memory': write('/dev/shm/probe'),
    'write to /tmp': write('/tmp/probe'),
    'write to a control group': write('/sys/fs/cgroup/cgroup.procs'),
    'write to /etc': write('/etc/probe'),
    'write to its own folder': write('probe'),
    'reach the system bus': connect('/run/dbus/system_bus_socket'),
    'reach the journal': lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(
        '/run/systemd/journal/socket'),
    'listen': survives(listen),
    'make an io_uring': survives(make_io_uring),
    'ask': survives(ask),
}

for name in sys.argv[1:] or PROBES:
    probe(name, PROBES[name])
sys.stdout.flush()
