"""Local stand-ins of the Telegram Bot API and of the px6 API, over real HTTP on loopback.

>>> import sandbox
>>> async def main() -> None:
...     async with sandbox.running() as s:
...         print(s.telegram_url, s.px6_url, s.token, s.key)
"""

from .running import DEFAULT_KEY, DEFAULT_TOKEN, PortTaken, Running, running

__all__ = ["DEFAULT_KEY", "DEFAULT_TOKEN", "PortTaken", "Running", "running"]
