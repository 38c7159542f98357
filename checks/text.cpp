#include "checks/text.hpp"

#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <optional>

static std::string language = "en";

void speak(const std::string& asked) {
  language = asked;
  for (const char* name : {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && language.empty()) language = value;
  language = language.substr(0, 2) == "es" ? "es" : "en";

  // Installed (bin/ beside share/locale/) or in the build folder (beside locale/).
  const auto home = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto built = home / "locale";
  const auto locale = exists(built) ? built : home.parent_path() / "share/locale";
  // gettext(3) wants a locale that is not C's, and es_ES.UTF-8 is only where somebody generated it:
  // so the translation lies beside a locale of the same name. LOCPATH: setlocale(3), locale(7)
  setenv("LOCPATH", locale.c_str(), 1);
  unsetenv("LANGUAGE");
  std::setlocale(LC_MESSAGES, language == "es" ? "es" : "C");
  bindtextdomain("servicios-check", locale.c_str());
  bind_textdomain_codeset("servicios-check", "UTF-8");  // LC_CTYPE stays C: bytes are bytes
  textdomain("servicios-check");
}

std::string spoken() { return language; }

/// Takes a character off the front of `text`: its code point, or nothing where that is no UTF-8.
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

/// Controls, blanks that look like others or like nothing, and what turns the direction of writing.
static bool is_invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || (c >= 0x2000 && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
         c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

static std::string escaped(std::string_view text, bool quoted) {
  std::string result;
  while (!text.empty()) {
    const std::string_view rest = text;
    const auto character = take_character(text);
    const std::string_view taken = rest.substr(0, rest.size() - text.size());
    if (character == U'\n' && !quoted) result += '\n';
    else if (character == U'\n') result += "\\n";
    else if (character == U'\r') result += "\\r";
    else if (character == U'\t') result += "\\t";
    else if (quoted && (character == U'"' || character == U'\\')) result += '\\', result += taken;
    else if (!character || (*character < 0x80 && is_invisible(*character)))
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(taken[0]));
    else if (is_invisible(*character))
      result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(*character));
    else result += taken;
  }
  return result;
}

std::string printable(std::string_view text) { return escaped(text, false); }

std::string visible(std::string_view text) { return '"' + escaped(text, true) + '"'; }

void add_line(std::string& text, const std::string& line) {
  text += (text.empty() ? "" : "\n") + line;
}
