// What it costs to compile a file that logs one line (bench/compile): user seconds, on Debian's
// optimization level for packages.
#include <sys/resource.h>

#include "bench/cases.hpp"

using benchmark::State;

/// What the children that have ended took in user mode.
static double user_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

static void add(const std::string& name, const std::string& file,
                const std::vector<std::string>& definitions = {}) {
  add_case("compile/" + name,
           [file, definitions](State& state) {
             std::vector<std::string> command{
                 COMPILER, "-std=c++20", "-O2",       "-I" SOURCE_DIR,
                 "-c",     "-o",         "/dev/null", SOURCE_DIR "/bench/compile/" + file};
             command.insert(command.end(), definitions.begin(), definitions.end());
             for (auto _ : state) {
               const double start = user_seconds();
               Process compiler{command};
               if (compiler.wait(std::chrono::minutes{2}) != 0)
                 throw std::runtime_error("the compiler failed: " + compiler.err.read_all());
               state.SetIterationTime(user_seconds() - start);
             }
           })
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(3);
}

void add_compile_cases() {
  add("servicios", "servicios.cpp");
  add("spdlog header-only", "spdlog.cpp", {"-DSPDLOG_FMT_EXTERNAL"});
  add("spdlog compiled", "spdlog.cpp",
      {"-DSPDLOG_FMT_EXTERNAL", "-DSPDLOG_COMPILED_LIB", "-DSPDLOG_SHARED_LIB"});
  add("glog", "glog.cpp");
}
