// Asks an API shaped as CoinGecko's simple/price what a coin costs.
//
//     PriceClient client{"https://api.coingecko.com/api/v3", 4};
//     const PriceAnswer answer = client.ask("bitcoin", "usd");
//     if (answer.price) use(*answer.price);
//     else say(answer.reason);
//
// One client keeps one connection open for all its questions. Whatever comes back from the network
// is an answer, never an exception. Times are seconds. Not thread-safe.
// https://docs.coingecko.com/reference/simple-price
#pragma once

#include <memory>
#include <optional>
#include <string>

/// Why there is no price.
enum class Problem {
  none,
  unknown_coin,       // the server does not know the coin
  rate_limited,       // status 429: asked too often
  http_status,        // any other status than 200
  not_json,           // status 200, and a body that is not JSON or cannot be decompressed
  wrong_shape,        // JSON, but [coin][currency] is no finite number from 0 up
  too_large,          // a body of more than 64 KiB, or a header line of more than 100 KB
  connection_failed,  // no connection, or one that broke or did not speak HTTP
  timed_out,          // no whole answer in time, and no status above 200 either
  certificate,        // the server could not prove who it is
  stopped,            // stop_fd became readable first
};

struct PriceAnswer {
  std::optional<double> price;  // finite, from 0 up; or there is a problem
  Problem problem = Problem::none;
  std::string reason{};    // the problem in words: one line of printable ASCII, with the URL
  double retry_after = 0;  // what a rate limit asks to wait, at most an hour; 0 if it did not say
};

class PriceClient {
 public:
  /// `base_url` is an http:// or https:// URL, without /simple/price at its end. `timeout` must be
  /// above 0: ask() takes that long at most, of which a connection may take half. It gives up as
  /// soon as `stop_fd` is readable: a Ticker's, for instance, or -1 for none. The caller keeps
  /// `stop_fd` open as long as the client lives. Throws std::invalid_argument for another kind of
  /// URL, std::runtime_error if libcurl cannot start.
  PriceClient(const std::string& base_url, double timeout, int stop_fd = -1);
  ~PriceClient();

  /// Returns what `coin` (CoinGecko's id, such as bitcoin) costs in `currency` (such as usd).
  /// Both become lower case, as CoinGecko's are.
  PriceAnswer ask(const std::string& coin, const std::string& currency);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

/// Returns the server to ask unless told otherwise: $PRICE_API_URL, or CoinGecko's.
std::string default_price_api();

/// Returns the shortest decimal that reads back as `price`, without an exponent.
std::string decimal(double price);
