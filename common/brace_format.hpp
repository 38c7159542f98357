// This file only saves nanoseconds: a reader of the course may pass it by. With fmt::vformat() in
// its place, the logger would write the same.
//
// brace_format() writes a message as {fmt} does. Nearly all placeholders are a plain {}, and for
// these it takes less code than {fmt}. That counts, because a system call makes the processor
// forget what code it had at hand. Only logging.cpp includes this file.
#pragma once

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace logging {

/// Appends `text`, as buffer.append() does. That one copies byte by byte in {fmt} 9.
inline void append(fmt::memory_buffer& buffer, std::string_view text) {
  const std::size_t size = buffer.size();
  buffer.resize(size + text.size());
  std::copy(text.begin(), text.end(), buffer.data() + size);
}

/// If `value` is a whole number of thousandths, as most prices are, appends it and returns true. If
/// not, appends nothing and returns false. What it appends is the shortest decimal: it has at most
/// 15 digits, and no two decimals of so few digits are the same double.
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

/// Calls `visitor` with the value of `arg`: {fmt} 9 has a function for that, {fmt} 11 a member.
template <typename Visitor, typename Arg>
void visit(const Visitor& visitor, const Arg& arg) {
  if constexpr (requires { arg.visit(visitor); }) arg.visit(visitor);
  else visit_format_arg(visitor, arg);
}

/// Returns the message, as fmt::vformat() does. `format` was checked against `args`.
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
    visit(append_value, arg);
  }
  message.clear();
  fmt::vformat_to(fmt::appender(message), format, args);
  return message;
}

}  // namespace logging
