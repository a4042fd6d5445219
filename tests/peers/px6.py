"""Independent clients of the px6 API against the stand-in, in both profiles.

They were written against the real one: what they expect is evidence of what it sends. Each runs unchanged but
for its base address, in an environment of its own, on an account of its own, and must do exactly what EXPECTED
states — where a client is malformed or broken, that too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from sandbox.px6 import Account, Profile, Px6State, add_demo_account, serve_px6
from tests.peers.environments import ROOT, environment

_HTTP = ("certifi==2026.10.18", "charset-normalizer==3.5.2", "idna==3.20", "urllib3==2.8.0")
PINS = {
    "px6-clients": (
        *("aioproxy6==1.0.0", "proxysix==1.0.0a4", "proxy6api==1.0.0", "proxy-6==1.1"),
        *("aiohttp==3.14.5", "aiohappyeyeballs==2.7.1", "aiosignal==1.4.0", "attrs==26.1.0"),
        *("frozenlist==1.8.0", "multidict==7.2.1", "propcache==0.5.4", "yarl==1.25.1"),
        *("typing_extensions==4.16.0", "requests==2.34.2", "marshmallow==3.0.0rc9", *_HTTP),
        "setuptools==80.9.0",  # marshmallow of those days needs distutils, which Python 3.12 took away
    ),
    "proxy6net-api": (
        *("proxy6net-api==1.0.0", "requests==2.31.0", "pydantic==2.6.3", "pydantic_core==2.16.3"),
        *("annotated-types==0.8.0", "typing_extensions==4.16.0", *_HTTP),
    ),
}

CLIENTS = {
    "aioproxy6": "px6-clients",
    "proxy6net_api": "proxy6net-api",
    "proxysix": "px6-clients",
    "proxy6api": "px6-clients",
    "proxy_6": "px6-clients",
}

_BOTH = ("works", "works")
_METHODS = "getprice getcount getcountry getproxy settype setdescr buy prolong delete check"
_ALL = dict.fromkeys(_METHODS.split(), _BOTH)
_NEWER = ("refused 110", "works")

EXPECTED: dict[str, dict[str, tuple[str, str]]] = {
    # method: (classic, current)
    "aioproxy6": {**_ALL, "ipauth": _NEWER, "getbalance": ("refused 110", "refused 110")},
    "proxy6net_api": {
        **_ALL,
        "account": ("breaks ValidationError", "works"),
        "getprice": ("breaks ValidationError", "works"),
        "buy": ("refused 240", "refused 240"),  # version=IPV6
        "ipauth": _NEWER,
    },
    "proxysix": {
        **_ALL,
        "account": _BOTH,
        "getcount": ("works", "breaks AssertionError"),
        "getcountry": ("works", "breaks AssertionError"),
        "check": ("works", "breaks AssertionError"),
        "getproxy": ("breaks KeyError", "works"),
        "buy": ("breaks KeyError", "works"),
        "prolong": ("breaks KeyError", "works"),
    },
    "proxy6api": {
        **_ALL,
        "account": _BOTH,
        "getproxy": ("breaks KeyError", "works"),
        "buy": ("breaks KeyError", "works"),
        "prolong": ("breaks KeyError", "breaks TypeError"),
        "check": ("breaks KeyError", "works"),
    },
    "proxy_6": {**_ALL, "account": _BOTH, "prolong": ("refused Error period", "refused Error period")},
}

SPENDS: dict[str, tuple[list[str], list[str]]] = {
    # what stands in px6's books afterwards: (classic, current)
    "aioproxy6": (["buy", "prolong"], ["buy", "prolong"]),
    "proxy6net_api": (["prolong"], ["prolong"]),
    "proxysix": (["buy"], ["buy", "prolong"]),
    "proxy6api": (["buy", "prolong"], ["buy", "prolong"]),
    "proxy_6": (["buy"], ["buy"]),
}

Outcome = dict[str, str]


def main() -> int:
    """Prints what each client did; 1 when something differs from what is stated."""
    pythons = {name: environment(name, pins) for name, pins in PINS.items()}
    seen = asyncio.run(_everything(pythons))
    return max(_told(profile, outcomes) for profile, outcomes in seen.items())


async def _everything(pythons: dict[str, Path]) -> dict[Profile, dict[str, Outcome]]:
    profiles: tuple[Profile, ...] = ("classic", "current")
    return {profile: await _profile(profile, pythons) for profile in profiles}


async def _profile(profile: Profile, pythons: dict[str, Path]) -> dict[str, Outcome]:
    """All clients at once, each on its own account, so that each may make its 3 calls a second."""
    state = Px6State(profile)
    async with serve_px6(state) as served:
        runs = [_client(state, served.api_url, name, pythons[where]) for name, where in CLIENTS.items()]
        return dict(zip(CLIENTS, await asyncio.gather(*runs), strict=True))


async def _client(state: Px6State, url: str, name: str, python: Path) -> Outcome:
    account = add_demo_account(state)
    process = await asyncio.create_subprocess_exec(
        python,
        *("-W", "ignore", "-m", f"tests.peers.px6_clients.run_{name}", json.dumps(_task(account, url))),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        return {"starts": f"breaks: {err.decode().strip().splitlines()[-1:]}"}
    outcomes: Outcome = json.loads(out)
    return {**outcomes, "(books)": " ".join(spend.kind for spend in state.books(account.key))}


def _task(account: Account, url: str) -> dict[str, object]:
    """Proxies of the demo account that suit each step; those prolonged are of one kind."""
    proxies = list(account.proxies.values())
    return {
        "base": url,
        "key": account.key,
        "proxies": len(proxies),
        "http": next(proxy.id for proxy in proxies if proxy.type == "http"),
        "prolonged": [proxy.id for proxy in proxies if proxy.version == "6"][:2],
        "expired": proxies[-1].id,
        "alive": proxies[0].id,
    }


def _told(profile: Profile, seen: dict[str, Outcome]) -> int:
    """One line for each client and outcome, then what differs."""
    column = 0 if profile == "classic" else 1
    sys.stdout.write(f"\nprofile {profile}\n")
    failed = 0
    for name, outcomes in seen.items():
        for outcome, methods in _by_outcome(outcomes).items():
            sys.stdout.write(f"  {name:<14} {outcome:<24} {' '.join(methods)}\n")
        stated = {method: both[column] for method, both in EXPECTED[name].items()}
        stated["(books)"] = " ".join(SPENDS[name][column])
        failed |= _differences(name, outcomes, stated)
    return failed


def _by_outcome(outcomes: Outcome) -> dict[str, list[str]]:
    """Methods by outcome; what px6's books say afterwards comes last."""
    grouped: dict[str, list[str]] = {}
    for method, outcome in outcomes.items():
        if method == "(books)":
            grouped["px6's books:"] = [outcome]
        else:
            grouped.setdefault(outcome, []).append(method)
    return grouped


def _differences(name: str, outcomes: Outcome, stated: Outcome) -> int:
    different = sorted(method for method in {*stated, *outcomes} if outcomes.get(method) != stated.get(method))
    for method in different:
        did, should = outcomes.get(method, "did not run"), stated.get(method, "nothing")
        sys.stdout.write(f"  {name:<14} DIFFERS in {method}: {did}, stated is: {should}\n")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
