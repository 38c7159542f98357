#!/usr/bin/env bats
# The lab holds: what its root tries against the machine outside, refused; and what it is to take, and
# lessons need, all the same. The attacks leave harmless marks, which the tests look for outside.

bats_require_minimum_version 1.5.0
load helpers

export STAGE=01-date-daemon

setup_file() {
  # What must not be seen: one file of root's, one that anyone may read.
  SECRET=secret-$RANDOM$RANDOM
  PLANTED=(/root/servicios-test.$$ /srv/servicios-test.$$ /usr/local/share/servicios-test.$$)
  export SECRET
  as_root install -m 600 /dev/stdin "${PLANTED[0]}" <<<"$SECRET"
  as_root install -m 644 /dev/stdin "${PLANTED[1]}" <<<"$SECRET"
  as_root install -m 600 /dev/stdin "${PLANTED[2]}" <<<"$SECRET"
  echo "${PLANTED[@]}" >"$BATS_FILE_TMPDIR/planted"
  # By hand, with --without-user-namespace: then most of these tests must fail.
  # shellcheck disable=SC2086  # its words
  lab_start ${LAB_OPTIONS:-}
}

teardown_file() {
  lab_stop
  # shellcheck disable=SC2046  # its words
  as_root rm -f $(<"$BATS_FILE_TMPDIR/planted")
}

# attack: runs the Python program on standard input as the lab's root. It ends with 0 if it was
# refused all that it tried, and says what succeeded.
attack() {
  lab python3 -c "$(cat "$BATS_TEST_DIRNAME/attack.py" -)" "$@"
}

@test "its root is nobody outside, and no two labs are the same nobody" {
  local first second
  first=$(ps -o uid= -p "$LAB_BOOT")
  second=$(lab_start --build '' && ps -o uid= -p "$LAB_BOOT" && lab_stop)
  echo "$first $second"
  ((first >= 524288 && second >= 524288 && first != second))
}

@test "a library that all programs load is loaded in the lab, and nowhere else" {
  lab tee /tmp/look.c >/dev/null <<'END'
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void look(void) {
  if (getenv("LOOKED")) return;
  setenv("LOOKED", "yes", 1);
  system("{ readlink /proc/self/ns/user /proc/self/ns/pid; grep CapEff /proc/$PPID/status; "
         "for process in /proc/[0-9]*; do readlink $process/ns/user $process/ns/pid; done; "
         "tr '\\0' '\\n' </proc/$PPID/environ; } >/tmp/seen.$$ 2>&1");
}
END
  lab cc -shared -fPIC -o /tmp/look.so /tmp/look.c
  lab sh -c 'echo /tmp/look.so >/etc/ld.so.preload'
  GITHUB_TOKEN=$SECRET lab_run /bin/true
  lab_run --language /bin/true
  lab env LOOKED=yes rm /etc/ld.so.preload
  lab sh -c 'cat /tmp/seen.*' >"$BATS_TEST_TMPDIR/seen"
  grep '^CapEff' "$BATS_TEST_TMPDIR/seen"
  run ! grep -F -e "$(readlink /proc/self/ns/user)" -e "$(readlink /proc/self/ns/pid)" \
    -e "$SECRET" "$BATS_TEST_TMPDIR/seen"
}

@test "it sees no process of this machine, and can neither signal, nor trace, nor join one" {
  local outside
  setpriv --pdeathsig TERM sleep 300 3>&- &
  outside=$!
  attack "$outside" <<'END'
outside = int(sys.argv[1])
if os.path.exists(f"/proc/{outside}/comm") and open(f"/proc/{outside}/comm").read() == "sleep\n": fail("it is seen")
tried("kill", lambda: os.kill(outside, 9))
tried("ptrace", lambda: call(libc.ptrace, 16, outside, 0, 0))
tried("setns", lambda: call(libc.setns, os.open(f"/proc/{outside}/ns/mnt", os.O_RDONLY), 0))
END
  kill "$outside"
}

@test "it makes no disk, mounts none, and none is there" {
  attack <<'END'
for device in (254, 0), (8, 0), (259, 0), (7, 0), (1, 1):
    tried(f"mknod {device}", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(*device)))
    tried(f"mknod {device}", lambda: os.mknod("/tmp/disk", 0o20600, os.makedev(*device)))
disks = [d for d in os.listdir("/dev") if stat.S_ISBLK(os.stat("/dev/" + d).st_mode)]
if disks: fail(f"/dev has {disks}")
mounted("ext4", "/dev/vda")
tried("loop", lambda: os.open("/dev/loop-control", os.O_RDWR))
tried("mem", lambda: os.open("/dev/mem", os.O_RDWR))
END
}

@test "it changes no setting of the kernel: core_pattern, sysrq, /proc/sys, /sys" {
  local before
  before=$(cat /proc/sys/kernel/core_pattern)
  attack <<'END'
for place in "/proc/sys", "/sys", "/proc": subprocess.run(["mount", "-o", "remount,bind,rw", place], stderr=-3)
os.makedirs("/tmp/proc", exist_ok=True)
subprocess.run(["mount", "-t", "proc", "proc", "/tmp/proc"], stderr=-3)
for proc in "/proc", "/tmp/proc":
    tried("core_pattern", lambda: open(f"{proc}/sys/kernel/core_pattern", "w").write("servicios-test"))
    tried("sysrq", lambda: os.open(f"{proc}/sysrq-trigger", os.O_WRONLY))
    # Namespaces have these of their own, and random takes what anyone gives it.
    own = "sys/(net|user)/|sys/fs/mqueue|sys/kernel/(hostname|domainname|sem|msg|shm|auto_msgmni|random/|ns_last_pid|pid_max|.*keys)"
    for folder, _, files in os.walk(f"{proc}/sys"):
        for file in files:
            name = os.path.join(folder, file)
            if not re.search(own, name): tried(name, lambda: os.open(name, os.O_WRONLY))
for folder, _, files in os.walk("/sys"):
    if "/cgroup" in folder or "/net" in folder: continue
    for file in files: tried(f"{folder}/{file}", lambda: os.open(f"{folder}/{file}", os.O_WRONLY))
END
  expect "$before" "$(cat /proc/sys/kernel/core_pattern)"
}

@test "it loads no module, sets no clock, reads no kernel log, and swaps nothing" {
  attack <<'END'
tried("init_module", lambda: call(libc.syscall, 175, b"", 0, b""))
tried("finit_module", lambda: call(libc.syscall, 313, 0, b"", 0))
tried("settimeofday", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))
tried("swapoff", lambda: call(libc.swapoff, b"/nothing"))
tried("reboot", lambda: call(libc.syscall, 169, 0xfee1dead, 672274793, 0, 0))
tried("kexec", lambda: call(libc.syscall, 246, 0, 0, 0, 0))
tried("bpf", lambda: call(libc.syscall, 321, 0, struct.pack("IIII100x", 2, 4, 4, 1), 116))
END
}

@test "it changes neither its control groups' limits nor what they run" {
  attack <<'END'
for tree in "memory", "pids", "devices", "freezer", "cpu", "systemd":
    for file in "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "pids.max", "devices.allow", \
            "freezer.state", "cpu.shares", "release_agent":
        tried(f"{tree}/{file}", lambda: os.open(f"/sys/fs/cgroup/{tree}/{file}", os.O_WRONLY))
os.makedirs("/tmp/groups", exist_ok=True)
for tree in "memory", "rdma", "pids", "net_cls", "misc":
    if subprocess.run(["mount", "-t", "cgroup", "-o", tree, "cgroup", "/tmp/groups"], stderr=-3).returncode == 0:
        tried(f"{tree}: release_agent", lambda: os.open("/tmp/groups/release_agent", os.O_WRONLY))
        tried(f"{tree}: the limit", lambda: os.open("/tmp/groups/memory.limit_in_bytes", os.O_WRONLY))
        subprocess.run(["umount", "/tmp/groups"])
END
}

@test "it cannot write to the checkout, by whatever way" {
  local before
  before=$(md5sum "$CHECKOUT/LICENSE")
  attack "$CHECKOUT" <<'END'
checkout = sys.argv[1]
subprocess.run(["mount", "-o", "remount,rw", checkout], stderr=-3)
subprocess.run(["mount", "-o", "remount,bind,rw", checkout], stderr=-3)
os.makedirs("/tmp/again", exist_ok=True)
subprocess.run(["mount", "--rbind", checkout, "/tmp/again"])
subprocess.run(["mount", "-o", "remount,bind,rw", "/tmp/again"], stderr=-3)
for place in checkout, "/tmp/again", f"/proc/1/root{checkout}":
    tried("write", lambda: open(f"{place}/LICENSE", "a").write("servicios-test"))
    tried("make", lambda: open(f"{place}/servicios-test", "w"))
    tried("make below", lambda: open(f"{place}/.git/servicios-test", "w") if os.path.isdir(f"{place}/.git") else os.listdir("/no"))
    tried("chmod", lambda: os.chmod(f"{place}/LICENSE", 0o666))
    tried("rename", lambda: os.rename(f"{place}/LICENSE", f"{place}/LICENCE"))
    file = os.open(f"{place}/LICENSE", os.O_RDONLY)
    tried("thaw", lambda: fcntl.ioctl(file, 0xC0045878, 0))  # as freeze, and harmless
    tried("chattr", lambda: fcntl.ioctl(file, 0x40086602, struct.pack("l", 0x10)))
END
  lab sh -c 'echo servicios-test >build/servicios-test; mkdir build/servicios-folder'
  expect servicios-test "$(lab cat build/servicios-test)"
  [[ ! -e $CHECKOUT/build/servicios-test && ! -e $CHECKOUT/build/servicios-folder &&
    ! -e $CHECKOUT/servicios-test ]]
  expect "$before" "$(md5sum "$CHECKOUT/LICENSE")"
}

@test "other people's files are not there: /root, /home, /srv, hashes, keys, what only root may read" {
  local place
  for place in $(<"$BATS_FILE_TMPDIR/planted"); do
    [[ -n $(as_root cat "$place") ]]
    run ! lab cat "$place"
  done
  expect '' "$(lab cut -d: -f2 /etc/shadow | grep -v '^[*!]')"
  expect '' "$(lab sh -c 'ls -d /etc/gshadow* /etc/ssl/private/* /etc/ssh/ssh_host_* /etc/sudoers.d/*' 2>/dev/null)"
  for place in /home /srv /mnt /media /opt; do expect '' "$(lab ls -A "$place")"; done
}

# By script(1), whose terminal is the caller's.
@test "it does not type on the caller's terminal" {
  cat >"$BATS_TEST_TMPDIR/type.py" <<'END'
import fcntl, os, sys
for name in 0, 1, 2, "/dev/tty", "/proc/self/fd/0":
    try:
        terminal = name if isinstance(name, int) else os.open(name, os.O_RDWR)
        for character in b"typed by the lab\n": fcntl.ioctl(terminal, 0x5412, bytes([character]))
    except OSError: pass
print("tried")
END
  cat >"$BATS_TEST_TMPDIR/caller" <<END
source "$CHECKOUT/lab/lab.bash"
lab_run python3 -c "\$(cat "$BATS_TEST_TMPDIR/type.py")"
lab_run python3 -c "\$(cat "$BATS_TEST_TMPDIR/type.py")" | cat
lab_run python3 -c "\$(cat "$BATS_TEST_TMPDIR/type.py")" </dev/null
read -r -t 1 line
echo "line: <\$line>"
END
  mkfifo "$BATS_TEST_TMPDIR/keys"  # nobody types, and nobody hangs up
  script --quiet --return --command "bash '$BATS_TEST_TMPDIR/caller'" /dev/null \
    <>"$BATS_TEST_TMPDIR/keys" \
    >"$BATS_TEST_TMPDIR/screen"
  tr -d '\r' <"$BATS_TEST_TMPDIR/screen" >"$BATS_TEST_TMPDIR/said"
  cat "$BATS_TEST_TMPDIR/said"
  expect 3 "$(grep -c tried "$BATS_TEST_TMPDIR/said")"
  grep -x 'line: <>' "$BATS_TEST_TMPDIR/said"
}

@test "a command has a terminal where the caller has one, and the keys that are typed" {
  # shellcheck disable=SC2016  # the lab's shell expands it
  printf 'tty >/dev/null 2>&1; test -t 0 && test -t 1 && echo both; stty size; echo $((40 + 2)); exit 3\n' \
    >"$BATS_TEST_TMPDIR/keys"
  run script --quiet --return --command \
    "bash -c 'source $CHECKOUT/lab/lab.bash; stty rows 30 columns 70; lab_run bash --norc'" /dev/null \
    <"$BATS_TEST_TMPDIR/keys"
  echo "$output"
  [[ $status == 3 && $output == *both*'30 70'*42* ]]
}

@test "a command whose output is for a pipe leaves the caller's terminal as it is, and reads its lines" {
  run script --quiet --return --command \
    "bash -c 'source $CHECKOUT/lab/lab.bash; lab_run cat | sed s/e/E/g; stty -a | grep -o ^-*opost'" /dev/null \
    <<<$'hello\n\x04'
  echo "$output"
  [[ $status == 0 && $output == *hEllo*$'\nopost'* ]]
}

@test "the caller's keyring stays outside" {
  cat >"$BATS_TEST_TMPDIR/keys.py" <<'END'
import ctypes, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
session = -3
assert libc.syscall(250, 1, None) > 0 or sys.exit("no keyrings here")
key = libc.syscall(248, b"user", b"servicios-test", b"secret", 6, session)
assert key > 0
read = f"import ctypes; print(ctypes.CDLL(None).syscall(250, 11, {key}, ctypes.create_string_buffer(9), 9))"
sys.exit(subprocess.run(["bash", "-c", 'source "$0"; lab_run python3 -c "$1"', sys.argv[1], read]).returncode)
END
  as_root true
  expect -1 "$(python3 "$BATS_TEST_TMPDIR/keys.py" "$CHECKOUT/lab/lab.bash")"
}

@test "pipes go along, and no folder, from which a way leads out" {
  # shellcheck disable=SC2016  # the lab's shell expands it
  expect 'in out' "$(echo in | lab_run sh -c 'read -r word; echo $word out')"
  expect three "$(lab_run sh -c 'echo three >&3' 3>&1 >/dev/null)"
  run lab_run ls /proc/self/fd/9/ 9</
  ((status != 0))
  run lab_run ls /proc/self/fd/0/ </
  ((status != 0))
  run ! lab_run sh -c 'echo servicios-test >&9' 9>"$BATS_TEST_TMPDIR/file"
}

@test "a command's exit status is lab_run's" {
  run lab_run sh -c 'exit 7'
  ((status == 7))
  run lab_run sh -c 'kill -KILL $$'
  ((status == 137))
  run -127 lab_run no-such-command
  ((status == 127))
}

@test "who signals lab_run signals the command" {
  local running status=0
  bash -c 'source "$0"; exec 3>&-; lab_run sh -c "echo up; exec sleep 300"' "$CHECKOUT/lab/lab.bash" \
    >"$BATS_TEST_TMPDIR/said" 3>&- &
  wait_until grep up "$BATS_TEST_TMPDIR/said"
  running=$(pgrep --parent "$!" --full enter || echo "$!")
  kill -TERM "$running"
  wait "$!" || status=$?
  ((status == 143))
  run ! lab pgrep --full '^sleep 300'
}

@test "of the environment only harmless words go along" {
  local seen
  seen=$(TERM='x;y' COLUMNS=99 NO_COLOR=1 LANG=es_ES.UTF-8 GITHUB_TOKEN=$SECRET lab_run --language env)
  echo "$seen"
  grep -x COLUMNS=99 <<<"$seen"
  grep -x NO_COLOR=1 <<<"$seen"
  grep -x LANG=es_ES.UTF-8 <<<"$seen"
  run ! grep -e ';' -e "$SECRET" <<<"$seen"
  expect '' "$(COLUMNS=99 lab_run env | grep COLUMNS)"
}

# --- Limits ------------------------------------------------------------------------------------

@test "a full disk is full, and the lab lives" {
  local place
  for place in /tmp /run /dev/shm; do
    run lab sh -c "head -c 4G /dev/zero >$place/full"
    echo "$output"
    [[ $status != 0 && $output == *'No space left'* ]]
    lab_alive
    lab rm "$place/full"
  done
}

@test "what it writes on its console does not fill this machine's disk" {
  lab sh -c 'head -c 20M /dev/zero >/dev/console'
  local console
  console=$(as_root stat --dereference --format=%s "/proc/$LAB/fd/1")
  echo "$console"
  ((console <= 110000))
}

@test "nor can it have more files than is said" {
  attack <<'END'
for place in "/tmp", "/run", "/dev/shm":
    folder = f"{place}/files"
    os.mkdir(folder)
    made = 0
    try:
        while made < 300000:
            os.close(os.open(f"{folder}/{made}", os.O_CREAT | os.O_WRONLY))
            made += 1
    except OSError as error:
        assert error.errno == errno.ENOSPC
    subprocess.run(["rm", "-r", folder])
    if made == 300000: fail(f"{place} takes files without end")
END
  lab_alive
}

# Without a control group for it, each process has the limit, and nobody is told.
@test "a process that takes all memory ends, and what was wanted too much of is told" {
  run lab python3 -c 'hog = [bytearray(1 << 26) for _ in range(128)]'
  echo "$output"
  lab_alive
  if has_limit memory; then
    ((status == 137))
    lab_limit_reached | grep -x memory
  else
    [[ $status == 1 && $output == *MemoryError* ]]
  fi
}

@test "a fork bomb ends at its limit, and the lab lives" {
  expect '' "$(lab_limit_reached | grep -x tasks)"
  run lab python3 -c '
import os, signal, time
made = []
try:
    while len(made) < 4000:
        process = os.fork()
        if process == 0:
            time.sleep(60)
            os._exit(0)
        made.append(process)
except OSError: pass
print(len(made))
for process in made: os.kill(process, signal.SIGKILL)'
  echo "$output"
  ((output > 100 && output < 2000))
  lab_alive
  ! has_limit tasks || lab_limit_reached | grep -x tasks
}

# has_limit NAME: whether the lab's control groups have one.
has_limit() {
  local group
  for group in $(as_root cat "/proc/$LAB/fd/8"); do
    case $1 in
      memory) as_root test -e "$group/memory.limit_in_bytes" -o -e "$group/memory.max" && return ;;
      tasks) as_root test -e "$group/pids.max" && return ;;
    esac
  done
  return 1
}

# --- What works all the same -------------------------------------------------------------------

@test "users that systemd makes up, user namespaces of its own, hardening" {
  local user
  user=$(lab systemd-run --quiet --pipe --wait -p DynamicUser=yes -p StateDirectory=mine -p PrivateUsers=yes \
    -p ProtectSystem=strict -p PrivateTmp=yes -p PrivateDevices=yes -p ProtectKernelTunables=yes \
    -p NoNewPrivileges=yes sh -c 'touch /var/lib/mine/x && ! touch /usr/x && id -u' 2>/dev/null)
  ((user >= 61184 && user <= 65519))
}

@test "a socket starts its service, a mount unit mounts memory, a second proc, a set-user-ID program" {
  put_units price-api.socket price-api.service srv-prices.mount
  lab systemctl daemon-reload
  lab systemctl start price-api.socket srv-prices.mount
  lab curl --silent --fail 'http://127.0.0.1:8080/api/v3/simple/price?ids=bitcoin&vs_currencies=usd'
  expect 'tmpfs 1M' "$(lab findmnt --noheadings --raw --output FSTYPE,SIZE /srv/prices)"
  lab systemctl stop srv-prices.mount price-api.socket price-api.service
  expect 0 "$(lab setpriv --reuid 1000 --clear-groups su --version >/dev/null; echo $?)"
  lab install -m 4755 /usr/bin/id /usr/local/bin/as-root
  expect 0 "$(lab setpriv --reuid 1000 --clear-groups /usr/local/bin/as-root --user)"
}

@test "programs, packages and man pages are there, and root's: a compiler, dpkg, locale" {
  expect '0:0 0:0 0:0' "$(lab stat --format=%u:%g /usr /usr/bin/env /var/lib/dpkg/status | xargs)"
  expect "$(stat --format='%a %u' /usr/bin/su)" "$(lab stat --format='%a %u' /usr/bin/su)"
  lab sh -c 'mv /usr/bin/env /usr/bin/env.was && cp /usr/bin/env.was /usr/bin/env'
  lab sh -c 'echo "int main() {}" >/tmp/a.cpp && c++ -o /tmp/a /tmp/a.cpp && /tmp/a'
  # shellcheck disable=SC2016
  expect installed "$(lab dpkg-query --show --showformat='${db:Status-Status}' libc6)"
  lab ldconfig
  lab getent passwd root
}

@test "it reboots, is powered off, and lab_alive says so" {
  # In a shell of its own, since this one's lab goes on.
  lab_start --build ''
  lab_alive
  lab_run systemctl reboot || true
  wait_until has_status 2 lab_alive
  lab_up
  lab_alive
  lab_run touch /var/tmp/kept
  lab_reboot
  lab_run test -e /var/tmp/kept
  lab_alive
  lab_run systemctl poweroff || true
  wait_until has_status 1 lab_alive
  run lab_run true
  [[ $status == 1 && $output == "lab: there is no lab $LAB; it has ended" ]]
  lab_stop
}

has_status() {
  local status=0
  "${@:2}" || status=$?
  ((status == $1))
}

@test "a time zone" {
  (lab_start --build '' --timezone America/Bogota
    expect -0500 "$(lab_run date +%z)")
  run lab_start --build '' --timezone ../../etc/passwd
  [[ $status == 1 && ${#lines[@]} == 1 && $output == *"no time zone '../../etc/passwd'"* ]]
}

@test "a submission's lab has what it may build with: no more" {
  # As a checkout of somebody whose umask is 002.
  chmod g+w "$CHECKOUT/cmake/stage.cmake"
  (trap 'chmod g-w "$CHECKOUT/cmake/stage.cmake"' EXIT
    lab_start --submission
    expect '' "$(lab_run find . -name main.cpp)"
    expect '' "$(lab_run ls work)"
    expect '' "$(lab_run sh -c 'ls /usr/local/bin/0* /usr/local/bin/price-api /usr/local/lib/servicios
      ls /usr/local/share/servicios' 2>/dev/null)"
    lab_run sh -c 'ls cmake/stage.cmake common/logging.hpp 03-price-fetcher/price_client.cpp \
      05-journald/journald_handler.cpp units/price-api.socket units/offline.conf'
    for path in . /usr/local/lib cmake/stage.cmake work /usr/bin/env /etc; do
      ! lab_run setpriv --reuid 65534 --clear-groups test -w "$path" || { echo "$path"; false; }
    done)
  run lab_start --submission --network host
  [[ $status == 1 && $output == *'a submission gets no network' ]]
}

@test "who builds a submission reaches the checkout, also if that lies in the home of root" {
  local checkout
  checkout=$(mktemp -d /root/servicios.XXXXXX)
  chmod 755 "$checkout"
  mkdir "$checkout/build"
  cp -rp --parents lab commands build/lab-tools "$checkout"
  (trap 'lab_stop || true; rm -r "$checkout"' EXIT
    source "$checkout/lab/lab.bash"
    lab_start --build ''
    lab_run setpriv --reuid 65534 --clear-groups ls "$checkout/lab/machine"
    ! lab_run setpriv --reuid 65534 --clear-groups ls /root)
}

@test "interrupted while it comes up, it ends, and nothing is left" {
  local signal starting status group
  for signal in TERM INT; do
    setpriv --pdeathsig TERM bash -c 'source "$0"; trap lab_stop EXIT; trap "exit 1" TERM INT
      lab_start --build ""; sleep 300' "$CHECKOUT/lab/lab.bash" 3>&- &
    starting=$!
    wait_until pgrep --full "lab/machine boot .* $starting "
    kill "-$signal" "$starting" || return
    [[ $signal == TERM ]] || kill -TERM "$starting"  # a background process has SIGINT ignored
    status=0
    wait "$starting" || status=$?
    ((status == 1))
    expect '' "$(pgrep --full "lab/machine (keep|boot|start) .* $starting " || true)"
  done
}

@test "without user namespaces one line says so; --without-user-namespace goes on" {
  # shellcheck disable=SC2016
  run unshare --user --map-root-user bash -c 'echo 0 >/proc/sys/user/max_user_namespaces
    source "$0"; lab_start --build ""' "$CHECKOUT/lab/lab.bash"
  echo "$output"
  [[ $status == 1 && ${#lines[@]} == 1 && $output == *'no user namespace for a lab: '*--unsafe-root* ]]
  (lab_start --build '' --without-user-namespace
    expect '0 0 4294967295' "$(lab_run cat /proc/self/uid_map | xargs)"
    lab_run systemctl is-system-running)
}
