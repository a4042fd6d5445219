"""Buttons that several subjects show."""

from __future__ import annotations

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Id, Page
from handlers.ground.words import Words


class AskKey(CallbackData, prefix="key"):
    """Asks for a key; also the question that the next text answers."""


class TellWhenBack(CallbackData, prefix="px6-back", durable=True, offline=True):
    """Has the person told once when px6 answers again."""


def key_page(site_url: str, w: Words) -> str:
    """The address of px6's page with the API key, in the person's language."""
    return f"{site_url}/{w.px6_site}/user/developers"


class NewRule(CallbackData, prefix="ru-n"):
    """Shows what a rule would do for `all`, a `comment` (its mark) or a `country`. No value: asks which.

    `ids`: how proxies are selected for one.
    """

    scope: str
    value: str = ""
    page: Page = 1


class OpenRule(CallbackData, prefix="rule"):
    """One rule's screen."""

    rule: Id


class OrderCard(CallbackData, prefix="oc"):
    """One order; `show` and `page` lead back."""

    order: Id
    show: str = "all"
    page: Page = 1
