// 03-price-fetcher: asks what a coin costs every five seconds and appends the price to a file.
#include "03-price-fetcher/price_client.hpp"
#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  // 1. The options of 01, and --coin (bitcoin), --currency (usd), --url (default_price_api()) and
  //    --timeout (4).
  parse_options(argc, argv, "Appends the price of a coin to a file at a fixed cadence.", {});

  // 2. A Ticker, and a PriceClient that the ticker's stop_fd() interrupts.
  // 3. While the ticker waits and says yes: ask. A price goes to the file, as decimal() writes it;
  //    a reason goes to standard error, and the ticker is postponed as long as the server said.
} catch (const std::exception& error) {
  return report(error);
}
