"""Updates by webhook: who may deliver, what each delivery is answered, and when."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from bot import webhook
from bot.updates import KINDS
from bot.webhook import MOST_BYTES, SECRET_HEADER, album_number
from tests.bot.deliveries import Answered, Deliverer, message
from tests.world import World, new_world, world_without_bot

OK = Answered(200, None)


@pytest.fixture
async def hooked(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot has set its webhook."""
    async with new_world(tmp_path, webhook=True) as world:
        await set_up(world)
        yield world


async def set_up(world: World) -> None:
    await world.until(lambda: bool(bot_of(world).webhook.url))


def bot_of(world: World) -> Any:
    return world.telegram.bot(world.settings.bot_token.get_secret_value())


def asked(world: World, method: str) -> list[dict[str, Any]]:
    return [call.params for call in world.telegram.requests if call.method == method]


def sent(world: World) -> list[str]:
    return [str(call.params["text"]) for call in world.telegram.requests if call.method == "sendmessage"]


def lines(caplog: pytest.LogCaptureFixture, *loggers: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name in loggers]


async def test_the_bot_has_telegram_deliver_what_it_wants_and_never_drops_what_waits(hooked: World) -> None:
    [given] = asked(hooked, "setwebhook")
    assert (given["url"], given["secret_token"]) == (hooked.settings.webhook_url, hooked.settings.webhook_proof)
    assert json.loads(given["allowed_updates"]) == list(KINDS)
    assert (given["max_connections"], given["drop_pending_updates"]) == ("100", "false")
    assert bot_of(hooked).updates.allowed == sorted(KINDS)
    assert not asked(hooked, "getupdates") and not asked(hooked, "deletewebhook")
    assert (await hooked.phone().says("/help")).startswith("What I can do")


@pytest.mark.parametrize("secret", [None, "", "wrong", "short", "longer", "ünlesbar"])
async def test_without_the_secret_it_is_401_and_nothing_is_handled(hooked: World, secret: str | None) -> None:
    right = hooked.settings.webhook_proof
    given = {"short": right[:-1], "longer": right + "x"}.get(secret or "", secret)
    answer = await Deliverer(hooked).post(message("/help"), {} if given is None else {SECRET_HEADER: given})
    assert answer == Answered(401, None)
    assert await Deliverer(hooked).post(message("/start")) == OK
    await hooked.quiet()
    assert len(sent(hooked)) == 1, "the one with the secret"


async def test_a_secret_of_the_owners_own_is_the_one_that_counts(tmp_path: Path) -> None:
    async with new_world(tmp_path, webhook=True, webhook_secret="the-owners-own_secret") as world:
        await set_up(world)
        assert (await world.phone().says("/help")).startswith("What I can do")
        derived = world.settings.model_copy(update={"webhook_secret": type(world.settings.webhook_secret)("")})
        assert (await Deliverer(world).post(message("/help"), {SECRET_HEADER: derived.webhook_proof})).status == 401


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """Without a length that could be looked at before."""
    for begin in range(0, len(body), 65_536):
        yield body[begin : begin + 65_536]


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
async def test_a_body_of_more_than_a_megabyte_is_refused(hooked: World, more: int, status: int) -> None:
    for chunked in (False, True):
        body = json.dumps(message("/help")).encode().ljust(MOST_BYTES + more)
        assert (await Deliverer(hooked).post(in_chunks(body) if chunked else body)).status == status
    await hooked.quiet()
    assert len(sent(hooked)) == (0 if more else 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        [message("/help")],
        {},
        {"message": message("/help")["message"]},
        message("/help") | {"update_id": "7"},
        message("/help") | {"update_id": True},
        message("/help") | {"update_id": 7.0},
        message("/help") | {"update_id": 0},
        message("/help") | {"update_id": 2**63 - 1},
    ],
)
async def test_what_is_no_update_is_400(hooked: World, body: Any) -> None:
    assert (await Deliverer(hooked).post(body)).status == 400
    await hooked.quiet()
    assert not sent(hooked)


async def test_a_body_that_does_not_come_is_given_up(hooked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert (await Deliverer(hooked).post(stuck())).status == 408


@pytest.mark.parametrize("length", ["Content-Length: 100", "Transfer-Encoding: chunked"])
async def test_a_body_whose_connection_ends_is_no_error_of_ours(
    hooked: World, caplog: pytest.LogCaptureFixture, length: str
) -> None:
    assert hooked.settings.listens_at is not None
    begun, answers = asyncio.Event(), list[int]()

    async def noted(request: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        answer = await receive(request)
        answers.append(answer.status)
        return answer

    receive = hooked.app.http._handlers["POST", "/telegram"]
    hooked.app.http.serve("POST", "/telegram", noted)
    _, writer = await asyncio.open_connection(*hooked.settings.listens_at)
    head = f"POST /telegram HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {hooked.settings.webhook_proof}\r\n"
    writer.write(f"{head}{length}\r\n\r\n5\r\n12345\r\n".encode())
    await begun.wait()
    writer.close()
    await hooked.until(lambda: bool(answers))
    assert answers == [400]
    assert not lines(caplog, "bot.http_server", "aiohttp.server")


async def test_a_body_whose_chunks_cannot_be_told_apart_is_400(hooked: World) -> None:
    """Said by the parser of aiohttp that is written in Python; the other one ends the connection."""
    body = StreamReader(BaseProtocol(asyncio.get_running_loop()), 1024, loop=asyncio.get_running_loop())
    body.set_exception(web.RequestPayloadError("never logged"))
    headers = {SECRET_HEADER: hooked.settings.webhook_proof}
    intake: Any = hooked.app.intake
    assert (await intake.receive(make_mocked_request("POST", "/telegram", headers, payload=body))).status == 400


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
@pytest.mark.parametrize("right", [True, False])
async def test_what_is_not_compressed_as_it_says_is_no_error_of_ours(
    hooked: World, caplog: pytest.LogCaptureFixture, encoding: str, right: bool
) -> None:
    """Without the secret it is not even looked at."""
    proof = hooked.settings.webhook_proof if right else "wrong"
    answer = await Deliverer(hooked).post(b"abcde", {SECRET_HEADER: proof, "Content-Encoding": encoding})
    assert answer.status == (400 if right else 401)
    assert await Deliverer(hooked).post(message("/start")) == OK
    await hooked.quiet()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": {"message_id": "hunter2"}}, "message, is skipped: it cannot be read at message.message_id"),
        ({"hologram": {"text": "hunter2"}}, "is skipped: hologram was not asked for"),
        ({}, "is skipped: nothing was not asked for"),
        ({"message": message("half of a pair: \ud83d")["message"]}, "message, is skipped: it cannot be read"),
    ],
)
async def test_what_cannot_be_read_is_200_and_one_line_however_often_it_comes(
    hooked: World, caplog: pytest.LogCaptureFixture, body: dict[str, Any], said: str
) -> None:
    caplog.set_level(logging.INFO)
    update = {"update_id": message("")["update_id"], **body}
    for _ in range(3):
        assert await Deliverer(hooked).post(update) == OK
    [line] = lines(caplog, "bot.updates")
    assert said in line and "hunter2" not in caplog.text
    kind = "message" if "message" in body else "other"
    counted = hooked.app.metrics.registry.get_sample_value(
        "px6_bot_updates_total", {"kind": kind, "outcome": "unreadable"}
    )
    assert counted == 1


async def test_without_an_update_for_hours_the_bot_is_ready_once_telegram_knows_the_address(hooked: World) -> None:
    readiness = hooked.app.readiness
    await hooked.until(lambda: hooked.app.intake.is_connected)
    assert readiness.update.at is None
    assert not hooked.app.intake.stands_by, "deliveries come to it, whoever else runs"
    hooked.move(timedelta(hours=3))
    await hooked.sweep()
    state = await readiness.state()
    assert (state["ready"], state["last_poll"], state["last_update"]) == (True, None, None)
    assert await Deliverer(hooked).post(message("/help")) == OK
    assert readiness.update.at is not None


async def test_a_bot_whose_address_telegram_does_not_take_is_not_ready(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world:
        world.telegram.fail("setWebhook", 400, times=1000, description="bad webhook: no such host")
        async with world.running_bot():
            await world.until(lambda: any(call.method == "setwebhook" for call in world.telegram.requests))
            assert (await world.app.readiness.state())["reasons"] == [
                "Telegram has not been told yet where to deliver updates"
            ]


async def test_what_is_delivered_again_is_handled_once(hooked: World) -> None:
    """Telegram has not heard the first answer."""
    update = message("/help")
    assert [await Deliverer(hooked).post(update) for _ in range(3)] == [OK] * 3
    await hooked.quiet()
    assert len(sent(hooked)) == 1


async def test_one_that_is_delivered_again_while_it_is_handled_waits_for_the_same_answer(hooked: World) -> None:
    update, deliver = message(f"/key {hooked.key}"), Deliverer(hooked)
    with hooked.held(""):
        first = deliver.begin(update)
        await hooked.until(lambda: len(hooked.asked("")) == 1)
        second = deliver.begin(update)
        done, _ = await asyncio.wait((first, second), timeout=0.1)
        assert not done, "whether the key is taken is not known yet"
    assert (await first, await second) == (OK, OK)
    await hooked.quiet()
    assert len(hooked.asked("")) == 1


async def test_what_changes_nothing_is_answered_before_it_is_handled(hooked: World) -> None:
    phone = hooked.phone()
    await phone.connects()
    before, said = len(hooked.asked("getproxy")), len(sent(hooked))
    with hooked.held("getproxy"):
        assert await Deliverer(hooked).post(message("/proxies")) == OK
        await hooked.until(lambda: len(hooked.asked("getproxy")) > before)
        assert len(sent(hooked)) == said, "px6 has not answered yet"
    await hooked.quiet()
    assert (await phone.reads()).startswith("My proxies")


async def test_what_changes_something_is_answered_once_that_is_on_disk_and_others_do_not_wait(hooked: World) -> None:
    """px6 keeps silent when its list is read, which comes before anything is written."""
    anna, boris = hooked.phone(), hooked.phone(1002)
    await anna.connects()
    one = hooked.px6.add_proxy(hooked.key, ends_in=timedelta(days=9)).id
    await anna.says(f"/delete {one}")
    before = len(hooked.asked("getproxy"))
    with hooked.held("getproxy"):
        tapping = asyncio.ensure_future(anna.taps("Delete 1 proxy"))
        await hooked.until(lambda: len(hooked.asked("getproxy")) > before)
        await hooked.post("/people/1002/messages", {"text": "/nonsense"})
        await hooked.until(lambda: any("no such command" in text for text in sent(hooked)))
        await hooked.until(lambda: len(bot_of(hooked).updates) == 1)  # that tap stays with Telegram
        assert not hooked.rows("SELECT 1 FROM deletions"), "nothing is on disk"
    await tapping
    assert len(bot_of(hooked).updates) == 0
    assert "no such command" in await boris.reads()
    assert one not in hooked.px6.account(hooked.key).proxies


async def test_a_slow_screen_holds_back_no_next_tap_of_the_same_person(hooked: World) -> None:
    """The switch is on disk; the screen that shows it waits for px6."""
    phone = hooked.phone()
    await phone.connects()
    await phone.says("/start")
    home = (await phone.screen())["message_id"]
    await phone.says("/reminders")
    before = len(hooked.asked("getproxy"))
    with hooked.held("getproxy"):
        slow = asyncio.ensure_future(phone.taps("Switch off"))
        await hooked.until(lambda: len(hooked.asked("getproxy")) > before)
        edited = len(asked(hooked, "editmessagetext"))
        await hooked.post("/people/1001/taps", {"message_id": home, "data": "open:help"})
        await hooked.until(lambda: len(asked(hooked, "editmessagetext")) > edited)
        assert asked(hooked, "editmessagetext")[edited]["text"].startswith("What I can do")
        assert not slow.done()
    await slow
    assert hooked.rows("SELECT json_extract(habits, '$.on') FROM habits") == [(0,)]


async def test_messages_of_one_person_are_answered_in_their_order(hooked: World) -> None:
    phone = hooked.phone()
    await phone.connects()
    said = [f"/price {count} 30" for count in range(1, 9)]
    for text in said:
        await hooked.post("/people/1001/messages", {"text": text})
    await hooked.quiet()
    answers = [text.splitlines()[0] for text in (await phone.texts())[-len(said) :]]
    assert [f"{count} " in answer for count, answer in enumerate(answers, 1)] == [True] * len(said), answers


async def test_a_fault_of_ours_before_the_turn_keeps_no_later_delivery_waiting(
    hooked: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Any) -> bool:
        raise RuntimeError("never logged")

    update = message("/help")
    with monkeypatch.context() as patch:
        patch.setattr(webhook, "is_durable", fails)
        assert (await Deliverer(hooked).post(update)).status == 500
    assert await Deliverer(hooked).post(update) == OK
    await hooked.quiet()
    assert len(sent(hooked)) == 1
    assert lines(caplog, "bot.http_server") == ["A request over HTTP could not be answered"]


async def test_a_fault_of_ours_in_a_turn_is_200_so_that_it_does_not_come_for_ever(
    hooked: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("never logged")

    phone = hooked.phone()
    await phone.connects()
    await phone.says("/language")
    monkeypatch.setattr(hooked.app.dispatcher, "feed_update", fails)
    await hooked.post("/people/1001/messages", {"text": "an answer to nothing"})
    await hooked.quiet()
    [line] = lines(caplog, "bot.webhook")
    assert line.startswith("Update ") and line.endswith("could not be handled")


def test_an_album_has_a_number_of_its_own_that_no_update_has() -> None:
    """Else an update of somebody would count as taken, and never be handled."""
    numbers = [album_number(chat, str(album)) for chat in (1001, 1002) for album in range(50)]
    assert len(set(numbers)) == 100
    assert all(-(2**63) <= number < 0 for number in numbers), "a column holds it"
