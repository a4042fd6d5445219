"""What the next free text answers: only the question that is on the screen; and a key is always a key."""

from __future__ import annotations

from handlers.account.accounts_screens import NameAccount
from handlers.account.bind_screens import AskAddresses
from handlers.account.invite_screens import Grant
from handlers.ground.buttons import AskKey
from handlers.ground.screen import Open
from model.colleagues import Right
from tests.journeys.account.two_accounts import with_two
from tests.world import Phone, World


def one_of(world: World) -> int:
    """The id of a proxy of the person's."""
    return int(next(iter(world.px6.account(world.key).proxies)))


async def said_by_the_person(phone: Phone) -> list[str]:
    return [m["text"] for m in await phone.chat() if m["from"] == "person"]


async def test_commands_and_taps_leave_what_was_being_asked(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one = one_of(world)
    before = world.px6.account(world.key).proxies[one].comment
    for elsewhere in ("/orders", "/settings", "/help", "/proxies zzz", ">Home"):
        await phone.says(f"/comment {one}")
        await (phone.taps(elsewhere[1:]) if elsewhere.startswith(">") else phone.says(elsewhere))
        assert "I did not understand that" in await phone.says("hello there"), elsewhere
    assert world.px6.account(world.key).proxies[one].comment == before
    await phone.says(f"/comment {one}")
    await phone.says("shop 7")
    assert world.px6.account(world.key).proxies[one].comment == "shop 7"


async def test_a_key_is_a_key_whatever_is_being_asked(world: World) -> None:
    phone, other = world.phone(), world.px6.add_account(balance="5.00").key
    await phone.connects()
    one = one_of(world)
    for question in (
        f"/comment {one}",
        "/proxies>Search",
        "/export>Lines and files>My template",
        "/buy 1 30 de>Comment",
    ):
        command, *taps = question.split(">")
        await phone.says(command)
        for label in taps:
            await phone.taps(label)
        assert "Replace the old key?" in await phone.says(other), question
    for text in (f"/comment {one} {other}", f'/comment "{other}" > x', f"my key is {other.upper()} thanks"):
        told = await phone.says(text)
        assert "key" in told, text
        assert ("so /comment was not run" in told) is text.startswith("/"), text
    assert not [text for text in await said_by_the_person(phone) if other.lower() in text.lower()]
    assert other not in [proxy.comment for proxy in world.px6.account(world.key).proxies.values()]
    assert not [call for call in world.px6.calls if other in call.params.values()]
    ((choices,),) = world.rows("select choices from people")
    assert other not in choices


async def test_a_key_that_an_edit_brings_is_taken_and_deleted_too(world: World) -> None:
    phone = world.phone()
    await phone.says("/start")
    message = (await phone.chat())[0]["message_id"]
    await world.patch(f"/people/1001/messages/{message}", {"text": world.key})
    await world.quiet()
    assert (await phone.reads()).startswith("Connected")
    assert await said_by_the_person(phone) == []


async def test_a_new_key_is_asked_for_where_the_old_one_was_refused(world: World) -> None:
    """Also while a question was open; a key of an unusual shape goes where the screen says that it goes."""
    phone = world.phone()
    await phone.connects()
    await phone.says(f"/comment {one_of(world)}")
    new = world.px6.new_key(world.key)
    assert "px6 no longer accepts your key" in await phone.says("shop")
    assert await phone.labels() == ["My key at px6", "Enter a new key", "Home"]
    assert "too short" in await phone.says(new[:5])
    assert "640.50 RUB" in await phone.says(new), "of the same account: there is nothing to ask"
    assert new[:5] not in await said_by_the_person(phone)


TRIED = {
    "5a6d9b0c1e-2f3a4b5c6d-7e8f901a": "px6 does not accept this key",
    "5a6d9b0c1e-2f3a4b5c6d-\n7e8f901a2b": "There is a space or a line break in it",
    "abc def ghi jkl": "There is a space or a line break in it",
    "abcdef": "px6 does not accept this key",
    "мой-ключ": "only Latin letters",
}


async def test_without_a_key_every_text_is_a_try_to_give_one(world: World) -> None:
    phone = world.phone()
    for before in ("/start", "/settings"):
        for text, why in TRIED.items():
            await phone.says(before)
            told = await phone.says(text)
            assert why in told and "profile, then “API”" in told and "Nothing was stored." in told, (before, text)
    assert not set(TRIED) & set(await said_by_the_person(phone))
    assert "Connected" in await phone.says(world.key)


async def test_a_wrong_answer_leads_back_to_the_step_and_the_question_stays_open(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy")
    for label in ("IPv6", "Germany", "30 days", "Quantity", "Other quantity"):
        await phone.taps(label)
    assert "“abc” is not valid" in await phone.says("abc")
    assert await phone.labels() == ["Home", "Back"]
    await phone.taps("Back")
    assert (await phone.reads()).startswith("How many proxies?")
    assert (await phone.says("9999")).startswith("Not enough in stock")
    assert (await phone.says("2")).startswith("Buy 2 × IPv6, Germany, 30 days")
    assert "I did not understand that" in await phone.says("3")


async def test_a_wrong_time_leads_back_to_the_clocks(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.forges("open:zone")
    await phone.says("noon")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("What time is it where you are?")


async def test_an_answer_that_was_taken_ends_its_question(world: World) -> None:
    """What is written next would become a name, an address or a limit that nobody meant."""
    two = await with_two(world)
    for question, answer, taken in (
        (AskAddresses(), "5.18.204.9", "Bind all proxies?"),
        (NameAccount(account=two.owner), "shop", "Your px6 accounts"),
        (Grant(account=two.owner, right=Right.PROLONG), "99.50", "Invite a colleague"),
        (Open(screen="zone"), f"{world.clock():%H:%M}", "Which city is in your time zone?"),
        (AskKey(), two.second.key, "Connected"),
    ):
        await two.phone.forges(question.pack())
        assert (await two.phone.says(answer)).startswith(taken), question
        assert "I did not understand that" in await two.phone.says("hello there"), question
