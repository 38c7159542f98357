// Python's % operator, as in '%(level)-8s %(line)03d' % {'level': 'INFO', 'line': 7}. A format is
// taken apart once, by parse(). Then format() writes one value after another.
//
// Python differs from printf(3) in four things. A hexadecimal number may have a sign. An octal one
// begins with 0o. Zeros fill the width also if there is a precision. A width counts code points of
// UTF-8, not bytes.
// https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace percent {

/// A text, and after it %(key)[flags][width][.precision]type.
struct Directive {
  std::string before{};
  std::string key{};    // empty if only the text is left
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

/// Returns the directives of a format. The last has no key, only the text that is left. %% is a
/// percent sign. Throws std::invalid_argument for a % that begins no directive, a directive that
/// does not end with a letter, a width of more than 9 digits and a precision of more than 3.
std::vector<Directive> parse(std::string_view format);

/// Returns whether Python's logging believes that a format shows a value. It does so even if the
/// % of %(key)s is the second of %%.
/// https://github.com/python/cpython/blob/main/Lib/logging/__init__.py (PercentStyle)
bool shows_value(std::string_view format);

/// Returns the value as the directive writes it. The directive's type is one of those above that
/// take such a value. A real number is finite and below 1e16.
std::string format(const Directive& directive, std::string_view text);
std::string format(const Directive& directive, long long number);
std::string format(const Directive& directive, double number);

/// Returns what Python's repr(text) returns.
std::string repr(std::string_view text);

}  // namespace percent
