"""Who did something on a px6 account: its owner, a colleague, or the bot by itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec

# Whose payments and deletions are looked for: everybody's, the owner's, what the bot did; or a colleague's id.
EVERYBODY, OWN, AUTOMATIC = "", "own", "auto"


class Doer(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague who did something, as they were called last; "" for who had everything of themselves erased."""

    person: int
    name: str


class Doers(msgspec.Struct, frozen=True, kw_only=True):
    """Who paid or deleted something on an account.

    `own`: its owner did; `automatic`: the bot did. `had_colleagues`: somebody has, or had, a right on it.
    """

    own: bool = False
    automatic: bool = False
    colleagues: tuple[Doer, ...] = ()
    had_colleagues: bool = False


class Act(StrEnum):
    """What is written down of a colleague beside orders and deletions."""

    CHECK = "check"
    COMMENT = "comment"
    PROTOCOL = "protocol"
    EXPORT = "export"
    BIND = "bind"
    UNBIND = "unbind"
    RULE_NEW = "rule-new"
    RULE_CHANGED = "rule-changed"
    RULE_REMOVED = "rule-removed"
    RULE_SKIPPED = "rule-skipped"
    LET_GO = "let-go"
    REMINDED = "reminded"
    WATCH_NEW = "watch-new"
    WATCH_CHANGED = "watch-changed"
    WATCH_ENDED = "watch-ended"
