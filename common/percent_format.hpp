// Python's % operator: what '%(level)-8s %(line)03d' % {'level': 'INFO', 'line': 7} writes, taken
// apart once and then written value by value.
//
// It is printf(3)'s, save that Python has a sign before a hexadecimal number, 0o before an octal
// one, zeros that fill the width beside a precision, too, and counts code points of UTF-8.
// https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace percent {

/// A text, and behind it %(key)[flags][width][.precision]type.
struct Directive {
  std::string before{};
  std::string key{};    // none behind the last text
  std::string flags{};  // of "-+ 0#"
  std::size_t width = 0;
  int precision = -1;  // none
  char type = 's';

  bool has(char flag) const { return flags.find(flag) != flags.npos; }
  /// %(key)s: a text is written as it is.
  bool is_plain() const { return type == 's' && width == 0 && precision < 0; }
};

/// The types that take a text, a whole number, a real one.
inline constexpr const char *text_types = "sr", *whole_types = "srdiuoxXeEfFgG",
                            *real_types = "srdiueEfFgG";

/// The directives of a format, the last without a key. %% is a percent sign. A width has up to 9
/// digits, a precision 3. Throws std::invalid_argument.
std::vector<Directive> parse(std::string_view format);

/// Whether Python's logging takes a format for one that shows a value: behind a %%, too.
/// https://github.com/python/cpython/blob/main/Lib/logging/__init__.py (PercentStyle)
bool shows_value(std::string_view format);

/// By a directive of one of the value's types. A real number is finite and below 1e16.
std::string format(const Directive& directive, std::string_view text);
std::string format(const Directive& directive, long long number);
std::string format(const Directive& directive, double number);

/// Python's repr(text).
std::string repr(std::string_view text);

}  // namespace percent
