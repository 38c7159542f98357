#include "checks/student_view.hpp"

#include "checks/text.hpp"

static void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// checks/receive has copied the unit from work/STAGE, and put the course's own drop-in beside it.
static void name_students_files(const Submission& submission, std::string& text) {
  const std::string put = "/etc/systemd/system/" + submission.unit.name();
  replace_all(text, put + ".d/offline.conf", "units/offline.conf");
  replace_all(text, put, "work/" + submission.stage + '/' + submission.unit.name());
}

/// `command` in a lab that has the stage as the check left it.
static std::string in_lab(const Submission& submission, std::string command) {
  if (command.empty() || command.starts_with("./course")) return command;
  replace_all(command, "sudo ", "");
  const std::string lab = "./course lab " + submission.stage + ' ';
  if (command.find_first_of(";|<>&*$'\"\\") == std::string::npos) return lab + command;
  replace_all(command, "'", "'\\''");
  return lab + "sh -c '" + command + '\'';
}

static std::string systemctl(const Submission& submission, const std::vector<std::string>& verbs) {
  std::string text;
  for (const std::string& verb : verbs) {
    if (!text.empty()) text += " && ";
    text += "sudo systemctl " + verb;
    if (verb != "daemon-reload") text += ' ' + submission.unit.name();
  }
  return text;
}

void put_in_students_view(const Submission& submission, Outcome& outcome) {
  Finding& finding = outcome.finding;
  const bool is_in_lab = !submission.facts.empty();
  if (!finding.then.empty()) {
    const std::string then =
        is_in_lab ? "./course check " + submission.stage : systemctl(submission, finding.then);
    finding.hint =
        finding.hint.empty() ? then : format_message(_("{}; then: {}"), finding.hint, then);
  }
  if (!is_in_lab) return;
  for (std::string* text :
       {&outcome.note, &finding.expected, &finding.found, &finding.reason, &finding.hint})
    name_students_files(submission, *text);
  replace_all(finding.hint, "journalctl -u", in_lab(submission, "journalctl -u"));
  // The process of another lab has another number.
  const std::string pid = std::to_string(submission.unit.number("MainPID"));
  const std::string main = "$(systemctl show -P MainPID " + submission.unit.name() + ')';
  replace_all(finding.looked_at, "-p " + pid, "-p " + main);
  replace_all(finding.looked_at, "/proc/" + pid + '/', "/proc/" + main + '/');
  finding.looked_at = in_lab(submission, finding.looked_at);
}
