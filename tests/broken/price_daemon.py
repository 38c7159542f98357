#!/usr/bin/python3
"""A correct 03 in Python, as a student would write it. The tests break it with sed."""
import json, os, time, urllib.request

URL = os.environ["PRICE_API_URL"] + "/simple/price?ids=bitcoin&vs_currencies=usd"


def price():
    with urllib.request.urlopen(URL, timeout=0.9) as answer:
        return json.load(answer)["bitcoin"]["usd"]


while True:
    begin = time.monotonic()
    try:
        text = str(price())
        with open("prices.txt", "a") as prices:
            prices.write(text + "\n")
    except Exception as error:
        print(f"no price: {error}", flush=True)
    time.sleep(max(0, begin + 1 - time.monotonic()))
