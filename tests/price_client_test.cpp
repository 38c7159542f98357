// The price client against the offline price server and its every fault, and against answers that
// are written out here. All traffic stays on the loopback interface.
#include "03-price-fetcher/price_client.hpp"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <random>
#include <set>
#include <thread>

#include "tests/process.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static constexpr double patient = 30;  // seconds; no test waits that long

/// gtest prints a Problem by its name.
static void PrintTo(Problem problem, std::ostream* out) {
  static const char* const names[] = {
      "none",      "unknown_coin",      "rate_limited", "http_status", "not_json", "wrong_shape",
      "too_large", "connection_failed", "timed_out",    "certificate", "stopped"};
  *out << names[static_cast<int>(problem)];
}

static void expect_problem(const PriceAnswer& answer, Problem problem, const std::string& words) {
  EXPECT_EQ(answer.problem, problem) << answer.reason;
  EXPECT_FALSE(answer.price);
  EXPECT_NE(answer.reason.find(words), std::string::npos)
      << "'" << words << "' is not in: " << answer.reason;
  EXPECT_LE(answer.reason.size(), 500u);
  for (const char c : answer.reason) EXPECT_TRUE(c >= ' ' && c <= '~') << int{c};
}

static void expect_price(const PriceAnswer& answer) {
  EXPECT_EQ(answer.problem, Problem::none) << answer.reason;
  EXPECT_EQ(answer.reason, "");
  ASSERT_TRUE(answer.price);
  EXPECT_TRUE(std::isfinite(*answer.price) && *answer.price > 0) << *answer.price;
}

/// A descriptor of the test's own, closed with it.
struct Descriptor {
  explicit Descriptor(int number) : fd(number) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "descriptor");
  }
  ~Descriptor() { close(fd); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

/// Listens on a free port of 127.0.0.1.
struct Listener : Descriptor {
  explicit Listener(int backlog = SOMAXCONN)
      : Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd, any, size) < 0 || listen(fd, backlog) < 0 || getsockname(fd, any, &size) < 0)
      throw std::system_error(errno, std::generic_category(), "listen");
  }
  std::string url(const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/api/v3";
  }
  sockaddr_in address{};
};

/// Answers request after request with the bytes given, the last of them again and again; an empty
/// answer hangs up instead.
class Script {
 public:
  explicit Script(std::vector<std::string> answers)
      : answers_(std::move(answers)), thread_([this] { serve(); }) {}
  ~Script() { finish(); }

  std::string url() const { return listener_.url(); }

  /// Ends the server; what it saw may be read from then on.
  Script& finish() {
    eventfd_write(stop_.fd, 1);
    if (thread_.joinable()) thread_.join();
    return *this;
  }
  std::vector<std::string> requests;
  int connections = 0;
  Descriptor first_answered{eventfd(0, EFD_CLOEXEC)};  // readable from then on

 private:
  void serve() {
    int client = -1;
    std::string request;
    for (;;) {
      pollfd waiting[] = {{stop_.fd, POLLIN, 0}, {listener_.fd, POLLIN, 0}, {client, POLLIN, 0}};
      poll(waiting, 3, -1);
      if (waiting[0].revents) break;
      if (waiting[2].revents) {
        char bytes[4096];
        const ssize_t n = recv(client, bytes, sizeof bytes, 0);
        if (n > 0) request.append(bytes, static_cast<std::size_t>(n));
        bool keep = n > 0;
        if (request.ends_with("\r\n\r\n") || request.starts_with('\x16')) {  // a TLS handshake
          const std::string& answer = answers_[std::min(requests.size(), answers_.size() - 1)];
          requests.push_back(std::exchange(request, {}));
          keep = !answer.empty() && send(client, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
          if (requests.size() == 1) eventfd_write(first_answered.fd, 1);
        }
        if (!keep) close(std::exchange(client, -1));
      }
      if (waiting[1].revents) {
        if (client >= 0) close(client);
        client = accept4(listener_.fd, nullptr, nullptr, SOCK_CLOEXEC);
        request.clear();
        ++connections;
      }
    }
    if (client >= 0) close(client);
  }

  std::vector<std::string> answers_;
  Listener listener_;
  Descriptor stop_{eventfd(0, EFD_CLOEXEC)};
  std::thread thread_;  // last: it uses all the others
};

static std::string response(const std::string& status, const std::string& body,
                            const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

static const std::string good = response("200 OK", R"({"bitcoin":{"usd":67187.33}})");

/// The offline price server, which goes wrong as `faults` say.
struct PriceApi : Process {
  explicit PriceApi(const std::string& faults)
      : Process({PRICE_API, "--listen", "127.0.0.1:0", "--faults", faults}) {
    const std::string greeting = out.read_line().value_or("");
    if (!greeting.starts_with("listening on "))
      throw std::runtime_error("price-api said '" + greeting + "' " + err.read_all(1s));
    url = greeting.substr(std::string{"listening on "}.size());
  }
  std::string url;
};

// ---- The offline server's faults ------------------------------------------------------------

struct Fault {
  const char* kind;
  Problem problem;
  const char* words;
  double timeout = patient;
};

static void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.kind; }

class PriceClientFault : public testing::TestWithParam<Fault> {};

TEST_P(PriceClientFault, IsNamedAndTheNextAnswerIsGood) {
  const Fault& fault = GetParam();
  PriceApi api{fault.kind};
  PriceClient client{api.url, fault.timeout};

  const PriceAnswer answer = client.ask("bitcoin", "usd");
  expect_problem(answer, fault.problem, fault.words);
  EXPECT_TRUE(answer.reason.starts_with(api.url + ": ")) << answer.reason;
  EXPECT_EQ(answer.retry_after > 0, std::string{fault.kind} == "429");
  expect_price(client.ask("bitcoin", "usd"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, PriceClientFault,
    testing::Values(
        Fault{"301", Problem::http_status, "status 301, moved to http://127.0.0.1:"},
        Fault{"401", Problem::http_status, "status 401: API Key Missing"},
        Fault{"403", Problem::http_status, "status 403: Forbidden"},
        Fault{"429", Problem::rate_limited, " s: You've exceeded the Rate Limit."},
        Fault{"429-bare", Problem::rate_limited, "status 429 (asked too often): You've exceeded"},
        Fault{"429-html", Problem::rate_limited, "status 429 (asked too often)"},
        Fault{"500", Problem::http_status, "status 500: Internal Server Error"},
        Fault{"503", Problem::http_status, "status 503"},
        Fault{"html-200", Problem::not_json, "not JSON: <!DOCTYPE html>"},
        Fault{"broken-json", Problem::not_json, "not JSON: {\"bit"},
        Fault{"wrong-shape", Problem::wrong_shape, "JSON of another shape: array"},
        Fault{"no-currency", Problem::wrong_shape, "without the price of bitcoin in usd"},
        Fault{"other-coin", Problem::wrong_shape, "without the price of bitcoin in usd"},
        Fault{"null-price", Problem::wrong_shape, "the price of bitcoin in usd is of type null"},
        Fault{"text-price", Problem::wrong_shape, "the price of bitcoin in usd is of type string"},
        Fault{"negative", Problem::wrong_shape, "the price of bitcoin in usd is -67187.33"},
        Fault{"not-finite", Problem::wrong_shape, "a number is too large"},
        Fault{"huge", Problem::too_large, "an answer of more than 64 KiB"},
        Fault{"huge-chunked", Problem::too_large, "an answer of more than 64 KiB"},
        Fault{"bad-gzip", Problem::not_json, "an answer that cannot be unpacked"},
        Fault{"truncated", Problem::connection_failed, "no answer: "},
        Fault{"empty", Problem::connection_failed, "no answer: Empty reply from server"},
        Fault{"reset", Problem::connection_failed, "Connection reset by peer"},
        Fault{"not-http", Problem::connection_failed, "no answer: Received HTTP/0.9"},
        Fault{"slow", Problem::timed_out, "no whole answer in time", 0.5},
        Fault{"silence", Problem::timed_out, "no whole answer in time", 0.5},
        Fault{"drip", Problem::timed_out, "no whole answer in time", 0.5}),
    [](const auto& each) {
      std::string name = each.param.kind;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(PriceClient, TakesAnAnswerThatIsSlowButInTime) {
  PriceApi api{"slow"};
  expect_price(PriceClient(api.url, patient).ask("bitcoin", "usd"));
}

TEST(PriceClient, TellsAnUnknownCoin) {
  PriceApi api{"ok"};
  expect_problem(PriceClient(api.url, patient).ask("bitcon", "usd"), Problem::unknown_coin,
                 "does not know the coin 'bitcon'");
}

// ---- Answers written out --------------------------------------------------------------------

struct Body {
  const char* text;
  Problem problem;
  const char* words;
};

TEST(PriceClient, TakesNothingButAFiniteNumberFromZeroUp) {
  const Body bodies[] = {
      {"{}", Problem::unknown_coin, "does not know the coin 'bitcoin'"},
      {R"({"ethereum":{"usd":1}})", Problem::wrong_shape, "without the coin 'bitcoin'"},
      {R"({"bitcoin":null})", Problem::wrong_shape, "without the price of bitcoin in usd"},
      {R"({"bitcoin":5})", Problem::wrong_shape, "without the price of bitcoin in usd"},
      {R"({"bitcoin":{"eur":5}})", Problem::wrong_shape, "without the price of bitcoin in usd"},
      {R"({"bitcoin":{"usd":[5]}})", Problem::wrong_shape, "is of type array"},
      {R"({"bitcoin":{"usd":true}})", Problem::wrong_shape, "is of type boolean"},
      {R"({"bitcoin":{"usd":-0.0}})", Problem::wrong_shape, "is -0"},
      {R"({"bitcoin":{"usd":-1e999}})", Problem::wrong_shape, "a number is too large"},
      {R"({"bitcoin":{"usd":NaN}})", Problem::not_json, "not JSON: {"},
      {R"({"bitcoin":{"usd":5}} more)", Problem::not_json, "not JSON: {"},
      {"", Problem::not_json, "not JSON: "},
      {"null", Problem::wrong_shape, "null"},
      {"\xff\xfe", Problem::not_json, "not JSON: "},
  };
  for (const Body& body : bodies) {
    SCOPED_TRACE(body.text);
    Script api{{response("200 OK", body.text)}};
    expect_problem(PriceClient(api.url(), patient).ask("bitcoin", "usd"), body.problem, body.words);
  }
}

TEST(PriceClient, ReadsEveryFormOfANumber) {
  const std::pair<const char*, double> numbers[] = {
      {"0", 0}, {"100000", 1e5}, {"67187.33", 67187.33}, {"1.5e-9", 1.5e-9}, {"5e-324", 5e-324}};
  for (const auto& [text, value] : numbers) {
    Script api{{response("200 OK", R"({"bitcoin":{"usd":)" + std::string{text} + "}}")}};
    EXPECT_EQ(PriceClient(api.url(), patient).ask("bitcoin", "usd").price, value) << text;
  }
}

TEST(PriceClient, SurvivesDeeplyNestedJson) {
  const std::string nested = std::string(30'000, '[') + std::string(30'000, ']');
  Script api{{response("200 OK", R"({"bitcoin":{"usd":)" + nested + "}}"),
              response("500 Oh", R"({"error":)" + nested + "}")}};
  PriceClient client{api.url(), patient};
  expect_problem(client.ask("bitcoin", "usd"), Problem::wrong_shape, "is of type array");
  expect_problem(client.ask("bitcoin", "usd"), Problem::http_status, "status 500");
}

TEST(PriceClient, TakesABodyOf64KiBAndNotAByteMore) {
  std::string body = R"({"bitcoin":{"usd":67187.33}})";
  body.resize(64 * 1024, ' ');
  Script api{{response("200 OK", body), response("200 OK", body + " ")}};
  PriceClient client{api.url(), patient};
  expect_price(client.ask("bitcoin", "usd"));
  expect_problem(client.ask("bitcoin", "usd"), Problem::too_large, "more than 64 KiB");
}

TEST(PriceClient, BoundsWhatACompressedBodyUnpacksTo) {
  Process gzip{{"sh", "-c", "head -c 10000000 /dev/zero | gzip -9"}};
  const std::string bomb = gzip.out.read_all();
  ASSERT_LT(bomb.size(), 64u * 1024);
  Script api{{response("200 OK", bomb, "Content-Encoding: gzip\r\n")}};
  expect_problem(PriceClient(api.url(), patient).ask("bitcoin", "usd"), Problem::too_large,
                 "more than 64 KiB");
}

TEST(PriceClient, PutsTheServersMessageIntoOnePrintableLine) {
  const std::string evil =
      R"({"error":"first\nsecond\u001b[31m\u0000 \u00fc \u2028)" + std::string(5000, 'x') + R"("})";
  Script api{{response("422 Unprocessable Entity", evil)}};
  const PriceAnswer answer = PriceClient(api.url(), patient).ask("bitcoin", "usd");
  expect_problem(answer, Problem::http_status, "status 422: first second [31m ");
  EXPECT_TRUE(answer.reason.ends_with("xxx...")) << answer.reason;
}

TEST(PriceClient, WaitsForARateLimitAtMostAnHour) {
  const std::pair<const char*, double> waits[] = {
      {"Retry-After: 30\r\n", 30},
      {"Retry-After: 99999999\r\n", 3600},
      {"Retry-After: -5\r\n", 0},
      {"Retry-After: soon\r\n", 0},
      {"Retry-After: 0\r\n", 0},
      {"", 0},
      {"Retry-After: Fri, 01 Jan 2100 00:00:00 GMT\r\n", 3600}};
  for (const auto& [header, seconds] : waits) {
    SCOPED_TRACE(header);
    Script api{{response("429 Too Many Requests", "", header)}};
    const PriceAnswer answer = PriceClient(api.url(), patient).ask("bitcoin", "usd");
    expect_problem(answer, Problem::rate_limited, "asked too often");
    EXPECT_EQ(answer.retry_after, seconds);
  }
}

TEST(PriceClient, TellsTheStatusOfAnErrorWhoseBodyBroke) {
  Script api{{"HTTP/1.1 503 Oh\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"}};
  expect_problem(PriceClient(api.url(), patient).ask("bitcoin", "usd"), Problem::http_status,
                 "status 503");
}

// A price in the body is none if the server itself says that the answer is no good one.
TEST(PriceClient, TakesNoPriceWithAnyOtherStatusThan200) {
  for (const char* status : {"101 Switching Protocols",
                             "101 x",
                             "102 x",
                             "199 x",
                             "-1 OK",
                             "0 OK",
                             "000 OK",
                             "20 OK",
                             "99 OK",
                             "201 Created",
                             "202 Accepted",
                             "203 x",
                             "204 No Content",
                             "206 Partial Content",
                             "226 x",
                             "299 x",
                             "304 x",
                             "404 x",
                             "600 x",
                             "999 x",
                             "2000 OK",
                             "200x OK",
                             "200.5 OK",
                             "200-1"}) {
    SCOPED_TRACE(status);
    Script api{{response(status, R"({"bitcoin":{"usd":67187.33}})"), ""}};
    const PriceAnswer answer = PriceClient(api.url(), 1).ask("bitcoin", "usd");
    EXPECT_FALSE(answer.price);
    // After some below 200, libcurl waits for another: RFC 9110, 15.2.
    const std::set<Problem> possible{Problem::http_status, Problem::connection_failed,
                                     Problem::timed_out};
    EXPECT_TRUE(possible.contains(answer.problem)) << answer.reason;
  }
}

TEST(PriceClient, DoesNotBlameTheMemoryForWhatTheServerSent) {
  const std::string long_line = "X: " + std::string(110'000, 'x') + "\r\n";
  for (const std::string& answer :
       {response("200 OK", "", long_line), response("200 " + long_line, ""),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + long_line +
            "\r\n"}) {
    Script api{{answer}};
    expect_problem(PriceClient(api.url(), patient).ask("bitcoin", "usd"), Problem::too_large,
                   "an answer with too long a header");
  }
}

TEST(PriceClient, AsksForNoCoinOfAnyLength) {
  Script api{{good}};
  PriceClient client{api.url(), patient};
  const std::string endless(9'000'000, 'x');
  expect_problem(client.ask(endless, "usd"), Problem::unknown_coin, "no coin has so long a name");
  expect_problem(client.ask("bitcoin", endless), Problem::unknown_coin, "so long a name");
  expect_price(client.ask("bitcoin", "usd"));
}

// ---- The request ----------------------------------------------------------------------------

TEST(PriceClient, EscapesTheCoinAndTheCurrency) {
  Script api{{response("200 OK", R"({"a&b/ü":{"u d":1.5}})")}};
  EXPECT_EQ(PriceClient(api.url() + "/", patient).ask("a&b/ü", "u d").price, 1.5);
  EXPECT_TRUE(api.finish().requests.at(0).starts_with(
      "GET /api/v3/simple/price?ids=a%26b%2F%C3%BC&vs_currencies=u%20d HTTP/1.1\r\n"))
      << api.requests.at(0);
}

TEST(PriceClient, AsksInLowerCaseWhateverTheCaller) {
  Script api{{good}};
  EXPECT_EQ(PriceClient(api.url(), patient).ask("Bitcoin", "USD").price, 67187.33);
  EXPECT_NE(api.finish().requests.at(0).find("?ids=bitcoin&vs_currencies=usd "), std::string::npos);
}

TEST(PriceClient, SaysWhoItIs) {
  Script api{{good}};
  expect_price(PriceClient(api.url(), patient).ask("bitcoin", "usd"));
  EXPECT_NE(api.finish().requests.at(0).find("\r\nUser-Agent: servicios/"), std::string::npos);
}

TEST(PriceClient, KeepsOneConnectionForManyQuestions) {
  Script api{{good, good, response("429 Too Many Requests", "{}"), response("200 OK", "{}"), good}};
  PriceClient client{api.url(), patient};
  for (int i = 0; i < 50; ++i) client.ask("bitcoin", "usd");
  EXPECT_EQ(api.finish().requests.size(), 50u);
  EXPECT_EQ(api.connections, 1);
}

TEST(PriceClient, ConnectsAnewWhereTheServerHungUp) {
  Script api{{good, "", good}};  // the second request finds the connection closed under it
  PriceClient client{api.url(), patient};
  expect_price(client.ask("bitcoin", "usd"));
  expect_price(client.ask("bitcoin", "usd"));
  EXPECT_EQ(api.finish().requests.size(), 3u);
  EXPECT_EQ(api.connections, 2);
}

TEST(PriceClient, FollowsNoRedirect) {
  Script elsewhere{{good}};
  Script api{{response("302 Found", "", "Location: " + elsewhere.url() + "/x\r\n")}};
  expect_problem(PriceClient(api.url(), patient).ask("bitcoin", "usd"), Problem::http_status,
                 "status 302, moved to " + elsewhere.url() + "/x");
  EXPECT_EQ(elsewhere.finish().connections, 0);
}

// ---- No connection --------------------------------------------------------------------------

TEST(PriceClient, TellsAPortWhereNobodyListens) {
  Descriptor reserved{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};  // bound, never listening
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(reserved.fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(getsockname(reserved.fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  expect_problem(PriceClient(url, patient).ask("bitcoin", "usd"), Problem::connection_failed,
                 url + ": no answer: Failed to connect to 127.0.0.1");
}

TEST(PriceClient, TellsANameThatDoesNotResolve) {
  // A label has at most 63 letters (RFC 1035): the resolver refuses it without asking anybody.
  const std::string host = std::string(64, 'a') + ".invalid";
  expect_problem(PriceClient("http://" + host, patient).ask("bitcoin", "usd"),
                 Problem::connection_failed, "no answer: Could not resolve host: " + host);
}

/// In place of the C library's, also for libcurl: a look-up of this name hangs until the test ends.
static const std::string name_that_hangs = "hangs.invalid";
static Descriptor hanging_ends{eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE)};

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (!name || name != name_that_hangs) return real(name, service, hints, found);
  eventfd_t one;
  eventfd_read(hanging_ends.fd, &one);
  return EAI_AGAIN;
}

static std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
}

TEST(PriceClient, LeavesFewThreadsBehindWhereLookUpsHang) {
  Script api{{good}};
  const std::ptrdiff_t before = threads();
  PriceClient hanging{"http://" + name_that_hangs + "/api/v3", 0.02};
  expect_problem(hanging.ask("bitcoin", "usd"), Problem::timed_out, "Resolving timed out");
  for (int question = 0; question < 20; ++question) hanging.ask("bitcoin", "usd");
  const PriceAnswer answer = hanging.ask("bitcoin", "usd");
  expect_problem(answer, Problem::connection_failed, "too many look-ups of a name hang");
  EXPECT_LE(threads(), before + 8);
  EXPECT_GT(threads(), before) << "none hung";

  eventfd_write(hanging_ends.fd, 100);
  const auto deadline = Clock::now() + 10s;
  while (threads() > before && Clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(threads(), before);
  EXPECT_EQ(hanging.ask("bitcoin", "usd").reason.find("too many"), std::string::npos);
}

TEST(PriceClient, TellsAServerWithoutTls) {
  Script http{{response("400 Bad Request", "")}};
  expect_problem(PriceClient("https" + http.url().substr(4), patient).ask("bitcoin", "usd"),
                 Problem::connection_failed, "no TLS (is it an http:// server?): ");
}

TEST(PriceClient, TellsACertificateThatNobodyTrusts) {
  const auto folder =
      std::filesystem::path{testing::TempDir()} / ("tls-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string key = folder / "key.pem", certificate = folder / "certificate.pem";
  Process request{{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
                   "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate}};
  ASSERT_EQ(request.wait(30s), 0) << request.err.read_all(1s);
  Process server{
      {"openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-www"}};
  std::string line;
  while (!line.starts_with("ACCEPT ")) {
    const auto next = server.out.read_line();
    ASSERT_TRUE(next) << server.err.read_all(1s);
    line = *next;
  }
  std::filesystem::remove_all(folder);

  const std::string url = "https://" + line.substr(std::string{"ACCEPT "}.size());
  expect_problem(PriceClient(url, patient).ask("bitcoin", "usd"), Problem::certificate,
                 url + ": no trusted certificate: ");
}

// ---- Deadlines and stopping -----------------------------------------------------------------

/// A port that takes no further connection: SYNs are dropped, connect(2) hangs.
struct FullListener : Listener {
  FullListener() : Listener(0) {
    for (int& client : waiting) {
      client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 &&
          errno != EINPROGRESS)
        throw std::system_error(errno, std::generic_category(), "connect");
    }
  }
  ~FullListener() {
    for (const int client : waiting) close(client);
  }
  int waiting[4];
};

/// Asks, with a stop_fd that gets readable after 100 ms; returns how long that took.
static Clock::duration stopped_after(const std::string& url) {
  Descriptor timer{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
  const itimerspec in_100_ms{{}, {0, 100'000'000}};
  timerfd_settime(timer.fd, 0, &in_100_ms, nullptr);
  std::optional<PriceClient> client{std::in_place, url, patient, timer.fd};
  const auto start = Clock::now();
  expect_problem(client->ask("bitcoin", "usd"), Problem::stopped, "stopped waiting for an answer");
  client.reset();
  return Clock::now() - start;
}

static constexpr auto promptly = 2s;  // against the 30 of `patient`, on a busy machine too

TEST(PriceClient, IsStoppedWhileTheServerIsSilent) {
  PriceApi api{"silence"};
  EXPECT_LT(stopped_after(api.url), promptly);
}

TEST(PriceClient, IsStoppedInTheMiddleOfABody) {
  PriceApi api{"drip"};
  EXPECT_LT(stopped_after(api.url), promptly);
}

TEST(PriceClient, IsStoppedWhileItConnects) {
  FullListener nobody;
  EXPECT_LT(stopped_after(nobody.url()), promptly);
}

TEST(PriceClient, IsStoppedDuringTheTlsHandshake) {
  Listener silent;
  EXPECT_LT(stopped_after(silent.url("https")), promptly);
}

TEST(PriceClient, CanAskAgainAfterAStop) {
  Script api{{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{", good}};
  PriceClient client{api.url(), patient, api.first_answered.fd};
  expect_problem(client.ask("bitcoin", "usd"), Problem::stopped, "stopped");
  eventfd_t count;
  ASSERT_EQ(eventfd_read(api.first_answered.fd, &count), 0);
  expect_price(client.ask("bitcoin", "usd"));
}

TEST(PriceClient, GivesUpAConnectionThatDoesNotComeAbout) {
  FullListener nobody;
  PriceClient client{nobody.url(), 0.4};
  const auto start = Clock::now();
  expect_problem(client.ask("bitcoin", "usd"), Problem::timed_out, "no whole answer in time");
  EXPECT_GE(Clock::now() - start, 150ms);
  EXPECT_LT(Clock::now() - start, promptly);
}

TEST(PriceClient, KeepsATimeoutBelowAMillisecond) {
  Listener silent;
  const auto start = Clock::now();
  expect_problem(PriceClient(silent.url(), 1e-6).ask("bitcoin", "usd"), Problem::timed_out, "");
  EXPECT_LT(Clock::now() - start, promptly);
}

TEST(PriceClient, TakesATimeoutOfAYear) {
  Script api{{good}};
  expect_price(PriceClient(api.url(), 365 * 86400.0).ask("bitcoin", "usd"));
}

// ---- The URL, and decimals ------------------------------------------------------------------

TEST(PriceClient, RefusesWhatIsNotTheUrlOfAnApi) {
  for (const char* url :
       {"", "bitcoin", "127.0.0.1:8080", "ftp://x", "file:///etc/passwd", "http://",
        "http://host:99999/", "http://user:secret@host/", "http://host/?ids=x", "http://host/#x",
        "http://ho st/", "http://host/\n"}) {
    SCOPED_TRACE(url);
    try {
      PriceClient client{url, patient};
      ADD_FAILURE() << "was taken";
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(error.what(), "'" + std::string{url} +
                                  "' is not the URL of a price API: write http://HOST[:PORT]/PATH "
                                  "or https://HOST[:PORT]/PATH");
    }
  }
}

TEST(PriceClient, TakesTheServerFromTheEnvironment) {
  setenv("PRICE_API_URL", "http://127.0.0.1:8080/api/v3", 1);
  EXPECT_EQ(default_price_api(), "http://127.0.0.1:8080/api/v3");
  setenv("PRICE_API_URL", "", 1);
  EXPECT_EQ(default_price_api(), "https://api.coingecko.com/api/v3");
  unsetenv("PRICE_API_URL");
  EXPECT_EQ(default_price_api(), "https://api.coingecko.com/api/v3");
}

TEST(Decimal, IsTheShortestWithoutAnExponent) {
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(0.1), "0.1");
  EXPECT_EQ(decimal(67187.33), "67187.33");
  EXPECT_EQ(decimal(100000), "100000");
  EXPECT_EQ(decimal(1e-9), "0.000000001");
  EXPECT_EQ(decimal(123456789012345680), "123456789012345680");
  EXPECT_EQ(decimal(5e-324), "0." + std::string(323, '0') + "5");
  EXPECT_EQ(decimal(std::numeric_limits<double>::max()).substr(0, 17), "17976931348623157");
  EXPECT_EQ(decimal(std::numeric_limits<double>::max()).size(), 309u);
}

TEST(Decimal, ReadsBackAsTheSameNumber) {
  std::mt19937_64 random{2026};
  for (int i = 0; i < 100'000; ++i) {
    const double price = std::abs(std::bit_cast<double>(random()));
    if (!std::isfinite(price)) continue;
    const std::string text = decimal(price);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), price) << text;
    ASSERT_EQ(text.find_first_not_of("0123456789."), std::string::npos) << text;
  }
}
