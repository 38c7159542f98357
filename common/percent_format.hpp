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

/// A text, and behind it %(key)[flags][width][.precision]type.
struct Directive {
  std::string before{};
  std::string key{};    // none behind the last text
  std::string flags{};  // of "-+ 0#"
  std::size_t width = 0;
  int precision = -1;  // none
  char type = 's';

  bool has(char flag) const { return flags.find(flag) != flags.npos; }
};

/// The directives of a format, the last without a key. %% is a percent sign; the precision is below
/// 1000. Throws std::invalid_argument.
std::vector<Directive> parse_percent_format(const std::string& format);

/// Of type s or r.
std::string percent_format(const Directive& directive, std::string_view text);

/// Of type s, r, d, i, u, o, x, X, e, E, f, F, g or G.
std::string percent_format(const Directive& directive, long long number);

/// Of type s, r, d, i, u, e, E, f, F, g or G. Finite, and below 1e16.
std::string percent_format(const Directive& directive, double number);

/// Python's repr(text).
std::string repr(std::string_view text);
