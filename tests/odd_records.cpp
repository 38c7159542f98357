// Logs texts of any bytes to the journal, and prints them as `journalctl --output=cat` would.
#include <cstdio>
#include <memory>
#include <string>

#include "05-journald/journald_handler.hpp"

int main() {
  using namespace std::string_literals;
  logging::basic_config({.level = logging::Level::INFO,
                         .format = "%(message)s",
                         .handlers = {std::make_shared<JournaldHandler>()}});
  for (const std::string& text :
       {"two\nlines\n"s, "\0a\0"s, "blanks \t "s, "100%s %n"s, "日本語 é"s, "\xff\xfe"s, "A=B"s,
        "\n"s, std::string(300'000, 'y'), std::string(10 << 20, 'z') + "\nend"}) {
    logging::get_logger().info({{"TEXT", text}}, "{}", text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::putchar('\n');
  }
}
