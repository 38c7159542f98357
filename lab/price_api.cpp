// price-api: CoinGecko's simple/price without the internet, and whatever can be wrong with it.
// https://docs.coingecko.com/reference/simple-price
#include <arpa/inet.h>
#include <fcntl.h>
#include <httplib.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "common/options.hpp"
#include "lab/faults.hpp"

using Clock = std::chrono::steady_clock;
using nlohmann::json;

// --- The market ---------------------------------------------------------------------------------

static const std::map<std::string, double> currencies{
    // for one US dollar
    {"usd", 1},      {"eur", 0.92}, {"gbp", 0.79}, {"jpy", 151.37}, {"mxn", 18.42},
    {"ars", 1012.5}, {"clp", 938},  {"cop", 4105}, {"brl", 5.43}};

/// The number of decimals to round to if the request does not say: fewer for what is dear, and six
/// digits for what costs less than 1.
static int usual_decimals(double price) {
  if (price >= 100000) return 0;
  if (price >= 1) return 2;
  return 5 - static_cast<int>(std::floor(std::log10(price)));
}

/// A whole number becomes an integer, as CoinGecko writes it: 67187 and not 67187.0.
static json as_number(double value) {
  if (value == std::floor(value) && value < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

/// The prices of some coins, each a random walk of its own: the same seed and the same questions
/// give the same prices.
class Market {
 public:
  explicit Market(std::uint64_t seed) {
    const std::map<std::string, double> dollars{{"bitcoin", 67187.33}, {"ethereum", 3452.18},
                                                {"solana", 171.06},    {"litecoin", 84.5},
                                                {"cardano", 0.447121}, {"dogecoin", 0.159384},
                                                {"pepe", 1.128e-05},   {"shiba-inu", 2.461e-05}};
    for (const auto& [id, price] : dollars)
      coins_.emplace(id, Coin{price, std::mt19937_64{seed++}});
  }

  bool lists(const std::string& id) const { return coins_.contains(id); }

  /// What the coin `id`, which is listed, costs in US dollars now.
  double next_price(const std::string& id) {
    Coin& coin = coins_.at(id);
    return coin.price *= std::exp(std::normal_distribution{0.0, 0.001}(coin.chance));
  }

 private:
  struct Coin {
    double price;
    std::mt19937_64 chance;
  };
  std::map<std::string, Coin> coins_;
};

// --- The API ------------------------------------------------------------------------------------

struct Settings {
  std::string listen = "127.0.0.1:8080";
  std::uint64_t seed = 1;
  std::uint64_t rate_limit = 0;  // none
  double rate_window = 60;       // seconds
  std::optional<std::string> retry_after;
  std::optional<std::string> faults;
  std::string faults_file;
  std::optional<std::string> log;  // "prices", too
};

/// Answers requests. Thread-safe.
class PriceApi {
 public:
  PriceApi(const Settings& settings, FaultPlan plan)
      : settings_(settings), market_(settings.seed), plan_(std::move(plan)) {}

  void get(const httplib::Request& request, httplib::Response& response) {
    const bool price = request.path == "/api/v3/simple/price";
    const bool moved = request.path == "/api/v3/moved/simple/price";  // where a 301 leads
    std::string fault = "ok";
    {
      const std::lock_guard lock{mutex_};
      if (price) fault = next_fault();
      if (price || moved) {
        answer_price(request, response);
      } else if (request.path == "/api/v3/ping") {
        answer(response, 200, {{"gecko_says", "(V3) To the Moon!"}});
      } else {
        not_found(response);
      }
    }
    const bool is_good =
        (price || moved) && response.status == 200 && (fault == "ok" || fault == "slow");
    // Before the answer goes out: whoever has read it finds the line in the log.
    log(request, fault == "ok" ? std::to_string(response.status) : fault,
        settings_.log && is_good ? " prices=" + response.body : "");
    spoil(fault, request, response, retry_after(std::ceil(settings_.rate_window)));
  }

  /// What get() is not asked for: another method, or no HTTP.
  static void refuse(const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    not_found(response);
    log(request, std::to_string(response.status));
  }

 private:
  static void answer(httplib::Response& response, int status, const json& body) {
    response.status = status;
    // What is not UTF-8 in a client's id comes back replaced, and not as an exception.
    response.set_content(body.dump(-1, ' ', false, json::error_handler_t::replace),
                         "application/json");
  }

  static void not_found(httplib::Response& response) {
    answer(response, 404,
           {{"error", "Incorrect path. Please check https://www.coingecko.com/api/"}});
  }

  /// METHOD TARGET OUTCOME peer=IP:PORT agent="..." and what prices the answer gives, prices={...}.
  /// Nothing that a client sends can look like that: checks/price_server.cpp reads it.
  static void log(const httplib::Request& request, const std::string& outcome,
                  const std::string& prices = "") {
    std::string agent = request.get_header_value("User-Agent");
    std::replace_if(
        agent.begin(), agent.end(), [](unsigned char c) { return c == '"' || c < ' '; }, '?');
    std::string target = request.target;
    std::replace_if(
        target.begin(), target.end(), [](unsigned char c) { return c <= ' '; }, '?');
    const std::string line =
        request.method + ' ' + target + ' ' + outcome + " peer=" + request.remote_addr + ':' +
        std::to_string(request.remote_port) + " agent=\"" + agent + '"' + prices + '\n';
    std::fputs(line.c_str(), stderr);  // unbuffered, and whole: stdio locks the stream
  }

  std::string retry_after(double seconds) const {
    return settings_.retry_after.value_or(std::to_string(static_cast<std::int64_t>(seconds)));
  }

  void answer_price(const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value("User-Agent").empty())
      return answer(
          response, 403,
          {{"status",
            {{"error_code", 403},
             {"error_message", "Please add a descriptive User-Agent to your request."}}}});
    if (const auto wait = limited()) {
      response.set_header("Retry-After", retry_after(*wait));
      return answer(
          response, 429,
          {{"status",
            {{"error_code", 429}, {"error_message", "You've exceeded the Rate Limit."}}}});
    }
    for (const char* parameter : {"ids", "vs_currencies"})
      if (request.get_param_value(parameter).empty())
        return answer(response, 422, {{"error", std::string{"Missing parameter "} + parameter}});
    const std::string precision = request.get_param_value("precision");
    if (!precision.empty() && precision != "full" && !decimals(precision))
      return answer(response, 400, {{"error", "Invalid value for precision"}});
    json prices = json::object();
    for (const std::string& id : split(request.get_param_value("ids")))
      if (market_.lists(id) && !prices.contains(id)) prices[id] = coin(id, precision, request);
    answer(response, 200, prices);
  }

  json coin(const std::string& id, const std::string& precision, const httplib::Request& request) {
    json coin = json::object();
    const double dollars = market_.next_price(id);
    for (const std::string& currency : split(request.get_param_value("vs_currencies"))) {
      const auto rate = currencies.find(currency);
      if (rate == currencies.end()) continue;
      double price = dollars * rate->second;
      if (precision != "full") {
        const double unit = std::pow(10, decimals(precision).value_or(usual_decimals(price)));
        price = std::round(price * unit) / unit;
      }
      coin[currency] = as_number(price);
    }
    if (request.get_param_value("include_last_updated_at") == "true")
      coin["last_updated_at"] = std::time(nullptr);
    return coin;
  }

  /// 0 to 18, or nothing.
  static std::optional<int> decimals(const std::string& text) {
    int value = -1;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < 0 || value > 18) return std::nullopt;
    return value;
  }

  static std::vector<std::string> split(const std::string& list) {
    std::istringstream in{list};
    std::vector<std::string> items;
    for (std::string item; std::getline(in, item, ',');) items.push_back(item);
    return items;
  }

  /// The seconds to wait, rounded up, for a request that is one too many.
  std::optional<double> limited() {
    if (settings_.rate_limit == 0) return std::nullopt;
    const auto now = Clock::now();
    const std::chrono::duration<double> window{settings_.rate_window};
    if (admitted_ == 0 || now - window_start_ >= window) {
      window_start_ = now;
      admitted_ = 0;
    }
    const std::chrono::duration<double> left = window - (now - window_start_);
    if (admitted_ == settings_.rate_limit) return std::ceil(left.count());
    ++admitted_;
    return std::nullopt;
  }

  /// The faults file is looked at before every answer: writing it starts its plan from the
  /// beginning, removing it ends all faults.
  std::string next_fault() {
    if (settings_.faults_file.empty()) return plan_.next();
    struct stat file {};
    const bool present = stat(settings_.faults_file.c_str(), &file) == 0;
    const std::array version{static_cast<std::int64_t>(file.st_ino),
                             static_cast<std::int64_t>(file.st_size),
                             static_cast<std::int64_t>(file.st_mtim.tv_sec),
                             static_cast<std::int64_t>(file.st_mtim.tv_nsec)};
    if (version != plan_version_) {
      plan_version_ = version;
      plan_ = FaultPlan{};
      try {
        std::ifstream in{settings_.faults_file};
        if (present && !in) throw std::invalid_argument("cannot be read");
        plan_ = FaultPlan{present ? std::string{std::istreambuf_iterator{in}, {}} : ""};
      } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "price-api: %s: %s\n", settings_.faults_file.c_str(), error.what());
      }
    }
    return plan_.next();
  }

  const Settings settings_;
  std::mutex mutex_;
  Market market_;
  FaultPlan plan_;
  std::array<std::int64_t, 4> plan_version_{};
  Clock::time_point window_start_;
  std::uint64_t admitted_ = 0;
};

// --- The service --------------------------------------------------------------------------------

struct Address {
  std::string host;
  std::uint16_t port;
};

static Address parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos && colon > 0) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error == std::errc{} && stop == end) {
      std::string host = text.substr(0, colon);
      if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
      return {host, port};
    }
  }
  throw std::invalid_argument("--listen '" + text +
                              "': write HOST:PORT, with a port from 0 (any) to 65535");
}

static std::string url_of(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) < 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    throw std::runtime_error("cannot tell the address of the listening socket");
  const std::string name =
      std::string{host}.find(':') == std::string::npos ? host : '[' + std::string{host} + ']';
  return "http://" + name + ':' + port + "/api/v3";
}

/// Binds `server` to the socket that systemd listens on (socket activation), or to `address`.
/// Returns the listening socket, of which `server` stays the owner.
static int bind(httplib::Server& server, const Address& address) {
  const int activated = sd_listen_fds(1);
  if (activated < 0) throw std::system_error(-activated, std::generic_category(), "sd_listen_fds");
  if (activated > 0 &&
      (activated > 1 || sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0 ||
       sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_STREAM, 1) > 0))
    throw std::runtime_error("the socket unit must pass one listening TCP socket");

  int listener = -1;
  // Instead of httplib's own options: SO_REUSEPORT would let two servers share a port unnoticed.
  server.set_socket_options([&listener](int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    listener = fd;
  });
  const Address where = activated ? Address{"127.0.0.1", 0} : address;
  errno = 0;
  if (!server.bind_to_port(where.host, where.port))
    throw std::system_error(errno ? errno : EADDRNOTAVAIL, std::generic_category(),
                            "cannot listen on " + where.host + ':' + std::to_string(where.port));
  if (activated) {
    // httplib cannot be given a socket: systemd's takes the place of the one that httplib made.
    dup2(SD_LISTEN_FDS_START, listener);
    close(SD_LISTEN_FDS_START);
  }
  const int on = 1;
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // its connections inherit it
  return listener;
}

int main(int argc, char** argv) try {
  Settings settings;
  const std::string purpose =
      "CoinGecko's GET /api/v3/simple/price and /api/v3/ping, offline, with faults to order.\n"
      "On a socket that systemd passes (price-api.socket) it serves that one.\n\n"
      "PLAN is consumed request by request and orders a good answer (ok) or a fault for each:\n"
      "KIND, KIND*COUNT or KIND* (for ever), separated by commas; after it all answers are good.\n"
      "For example: 'ok*2,429,500*3,reset'. $PRICE_API_FAULTS holds one, too. The kinds:\n" +
      fault_kinds() +
      ".\n\nA plan in the faults file replaces it, also while the server runs, and starts anew\n"
      "whenever the file is written: echo '429*5' > FILE.";
  parse_options(
      argc, argv, purpose.c_str(),
      {{"listen", "HOST:PORT", "address to serve; port 0 is any free one", &settings.listen},
       {"seed", "N", "of the prices' random walk (1)", &settings.seed},
       {"rate-limit", "N", "answer 429 after N prices within the window", &settings.rate_limit},
       {"rate-window", "SECONDS", "the rate limit's window", &settings.rate_window},
       {"retry-after", "SECONDS", "what a 429 says, or a date (what is left of the window)",
        &settings.retry_after},
       {"faults", "PLAN", "what goes wrong, and when", &settings.faults},
       {"faults-file", "FILE", "where to look for another plan", &settings.faults_file},
       {"log", "prices", "log the prices that were given, too", &settings.log}});
  if (settings.log && *settings.log != "prices")
    throw std::invalid_argument("--log '" + *settings.log + "': write prices");

  std::string source = "--faults ";
  if (const char* plan = std::getenv("PRICE_API_FAULTS"); plan && !settings.faults) {
    settings.faults = plan;
    source = "$PRICE_API_FAULTS ";
  }
  FaultPlan plan;
  try {
    plan = FaultPlan{settings.faults.value_or("")};
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(source + error.what());
  }
  PriceApi api{settings, std::move(plan)};

  // Nothing is left to do at the end, and _exit(2) does not wait for a connection's thread.
  for (const int number : {SIGTERM, SIGINT}) std::signal(number, [](int) { _exit(EXIT_SUCCESS); });

  httplib::Server server;
  server.Get(".*", [&api](const auto& request, auto& response) { api.get(request, response); });
  server.set_error_handler(httplib::Server::Handler{
      [](const auto& request, auto& response) { PriceApi::refuse(request, response); }});
  // Newer versions end the connection after a status from 400 up. CoinGecko does not.
  server.set_post_routing_handler([](const auto& request, auto& response) {
    if (response.status >= 400 && request.get_header_value("Connection") != "close")
      response.headers.erase("Connection");
  });
  server.set_keep_alive_max_count(1'000'000);  // of httplib's 5 requests, then 5 seconds,
  server.set_keep_alive_timeout(600);          // no poll a minute would keep its connection
  // A thread serves a connection to its end: one that is silent, or idle, holds up no other.
  server.new_task_queue = [] { return new httplib::ThreadPool{64}; };

  const int listener = bind(server, parse_address(settings.listen));
  std::printf("listening on %s\n", url_of(listener).c_str());
  std::fflush(stdout);
  server.listen_after_bind();
  throw std::runtime_error("the listening socket failed");
} catch (const std::exception& error) {
  return report(error);
}
