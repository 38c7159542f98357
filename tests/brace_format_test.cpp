// Beside {fmt}: the same text, whatever the values.
#include "common/brace_format.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>

template <typename... Args>
static void expect_fmts(fmt::string_view format, const Args&... args) {
  EXPECT_EQ(fmt::to_string(logging::brace_format(format, fmt::make_format_args(args...))),
            fmt::vformat(format, fmt::make_format_args(args...)));
}

TEST(BraceFormat, WritesValuesOfEachType) {
  const std::string text = "a text {}";
  expect_fmts("{}, {}, {}", text, "another", text.c_str());
  expect_fmts("{} {} {} {}", 'c', true, static_cast<const void*>(&text), nullptr);
  expect_fmts("{} {} {}", -7, 7U, std::numeric_limits<long long>::min());
  expect_fmts("{} {} {}", 1.5F, 1.5L, std::numeric_limits<double>::infinity());
}

TEST(BraceFormat, LeavesToFmtWhatIsMoreThanBraces) {
  expect_fmts("");
  expect_fmts("no value");
  expect_fmts("{} {{}} {}", 1, 2);
  expect_fmts("{1} {0}", 1, 2);
  expect_fmts("{}: {:>8.2f}|", "a", 1.5);
  expect_fmts("{:{}}|", "a", 5);
}

TEST(BraceFormat, WritesEveryDouble) {
  for (const double value : {0.0, -0.0, 1.0, 0.5, 0.001, 0.0005, 0.1 + 0.2, 999999999999.999, 1e12,
                             1e15, 1e16, 5e-324, -67187.33, 67187.33})
    expect_fmts("{}", value);
  std::mt19937_64 generator{20261126};
  for (int i = 0; i < 100'000; ++i) {
    // Any pattern of bits, and a whole number of tenths, hundredths, ... ten-thousandths.
    expect_fmts("{}", std::bit_cast<double>(generator()));
    const auto whole = static_cast<double>(generator() >> (11 + generator() % 53));
    for (const double scale : {1.0, 10.0, 100.0, 1000.0, 10'000.0})
      expect_fmts("{}", whole / scale);
  }
}

TEST(BraceFormat, WritesThousandthsItself) {
  fmt::memory_buffer text;
  for (const double value : {-0.0, -1.0, 0.0005, 1e12, 0.1 + 0.2, std::nan("")})
    EXPECT_FALSE(logging::append_thousandths(text, value)) << value;
  EXPECT_EQ(fmt::to_string(text), "");
  for (const double value : {0.0, 0.001, 1.25, 67187.33, 999999999999.999})
    EXPECT_TRUE(logging::append_thousandths(text, value)) << value;
  EXPECT_EQ(fmt::to_string(text), "00.0011.2567187.33999999999999.999");
}
