"""A strict, stateful stand-in of the Telegram Bot API, and the person on the other side of it."""

from sandbox.telegram.http import serve_telegram, telegram_app
from sandbox.telegram.state import TelegramState

__all__ = ["TelegramState", "serve_telegram", "telegram_app"]
