"""What random people have watched, and what then happens: money arrives, stock and prices change, proxies fall."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.people.lives import PEOPLE, Lives

COUNTRIES = ("de", "us")
AT_ONCE = (
    "SELECT w.up_to, o.charged FROM stock_watches w JOIN confirmations c ON c.quote_id = w.paying "
    "JOIN orders o ON o.confirmation_id = c.id"
)
TWINS = (
    "SELECT sum(o.count), (SELECT count(*) FROM replaced r WHERE r.telegram_id = w.telegram_id) FROM replacements w "
    "JOIN confirmations c ON c.quote_id = w.paying JOIN orders o ON o.confirmation_id = c.id "
    "WHERE o.state = 'done' GROUP BY w.telegram_id"
)
people = st.integers(0, len(PEOPLE) - 1)


class Watching(Lives):
    """Buttons are found by what they do, so that nobody needs to know how a screen is worded."""

    def _taps(self, who: int, *beginnings: str) -> None:
        """One button after the other, as far as they are there."""
        for beginning in beginnings:
            found = self.phones[who].button(beginning)
            if found is None:
                return
            self.tapped.append(self.phones[who].presses(*found))
            self.run(self._rest())

    def _says(self, who: int, text: str) -> None:
        self.phones[who].blocks(False)
        self.phones[who].says(text)
        self.run(self._rest())

    @rule(
        who=people, way=st.sampled_from(["kp-a:", "kp-p:"]), what=st.sampled_from(["/buy 100 30 de", "/buy 9 90 us"])
    )
    def keeps_a_payment(self, who: int, way: str, what: str) -> None:
        self._says(who, what)
        self._taps(who, "kp:", way)

    @rule(who=people, which=st.sampled_from(["kp-x:", "sw-x:", "pw-x:", "hw-x:", "watch-s:"]))
    def calls_off(self, who: int, which: str) -> None:
        self._says(who, "/watch")
        self._taps(who, which)

    @rule(who=people, country=st.sampled_from(COUNTRIES))
    def waits_for_stock(self, who: int, country: str) -> None:
        self._says(who, f"/buy 5 30 {country}")
        self._taps(who, "sw:")

    @rule(who=people)
    def has_proxies_checked(self, who: int) -> None:
        self._says(who, "/watch")
        self._taps(who, "hw-n", "hw-o:", "hw-q:", "hw-a:")

    @rule(who=people)
    def has_what_fails_replaced(self, who: int) -> None:
        self._says(who, "/watch")
        self._taps(who, "hw-c:", "hw-w:", "hw-b:")

    @rule(who=people, which=st.sampled_from(["hr-s:", "hw-z:"]))
    def keeps_a_twin_from_being_bought(self, who: int, which: str) -> None:
        if which == "hw-z:":
            self._says(who, "/watch")
            self._taps(who, "hw-c:", "hw-w:")
        self._taps(who, which)

    @rule(who=people, country=st.sampled_from(COUNTRIES))
    def has_it_bought_when_in_stock(self, who: int, country: str) -> None:
        self._says(who, f"/buy 5 30 {country}")
        self._taps(who, "sw:", "sw-o:", "sw-p:")

    @rule(who=people)
    def has_a_price_watched(self, who: int) -> None:
        self._says(who, "/watch")
        self._taps(who, "pw-n", "pw-k:", "pw-a:")

    @rule(country=st.sampled_from(COUNTRIES), count=st.sampled_from([0, 4, 1000]))
    def the_stock_changes(self, country: str, count: int) -> None:
        self.stand_ins.px6.set_stock(country, "6", count)

    @rule(percent=st.sampled_from([90, 100, 120]))
    def prices_change(self, percent: int) -> None:
        self.stand_ins.px6.set_price_level("6", percent)

    @rule(who=people, alive=st.booleans())
    def proxies_stop_or_work_again(self, who: int, alive: bool) -> None:
        for key in (self.keys[who], self.others[who]):
            for proxy in self.stand_ins.px6.account(key).proxies.values():
                proxy.alive = alive

    @rule(who=people, amount=st.sampled_from([100, 3000]))
    def money_arrives(self, who: int, amount: int) -> None:
        self.topped_up[who] += amount
        self.stand_ins.px6.top_up(self.keys[who], amount)

    @rule(minutes=st.sampled_from([3, 11, 16, 61]))
    def all_is_looked_at(self, minutes: int) -> None:
        """The rounds that the bot makes by itself, after so many minutes."""

        async def look() -> None:
            self.clock.offset += timedelta(minutes=minutes)
            self.stand_ins.px6.clock.move(timedelta(minutes=minutes))
            services = self.app.services
            for round_ in (services.stock, services.price_watches, services.health):
                await round_.look()
            await services.sweep.run()
            await services.orders.settle_due()
            await self._rest()

        self.run(look())

    @invariant()
    def what_waited_for_money_is_paid_once_and_not_above_its_sum(self) -> None:
        """What was paid without a tap stayed within the sum that was tapped, and is over."""
        query = (
            "SELECT k.state, k.up_to, o.charged FROM kept_payments k JOIN confirmations c ON c.quote_id = k.paying "
            "JOIN orders o ON o.confirmation_id = c.id WHERE o.state = 'done'"
        )
        for state, up_to, charged in self.rows(query):
            assert state == "paid" and Decimal(charged) <= Decimal(up_to), (state, up_to, charged)

    @invariant()
    def what_watches_buy_stays_within_what_was_tapped(self) -> None:
        """One purchase of a watch of stock, within its sum; and at most one twin for each proxy."""
        for up_to, charged in self.rows(AT_ONCE):
            assert charged is None or up_to is None or Decimal(charged) <= Decimal(up_to), (up_to, charged)
        for count, proxies in self.rows(TWINS):
            assert count <= proxies, "more twins than proxies that were replaced"
