"""A person looks through their proxies: list, pages, filter, search, ticks, cards."""

from __future__ import annotations

from datetime import timedelta

from handlers.ground.proxy_buttons import Card, Search
from tests.journeys.laid import connected
from tests.world import Phone, World, buttons


async def rows(phone: Phone) -> list[str]:
    """The labels of the proxies on the page."""
    return [label for label in await phone.labels() if "…" in label and ":" in label]


async def test_the_list_begins_with_what_ends_soonest_and_pages_keep_the_filter(world: World) -> None:
    phone = await connected(world)
    text = await phone.says("/proxies")
    assert text.startswith("My proxies · 14 active · page 1 of 3")
    mine = sorted(world.px6.account(world.key).proxies.values(), key=lambda p: (p.ends_at, p.id))
    active = [p for p in mine if p.ends_at > world.clock()]
    assert [line.split()[1] for line in text.splitlines()[1:]] == [f"{p.host}:{p.port}" for p in active[:6]]
    assert len(await rows(phone)) == 6
    await phone.taps("›")
    assert "page 2 of 3" in await phone.reads()
    await phone.taps("Filter")
    await phone.taps("Country")
    await phone.taps("Germany")
    german = [p for p in active if p.country == "de"]
    assert (await phone.reads()).startswith(f"My proxies · {len(german)} active\nOnly: 🇩🇪 Germany")
    await phone.taps("…")
    assert f"{german[0].host}:{german[0].port}" in await phone.reads()
    await phone.taps("Back")
    assert "Only: 🇩🇪 Germany" in await phone.reads()


async def test_the_command_takes_a_state_and_a_comment(world: World) -> None:
    phone = await connected(world)
    assert (await phone.says("/proxies expired")).startswith("My proxies · 3 ended")
    assert "Only: comment “tests & more”" in await phone.says("/proxies active tests & more")
    assert "Only: comment “shop”" in await phone.says('/proxies active "shop"')
    assert "Only: comment “expired”\nNo proxies here." in await phone.says('/proxies "expired"')
    assert (await phone.says("/proxies all")).startswith("My proxies · 17 in all · page 1 of 3")
    world.px6.add_proxy(world.key).port = ""
    text = await phone.says("/proxies expired")
    assert "cannot be read" not in text
    text = await phone.says("/proxies all")
    assert text.startswith("My proxies · 17 in all · page 1 of 3")
    assert text.endswith("⚠️ 1 more could not be read: see px6's site")


async def test_search_finds_by_address_and_also_what_has_ended(world: World) -> None:
    phone = await connected(world)
    ended = next(p for p in world.px6.account(world.key).proxies.values() if p.ends_at < world.clock())
    await phone.says("/proxies")
    await phone.taps("Search")
    assert "Nothing found" in await phone.says("no such thing")
    before = len(world.asked("getproxy"))
    text = await phone.says(f"{ended.host}:{ended.port}")
    assert text.startswith("My proxies · 1 in all\nOnly: search results")
    assert f"{ended.host}:{ended.port} · {ended.id}" in text
    assert [call["state"] for call in world.asked("getproxy")[before:]] == ["all"]
    await phone.says("/proxies")
    await phone.taps("›")
    await phone.taps("Search")
    assert (await phone.says(":")).startswith("My proxies · 14 active · page 1 of 3\nOnly: search results")
    await phone.taps("Search")
    world.px6.fault("500_before", "getproxy", times=None)
    assert "px6 has not answered since" in await phone.says("telegram"), "searched in what is known"


async def test_a_search_that_px6_kept_from_being_made_is_asked_for_again(world: World) -> None:
    phone = await connected(world)
    await phone.says("/start")
    world.px6.fault("500_before", "getproxy", times=None)
    await phone.forges(Search().pack())
    assert (await phone.says("shop")).startswith("px6 did not answer.")
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("What are you looking for?")
    assert "Only: search results" in await phone.says("shop")
    assert "I did not understand that" in await phone.says("shop"), "it was answered"


async def test_ticks_survive_pages_and_come_together(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies")
    await phone.taps("Select")
    await phone.taps("☐")
    assert (await phone.labels())[0].startswith("☑")
    await phone.taps("›")
    await phone.taps("Whole page")
    assert all(label.startswith("☑") for label in await rows(phone))
    await phone.taps("Continue · 7")
    text = await phone.reads()
    assert text.startswith("7 selected\n7 active, ")
    ((kept,),) = world.rows("SELECT ids FROM selections WHERE purpose = 'list'")
    assert len(kept.strip("[]").split(",")) == 7
    await phone.taps("Back")
    assert "page 2 of 3" in await phone.reads()
    await phone.taps("All 14")
    assert "14 selected" in await phone.reads()
    await phone.taps("All 14")
    assert "0 selected" in await phone.reads()
    await phone.taps("☐")
    await phone.taps("Continue · 1")
    await phone.taps("Comment")
    await phone.taps("Back")
    assert "I did not understand that" in await phone.says("no comment any more")


async def test_a_tick_that_could_not_be_shown_is_not_taken_back_by_trying_again(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies")
    await phone.taps("Select")
    world.move(timedelta(minutes=1))
    world.px6.fault("500_before", "getproxy", times=None)
    await phone.taps("☐")
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert "\n1 selected" in await phone.reads()


async def test_a_command_without_ids_keeps_what_it_was_asked_for(world: World) -> None:
    phone = await connected(world)
    asked = {
        "/check": ("Which proxies to check?", "Check · 1", "Checked 1 proxy"),
        "/type": ("Which proxies get a new protocol?", "Protocol · 1", "Protocol for 1 proxy"),
        "/comment": ("Which proxies get a new comment?", "Comment · 1", "Comment for 1 proxy"),
        "/delete": ("Which proxies to delete?", "Delete… · 1", "Delete 1 proxy?"),
    }
    for command, (question, go_on, then) in asked.items():
        assert (await phone.says(command)).startswith(f"{question} · 14 active")
        await phone.taps("☐")
        await phone.taps("›")
        assert go_on in await phone.labels()
        await phone.taps(go_on)
        assert (await phone.reads()).startswith(then)
        await phone.taps("Back")
        assert (await phone.reads()).startswith(f"{question} · 14 active · page 2 of 3\n1 selected")
        await phone.taps("Back")
        assert (await phone.reads()).startswith("My proxies · 14 active · page 2 of 3\n")


async def test_filter_and_search_stay_at_hand_while_choosing_and_keep_the_view(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies active shop")
    await phone.taps("Select")
    await phone.taps("☐")
    await phone.taps("Filter")
    await phone.taps("Country")
    await phone.taps("Germany")
    text = await phone.reads()
    assert "Only: 🇩🇪 Germany · comment “shop”\n1 selected" in text
    await phone.taps("Search")
    one = next(p for p in world.px6.account(world.key).proxies.values() if p.country == "de" and p.comment == "shop")
    text = await phone.says("shop")
    assert "Only: 🇩🇪 Germany · comment “shop” · search results\n1 selected" in text
    assert f"{one.host}:{one.port}" in text
    await phone.taps("Back")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("My proxies · 14 active")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("px6 ·")


async def test_all_that_ends_soon_is_ticked_by_one_tap(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies")
    await phone.taps("Select")
    await phone.taps("Ends soon")
    until = world.clock() + world.px6.rules.expiring
    soon = [p for p in world.px6.account(world.key).proxies.values() if world.clock() < p.ends_at <= until]
    assert soon
    assert f"{len(soon)} selected" in await phone.reads()
    shop = [proxy for proxy in soon if proxy.comment == "shop"]
    assert 0 < len(shop) < len(soon)
    await phone.says("/proxies active shop")
    await phone.taps("Select")
    await phone.taps("Ends soon")
    assert f"{len(shop)} selected" in await phone.reads(), "of those that the filter lets through"


async def test_one_tap_ticks_all_of_the_country_or_the_comment_of_what_is_ticked(world: World) -> None:
    account, phone = world.px6.add_account(balance="10.00"), world.phone()
    await phone.connects(account.key)
    for country, comment, count in (("de", "shop", 1), ("de", "x", 2), ("us", "shop", 3), ("fr", "", 4)):
        for _ in range(count):
            world.px6.add_proxy(account.key, country=country, comment=comment, ends_in=timedelta(days=9))
    for label, count in (("All 🇩🇪 · 3", 3), ("All “shop”", 4)):
        await phone.says("/proxies")
        await phone.taps("Select")
        await phone.taps("☐")  # the German one of the shop
        await phone.taps(label)
        assert f"\n{count} selected" in await phone.reads(), label


async def test_a_card_shows_all_and_its_buttons_copy_and_connect(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, type="socks", country="gb", ends_in=timedelta(minutes=30), comment="a&b")
    await phone.says("/proxies")
    await phone.taps(f":{proxy.port}")
    card = await phone.screen()
    for each in (f"{proxy.host}:{proxy.port}", proxy.user, proxy.password, "a&b", str(proxy.id), "United Kingdom"):
        assert each in card["text"]
    spoiler = next(e for e in card["entities"] if e["type"] == "spoiler")
    assert spoiler["length"] == len(proxy.password)
    by_label = {b["text"]: b for b in buttons(card)}
    whole = f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}"
    assert by_label["Copy host:port:login:password"]["copy_text"]["text"] == whole
    link = f"https://t.me/socks?server={proxy.host}&port={proxy.port}&user={proxy.user}&pass={proxy.password}"
    assert by_label["Use in Telegram"]["url"] == link


async def test_a_card_of_a_proxy_that_is_gone_says_so(world: World) -> None:
    phone = await connected(world)
    proxy = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await phone.says("/proxies")
    del world.px6.account(world.key).proxies[proxy.id]
    await phone.taps(f":{proxy.port}")
    await phone.taps("Check")
    assert "You have no such proxy" in await phone.reads()
    await phone.says("/export")
    newer = world.px6.add_proxy(world.key, ends_in=timedelta(minutes=30))
    await phone.forges(Card(proxy=newer.id).pack())
    assert f"{newer.host}:{newer.port}" in await phone.reads(), "no list of before is taken for what there is"


async def test_everything_is_said_in_russian_too(world: World) -> None:
    phone = world.phone()
    await world.patch(f"/people/{phone.id}", {"language_code": "ru"})
    await phone.connects()
    assert (await phone.says("/proxies")).startswith("Мои прокси · 14 активных · стр. 1 из 3")
    await phone.taps("…")
    assert "пароль" in await phone.reads()


async def test_prolonging_from_the_list_comes_back_to_the_same_page_and_ticks(world: World) -> None:
    phone = await connected(world)
    await phone.says("/proxies active shop")
    await phone.taps("…")
    await phone.taps("Prolong")
    assert "Prolong 1 proxy: for how long?" in await phone.reads()
    await phone.taps("Other days")
    await phone.taps("60 days")
    await phone.taps("Back")
    await phone.taps("Back")
    assert "Only: comment “shop”" in await phone.reads()
    await phone.taps("Select")
    await phone.taps("Whole page")
    await phone.taps("Continue · 3")
    await phone.taps("Prolong")
    await phone.taps("30 days")
    await phone.taps("Back")
    assert (await phone.reads()).startswith("3 selected")
    await phone.taps("Back")
    assert "Only: comment “shop”\n3 selected" in await phone.reads()


async def test_a_list_of_thousands_is_read_page_by_page_once(world: World) -> None:
    phone = await connected(world)
    for _ in range(2_500):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=60))
    before = len(world.px6.calls)
    assert (await phone.says("/proxies")).startswith("My proxies · 2,514 active · page 1 of 419")
    await phone.taps("‹")
    await phone.taps("Select")
    await phone.taps("All 2,514")
    assert "2,514 selected" in await phone.reads()
    pages = [call.params.get("page", "1") for call in world.px6.calls[before:] if call.method == "getproxy"]
    assert (pages[0], sorted(pages)) == ("1", ["1", "2", "3"]), "the others side by side"


async def test_px6_is_asked_again_for_a_new_list_and_not_for_every_tap_in_it(world: World) -> None:
    phone = await connected(world)
    asked = list[tuple[str, list[str]]]()
    for label in (
        *("/proxies", "›", "‹", "Filter", "Country", "Germany", "…", "Back", "Filter", "Comment", "Back", "Back"),
        *(
            "Select",
            "☐",
            "Whole page",
            "All",
            "Ends soon",
            "Ends soon",
            "☐",
            "Filter",
            "Ended",
            "Back",
            "Back",
            "/export",
        ),
    ):
        before = len(world.asked("getproxy"))
        await (phone.says(label) if label.startswith("/") else phone.taps(label))
        asked.append((label, [call["state"] for call in world.asked("getproxy")[before:]]))
    first_pages = [("/proxies", ["active"]), ("‹", ["active"]), ("Germany", ["active"]), *[("Back", ["active"])] * 2]
    others = [
        ("Ends soon", ["expiring"]),
        ("Ended", ["expired"]),
        ("/export", ["all", "active"]),
    ]  # what was just listed is read again behind
    assert [each for each in asked if each[1]] == [*first_pages, *others]


async def test_as_many_countries_and_comments_as_fit_a_page_need_no_second(world: World) -> None:
    account = world.px6.add_account(balance="10.00")
    phone = world.phone()
    await phone.connects(account.key)
    for nth, country in enumerate(("de", "us", "fr", "nl", "gb", "ru")):
        world.px6.add_proxy(account.key, country=country, comment=f"c{nth}", ends_in=timedelta(days=9))
    for more, pages in ((False, []), (True, ["1/2"])):
        if more:
            world.px6.add_proxy(account.key, country="pl", comment="c6", ends_in=timedelta(days=9))
        for filtered in ("Country", "Comment"):
            await phone.says("/proxies")
            await phone.taps("Filter")
            await phone.taps(filtered)
            assert [label for label in await phone.labels() if "/" in label] == pages, filtered


async def test_the_first_page_of_a_long_list_stands_until_px6_has_listed_the_others(world: World) -> None:
    phone, listing = world.phone(), "px6 is still listing the others."
    await phone.connects()
    for _ in range(1_000):
        world.px6.add_proxy(world.key, ends_in=timedelta(days=60))
    for command, first, whole in (
        ("/proxies", "My proxies · 1,000 active · page 1 of 167\n", "My proxies · 1,014 active · page 1 of 169\n"),
        ("/start", "1,000 active proxies\n", "1,014 active proxies, "),
    ):
        before = len(world.telegram.requests)
        assert whole in await phone.says(command)
        shown = [call.params["text"] for call in list(world.telegram.requests)[before:] if "text" in call.params]
        assert len(shown) == 2 and first in shown[0] and whole in shown[1]
    assert shown[0].split("\n")[1:] == ["1,000 active proxies", listing], "which ends next is not known yet"
    assert listing not in shown[1]
