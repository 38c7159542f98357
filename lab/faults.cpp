#include "lab/faults.hpp"

#include <fcntl.h>
#include <httplib.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;
using nlohmann::json;

// ---------------------------------------------------------------------------------------------
// The connection under an exchange

/// What httplib has no words for: bytes that are not a response, and the end of a connection.
/// A handler is not told its socket, and what lies under httplib's handlers changes from version
/// to version; but no two connections have the same peer, so the peer's address finds it.
class Connection {
 public:
  explicit Connection(const httplib::Request& request) : fd_(find(request)) {}

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// True as soon as the client has hung up, false after `time`; negative: waits for ever.
  bool hung_up_within(std::chrono::milliseconds time) const {
    pollfd connection{fd_, POLLRDHUP, 0};
    return poll(&connection, 1, static_cast<int>(time.count())) > 0;
  }

  /// Ends the connection. Its descriptor stays taken, by /dev/null, until httplib finds that it
  /// can no longer write to it and closes it: to close it here would close it twice.
  void hang_up() const {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) throw std::system_error(errno, std::generic_category(), "open /dev/null");
    dup2(null, fd_);
    close(null);
  }

  /// Ends the connection with a RST instead of a FIN: SO_LINGER in socket(7), tcp(7).
  void reset() const {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    hang_up();
  }

 private:
  static int find(const httplib::Request& request) {
    for (int fd = 0; fd < FD_SETSIZE; ++fd) {  // httplib waits with select(2): no higher one
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      char host[NI_MAXHOST], port[NI_MAXSERV];
      if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
          getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, host, sizeof host, port,
                      sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
          host == request.remote_addr && port == std::to_string(request.remote_port))
        return fd;
    }
    throw std::logic_error("no connection for the request");
  }

  int fd_;
};

// ---------------------------------------------------------------------------------------------
// The faults

struct Exchange {
  const httplib::Request& request;
  httplib::Response& response;  // the good answer, to be spoilt
  const std::string& retry_after;
};

static void answer(const Exchange& exchange, int status, const std::string& body,
                   const char* type = "application/json") {
  exchange.response.status = status;
  exchange.response.set_content(body, type);
}

static void fail(const Exchange& exchange, int status, int code, const char* message) {
  answer(exchange, status,
         json{{"status", {{"error_code", code}, {"error_message", message}}}}.dump());
}

/// As the proxies in front of an API answer, which know nothing of its JSON.
static void html(const Exchange& exchange, int status, const std::string& title) {
  answer(exchange, status,
         "<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title +
             "</h1></body></html>\n",
         "text/html");
}

/// Writes `value`, a JSON text, over every price.
static void price(const Exchange& exchange, const std::string& value) {
  json prices = json::parse(exchange.response.body);
  for (json& coin : prices)
    for (json& amount : coin) amount = "?";
  std::string body = prices.dump();
  for (std::size_t at; (at = body.find("\"?\"")) != std::string::npos;) body.replace(at, 3, value);
  answer(exchange, 200, body);
}

/// A response to the byte, and the connection's end. Straight to the socket: httplib would
/// compress it for a client that takes gzip, and would not send one that contradicts itself.
static void raw(const Exchange& exchange, const std::string& headers, const std::string& body) {
  const Connection connection{exchange.request};
  connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers + "\r\n" +
                  body);
  connection.hang_up();
}

static std::string content_length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

/// The good answer and a mebibyte of blanks, which JSON allows: only its size is wrong with it.
static std::string huge(const Exchange& exchange) {
  return exchange.response.body + std::string(std::size_t{1024} * 1024, ' ');
}

static const std::map<std::string_view, void (*)(const Exchange&)> faults{
    {"301",
     [](const Exchange& e) {
       e.response.set_redirect("/api/v3/moved" + e.request.target.substr(sizeof "/api/v3" - 1),
                               301);
       e.response.body.clear();
     }},
    {"401", [](const Exchange& e) { fail(e, 401, 10002, "API Key Missing"); }},
    {"403", [](const Exchange& e) { fail(e, 403, 403, "Forbidden"); }},
    {"429",
     [](const Exchange& e) {
       e.response.headers.erase("Retry-After");
       e.response.set_header("Retry-After", e.retry_after);
       fail(e, 429, 429, "You've exceeded the Rate Limit.");
     }},
    {"429-bare", [](const Exchange& e) { fail(e, 429, 429, "You've exceeded the Rate Limit."); }},
    {"429-html", [](const Exchange& e) { html(e, 429, "429 Too Many Requests"); }},
    {"500", [](const Exchange& e) { fail(e, 500, 500, "Internal Server Error"); }},
    {"500-price", [](const Exchange& e) { answer(e, 500, e.response.body); }},
    {"503", [](const Exchange& e) { html(e, 503, "503 Service Unavailable"); }},

    {"html-200", [](const Exchange& e) { html(e, 200, "Checking your browser"); }},
    {"broken-json",
     [](const Exchange& e) {
       answer(e, 200, e.response.body.substr(0, e.response.body.size() / 2));
     }},
    {"wrong-shape", [](const Exchange& e) { answer(e, 200, "[" + e.response.body + "]"); }},
    {"no-currency",
     [](const Exchange& e) {
       json prices = json::parse(e.response.body);
       for (json& coin : prices) coin = json::object();
       answer(e, 200, prices.dump());
     }},
    {"other-coin",
     [](const Exchange& e) {
       json prices = json::parse(e.response.body), others = json::object();
       for (auto& [coin, amounts] : prices.items())
         others[coin == "ethereum" ? "solana" : "ethereum"] =
             std::exchange(amounts, json::object());
       prices.update(others);
       answer(e, 200, prices.dump());
     }},
    {"null-price", [](const Exchange& e) { price(e, "null"); }},
    {"text-price", [](const Exchange& e) { price(e, R"("67187.33")"); }},
    {"negative", [](const Exchange& e) { price(e, "-67187.33"); }},
    {"not-finite", [](const Exchange& e) { price(e, "1e999"); }},

    {"huge", [](const Exchange& e) { raw(e, content_length(huge(e).size()), huge(e)); }},
    {"huge-chunked",
     [](const Exchange& e) {
       char size[16];
       *std::to_chars(size, size + sizeof size, huge(e).size(), 16).ptr = '\0';
       raw(e, "Transfer-Encoding: chunked\r\n",
           std::string(size) + "\r\n" + huge(e) + "\r\n0\r\n\r\n");
     }},
    {"bad-gzip",
     [](const Exchange& e) {
       const std::string body = "\x1f\x8b" + e.response.body;  // gzip's magic number, and no gzip
       raw(e, "Content-Encoding: gzip\r\n" + content_length(body.size()), body);
     }},
    {"truncated",
     [](const Exchange& e) {
       const std::string& body = e.response.body;
       raw(e, content_length(body.size()), body.substr(0, body.size() / 2));
     }},
    {"empty", [](const Exchange& e) { Connection{e.request}.hang_up(); }},
    {"reset", [](const Exchange& e) { Connection{e.request}.reset(); }},
    {"not-http",
     [](const Exchange& e) {
       const Connection connection{e.request};
       connection.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
       connection.hang_up();
     }},

    {"slow", [](const Exchange& e) { Connection{e.request}.hung_up_within(2s); }},
    {"silence",
     [](const Exchange& e) {
       const Connection connection{e.request};
       connection.hung_up_within(-1ms);
       connection.hang_up();
     }},
    {"drip",
     [](const Exchange& e) {  // an hour of blanks comes before the price
       const Connection connection{e.request};
       connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
                       content_length(3600 + e.response.body.size()) + "\r\n");
       for (int second = 0; second < 3600; ++second)
         if (!connection.send(" ") || connection.hung_up_within(1s)) break;
       connection.send(e.response.body);
       connection.hang_up();
     }},
};

void spoil(const std::string& kind, const httplib::Request& request, httplib::Response& response,
           const std::string& retry_after) {
  if (kind != "ok") faults.at(kind)({request, response, retry_after});
}

std::string fault_kinds() {
  std::string kinds;
  for (const auto& [kind, play] : faults) kinds.append(kinds.empty() ? "" : ", ").append(kind);
  return kinds;
}

// ---------------------------------------------------------------------------------------------
// The plan

static std::string_view trimmed(std::string_view text) {
  const auto* const blank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  return text.substr(0, text.find_last_not_of(blank) + 1);
}

/// COUNT of KIND*COUNT; an empty one is for ever.
static std::uint64_t times(std::string_view count, const std::string& item) {
  if (count.empty()) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(count.data(), count.data() + count.size(), value);
  if (error != std::errc{} || stop != count.data() + count.size() || value == 0)
    throw std::invalid_argument("'" + item + "': after the * write a whole number from 1 up, or " +
                                "nothing for ever");
  return value;
}

FaultPlan::FaultPlan(std::string_view text) {
  for (bool more = !trimmed(text).empty(); more;) {
    const std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    const std::string item{trimmed(text.substr(0, comma))};
    const std::size_t star = std::min(item.find('*'), item.size());
    const std::string kind = item.substr(0, star);
    if (kind != "ok" && !faults.contains(kind))
      throw std::invalid_argument("'" + item + "' is no fault: write KIND, KIND*COUNT or KIND* " +
                                  "(for ever), separated by commas, with a KIND of ok, " +
                                  fault_kinds());
    items_.push_back({kind, star == item.size() ? 1 : times(item.substr(star + 1), item)});
    if (more) text.remove_prefix(comma + 1);
  }
}

std::string FaultPlan::next() {
  if (items_.empty()) return "ok";
  std::string kind = items_.front().kind;
  const bool for_ever = items_.front().left == std::numeric_limits<std::uint64_t>::max();
  if (!for_ever && --items_.front().left == 0) items_.pop_front();
  return kind;
}
