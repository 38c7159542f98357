#include "common/complain.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

static void (*log_instead)(const std::string&) = nullptr;

bool standard_error_is_journal() {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  return journal && fstat(2, &file) == 0 &&
         std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino) == journal;
}

/// systemd.exec(5), $SYSTEMD_EXEC_PID
static bool is_started_by_systemd() {
  const char* const process = std::getenv("SYSTEMD_EXEC_PID");
  return process && std::to_string(getpid()) == process;
}

void complain(const std::string& trouble) {
  std::string line = trouble;
  std::replace(line.begin(), line.end(), '\n', ' ');  // from what it quotes
  const bool is_journal = standard_error_is_journal();
  const bool is_logged = log_instead && (is_journal || is_started_by_systemd());
  if (is_logged) log_instead(line);
  if (!is_logged || !is_journal)
    std::fprintf(stderr, "%s%s: %s\n", is_journal ? "<3>" : "", program_invocation_short_name,
                 line.c_str());
}

void complain_to(void (*log)(const std::string& trouble)) { log_instead = log; }
