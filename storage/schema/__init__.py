"""All tables, one module a subject. Whoever needs a table imports it from here, so that `metadata` knows all of them.

Every row of a person hangs on `people` and is deleted with it; who has several px6 accounts has a row there for each.
Times are UTC (`UtcTime`), sums exact (`Money`). The id of a proxy is px6's number of it. `px6_user_id` is px6's own
number of the account, so an order stays bound to its account when the person gives another key. Above each table
stands what a row is and what its columns do not say.
"""

from storage.schema.colleagues import colleague_actions, colleagues, invites
from storage.schema.columns import metadata
from storage.schema.operators import broadcasts, given_back_turns, maintenance, troubles
from storage.schema.orders import (
    confirmations,
    deletions,
    journal,
    known_proxies,
    order_proxies,
    orders,
    paid_months,
    quotes,
)
from storage.schema.people import (
    account_messages,
    accounts,
    awaiting,
    bindings,
    bots,
    check_histories,
    key_tries,
    last_known,
    people,
    proposals,
    selections,
)
from storage.schema.processes import (
    chat_paces,
    clock_steps,
    leases,
    message_owners,
    processes,
    px6_slots,
    taken_updates,
)
from storage.schema.reminders import (
    boards,
    colleague_reminders,
    colleague_silences,
    digest_endings,
    digests,
    habits,
    notices,
    reminders,
    silences,
    snapshots,
    unsaid,
    watches,
)
from storage.schema.rules import rules, run_proxies, runs
from storage.schema.watching import (
    health_falls,
    health_watches,
    kept_payments,
    price_watches,
    replaced,
    replacements,
    stock_watches,
)

__all__ = [
    "account_messages",
    "accounts",
    "awaiting",
    "bindings",
    "boards",
    "bots",
    "broadcasts",
    "chat_paces",
    "check_histories",
    "clock_steps",
    "colleague_actions",
    "colleague_reminders",
    "colleague_silences",
    "colleagues",
    "confirmations",
    "deletions",
    "digest_endings",
    "digests",
    "given_back_turns",
    "habits",
    "health_falls",
    "health_watches",
    "invites",
    "journal",
    "kept_payments",
    "key_tries",
    "known_proxies",
    "last_known",
    "leases",
    "maintenance",
    "message_owners",
    "metadata",
    "notices",
    "order_proxies",
    "orders",
    "paid_months",
    "people",
    "price_watches",
    "processes",
    "proposals",
    "px6_slots",
    "quotes",
    "reminders",
    "replaced",
    "replacements",
    "rules",
    "run_proxies",
    "runs",
    "selections",
    "silences",
    "snapshots",
    "stock_watches",
    "taken_updates",
    "troubles",
    "unsaid",
    "watches",
]
