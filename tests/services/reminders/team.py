"""An account with colleagues who are reminded, too."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from model.colleagues import Right
from model.orders import Confirmation
from model.people import Person, PersonId
from services.account.colleagues import Colleagues
from services.notifications.kinds import Digest, DigestEnd
from tests.services.rig import ANNA, BORIS, Rig
from tests.services.watching import Watch

CLARA = 1003


class Team(Watch):
    """Anna's account, with Boris, who may prolong, and Clara, who may look.

    `got`: the digests of each; `fails`: what sending to somebody raises next; `ended`: what their messages became.
    """

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        self.got: dict[int, list[Digest]] = defaultdict(list)
        self.failing: dict[int, list[Exception]] = defaultdict(list)
        self.became: dict[int, list[DigestEnd]] = defaultdict(list)
        self.colleagues = Colleagues(rig.database, self.now)

    async def digest(self, person: Person, digest: Digest) -> int:
        if self.failing[person.chat_id]:
            raise self.failing[person.chat_id].pop(0)
        self.got[person.chat_id].append(digest)
        return 1000 * person.chat_id + len(self.got[person.chat_id])

    async def end_digest(self, person: Person, message_id: int, end: DigestEnd) -> None:
        if self.failing[person.chat_id]:
            raise self.failing[person.chat_id].pop(0)
        assert message_id // 1000 == person.chat_id, "in the message of who got it"
        self.became[person.chat_id].append(end)

    async def join(self, person: int, right: Right) -> None:
        await self.rig.people.find_or_create(person)
        code = await self.colleagues.invite(ANNA, right, Decimal(1000) if right is Right.PROLONG else None)
        await self.colleagues.accept(code, person, f"Colleague {person}", 0)
        await self.colleagues.tell(ANNA, person, True)

    async def after(self, **passed: float) -> None:
        """Let time pass, then look at the account, due or not."""
        await self.rig.after(**passed)
        await self.sweep.look(ANNA)

    async def pays(self, person: int = ANNA, shown: tuple[int, int] | None = None) -> Confirmation:
        """Tap the first green button of the newest digest; `shown`: of the same quote, in another message."""
        quote = self.got[person][-1].quote
        assert quote is not None
        by = None if person == ANNA else PersonId(person)
        shown = shown or (person, 1000 * person + len(self.got[person]))
        claim = await self.rig.orders.claim(ANNA, quote.id, quote.periods[0], shown, by=by)
        assert claim.won and claim.confirmation is not None
        return await self.rig.orders.execute(claim.confirmation.id)

    def counts(self) -> tuple[int, ...]:
        return tuple(len(self.got[person]) for person in (ANNA, BORIS, CLARA))

    def ends(self) -> tuple[list[str], ...]:
        return tuple([end.what for end in self.became[person]] for person in (ANNA, BORIS, CLARA))


async def let_in_colleagues(rig: Rig) -> None:
    team = Team(rig)
    await team.join(BORIS, Right.PROLONG)
    await team.join(CLARA, Right.LOOK)
