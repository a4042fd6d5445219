"""Decoding a list of 1,000 proxies, beside two other clients of px6. `python -m benchmarks.decoding`

Each turns the same bytes into its own models, in a process of its own on the same Python: ours in the environment of
the project, the others in theirs, which are made under `.peers/` at the first run. The rounds take turns, so that a
busy moment of the machine meets all of them; the fastest round of each counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.peers.environments import ROOT, environment
from tests.peers.px6 import PINS

PROXIES = 1000
ROUNDS = 5

TIMED = """
import sys, timeit
body = open(sys.argv[1], "rb").read()
{setup}
assert len(decode()) == {proxies}
print(min(timeit.repeat(decode, number=1, repeat=60)))
"""
OURS = """
from px6 import wire
decode = lambda: wire.decode(wire.PROXIES, 200, body).proxies
"""
TOLERANT = OURS + "body = body.replace(b'\"unixtime_end\"', b'\"unknown\"')\n"
AIOPROXY6 = """
import json
from aioproxy6.models import ProxyList
decode = lambda: ProxyList.from_dict(json.loads(body)).proxies_list
"""
PROXY6NET = """
import json
from proxy6net_api.types import Proxy6Proxy
decode = lambda: [Proxy6Proxy(**proxy) for proxy in json.loads(body)["list"].values()]
"""


def answer() -> bytes:
    """What getproxy answers on servers of today, with 1,000 proxies."""
    listed = {str(number): _proxy(number) for number in range(30_000_000, 30_000_000 + PROXIES)}
    account = {
        "status": "yes",
        "user_id": "1",
        "balance": "48.80",
        "currency": "RUB",
        "date_mod": "2026-11-23 12:00:00",
    }
    return json.dumps(account | {"list_count": PROXIES, "page": 1, "list": listed}).encode()


def _proxy(number: int) -> dict[str, object]:
    return {
        "id": str(number),
        "version": "6",
        "ip": f"2a00:1838:32:19f:45fb:2640::{number % 10_000}",
        "host": f"185.22.{number % 250}.{number % 240}",
        "port": str(7000 + number % 1000),
        "user": "5svBNZ",
        "pass": "iagn2d",
        "type": "socks" if number % 3 else "http",
        "country": "ru",
        "date": "2026-10-19 16:32:39",
        "date_end": "2026-12-12 11:50:41",
        "unixtime": 1792416759,
        "unixtime_end": 1797065441,
        "descr": "shop",
        "active": "1",
    }


def seconds(python: Path, setup: str, body: Path) -> float:
    """The fastest of 60 decodings in a fresh process."""
    script = TIMED.format(setup=setup, proxies=PROXIES)
    done = subprocess.run([python, "-c", script, body], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    ours = Path(sys.executable)
    variants = {
        "px6": (ours, OURS),
        "px6, dates without unixtime": (ours, TOLERANT),
        "aioproxy6 1.0.0": (environment("px6-clients", PINS["px6-clients"]), AIOPROXY6),
        "proxy6net-api 1.0.0": (environment("proxy6net-api", PINS["proxy6net-api"]), PROXY6NET),
    }
    with tempfile.TemporaryDirectory() as place:
        body = Path(place) / "answer.json"
        body.write_bytes(answer())
        rounds = [{name: seconds(*how, body) for name, how in variants.items()} for _ in range(ROUNDS)]
    best = {name: min(one[name] for one in rounds) for name in variants}
    for name, taken in best.items():
        print(f"{name:28} {taken * 1000:8.2f} ms  {taken / best['px6']:6.1f} x")


if __name__ == "__main__":
    main()
