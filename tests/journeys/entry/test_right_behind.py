"""Two messages that are there before the first of them is answered."""

from __future__ import annotations

from tests.customers import Customer
from tests.direct_phone import DirectPhone


async def test_a_text_that_comes_right_behind_its_question_answers_it(ann: Customer) -> None:
    """Whom it is from is read again when its turn comes: the message before may have asked for it."""
    [proxy] = ann.add()
    phone = DirectPhone(ann.world.telegram, ann.world.token, ann.phone.id)
    ann.world.px6.fault("slow", "getproxy", seconds=0.1)
    phone.says(f"/comment {proxy}")
    phone.says("lamp")
    await ann.world.quiet()
    assert [call["new"] for call in ann.world.asked("setdescr")] == ["lamp"]
