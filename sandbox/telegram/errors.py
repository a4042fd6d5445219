"""Refusals of the Bot API, worded as the real server words them."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A Bot API method is refused.

    `code` is both the HTTP status and `error_code`; `description` is the whole text that a bot reads;
    `parameters` may hold `retry_after` (seconds).
    """

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters


def _lowered(text: str) -> str:
    """Lower the first letter unless the second character is `_` or a capital, as the real server does."""
    if len(text) > 1 and (text[1] == "_" or text[1].isupper()):
        return text
    return text[:1].lower() + text[1:]


def bad_request(text: str) -> Refusal:
    """400 with the server's prefix."""
    return Refusal(400, f"Bad Request: {_lowered(text)}")


def forbidden(text: str) -> Refusal:
    """403 with the server's prefix."""
    return Refusal(403, f"Forbidden: {_lowered(text)}")


def too_many(seconds: int) -> Refusal:
    """429: the bot sends too fast; it may go on after so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


class PersonError(Exception):
    """What a person tries is impossible; `status` is the HTTP status, `details` go into the JSON answer."""

    def __init__(self, status: int, text: str, **details: object) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.details = details
