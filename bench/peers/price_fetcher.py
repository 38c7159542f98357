"""03-price-fetcher in Python: price_fetcher.py URL FILE INTERVAL [session].

With `session` it keeps its connection, as 03 does; without, it asks as the notes do.
"""

import sys
import time

import requests

url, file, interval = sys.argv[1], sys.argv[2], float(sys.argv[3])
get = requests.Session().get if sys.argv[4:] == ["session"] else requests.get


def price_of(coin):
    answer = get(
        f"{url}/simple/price", params={"ids": coin, "vs_currencies": "usd"}, timeout=4
    )
    if answer.status_code == 200:
        return answer.json()[coin]["usd"]
    raise SystemExit(f"the server answered {answer.status_code}")


while True:
    price = price_of("bitcoin")
    with open(file, "a") as prices:
        prices.write(str(price) + "\n")
    time.sleep(interval)
