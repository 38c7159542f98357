// What mount(8) of Debian 12 cannot do, for lab/machine, as root:
//
//     mounts map FOLDER TARGET USERNS [read-only]
//         shows FOLDER at TARGET with the owners that a user namespace makes of them. USERNS is an
//         open descriptor of it. So the lab's root is root over files that are nobody's business
//         outside, and nothing is copied. What is mounted below FOLDER is left out. A file system
//         that cannot do it (overlayfs) gives EINVAL.
//     mounts own FOLDER BASE
//         adds BASE to the owner and to the group of all that is in FOLDER: the same for an overlay
//         with metacopy=on, which keeps owners in memory.
//     mounts differ PID FILE...
//         prints those FILEs that are not the same on this machine and below that process's root,
//         whatever links stand there: other bytes, no regular file, or there on one side only.
//     mounts limit PID FOLDER SIZE FILES
//         sets how many bytes and files the tmpfs at FOLDER of process PID may hold, which
//         systemd-nspawn(1) has mounted for it. FOLDER is looked up below that process's root,
//         whatever links stand there.
//
// Its exit status is 0, 1 with a line on standard error, or 2 for wrong words.
// mount_setattr(2), user_namespaces(7), https://docs.kernel.org/filesystems/idmappings.html
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

int fail(const std::string& what) {
  std::fprintf(stderr, "mounts: %s: %s\n", what.c_str(), std::strerror(errno));
  return 1;
}

// glibc has names for these calls from 2.36 on.
int map(const char* folder, const char* target, unsigned user_namespace, bool read_only) {
  const long tree = syscall(SYS_open_tree, AT_FDCWD, folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) return fail(folder);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP | (read_only ? MOUNT_ATTR_RDONLY : 0);
  attributes.userns_fd = user_namespace;
  if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    return fail("mount_setattr");
  if (syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail(target);
  return 0;
}

unsigned base = 0;

int add_base(const char* path, const struct stat* status, int, FTW*) {
  if (lchown(path, base + status->st_uid, base + status->st_gid) < 0) return fail(path);
  // A new owner takes the set-user-ID bit away: chown(2).
  if (!S_ISLNK(status->st_mode) && (status->st_mode & (S_ISUID | S_ISGID)) != 0 &&
      chmod(path, status->st_mode & ~static_cast<mode_t>(S_IFMT)) < 0)
    return fail(path);
  return 0;
}

/// Opens what is called `name` below the root of `process`; links lead nowhere else. -1 and errno
/// if there is none.
int open_below(const std::string& process, const char* name) {
  const int root = open(("/proc/" + process + "/root").c_str(), O_PATH | O_CLOEXEC);
  if (root < 0) return -1;
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const auto place = static_cast<int>(syscall(SYS_openat2, root, name, &how, sizeof how));
  const int error = errno;
  close(root);
  errno = error;
  return place;
}

/// The bytes of a file of which open(2) gave O_PATH's descriptor; nothing if it is no regular file.
/// A device or a FIFO is not opened: that alone may do something.
std::optional<std::string> bytes_of(int place) {
  struct stat status {};
  if (fstat(place, &status) < 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const int file = open(("/proc/self/fd/" + std::to_string(place)).c_str(),
                        O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t have = 0;
  for (ssize_t got = 1; got > 0 && have < bytes.size();) {
    got = read(file, bytes.data() + have, bytes.size() - have);
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  close(file);
  if (have < bytes.size()) return std::nullopt;
  return bytes;
}

bool is_large(int place) {
  struct stat status {};
  return fstat(place, &status) < 0 || status.st_size > (64 << 20);
}

int differ(const std::string& process, std::span<char*> names) {
  for (const char* name : names) {
    const int here = open(name, O_PATH | O_CLOEXEC), there = open_below(process, name);
    bool is_same = here < 0 && there < 0;
    if (here >= 0 && there >= 0 && !is_large(there)) {
      const auto bytes = bytes_of(here);
      is_same = bytes && bytes == bytes_of(there);
    }
    if (!is_same) std::puts(name);
    if (here >= 0) close(here);
    if (there >= 0) close(there);
  }
  return 0;
}

int limit(const std::string& process, const char* folder, const char* size, const char* files) {
  const int place = open_below(process, folder);
  struct statfs status {};
  if (place < 0 || fstatfs(place, &status) < 0) return fail(folder);
  if (status.f_type != TMPFS_MAGIC) return errno = EINVAL, fail(folder);
  const int picked =
      static_cast<int>(syscall(SYS_fspick, place, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC));
  if (picked < 0 || syscall(SYS_fsconfig, picked, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
      syscall(SYS_fsconfig, picked, FSCONFIG_SET_STRING, "nr_inodes", files, 0) < 0 ||
      syscall(SYS_fsconfig, picked, FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) < 0)
    return fail(folder);
  return 0;
}

bool is_number(std::string_view text, unsigned& number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "";
  unsigned user_namespace = 0;
  if (what == "map" && (count == 5 || count == 6) && is_number(words[4], user_namespace))
    return map(words[2], words[3], user_namespace, count == 6);
  if (what == "own" && count == 4 && is_number(words[3], base))
    // Not FTW_MOUNT: an overlay's files have another device than its folders.
    return nftw(words[2], add_base, 32, FTW_PHYS) == 0 ? 0 : 1;
  if (what == "differ" && count > 3)
    return differ(words[2], {words + 3, static_cast<std::size_t>(count) - 3});
  if (what == "limit" && count == 6) return limit(words[2], words[3], words[4], words[5]);
  std::fputs("write: mounts map|own|differ|limit, as its first lines say\n", stderr);
  return 2;
}
