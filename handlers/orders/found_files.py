"""A file with proxies: fetched from Telegram, read like a pasted text. Nothing of it is kept."""

from __future__ import annotations

import logging
from contextlib import aclosing
from pathlib import PurePosixPath

from aiogram import Bot, F, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Document, Message
from aiogram.utils.formatting import Text

from handlers.ground.filters import AnyCommand, Asked, Command
from handlers.ground.parsing import BadInput
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from handlers.orders.found import take_pasted
from handlers.orders.found_screens import AskFind
from services.proxies.exports import Format

log = logging.getLogger(__name__)

router = Router(name=__name__)

MOST_BYTES = 2**20
DOWNLOAD_SECONDS = 20
PROMISED = frozenset({"txt", "csv", "json"})
SUFFIXES = PROMISED | {how.suffix for how in Format} | {"tsv", "yml", "log", ""}
UTF_16_BEGINS = (b"\xff\xfe", b"\xfe\xff")
NO_TEXT = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")


@router.message(Asked(AskFind), F.document)
async def file_asked_for(message: Message, turn: Turn) -> None:
    await document(message, turn)
    await turn.ask(None)


@router.message(Command("find"), F.document)
@router.message(~AnyCommand(), F.document)
async def document(message: Message, turn: Turn) -> None:
    """A file, alone or beside /find; beside another command it counts for nothing."""
    if message.document is not None:
        await take_file(turn, message.document)


async def take_file(turn: Turn, file: Document) -> None:
    """Show what the file says of proxies; BadInput with one clear message where it cannot be read."""
    w = turn.words
    if not is_readable(file):
        raise BadInput(Text(w.tr("I read lists of proxies as .txt, .csv or .json. Send the file as one of these.")))
    if not await take_pasted(turn, text_of(w, await fetched(turn, file))):
        raise BadInput(Text(w.tr("There are no proxies in this file: no addresses, and no IDs of yours.")))


def is_readable(file: Document) -> bool:
    """Whether its name ends like a list's."""
    return PurePosixPath(file.file_name or "").suffix.lower().removeprefix(".") in SUFFIXES


async def fetched(turn: Turn, file: Document) -> bytes:
    """The whole file; BadInput where it is too large, or does not come from Telegram as a whole."""
    if (file.file_size or 0) > MOST_BYTES:
        raise too_large(turn.words)
    try:
        found = await turn.bot.get_file(file.file_id, request_timeout=DOWNLOAD_SECONDS)
        content = await downloaded(turn.bot, found.file_path or "")
    except TelegramAPIError as error:
        log.debug("A file could not be fetched: %s", type(error).__name__)
        raise not_fetched(turn.words) from None
    if len(content) > MOST_BYTES:
        raise too_large(turn.words)
    if found.file_size not in (None, len(content)):
        raise not_fetched(turn.words)
    return bytes(content)


async def downloaded(bot: Bot, path: str) -> bytearray:
    """A file of Telegram's; of one larger than MOST_BYTES no more than shows that. Raises TelegramAPIError."""
    content = bytearray()
    url = bot.session.api.file_url(bot.token, path)
    async with aclosing(bot.session.stream_content(url, timeout=DOWNLOAD_SECONDS)) as parts:
        async for part in parts:
            content += part
            if len(content) > MOST_BYTES:
                break
    return content


def too_large(w: Words) -> BadInput:
    return BadInput(Text(w.tr("This file is too large: I read up to 1 MB. Send it in parts.")))


def not_fetched(w: Words) -> BadInput:
    return BadInput(Text(w.tr("The file did not come through from Telegram. Send it again.")))


def text_of(w: Words, content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 as it marks itself, else as Windows writes Cyrillic. BadInput for no text."""
    if content.startswith(UTF_16_BEGINS):
        return content.decode("utf-16", "replace")
    if not NO_TEXT.isdisjoint(content):
        raise BadInput(Text(w.tr("This is not a text file. I read lists of proxies as .txt, .csv or .json.")))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")
