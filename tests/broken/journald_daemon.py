#!/usr/bin/python3
"""A correct 05 in Python, by the protocols themselves. The tests break it with sed.
https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ and sd_notify(3)"""
import json, os, socket, time, urllib.request

URL = os.environ["PRICE_API_URL"] + "/simple/price?ids=bitcoin&vs_currencies=usd"
wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


def notify(state):
    wire.sendto(state.encode(), os.environ["NOTIFY_SOCKET"])


def log(priority, message, **fields):
    fields.update(MESSAGE=message, PRIORITY=priority, COIN="bitcoin", CURRENCY="usd",
                  LOGGER="prices", CODE_FILE=__file__, CODE_LINE=1, CODE_FUNC="main")
    text = "".join(f"{name}={value}\n" for name, value in fields.items())
    wire.sendto(text.encode(), "/run/systemd/journal/socket")


notify("READY=1")
while True:
    begin = time.monotonic()
    notify("WATCHDOG=1")
    try:
        with urllib.request.urlopen(URL, timeout=0.9) as answer:
            price = json.load(answer)["bitcoin"]["usd"]
        log(6, f"bitcoin {price} usd", PRICE=price)
        notify(f"STATUS=bitcoin {price} usd")
        with open("prices.txt", "a") as prices:
            prices.write(f"{price}\n")
    except Exception as error:
        log(4, f"no price: {error}")
    time.sleep(max(0, begin + 1 - time.monotonic()))
