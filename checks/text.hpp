// Words for people: translated by gettext(3), put together by fmt, with nothing invisible in them.
#pragma once

#include <fmt/ranges.h>
#include <libintl.h>

#include <string>
#include <string_view>

/// Marks a text for translation, and translates it.
#define _(text) gettext(text)
/// Only marks it, in a table.
#define N_(text) text

/// From here on, messages are in `asked`: "es" or "en"; if empty, what LANGUAGE, LC_ALL,
/// LC_MESSAGES and LANG ask for. What has no translation stays English.
void speak(const std::string& asked);

/// The same for the value of an option. Throws std::invalid_argument for anything but es and en.
void speak_only(const std::string& asked);

/// "es" or "en": the language spoken, and the folder of its lessons.
std::string spoken();

/// `format`, a text that may be translated, with its {}s filled in.
template <typename... Values>
std::string format_message(const char* format, const Values&... values) {
  return fmt::vformat(format, fmt::make_format_args(values...));
}

/// Returns `text` with invisible characters escaped as in C (\x1b, \ufeff). Bytes that are not
/// UTF-8 become \xNN. Newlines stay.
std::string printable(std::string_view text);

/// The same in one line: "a\\nb".
std::string one_line(std::string_view text);

/// `text` cut to `size` bytes, with a word on how many it had more.
std::string shortened(const std::string& text, std::size_t size);

/// `text` in one line and between quotes: "12.5\r\n".
std::string visible(std::string_view text);

/// Appends `line` to the lines of `text`.
void add_line(std::string& text, const std::string& line);

/// "a, b, c".
template <typename List>
std::string listed(const List& list) {
  return fmt::format("{}", fmt::join(list, ", "));
}
