"""The page shows what a bot sends and sends what a person does. The bot is played by hand."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import expect

from sandbox.web import serve_page
from tests.browser.conftest import PHONE, SMALL, WIDE, Scene, Stage, greeted
from tests.browser.handbot import HandBot, keyboard
from tests.browser.handset import Handset

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERYTHING = """<b>Bold</b> <i>italic</i> <u>under</u> <s>struck</s> <tg-spoiler>the <b>secret</b></tg-spoiler>
<code>198.51.100.7:8080</code> <a href="https://example.com/x">a link</a> /help
<blockquote>one quoted line</blockquote>
<blockquote expandable>another</blockquote>
<blockquote expandable>1
2
3
4
the fifth line</blockquote>
<pre><code class="language-python">print("1 &lt; 2")</code></pre>
Ends <tg-time unix="1795560000" format="Dt">never</tg-time> 🇩🇪"""


async def test_a_fresh_chat_shows_the_description_and_start(scene: Scene) -> None:
    phone = await scene.stage.handset()
    await expect(phone.page.locator(".card")).to_contain_text("A bot that is played by hand.")
    await phone.page.get_by_role("button", name="Start").click()
    assert (await scene.bot.hears("message"))["text"] == "/start"
    await phone.sees("/start")


async def test_every_kind_of_entity_is_shown_and_does_what_it_promises(scene: Scene) -> None:
    phone = await greeted(scene)
    await scene.bot.says(1, EVERYTHING)
    text = phone.last.locator(".text")
    for tag, content in {"strong": "Bold", "em": "italic", "u": "under", "s": "struck"}.items():
        await expect(text.locator(f"> {tag}")).to_have_text(content)
    await expect(text).to_contain_text("Ends 24 November 2026 at 23:40")  # 22:40 UTC, seen in Berlin

    await expect(text.get_by_text("secret")).to_have_css("opacity", "1")
    spoiler = text.get_by_role("button", name="Reveal the hidden text")
    await spoiler.click()
    await expect(text.locator(".spoiler.open")).to_have_text("the secret")

    await text.get_by_role("button", name="Copy: 198.51.100.7:8080").click()
    await expect(phone.page.get_by_role("status")).to_have_text("Copied")
    assert await phone.page.evaluate("navigator.clipboard.readText()") == "198.51.100.7:8080"

    short, long = text.locator(".folding").first, text.locator(".folding").last
    await expect(short.get_by_role("button")).to_have_count(0)  # there is nothing more to show
    height = await long.evaluate("node => node.offsetHeight")
    await long.get_by_role("button", name="Show the whole quotation").click()
    assert await long.evaluate("node => node.offsetHeight") > height

    await text.get_by_role("button", name="/help").click()
    assert (await scene.bot.hears("message"))["text"] == "/help"


async def test_what_was_opened_is_hidden_again_when_the_message_says_something_else(scene: Scene) -> None:
    phone, bot = await greeted(scene), scene.bot
    secret = "<blockquote expandable>1\n2\n3\n4\n5</blockquote><tg-spoiler>{}</tg-spoiler>"
    message = await bot.says(1, secret.format("first password"))
    await phone.last.get_by_role("button", name="Reveal the hidden text").click()
    await phone.last.get_by_role("button", name="Show the whole quotation").click()
    await expect(phone.last.locator(".spoiler.open")).to_have_text("first password")
    await bot.calls(
        "editMessageText", chat_id=1, message_id=message, text=secret.format("second password"), parse_mode="HTML"
    )
    await expect(phone.last.locator(".spoiler")).to_have_text("second password")
    await expect(phone.last.locator(".spoiler.open, .folding.open")).to_have_count(0)


async def test_outside_text_is_never_taken_for_markup(scene: Scene) -> None:
    phone = await greeted(scene)
    await scene.bot.calls("sendMessage", chat_id=1, text="<img src=x onerror=alert(1)> & <b>not bold</b>")
    await phone.sees("<img src=x onerror=alert(1)> & <b>not bold</b>")
    assert await phone.page.locator(".text img, .text b").count() == 0


async def test_a_tapped_button_spins_until_answered_and_answers_are_toasts_and_alerts(scene: Scene) -> None:
    phone, bot = await greeted(scene), scene.bot
    rows = keyboard(
        [{"text": "Pay", "callback_data": "pay", "style": "success"}, {"text": "Erase", "callback_data": "erase"}]
    )
    message = await bot.says(1, "Select", reply_markup=rows)
    await phone.taps("Pay")
    await expect(phone.button("Pay")).to_have_attribute("aria-busy", "true")
    await bot.calls("answerCallbackQuery", callback_query_id=(await bot.hears("callback_query"))["id"], text="Paid")
    await expect(phone.page.get_by_role("status")).to_have_text("Paid")
    await expect(phone.button("Pay")).to_have_attribute("aria-busy", "false")

    await phone.taps("Erase")
    tap = await bot.hears("callback_query")
    await bot.calls("answerCallbackQuery", callback_query_id=tap["id"], text="Not possible", show_alert=True)
    await expect(phone.page.get_by_role("dialog")).to_contain_text("Not possible")
    await phone.page.get_by_role("button", name="OK").click()

    await bot.calls("editMessageText", chat_id=1, message_id=message, text="Done")
    await phone.sees("Done")
    await expect(phone.last.locator(".edited")).to_have_text("edited")


async def test_buttons_of_the_phone_itself_copy_and_ask_before_they_open(scene: Scene) -> None:
    phone = await greeted(scene)
    socks = "https://t.me/socks?server=198.51.100.7&port=1080&user=ann&pass=p%26w"
    await scene.bot.says(
        1,
        "Use it",
        reply_markup=keyboard(
            [{"text": "Copy", "copy_text": {"text": "198.51.100.7:1080"}}],
            [{"text": "In Telegram", "url": socks}],
            [{"text": "Site", "url": "https://example.com/a"}],
        ),
    )
    await phone.taps("Copy")
    assert await phone.page.evaluate("navigator.clipboard.readText()") == "198.51.100.7:1080"
    await phone.taps("In Telegram")
    await expect(phone.page.get_by_role("dialog")).to_contain_text("p&w")
    await phone.presses("Escape")
    await phone.taps("Site")
    await expect(phone.page.get_by_role("dialog")).to_contain_text("https://example.com/a")
    await phone.page.get_by_role("button", name="Cancel").click()
    await expect(phone.page.get_by_role("dialog")).to_have_count(0)


async def test_documents_download_and_photos_open(scene: Scene) -> None:
    phone = await greeted(scene)
    await scene.bot.sends_file(1, "document", "прокси.txt", b"198.51.100.7:8080", caption="All of them")
    await phone.sees("All of them")
    async with phone.page.expect_download() as starting:
        await phone.last.get_by_role("link", name="прокси.txt").click()
    download = await starting.value
    assert download.suggested_filename == "прокси.txt"
    assert (await download.path()).read_bytes() == b"198.51.100.7:8080"

    await scene.bot.sends_file(1, "photo", "chart.png", picture(), caption="A chart")
    await phone.sees("A chart")
    await phone.last.get_by_role("button", name="Open the picture").click()
    shown = phone.page.get_by_role("dialog").locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 64)
    assert await phone.page.get_by_role("dialog").locator("p").evaluate("node => node.offsetHeight") >= 40


def picture() -> bytes:
    content = BytesIO()
    Image.new("RGB", (64, 32), (40, 120, 200)).save(content, "PNG")
    return content.getvalue()


async def test_keyboards_of_the_bot_stand_in_for_typing_and_force_reply_replies(scene: Scene) -> None:
    phone, bot = await greeted(scene), scene.bot
    await bot.says(1, "Which?", reply_markup={"keyboard": [["One", "Two"]], "one_time_keyboard": True})
    await phone.page.get_by_role("button", name="Two").click()
    assert (await bot.hears("message"))["text"] == "Two"
    await expect(phone.page.locator(".reply-keyboard")).to_have_count(0)

    asked = await bot.says(1, "A comment?", reply_markup={"force_reply": True, "input_field_placeholder": "Any"})
    await expect(phone.field).to_be_focused()
    await phone.says("shop")
    assert (await bot.hears("message"))["reply_to_message"]["message_id"] == asked


async def test_a_person_is_picked_and_a_link_to_the_bot_begins_with_what_it_carries(scene: Scene) -> None:
    phone, bot = await greeted(scene), scene.bot
    pick = {"text": "Pick somebody", "request_users": {"request_id": 1, "request_name": True}}
    await bot.says(1, "Who?", reply_markup={"keyboard": [[pick]], "one_time_keyboard": True})
    await phone.page.get_by_role("button", name="Pick somebody").click()
    await phone.page.get_by_role("dialog").get_by_role("button", name="Person 2").click()
    assert (await bot.hears("message"))["users_shared"]["user_ids"] == [2]
    await expect(phone.last).to_contain_text("Person 2")

    username = (await bot.calls("getMe"))["username"]
    await bot.says(1, f'<a href="https://t.me/{username}?start=c0de">come</a>')
    await phone.last.get_by_text("come").click()
    await phone.page.get_by_role("dialog").get_by_role("button", name="Person 1").click()
    assert (await bot.hears("message"))["text"] == "/start c0de"


async def test_without_a_connection_nothing_typed_or_chosen_is_lost_and_the_phones_language_says_so(
    scene: Scene,
) -> None:
    phone = await greeted(scene, query="&lang=ru")
    await expect(phone.page).to_have_title("Человек 1 · Hand")
    toast = phone.page.get_by_role("status")
    for text in ("привет всем", "/help"):
        await phone.loses_connection(True)
        await phone.says(text)
        await expect(toast).to_have_text("нет соединения")
        await expect(phone.field).to_have_value(text)
        await phone.loses_connection(False)
        await phone.presses("Enter")
        assert (await scene.bot.hears("message"))["text"] == text
    box, composer = await toast.bounding_box(), await phone.page.locator(".composer").bounding_box()
    assert box
    assert composer
    assert box["y"] + box["height"] < composer["y"] / 3  # above what is chosen from, whatever is open


async def test_commands_are_offered_while_typing_and_in_the_menu(scene: Scene) -> None:
    phone = await greeted(scene)
    await phone.page.get_by_role("button", name="Commands").click()
    await expect(phone.page.get_by_role("option")).to_have_count(3)
    await phone.page.get_by_role("log").click(position={"x": 20, "y": 20})
    await expect(phone.page.get_by_role("option")).to_have_count(0)
    await phone.field.fill("/st")
    await expect(phone.page.get_by_role("option")).to_have_text(["/startbegin", "/stockproxies in stock"])
    await phone.presses("ArrowDown", "Enter")
    assert (await scene.bot.hears("message"))["text"] == "/stock"
    await phone.page.get_by_role("button", name="Commands").click()
    await phone.page.get_by_role("option", name="/help").click()
    assert (await scene.bot.hears("message"))["text"] == "/help"


async def test_blocking_restarting_deleting_and_typing(scene: Scene) -> None:
    phone, bot = await greeted(scene), scene.bot
    await bot.calls("sendChatAction", chat_id=1, action="typing")
    await expect(phone.page.locator(".status")).to_have_text("typing…")

    await phone.says("regretted")
    await phone.page.locator("article", has_text="regretted").click(button="right")
    await phone.page.get_by_role("button", name="Delete for both").click()
    await expect(phone.page.get_by_text("regretted")).to_have_count(0)

    await phone.page.get_by_role("button", name="Menu", exact=True).click()
    await phone.page.get_by_role("button", name="Block the bot").click()
    await phone.page.get_by_role("button", name="Restart").click()
    assert (await bot.hears("my_chat_member"))["new_chat_member"]["status"] == "kicked"
    assert (await bot.hears("message"))["text"] == "/start"


async def test_people_are_apart_and_the_language_of_a_phone_is_its_own(scene: Scene) -> None:
    ann, boris = await greeted(scene, user=1), await greeted(scene, user=2, locale="ru-RU")
    await scene.bot.says(1, "for Ann")
    await scene.bot.says(2, "для Бориса")
    await ann.sees("for Ann")
    await boris.sees("для Бориса")
    await expect(boris.field).to_have_attribute("placeholder", "Сообщение")
    assert await ann.page.get_by_text("для Бориса").count() == 0
    assert scene.sandbox.telegram.people[2].language_code == "ru"
    await expect(ann.page).to_have_title("Person 1 · Hand")
    await expect(boris.page).to_have_title("Человек 2 · Hand")
    await ann.page.get_by_role("button", name="Menu", exact=True).click()
    await expect(ann.page.get_by_role("dialog")).to_contain_text("Person 1")


async def test_another_bot_is_chatted_with_by_its_id(scene: Scene) -> None:
    async with HandBot.at(scene.sandbox.telegram_url, "4242:another-bot-of-somebody-else-0001") as other:
        await other.calls("setMyName", name="Other")
        stage = Stage(scene.stage.drawer, scene.stage.address, "&bot=4242", scene.stage.handsets)
        phone = await stage.handset()
        await phone.page.get_by_role("button", name="Start").click()
        assert (await other.hears("message"))["text"] == "/start"
        await other.says(1, "I am another")
        await phone.sees("I am another")
        await expect(phone.page.get_by_role("heading", level=1)).to_have_text("Other")


async def test_the_page_catches_up_after_the_server_was_away(scene: Scene) -> None:
    async with serve_page(scene.backstage) as address:
        port = int(address.rpartition(":")[2])
        phone = await greeted(scene, address=address)
    await expect(phone.page.locator(".status")).to_have_text("connecting…")
    await scene.bot.says(1, "said meanwhile")
    async with serve_page(scene.backstage, [port]):
        await phone.sees("said meanwhile")
        await expect(phone.page.locator(".status")).to_have_text("bot")
        await phone.page.goto("about:blank")
    phone.complaints = [each for each in phone.complaints if "ERR_CONNECTION" not in each and "ERR_INCOM" not in each]


async def test_the_keyboard_alone_suffices(scene: Scene) -> None:
    phone, bot = await scene.stage.handset(), scene.bot
    await phone.page.get_by_role("button", name="Start").focus()
    await phone.presses("Enter")
    await bot.hears("message")
    await bot.says(
        1,
        "Select <code>1</code> <code>2</code> <tg-spoiler>x</tg-spoiler>",
        reply_markup=keyboard([{"text": "Go", "callback_data": "go"}]),
    )
    await phone.sees("Select")
    await expect(phone.field).to_be_focused()
    await until_focused(phone, "Go", "Shift+Tab")
    await phone.presses("Enter")
    tap = await bot.hears("callback_query")
    await bot.calls("answerCallbackQuery", callback_query_id=tap["id"], text="Went", show_alert=True)
    await expect(phone.page.get_by_role("dialog")).to_contain_text("Went")
    await phone.presses("Enter")
    await expect(phone.button("Go")).to_be_focused()
    await until_focused(phone, "Copy: 1", "Shift+Tab")  # one stop for all that can be tapped in a text
    await phone.presses("ArrowRight", "ArrowRight", "Space")
    await expect(phone.last.locator(".spoiler.open")).to_have_count(1)
    await phone.page.get_by_role("log").focus()
    await phone.presses("ArrowUp", "Enter")
    await expect(phone.page.get_by_role("dialog")).to_contain_text("Reply")
    await phone.presses("Escape")


async def until_focused(phone: Handset, name: str, key: str) -> None:
    script = "document.activeElement.ariaLabel ?? document.activeElement.innerText"
    for _ in range(8):
        if name in await phone.page.evaluate(script):
            return
        await phone.presses(key)
        await asyncio.sleep(0)
    raise AssertionError(f"{name} cannot be reached with {key}")


async def test_nobody_is_kept_out_and_nothing_sticks_out(scene: Scene) -> None:
    phone = await greeted(scene)
    await scene.bot.says(1, EVERYTHING, reply_markup=all_styles())
    await phone.sees("Ends")
    for size in (SMALL, PHONE, WIDE):
        await phone.page.set_viewport_size(size)
        assert await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await phone.last.evaluate("node => node.getBoundingClientRect().right <= innerWidth")
    for target in (phone.last.locator(".fold"), phone.last.locator(".pre-head button")):
        box = await target.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["width"] >= 44
    for theme in ("light", "dark"):  # the wide page shows all that the narrow one does
        await phone.page.emulate_media(color_scheme=theme)
        assert await phone.problems() == []


def all_styles() -> dict[str, Any]:
    styles: list[dict[str, Any]] = [{"text": "Plain", "callback_data": "0"}]
    for style in ("primary", "success", "danger"):
        styles.append({"text": style.title(), "callback_data": style, "style": style})
    return keyboard(
        styles, [{"text": "A label that is much too long for one line of any phone", "callback_data": "1"}]
    )
