"""Makes up proxies: addresses of ranges kept for tests, logins and passwords from a seeded generator."""

from __future__ import annotations

import string
from datetime import datetime, timedelta
from random import Random

from .model import MTPROTO, Proxy

_LETTERS = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"


class Generator:
    """Everything random of the stand-in, repeatable by its seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - made-up passwords of made-up proxies, wanted repeatable
        self._last_user = 400_000
        self._last_id = 30_000_000
        self._last_order = 7_000_000

    def key(self) -> str:
        """Shaped like px6's keys: three groups of ten hexadecimal digits."""
        return "-".join("".join(self._random.choices(_HEX, k=10)) for _ in range(3))

    def user_id(self) -> str:
        self._last_user += self._random.randint(1, 99)
        return str(self._last_user)

    def order_id(self) -> int:
        self._last_order += self._random.randint(1, 40)
        return self._last_order

    def proxy_id(self) -> int:
        """Eight digits and rising, as px6's ids are today."""
        self._last_id += self._random.randint(1, 9)
        return self._last_id

    def proxy(
        self,
        *,
        version: str,
        country: str,
        type: str,
        bought_at: datetime,
        period: int,
        comment: str,
        auto_prolong: bool,
        ends_at: datetime | None = None,
    ) -> Proxy:
        host = self._ipv4()
        return Proxy(
            id=self.proxy_id(),
            version=version,
            country=country,
            ip=self._ipv6() if version == "6" else host,
            host=host,
            port=self._random.randint(7000, 9999),
            user=self._word(),
            password=self._word(),
            type=type,
            bought_at=bought_at,
            ends_at=ends_at or bought_at + timedelta(days=period),
            period=period,
            comment=comment,
            auto_prolong=auto_prolong,
            secret=self._secret() if version == MTPROTO else "",
        )

    def _word(self) -> str:
        return "".join(self._random.choices(_LETTERS, k=6))

    def _secret(self) -> str:
        """Of an MTProto proxy: `dd` asks Telegram for random padding."""
        return "dd" + "".join(self._random.choices(_HEX, k=32))

    def _ipv4(self) -> str:
        """198.18.0.0/15 is kept for measurements (RFC 2544): nobody's address."""
        pick = self._random.randint
        return f"198.{pick(18, 19)}.{pick(0, 255)}.{pick(1, 254)}"

    def _ipv6(self) -> str:
        """2001:db8::/32 is kept for documentation (RFC 3849)."""
        groups = [f"{self._random.randint(1, 0xFFFF):x}" for _ in range(5)]
        return "2001:db8:" + ":".join(groups[:4]) + "::" + groups[4]
