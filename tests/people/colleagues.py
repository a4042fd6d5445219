"""Random people let each other use their px6 accounts, and take that back at the worst moment."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from model.colleagues import Right
from storage.engine.types import money_from_int, time_from_int
from tests.people.lives import PEOPLE, Lives

CAP = Decimal("60.00")
MAY_BUY, MAY_PROLONG = {Right.ALL}, {Right.ALL, Right.PROLONG}
people = st.integers(0, len(PEOPLE) - 1)


class Colleagues(Lives):
    """`ended`: when somebody's access to somebody's account ended last, by the bot's clock."""

    def __init__(self) -> None:
        self.ended: dict[tuple[int, int], datetime] = {}
        super().__init__()

    @rule(owner=people, who=people, right=st.sampled_from(list(Right)), times=st.integers(1, 2))
    def lets_somebody_in(self, owner: int, who: int, right: Right, times: int) -> None:
        """An invitation works once, however often its button is tapped."""

        async def invite() -> None:
            cap = CAP if right is Right.PROLONG else None
            code = await self.app.services.colleagues.invite(PEOPLE[owner], right, cap, by_name="Ann")
            self.phones[who].blocks(False)
            self.tapped += [self.phones[who].forges(f"co-a:{code}") for _ in range(times)]
            await self._rest()

        self.run(invite())
        if (PEOPLE[owner], PEOPLE[who]) in self.access():
            self.ever.add((owner, who))

    @rule(owner=people, who=people, pays=st.booleans())
    def takes_it_back(self, owner: int, who: int, pays: bool) -> None:
        """While the colleague taps what spends; afterwards they have no access."""
        had = (PEOPLE[owner], PEOPLE[who]) in self.access()
        green = self.phones[who].green()
        self.phones[owner].blocks(False)
        if pays and green is not None:
            self.phones[who].blocks(False)
            self.tapped.append(self.phones[who].presses(*green))
        self.tapped.append(self.phones[owner].forges(f"co-x:{PEOPLE[owner]}:{PEOPLE[who]}"))
        self.run(self._rest())
        assert (PEOPLE[owner], PEOPLE[who]) not in self.access()
        self._has_ended(owner, who, had=had)

    @rule(owner=people, who=people)
    def leaves(self, owner: int, who: int) -> None:
        had = (PEOPLE[owner], PEOPLE[who]) in self.access()
        self.phones[who].blocks(False)
        self.tapped.append(self.phones[who].forges(f"co-q:{PEOPLE[owner]}"))
        self.run(self._rest())
        assert (PEOPLE[owner], PEOPLE[who]) not in self.access()
        self._has_ended(owner, who, had=had)

    def _has_ended(self, owner: int, who: int, *, had: bool) -> None:
        if had:
            self.ended[PEOPLE[owner], PEOPLE[who]] = self.clock()

    @invariant()
    def a_colleague_spends_what_the_right_allows_and_nothing_after_it(self) -> None:
        access = self.access()
        spent: dict[tuple[int, int], Decimal] = {}
        query = (
            "SELECT c.telegram_id, c.by_person, c.kind, c.confirmed_at, o.charged FROM confirmations c "
            "JOIN orders o ON o.confirmation_id = c.id WHERE c.by_person > 0 AND o.state = 'done'"
        )
        for owner, person, kind, confirmed_at, charged in self.rows(query):
            pair, at = (owner, person), time_from_int(confirmed_at)
            now = access.get(pair)
            if now is None or at < now.since:
                assert pair not in self.ended or at <= self.ended[pair], (pair, at)
                continue
            assert now.right in (MAY_BUY if kind == "buy" else MAY_PROLONG), (pair, now.right, kind)
            spent[pair] = spent.get(pair, Decimal(0)) + money_from_int(charged)
        assert all(access[pair].cap is None or spent[pair] <= CAP for pair in spent), (spent, access)
