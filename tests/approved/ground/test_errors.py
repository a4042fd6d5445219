from __future__ import annotations

from collections.abc import Iterator

from aiogram.methods import GetMe
from aiogram.utils.formatting import Text

import px6
from handlers.ground.after_change import changed_screen
from handlers.ground.errors import KeyReplaced, explain, fault_screen
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Open
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered
from handlers.ground.words import Words
from model.errors import StorageError
from services.account.accounts import NoKey
from services.account.rights import AccessEnded, AccessShrunk
from services.orders import OtherAccount
from tests.approved.approving import EN, RU, SITE, State, approve

REFUSALS = (
    *(px6.ErrorUnknown, px6.WrongKey, px6.WrongAddress, px6.WrongMethod, px6.WrongCount, px6.WrongPeriod),
    *(px6.WrongCountry, px6.WrongIds, px6.WrongVersion, px6.WrongComment, px6.WrongType, px6.WrongPort),
    *(px6.WrongProxyString, px6.NotEnoughStock, px6.NoMoney, px6.NotFound, px6.WrongPrice),
)
ERRORS: list[Exception] = [
    *(kind(kind.code, "px6's words") for kind in REFUSALS),
    px6.UnknownRefusal(777, "px6's words"),
    *(px6.TooManyCalls(), px6.Unreachable(), px6.NoAnswer("?"), px6.BadAnswer("?"), px6.AnotherAccount("?")),
    *(px6.OutcomeUnknown(method, "?") for method in ("delete", "settype")),
    px6.Px6Error(),
    *(AccessEnded(), AccessShrunk()),
    *(NoKey(), OtherAccount(), KeyReplaced()),
    *(StorageError("?"), TelegramNotSent(GetMe(), "?"), TelegramUnanswered(GetMe(), "?"), ValueError("?")),
]


def name_of(error: Exception) -> str:
    return f"{type(error).__name__}{f' of {error.method}' if isinstance(error, px6.OutcomeUnknown) else ''}"


def shown(error: Exception, w: Words, retry: str | None = None, asking: str | None = None) -> object:
    return explain(error, w, retry=retry, site_url=SITE, asking=asking)


def to_a_colleague(error: Exception, w: Words) -> object:
    return explain(error, w, retry="ls:a", site_url=SITE, is_colleague=True)


def states() -> Iterator[State]:
    for error in ERRORS:
        yield name_of(error), [shown(error, EN), shown(error, EN, "ls:a"), shown(error, RU)]
    wrong, with_back = BadInput(Text("It is wrong.")), BadInput(Text("It is wrong."), Open(screen="quiet"))
    for asking in (None, "key"):
        yield f"bad input, asking {asking}", [shown(each, EN, "ls:a", asking) for each in (wrong, with_back)]
    yield "changed, but not to be shown", [changed_screen(EN), changed_screen(RU), changed_screen(EN, "Done.")]
    named = px6.WrongAddress(105, "Error ip 93.18.2.40")
    yield "px6 names the bot's address", [shown(named, EN), shown(named, RU)]
    for error in (NoKey(), px6.WrongKey(100, "px6's words"), named):
        yield f"to a colleague: {name_of(error)}", [to_a_colleague(error, EN), to_a_colleague(error, RU)]
    yield "a mistake of ours", [fault_screen(EN), fault_screen(RU)]


def test_every_error_reads_as_approved() -> None:
    approve(__file__, states())
