#include "checks/text.hpp"

#include <clocale>
#include <cstdlib>
#include <filesystem>

static std::string language = "en";

void speak(const std::string& asked) {
  language = asked;
  for (const char* name : {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && language.empty()) language = value;
  language = language.substr(0, 2) == "es" ? "es" : "en";

  // The C.UTF-8 locale is always there, es_ES.UTF-8 only where somebody generated it; LANGUAGE
  // chooses the translation for either.
  // https://www.gnu.org/software/gettext/manual/html_node/The-LANGUAGE-variable.html
  std::setlocale(LC_MESSAGES, "C.UTF-8");
  setenv("LANGUAGE", language.c_str(), 1);
  // Installed (bin/ beside share/locale/) or in the build folder (beside locale/).
  const auto home = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto built = home / "locale", installed = home.parent_path() / "share/locale";
  bindtextdomain("servicios-check", (exists(built) ? built : installed).c_str());
  bind_textdomain_codeset("servicios-check", "UTF-8");  // LC_CTYPE stays C: bytes are bytes
  textdomain("servicios-check");
}

std::string spoken() { return language; }

std::string visible(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else result += c;
    }
  }
  return result + '"';
}
