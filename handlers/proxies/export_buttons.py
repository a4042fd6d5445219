"""Buttons of an export: which proxies, for which program, and what was answered about them."""

from __future__ import annotations

import zlib
from typing import Annotated

from pydantic import Field

from handlers.ground.proxy_buttons import Picked
from handlers.ground.screen import SmallNumber
from model.colleagues import Right
from services.proxies.exports import Format, Wanted

Taken = Annotated[str, Field(pattern=r"^[hsbSB]?$")]


class ExportAs(Picked, prefix="ea", offline=True, needs=Right.LOOK):
    """Gives them in a format. `seen`: the template that the message showed, 0 for any other format."""

    how: Format
    seen: SmallNumber


class ExportFor(Picked, prefix="ef", offline=True, needs=Right.LOOK):
    """Gives them in a format, some of them: `take` is a letter of Wanted.

    As a capital: SOCKS5 with a password too, of which it was told that the program may refuse it.
    """

    how: Format
    take: Taken

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.take.lower())

    @property
    def is_warned(self) -> bool:
        return self.take.isupper()


class MoreFormats(Picked, prefix="em", offline=True, needs=Right.LOOK):
    """The rest: `part` is p for programs, l for lines and files."""

    part: Annotated[str, Field(pattern=r"^[pl]$")]


class AskTemplate(Picked, prefix="et", offline=True, needs=Right.LOOK):
    """Asks for a template; the next text answers."""


def as_button(data: Picked, how: Format, template: str | None) -> Picked:
    """A template has to be written before it can be used."""
    if how is Format.TEMPLATE and not template:
        return data.to(AskTemplate, proxy=data.proxy)
    return data.to(
        ExportAs, proxy=data.proxy, how=how, seen=template_number(template) if how is Format.TEMPLATE else 0
    )


def taking(data: Picked, how: Format, wanted: Wanted, *, warned: bool = False) -> ExportFor:
    """The same proxies for the same program, once it is said which of them."""
    take = wanted.value.upper() if warned else wanted.value
    return data.to(ExportFor, proxy=data.proxy, how=how, take=take)


def template_number(template: str | None) -> int:
    """By which a button tells one template from another."""
    return 1 + zlib.crc32((template or "").encode()) % 99_999
