"""The database. `engine/` is the database itself, `schema/` its tables, `migrations/` their history; beside them
stands one module for each subject, with the queries on its tables.

What goes in: a connection of `Database.read` or `Database.write` first, then the person (`telegram_id`) or another
owner, then the rest. A function never begins or commits a transaction: the caller does, in services.

What comes out: structs of `model/` for rows, None where there is no such row or it is somebody else's. Where one or
two columns are the answer they come plain: an id, a time, a set of ids, a dict by (proxy id, end). Times are aware
UTC, sums Decimal, never a row of SQLAlchemy. Errors of the database are StorageError; an IntegrityError comes through
where a unique index decides who is first.

SQLite lets one writer in at a time. On PostgreSQL many write at once, READ COMMITTED: a function that reads what it
then writes locks it first, or is one statement whose condition decides; where a caller does both, the caller locks
(`storage/locks.py`). `docs/architecture.md` lists all of them.

locks           what is locked before it is read, and in which order
people          people, what they chose, which question their next text answers
accounts        px6 accounts and proposed keys, sealed; tries of keys
selections      proxies that a person ticked
quotes          what would be spent, and the one statement that claims it
confirmations   taps on green buttons, and what the person was told of them
orders          orders, their proxies, their journal
unsettled       orders whose outcome is not known: which are due, who looks, what other orders explain
known_proxies   what px6 does not tell of a proxy and an order knows
last_known      what px6 told of an account last, sealed, and who waits for px6 to answer again
check_histories what the last checks of each proxy said
monthly_sums    what a person paid, month by month
deletions       confirmed deletions
pruning         what has ended long ago goes
watches         when an account is looked at next, and what px6 said at the last look
reminders       settings of reminders, digests, what was sent or is muted, notices that are sent only so often
told_colleagues which colleagues are told of an account, and what each was told and put off
digest_endings  how somebody else ended the matter of a digest, until its message says so
unsaid          other messages that are not certainly sent
rules           rules of automatic prolonging, and the payments that they announced
clock_steps     planned times, brought forward when the clock was set back
bots            the bot that the database belongs to
"""
