from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import msgspec

from handlers.account import colleagues_screens as screens
from handlers.account import invite_screens as inviting
from handlers.account.accounts_screens import accounts_screen, remove_screen
from handlers.account.forget import question_screen
from handlers.account.key_screens import ReplaceKey, replace_screen
from handlers.account.settings import colleague_settings_screen, settings_screen
from handlers.entry.refusals import private_text
from handlers.ground.account_line import account_line
from handlers.ground.screen import Screen
from handlers.notifications import colleague_notices as notices
from model.colleagues import Colleague, Invite, NotAccepted, Right
from model.notifications import ColleagueNews, LimitsDropped
from model.people import FIRST_ACCOUNT, OwnAccount, Person
from services.notifications.kinds import AccessEnded, RightChanged
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import NOW

SHOP = OwnAccount(telegram_id=FIRST_ACCOUNT + 1, name="shop", px6_user_id="400011", currency="RUB", refused_code=None)
LINK = "https://t.me/proxies_bot?start=AbCdEfGhIjKlMnOpQrStUv"
CAP = Decimal("1500.00")


def colleague(nth: int, name: str, right: Right, *, told: bool = False) -> Colleague:
    return Colleague(
        owner=SHOP.telegram_id,
        person=1002 + nth,
        right=right,
        monthly_cap=CAP if right is Right.PROLONG else None,
        currency="RUB",
        since=NOW - timedelta(days=nth),
        name=name,
        by_name="Anna Petrova",
        told=told,
    )


def invite(right: Right, hours: int = 0) -> Invite:
    cap = CAP if right is Right.PROLONG else None
    at = NOW - timedelta(hours=hours)
    return Invite(
        owner=SHOP.telegram_id, right=right, monthly_cap=cap, made_at=at, by_name="Anna", person=None, id="1a2b"
    )


def states() -> Iterator[State]:
    ben, eve = (
        colleague(0, "Ben", Right.PROLONG, told=True),
        colleague(1, "Eve \u202e of the\nlong name and title", Right.ALL),
    )
    others = [colleague(nth, f"Colleague {nth}", Right.LOOK) for nth in range(2, 7)]
    chosen = inviting.Grant(account=SHOP.telegram_id, right=Right.PROLONG, cap=CAP, currency="RUB")
    own = OwnAccount(telegram_id=1001, name=None, px6_user_id="400010", currency="USD", refused_code=None)
    in_dollars = chosen.model_copy(update={"currency": "USD"})
    theirs = msgspec.structs.replace(SHOP, colleague=ben)
    for w in (EN, RU):
        said = w.language
        yield f"nobody, {said}", screens.colleagues_screen(w, SHOP, [], 0)
        yield f"two and an invitation, {said}", screens.colleagues_screen(w, SHOP, [ben, eve], 1)
        yield f"the second page, {said}", screens.colleagues_screen(w, SHOP, [ben, eve, *others], 0, 2)
        yield (
            f"one, {said}",
            [screens.colleague_screen(w, SHOP, ben, Decimal("120.50")), screens.colleague_screen(w, SHOP, eve)],
        )
        yield (
            f"taken back, {said}",
            [screens.taken_back_screen(w, SHOP, ben), screens.taken_back_screen(w, SHOP, eve, 1, 2)],
        )
        yield f"with a lower right than before, {said}", screens.colleague_screen(w, SHOP, ben, CAP, 2, 1)
        yield (
            f"invitations, {said}",
            [
                screens.invites_screen(w, SHOP, [invite(Right.PROLONG, 3), invite(Right.ALL)], NOW),
                screens.invites_screen(w, SHOP, [], NOW),
            ],
        )
        yield f"which right, {said}", [inviting.right_screen(w, SHOP), inviting.right_screen(w, SHOP, ben)]
        yield (
            f"which limit, {said}",
            [
                inviting.cap_screen(w, SHOP, chosen),
                inviting.cap_screen(w, own, in_dollars, unchanged=True).text,
            ],
        )
        yield f"no limit, {said}", inviting.wrong_cap_screen(w, chosen)
        yield f"how to invite, {said}", inviting.way_screen(w, SHOP, chosen)
        by_link = inviting.InviteByLink(account=SHOP.telegram_id, right=Right.CHECK)
        yield (
            f"a link, {said}",
            [
                inviting.link_screen(w, SHOP, by_link, "1a2b", LINK),
                inviting.link_screen(w, SHOP, by_link, "1a2b", LINK, "Ben").text,
                inviting.link_screen(w, SHOP, by_link, "1a2b", LINK, "Ben", is_barred=True).text,
            ],
        )
        picked = inviting.InvitePerson(account=SHOP.telegram_id, right=Right.LOOK)
        keys = inviting.pick_keyboard(w, 5).keyboard
        yield f"picking, {said}", [inviting.pick_text(w), *(each.text for row in keys for each in row)]
        yield f"picked, {said}", inviting.sent_screen(w, SHOP, picked, "1a2b", "Ben")
        yield f"invited, {said}", inviting.invited_screen(w, invite(Right.PROLONG), SHOP, "c0de")
        yield f"accepted, {said}", inviting.accepted_screen(w, ben, SHOP.label)
        had = msgspec.structs.replace(ben, right=Right.ALL, monthly_cap=None)
        lowered = ColleagueNews("accepted", "Ben", "shop", SHOP.telegram_id, ben, 2, 1, had)
        yield (
            f"another right by an invitation, {said}",
            [
                inviting.invited_screen(w, invite(Right.ALL), theirs, "c0de").text,
                inviting.accepted_screen(w, ben, SHOP.label, had).text,
                notices.colleague_news_screen(w, lowered),
            ],
        )
        yield f"declined, {said}", inviting.declined_screen(w)
        yield (
            f"not accepted, {said}",
            [
                inviting.not_accepted_screen(w, NotAccepted.UNKNOWN),
                *(inviting.not_accepted_line(w, why) for why in NotAccepted),
            ],
        )
        yield (
            f"not let in, {said}",
            [private_text(w, is_known=False, invited=True), private_text(w, is_known=True, invited=True)],
        )
        yield f"accounts, own and another's, {said}", accounts_screen(w, [own, theirs], SHOP.telegram_id)
        yield f"accounts, only another's, {said}", accounts_screen(w, [theirs], SHOP.telegram_id)
        yield f"leaving, {said}", [screens.leave_screen(w, theirs, ben), screens.left_screen(w, theirs)]
        yield (
            f"who loses access, {said}",
            [
                *(replace_screen(w, "8", ReplaceKey(key=4), left=[], colleagues=count).text for count in (1, 2, 5)),
                remove_screen(w, SHOP, "qst", [], colleagues=2).text,
                question_screen(w, "qst", [], colleagues=21).text,
                *(question_screen(w, "qst", [], shared=count).text for count in (1, 2)),
            ],
        )
        yield f"settings, {said}", [settings_screen(w, "7", 1001), colleague_settings_screen(w)]
        person = Person(telegram_id=SHOP.telegram_id, choices={}, created_at=NOW, account="shop", colleague=ben)
        yield f"the line of a message, {said}", account_line(w, person) or ""
        for news in ("accepted", "declined", "left"):
            told = ColleagueNews(news, "Ben", "shop", SHOP.telegram_id, ben if news == "accepted" else None)
            yield f"the owner is told: {news}, {said}", notices.colleague_news_screen(w, told)
        for names, invites, watches in (("Ben",), 1, 0), ((), 0, 1), (tuple("ABCDE"), 3, 5):
            dropped = LimitsDropped(SHOP.telegram_id, "RUB", "USD", names, invites, watches)
            yield f"limits of {len(names)} dropped, {said}", notices.limits_dropped_screen(w, dropped)
        yield (
            f"the colleague is told, {said}",
            [
                notices.right_changed_screen(w, RightChanged(ben, "shop")),
                notices.access_ended_screen(w, AccessEnded("Anna", "shop")),
            ],
        )


def test_colleagues_look_as_approved() -> None:
    approve(__file__, states())


def test_what_is_about_access_to_an_account_bears_no_line_of_the_one_that_commands_act_on() -> None:
    """That may be another one than is shared: beside a question for a limit it would be read as the one meant."""
    shown = [(name, one) for name, state in states() for one in (state if isinstance(state, list) else [state])]
    with_line = {name for name, one in shown if isinstance(one, Screen) and one.of_account}
    assert {name for name in with_line if not name.startswith(("settings, ", "limits of "))} == set()
