"""What screens say and offer while px6 does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import px6
from handlers.account.home import home_screen
from handlers.ground.errors import explain
from handlers.ground.proxy_buttons import Card, Export, View
from handlers.ground.screen import Open
from handlers.ground.silence import last_known_screen
from handlers.notifications.notices import answers_screen
from handlers.proxies.card import CardFacts, card_screen
from handlers.proxies.export_screens import Habits as Formats
from handlers.proxies.export_screens import formats_screen, no_logins_screen
from handlers.proxies.filter import comments_screen, countries_screen, filter_screen
from handlers.proxies.list import Listed, list_screen
from handlers.proxies.selection_view import PickedProxies
from handlers.reminders.overview import reminders_screen
from model.schedules import Habits
from px6 import ProxyList
from services.notifications.kinds import Px6Answers
from services.proxies.last_known import Silence
from services.reminders.service import RemindersOverview
from tests.approved.approving import EN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy

AWAY = Silence(NOW - timedelta(minutes=12), NOW - timedelta(minutes=15), waits=False)
WAITED_FOR = Silence(NOW - timedelta(minutes=12), NOW - timedelta(minutes=15), waits=True)
FOR_DAYS = Silence(NOW - timedelta(hours=20), NOW - timedelta(days=3), waits=False)
AHEAD = Silence(NOW + timedelta(minutes=1), NOW + timedelta(minutes=1), waits=False)
CARD = Card(state="a", proxy=15)
COUNTRIES = ("de", "us", "fr", "nl", "gb", "pl", "it")


def screens() -> Iterator[State]:
    proxies = [a_proxy(15 + nth, ends_in=timedelta(hours=20 * (nth + 1))) for nth in range(8)]
    several = [a_proxy(each, country=country, comment=country) for each, country in enumerate(COUNTRIES, 15)]
    account = ProxyList(user_id="7", balance=Decimal("1204.50"), currency="RUB", proxies=tuple(proxies))
    for w in (EN, RU):
        home = home_screen(w, account, NOW, SITE)
        listed = list_screen(w, Listed(View(page=1), proxies, frozenset(), None, offline=True), NOW)
        card = card_screen(w, CARD, a_proxy(), NOW)
        without_login = card_screen(w, CARD, a_proxy(user="", password=""), NOW, facts=CardFacts(login_known=False))
        formats = formats_screen(w, Export(), PickedProxies(proxies, []), Formats(template="{host}"), also=9)
        overview = RemindersOverview(Habits(), None, [], 8, 0)
        for name, screen in {
            "home": home,
            "a list": listed,
            "a card": card,
            "a card without its login": without_login,
            "the filter of a list": filter_screen(w, View(), several),
            "countries to filter by": countries_screen(w, View(), several, 1),
            "comments to filter by": comments_screen(w, View(), several, 1),
            "an export": formats,
            "an export without logins": no_logins_screen(w, Export(), 8),
            "reminders": reminders_screen(w, overview, NOW),
        }.items():
            yield f"{name}, {w.language}", last_known_screen(w, screen, AWAY, NOW, "again")
        yield f"who asked, {w.language}", last_known_screen(w, home, WAITED_FOR, NOW)
        yield f"for days, {w.language}", last_known_screen(w, home, FOR_DAYS, NOW).text
        yield f"told, {w.language}", answers_screen(w, Px6Answers(AWAY.since, NOW))
    yield "by a clock that was set back", last_known_screen(EN, home_screen(EN, account, NOW, SITE), AHEAD, NOW).text


def errors() -> Iterator[State]:
    retry = Open(screen="buy").pack()
    for error in (
        px6.Unreachable(),
        px6.NoAnswer(),
        px6.BadAnswer(),
        px6.AnotherAccount(),
        px6.TooManyCalls(),
        px6.WrongPrice(410, ""),
    ):
        for w in (EN, RU):
            yield f"{type(error).__name__}, {w.language}", explain(error, w, retry=retry, site_url=SITE)


def states() -> Iterator[State]:
    for table in (screens, errors):
        yield from table()


def test_every_screen_of_a_px6_that_does_not_answer_reads_as_approved() -> None:
    approve(__file__, states())
