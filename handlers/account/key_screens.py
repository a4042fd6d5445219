"""What a person reads while they connect a px6 account. Pure screens; `handlers/account/key.py` takes the key."""

from __future__ import annotations

from collections.abc import Sequence

from aiogram.utils.formatting import Text

from handlers.account.accounts_screens import ShowAccounts, home_of_current
from handlers.ground.buttons import key_page
from handlers.ground.callback_data import CallbackData
from handlers.ground.rights import Whose
from handlers.ground.screen import Id, Open, Screen, button, home_button, link_button
from handlers.ground.words import Words, lines
from services.account.accounts import BadKey, TooManyTries


class TryKey(CallbackData, prefix="key-try", durable=True, needs=Whose.OWN):
    """Tries a key once more: its message is deleted, the key is kept sealed under its number."""

    key: Id = 0


class ReplaceKey(CallbackData, prefix="key-new", durable=True, needs=Whose.OWN):
    """Takes the key that was proposed under this number in place of the old one.

    `warned`: the newest open order that the question named.
    """

    key: Id = 0
    warned: Id = 0


class AddAccount(CallbackData, prefix="key-add", durable=True, needs=Whose.OWN):
    """Connects the key that was proposed under this number as a further account."""

    key: Id = 0


def ask_key_screen(w: Words, site_url: str) -> Screen:
    text = lines(w.title("Send your px6 API key"), w.tr("Paste it as it is; the bot will delete your message."))
    return Screen(text, [[link_button(w.tr("My key at px6"), key_page(site_url, w))], [home_button(w)]])


def connected_screen(
    w: Words, user_id: str, balance: str | None, *, deleted: bool = False, added: bool = False
) -> Screen:
    """`balance` is None when px6 does not tell it now; `deleted`: the message with the key, just now.

    `added`: it is one more account, and the current one from now on.
    """
    account = (
        w.tr("px6 account {id}, balance {sum}", id=user_id, sum=balance)
        if balance
        else w.tr("px6 account {id}. The balance is not available right now.", id=user_id)
    )
    stored = (
        w.tr("The key is stored encrypted and your message with it is deleted.")
        if deleted
        else w.tr("The key is stored encrypted.")
    )
    switched = w.tr("Commands and new screens use this account now.") if added else None
    rows = [
        [button(w.tr("My proxies"), Open(screen="proxies"))],
        [*([button(w.tr("Accounts"), Open(screen="accounts"))] if added else []), home_button(w)],
    ]
    return Screen(lines(w.title("Connected"), account, stored, switched), rows)


def added_screen(w: Words, user_id: str, *, again: bool = False) -> Screen:
    """What becomes of the question, which is of the account that was there before.

    `again`: of a further tap, which sends no message. That of the first may not have come.
    """
    text = (
        w.tr("px6 account {id} is added.", id=user_id)
        if again
        else w.tr("px6 account {id} is added: see the message below.", id=user_id)
    )
    return Screen(Text(text), [[button(w.tr("Accounts"), ShowAccounts()), home_of_current(w)]], of_account=False)


def replace_screen(
    w: Words, user_id: str, use: ReplaceKey, *, left: Sequence[str | Text], colleagues: int = 0
) -> Screen:
    """The question before a new key replaces the old one. `left`: payments that only the old key can settle.

    `colleagues`: who else has access to the account of the old one.
    """
    what = w.tr(
        "The new key belongs to another px6 account, {id}. Add it to have both accounts here, "
        "or use it instead of the old key.",
        id=user_id,
    )
    risk = w.tr(
        "⚠️ It is not known yet whether these payments went through. I can find out only with a key of their account:"
    )
    loss = w.n(
        "⚠️ If you use it instead, {count} colleague loses access.",
        "⚠️ If you use it instead, {count} colleagues lose access.",
        colleagues,
    )
    text = lines(
        w.title("Replace the old key?"), what, loss if colleagues else None, *([risk, *left] if left else [])
    )
    return Screen(
        text,
        [
            [button(w.tr("Add as another account"), AddAccount(key=use.key))],
            [button(w.tr("Use the new key"), use)],
            [button(w.tr("Keep the old key"), Open(screen="home"))],
        ],
    )


def bad_key_screen(error: Exception, w: Words, site_url: str) -> Screen:
    """Why nothing was stored, and where the right key is."""
    if isinstance(error, TooManyTries):
        text = lines(w.title("This key was not tried"), why_bad(error, w), w.tr("Nothing was stored."))
        return Screen(text, [[home_button(w)]])
    title = w.title("This is not a px6 key") if isinstance(error, BadKey) else w.title("This key does not work")
    text = lines(
        title,
        why_bad(error, w),
        w.tr("The key is at px6: profile, then “API”. Copy it there and send it here."),
        w.tr("Nothing was stored."),
    )
    return Screen(text, [[link_button(w.tr("My key at px6"), key_page(site_url, w))], [home_button(w)]])


def why_bad(error: Exception, w: Words) -> str:
    match error:
        case TooManyTries():
            return w.tr("Ten keys were tried within an hour. Try again in an hour.")
        case BadKey(reason="spaces"):
            return w.tr("There is a space or a line break in it. Send the key alone, in one piece.")
        case BadKey(reason="long"):
            return w.tr("It is much too long for a key.")
        case BadKey(reason="short"):
            return w.tr("It is too short: a part of the key seems to be missing.")
        case BadKey():
            return w.tr("A key has only Latin letters, digits and hyphens.")
    return w.tr("px6 does not accept this key. It may be incomplete, or it was changed at px6.")


def untried_key_screen(w: Words, failure: Screen) -> Screen:
    """The key could not be tried: why (`failure`), and that it need not be sent again."""
    kept = w.tr("The key you sent is kept encrypted for half an hour so that you can try again.")
    return Screen(lines(failure.text, kept), failure.rows)


def stored_key_screen(w: Words, failure: Screen) -> Screen:
    """The key that was sent is the stored one, of which px6 does not tell now: why (`failure`)."""
    return Screen(lines(failure.text, w.tr("The key you sent is the one that is stored already.")), failure.rows)


def with_warnings(w: Words, screen: Screen, *, deleted: bool, instead_of: str | None) -> Screen:
    """The screen, with what else became of the message that held the key. `instead_of`: the command in it."""
    left_out = w.tr("Your message contained a key, so {command} was not run.", command=instead_of)
    warning = None if deleted else w.tr("⚠️ Delete your message with the key yourself: the bot cannot.")
    return Screen(lines(screen.text, left_out if instead_of else None, warning), screen.rows)
