Es la etapa 01 con otro trabajo en el bucle: client.ask(coin, currency) en lugar de la fecha.
if (answer.price) agrega decimal(*answer.price); si no, escribe answer.reason en la salida de errores.
PriceClient client{url, timeout, ticker.stop_fd()}: con stop_fd(), SIGTERM no tiene que esperar la respuesta.
ticker.postpone(answer.retry_after) deja en paz a la API el tiempo que pida; 0 no cambia nada.
En la unidad: Wants=network-online.target y After=network-online.target, las dos.
