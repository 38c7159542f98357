Empieza con dos líneas: logging::basic_config(); y logging::get_logger().warning("hola");
logging::BasicConfig config; y luego config.format = *format; solo si se dio format.
logging::level_from("DEBUG") o logging::level_from("15") da el nivel.
El texto de un mensaje se comprueba al compilar: logger.info("{}", message), nunca logger.info(message).
Termina por sí solo: Type=oneshot, y RemainAfterExit=yes para que la unidad siga activa.
