Con dos líneas tienes un logger: logging::basic_config({.level = logging::Level::INFO}); y logging::get_logger("prices").
Un precio es logger.info("{} {} {}", coin, price, currency); después de agregarlo al archivo.
Lo que iba a la salida de errores con fprintf es ahora logger.warning("{}", answer.reason).
--level y --format son dos opciones más; logging::level_from() lee la primera.
