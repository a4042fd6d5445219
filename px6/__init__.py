"""A throttled async client of the px6 (PROXY6) API, usable alone.

>>> async def main(key: str) -> None:
...     async with Px6Client(key) as px6:
...         print(await px6.account())

Lists of any length: Px6Client.proxies() reads all pages, in_parts() sends many ids in several calls. The clients of
many keys: Px6Pool. Where px6 is blocked: Px6Client(key, proxies=["socks5://login:password@127.0.0.1:1080"]). What can
go wrong is drawn at the top of errors.py.
"""

from .client import Px6Client
from .errors import (
    BEFORE_ANYTHING,
    AnotherAccount,
    BadAnswer,
    ErrorUnknown,
    NoAnswer,
    NoMoney,
    NotEnoughStock,
    NotFound,
    NotTried,
    OutcomeUnknown,
    Px6Error,
    Refused,
    TooManyCalls,
    UnknownRefusal,
    Unreachable,
    WrongAddress,
    WrongComment,
    WrongCount,
    WrongCountry,
    WrongIds,
    WrongKey,
    WrongMethod,
    WrongPeriod,
    WrongPort,
    WrongPrice,
    WrongProxyString,
    WrongType,
    WrongVersion,
)
from .models import (
    Account,
    Change,
    Check,
    Countries,
    Customer,
    Price,
    PriceTable,
    Prolongation,
    Protocol,
    Proxy,
    ProxyList,
    Purchase,
    State,
    Stock,
    StockGrid,
    Version,
)
from .observing import CallObserver, is_silence
from .parts import PartOutcome, in_parts, split_ids
from .pool import Px6Pool
from .texts import listed_comment
from .throttle import Throttle
from .ways import DEFAULT_URLS

__all__ = [
    "BEFORE_ANYTHING",
    "DEFAULT_URLS",
    "Account",
    "AnotherAccount",
    "BadAnswer",
    "CallObserver",
    "Change",
    "Check",
    "Countries",
    "Customer",
    "ErrorUnknown",
    "NoAnswer",
    "NoMoney",
    "NotEnoughStock",
    "NotFound",
    "NotTried",
    "OutcomeUnknown",
    "PartOutcome",
    "Price",
    "PriceTable",
    "Prolongation",
    "Protocol",
    "Proxy",
    "ProxyList",
    "Purchase",
    "Px6Client",
    "Px6Error",
    "Px6Pool",
    "Refused",
    "State",
    "Stock",
    "StockGrid",
    "Throttle",
    "TooManyCalls",
    "UnknownRefusal",
    "Unreachable",
    "Version",
    "WrongAddress",
    "WrongComment",
    "WrongCount",
    "WrongCountry",
    "WrongIds",
    "WrongKey",
    "WrongMethod",
    "WrongPeriod",
    "WrongPort",
    "WrongPrice",
    "WrongProxyString",
    "WrongType",
    "WrongVersion",
    "in_parts",
    "is_silence",
    "listed_comment",
    "split_ids",
]
