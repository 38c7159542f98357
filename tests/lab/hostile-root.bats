# A submission that is root in its lab, and attacks from there: hostile.bash.

load hostile

# --- As root in the lab --------------------------------------------------------------------------

@test "the lab's root reads nothing of the caller's, and writes nothing" {
  echo "$marker" >"$BATS_TEST_TMPDIR/secret"
  local secret=$HOME/$marker before
  echo "$marker" >"$secret"
  before=$(sha256sum course checks/receive lab/machine)
  as_root_before "
    for f in $secret $BATS_TEST_TMPDIR/secret $CHECKOUT/.git/config; do cat \$f && echo leaked-\$f; done
    grep -E '^[^:]+:\\\$' /etc/shadow && echo leaked-shadow
    for f in $CHECKOUT/course $CHECKOUT/checks/receive $CHECKOUT/.git/hooks/post-checkout /tmp/$marker; do
      echo '# $marker' >>\$f; done
    rm -rf $CHECKOUT/lessons $CHECKOUT/docs
    exit 0"
  check
  rm "$secret"
  [[ $output != *leaked-* ]]
  [[ $(sha256sum course checks/receive lab/machine) == "$before" && -d docs && ! -e .git/hooks/post-checkout ]]
  nowhere "/tmp/$marker"
}

@test "the lab's root sets nothing of the kernel's: core_pattern, release_agent, disks, other processes" {
  local pattern name
  pattern=$(</proc/sys/kernel/core_pattern)
  name=$(hostname)
  sleep 600 & local process=$!
  as_root_before "
    mount -o remount,rw /proc/sys; mount -t proc proc /mnt
    for p in /proc/sys /mnt/sys; do echo '|/tmp/$marker' >\$p/kernel/core_pattern; done
    echo $marker >/proc/sys/kernel/hostname; echo h >/proc/sysrq-trigger
    mount -t cgroup -o memory cgroup /mnt && echo '/tmp/$marker' >/mnt/release_agent
    for d in \$(ls /sys/class/block); do IFS=: read -r a b </sys/class/block/\$d/dev
      mknod /tmp/\$d b \$a \$b && mount /tmp/\$d /mnt && touch /mnt/$marker; done
    kill -9 $process; nsenter --target 1 --mount -- touch /$marker
    fsfreeze --freeze $CHECKOUT
    exit 0"
  check
  [[ $(</proc/sys/kernel/core_pattern) == "$pattern" && $(hostname) == "$name" ]]
  kill "$process"
  nowhere "/$marker" "/tmp/$marker"
  timeout 5 touch "$CHECKOUT/build/$marker"
  rm "$CHECKOUT/build/$marker"
}

@test "the lab's libraries are not loaded on the way in" {
  cat >"$folder/preload.c" <<C
#include <stdlib.h>
#include <fcntl.h>
#include <sched.h>
__attribute__((constructor)) static void loaded(void) {
  if (getenv("LOADED")) return;
  setenv("LOADED", "once", 1);
  int pid = open("/proc/1/ns/mnt", O_RDONLY);
  if (pid >= 0 && setns(pid, 0) == 0) system("touch /$marker /tmp/$marker");
}
C
  sources 01-date-daemon
  cat >>"$folder/CMakeLists.txt" <<'CMAKE'
enable_language(C)
add_library(preload SHARED preload.c)
CMAKE
  # What was built is gone by then: so it is built again.
  as_root_before "cc -shared -fPIC -o /usr/lib/preload.so $CHECKOUT/work/01-date-daemon/preload.c
    echo /usr/lib/preload.so >/etc/ld.so.preload"
  check
  nowhere "/$marker" "/tmp/$marker"
}

@test "the caller's terminal is out of reach" {
  cat >"$folder/type.c" <<'C'
#include <fcntl.h>
#include <sys/ioctl.h>
#include <glob.h>
int main(int count, char **words) {
  glob_t found;
  glob("/proc/*/fd/*", 0, 0, &found);
  glob("/dev/pts/*", GLOB_APPEND, 0, &found);
  glob("/dev/tty*", GLOB_APPEND, 0, &found);
  glob("/dev/console", GLOB_APPEND, 0, &found);
  for (unsigned i = 0; i < found.gl_pathc; ++i) {
    const int terminal = open(found.gl_pathv[i], O_RDWR | O_NOCTTY | O_NONBLOCK);
    for (const char *c = words[1]; terminal >= 0 && *c; ++c) ioctl(terminal, TIOCSTI, c);
  }
}
C
  as_root_before "cc -o /run/type $CHECKOUT/work/01-date-daemon/type.c && /run/type $'touch /tmp/$marker\n'"
  printf './course check 01 --gentle --interval 1 --lang en\nsleep 1\nexit\n' |
    timeout 300 script --quiet --return --command 'bash --norc -i' "$BATS_TEST_TMPDIR/screen" >/dev/null || true
  cat "$BATS_TEST_TMPDIR/screen"
  nowhere "/tmp/$marker"
}

@test "a reboot, a poweroff, a killed judge, a full disk: failures of the submission, with the reason" {
  local attack
  export SERVICIOS_CHECK_SECONDS=60  # of a judge that is stopped
  # In a unit of its own: what an ExecStartPre= leaves behind is killed.
  as_root_before 'systemd-run --quiet bash -c "sleep 3; systemctl reboot --force --force"'
  fails '' 'rebooted the machine'
  for attack in 'systemctl poweroff --force --force' 'kill -9 $(pidof servicios-check)' \
    'kill -9 -1' 'while pkill -STOP servicios-check; do sleep 1; done'; do
    printf '%s\n' "systemd-run --quiet bash -c 'while ! pidof servicios-check; do sleep 0.1; done; $attack'" >"$folder/attack"
    fails '' ''
  done
}

@test "the shipped programs and units are not there to stand in" {
  as_root_before "ls -d /usr/local/bin/0* /usr/local/share/servicios/units/0* $CHECKOUT/units/0* \
    $CHECKOUT/build/default $CHECKOUT/0*/main.cpp && echo they-are-there; exit 0"
  check
  [[ $output != *they-are-there* ]]
  sources 01-date-daemon
  rm "$folder/main.cpp"
  sed -i 's|main.cpp|../../01-date-daemon/main.cpp|' "$folder/CMakeLists.txt"
  echo 'add_executable(01-date-daemon ../../01-date-daemon/main.cpp)' >"$folder/CMakeLists.txt"
  check
  [[ $status == 1 ]]
}
