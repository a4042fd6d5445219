"""Everything that handlers may ask of the services, in one immutable bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.account.access import Access
from services.account.accounts import Accounts
from services.account.bindings import Bindings
from services.account.colleagues import Colleagues
from services.account.people import People
from services.account.several import SeveralAccounts
from services.backups import Backups
from services.money.forecaster import Forecaster
from services.notifications.boards import Boards
from services.notifications.colleague_news import ColleagueNewsDelivery
from services.operators.broadcasts import Broadcasts
from services.operators.figures import FigureReader
from services.operators.maintenance import MaintenanceMode
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


@dataclass(frozen=True)
class Services:
    """`now` is aware UTC; `site_url` is px6's site without a slash at its end."""

    people: People
    accounts: Accounts
    several: SeveralAccounts
    colleagues: Colleagues
    colleague_news: ColleagueNewsDelivery
    bindings: Bindings
    orders: Orders
    selections: Selections
    lists: ProxyLists
    last_known: LastKnown
    checks: Checks
    check_histories: CheckHistories
    deletions: Deletions
    reminders: Reminders
    rules: Rules
    boards: Boards
    kept: KeptPayments
    stock: StockWatches
    health: HealthWatches
    replacing: Replacements
    price_watches: PriceWatches
    forecaster: Forecaster
    sweep: Sweep
    backups: Backups
    pruning: Pruning
    access: Access
    maintenance: MaintenanceMode
    broadcasts: Broadcasts
    figures: FigureReader
    troubles: Troubles
    now: Callable[[], datetime]
    site_url: str
