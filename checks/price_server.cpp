#include "checks/price_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "checks/daemon.hpp"
#include "checks/disruption.hpp"

static const std::filesystem::path control = "/run/price-api/faults";

// --- Its log -----------------------------------------------------------------------------------

/// The numbers of {"bitcoin":{"usd":67187.33}}, in which one is no price but a date.
static std::vector<double> prices_of(const std::string& text) {
  std::vector<double> prices;
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!answer.is_object()) return prices;
  for (const auto& coin : answer)
    for (const auto& [currency, price] : coin.items())
      if (price.is_number() && currency != "last_updated_at") prices.push_back(price);
  return prices;
}

/// "bitcoin": ids in /simple/price?ids=bitcoin&vs_currencies=usd; empty if it is not there.
static std::string in_query(const std::string& target, const std::string& name) {
  std::istringstream words{target.substr(target.find('?') + 1)};
  for (std::string word; std::getline(words, word, '&');)
    if (word.starts_with(name + '=')) return word.substr(name.size() + 1);
  return "";
}

/// Where the server has prices; the second is where a redirection leads.
static bool asks_for_a_price(const std::string& target) {
  return target.starts_with("/api/v3/simple/price?") ||
         target.starts_with("/api/v3/moved/simple/price?");
}

/// METHOD TARGET OUTCOME peer=IP:PORT agent="..." prices={...}, of which the last may be missing.
/// In the agent's text anything may stand that a client likes, but for a quotation mark.
static std::optional<Answer> answer_in(const Entry& entry) {
  static constexpr std::string_view prices = "\" prices=";
  const std::string& line = entry["MESSAGE"];
  std::istringstream words{line};
  std::string method, target, outcome, peer;
  if (!(words >> method >> target >> outcome >> peer) || !peer.starts_with("peer=") ||
      !asks_for_a_price(target))
    return std::nullopt;
  peer.erase(0, std::string_view{"peer="}.size());
  const std::size_t at = line.rfind(prices);
  Answer answer{.time = entry.time,
                .outcome = outcome,
                .peer = peer,
                .coin = in_query(target, "ids"),
                .currency = in_query(target, "vs_currencies"),
                .prices = {},
                .tells_prices = at != std::string::npos};
  if (answer.tells_prices) answer.prices = prices_of(line.substr(at + prices.size()));
  return answer;
}

std::vector<Answer> answers_since(Submission& submission, Time since) {
  std::vector<Answer> answers;
  for (const Entry& entry : submission.journal.entries({"_SYSTEMD_UNIT=price-api.service"}, since))
    if (auto answer = answer_in(entry)) answers.push_back(std::move(*answer));
  return answers;
}

std::string wrong_target(Submission& submission, Time since) {
  std::string found;
  for (const Entry& entry :
       submission.journal.entries({"_SYSTEMD_UNIT=price-api.service"}, since)) {
    std::istringstream words{entry["MESSAGE"]};
    std::string method, target, outcome, peer;
    if (!(words >> method >> target >> outcome >> peer) || !peer.starts_with("peer=")) continue;
    found = outcome == "404" && !asks_for_a_price(target) ? target : "";
  }
  return found;
}

/// The sockets that the unit's processes have open, by their inodes; nothing if there is none to be
/// seen.
static std::optional<std::set<std::string>> sockets_of(const Unit& unit) {
  std::error_code ignored;
  const auto pids = processes_of(unit);
  if (pids.empty()) return std::nullopt;
  std::set<std::string> inodes;
  for (const auto pid : pids)
    for (const auto& fd :
         std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd", ignored}) {
      const std::string link = std::filesystem::read_symlink(fd.path(), ignored);
      if (link.starts_with("socket:[")) inodes.insert(link.substr(8, link.size() - 9));
    }
  return inodes;
}

/// Who is connected to the server: IP:PORT of each, by the inode of its socket.
/// proc(5), /proc/net/tcp
static std::map<std::string, std::string> connections() {
  std::map<std::string, std::string> found;
  std::istringstream lines{content("/proc/net/tcp")};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
        inode;
    static constexpr auto loopback = "0100007F:", server = "0100007F:1F90";  // 127.0.0.1:8080
    if (remote == server && local.starts_with(loopback) && inode != "0")
      found[inode] = "127.0.0.1:" + std::to_string(std::stoul(local.substr(9), nullptr, 16));
  }
  return found;
}

bool is_connected_to_price_server(const Unit& unit) {
  const auto connected = connections();
  const auto sockets = sockets_of(unit);
  return sockets && std::any_of(sockets->begin(), sockets->end(), [&](const std::string& inode) {
           return connected.contains(inode);
         });
}

std::vector<Answer> answers_to_unit(Submission& submission, Time since) {
  auto answers = answers_since(submission, since);
  if (const auto sockets = sockets_of(submission.unit)) {
    std::set<std::string> strangers;
    for (const auto& [inode, peer] : connections())
      if (!sockets->contains(inode)) strangers.insert(peer);
    std::erase_if(answers, [&](const Answer& answer) { return strangers.contains(answer.peer); });
  }
  return answers;
}

std::ptrdiff_t times_given(Submission& submission, const std::string& outcome, Time since) {
  const auto answers = answers_since(submission, since);
  return std::count_if(answers.begin(), answers.end(),
                       [&outcome](const Answer& answer) { return answer.outcome == outcome; });
}

bool asks_price_server(const Submission& submission) {
  if (!submission.facts.empty()) return true;
  const auto program = program_of(submission);
  if (!program) return false;
  const auto is_here = [](const std::string& word) {
    return word.find("//127.0.0.1:8080") != std::string::npos ||
           word.find("//localhost:8080") != std::string::npos;
  };
  return std::any_of(program->environment.begin(), program->environment.end(), is_here) ||
         std::any_of(program->arguments.begin(), program->arguments.end(), is_here);
}

// --- Its faults --------------------------------------------------------------------------------

std::string faults_file() { return control; }
std::ptrdiff_t daemons_that_ask(const Submission& submission) {
  return 1 + std::count_if(stages.begin(), stages.end(), [&](const std::string& stage) {
           const Unit unit = submission.manager.unit(stage + ".service");
           return stage >= "03" && unit.name() != submission.unit.name() && is_running(unit);
         });
}

bool serves_prices() { return std::filesystem::is_directory(control.parent_path()); }

void Faults::order(const std::string& kind) const {
  // Renamed, so that the server never reads half a plan.
  const std::string draft = control.string() + ".new";
  std::ofstream{draft} << kind << "*\n";
  chmod(draft.c_str(), 0644);
  std::filesystem::rename(draft, control);
}

Faults::~Faults() { unlink(control.c_str()); }
