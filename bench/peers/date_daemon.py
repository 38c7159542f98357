"""01-date-daemon in Python, as the notes write it: date_daemon.py FILE INTERVAL."""

import sys
import time
from datetime import datetime

file, interval = sys.argv[1], float(sys.argv[2])
while True:
    with open(file, "a") as dates:
        dates.write(datetime.now().strftime("%Y-%m-%d %H:%M:%S") + "\n")
    time.sleep(interval)
