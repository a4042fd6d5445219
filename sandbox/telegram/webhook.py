"""Delivering updates to webhooks: queues, secret, retries, and replies that are calls themselves.

Source: tdlib/telegram-bot-api, `WebhookActor.cpp`; which update belongs to which queue: `Client.cpp`.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import aiohttp
import msgspec

from sandbox.telegram.arguments import Arguments
from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.bots import Bot, Webhook
from sandbox.telegram.errors import Refusal
from sandbox.telegram.state import TelegramState
from sandbox.telegram.updates import Update

TIMEOUT_SECONDS = 60.0
LONGEST_PAUSE = 60.0  # seconds; the real one takes up to twice that, by chance
LONGEST_RETRY_AFTER = 3600.0
GONE_SECONDS = 23 * 3600.0  # of nothing but 410, after which the webhook is removed
LOOKS_EVERY = 0.05  # real seconds, while something is to be repeated later: the clock may have been moved
NOT_BY_REPLY = ("get", "setwebhook", "deletewebhook", "close", "logout")  # methods begin so
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a delivery has failed. `retry_after`: for how many seconds the bot does not want it again; 0: not said."""

    text: str
    retry_after: float = 0.0
    gone: bool = False


class Deliveries:
    """A courier for each bot that has ever set a webhook."""

    def __init__(self, state: TelegramState, api: BotApi) -> None:
        self._state, self._api = state, api
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._http: aiohttp.ClientSession | None = None

    def watch(self, bot: Bot) -> None:
        """Start delivering once the bot sets a webhook."""
        if bot.id not in self._tasks:
            courier = Courier(self._state, self._api, bot, self._session())
            # The task lives until close(), which cancels and awaits it.
            self._tasks[bot.id] = asyncio.get_running_loop().create_task(courier.run())

    async def close(self) -> None:
        """Stop all deliveries."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._http = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        return self._http


class Courier:
    """Delivers the updates of one bot: of each queue one at a time, of all queues as many as the bot has allowed.

    A failed delivery is repeated at once, then after 2, 4, 8 … seconds of the state's clock, or when `Retry-After`
    says. One that would be repeated only after it has expired is dropped.
    """

    def __init__(self, state: TelegramState, api: BotApi, bot: Bot, http: aiohttp.ClientSession) -> None:
        self._state, self._api, self._bot, self._http = state, api, bot, http
        self._news = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._gone_since: float | None = None

    async def run(self) -> None:
        """Deliver until it is cancelled."""
        stop = self._bot.updates.listen(self._news.set)
        self._bot.webhook_changed.append(self._begin_anew)
        self._bot.rests = self._rests
        try:
            while True:
                self._news.clear()
                await self._wait(later=self._begin_what_is_due())
        finally:
            stop()
            self._bot.webhook_changed.remove(self._begin_anew)
            self._end_all()

    def _begin_anew(self) -> None:
        """The webhook was changed: answers to the old one count no more."""
        self._end_all()
        self._bot.updates.attempts.clear()
        self._gone_since = None
        self._news.set()

    def _end_all(self) -> None:
        for task in self._under_way.values():
            task.cancel()
        self._under_way.clear()

    def _rests(self, open_ones: int) -> bool:
        """Whether nothing may leave before something happens, and at most so many deliveries have no answer yet."""
        return not self._news.is_set() and len(self._under_way) <= open_ones and not self._what_is_due()[0]

    def _begin_what_is_due(self) -> bool:
        """Begin every delivery that may leave now; whether another one is to leave later, by the clock."""
        due, later = self._what_is_due()
        for update in due:
            self._begin(self._bot.webhook, update)
        return later

    def _what_is_due(self) -> tuple[list[Update], bool]:
        """Every update that may leave now, and whether another one is to leave later."""
        webhook, now, later = self._bot.webhook, self._state.timestamp(), False
        due = list[Update]()
        if not webhook.url:
            return due, False
        loaded = self._bot.updates.waiting(2 * webhook.max_connections)
        busy = {update.queue for update in loaded if update.update_id in self._under_way}
        for update in loaded:
            if update.queue in busy or len(self._under_way) + len(due) >= webhook.max_connections:
                continue
            busy.add(update.queue)  # whatever is behind this one waits for it
            if self._bot.updates.attempt(update).due > now:
                later = True
                continue
            due.append(update)
        return due, later

    def _begin(self, webhook: Webhook, update: Update) -> None:
        # The task stands in the table until it ends, or until it is cancelled by the end of all.
        task = asyncio.get_running_loop().create_task(self._deliver(webhook, update))
        self._under_way[update.update_id] = task
        task.add_done_callback(lambda _: self._ended(update, task))

    def _ended(self, update: Update, task: asyncio.Task[None]) -> None:
        if self._under_way.get(update.update_id) is task:
            del self._under_way[update.update_id]
        self._news.set()

    async def _wait(self, *, later: bool) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), LOOKS_EVERY if later else None)

    async def _deliver(self, webhook: Webhook, update: Update) -> None:
        problem = await self._send(webhook, update)
        if problem is None:
            self._gone_since = None
            self._bot.updates.confirm(update)
            return
        now = self._state.timestamp()
        webhook.last_error_date, webhook.last_error = int(now), problem.text
        self._put_off(update, problem, now)
        self._note_gone(problem, now)

    def _put_off(self, update: Update, problem: Problem, now: float) -> None:
        attempt = self._bot.updates.attempt(update)
        pause = min(problem.retry_after, LONGEST_RETRY_AFTER)
        if not pause and attempt.failures:
            pause = attempt.pause = min(LONGEST_PAUSE, attempt.pause * 2)
        attempt.failures += 1
        attempt.due = now + pause
        if attempt.due > update.expires:
            self._bot.updates.confirm(update)

    def _note_gone(self, problem: Problem, now: float) -> None:
        """A bot that says 410 for a day, and nothing else, does not want a webhook."""
        if not problem.gone:
            self._gone_since = None
            return
        self._gone_since = now if self._gone_since is None else self._gone_since
        if now > self._gone_since + GONE_SECONDS:
            self._bot.webhook = Webhook()
            self._news.set()

    async def _send(self, webhook: Webhook, update: Update) -> Problem | None:
        """Post an update; the answer is what went wrong, or None."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        body = msgspec.json.encode(update.as_json())
        try:
            async with self._http.post(webhook.url, data=body, headers=headers, allow_redirects=False) as response:
                answer = await response.read()
        except TimeoutError:
            return Problem("Read timeout expired")
        except aiohttp.ClientConnectorError:
            return Problem("Connection refused")
        except aiohttp.ClientError:
            return Problem("Webhook connection closed")
        if not 200 <= response.status < 300:
            return wrong_response(response)
        await self._carry_out(answer)
        return None

    async def _carry_out(self, answer: bytes) -> None:
        """A reply with `method` in it is a call; its result goes nowhere, its refusal into the list."""
        try:
            values = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            return  # any other answer than JSON with a method is a plain "taken"
        if not isinstance(values, dict) or not isinstance(values.get("method"), str):
            return
        name = values.pop("method").lower()
        if name.startswith(NOT_BY_REPLY):
            return
        try:
            await self._api.run(self._bot, name, Arguments(values))
        except Refusal as refusal:
            self._state.refused(self._bot.id, name, values, refusal)


def wrong_response(response: aiohttp.ClientResponse) -> Problem:
    """A status that is no success, as `getWebhookInfo` tells it."""
    after = response.headers.get("Retry-After", "")
    return Problem(
        f"Wrong response from the webhook: {response.status} {response.reason}",
        float(after) if after.isdecimal() else 0.0,
        response.status == 410,
    )
