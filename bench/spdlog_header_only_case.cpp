// A disabled call of spdlog's, if spdlog is nothing but headers: the compiler then sees that the
// call does nothing, which it cannot see if spdlog is a library, as in logging_cases.cpp.
#include <benchmark/benchmark.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

__attribute__((visibility("default"))) void disabled_spdlog_header_only(benchmark::State& state,
                                                                        const std::string& coin,
                                                                        const int& price) {
  spdlog::logger logger{"bench", std::make_shared<spdlog::sinks::null_sink_mt>()};
  for (auto _ : state) logger.debug("{} costs {} usd", coin, price);
}
