// parse_options() itself; what it refuses of a command line, programs_test tries with the programs.
#include "common/options.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace {

/// What the program `test VALUE` takes for its option --level and for its MESSAGE.
struct Taken {
  std::optional<std::string> level, message;
};

Taken parse(bool message_last) {
  Taken taken;
  const Option level{"level", "LEVEL", "", &taken.level};
  const Option message{"", "MESSAGE", "", &taken.message};
  std::array<char, 5> name{"test"};
  std::array<char, 6> value{"hello"};
  std::array<char*, 3> arguments{name.data(), value.data(), nullptr};
  if (message_last) parse_options(2, arguments.data(), "", {level, message});
  else parse_options(2, arguments.data(), "", {message, level});
  return taken;
}

TEST(ParseOptions, GivesTheOptionWithoutANameWhatStandsBesideTheOthers) {
  EXPECT_EQ(parse(true).message, "hello");
  EXPECT_EQ(parse(true).level, std::nullopt);
}

TEST(ParseOptions, RefusesAnOptionWithoutANameThatIsNotTheLast) {
  try {
    parse(false);
    FAIL() << "it was taken";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "MESSAGE has no name, so it is the last option");
  }
}

}  // namespace
