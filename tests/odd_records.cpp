// Logs texts of any bytes to the journal, and prints them as `journalctl --output=cat` would.
#include <cstdio>
#include <memory>
#include <string>

#include "05-journald/journald_handler.hpp"
#include "tests/odd_texts.hpp"

int main() {
  logging::basic_config({.level = logging::Level::INFO,
                         .format = "%(message)s",
                         .handlers = {std::make_shared<JournaldHandler>()}});
  for (const std::string& text : odd_texts()) {
    logging::get_logger().info({{"TEXT", text}}, "{}", text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::putchar('\n');
  }
}
