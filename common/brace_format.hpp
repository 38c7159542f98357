// {fmt}'s format of a message, in less code where its placeholders are plain {}, as nearly all are:
// a processor that a system call has made forget its code takes long to get through {fmt}'s. For
// logging.cpp alone: what is static here the compiler puts into its one caller.
#pragma once

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace logging {

/// As buffer.append(), which copies byte by byte in {fmt} 9.
inline void append(fmt::memory_buffer& buffer, std::string_view text) {
  const std::size_t size = buffer.size();
  buffer.resize(size + text.size());
  std::copy(text.begin(), text.end(), buffer.data() + size);
}

/// Appends a value that is a whole number of thousandths, as most prices are, and says true. Else
/// it appends nothing. Of at most 15 digits, it has no shorter decimal: doubles tell all numbers of
/// as few digits apart.
static bool append_thousandths(fmt::memory_buffer& message, double value) {
  if (std::signbit(value) || !(value < 1e12)) return false;
  const auto thousandths = static_cast<std::int64_t>(value * 1000 + 0.5);  // NOLINT: judged below
  if (static_cast<double>(thousandths) / 1000 != value) return false;
  const fmt::format_int whole{thousandths / 1000};
  append(message, {whole.data(), whole.size()});
  const auto digit = [&](int scale) { return static_cast<char>('0' + thousandths / scale % 10); };
  const char rest[] = {'.', digit(100), digit(10), digit(1)};
  const std::string_view shown{rest, sizeof rest};
  append(message, shown.substr(0, shown.find_last_not_of(".0") + 1));
  return true;
}

/// What fmt::vformat() says. `format` was checked against `args`.
static fmt::memory_buffer brace_format(fmt::string_view format, fmt::format_args args) {
  fmt::memory_buffer message;
  const auto is_brace = [](char c) { return c == '{' || c == '}'; };
  const char *rest = format.begin(), *const end = format.end();
  for (int next = 0;; ++next) {
    const char* const brace = std::find_if(rest, end, is_brace);
    append(message, {rest, brace});
    if (brace == end) return message;
    if (!std::string_view{brace, end}.starts_with("{}")) break;
    rest = brace + 2;
    const fmt::basic_format_arg<fmt::format_context> arg = args.get(next);
    const auto append_value = [&](auto value) {
      using T = decltype(value);
      if constexpr (std::is_same_v<T, double>)
        if (append_thousandths(message, value)) return;
      if constexpr (std::is_same_v<T, fmt::string_view>)
        append(message, {value.data(), value.size()});
      else if constexpr (std::is_arithmetic_v<T>)
        fmt::format_to(fmt::appender(message), FMT_COMPILE("{}"), value);
      else fmt::vformat_to(fmt::appender(message), "{}", {&arg, 1});
    };
    fmt::visit_format_arg(append_value, arg);
  }
  message.clear();
  fmt::vformat_to(fmt::appender(message), format, args);
  return message;
}

}  // namespace logging
