#!/usr/bin/python3
import time
while True:
    with open("dates.txt", "a") as dates:
        dates.write(time.strftime("%Y-%m-%d %H:%M:%S\n"))
    time.sleep(1)
