"""The wiring: opens the database and the sessions, gives each part what it needs, and closes all in reverse order."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import handlers.entry.aiogram_import  # noqa: F401 - before aiogram

# isort: split
from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer

from bot.app import App, Clock, Publish, utc_now
from bot.asking import asking_px6, asking_telegram
from bot.error_watch import watched_errors
from bot.http_server import HttpServer
from bot.master_keys import keyring_of
from bot.menus import publish_menus
from bot.metrics import Metrics
from bot.readiness import SHORTEST_SWEEP, SWEEPS_MISSED, Readiness
from bot.request_counting import RequestCounting
from bot.request_pacing import CHAT_BURST, CHAT_SECONDS, RequestPacing
from bot.request_topics import RequestTopics
from bot.settings import Settings
from bot.start_line import mode_of
from bot.telegram_reach import TelegramReach
from bot.telegram_session import TelegramSession
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from handlers.notifications.board import TelegramBoardSender
from handlers.notifications.sender import TelegramSender
from handlers.operators.broadcast_sender import TelegramBroadcastSender
from handlers.operators.news import NewsSender
from handlers.orders.outcome_sender import OutcomeSender
from handlers.proxies.delete import DeletionOutcomeSender
from px6 import CallObserver, Px6Error, Px6Pool, is_silence
from services.account.access import Access
from services.account.accounts import Accounts
from services.account.bindings import Bindings
from services.account.colleagues import Colleagues
from services.account.people import People
from services.account.several import SeveralAccounts
from services.account.shared_changes import SharedChanges
from services.backups import Backups
from services.bundle import Services
from services.ground.chat_pace import SharedChatPace
from services.ground.clock_steps import ClockSteps
from services.ground.leases import Leases, LocalLeases
from services.ground.presence import Presence, SharedLeases
from services.ground.px6_limit import SharedThrottles
from services.ground.shared_messages import SharedMessages
from services.ground.taken_updates import OnlyOne, SharedUpdates
from services.money.forecaster import Forecaster
from services.notifications.boards import Boards
from services.notifications.colleague_news import ColleagueNewsDelivery
from services.notifications.line import Line
from services.operators.broadcasts import Broadcasts
from services.operators.figures import FigureReader
from services.operators.maintenance import MaintenanceMode
from services.operators.reach import Reach
from services.operators.troubles import Troubles
from services.orders import Orders
from services.proxies.check_histories import CheckHistories
from services.proxies.checks import Checks
from services.proxies.deletions import Deletions
from services.proxies.last_known import LastKnown
from services.proxies.lists import ProxyLists
from services.proxies.selections import Selections
from services.pruning import Pruning
from services.reminders.service import Reminders
from services.rules.service import Rules
from services.sweep import Sweep
from services.watching.health import HealthWatches
from services.watching.kept import KeptPayments
from services.watching.prices import PriceWatches
from services.watching.replacing import Replacements
from services.watching.stock import StockWatches
from services.workload import Workload
from storage import bots
from storage.engine.backups import BackupFolder
from storage.engine.database import Database
from storage.engine.maintenance import never

log = logging.getLogger(__name__)


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
        owner = None if adopt else settings.bot_id
        folder = BackupFolder(settings.backup_dir, settings.backup_keep) if settings.backup_dir else None
        save_first = folder.before_migration(clock(), stopped) if folder else None
        database = await Database.open(settings.database_url, keyring_of(settings), owner, save_first)
        stack.push_async_callback(database.close)
        await bots.belong(database, settings.bot_id, clock())
        presence = Presence(database, monotonic) if database.is_shared else None
        leases: Leases = LocalLeases() if presence is None else SharedLeases(presence)
        throttles = None
        if presence is not None:
            await stack.enter_async_context(presence.present())
            throttles = SharedThrottles(database, presence, settings.bot_token.get_secret_value())
        px6_reach, telegram_reach, polls_reach = (Reach(clock, monotonic) for _ in range(3))
        metrics = Metrics(monotonic, mode_of(settings))
        changes = SharedChanges(database)
        pool = new_pool(
            settings.px6_api_urls,
            proxies=settings.px6_proxies,
            timeout=settings.px6_timeout_seconds,
            scope=settings.px6_rate_scope,
            observer=px6_observer(metrics, px6_reach),
            new_throttle=throttles,
            changed=changes.tell if database.is_shared else None,
        )
        stack.push_async_callback(pool.close)
        pacing = new_pacing()
        if presence is not None:
            share_pace(pacing, database, presence, settings)
        bot = telegram_bot(settings, pacing, metrics, TelegramReach(telegram_reach.note, polls_reach.note))
        stack.push_async_callback(bot.session.close)
        background, secret = BackgroundTasks(), settings.bot_token.get_secret_value()
        edit_rights = EditRights(SharedMessages(database, presence, leases, secret) if presence is not None else None)
        access = Access(settings.allowed_user_ids, settings.admin_user_ids)
        try_to_write, polls = database.can_be_written, not settings.webhook_url
        readiness = Readiness(clock, monotonic, try_to_write, settings.sync_seconds, polls=polls)
        people = People(database, clock)
        accounts = Accounts(database, pool, people, clock, changes)
        colleagues = Colleagues(database, clock)
        outcomes = OutcomeSender(
            bot,
            people,
            accounts,
            edit_rights,
            clock,
            settings.px6_site_url,
            pacing.pauses.left,
            colleagues,
            lambda person: reminders.is_quiet(person),
        )
        orders = Orders(
            database,
            accounts,
            clock,
            outcomes,
            settle_seconds=settings.settle_seconds,
            patience=settings.px6_timeout_seconds,
            monotonic=monotonic,
            hear_outcome=metrics.payment_ended,
            leases=leases,
            send_copy=outcomes.to_owner,
        )
        stack.push_async_callback(orders.close)
        known = LastKnown(database, clock, lambda: px6_reach.failing_since, background.start)
        sender = TelegramSender(
            bot,
            settings.px6_site_url,
            metrics.message_sent,
            pacing.room_for_own,
            pacing.turn_of_own,
            people.note_message,
            edit_rights,
        )
        line = Line(sender.ask, monotonic)
        reminders, rules = Reminders(database, accounts, orders, clock), Rules(database, orders, sender, line, clock)
        kept = KeptPayments(database, orders, sender, line, clock)
        stock = StockWatches(
            database, people, accounts, sender, line, access, clock, lambda: background.stopping, orders=orders
        )
        replacing = Replacements(database, orders, sender, line, clock)
        histories = CheckHistories(database, clock)
        health = HealthWatches(
            database,
            people,
            accounts,
            histories,
            sender,
            line,
            access,
            clock,
            lambda: background.stopping,
            background.start,
            leases,
        )
        price_watches = PriceWatches(
            database, people, accounts, sender, line, access, clock, lambda: background.stopping
        )
        forecaster = Forecaster(database, orders, clock)
        boards = Boards(database, TelegramBoardSender(bot, pacing.turn_of_own, people.note_message), line, clock)
        sweep = Sweep(
            database,
            people,
            accounts,
            orders,
            reminders,
            rules,
            kept,
            replacing,
            boards,
            forecaster,
            sender,
            line,
            access,
            clock,
            lambda: background.stopping,
            background.start,
            readiness.sweep.note,
            leases,
        )
        orders.hear_told(lambda confirmation_id: background.start(sweep.endings.edit_due(confirmation_id)))
        backups = Backups(
            database, folder, timedelta(hours=settings.backup_every_hours), clock, lambda: background.stopping, leases
        )
        troubles = Troubles(
            database,
            access,
            backups.last_now,
            (px6_reach, asking_px6(pool)),
            (telegram_reach, asking_telegram(sender)),
            polls_reach,
            NewsSender(bot, people),
            clock,
            monotonic,
            presence,
        )
        stack.enter_context(watched_errors(troubles.note_error))
        services = Services(
            people,
            accounts,
            SeveralAccounts(database, pool, clock),
            colleagues,
            ColleagueNewsDelivery(database, people, accounts, sender, line, clock),
            Bindings(database, accounts, clock),
            orders,
            Selections(database, clock),
            ProxyLists(monotonic),
            known,
            Checks(presence),
            histories,
            Deletions(
                database,
                accounts,
                clock,
                DeletionOutcomeSender(bot, people),
                background.start,
                monotonic,
                leases,
                settings.px6_timeout_seconds,
                known.gone,
            ),
            reminders,
            rules,
            boards,
            kept,
            stock,
            health,
            replacing,
            price_watches,
            forecaster,
            sweep,
            backups,
            Pruning(database, timedelta(days=settings.history_days), clock, monotonic, lambda: background.stopping),
            access,
            MaintenanceMode(database, clock),
            Broadcasts(
                database,
                people,
                access,
                TelegramBroadcastSender(bot, people, pacing.room_for_background),
                clock,
                lambda: background.stopping,
                monotonic,
            ),
            FigureReader(database, access, clock, px6_reach, telegram_reach, late_after(settings)),
            troubles,
            clock,
            settings.px6_site_url,
        )
        steps = ClockSteps(database, clock, monotonic)
        yield App(
            settings,
            services,
            bot,
            background,
            edit_rights,
            access,
            steps,
            monotonic,
            publish,
            http,
            try_to_write,
            readiness,
            metrics,
            Workload(database, access, clock),
            presence,
            OnlyOne() if presence is None else SharedUpdates(database, presence),
        )


def share_pace(pacing: RequestPacing, database: Database, presence: Presence, settings: Settings) -> None:
    """All processes together send as much as one may alone."""
    pacing.processes = lambda: presence.living
    apart = timedelta(seconds=CHAT_SECONDS)
    secret = settings.bot_token.get_secret_value()
    pacing.take_in_chat = SharedChatPace(database, presence, secret, apart, (CHAT_BURST - 1) * apart)


def late_after(settings: Settings) -> timedelta:
    """How long an account may be due before something is wrong, as for `/readyz`."""
    return timedelta(seconds=SWEEPS_MISSED * max(settings.sync_seconds, SHORTEST_SWEEP))


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
