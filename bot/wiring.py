"""The wiring: opens the database and the sessions, makes the app of them, and closes all in reverse order."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import handlers.entry.aiogram_import  # noqa: F401 - before aiogram

# isort: split
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer

from bot.app import App, Clock, Publish, utc_now
from bot.error_watch import watched_errors
from bot.http_server import HttpServer
from bot.master_keys import keyring_of
from bot.menus import publish_menus
from bot.metrics import Metrics
from bot.readiness import Readiness
from bot.request_counting import RequestCounting
from bot.request_pacing import CHAT_BURST, CHAT_SECONDS, RequestPacing
from bot.request_topics import RequestTopics
from bot.service_wiring import ServiceWiring
from bot.settings import Settings
from bot.start_line import mode_of
from bot.telegram_reach import TelegramReach
from bot.telegram_session import TelegramSession
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from px6 import CallObserver, Px6Error, Px6Pool, is_silence
from services.account.access import Access
from services.account.shared_changes import SharedChanges
from services.ground.chat_pace import SharedChatPace
from services.ground.clock_steps import ClockSteps
from services.ground.leases import Leases, LocalLeases
from services.ground.presence import Presence, SharedLeases
from services.ground.px6_limit import SharedThrottles
from services.ground.shared_messages import SharedMessages
from services.ground.taken_updates import OnlyOne, SharedUpdates
from services.operators.reach import Reach
from services.workload import Workload
from storage import bots
from storage.engine.backups import BackupFolder
from storage.engine.database import Database
from storage.engine.database_tools import never


@asynccontextmanager
async def wired(
    settings: Settings,
    clock: Clock = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    new_pool: Callable[..., Px6Pool] = Px6Pool,
    new_pacing: Callable[[], RequestPacing] = RequestPacing,
    publish: Publish = publish_menus,
    *,
    adopt: bool = False,
    stopped: Callable[[], bool] = never,
) -> AsyncIterator[App]:
    """The bot, wired and not yet polling, until the block ends.

    `adopt`: takes over a database that another bot has used; without it, StorageError for such a database. `stopped`
    gives up the backup before a migration, with Stopped: nothing was migrated.
    """
    async with AsyncExitStack() as stack:
        http = HttpServer()
        if settings.listens_at is not None:  # before all else: an address that is taken must not migrate a database
            await stack.enter_async_context(http.listening(*settings.listens_at))
        folder = BackupFolder(settings.backup_dir, settings.backup_keep) if settings.backup_dir else None
        save_first = folder.before_migration(clock(), stopped) if folder else None
        owner = None if adopt else settings.bot_id
        database = await Database.open(settings.database_url, keyring_of(settings), owner, save_first)
        stack.push_async_callback(database.close)
        await bots.belong(database, settings.bot_id, clock())
        presence = Presence(database, monotonic) if database.is_shared else None
        leases: Leases = LocalLeases() if presence is None else SharedLeases(presence)
        if presence is not None:
            await stack.enter_async_context(presence.present())
        px6_reach, telegram_reach, polls_reach = (Reach(clock, monotonic) for _ in range(3))
        metrics, changes = Metrics(monotonic, mode_of(settings)), SharedChanges(database)
        pool = px6_pool(new_pool, settings, database, presence, px6_observer(metrics, px6_reach), changes)
        stack.push_async_callback(pool.close)
        pacing = new_pacing()
        if presence is not None:
            share_pace(pacing, database, presence, settings)
        bot = telegram_bot(settings, pacing, metrics, TelegramReach(telegram_reach.note, polls_reach.note))
        stack.push_async_callback(bot.session.close)
        wiring = ServiceWiring(
            settings=settings,
            clock=clock,
            monotonic=monotonic,
            database=database,
            folder=folder,
            presence=presence,
            leases=leases,
            pool=pool,
            changes=changes,
            bot=bot,
            pacing=pacing,
            background=BackgroundTasks(),
            edit_rights=EditRights(shared_messages(settings, database, presence, leases)),
            access=Access(settings.allowed_user_ids, settings.admin_user_ids, clock),
            metrics=metrics,
            readiness=readiness_of(settings, clock, monotonic, database),
            px6_reach=px6_reach,
            telegram_reach=telegram_reach,
            polls_reach=polls_reach,
        )
        stack.push_async_callback(wiring.orders.close)
        stack.enter_context(watched_errors(wiring.troubles.note_error))
        yield app_of(wiring, publish, http)


def app_of(wiring: ServiceWiring, publish: Publish, http: HttpServer) -> App:
    """The app over its services. Where a payment is told, the reminders of others that it ends are edited at once."""
    database, background, presence = wiring.database, wiring.background, wiring.presence
    endings = wiring.sweep.endings
    wiring.orders.hear_told(lambda confirmation_id: background.start(endings.edit_due(confirmation_id)))
    return App(
        settings=wiring.settings,
        services=wiring.bundle(),
        bot=wiring.bot,
        background=background,
        edit_rights=wiring.edit_rights,
        access=wiring.access,
        steps=ClockSteps(database, wiring.clock, wiring.monotonic),
        monotonic=wiring.monotonic,
        publish=publish,
        http=http,
        try_to_write=database.can_be_written,
        readiness=wiring.readiness,
        metrics=wiring.metrics,
        workload=Workload(database, wiring.access, wiring.clock),
        presence=presence,
        updates=OnlyOne() if presence is None else SharedUpdates(database, presence),
    )


def px6_pool(
    new_pool: Callable[..., Px6Pool],
    settings: Settings,
    database: Database,
    presence: Presence | None,
    observer: CallObserver,
    changes: SharedChanges,
) -> Px6Pool:
    """The clients of px6, one for each key. Several processes share px6's limit, and tell each other of changes."""
    secret = settings.bot_token.get_secret_value()
    return new_pool(
        settings.px6_api_urls,
        proxies=settings.px6_proxies,
        timeout=settings.px6_timeout_seconds,
        scope=settings.px6_rate_scope,
        observer=observer,
        new_throttle=None if presence is None else SharedThrottles(database, presence, secret),
        changed=None if presence is None else changes.tell,
    )


def shared_messages(
    settings: Settings, database: Database, presence: Presence | None, leases: Leases
) -> SharedMessages | None:
    """Who may rewrite a message, where several processes may want to; None where there is one."""
    if presence is None:
        return None
    return SharedMessages(database, presence, leases, settings.bot_token.get_secret_value())


def readiness_of(settings: Settings, clock: Clock, monotonic: Callable[[], float], database: Database) -> Readiness:
    """Judges whether the bot does its work; by webhook no poll is waited for."""
    polls = not settings.webhook_url
    return Readiness(clock, monotonic, database.can_be_written, settings.sync_seconds, polls=polls)


def share_pace(pacing: RequestPacing, database: Database, presence: Presence, settings: Settings) -> None:
    """All processes together send as much as one may alone."""
    pacing.processes = lambda: presence.living
    apart = timedelta(seconds=CHAT_SECONDS)
    secret = settings.bot_token.get_secret_value()
    pacing.take_in_chat = SharedChatPace(database, presence, secret, apart, (CHAT_BURST - 1) * apart)


def px6_observer(metrics: Metrics, reach: Reach) -> CallObserver:
    """Hears of each request to px6: it is counted, and operators hear when px6 cannot be reached."""

    def observe(method: str, error: Px6Error | None, seconds: float) -> None:
        metrics.px6_answered(method, error, seconds)
        reach.note(not is_silence(error))

    return observe


def telegram_bot(settings: Settings, pacing: RequestPacing, metrics: Metrics, reach: TelegramReach) -> Bot:
    """aiogram's client of the Bot API, at the address and through the proxy of the settings, with our middlewares."""
    session = TelegramSession(
        api=TelegramAPIServer.from_base(settings.telegram_api_url),
        proxy=settings.telegram_proxy.get_secret_value() or None,
    )
    session.middleware(RequestTopics())
    session.middleware(pacing)
    session.middleware(reach)
    session.middleware(RequestCounting(metrics))  # innermost: it hears of each try
    return Bot(settings.bot_token.get_secret_value(), session=session)
