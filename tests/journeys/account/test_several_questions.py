"""Who has several px6 accounts answers a question on the account that it was about, or on none."""

from __future__ import annotations

import pytest

from tests.durations import DAY
from tests.journeys.account.two_accounts import Two, with_two
from tests.world import World


async def replies(two: Two, text: str, message_id: int) -> str:
    """A text in reply to a message; gives what the bot says to it."""
    await two.world.post(f"/people/{two.phone.id}/messages", {"text": text, "reply_to": message_id})
    await two.world.quiet()
    return await two.phone.reads()


async def asks(two: Two, proxy: int) -> int:
    """The question for a comment of this proxy; gives its message."""
    await two.phone.says(f"/comment {proxy}")
    return int((await two.phone.screen())["message_id"])


@pytest.fixture
async def two(world: World) -> Two:
    """Ann, who may read the passwords of both accounts."""
    two = await with_two(world)
    world.shared[two.phone.id] = {two.second.key}
    return two


def comments(two: Two, key: str) -> list[str]:
    return [proxy.comment for proxy in two.world.px6.account(key).proxies.values()]


async def test_a_reply_answers_its_question_on_the_account_that_it_was_about(two: Two) -> None:
    """A person asks on one account, goes on with another, and then replies to the first question."""
    [mine], [theirs] = two.first.add(ends_in=20 * DAY), two.add(ends_in=20 * DAY)
    first = two.world.px6.account(two.first.key).user_id
    await two.phone.says("/start")
    home = int((await two.phone.screen())["message_id"])
    of_client = await asks(two, theirs)
    await two.switches(first)
    await asks(two, mine)
    assert "Account: client" in await replies(two, "for the client", of_client)
    assert (comments(two, two.first.key), comments(two, two.second.key)) == ([""], ["for the client"])
    assert f"Account: {first}" in await replies(two, "for me", home), (
        "the client's home asks nothing: the last question counts"
    )
    assert (comments(two, two.first.key), comments(two, two.second.key)) == (["for me"], ["for the client"])


async def test_a_reply_to_a_question_of_an_account_that_was_removed_answers_nothing(two: Two) -> None:
    [mine], [theirs] = two.first.add(ends_in=20 * DAY), two.add(ends_in=20 * DAY)
    asked = await asks(two, theirs)
    await two.phone.says("/forget")
    await two.phone.taps("Only “client”")
    await two.phone.taps("Remove the account")
    before = len(two.world.px6.calls)
    assert "I did not understand that" in await replies(two, "for the client", asked)
    assert {call.method for call in two.world.px6.calls[before:]} <= {"getproxy", "getprice"}
    assert comments(two, two.first.key) == [""]
    assert mine in two.world.px6.account(two.first.key).proxies
