"""The phone-like chat page and the seller's panel beside it, served on loopback.

>>> from sandbox.web import Backstage, serve_page
>>> async def main(backstage: Backstage) -> None:
...     async with serve_page(backstage) as address:
...         print(address)
"""

from .backstage import Backstage, BotProcess
from .server import serve_page

__all__ = ["Backstage", "BotProcess", "serve_page"]
