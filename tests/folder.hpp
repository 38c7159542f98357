// A folder of a test's own, and what programs write into it.
//
//     Folder folder;
//     Process daemon{{DATE_DAEMON, "--file", folder / "dates.txt"}};
//     EXPECT_TRUE(becomes_true([&] { return lines(folder / "dates.txt").size() == 3; }));
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

/// Below $TMPDIR, or /tmp. Removed with all that is in it.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "servicios-XXXXXX") {
    if (!mkdtemp(path_.data()))
      throw std::system_error(errno, std::generic_category(), "Failed to make " + path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

/// Returns all that `path` holds; nothing if there is no such file.
inline std::string contents(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The lines of `path`, without their newlines.
inline std::vector<std::string> lines(const std::string& path) {
  std::istringstream file{contents(path)};
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

/// Looks at `condition` until it holds, for at most ten seconds; returns whether it does.
template <typename Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}
