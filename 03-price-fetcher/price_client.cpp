#include "03-price-fetcher/price_client.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

using nlohmann::json;

static constexpr std::size_t largest_body = std::size_t{64} * 1024;
static constexpr std::size_t longest_reason = 400;
static constexpr std::size_t longest_id = 1000;
static constexpr nlink_t most_lookups = 4;
static constexpr curl_off_t longest_wait = 3600;

/// Lets a unique_ptr call `release`: libcurl has a function for each of its types.
template <auto release>
struct Release {
  void operator()(auto* resource) const { release(resource); }
};

// ---- The URL --------------------------------------------------------------------------------

/// `base_url` without a slash at its end.
static std::string checked(std::string base_url) {
  const std::unique_ptr<CURLU, Release<curl_url_cleanup>> url{curl_url()};
  if (!(base_url.starts_with("http://") || base_url.starts_with("https://")) ||
      base_url.find_first_of("?#") != std::string::npos ||
      curl_url_set(url.get(), CURLUPART_URL, base_url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    throw std::invalid_argument("'" + base_url + "' is not the URL of a price API: write " +
                                "http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH");
  while (base_url.ends_with('/')) base_url.pop_back();
  return base_url;
}

static std::string escaped(const std::string& text) {
  const std::unique_ptr<char, Release<curl_free>> result{
      curl_easy_escape(nullptr, text.c_str(), 0)};
  if (!result) throw std::bad_alloc();
  return result.get();
}

static std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// ---- The request ----------------------------------------------------------------------------

struct PriceClient::Connection {
  Connection(const std::string& base_url, double timeout, int stop);
  CURLcode get(const std::string& url);
  static std::size_t read_header(char* line, std::size_t, std::size_t size, void* connection);
  static int may_look_up(void*, void*, void* connection);

  template <typename Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode bad = curl_easy_setopt(easy.get(), option, value))
      throw std::runtime_error(std::string{"Failed to set up libcurl: "} + curl_easy_strerror(bad));
  }

  std::string server;
  curl_waitfd stop_fd;
  std::string body;
  bool is_status_good = false;
  nlink_t threads_before = 0;
  bool lookups_hang = false;
  char error[CURL_ERROR_SIZE];
  // The multi handle owns the connections and goes last. curl_multi_cleanup(3)
  std::unique_ptr<CURLM, Release<curl_multi_cleanup>> multi;
  std::unique_ptr<CURL, Release<curl_easy_cleanup>> easy;
};

static std::size_t keep(char* data, std::size_t, std::size_t size, void* kept) {
  std::string& body = *static_cast<std::string*>(kept);
  if (body.size() + size > largest_body) return CURL_WRITEFUNC_ERROR;
  body.append(data, size);
  return size;
}

/// libcurl takes 2000 for 200: the status is 200 only if no other digit or letter follows.
std::size_t PriceClient::Connection::read_header(char* line, std::size_t, std::size_t size,
                                                 void* connection) {
  const std::string_view header{line, size};
  if (header.starts_with("HTTP/")) {
    const std::string_view status = header.substr(std::min(header.find(' '), size));
    static_cast<Connection*>(connection)->is_status_good =
        status.starts_with(" 200") && status.find_first_of(" \r\n", 4) == 4;
  }
  return size;
}

/// Returns how many threads the process has, and two: /proc/pid/task has a link for each. proc(5)
static nlink_t count_threads() {
  struct stat threads {};
  return stat("/proc/self/task", &threads) == 0 ? threads.st_nlink : 0;
}

/// libcurl looks a name up in a thread, since getaddrinfo(3) can be neither ended nor told how long
/// to take. If it hangs, the thread stays when the question is given up. With too many, ask no
/// more.
int PriceClient::Connection::may_look_up(void*, void*, void* connection) {
  auto& at = *static_cast<Connection*>(connection);
  at.lookups_hang = count_threads() >= at.threads_before + most_lookups;
  return at.lookups_hang ? 1 : 0;
}

// Of itself, libcurl verifies certificates and follows no redirect; nothing here changes that.
PriceClient::Connection::Connection(const std::string& base_url, double timeout, int stop)
    : server(checked(base_url)), stop_fd{stop, CURL_WAIT_POLLIN, 0} {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi.reset(curl_multi_init());
  easy.reset(curl_easy_init());
  if (started != CURLE_OK || !multi || !easy) throw std::runtime_error("Failed to start libcurl");
  body.reserve(largest_body);  // so that keep(), called from C, has nothing to throw

  constexpr double most = 365 * 86400;  // seconds; 0 milliseconds would mean no limit
  const long milliseconds = std::lround(std::ceil(std::min(timeout, most) * 1000));
  set(CURLOPT_TIMEOUT_MS, milliseconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, (milliseconds + 1) / 2);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_USERAGENT,
      "servicios/" SERVICIOS_VERSION " (+course)");  // without one, CoinGecko answers 403
  set(CURLOPT_ACCEPT_ENCODING, "");                  // whatever libcurl can unpack
  set(CURLOPT_WRITEFUNCTION, keep);
  set(CURLOPT_WRITEDATA, &body);
  set(CURLOPT_HEADERFUNCTION, read_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_RESOLVER_START_FUNCTION, may_look_up);
  set(CURLOPT_RESOLVER_START_DATA, this);
  threads_before = count_threads();
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // leave a look-up that hangs in getaddrinfo(3), not wait for it
  // The same from libcurl 8.20 on, whose look-ups are the multi handle's: CURLMOPT_QUICK_EXIT(3).
  // Before, it is an unknown option, which changes nothing.
  curl_multi_setopt(multi.get(), static_cast<CURLMoption>(21), 1L);
}

/// Makes one request. Returns CURLE_ABORTED_BY_CALLBACK if stop_fd became readable first.
CURLcode PriceClient::Connection::get(const std::string& url) {
  set(CURLOPT_URL, url.c_str());
  body.clear();
  is_status_good = false;
  lookups_hang = false;
  error[0] = '\0';
  stop_fd.revents = 0;
  CURLMcode bad = curl_multi_add_handle(multi.get(), easy.get());
  for (int running = 1; !bad && running && !stop_fd.revents;) {
    bad = curl_multi_perform(multi.get(), &running);
    if (!bad && running)
      bad = curl_multi_poll(multi.get(), &stop_fd, stop_fd.fd < 0 ? 0 : 1, 60'000, nullptr);
  }
  int left;
  const CURLMsg* done = curl_multi_info_read(multi.get(), &left);
  const CURLcode unfinished = bad ? CURLE_FAILED_INIT : CURLE_ABORTED_BY_CALLBACK;
  const CURLcode result = done ? done->data.result : unfinished;
  curl_multi_remove_handle(multi.get(), easy.get());  // and closes what is not finished
  return result;
}

// ---- The answer -----------------------------------------------------------------------------

/// Returns `text` with blanks in place of all but printable ASCII, and cut. A reason may quote the
/// server, and it goes to a log: a control character could forge a line there, and for what is not
/// UTF-8 journalctl shows "[blob data]".
static std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  if (text.size() > longest_reason) text.replace(longest_reason, std::string::npos, "...");
  return text;
}

/// Whether the server sent a line of more than 100 KB in a header or a trailer. libcurl calls that
/// "out of memory" though there is memory; since 8.6 some of it is CURLE_TOO_LARGE, 100.
static bool is_too_long_a_header(CURLcode code, const std::string& detail) {
  return code == CURLE_OUT_OF_MEMORY || code == static_cast<CURLcode>(100) ||
         detail.find("ut of memory") != detail.npos;
}

/// Returns why there is no whole answer. If our words end in a blank, libcurl's own, `detail`,
/// follow.
static PriceAnswer failure(CURLcode code, const std::string& detail) {
  static const std::map<CURLcode, std::pair<Problem, std::string>> known{
      {CURLE_ABORTED_BY_CALLBACK, {Problem::stopped, "stopped waiting for an answer"}},
      {CURLE_OPERATION_TIMEDOUT, {Problem::timed_out, "no whole answer in time: "}},
      {CURLE_WRITE_ERROR, {Problem::too_large, "an answer of more than 64 KiB"}},
      {CURLE_BAD_CONTENT_ENCODING, {Problem::not_json, "an answer that cannot be unpacked: "}},
      {CURLE_PEER_FAILED_VERIFICATION, {Problem::certificate, "no trusted certificate: "}},
      {CURLE_SSL_CACERT_BADFILE,
       {Problem::certificate,
        "no certificates to check it with (is ca-certificates installed?): "}},
      {CURLE_SSL_CONNECT_ERROR,
       {Problem::connection_failed, "no TLS (is it an http:// server?): "}},
  };
  if (is_too_long_a_header(code, detail))
    return {{}, Problem::too_large, "an answer with too long a header"};
  const auto found = known.find(code);
  if (found == known.end()) return {{}, Problem::connection_failed, "no answer: " + detail};
  const auto& [problem, words] = found->second;
  return {{}, problem, words.ends_with(' ') ? words + detail : words};
}

/// Returns the answer for a status other than 200, with what the API says about it. CoinGecko has
/// two forms for that.
static PriceAnswer refusal(long status, const std::string& body, CURL* easy) {
  PriceAnswer answer{{}, Problem::http_status, "status " + std::to_string(status)};
  if (status == 429) {
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    answer.problem = Problem::rate_limited;
    answer.retry_after = static_cast<double>(std::clamp(seconds, curl_off_t{0}, longest_wait));
    answer.reason += " (asked too often)";
    if (seconds > 0) answer.reason += ", wait " + decimal(answer.retry_after) + " s";
  }
  char* moved_to = nullptr;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &moved_to);
  if (moved_to) answer.reason += ", moved to " + std::string{moved_to};

  const json error = json::parse(body, nullptr, false);
  for (const char* form : {"/status/error_message", "/error"})
    if (const json::json_pointer place{form}; error.contains(place) && error[place].is_string())
      answer.reason += ": " + error[place].get<std::string>();
  return answer;
}

static PriceAnswer price_in(const std::string& body, const std::string& coin,
                            const std::string& currency) {
  const std::string asked = "the price of " + coin + " in " + currency;
  const auto wrong = [](const std::string& what) {
    return PriceAnswer{{}, Problem::wrong_shape, "JSON of another shape: " + what};
  };
  try {
    const json answer = json::parse(body);
    if (!answer.is_object()) return wrong(answer.type_name());
    if (answer.empty()) return {{}, Problem::unknown_coin, "does not know the coin '" + coin + "'"};
    const auto prices = answer.find(coin);
    if (prices == answer.end()) return wrong("without the coin '" + coin + "'");
    const auto price = prices->find(currency);
    if (price == prices->end()) return wrong("the coin, without " + asked);
    if (!price->is_number()) return wrong(asked + " is of type " + price->type_name());
    const double value = price->get<double>();
    if (std::signbit(value)) return wrong(asked + " is " + decimal(value));
    return {value};
  } catch (const json::out_of_range&) {
    return wrong("a number is too large");
  } catch (const json::parse_error&) {
    return {{}, Problem::not_json, "not JSON: " + body};
  }
}

// ---- The client -----------------------------------------------------------------------------

PriceClient::PriceClient(const std::string& base_url, double timeout, int stop_fd)
    : connection_(std::make_unique<Connection>(base_url, timeout, stop_fd)) {}

PriceClient::~PriceClient() = default;

PriceAnswer PriceClient::ask(const std::string& any_coin, const std::string& any_currency) {
  const std::string coin = lower(any_coin), currency = lower(any_currency);
  Connection& at = *connection_;
  if (std::max(coin.size(), currency.size()) > longest_id)
    return {{}, Problem::unknown_coin, one_line(at.server + ": no coin has so long a name")};
  const CURLcode code = at.get(at.server + "/simple/price?ids=" + escaped(coin) +
                               "&vs_currencies=" + escaped(currency));
  long status = 0;
  curl_easy_getinfo(at.easy.get(), CURLINFO_RESPONSE_CODE, &status);

  // Another status says more than what happened to the body that came with it. Below 200, there was
  // no answer yet, unless libcurl takes it for one.
  const bool refused =
      code == CURLE_OK ? status != 200 : status > 200 && code != CURLE_ABORTED_BY_CALLBACK;
  PriceAnswer answer;
  if (at.lookups_hang)
    answer = {{}, Problem::connection_failed, "no answer: too many look-ups of a name hang"};
  else if (refused) answer = refusal(status, at.body, at.easy.get());
  else if (code == CURLE_OK && !at.is_status_good)
    answer = {{}, Problem::http_status, "a status that is no number of three digits"};
  else if (code != CURLE_OK)
    answer = failure(code, *at.error ? at.error : curl_easy_strerror(code));
  else answer = price_in(at.body, coin, currency);
  if (!answer.price) answer.reason = one_line(at.server + ": " + answer.reason);
  return answer;
}

std::string default_price_api() {
  const char* url = std::getenv("PRICE_API_URL");
  return url && *url ? url : "https://api.coingecko.com/api/v3";
}

std::string decimal(double price) {
  char digits[400];  // 2.2250738585072014e-308 takes 326
  return {digits, std::to_chars(digits, std::end(digits), price, std::chars_format::fixed).ptr};
}
