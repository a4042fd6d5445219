"""Three people, each with two px6 accounts, who do anything; faults, restarts, jumps of the clock: what must hold."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sandbox.px6.model import FaultKind
from sandbox.telegram.faults import DROP
from tests.people.colleagues import Colleagues
from tests.people.conftest import PROFILE
from tests.people.lives import PEOPLE, Lives
from tests.people.watching import Watching

COMMANDS = (
    "/start", "/help", "/cancel", "/balance", "/price 5 30", "/stock de", "/countries", "/proxies", "/buy 1 30 de",
    "/buy 2 7 us ipv4 socks shop", "/buy", "/prolong 30 {id}", "/prolong 7 {id} {id}", "/check {id}",
    "/type socks {id}", "/comment {id} new", "/delete {id}", "/orders", "/export", "/settings", "/language",
    "/forget", "/accounts", "/reminders", "/forecast", "/nothing", "30", "{id}", "de", "what?", "👍", "/prolong x",
    "/buy 0 0 xx",
)  # fmt: skip
FAULTS = (
    "drop_before", "drop_after", "500_before", "500_after", "503_after", "html_before", "html_after",
    "broken_json_before", "broken_json_after", "429", "bom", "notice", "notice_behind", "other_account", "endless",
    "huge", "huge_texts", "odd_comments", "odd_texts", "debt", "absurd",
)  # fmt: skip
LIES = (
    "no_before", "no_after", "429_after", "old_before", "old_after", "past_before", "past_after", "stranger_before",
    "stranger_after", "half",
)  # fmt: skip
CALLS = ("editmessagetext", "answercallbackquery", "sendmessage", "deletemessage")
WEATHER = ((502, "html"), (200, "html"), (503, "empty"), (200, "bare"), (200, "cut"), (302, "redirect"))
people = st.integers(0, len(PEOPLE) - 1)
numbers = st.integers(0, 1000)


class RandomPeople(Colleagues, Watching, Lives):
    """Each rule is one thing that happens; then the bot comes to rest, and everything is looked at."""

    @rule(who=people, what=st.sampled_from(COMMANDS), which=numbers)
    def writes(self, who: int, what: str, which: int) -> None:
        ids = [proxy for key in self.all_keys for proxy in self.stand_ins.px6.account(key).proxies]
        self.phones[who].blocks(False)
        self.phones[who].says(what.replace("{id}", str(ids[which % len(ids)])))
        self.run(self._rest())

    @rule(who=people, which=numbers, times=st.integers(1, 3))
    def taps(self, who: int, which: int, times: int) -> None:
        """Any button that is in the chat, old or new, as quickly as fingers can."""
        found = list(self.honest_buttons(who))
        self.phones[who].blocks(False)
        if found:
            self.tapped += [self.phones[who].presses(*found[which % len(found)]) for _ in range(times)]
            self.run(self._rest())

    @rule(who=people, times=st.integers(1, 4))
    def pays(self, who: int, times: int) -> None:
        green = self.phones[who].green()
        self.phones[who].blocks(False)
        if green is not None:
            self.tapped += [self.phones[who].presses(*green) for _ in range(times)]
            self.run(self._rest())

    @rule(thief=people, victim=people, which=numbers)
    def forges(self, thief: int, victim: int, which: int) -> None:
        """Somebody else's button, sent from one's own chat."""
        found = list(self.honest_buttons(victim))
        self.phones[thief].blocks(False)
        if found:
            self.tapped.append(self.phones[thief].forges(found[which % len(found)][1]["callback_data"]))
            self.run(self._rest())

    @rule(who=people, data=st.text("abcpayqls:0123456789-é", min_size=1, max_size=30))
    def forges_anything(self, who: int, data: str) -> None:
        self.phones[who].blocks(False)
        self.tapped.append(self.phones[who].forges(data))
        self.run(self._rest())

    @rule(who=people, kind=st.sampled_from(FAULTS), method=st.sampled_from([None, "buy", "prolong", "getproxy"]))
    def px6_fails(self, who: int, kind: str, method: str | None) -> None:
        self.stand_ins.px6.fault(FaultKind(kind), method, key=self.keys[who])

    @rule(who=people, kind=st.sampled_from(LIES), method=st.sampled_from(["buy", "prolong"]))
    def px6_lies(self, who: int, kind: str, method: str) -> None:
        self.stand_ins.px6.fault(FaultKind(kind), method, key=self.keys[who])

    @rule(how=st.sampled_from(["as_sent", "escaped", "cut", "lower"]))
    def px6_changes_comments(self, how: Any) -> None:
        self.stand_ins.px6.rules.comments = how

    @rule(who=people, amount=st.sampled_from([21, 58, 100]))
    def tops_up(self, who: int, amount: int) -> None:
        self.topped_up[who] += amount
        self.stand_ins.px6.top_up(self.keys[who], amount)

    @rule(method=st.sampled_from(CALLS), code=st.sampled_from([DROP, 429, 500, 502]))
    def telegram_fails(self, method: str, code: int) -> None:
        self.stand_ins.telegram.fail(method, code, retry_after=0 if code == 429 else None)

    @rule(method=st.sampled_from(CALLS), weather=st.sampled_from(WEATHER), after=st.booleans())
    def telegram_answers_with_something_else(self, method: str, weather: tuple[int, str], after: bool) -> None:
        code, answer = weather
        done = after or answer == "bare"  # what says ok was carried out
        self.stand_ins.telegram.fail(method, code, answer=answer, after=done)

    @rule(words=st.sampled_from(["MESSAGE_ID_INVALID", "message can't be edited"]))
    def telegram_refuses_to_edit(self, words: str) -> None:
        self.stand_ins.telegram.fail("editMessageText", 400, description=words)

    @rule(who=people)
    def blocks_the_bot(self, who: int) -> None:
        """Until they write or tap again."""
        self.phones[who].blocks()
        self.run(self._rest())

    @rule(who=people)
    def connects_again(self, who: int) -> None:
        self.phones[who].blocks(False)
        self.phones[who].says(f"/key {self.keys[who]}")
        self.run(self._rest())

    @rule(who=people)
    def brings_another_account(self, who: int) -> None:
        """It is added beside the first, or not: the next buttons lead on."""
        self.phones[who].blocks(False)
        self.phones[who].says(f"/key {self.others[who]}")
        self.run(self._rest())
        for message, button in list(self.phones[who].buttons()):
            if (button.get("callback_data") or "").startswith("key-add:"):
                self.tapped.append(self.phones[who].presses(message, button))
        self.run(self._rest())

    @rule(who=people, which=numbers)
    def renews_on_the_site(self, who: int, which: int) -> None:
        account = self.stand_ins.px6.account(self.keys[who])
        ids = list(account.proxies)
        if ids and account.balance > 50:
            self.stand_ins.px6.prolong_on_site(self.keys[who], [ids[which % len(ids)]], 7)

    @rule()
    def restarts(self) -> None:
        async def again() -> None:
            await self.running.aclose()
            bot = self.stand_ins.telegram.bot(self.stand_ins.token)
            while bot.polling:  # noqa: ASYNC110 - Telegram sees a little later that nobody waits any more
                await asyncio.sleep(0.001)
            await self._start()
            await self._rest()

        self.run(again())

    @rule(seconds=st.sampled_from([6, 60, 700, 90_000]))
    def time_passes(self, seconds: int) -> None:
        async def pass_() -> None:
            self.stand_ins.px6.process_late()
            self.clock.offset += timedelta(seconds=seconds)
            self.stand_ins.px6.clock.move(timedelta(seconds=seconds))
            await self.app.services.orders.settle_due()
            await self._rest()

        self.run(pass_())

    @rule(hours=st.sampled_from([-30, -1, 1]))
    def the_clock_is_set(self, hours: int) -> None:
        """The machine's clock, not time: px6 and every stopwatch go on as before."""
        self.clock.error += timedelta(hours=hours)


TestRandomPeople = RandomPeople.TestCase
TestRandomPeople.settings = PROFILE
