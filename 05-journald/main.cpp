// 05-journald: asks what a coin costs every five seconds, and logs what came of it in the journal.
#include <algorithm>

#include "03-price-fetcher/price_client.hpp"
#include "05-journald/journald_handler.hpp"
#include "05-journald/service_manager.hpp"
#include "common/complain.hpp"
#include "common/line_file.hpp"
#include "common/logging.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  std::string coin = "bitcoin", currency = "usd", file = "prices.txt", url = default_price_api();
  std::string level = "INFO", format = "%(message)s";
  double interval = 5, timeout = 4;
  std::uint64_t count = Ticker::forever;
  parse_options(
      argc, argv, "Appends the price of a coin to a file at a fixed cadence.",
      {{"coin", "ID", "the coin's id at CoinGecko", &coin},
       {"currency", "CODE", "what the price is in", &currency},
       {"file", "PATH", "file to append to", &file},
       {"url", "URL", "the API to ask; also $PRICE_API_URL", &url},
       {"timeout", "SECONDS", "for an answer, which is never late for the next", &timeout},
       {"level", "LEVEL", "log from this level up", &level},
       {"format", "FORMAT", "of a line of the log", &format},
       {"interval", "SECONDS", "from one price to the next", &interval},
       {"count", "N", "end after so many questions", &count}});

  logging::basic_config({.level = logging::level_from(level),
                         .format = format,
                         .handlers = {std::make_shared<JournaldHandler>()}});
  logging::Logger& logger = logging::get_logger("prices");
  complain_to([](auto& trouble) { logging::get_logger("prices").error("{}", trouble); });

  Ticker ticker{interval, count};
  PriceClient client{url, std::min(timeout, 0.9 * interval), ticker.stop_fd()};
  LineFile prices{file};
  ticker.on_hangup([&] { prices.reopen(); });
  ServiceManager manager{ticker};
  while (ticker.wait()) {
    const PriceAnswer answer = client.ask(coin, currency);
    if (answer.price) {
      const std::string price = decimal(*answer.price);
      prices.append(price);
      logger.info({{"COIN", coin}, {"CURRENCY", currency}, {"PRICE", price}}, "{} {} {}", coin,
                  price, currency);
      manager.status(coin + ' ' + price + ' ' + currency);
    } else {
      logger.warning({{"COIN", coin}, {"CURRENCY", currency}}, "{}", answer.reason);
      ticker.postpone(answer.retry_after);
    }
  }
} catch (const std::exception& error) {
  return report(error);
}
