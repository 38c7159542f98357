// Formats of dates that are right by chance.
#include "checks/date_format.hpp"

#include <gtest/gtest.h>

namespace {

constexpr std::time_t last_of_november = 1796083200 - 1;       // 2026-11-30 23:59:59
constexpr std::time_t in_the_morning = 1796083200 + 6 * 3600;  // 2026-12-01 06:00:00
constexpr std::time_t in_the_afternoon = 1796083200 + 15 * 3600;

TEST(DateFormat, IsRightAlways) {
  EXPECT_FALSE(right_by_chance("date '+%Y-%m-%d %H:%M:%S'", last_of_november));
}

TEST(DateFormat, HasTheYearOfTheWeek) {
  const auto found = right_by_chance("date '+%G-%m-%d %H:%M:%S'", last_of_november);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->format, "%G-%m-%d %H:%M:%S");
  EXPECT_EQ(found->date, "2027-01-01 00:00:00");
  EXPECT_EQ(found->writes, "2026-01-01 00:00:00");
}

TEST(DateFormat, HasTwelveHours) {
  const auto found = right_by_chance("%Y-%m-%d %I:%M:%S", in_the_morning);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->date, "2026-12-01 13:00:00");
  EXPECT_EQ(found->writes, "2026-12-01 01:00:00");
  EXPECT_FALSE(right_by_chance("%Y-%m-%d %I:%M:%S", in_the_afternoon));  // it is wrong already
  EXPECT_FALSE(right_by_chance("%Y-%m-%d %I:%M:%S %p", in_the_morning));
}

TEST(DateFormat, StandsBehindOthersInAProgram) {
  using namespace std::string_literals;
  const auto text = "\0%s: %m\0100%\0%G-%m-%d %H:%M:%S\0"s;
  EXPECT_TRUE(right_by_chance(text, last_of_november));
  EXPECT_FALSE(right_by_chance(text + "%Y-%m-%d %H:%M:%S", last_of_november));
}

TEST(DateFormat, OfAnotherFormIsNotJudged) {
  for (const char* text : {"%d-%m-%Y %H:%M:%S", "%Y-%j-%d %H:%M:%S", "%I:%M:%S %p", "%", "%Y-%m",
                           "%Y-%m-%d %H:%M:%", "%%-%m-%d %H:%M:%S", ""})
    EXPECT_FALSE(right_by_chance(text, last_of_november)) << text;
}

TEST(DateFormat, HasWrittenWhatIsNoDate) {
  const auto of = [](std::string_view date, std::string_view text) {
    return format_that_wrote(date, text, in_the_morning, 5);
  };
  EXPECT_EQ(of("2026-00-01 06:12:00", "strftime(\"%Y-%M-%d %H:%m:%S\\n\")"), "%Y-%M-%d %H:%m:%S");
  EXPECT_EQ(of("01/12/2026 05:59:57", "date '+%d/%m/%Y %T'"), "%d/%m/%Y %T") << "seconds ago";
  EXPECT_EQ(of("2026-12-01T06:00:00", "date +%Y-%m-%dT%H:%M:%S >>dates.txt\n"),
            "%Y-%m-%dT%H:%M:%S");
  EXPECT_FALSE(of("2026-12-01", "printf '%s-%s-%s' 2026 12 01"));
  EXPECT_FALSE(of("2026-12-01 05:59:40", "date '+%d %m %Y'"));
}

}  // namespace
