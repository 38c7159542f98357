// Words for people: translated by gettext(3), put together by fmt, with nothing invisible in them.
#pragma once

#include <fmt/format.h>
#include <libintl.h>

#include <string>
#include <string_view>

/// Marks a text for translation, and translates it.
#define _(text) gettext(text)
/// Only marks it, in a table.
#define N_(text) text

/// Speaks the language `asked` for from here on: "es", "en", or for an empty one what LANGUAGE,
/// LC_ALL, LC_MESSAGES and LANG ask for. What has no translation stays English.
void speak(const std::string& asked);

/// "es" or "en": the language spoken, and the folder of its lessons.
std::string spoken();

/// `format`, a translated text, with its {}s filled in.
template <typename... Values>
std::string say(const char* format, const Values&... values) {
  return fmt::vformat(format, fmt::make_format_args(values...));
}

/// `text` with what cannot be seen as C writes it, \x1b or \ufeff, and with what is no UTF-8 by its
/// bytes. Newlines stay.
std::string printable(std::string_view text);

/// The same in full, between quotes, newlines, too: "12.5\r\n".
std::string visible(std::string_view text);

/// Appends `line` to the lines of `text`.
void add_line(std::string& text, const std::string& line);

/// "a, b, c".
template <typename List>
std::string listed(const List& list) {
  return fmt::format("{}", fmt::join(list, ", "));
}
