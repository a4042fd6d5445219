"""The services of a running bot: each is made when it is first asked for, and given what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import handlers.entry.aiogram_import  # noqa: F401 - before aiogram

# isort: split
from aiogram import Bot

from bot.app import Clock
from bot.asking import asking_px6, asking_telegram
from bot.metrics import Metrics
from bot.readiness import SHORTEST_SWEEP, SWEEPS_MISSED, Readiness
from bot.request_pacing import RequestPacing
from bot.settings import Settings
from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from handlers.notifications.board import TelegramBoardSender
from handlers.notifications.sender import TelegramSender
from handlers.operators.broadcast_sender import TelegramBroadcastSender
from handlers.operators.news import NewsSender
from handlers.orders.outcome_sender import OutcomeSender
from handlers.proxies.delete import DeletionOutcomeSender
from px6 import Px6Pool
from services.account.access import Access
from services.account.accounts import Accounts
from services.account.bindings import Bindings
from services.account.colleagues import Colleagues
from services.account.people import People
from services.account.several import SeveralAccounts
from services.account.shared_changes import SharedChanges
from services.backups import Backups
from services.bundle import Services
from services.ground.leases import Leases
from services.ground.presence import Presence
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
from services.watching.rounds import RoundNeeds
from services.watching.stock import StockWatches
from storage.engine.backups import BackupFolder
from storage.engine.database import Database


@dataclass(frozen=True)
class ServiceWiring:
    """What has been opened at the start, and the services that are made of it.

    `folder`: of the backups, if there are any. `presence`: among other processes, if there are any. The reaches hear
    whether px6 answers, whether Telegram answers, and whether it gives updates.
    """

    settings: Settings
    clock: Clock
    monotonic: Callable[[], float]
    database: Database
    folder: BackupFolder | None
    presence: Presence | None
    leases: Leases
    pool: Px6Pool
    changes: SharedChanges
    bot: Bot
    pacing: RequestPacing
    background: BackgroundTasks
    edit_rights: EditRights
    access: Access
    metrics: Metrics
    readiness: Readiness
    px6_reach: Reach
    telegram_reach: Reach
    polls_reach: Reach

    def stopping(self) -> bool:
        """Whether the bot is to stop, so that what goes on for long ends between two steps."""
        return self.background.stopping

    def bundle(self) -> Services:
        """Everything that handlers and jobs may ask for."""
        return Services(
            people=self.people,
            accounts=self.accounts,
            several=SeveralAccounts(self.database, self.pool, self.clock),
            colleagues=self.colleagues,
            colleague_news=ColleagueNewsDelivery(
                self.database, self.people, self.accounts, self.sender, self.line, self.clock
            ),
            bindings=Bindings(self.database, self.accounts, self.clock),
            orders=self.orders,
            selections=Selections(self.database, self.clock),
            lists=ProxyLists(self.monotonic),
            last_known=self.last_known,
            checks=Checks(self.presence),
            check_histories=self.check_histories,
            deletions=self.deletions,
            reminders=self.reminders,
            rules=self.rules,
            boards=self.boards,
            kept=self.kept,
            stock=self.stock,
            health=self.health,
            replacing=self.replacing,
            price_watches=self.price_watches,
            forecaster=self.forecaster,
            sweep=self.sweep,
            backups=self.backups,
            pruning=self.pruning,
            access=self.access,
            maintenance=MaintenanceMode(self.database, self.clock),
            broadcasts=self.broadcasts,
            figures=self.figures,
            troubles=self.troubles,
            now=self.clock,
            site_url=self.settings.px6_site_url,
        )

    # -- account, and what is sent to a person

    @cached_property
    def people(self) -> People:
        return People(self.database, self.clock)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.database, self.pool, self.people, self.clock, self.changes)

    @cached_property
    def colleagues(self) -> Colleagues:
        return Colleagues(self.database, self.clock)

    @cached_property
    def sender(self) -> TelegramSender:
        return TelegramSender(
            self.bot,
            self.settings.px6_site_url,
            hear=self.metrics.message_sent,
            room=self.pacing.room_for_own,
            turn=self.pacing.turn_of_own,
            note_message=self.people.note_message,
            edit_rights=self.edit_rights,
        )

    @cached_property
    def line(self) -> Line:
        return Line(self.sender.ask, self.monotonic)

    @cached_property
    def boards(self) -> Boards:
        sender = TelegramBoardSender(self.bot, self.pacing.turn_of_own, self.people.note_message)
        return Boards(self.database, sender, self.line, self.clock)

    # -- orders, and what is done to proxies

    @cached_property
    def outcomes(self) -> OutcomeSender:
        return OutcomeSender(
            self.bot,
            self.people,
            self.accounts,
            self.edit_rights,
            self.clock,
            self.settings.px6_site_url,
            paused=self.pacing.pauses.left,
            colleagues=self.colleagues,
            # Asked when it is needed: reminders are made of orders, whose outcomes this tells.
            is_quiet=lambda person: self.reminders.is_quiet(person),
        )

    @cached_property
    def orders(self) -> Orders:
        return Orders(
            self.database,
            self.accounts,
            self.clock,
            self.outcomes,
            settle_seconds=self.settings.settle_seconds,
            patience=self.settings.px6_timeout_seconds,
            monotonic=self.monotonic,
            hear_outcome=self.metrics.payment_ended,
            leases=self.leases,
            send_copy=self.outcomes.to_owner,
        )

    @cached_property
    def last_known(self) -> LastKnown:
        reach = self.px6_reach
        return LastKnown(self.database, self.clock, lambda: reach.failing_since, self.background.start)

    @cached_property
    def check_histories(self) -> CheckHistories:
        return CheckHistories(self.database, self.clock)

    @cached_property
    def deletions(self) -> Deletions:
        return Deletions(
            self.database,
            self.accounts,
            self.clock,
            DeletionOutcomeSender(self.bot, self.people),
            self.background.start,
            self.monotonic,
            self.leases,
            patience=self.settings.px6_timeout_seconds,
            hear_gone=self.last_known.gone,
        )

    # -- what comes by itself

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.database, self.accounts, self.orders, self.clock)

    @cached_property
    def rules(self) -> Rules:
        return Rules(self.database, self.orders, self.sender, self.line, self.clock)

    @cached_property
    def forecaster(self) -> Forecaster:
        return Forecaster(self.database, self.orders, self.clock)

    @cached_property
    def kept(self) -> KeptPayments:
        return KeptPayments(self.database, self.orders, self.sender, self.line, self.clock)

    @cached_property
    def replacing(self) -> Replacements:
        return Replacements(self.database, self.orders, self.sender, self.line, self.clock)

    @cached_property
    def round_needs(self) -> RoundNeeds:
        return RoundNeeds(
            self.database,
            self.people,
            self.accounts,
            self.sender,
            self.line,
            self.access,
            self.clock,
            self.stopping,
        )

    @cached_property
    def stock(self) -> StockWatches:
        return StockWatches(self.round_needs, self.orders)

    @cached_property
    def price_watches(self) -> PriceWatches:
        return PriceWatches(self.round_needs)

    @cached_property
    def health(self) -> HealthWatches:
        return HealthWatches(self.round_needs, self.check_histories, self.background.start, self.leases)

    @cached_property
    def sweep(self) -> Sweep:
        return Sweep(
            database=self.database,
            people=self.people,
            accounts=self.accounts,
            orders=self.orders,
            reminders=self.reminders,
            rules=self.rules,
            kept=self.kept,
            replacing=self.replacing,
            boards=self.boards,
            forecaster=self.forecaster,
            sender=self.sender,
            line=self.line,
            access=self.access,
            clock=self.clock,
            stopping=self.stopping,
            start_task=self.background.start,
            went_on=self.readiness.sweep.note,
            leases=self.leases,
        )

    # -- for the bot's owner and the operators

    @cached_property
    def backups(self) -> Backups:
        every = timedelta(hours=self.settings.backup_every_hours)
        return Backups(self.database, self.folder, every, self.clock, self.stopping, self.leases)

    @cached_property
    def pruning(self) -> Pruning:
        keep = timedelta(days=self.settings.history_days)
        return Pruning(self.database, keep, self.clock, self.monotonic, self.stopping)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        sender = TelegramBroadcastSender(self.bot, self.people, self.pacing.room_for_background)
        return Broadcasts(self.database, self.people, self.access, sender, self.clock, self.stopping, self.monotonic)

    @cached_property
    def figures(self) -> FigureReader:
        late = late_after(self.settings)
        return FigureReader(self.database, self.access, self.clock, self.px6_reach, self.telegram_reach, late)

    @cached_property
    def troubles(self) -> Troubles:
        return Troubles(
            self.database,
            self.access,
            self.backups.last_now,
            px6=(self.px6_reach, asking_px6(self.pool)),
            telegram=(self.telegram_reach, asking_telegram(self.sender)),
            polls=self.polls_reach,
            tell=NewsSender(self.bot, self.people),
            clock=self.clock,
            monotonic=self.monotonic,
            presence=self.presence,
        )


def late_after(settings: Settings) -> timedelta:
    """How long an account may be due before something is wrong, as for `/readyz`."""
    return timedelta(seconds=SWEEPS_MISSED * max(settings.sync_seconds, SHORTEST_SWEEP))
