// 03-price-fetcher: asks what a coin costs every five seconds and appends the price to a file.
#include <algorithm>
#include <cstdio>

#include "03-price-fetcher/price_client.hpp"
#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  std::string coin = "bitcoin", currency = "usd", file = "prices.txt", url = default_price_api();
  double interval = 5, timeout = 4;
  std::uint64_t count = Ticker::forever;
  parse_options(
      argc, argv, "Appends the price of a coin to a file at a fixed cadence.",
      {{"coin", "ID", "the coin's id at CoinGecko", &coin},
       {"currency", "CODE", "what the price is in", &currency},
       {"file", "PATH", "file to append to", &file},
       {"url", "URL", "the API to ask; also $PRICE_API_URL", &url},
       {"timeout", "SECONDS", "for an answer, which is never late for the next", &timeout},
       {"interval", "SECONDS", "from one price to the next", &interval},
       {"count", "N", "end after so many questions", &count}});

  Ticker ticker{interval, count};
  PriceClient client{url, std::min(timeout, 0.9 * interval), ticker.stop_fd()};
  LineFile prices{file};
  ticker.on_hangup([&] { prices.reopen(); });
  while (ticker.wait()) {
    const PriceAnswer answer = client.ask(coin, currency);
    if (answer.price) {
      const std::string price = decimal(*answer.price);
      prices.append(price);
    } else {
      std::fprintf(stderr, "%s\n", answer.reason.c_str());
      ticker.postpone(answer.retry_after);
    }
  }
} catch (const std::exception& error) {
  return report(error);
}
