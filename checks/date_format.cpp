#include "checks/date_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace {

/// The beginning of `text` that has the form of `date_format`, by whatever letters; empty if it has
/// not.
std::string format_at(std::string_view text) {
  const std::string_view form{date_format};
  if (text.size() < form.size()) return {};
  for (std::size_t i = 0; i < form.size(); ++i)
    if (i > 0 && form[i - 1] == '%' ? !std::isalpha(static_cast<unsigned char>(text[i]))
                                    : text[i] != form[i])
      return {};
  return std::string{text.substr(0, form.size())};
}

std::string written(const std::string& format, std::time_t time) {
  std::tm date{};
  std::array<char, 256> buffer{};
  return {buffer.data(),
          std::strftime(buffer.data(), buffer.size(), format.c_str(), gmtime_r(&time, &date))};
}

/// Of a format that is right now and wrong at a full hour to come.
std::optional<RightByChance> compare(const std::string& format, std::time_t now) {
  constexpr std::time_t hour = 3600, ten_years = hour * 24 * 3653;
  if (written(format, now) != written(date_format, now)) return std::nullopt;
  for (std::time_t time = now - now % hour + hour; time < now + ten_years; time += hour)
    if (const std::string date = written(date_format, time); written(format, time) != date)
      return RightByChance{format, written(format, time), date};
  return std::nullopt;
}

/// Where a string in a program or a script may end that begins with a conversion.
std::vector<std::string> strings_at(std::string_view text) {
  constexpr std::size_t most = 100;
  text = text.substr(0, most);
  std::vector<std::string> found;
  for (const auto& ends : {std::string_view{"\0\n\"'\\`", 6}, std::string_view{"\0\n\"'\\` )", 8}})
    if (const auto end = text.find_first_of(ends); end != text.npos)
      found.emplace_back(text.substr(0, end));
  return found;
}

}  // namespace

std::optional<std::string> format_that_wrote(std::string_view date, std::string_view text,
                                             std::time_t now, int seconds) {
  if (date.empty()) return std::nullopt;  // written() is, too, if it is too long
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1))
    for (const std::string& format : strings_at(text.substr(at))) {
      if (std::count(format.begin(), format.end(), '%') < 3) continue;
      for (std::time_t time = now; time >= now - seconds; --time)
        if (written(format, time) == date) return format;
    }
  return std::nullopt;
}

std::optional<RightByChance> right_by_chance(std::string_view text, std::time_t now) {
  // The others may be those of a comment, or of something else.
  if (text.find(date_format) != text.npos) return std::nullopt;
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
    const std::string format = format_at(text.substr(at));
    if (format.empty() || text.substr(at + format.size()).starts_with(" %p")) continue;
    if (auto found = compare(format, now)) return found;
  }
  return std::nullopt;
}
