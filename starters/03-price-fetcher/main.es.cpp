// 03-price-fetcher: pregunta el precio de una moneda cada cinco segundos y lo agrega a un archivo.
#include "03-price-fetcher/price_client.hpp"
#include "common/line_file.hpp"
#include "common/options.hpp"
#include "common/ticker.hpp"

int main(int argc, char** argv) try {
  // 1. Las opciones de la 01, y --coin (bitcoin), --currency (usd), --url (default_price_api()) y
  //    --timeout (4).
  parse_options(argc, argv, "Appends the price of a coin to a file at a fixed cadence.", {});

  // 2. Un Ticker, y un PriceClient al que interrumpe el stop_fd() del ticker.
  // 3. Mientras el ticker espere y diga que sí: pregunta. Un precio va al archivo, como lo escribe
  //    decimal(). Un motivo va a la salida de errores, y el ticker se pospone el tiempo que
  //    pidió el servidor.
} catch (const std::exception& error) {
  return report(error);
}
