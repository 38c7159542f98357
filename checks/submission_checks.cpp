// A submission in a lab: whether checks/receive could build it.
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "checks/checks.hpp"
#include "checks/facts.hpp"
#include "checks/text.hpp"

namespace {

// --- It builds ---------------------------------------------------------------------------------

/// The first thing that a compiler, a linker or CMake calls an error.
struct BuildError {
  std::string place{};    // "work/01-date-daemon/main.cpp:12:5"; empty if it has none
  std::string message{};  // theirs
  std::string shown{};    // the student's line, with a caret
};

/// `path` as the student knows it, from the checkout's root on.
std::string in_checkout(const std::string& path, const std::string& folder) {
  const std::string whole = std::filesystem::path{path}.lexically_normal();  // without /../
  const std::size_t at = whole.rfind("/" + folder + '/');
  return at == std::string::npos ? whole : whole.substr(at + 1);
}

/// Whether it ends with a number, as FILE:LINE and FILE:LINE:COLUMN do.
bool has_line(const std::string& place) {
  const std::size_t colon = place.rfind(':');
  return colon != std::string::npos && colon + 1 < place.size() &&
         place.find_first_not_of("0123456789", colon + 1) == std::string::npos;
}

/// GCC's: FILE:LINE:COLUMN: error: MESSAGE, then the line with a caret below it. Without a line it
/// is what a tool says of itself.
std::optional<BuildError> compilers(const std::vector<std::string>& log, const std::string& folder,
                                    bool with_line) {
  for (std::size_t i = 0; i < log.size(); ++i) {
    for (const std::string_view mark : {": fatal error: ", ": error: "}) {
      const std::size_t at = log[i].find(mark);
      if (at == std::string::npos || has_line(log[i].substr(0, at)) != with_line) continue;
      BuildError error{.place = in_checkout(log[i].substr(0, at), folder),
                       .message = log[i].substr(at + mark.size())};
      for (std::size_t next = i + 1; next < log.size() && next <= i + 2; ++next)
        if (log[next].find(" | ") != std::string::npos) add_line(error.shown, log[next]);
      return error;
    }
  }
  return std::nullopt;
}

/// The line of a file, and below it a caret, as GCC shows them.
std::string shown_line(const std::string& file, int number, int column) {
  std::ifstream in{file};
  std::string line;
  for (int left = number; left > 0; --left)
    if (!std::getline(in, line)) return "";
  std::string caret;  // below a tab stands a tab
  for (int i = 0; i + 1 < column && i < static_cast<int>(line.size()); ++i)
    caret += line[static_cast<std::size_t>(i)] == '\t' ? '\t' : ' ';
  return fmt::format("{:5} | {}\n      | {}^", number, line, caret);
}

/// Where in a file of its own an error in a library's header began: GCC's "required from here", "in
/// 'constexpr' expansion of", and the like.
std::optional<BuildError> in_own_file(const std::vector<std::string>& log,
                                      const std::string& folder) {
  for (const std::string& line : log) {
    const std::string place = line.substr(0, line.find(": "));
    const std::string own = in_checkout(place, folder);
    if (!own.starts_with(folder + '/') || !has_line(place)) continue;
    // FILE:LINE:COLUMN
    const std::size_t last = place.rfind(':'), first = place.rfind(':', last - 1);
    if (first == std::string::npos || !has_line(place.substr(0, last))) continue;
    return BuildError{.place = own,
                      .shown = shown_line(place.substr(0, first), std::atoi(&place[first + 1]),
                                          std::atoi(&place[last + 1]))};
  }
  return std::nullopt;
}

/// The header of which GCC's note says that it is not included: "<string>". Otherwise empty.
std::string header_in(const std::string& line) {
  static constexpr std::string_view call = "#include ";
  const std::size_t at = line.find(call), end = line.find('>', at);
  if (line.find(": note: ") >= at || end == std::string::npos) return "";
  return line.substr(at + call.size(), end + 1 - at - call.size());
}

/// The log up to the end of what GCC says of the first error that has a line. What leads to it may
/// come before it or behind it; where a place of another own line is named, the next one begins.
std::vector<std::string> of_first_error(const std::vector<std::string>& log,
                                        const std::string& folder) {
  const auto own_line = [&folder](const std::string& text) -> std::string {
    const std::string place = text.substr(0, text.find(": "));
    const std::string own = in_checkout(place, folder);
    return own.starts_with(folder + '/') && has_line(place) ? own.substr(0, own.rfind(':')) : "";
  };
  const auto is_error = [](const std::string& text) {
    const std::size_t at = std::min(text.find(": error: "), text.find(": fatal error: "));
    return at != std::string::npos && has_line(text.substr(0, at));
  };
  const auto first = std::find_if(log.begin(), log.end(), is_error);
  if (first == log.end()) return log;
  std::string own;
  const auto is_of_another = [&](const std::string& text) {
    const std::string line = own_line(text);
    if (own.empty()) own = line;
    if (!header_in(text).empty()) return false;  // its place is where the #include is to stand
    return !line.empty() && line != own;
  };
  for (auto at = log.begin(); at <= first; ++at)
    if (const std::string line = own_line(*at); !line.empty()) own = line;
  return {log.begin(), std::find_if(first + 1, log.end(), is_of_another)};
}

/// The first such header of a log.
std::string missing_header(const std::vector<std::string>& log) {
  for (const std::string& line : log)
    if (std::string header = header_in(line); !header.empty()) return header;
  return "";
}

/// What {fmt} says of a format: the text that it hands to on_error(), throw_format_error() or
/// report_error(), in a call that is no constant. Empty if there is none.
std::string formats_fault(const std::vector<std::string>& log) {
  static constexpr std::string_view call = "error(";
  for (const std::string& line : log)
    for (std::size_t at = 0; (at = line.find(call, at)) != std::string::npos; at += call.size()) {
      std::size_t text = at + call.size();
      for (const std::string_view cast : {"((const char*)", "(const char*)"})
        if (line.compare(text, cast.size(), cast) == 0) text += cast.size();
      const std::size_t end = line.find('"', text + 1);
      if (line.compare(text, 1, "\"") == 0 && end != std::string::npos)
        return line.substr(text + 1, end - text - 1);
    }
  return "";
}

/// What ld(1) misses or has twice; otherwise the first that it says.
std::optional<BuildError> linkers(const std::vector<std::string>& log) {
  for (const std::string_view mark :
       {"undefined reference to ", "undefined symbol: ", "multiple definition of ",
        "ld: ", "ld.bfd: ", "ld.gold: ", "ld.lld: "})
    for (const std::string& line : log) {
      const std::size_t at = line.find(mark);
      if (at != std::string::npos)
        return BuildError{.message = line.substr(mark.starts_with("ld") ? at + mark.size() : at)};
    }
  return std::nullopt;
}

/// CMake Error at CMakeLists.txt:3 (include): and what is indented below it.
std::optional<BuildError> cmakes(const std::vector<std::string>& log, const std::string& folder) {
  constexpr std::string_view mark = "CMake Error at ";
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (!log[i].starts_with("CMake Error")) continue;
    BuildError error{.message = log[i]};
    if (log[i].starts_with(mark)) {
      error.place = log[i].substr(mark.size(), log[i].find(' ', mark.size()) - mark.size());
      if (!error.place.starts_with('/')) error.place = folder + '/' + error.place;
      error.place = in_checkout(error.place, folder);
      error.message = "";
      for (std::size_t next = i + 1; next < log.size() && error.message.empty(); ++next)
        if (log[next].starts_with("  ")) error.message = log[next].substr(2);
    }
    return error;
  }
  return std::nullopt;
}

bool contains(const std::vector<std::string>& log, std::string_view text) {
  return std::any_of(log.begin(), log.end(), [text](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
}

/// Whether this line calls something whose format is checked while the program is compiled.
bool has_format(const std::string& line) {
  static const std::vector<std::string> calls{".debug(",    ".info(",      ".warning(", ".error(",
                                              ".critical(", ".exception(", ".log(",     "print(",
                                              "println(",   "format("};
  return std::any_of(calls.begin(), calls.end(), [&line](const std::string& call) {
    return line.find(call) != std::string::npos;
  });
}

/// What an error is in plain words, if g++'s are a wall. A guess only if nothing else has that
/// text.
std::string in_plain_words(const BuildError& error, const std::vector<std::string>& log) {
  const std::string& message = error.message;
  const auto says = [&message](std::string_view text) {
    return message.find(text) != std::string::npos;
  };
  if (says("undefined reference to `main'") || says("undefined symbol: main"))
    return _("the program has no main(): every program begins there");
  if (says("expected") && (says("‘;’") || says("';'")))
    return _("a semicolon is missing: at the end of this line, or of the one before");
  if (says("expected initializer before"))
    return _(
        "before this word something is missing, often a semicolon at the end of the line before");
  const char* const no_format =
      _("the format has to be written here, between quotes: it is checked while the program is "
        "compiled");
  if (says("basic_format_string(")) return no_format;  // it is made of no text
  if (contains(log, "more_arguments_than_the_format_has"))
    return _("there are more arguments than {} in the format");
  const std::string fault = formats_fault(log);
  if (fault == "argument not found" || contains(log, "invalid_arg_id_in_format_string"))
    return _("the format has more {} than there are arguments after it");
  if (!fault.empty()) return format_message(_("the format is wrong: {}"), fault);
  const bool is_no_constant = says("constant expression") || says("non-‘constexpr’ function");
  if (is_no_constant && (has_format(error.shown) || contains(log, "ormat"))) return no_format;
  if (const std::string header = missing_header(log); !header.empty())
    return format_message(_("a header is missing: write #include {} at the top of the file"),
                          header);
  return "";
}

/// What to do about what ld(1) says.
const char* linkers_hint(const std::string& message) {
  if (message.starts_with("cannot find -l"))
    return _(
        "a library of the course's is made by its line in CMakeLists.txt, such as "
        "include(../../cmake/logging.cmake)");
  if (message.starts_with("undefined reference to ") && message.find("`main'") == std::string::npos)
    return _(
        "does CMakeLists.txt name the source, or the library, that has it? is its name the same "
        "there?");
  return "";
}

/// The file in whose place a CMakeLists.txt, or a script called as the stage, was looked for.
std::optional<Misnamed> meant_to_be_built(const Submission& submission) {
  const auto programs = names_of(submission, "programs");
  if (auto program = misnamed(programs, submission.stage, programs)) return program;
  std::vector<std::string> lists = names_of(submission, "files");
  std::erase_if(lists, [](const std::string& name) {
    return fnmatch("*cmake*.txt", name.c_str(), FNM_CASEFOLD) != 0;
  });
  return misnamed(lists, "CMakeLists.txt", lists);
}

Finding of_build_log(const Submission& submission, const std::string& folder) {
  const auto whole = lines_of(fact(submission, "build.log"));
  const auto log = of_first_error(whole, folder);
  auto error = cmakes(log, folder);
  if (!error) error = compilers(log, folder, true);
  if (!error) error = linkers(log);
  if (!error) error = compilers(log, folder, false);
  if (!error) {
    std::string last;
    for (std::size_t i = log.size() - std::min<std::size_t>(log.size(), 10); i < log.size(); ++i)
      add_line(last, log[i]);
    return {.found = last, .reason = _("the build ended with an error; its last lines are above")};
  }
  Finding finding;
  if (!error->place.empty() && !error->place.starts_with(folder))
    if (const auto own = in_own_file(log, folder)) {
      error->place = own->place;
      error->shown = own->shown;
      finding.reason = in_plain_words(*error, log);
      // What a header says of its own lines is a wall.
      if (!finding.reason.empty()) error->message.clear();
    }
  finding.found = error->place;
  if (!error->message.empty())
    finding.found += (finding.found.empty() ? "" : ": ") + error->message;
  if (!error->shown.empty()) add_line(finding.found, error->shown);
  if (finding.reason.empty()) finding.reason = in_plain_words(*error, log);
  if (finding.reason.empty()) finding.reason = error->message;
  finding.hint = linkers_hint(error->message);
  return finding;
}

}  // namespace

Outcome program_is_built(Submission& submission) {
  const std::string folder = work_folder(submission);
  std::string result = fact(submission, "build");
  std::erase(result, '\n');
  const std::string left_behind = fact(submission, "left-behind");
  if (result == "ok" || result == "script")
    return pass(result == "ok" ? "" : _("a script: nothing to build"));

  Finding finding{.looked_at = "./course build " + submission.stage,
                  .expected = format_message(_("a program called {}"), submission.stage)};
  if (result == "nothing") {
    finding.found =
        format_message(_("in {} there is: {}"), folder, some_of(names_of(submission, "files")));
    finding.reason = format_message(_("{} has neither a CMakeLists.txt nor a program called {}"),
                                    folder, submission.stage);
    if (const auto file = meant_to_be_built(submission))
      add_line(finding.reason, one_line(file->name) + ": " + file->reason);
    finding.hint =
        format_message(_("./course start {} shows how the folder begins"), submission.stage);
  } else if (result == "no-program") {
    finding.found = format_message(_("the build has made no program of that name, but: {}"),
                                   some_of(names_of(submission, "programs")));
    finding.reason = _("the program is called as the stage, and so is CMake's target");
    finding.hint =
        format_message(_("in {}/CMakeLists.txt: add_stage({} ...)"), folder, submission.stage);
  } else if (result == "timeout") {
    finding.reason = _("the build took longer than it may (build_seconds in lab/limits)");
  } else if (result == "oom-kill") {
    finding.reason = _("the build needed more memory than there is (lab_memory in lab/limits)");
  } else if (result == "too-large") {
    finding.reason =
        _("the folder has more or larger files than a submission may have "
          "(submission_files, submission_bytes and unit_bytes in lab/limits)");
    finding.hint = _("a build folder is not to be in it");
  } else {
    const auto log = lines_of(fact(submission, "build.log"));
    finding = [&] {
      Finding of_log = of_build_log(submission, folder);
      of_log.looked_at = finding.looked_at;
      of_log.expected = finding.expected;
      return of_log;
    }();
    if (contains(log, "Killed signal terminated program"))
      add_line(finding.reason,
               _("the compiler was killed: it needed more memory than there is (lab_memory in "
                 "lab/limits)"));
    if (contains(log, "File size limit exceeded") || contains(log, "File too large"))
      add_line(finding.reason,
               _("a file became larger than it may (build_file_bytes in lab/limits)"));
  }
  if (!left_behind.empty())
    add_line(finding.reason, format_message(_("links and special files are left behind; here: {}"),
                                            listed(lines_of(left_behind))));
  return fail(std::move(finding));
}
