#include "checks/rights.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "checks/daemon.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

/// As whom a process writes.
struct Writer {
  uid_t user;
  std::vector<gid_t> groups;
};

/// proc(5), /proc/PID/status
static Writer writer_of(const Program& program) {
  Writer writer{program.uid, {}};
  std::istringstream status{content("/proc/" + std::to_string(program.pid) + "/status")};
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("Gid:") && !line.starts_with("Groups:")) continue;
    std::istringstream numbers{line.substr(line.find(':') + 1)};
    for (gid_t group = 0; numbers >> group;) writer.groups.push_back(group);
  }
  return writer;
}

/// Of a user that is not made for the service alone, or nothing.
static std::optional<Writer> writer_of(const Unit& unit) {
  const passwd* const user = getpwnam(unit.text("User").c_str());
  if (!user) return std::nullopt;
  Writer writer{user->pw_uid, std::vector<gid_t>(64)};
  int size = static_cast<int>(writer.groups.size());
  getgrouplist(user->pw_name, user->pw_gid, writer.groups.data(), &size);
  writer.groups.resize(static_cast<std::size_t>(std::max(0, std::min(size, 64))));
  return writer;
}

/// A user of DynamicUser= has a number only while the service runs; systemd gives it the folder.
static std::optional<Writer> owner_of(const fs::path& folder) {
  struct stat file {};
  if (stat(folder.c_str(), &file) != 0) return std::nullopt;
  return Writer{file.st_uid, {file.st_gid}};
}

static bool may_write(const Writer& writer, const struct stat& file) {
  if (writer.user == 0) return true;
  if (file.st_uid == writer.user) return file.st_mode & S_IWUSR;
  if (std::count(writer.groups.begin(), writer.groups.end(), file.st_gid))
    return file.st_mode & S_IWGRP;
  return file.st_mode & S_IWOTH;
}

static std::string name_of_user(uid_t number) {
  const passwd* const user = getpwuid(number);
  return user ? user->pw_name : "UID " + std::to_string(number);
}

std::string not_writable(const Submission& submission) {
  auto program = program_of(submission);
  if (program && !is_executed(*program)) program.reset();  // the unit says what it will be
  auto writer = program ? writer_of(*program) : writer_of(submission.unit);
  const fs::path folder =
      program ? program->directory : fs::path{submission.unit.text("WorkingDirectory")};
  if (!folder.is_absolute() || folder == "/") return "";
  if (!writer && submission.unit.number("DynamicUser")) writer = owner_of(folder);
  if (!writer) return "";
  const fs::path root = program ? "/proc/" + std::to_string(program->pid) + "/root" : "/";
  std::string lines;
  std::size_t left = 5;  // of a folder with many the first ones tell enough
  const auto look_at = [&](const fs::path& path, const char* what) {
    struct stat file {};
    if (left == 0 || stat((root / path.relative_path()).c_str(), &file) != 0 ||
        may_write(*writer, file))
      return;
    --left;
    add_line(lines, format_message(what, path.string(), name_of_user(file.st_uid),
                                   file.st_mode & 07777U, name_of_user(writer->user)));
  };
  look_at(folder, _("{} belongs to {} and has the mode {:04o}: {} may make no file there"));
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{root / folder.relative_path(), ignored})
    if (entry.is_regular_file(ignored) && !entry.is_symlink(ignored))
      look_at(folder / entry.path().filename(),
              _("{} belongs to {} and has the mode {:04o}: {} may not write to it"));
  return lines;
}
