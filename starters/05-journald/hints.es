basic_config recibe .handlers = {std::make_shared<JournaldHandler>()}: así, ya nada va a la salida de errores.
Los campos van antes del mensaje: logger.info({{"COIN", coin}, {"CURRENCY", currency}, {"PRICE", price}}, "...", ...).
ServiceManager manager{ticker}; justo antes del bucle envía READY=1 y le avisa al watchdog mientras el ticker espera.
manager.status(...) después de cada precio es lo que muestra systemctl status.
En la unidad: Type=notify y WatchdogSec=15. Sin READY=1, start espera hasta rendirse.
