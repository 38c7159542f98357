#include "checks/text.hpp"

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

static std::string language = "en";

/// The locale that the environment asks for, as gettext(3) reads it: of C, LANGUAGE makes no other.
static std::string asked_locale() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && locale.empty()) locale = value;
  const char* const wanted = std::getenv("LANGUAGE");
  const bool is_c = locale.empty() || locale == "C" || locale == "POSIX";
  return wanted && *wanted && !is_c ? wanted : locale;
}

void speak(const std::string& asked) {
  language = (asked.empty() ? asked_locale() : asked).starts_with("es") ? "es" : "en";

  // Installed (bin/ beside share/locale/) or in the build folder (beside locale/).
  const auto home = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto built = home / "locale";
  const auto locale = exists(built) ? built : home.parent_path() / "share/locale";
  // gettext(3) wants a locale other than C's, and a machine may have none: es_ES.UTF-8 has to be
  // generated. So a locale lies beside the translation. LOCPATH: setlocale(3), locale(7)
  setenv("LOCPATH", locale.c_str(), 1);
  unsetenv("LANGUAGE");
  std::setlocale(LC_MESSAGES, language == "es" ? "es" : "C");
  bindtextdomain("servicios-check", locale.c_str());
  bind_textdomain_codeset("servicios-check", "UTF-8");  // LC_CTYPE stays C: bytes are bytes
  textdomain("servicios-check");
}

void speak_only(const std::string& asked) {
  if (asked != "es" && asked != "en")
    throw std::invalid_argument(format_message(_("--lang '{}': write es or en"), asked));
  speak(asked);
}

std::string spoken() { return language; }

/// Takes a character off the front of `text`: its code point, or nothing if that is no UTF-8.
/// https://www.rfc-editor.org/rfc/rfc3629#section-4
static std::optional<char32_t> take_character(std::string_view& text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  static constexpr char32_t least[]{0, 0, 0x80, 0x800, 0x10000};
  char32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
  bool whole = first < 0x80 || (first >= 0xc0 && first < 0xf8 && text.size() >= length);
  for (std::size_t i = 1; whole && i < length; ++i) {
    whole = (byte(i) & 0xc0) == 0x80;
    character = character << 6 | (byte(i) & 0x3f);
  }
  whole = whole && character >= least[length] && character <= 0x10ffff &&
          !(character >= 0xd800 && character <= 0xdfff);
  text.remove_prefix(whole ? length : 1);
  return whole ? std::optional{character} : std::nullopt;
}

/// Controls, blanks that look like others or like nothing, what turns the direction of writing, and
/// what a font need not show: White_Space, Bidi_Control and Default_Ignorable_Code_Point.
/// https://www.unicode.org/reports/tr44/
static bool is_invisible(char32_t c) {
  static constexpr std::pair<char32_t, char32_t> ranges[]{
      {0, 0x1f},         {0x7f, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},
      {0x115f, 0x1160},  {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x2000, 0x200f},
      {0x2028, 0x202f},  {0x205f, 0x206f}, {0x3000, 0x3000}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},
      {0xfeff, 0xfeff},  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
      {0xe0000, 0xe0fff}};
  for (const auto& [first, last] : ranges)
    if (c >= first && c <= last) return true;
  return (c & 0xfffe) == 0xfffe;
}

enum class Form { lines, one_line, quoted };

static std::string escaped(std::string_view text, Form form) {
  std::string result;
  while (!text.empty()) {
    const std::string_view rest = text;
    const auto character = take_character(text);
    const std::string_view taken = rest.substr(0, rest.size() - text.size());
    if (character == U'\n' && form == Form::lines) result += '\n';
    else if (character == U'\n') result += "\\n";
    else if (character == U'\r') result += "\\r";
    else if (character == U'\t') result += "\\t";
    else if (form == Form::quoted && (character == U'"' || character == U'\\'))
      result += '\\', result += taken;
    else if (!character || (*character < 0x80 && is_invisible(*character)))
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(taken[0]));
    else if (is_invisible(*character))
      result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(*character));
    else result += taken;
  }
  return result;
}

std::string printable(std::string_view text) { return escaped(text, Form::lines); }

std::string one_line(std::string_view text) { return escaped(text, Form::one_line); }

std::string visible(std::string_view text) { return '"' + escaped(text, Form::quoted) + '"'; }

std::string shortened(const std::string& text, std::size_t size) {
  if (text.size() <= size) return text;
  size -= std::min<std::size_t>(size, 40);  // of which the word on the rest takes some
  while (size > 0 && (text[size] & 0xc0) == 0x80) --size;  // not within a character of UTF-8
  return text.substr(0, size) + format_message(_("... ({} bytes more)"), text.size() - size);
}

void add_line(std::string& text, const std::string& line) {
  text += (text.empty() ? "" : "\n") + line;
}
