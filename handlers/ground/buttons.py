"""Buttons that several subjects show."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.rights import Whose
from handlers.ground.screen import Id, Page
from handlers.ground.words import Words
from model.colleagues import Right


class AskKey(CallbackData, prefix="key", needs=Whose.OWN):
    """Asks for a key; also the question that the next text answers."""


class TellWhenBack(CallbackData, prefix="px6-back", durable=True, offline=True, needs=Whose.OWNER):
    """Has the person told once when px6 answers again."""


def key_page(site_url: str, w: Words) -> str:
    """The address of px6's page with the API key, in the person's language."""
    return f"{site_url}/{w.px6_site}/user/developers"


class NewRule(CallbackData, prefix="ru-n", needs=Right.ALL):
    """Shows what a rule would do for `all`, a `comment` (its mark) or a `country`. No value: asks which.

    `ids`: how proxies are selected for one.
    """

    scope: str
    value: str = ""
    page: Page = 1


class OpenRule(CallbackData, prefix="rule", needs=Right.LOOK):
    """One rule's screen."""

    rule: Id


Who = Annotated[str, Field(pattern=r"^(own|auto|\d{1,16})?$")]
"""Whose deeds are listed: everybody's, or as `model.doers` says."""


class OrderCard(CallbackData, prefix="oc", needs=Right.LOOK):
    """One order; `show`, `page` and `who` lead back."""

    later_field = "who"

    order: Id
    show: str = "all"
    page: Page = 1
    who: Who = ""


class ShowColleagues(CallbackData, prefix="co", shared=True, needs=Right.LOOK):
    """Who has access to an account of the person's."""

    account: Id
    page: Page = 1
