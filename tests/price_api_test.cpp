// The offline price server, as a client sees it: its bytes, its errors, its log.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <list>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/process.hpp"

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string question = "/simple/price?ids=bitcoin&vs_currencies=usd";

/// price-api on a port of its own.
struct Server {
  explicit Server(std::vector<std::string> options = {}, std::vector<std::string> env = {})
      : process(arguments(std::move(options)), std::move(env)) {
    const std::string line = process.out.read_line().value_or("");
    const std::string start = "listening on ";
    if (line.rfind(start, 0) != 0)
      throw std::runtime_error("price-api said " + line + process.err.read_all());
    url = line.substr(start.size());
  }

  static std::vector<std::string> arguments(std::vector<std::string> options) {
    options.insert(options.begin(), {PRICE_API, "--listen", "127.0.0.1:0"});
    return options;
  }

  Process process;
  std::string url;
};

struct Reply {
  CURLcode error;
  long status;
  std::string head, body;
  long new_connections;
  double seconds;
};

/// A client that keeps its connection, as a daemon does.
class Client {
 public:
  Client() : curl_(curl_easy_init()) {
    set(CURLOPT_USERAGENT, "test/1").set(CURLOPT_TIMEOUT_MS, 10000L);
  }
  ~Client() { curl_easy_cleanup(curl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  template <typename Value>
  Client& set(CURLoption option, Value value) {
    curl_easy_setopt(curl_, option, value);
    return *this;
  }

  Reply get(const std::string& url) {
    Reply reply{};
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROXY, "");
    set(CURLOPT_WRITEFUNCTION, &append).set(CURLOPT_HEADERFUNCTION, &append);
    set(CURLOPT_WRITEDATA, &reply.body).set(CURLOPT_HEADERDATA, &reply.head);
    reply.error = curl_easy_perform(curl_);
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
    curl_easy_getinfo(curl_, CURLINFO_NUM_CONNECTS, &reply.new_connections);
    curl_easy_getinfo(curl_, CURLINFO_TOTAL_TIME, &reply.seconds);
    return reply;
  }

 private:
  static std::size_t append(const char* bytes, std::size_t, std::size_t n, std::string* to) {
    to->append(bytes, n);
    return n;
  }

  CURL* curl_;
};

Reply get(const std::string& url) { return Client{}.get(url); }

/// The answer's JSON to `query`, which is a good one.
json prices(const Server& server, const std::string& query) {
  const Reply reply = get(server.url + "/simple/price?" + query);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return json::parse(reply.body);
}

double bitcoin(const Server& server) {
  return prices(server, "ids=bitcoin&vs_currencies=usd").at("bitcoin").at("usd");
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// A connection on which `request` was sent as it stands.
int ask(const Server& server, const std::string& request) {
  const int port = std::stoi(server.url.substr(server.url.rfind(':') + 1));
  const sockaddr_in address = loopback(static_cast<std::uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL), std::ssize(request));
  return fd;
}

/// What comes back byte for byte, until the server closes.
std::string exchange(const Server& server, const std::string& request) {
  return PipeReader{ask(server, request)}.read_all();
}

// ---------------------------------------------------------------------------------------------
// Good answers

TEST(PriceApi, AnswersAsCoinGecko) {
  const Server server;
  const Reply reply = get(server.url + question);
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.head.find("Content-Type: application/json"), std::string::npos) << reply.head;
  const json answer = json::parse(reply.body);
  EXPECT_NEAR(answer.at("bitcoin").at("usd"), 67187.33, 1000);
  EXPECT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer.at("bitcoin").size(), 1u);
}

TEST(PriceApi, TakesListsAndLeavesOutWhatItDoesNotKnow) {
  const Server server;
  const json answer = prices(server, "ids=bitcoin,nocoin,ethereum&vs_currencies=usd,xyz,eur");
  EXPECT_EQ(answer.size(), 2u);
  for (const char* coin : {"bitcoin", "ethereum"}) {
    EXPECT_EQ(answer.at(coin).size(), 2u);
    EXPECT_TRUE(answer.at(coin).contains("usd") && answer.at(coin).contains("eur"));
  }
  EXPECT_EQ(prices(server, "ids=nocoin&vs_currencies=usd"), json::parse("{}"));
  EXPECT_EQ(prices(server, "ids=bitcoin&vs_currencies=xyz"), json::parse(R"({"bitcoin":{}})"));
  EXPECT_EQ(prices(server, "ids=%ff%22&vs_currencies=usd"), json::parse("{}"));
}

TEST(PriceApi, WritesIntegersFloatsAndExponents) {
  const Server server;
  const Reply reply = get(server.url + "/simple/price?ids=bitcoin,pepe&vs_currencies=usd,jpy");
  const json answer = json::parse(reply.body);
  EXPECT_TRUE(answer.at("bitcoin").at("jpy").is_number_integer());
  EXPECT_TRUE(answer.at("pepe").at("usd").is_number_float());
  EXPECT_NE(reply.body.find("e-05"), std::string::npos) << reply.body;
}

TEST(PriceApi, RoundsToThePrecision) {
  const Server server;
  const std::string query = "ids=bitcoin&vs_currencies=usd&precision=";
  EXPECT_TRUE(prices(server, query + "0").at("bitcoin").at("usd").is_number_integer());
  const double one = prices(server, query + "1").at("bitcoin").at("usd");
  EXPECT_DOUBLE_EQ(one * 10, std::round(one * 10));
  EXPECT_GE(prices(server, query + "full").at("bitcoin").at("usd").dump().size(), 12u);
  EXPECT_GE(prices(server, query + "18").at("bitcoin").at("usd").dump().size(), 12u);
  for (const char* bad : {"19", "-1", "some"})
    EXPECT_EQ(get(server.url + question + "&precision=" + bad).status, 400) << bad;
}

TEST(PriceApi, SaysWhenThePriceWasMade) {
  const Server server;
  const std::time_t before = std::time(nullptr);
  const json answer = prices(server, "ids=bitcoin&vs_currencies=usd&include_last_updated_at=true");
  EXPECT_GE(answer.at("bitcoin").at("last_updated_at"), before);
  EXPECT_LE(answer.at("bitcoin").at("last_updated_at"), std::time(nullptr));
}

TEST(PriceApi, WalksTheSameWayFromTheSameSeed) {
  const Server one{{"--seed", "7"}}, same{{"--seed", "7"}}, other{{"--seed", "8"}};
  std::vector<double> walk, again, elsewhere;
  for (int i = 0; i < 10; ++i) {
    walk.push_back(bitcoin(one));
    again.push_back(bitcoin(same));
    elsewhere.push_back(bitcoin(other));
  }
  EXPECT_EQ(walk, again);
  EXPECT_NE(walk, elsewhere);
  EXPECT_GT(std::set<double>(walk.begin(), walk.end()).size(), 5u) << "the price stands still";
}

TEST(PriceApi, AnswersPing) {
  const Server server;
  EXPECT_EQ(get(server.url + "/ping").body, R"({"gecko_says":"(V3) To the Moon!"})");
}

// ---------------------------------------------------------------------------------------------
// Refusals of its own

TEST(PriceApi, RefusesAQuestionWithoutItsParameters) {
  const Server server;
  const Reply currency = get(server.url + "/simple/price?ids=bitcoin");
  EXPECT_EQ(currency.status, 422);
  EXPECT_EQ(currency.body, R"({"error":"Missing parameter vs_currencies"})");
  const Reply coin = get(server.url + "/simple/price?vs_currencies=usd");
  EXPECT_EQ(coin.status, 422);
  EXPECT_EQ(coin.body, R"({"error":"Missing parameter ids"})");
}

TEST(PriceApi, RefusesAClientWithoutAName) {
  const Server server;
  Client nameless;
  const Reply reply = nameless.set(CURLOPT_USERAGENT, nullptr).get(server.url + question);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(json::parse(reply.body).at("status").at("error_code"), 403);
}

TEST(PriceApi, KnowsNoOtherPath) {
  const Server server;
  const std::string root = server.url.substr(0, server.url.find("/api"));
  for (const std::string& url : {server.url + "/coins", root + "/", root + "/faults"}) {
    const Reply reply = get(url);
    EXPECT_EQ(reply.status, 404) << url;
    EXPECT_TRUE(json::parse(reply.body).contains("error")) << reply.body;
  }
  Client poster;
  const Reply post = poster.set(CURLOPT_POSTFIELDS, "x").get(server.url + question);
  EXPECT_EQ(post.status, 404);
  EXPECT_TRUE(json::parse(post.body).contains("error")) << post.body;
}

TEST(PriceApi, LimitsTheRate) {
  const Server server{{"--rate-limit", "2", "--rate-window", "60"}};
  EXPECT_EQ(get(server.url + question).status, 200);
  EXPECT_EQ(get(server.url + question).status, 200);
  Client client;
  const Reply reply = client.get(server.url + question);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(json::parse(reply.body).at("status").at("error_code"), 429);
  const std::string header = "Retry-After: ";
  ASSERT_NE(reply.head.find(header), std::string::npos) << reply.head;
  const int seconds = std::stoi(reply.head.substr(reply.head.find(header) + header.size()));
  EXPECT_GE(seconds, 30);
  EXPECT_LE(seconds, 60);
  EXPECT_EQ(get(server.url + "/ping").status, 200) << "only prices are counted";
}

TEST(PriceApi, AnswersAgainInTheNextWindow) {
  Server server{{"--rate-limit", "1", "--rate-window", "1", "--retry-after", "9"}};
  EXPECT_EQ(get(server.url + question).status, 200);
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  int refused = 0;
  for (Reply reply; (reply = get(server.url + question)).status != 200; ++refused) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    ASSERT_NE(reply.head.find("Retry-After: 9\r\n"), std::string::npos) << reply.head;
    ASSERT_TRUE(server.process.err.read_line()) << "a full pipe would stop the server";
  }
  EXPECT_GT(refused, 0);
}

// ---------------------------------------------------------------------------------------------
// Faults that are HTTP

struct HttpFault {
  const char* kind;
  long status;
  const char* type;
  const char* body;  // a part of it
};

void PrintTo(const HttpFault& fault, std::ostream* out) { *out << fault.kind; }

class HttpFaults : public testing::TestWithParam<HttpFault> {};

TEST_P(HttpFaults, ShowOnTheWireAndAreOver) {
  const HttpFault& fault = GetParam();
  const Server server{{"--faults", fault.kind}};
  Client client;
  const Reply reply = client.get(server.url + question);
  EXPECT_EQ(reply.error, CURLE_OK);
  EXPECT_EQ(reply.status, fault.status);
  EXPECT_NE(reply.head.find(std::string("Content-Type: ") + fault.type), std::string::npos)
      << reply.head;
  EXPECT_NE(reply.body.find(fault.body), std::string::npos) << reply.body;
  EXPECT_EQ(reply.head.find("Retry-After: 60\r\n") != std::string::npos,
            std::string{"429"} == fault.kind)
      << reply.head;
  const Reply next = client.get(server.url + question);
  EXPECT_EQ(next.status, 200);
  EXPECT_EQ(next.new_connections, 0) << "the connection stays";
}

INSTANTIATE_TEST_SUITE_P(
    PriceApi, HttpFaults,
    testing::Values(
        HttpFault{"401", 401, "application/json", R"("error_message":"API Key Missing")"},
        HttpFault{"403", 403, "application/json", R"("error_code":403)"},
        HttpFault{"429", 429, "application/json", R"("error_code":429)"},
        HttpFault{"429-bare", 429, "application/json", R"("error_code":429)"},
        HttpFault{"429-html", 429, "text/html", "<h1>429"},
        HttpFault{"500", 500, "application/json", R"("error_code":500)"},
        HttpFault{"500-price", 500, "application/json", R"({"bitcoin":{"usd":)"},
        HttpFault{"503", 503, "text/html", "<h1>503"},
        HttpFault{"html-200", 200, "text/html", "<!DOCTYPE html>"},
        HttpFault{"wrong-shape", 200, "application/json", R"([{"bitcoin":{"usd":)"},
        HttpFault{"no-currency", 200, "application/json", R"({"bitcoin":{}})"},
        HttpFault{"other-coin", 200, "application/json", R"({"bitcoin":{},"ethereum":{"usd":)"},
        HttpFault{"null-price", 200, "application/json", R"({"bitcoin":{"usd":null}})"},
        HttpFault{"text-price", 200, "application/json", R"({"bitcoin":{"usd":"67187.33"}})"},
        HttpFault{"negative", 200, "application/json", R"({"bitcoin":{"usd":-67187.33}})"},
        HttpFault{"not-finite", 200, "application/json", R"({"bitcoin":{"usd":1e999}})"}),
    [](const auto& test) {
      std::string name = test.param.kind;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(PriceApi, RedirectsToAGoodAnswer) {
  const Server server{{"--faults", "301*2"}};
  const Reply reply = get(server.url + question);
  EXPECT_EQ(reply.status, 301);
  EXPECT_NE(reply.head.find("Location: /api/v3/moved" + question + "\r\n"), std::string::npos)
      << reply.head;
  EXPECT_EQ(reply.body, "");
  Client follower;
  const Reply followed = follower.set(CURLOPT_FOLLOWLOCATION, 1L).get(server.url + question);
  EXPECT_EQ(followed.status, 200);
  EXPECT_TRUE(json::parse(followed.body).contains("bitcoin"));
}

TEST(PriceApi, BreaksJson) {
  const Server server{{"--faults", "broken-json"}};
  const Reply reply = get(server.url + question);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.rfind(R"({"bitcoin")", 0), 0u) << reply.body;
  EXPECT_FALSE(json::accept(reply.body));
}

TEST(PriceApi, SendsAHugeBodyThatIsGoodButForItsSize) {
  const Server server{{"--faults", "huge,huge-chunked"}};
  const Reply whole = get(server.url + question);
  EXPECT_EQ(whole.error, CURLE_OK);
  EXPECT_NE(whole.head.find("Content-Length: 10"), std::string::npos) << whole.head;
  const Reply chunked = get(server.url + question);
  EXPECT_EQ(chunked.error, CURLE_OK);
  EXPECT_NE(chunked.head.find("Transfer-Encoding: chunked"), std::string::npos) << chunked.head;
  EXPECT_EQ(chunked.head.find("Content-Length"), std::string::npos) << chunked.head;
  for (const Reply& reply : {whole, chunked}) {
    EXPECT_EQ(reply.status, 200);
    EXPECT_GT(reply.body.size(), 1024u * 1024);
    EXPECT_TRUE(json::parse(reply.body).contains("bitcoin"));
  }
}

TEST(PriceApi, IsSlow) {
  const Server server{{"--faults", "slow"}};
  const Reply reply = get(server.url + question);
  EXPECT_EQ(reply.status, 200);
  EXPECT_GE(reply.seconds, 2);
  EXPECT_TRUE(json::parse(reply.body).contains("bitcoin"));
}

// ---------------------------------------------------------------------------------------------
// Faults below HTTP

struct WireFault {
  const char* kind;
  CURLcode error;
  long status;
};

void PrintTo(const WireFault& fault, std::ostream* out) { *out << fault.kind; }

class WireFaults : public testing::TestWithParam<WireFault> {};

TEST_P(WireFaults, FailInLibcurlAndAreOver) {
  const WireFault& fault = GetParam();
  const Server server{{"--faults", fault.kind}};
  Client client;
  client.set(CURLOPT_TIMEOUT_MS, 2500L).set(CURLOPT_ACCEPT_ENCODING, "");
  const Reply reply = client.get(server.url + question);
  EXPECT_EQ(reply.error, fault.error) << curl_easy_strerror(reply.error);
  EXPECT_EQ(reply.status, fault.status);
  EXPECT_FALSE(json::accept(reply.body)) << reply.body;
  EXPECT_EQ(client.get(server.url + question).status, 200);
}

INSTANTIATE_TEST_SUITE_P(PriceApi, WireFaults,
                         testing::Values(WireFault{"truncated", CURLE_PARTIAL_FILE, 200},
                                         WireFault{"bad-gzip", CURLE_BAD_CONTENT_ENCODING, 200},
                                         WireFault{"empty", CURLE_GOT_NOTHING, 0},
                                         WireFault{"reset", CURLE_RECV_ERROR, 0},
                                         WireFault{"not-http", CURLE_UNSUPPORTED_PROTOCOL, 0},
                                         WireFault{"silence", CURLE_OPERATION_TIMEDOUT, 0},
                                         WireFault{"drip", CURLE_OPERATION_TIMEDOUT, 200}),
                         [](const auto& test) {
                           std::string name = test.param.kind;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

const std::string request =
    "GET /api/v3" + question + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test/1\r\n\r\n";

TEST(PriceApi, SendsTheBytesOfAFaultAndNoMore) {
  const Server server{{"--faults", "empty,not-http,truncated"}};
  EXPECT_EQ(exchange(server, request), "");
  EXPECT_EQ(exchange(server, request), "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
  const std::string truncated = exchange(server, request);
  const std::size_t body = truncated.find("\r\n\r\n") + 4;
  EXPECT_EQ(truncated.substr(body).rfind(R"({"bitcoin")", 0), 0u) << truncated;
}

TEST(PriceApi, DripsAByteASecond) {
  const Server server{{"--faults", "drip"}};
  Client client;
  const Reply reply = client.set(CURLOPT_TIMEOUT_MS, 2500L).get(server.url + question);
  EXPECT_EQ(reply.error, CURLE_OPERATION_TIMEDOUT);
  EXPECT_GE(reply.body.size(), 2u);
  EXPECT_LE(reply.body.size(), 3u);
}

TEST(PriceApi, ServesOthersBesideManySilentConnections) {
  Server server{{"--faults", "silence*20"}};
  std::list<PipeReader> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back(ask(server, request));
    ASSERT_NE(server.process.err.read_line().value_or("").find(" silence "), std::string::npos);
  }
  const Reply reply = get(server.url + question);
  EXPECT_EQ(reply.status, 200);
  EXPECT_LT(reply.seconds, 1);
  for (PipeReader& connection : waiting) EXPECT_EQ(connection.read_all(0ms), "");
}

// ---------------------------------------------------------------------------------------------
// Plans

/// The statuses of the next answers.
std::vector<long> statuses(const Server& server, int count) {
  std::vector<long> found;
  for (int i = 0; i < count; ++i) found.push_back(get(server.url + question).status);
  return found;
}

TEST(FaultPlan, IsConsumedRequestByRequest) {
  const Server server{{"--faults", "ok*2,429,500*3, 503 ,empty"}};
  EXPECT_EQ(statuses(server, 10),
            (std::vector<long>{200, 200, 429, 500, 500, 500, 503, 0, 200, 200}));
}

TEST(FaultPlan, LastsForEver) {
  const Server server{{"--faults", "ok,500*"}};
  EXPECT_EQ(statuses(server, 6), (std::vector<long>{200, 500, 500, 500, 500, 500}));
}

TEST(FaultPlan, SparesOtherPaths) {
  const Server server{{"--faults", "500"}};
  EXPECT_EQ(get(server.url + "/ping").status, 200);
  EXPECT_EQ(statuses(server, 2), (std::vector<long>{500, 200}));
}

TEST(FaultPlan, ComesFromTheEnvironmentUnlessAnOptionSaysOtherwise) {
  EXPECT_EQ(statuses(Server{{}, {"PRICE_API_FAULTS=503"}}, 2), (std::vector<long>{503, 200}));
  EXPECT_EQ(statuses(Server{{"--faults", "500"}, {"PRICE_API_FAULTS=503"}}, 2),
            (std::vector<long>{500, 200}));
}

class FaultsFile : public testing::Test {
 protected:
  FaultsFile() {
    char name[] = "/tmp/faults.XXXXXX";
    close(mkstemp(name));
    path_ = name;
    std::remove(name);
  }
  ~FaultsFile() override { std::remove(path_.c_str()); }

  void write(const std::string& plan) { std::ofstream{path_} << plan << '\n'; }

  std::string path_;
};

TEST_F(FaultsFile, BreaksARunningServerAndMendsIt) {
  Server server{{"--faults-file", path_, "--faults", "401"}};
  EXPECT_EQ(statuses(server, 2), (std::vector<long>{401, 200})) << "there is no file yet";
  write("429*2,500");
  EXPECT_EQ(statuses(server, 4), (std::vector<long>{429, 429, 500, 200}));
  write("503*");
  EXPECT_EQ(statuses(server, 3), (std::vector<long>{503, 503, 503}));
  std::remove(path_.c_str());
  EXPECT_EQ(statuses(server, 2), (std::vector<long>{200, 200}));
}

TEST_F(FaultsFile, StartsItsPlanAnewWhenWrittenAnew) {
  Server server{{"--faults-file", path_}};
  write("500");
  EXPECT_EQ(statuses(server, 2), (std::vector<long>{500, 200}));
  // A file's time has the grain of the kernel's tick, which may not have come yet.
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  do {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    write("500");
  } while (get(server.url + question).status != 500);
}

TEST_F(FaultsFile, IsNoFaultWhenItHoldsNonsense) {
  Server server{{"--faults-file", path_}};
  write("catastrophe");
  EXPECT_EQ(statuses(server, 1), std::vector<long>{200});
  const std::string line = server.process.err.read_line().value_or("");
  EXPECT_EQ(line.rfind("price-api: " + path_ + ": 'catastrophe' is no fault", 0), 0u) << line;
  EXPECT_NE(line.find("429-bare"), std::string::npos) << "the kinds are named";
}

// ---------------------------------------------------------------------------------------------
// The service

TEST(PriceApi, LogsOneLineARequest) {
  Server server{{"--faults", "ok,reset"}};
  get(server.url + question);
  get(server.url + question);
  get(server.url + "/nowhere");
  const std::string target = "GET /api/v3" + question;
  const std::string answered = server.process.err.read_line().value_or("");
  EXPECT_EQ(answered.rfind(target + " 200 peer=127.0.0.1:", 0), 0u) << answered;
  EXPECT_NE(answered.find(R"( agent="test/1")"), std::string::npos) << answered;
  const std::string broken = server.process.err.read_line().value_or("");
  EXPECT_EQ(broken.rfind(target + " reset peer=127.0.0.1:", 0), 0u) << broken;
  const std::string unknown = server.process.err.read_line().value_or("");
  EXPECT_EQ(unknown.rfind("GET /api/v3/nowhere 404 peer=127.0.0.1:", 0), 0u) << unknown;
}

TEST(PriceApi, LogsThePricesThatItGave) {
  Server server{{"--log", "prices", "--faults", "ok,slow,429,negative"}};
  const Reply reply = get(server.url + question);
  EXPECT_TRUE(server.process.err.read_line().value_or("").ends_with("\" prices=" + reply.body));
  get(server.url + question);
  EXPECT_NE(server.process.err.read_line().value_or("").find(" prices={"), std::string::npos);
  for (const char* fault : {"429", "negative"}) {
    get(server.url + question);
    EXPECT_TRUE(server.process.err.read_line().value_or("").ends_with('"')) << fault;
  }
}

TEST(PriceApi, LogsNoPricesThatAClientSends) {
  Server server{{"--log", "prices", "--faults", "500"}};
  Client client;
  client.set(CURLOPT_USERAGENT, R"(x" prices={"bitcoin":{"usd":1.5}})").get(server.url + question);
  const std::string line = server.process.err.read_line().value_or("");
  EXPECT_TRUE(line.ends_with(R"(agent="x? prices={?bitcoin?:{?usd?:1.5}}")")) << line;
}

TEST(PriceApi, KeepsAConnectionForManyPolls) {
  Server server;
  Client client;
  std::set<std::string> peers;
  for (int i = 0; i < 100; ++i) {
    const Reply reply = client.get(server.url + question);
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.new_connections, i == 0 ? 1 : 0);
    const std::string line = server.process.err.read_line().value_or("");
    const std::size_t peer = line.find("peer=");
    ASSERT_NE(peer, std::string::npos);
    peers.insert(line.substr(peer, line.find(' ', peer) - peer));
  }
  EXPECT_EQ(peers.size(), 1u);
}

TEST(PriceApi, KeepsAConnectionThroughAPollASixthOfAMinute) {
  const Server server;
  Client client;
  EXPECT_EQ(client.get(server.url + question).new_connections, 1);
  std::this_thread::sleep_for(6s);  // httplib alone gives up after 5
  EXPECT_EQ(client.get(server.url + question).new_connections, 0);
}

TEST(PriceApi, EndsAtOnceAlsoInTheMiddleOfAnAnswer) {
  for (const int signal : {SIGTERM, SIGINT})
    for (const char* fault : {"silence", "drip", "slow"}) {
      Server server{{"--faults", fault}};
      const PipeReader client{ask(server, request)};
      ASSERT_TRUE(server.process.err.read_line());  // the request is there
      const auto start = std::chrono::steady_clock::now();
      server.process.signal(signal);
      EXPECT_EQ(server.process.wait(), 0) << fault;
      EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms) << fault;
    }
}

TEST(PriceApi, ServesTheSocketThatSystemdPasses) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);  // inherited: no SOCK_CLOEXEC
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/api/v3";
  // As the service manager does: sd_listen_fds(3). The shell knows its process id, and execs.
  Process server{
      {"bash", "-c",
       "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" --listen 127.0.0.1:1 3<&" + std::to_string(listener),
       PRICE_API}};
  EXPECT_EQ(server.out.read_line(), "listening on " + url);
  close(listener);
  EXPECT_EQ(get(url + question).status, 200);
  EXPECT_EQ(get(url + question).status, 200);
  EXPECT_EQ(server.terminate(), 0);
  EXPECT_EQ(get(url + question).error, CURLE_COULDNT_CONNECT) << "nobody else holds the socket";
}

TEST(PriceApi, SharesItsPortWithNobody) {
  const Server first;
  const std::string address = first.url.substr(7, first.url.find("/api") - 7);
  Process second{{PRICE_API, "--listen", address}};
  EXPECT_EQ(second.wait(), 1);
  EXPECT_EQ(second.err.read_all(),
            "price-api: cannot listen on " + address + ": Address already in use\n");
  EXPECT_EQ(second.out.read_all(), "");
}

// ---------------------------------------------------------------------------------------------
// Options

struct BadOption {
  std::vector<std::string> options;
  const char* says;  // a part of the line
};

void PrintTo(const BadOption& bad, std::ostream* out) {
  *out << testing::PrintToString(bad.options);
}

class BadOptions : public testing::TestWithParam<BadOption> {};

TEST_P(BadOptions, GetOneClearLine) {
  std::vector<std::string> argv = GetParam().options;
  argv.insert(argv.begin(), PRICE_API);
  Process process{argv};
  EXPECT_EQ(process.wait(), 2);
  const std::string line = process.err.read_all();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  EXPECT_NE(line.find(GetParam().says), std::string::npos) << line;
}

INSTANTIATE_TEST_SUITE_P(
    PriceApi, BadOptions,
    testing::Values(
        BadOption{{"--faults", "ok,sillence"}, "--faults 'sillence' is no fault"},
        BadOption{{"--log", "all"}, "--log 'all': write prices"},
        BadOption{{"--faults", "nothing"}, "a KIND of ok, 301, 401, 403, 429, 429-bare, 429-html"},
        BadOption{{"--faults", "429*0"}, "--faults '429*0': after the * write a whole number"},
        BadOption{{"--faults", "429*x"}, "--faults '429*x': after the *"},
        BadOption{{"--faults", "429,,500"}, "--faults '' is no fault"},
        BadOption{{"--faults", "429,"}, "--faults '' is no fault"},
        BadOption{{"--listen", "8080"}, "--listen '8080': write HOST:PORT"},
        BadOption{{"--listen", "127.0.0.1:65536"}, "--listen '127.0.0.1:65536': write HOST:PORT"},
        BadOption{{"--listen", ":80"}, "--listen ':80': write HOST:PORT"},
        BadOption{{"--rate-limit", "0"}, "--rate-limit '0'"},
        BadOption{{"--rate-window", "-1"}, "--rate-window '-1'"},
        BadOption{{"--seed", "x"}, "--seed 'x'"}, BadOption{{"--nonsense", "1"}, "--nonsense"}));

TEST(PriceApi, TellsItsHelpAndVersion) {
  Process help{{PRICE_API, "--help"}};
  EXPECT_EQ(help.wait(), 0);
  const std::string text = help.out.read_all();
  for (const char* word : {"--listen", "--faults-file", "$PRICE_API_FAULTS", "huge-chunked"})
    EXPECT_NE(text.find(word), std::string::npos) << word;
  Process version{{PRICE_API, "--version"}};
  EXPECT_EQ(version.wait(), 0);
  EXPECT_EQ(version.out.read_line().value_or("").rfind("price-api ", 0), 0u);
}

}  // namespace
