#include "checks/facts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "checks/text.hpp"

namespace fs = std::filesystem;

std::string fact(const Submission& submission, const char* name) {
  if (submission.facts.empty()) return "";
  std::ifstream file{submission.facts + '/' + name};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::vector<std::string> names_of(const Submission& submission, const char* list) {
  std::vector<std::string> names;
  std::istringstream text{fact(submission, list)};
  for (std::string name; std::getline(text, name, '\0');) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string work_folder(const Submission& submission) { return "work/" + submission.stage; }

std::string some_of(const std::vector<std::string>& names) {
  static constexpr std::size_t most = 10;
  if (names.empty()) return _("nothing");
  std::vector<std::string> some(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(most, names.size())));
  for (std::string& name : some) name = one_line(name);
  return listed(some) + (names.size() > most ? ", ..." : "");
}

static std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return text;
}

std::optional<Misnamed> misnamed(const std::vector<std::string>& files, const std::string& wanted,
                                 const std::vector<std::string>& others) {
  const auto found = [&files](const auto& is_it) {
    return std::find_if(files.begin(), files.end(),
                        [&](const std::string& name) { return is_it(fs::path{name}.filename()); });
  };
  const auto below = found([&](const fs::path& name) { return name == wanted; });
  if (below != files.end())
    return Misnamed{*below, _("the name is right, and the folder is not: it has to lie in the "
                              "stage's folder itself")};
  const auto in_other_case = found([small = in_small_letters(wanted)](const fs::path& name) {
    return in_small_letters(name) == small;
  });
  if (in_other_case != files.end())
    return Misnamed{*in_other_case, format_message(_("capitals count: the name that is looked for "
                                                     "is {}"),
                                                   wanted)};
  const fs::path stem = in_small_letters(fs::path{wanted}.stem());
  const auto with_other_end = found([&stem](const fs::path& name) {
    const std::string small = in_small_letters(name);
    return small == stem || small.starts_with(stem.string() + '.');
  });
  if (with_other_end != files.end())
    return Misnamed{*with_other_end,
                    format_message(_("the end of its name differs: the name that is looked for "
                                     "is {}"),
                                   wanted)};
  if (others.empty()) return std::nullopt;
  return Misnamed{
      others.front(),
      format_message(_("it has another name: the name that is looked for is {}"), wanted)};
}
