// Texts that a careless handler cuts, strips or tears.
#pragma once

#include <string>
#include <vector>

inline std::vector<std::string> odd_texts() {
  using namespace std::string_literals;
  return {""s,
          "two\nlines\n"s,
          "\0a\0"s,
          "blanks \t "s,
          "100%s %n"s,
          "日本語 é"s,
          "\xff\xfe"s,
          "A=B"s,
          "\n"s,
          std::string(150'000, 'x'),
          std::string(300'000, 'y'),
          std::string(10 << 20, 'z') + "\nend"};
}
