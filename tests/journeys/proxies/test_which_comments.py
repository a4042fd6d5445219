"""Which comments were changed, where px6 did not say so, or changed another number than it was asked to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.ground.proxy_buttons import Card
from model.colleagues import Right
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.journeys.laid import connected
from tests.px6_events import once_answered
from tests.world import Phone, World


def mine(world: World) -> dict[int, Any]:
    proxies: dict[int, Any] = world.px6.account(world.key).proxies
    return proxies


async def with_comments(world: World, **counts: int) -> tuple[Phone, dict[str, list[int]]]:
    """Somebody with so many proxies of each comment; gives their ids by comment."""
    phone = await connected(world)
    ids = {
        comment: [world.px6.add_proxy(world.key, comment=comment, ends_in=timedelta(days=9)).id for _ in range(count)]
        for comment, count in counts.items()
    }
    return phone, ids


@pytest.mark.parametrize(
    ("fault", "old", "told"),
    [
        ("drop_after", "alpha", "Comment changed: 2 proxies\nbeta"),
        ("drop_before", "alhpa", "No proxy has the comment alhpa.\nNothing was changed."),
        ("drop_before", "alpha", "px6 did not answer.\nNothing was spent or changed."),
    ],
)
async def test_without_an_answer_a_rename_counts_those_that_had_the_old_comment(
    world: World, fault: str, old: str, told: str
) -> None:
    """And not those that had the new one before."""
    phone, _ = await with_comments(world, alpha=2, beta=4)
    world.px6.fault(fault, "setdescr", times=1)
    assert (await phone.says(f"/comment {old} > beta")).startswith(told)
    renamed = sum(proxy.comment == "beta" for proxy in mine(world).values())
    assert renamed == (6 if fault == "drop_after" else 4)


@pytest.mark.parametrize(
    ("kept", "new"), [("as_sent", "first line\nsecond"), ("escaped", "A & B"), ("cut", "x" * 50)]
)
async def test_a_rename_that_px6_said_nothing_of_is_seen_though_px6_lists_the_new_comment_otherwise(
    world: World, kept: Any, new: str
) -> None:
    phone, ids = await with_comments(world, old=3)
    world.px6.rules.comments = kept
    world.px6.fault("drop_after", "setdescr", times=1)
    assert (await phone.says(f"/comment old > {new}")).startswith("Comment changed: 3 proxies\n")
    assert "old" not in {mine(world)[one].comment for one in ids["old"]}


@pytest.mark.parametrize("kept", ["as_sent", "escaped"])
async def test_a_comment_that_px6_said_nothing_of_is_seen_though_px6_lists_it_otherwise(
    world: World, kept: Any
) -> None:
    phone, ids = await with_comments(world, old=2)
    world.px6.rules.comments = kept
    for count, new in ((1, "first & best\nsecond"), (2, "third\n& last")):
        which = " ".join(map(str, ids["old"][:count]))
        world.px6.fault("drop_after", "setdescr", times=1)
        text = await phone.says(f"/comment {which} {new}")
        assert f"Comment changed: {count} prox" in text, text
    world.px6.fault("drop_before", "setdescr", times=1)
    assert (await phone.says(f"/comment {which} fourth")).startswith(
        "px6 did not answer.\nNothing was spent or changed."
    )


@pytest.mark.parametrize("command", ["/comment {ids} ours", "/comment old > ours"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_of_a_comment_that_somebody_else_has_set_it_is_told_and_kept_what_px6_lists(
    world: World, command: str, fault: str
) -> None:
    """px6 does not answer, and its list shows neither the old comment nor the one that was sent."""
    phone, ids = await with_comments(world, old=2)
    given = " ".join(map(str, ids["old"]))
    await phone.says("/proxies all")

    def another_writes() -> None:
        for one in ids["old"]:
            mine(world)[one].comment = "theirs"

    once_answered(world.px6, "setdescr", another_writes)
    world.px6.fault(fault, "setdescr", times=1)
    assert await phone.says(command.format(ids=given)) == (
        "Comment changed: 2 proxies\ntheirs\nThat is what px6 lists now, not what you asked for."
    )
    world.px6.fault("500_before", "getproxy", times=None)
    for one in ids["old"]:
        await phone.forges(Card(proxy=one).pack())
        assert "\nComment: theirs\n" in await phone.reads()


async def test_a_comment_is_not_said_to_be_removed_where_px6_lists_one_of_somebody_else(world: World) -> None:
    phone, ids = await with_comments(world, old=1)
    [one] = ids["old"]
    await phone.says(f"/comment {one}")
    once_answered(world.px6, "setdescr", lambda: setattr(mine(world)[one], "comment", "theirs"))
    world.px6.fault("drop_after", "setdescr", times=1)
    await phone.taps("Remove the comment")
    text = await phone.reads()
    assert "Comment changed: 1 proxy\ntheirs\nThat is what px6 lists now, not what you asked for.\n" in text
    assert "removed" not in text and "Comment: theirs\n" in text


async def test_after_a_rename_that_px6_lists_otherwise_my_proxies_shows_those_that_have_it(world: World) -> None:
    phone, ids = await with_comments(world, old=2)
    world.px6.rules.comments = "escaped"
    world.px6.fault("drop_after", "setdescr", times=1)
    await phone.says("/comment old > A & B")
    await phone.taps("My proxies")
    labels = await phone.labels()
    assert all(any(f":{mine(world)[one].port} " in label for label in labels) for one in ids["old"])


async def test_where_several_others_write_each_comment_is_told(world: World) -> None:
    phone, ids = await with_comments(world, old=4)
    await phone.says("/proxies all")

    def others_write() -> None:
        for one, comment in zip(ids["old"], ("theirs", "theirs", "", "ours"), strict=True):
            mine(world)[one].comment = comment

    once_answered(world.px6, "setdescr", others_write)
    world.px6.fault("drop_after", "setdescr", times=1)
    assert await phone.says(f"/comment {' '.join(map(str, ids['old']))} ours") == (
        "Comment changed: 2 proxies\ntheirs\nComment removed: 1 proxy\nComment changed: 1 proxy\nours\n"
        "That is what px6 lists now, not what you asked for."
    )


async def test_where_old_and_new_look_the_same_a_rename_without_an_answer_stays_unknown(world: World) -> None:
    phone, _ = await with_comments(world, **{"spring sale": 2})
    world.px6.fault("drop_after", "setdescr", times=1)
    text = await phone.says('/comment "spring sale" > spring\nsale')
    assert "The change may or may not have been made. It is safe to repeat it" in text


async def test_a_rename_without_an_answer_stays_unknown_where_px6_lists_something_unreadably(world: World) -> None:
    phone, ids = await with_comments(world, old=2)

    def breaks() -> None:
        mine(world)[ids["old"][0]].port = ""

    once_answered(world.px6, "setdescr", breaks)
    world.px6.fault("drop_after", "setdescr", times=1)
    text = await phone.says("/comment old > new")
    assert "The change may or may not have been made. It is safe to repeat it" in text


async def test_after_a_rename_to_two_lines_my_proxies_shows_those_that_have_it(world: World) -> None:
    phone, ids = await with_comments(world, old=2)
    await phone.says("/comment old > first line\nsecond")
    await phone.taps("My proxies")
    assert "Only: comment “first line second”" in await phone.reads()
    labels = await phone.labels()
    assert all(any(f":{mine(world)[one].port} " in label for label in labels) for one in ids["old"])


async def test_a_filter_by_a_comment_of_two_lines_that_was_just_set_holds_once_px6_lists_it(world: World) -> None:
    phone, ids = await with_comments(world, old=2)
    await phone.says("/proxies all")
    listed = (await phone.screen())["message_id"]
    await phone.says(f"/comment {' '.join(map(str, ids['old']))} first line\nsecond")
    for label in ("Filter", "Comment", "first line sec"):
        await phone.taps(label, listed)
    world.move(timedelta(minutes=1))
    await phone.taps("Select", listed)
    assert "Only: comment “first line second”" in await phone.text_of(listed)


async def test_px6_is_believed_which_comments_it_has_changed(world: World) -> None:
    """It may leave out ids that it does not know: one proxy was deleted on its site a moment ago."""
    phone, ids = await with_comments(world, old=3)
    world.px6.rules.unknown_ids = "skip"
    await phone.says("/proxies all")
    gone = ids["old"][2]
    del mine(world)[gone]
    text = await phone.says(f"/comment {' '.join(map(str, ids['old']))} shop7")
    assert text == f"Comment changed: 2 proxies\nshop7\nAlready gone: 1 proxy\nIDs: {gone}"
    assert "Try again" not in await phone.labels()


async def test_what_px6_has_not_changed_and_still_lists_is_unchanged(world: World) -> None:
    phone, ids = await with_comments(world, old=2)
    one, other = ids["old"]
    world.px6.rules.unknown_ids = "skip"
    await phone.says("/proxies all")
    put_away = mine(world).pop(one)

    def comes_back() -> None:
        mine(world)[one] = put_away

    once_answered(world.px6, "setdescr", comes_back)
    text = await phone.says(f"/comment {one} {other} shop7")
    assert text == f"Comment changed: 1 proxy\nshop7\n1 proxy unchanged. The request to px6 failed.\nIDs: {one}"
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Comment changed: 2 proxies")


async def test_another_number_than_was_asked_for_stays_unknown_without_px6s_list(world: World) -> None:
    phone, ids = await with_comments(world, old=3)
    world.px6.rules.unknown_ids = "skip"
    await phone.says("/proxies all")
    del mine(world)[ids["old"][2]]
    once_answered(world.px6, "setdescr", lambda: world.px6.fault("500_before", "getproxy", times=None))
    text = await phone.says(f"/comment {' '.join(map(str, ids['old']))} shop7")
    assert "The change may or may not have been made. It is safe to repeat it" in text


async def test_the_owner_is_told_of_as_many_as_a_colleague_has_renamed(world: World) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.CHECK)
    office.ann.add(4, ends_in=timedelta(days=9), comment="beta")
    world.px6.fault("drop_before", "setdescr", times=1)
    assert "Nothing was changed." in await office.bob.says("/comment nobody > beta")
    world.px6.fault("drop_after", "setdescr", times=1)
    assert (await office.bob.says("/comment shop > beta")).startswith("Comment changed: 3 proxies")
    assert world.rows("SELECT action, count FROM colleague_actions") == [("comment", 3)]
