"""Secrets that a world must not have written where they do not belong.

px6 keys and the bot's token: anywhere. Passwords of proxies: in logs, in files, in chats of people without that
account. What a person wrote: in logs, in other people's chats; a whole command not in files either.
"""

from __future__ import annotations

import json
import logging
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import PROCESS_COLLECTOR, CollectorRegistry, Metric

from bot.error_descriptions import OUR_PACKAGES
from bot.logs import RedactingFormatter
from sandbox.px6 import Account
from tests.databases import without_empty_pages

SHORTEST = 16  # a shorter key is a test's slip of the pen, and stands in other texts as well
SHORTEST_TEXT = 8  # what people write, in logs: shorter ones are words

COMMAND = re.compile(r"/\w+")  # alone it says nothing of anybody, and lines for the operator name commands, too


Shared = Mapping[int, set[str]]  # by person: the keys of accounts on which they are a colleague


class Canaries(logging.Handler):
    """Hears every log record, before the last guard redacts it, and every message of the bot and of people."""

    def __init__(self, stand_ins: Any, shared: Shared | None = None) -> None:
        super().__init__(logging.DEBUG)
        self._shared: Shared = {} if shared is None else shared
        self._px6, self._telegram, self._token = stand_ins.px6, stand_ins.telegram, stand_ins.token
        self._written = RedactingFormatter()
        self._log: dict[str, list[str]] = defaultdict(list)  # by logger
        self._shown: dict[int, list[str]] = defaultdict(list)  # to whom
        self._typed: dict[int, set[str]] = defaultdict(set)  # by whom
        self._metrics, self._labels = set[str](), set[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self._log[record.name] += self._written.told(record).values()

    def hear(self, event: Any) -> None:
        """An event of the Telegram stand-in."""
        if event.kind in ("message", "edit"):
            message, chat = event.data["message"], event.data["chat"]
            if message["from"] == "bot":
                self._shown[chat].append(json.dumps(message, ensure_ascii=False))
            else:
                self._typed[chat].add(message["text"] or "")

    def read_metrics(self, registry: CollectorRegistry) -> None:
        """The names and labels of all that `/metrics` shows at the end; the bound of a bucket is a number."""
        for metric in metrics_of(registry):
            self._metrics.update((metric.name, metric.documentation))
            for sample in metric.samples:
                self._labels.update(text for name, text in sample.labels.items() if name != "le")

    def found(self, folder: Path) -> list[str]:
        """The places of secrets that do not belong there: in logs, messages and files of the bot."""
        return [*self._in_logs(), *self._in_messages(), *self._in_files(folder), *self._in_metrics()]

    def _in_metrics(self) -> Iterator[str]:
        """Nor may a label be the id of a person, or what somebody wrote."""
        if holds("\n".join(self._metrics | self._labels), self._secrets() | self._passwords(())):
            yield "in the metrics"
        persons = {str(person) for person in self._telegram.people}
        typed = {text for texts in self._typed.values() for text in texts if is_long(text)}
        if any(each in persons or holds(each, typed) for each in self._labels):
            yield "in a label of the metrics"

    def _in_logs(self) -> Iterator[str]:
        typed = {text for texts in self._typed.values() for text in texts if len(text) >= SHORTEST_TEXT}
        typed = {text for text in typed if not COMMAND.fullmatch(text)}
        for name, lines in self._log.items():
            if holds("\n".join(lines), self._secrets() | self._passwords(()) | typed):
                yield f"logged by {name}"

    def _in_messages(self) -> Iterator[str]:
        for chat, messages in self._shown.items():
            own = self._typed[chat] | self._shared.get(chat, set())
            others = {text for one, texts in self._typed.items() if one != chat for text in texts if is_long(text)}
            if holds("\n".join(messages), self._secrets() | self._passwords(own) | (others - own)):
                yield f"in a message to {chat}"

    def _in_files(self, folder: Path) -> Iterator[str]:
        """Files are read as bytes, so that pages of the database that are no longer used count, too."""
        typed = {text for texts in self._typed.values() for text in texts if text.startswith("/") and is_long(text)}
        hidden = {each.encode() for each in self._secrets() | self._passwords(()) | typed}
        for path in filter(Path.is_file, folder.iterdir()):
            content = without_empty_pages(path.read_bytes())
            if any(each in content for each in hidden):
                yield f"in {path.name}"

    def _secrets(self) -> set[str]:
        """The keys that px6 has or had by now, the token, also without its number, and what proves Telegram."""
        proofs = {bot.webhook.secret for bot in self._telegram.bots.values()}
        all_ = {*self._px6.accounts, self._token, self._token.partition(":")[2], *proofs}
        return {each for each in all_ if len(each) >= SHORTEST}

    def _passwords(self, typed: Collection[str]) -> set[str]:
        """Of all proxies but those that somebody who typed these texts may see: of their accounts, or typed."""
        said, accounts = "\n".join(typed), self._px6.accounts
        every = {one for account in accounts.values() for one in passwords_of(account)}
        own = {one for key, account in accounts.items() if key in said for one in passwords_of(account)}
        return {password for password in every - own if password not in said}


def metrics_of(registry: CollectorRegistry) -> Iterator[Metric]:
    """All that it has to show. What is told of the process itself is read once: it is called the same each time."""
    for collector in list(registry._collector_to_names):
        yield from of_the_process() if collector is PROCESS_COLLECTOR else collector.collect()


@cache
def of_the_process() -> list[Metric]:
    return list(PROCESS_COLLECTOR.collect())


def set_levels(levels: Mapping[logging.Logger, int]) -> None:
    """Each `setLevel` goes through all loggers that there are, to make them forget what they log: one is enough."""
    *others, (last, last_level) = levels.items()
    for logger, level in others:
        logger.level = level
    last.setLevel(last_level)


def passwords_of(account: Account) -> Iterator[str]:
    """The passwords of its proxies, and the secrets of MTProto."""
    for proxy in account.proxies.values():
        yield proxy.password
        if proxy.secret:
            yield proxy.secret


def holds(text: str, hidden: Collection[str]) -> bool:
    return any(each in text for each in hidden)


def is_long(text: str) -> bool:
    return len(text) >= SHORTEST


@contextmanager
def watched(stand_ins: Any, folder: Path, shared: Shared | None = None) -> Iterator[Canaries]:
    """Fail at the end of the block if a secret stands in a log, a message, a metric or a file where it does not
    belong. `shared`: the keys of accounts on which somebody is a colleague."""
    canaries, root = Canaries(stand_ins, shared), logging.getLogger()
    deaf = stand_ins.telegram.events.listen(canaries.hear)
    root.addHandler(canaries)
    loggers = {logger: logger.level for logger in map(logging.getLogger, OUR_PACKAGES)}
    set_levels(dict.fromkeys(loggers, logging.DEBUG))
    try:
        yield canaries
    finally:
        root.removeHandler(canaries)
        deaf()
        set_levels(loggers)
    found = canaries.found(folder)
    assert not found, found
