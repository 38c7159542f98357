Empieza por el bucle: Ticker ticker{5}; while (ticker.wait()) { ... }. Compílalo, ejecútalo y termínalo con Ctrl-C.
common/line_file.hpp: LineFile dates{"dates.txt"}; dates.append("una línea"); escribe una línea completa.
La fecha: std::time() da los segundos, localtime_r() los campos y strftime() con "%Y-%m-%d %H:%M:%S" el texto.
En la unidad, ExecStart= lleva una ruta absoluta, sin ~ y sin los > y && del shell.
DynamicUser=yes con StateDirectory=01-date-daemon da un usuario y una carpeta, /var/lib/01-date-daemon: úsala en WorkingDirectory=.
WantedBy=multi-user.target, con guion. systemctl enable enlaza la unidad debajo de él.
