"""Reads the updates of Telegram's answers one by one: an unreadable one is skipped, and the others are served."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from aiogram import Bot
from aiogram.methods import GetUpdates
from aiogram.types import Update
from pydantic import ValidationError

log = logging.getLogger(__name__)

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
LARGEST = 2**63 - 1  # with room for the offset, which is one more
LONGEST_NAME = 40  # of a kind or a field in the log
Update.model_rebuild()  # builds the model now, not during the first tap


class TakeUpdates(GetUpdates):
    """`getUpdates` whose answer is left as JSON: one update that aiogram cannot read would fail all of a batch."""

    __returning__ = list[Any]


def numbered(answer: Iterable[Any]) -> dict[int, dict[str, Any]]:
    """The updates of an answer by their numbers, oldest first. One without a number is left out."""
    found = [each for each in answer if isinstance(each, dict) and is_number(each.get("update_id"))]
    return {each["update_id"]: each for each in sorted(found, key=itemgetter("update_id"))}


def is_number(value: object) -> bool:
    """Whether the value can be the number of an update: `getUpdates` takes no larger offset, and none below 0."""
    return type(value) is int and 0 < value < LARGEST


def read_update(bot: Bot, raw: dict[str, Any]) -> Update | None:
    """The update, mounted to the bot; None, with one line in the log, when nothing can be done with it."""
    number, kind = raw["update_id"], kind_of(raw)
    if kind not in KINDS:
        log.info("Update %d is skipped: %s was not asked for", number, kind)
        return None
    try:
        return validated(bot, raw)
    except ValidationError as error:
        log.warning("Update %d, %s, is skipped: it cannot be read at %s", number, kind, field_of(error))
    except Exception as error:  # noqa: BLE001 - whatever else its shape may cause, the others are served
        log.warning("Update %d, %s, is skipped: it cannot be read (%s)", number, kind, type(error).__name__)
    return None


def validated(bot: Bot, raw: dict[str, Any]) -> Update:
    """The update. A tap is read even if the message under it cannot be: the button says everything.

    Raises ValidationError, and UnicodeEncodeError for text with half of a surrogate pair, which cannot be stored.
    """
    json.dumps(raw, ensure_ascii=False).encode()
    try:
        return Update.model_validate(raw, context={"bot": bot})
    except ValidationError:
        tap = raw.get("callback_query")
        if not isinstance(tap, dict) or not isinstance(under := tap.get("message"), dict):
            raise
        bare = {"chat": under.get("chat"), "message_id": under.get("message_id"), "date": 0}
        return Update.model_validate(raw | {"callback_query": tap | {"message": bare}}, context={"bot": bot})


def kind_of(raw: dict[str, Any]) -> str:
    """What the update is about: the field beside its number."""
    return next((named(field) for field in raw if field != "update_id"), "nothing")


def field_of(error: ValidationError) -> str:
    """The first field that cannot be read, without anything of what stands there."""
    first = error.errors()[0]
    return ".".join(named(part) for part in first["loc"])


def named(part: object) -> str:
    """A part of a path as the log may show it: the name of a field or a place in a list, and nothing that is long."""
    text = str(part)
    return text if len(text) <= LONGEST_NAME and text.replace("_", "").replace("-", "").isalnum() else "…"
