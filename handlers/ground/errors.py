"""What a person reads when something failed: what happened, whether money moved, what to do now."""

from __future__ import annotations

from aiogram.utils.formatting import Text

import px6
from handlers.ground.buttons import AskKey, key_page
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Open, Row, Screen, back_button, button, home_button, link_button, top_up_button
from handlers.ground.silence import tell_button
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered
from handlers.ground.words import Words, code, lines
from model.errors import StorageError
from services.account.accounts import NoKey
from services.account.people import AccountRemoved
from services.account.rights import AccessEnded, AccessShrunk
from services.orders.errors import OtherAccount
from services.proxies.last_known import is_down


class KeyReplaced(Exception):
    """px6 has refused a key in place of which the account has another one by now."""


def explain(
    error: BaseException,
    w: Words,
    *,
    retry: str | None,
    site_url: str,
    asking: str | None = None,
    is_colleague: bool = False,
) -> Screen | None:
    """The screen for an error that a person can do something about; None when it is a fault of ours.

    `asking` is the question that is still open after a wrong answer. `is_colleague`: the key is somebody else's.
    """
    match error:
        case NoKey() | px6.WrongKey() if is_colleague:
            return owners_key_screen(w)
        case px6.WrongAddress() if is_colleague:
            return owners_address_screen(w, retry)
        case BadInput():
            back = error.back or asking
            return Screen(error.text, [[home_button(w), *([back_button(w, back)] if back else [])]])
        case AccountRemoved():
            return unknown_account_screen(w)
        case AccessShrunk():
            return access_shrunk_screen(w)
        case AccessEnded():
            return access_ended_screen(w)
        case NoKey():
            return connect_screen(w, site_url)
        case OtherAccount():
            return other_account_screen(w, retry)
        case KeyReplaced():
            return key_replaced_screen(w, retry)
        case px6.Px6Error():
            return with_tell_button(w, error, px6_screen(error, w, retry=retry, site_url=site_url))
        case StorageError():
            return storage_error_screen(w, retry)
        case TelegramNotSent() | TelegramUnanswered():
            return undelivered_screen(w, retry)
    return None


def unknown_account_screen(w: Words) -> Screen:
    """A tap on a message of which nobody knows which px6 account it is of, or whose account was removed."""
    text = w.tr(
        "This message is old, or its px6 account was removed from the bot: I cannot tell which account the button is "
        "for. Nothing was done."
    )
    return Screen(Text(text), [[button(w.tr("Accounts"), Open(screen="accounts")), home_button(w)]], of_account=False)


def access_ended_screen(w: Words) -> Screen:
    """To a colleague whose right on the account was taken back, or given up."""
    text = w.tr("You no longer have access to this account. Nothing was done.")
    return Screen(Text(text), [[button(w.tr("Accounts"), Open(screen="accounts")), home_button(w)]], of_account=False)


def access_shrunk_screen(w: Words) -> Screen:
    """To a colleague who has less of a right on the account than when they tapped."""
    text = w.tr("Your access to this account does not include that. Its owner can change it. Nothing was done.")
    return Screen(Text(text), [[button(w.tr("Accounts"), Open(screen="accounts")), home_button(w)]])


def owners_key_screen(w: Words) -> Screen:
    """To a colleague on an account whose key px6 does not take, or that has none: they cannot give it another one."""
    text = w.tr(
        "px6 does not accept the key of this account. Its owner has to enter another one. "
        "Nothing was spent or changed."
    )
    return Screen(Text(text), [[button(w.tr("Accounts"), Open(screen="accounts")), home_button(w)]])


def owners_address_screen(w: Words, retry: str | None) -> Screen:
    """To a colleague on an account of which px6 takes no calls from the bot's address: they cannot change that."""
    text = lines(
        w.title("px6 refuses the bot's IP address"),
        w.tr("This px6 account accepts API calls only from certain IP addresses. Nothing was spent or changed."),
        owner_allows_line(w),
    )
    return Screen(text, retry_rows(w, retry))


def owner_allows_line(w: Words) -> str:
    return w.tr("The owner of the account can change that in the API settings at px6.")


def other_account_screen(w: Words, retry: str | None) -> Screen:
    """While px6 was asked, another px6 account took the place of the one that it was asked about."""
    text = w.tr("Another px6 account has been connected since you asked. Nothing was spent or changed.")
    return Screen(Text(text), retry_rows(w, retry))


def key_replaced_screen(w: Words, retry: str | None) -> Screen:
    """px6 was asked with the old key, which it refuses by now."""
    text = w.tr("The key was replaced while px6 was asked. Nothing was spent or changed.")
    return Screen(Text(text), retry_rows(w, retry))


def px6_screen(error: px6.Px6Error, w: Words, *, retry: str | None, site_url: str) -> Screen:
    """The screen for an error of px6: what px6 did or did not do, and what to do now."""
    match error:
        case px6.WrongKey():
            return refused_key_screen(w, site_url)
        case px6.WrongAddress():
            return wrong_address_screen(w, retry, site_url, error.address)
        case px6.OutcomeUnknown():
            return unknown_screen(error, w, retry)
        case px6.NoMoney():
            return Screen(
                lines(w.title("Not enough money at px6"), w.tr("Nothing was spent.")),
                [[top_up_button(w, site_url)], [home_button(w)]],
            )
    happened, advice = what_happened(error, w)
    return Screen(lines(Text(happened), w.tr("Nothing was spent or changed."), advice), retry_rows(w, retry))


def with_tell_button(w: Words, error: px6.Px6Error, screen: Screen) -> Screen:
    """The screen of an error; where px6 does not answer, with the offer to tell when it does."""
    if not is_down(error):
        return screen
    return Screen(screen.text, [*screen.rows[:-1], [tell_button(w)], *screen.rows[-1:]])


def retry_rows(w: Words, retry: str | None) -> list[Row]:
    """A button that tries again (`retry`: its data; None: there is none), and the way home."""
    return [retry_row(w, retry), [home_button(w)]]


def retry_row(w: Words, retry: str | None) -> Row:
    return [button(w.tr("Try again"), retry)] if retry else []


def what_happened(error: px6.Px6Error, w: Words) -> tuple[str, str | None]:
    """A sentence that says what px6 did, and one that says what to do about it."""
    match error:
        case px6.TooManyCalls():
            return w.tr("Too many requests to px6."), w.tr("Try again in a few seconds.")
        case px6.Unreachable():
            return w.tr("px6 cannot be reached."), w.tr("Try again in a minute.")
        case px6.NotTried():
            return w.tr("Not sent, because px6 did not say what became of the ones before."), None
        case px6.BadAnswer():
            return w.tr("px6's answer cannot be read."), w.tr("Try again in a minute.")
        case px6.NoAnswer():
            return w.tr("px6 did not answer."), w.tr("Try again in a minute.")
        case px6.NotFound() | px6.WrongIds():
            return w.tr("You do not have some of these proxies."), w.tr("Your proxies are in /proxies.")
        case px6.NotEnoughStock():
            return w.tr("px6 does not have that many in stock."), w.tr("Buy fewer, or choose another country.")
        case px6.WrongCountry():
            return w.tr("px6 does not sell proxies in this country."), w.tr(
                "Countries with proxies are in /countries."
            )
        case px6.WrongPeriod():
            return w.tr("px6 does not sell proxies for this number of days."), w.tr("30 days always works.")
        case px6.WrongCount():
            return w.tr("px6 does not sell this quantity of proxies."), w.tr("Choose another quantity.")
        case px6.WrongComment():
            return w.tr("px6 does not accept this comment."), w.tr("Use letters and digits, up to 50 characters.")
        case px6.WrongPort():
            return w.tr("px6 does not accept the port of this proxy."), w.tr("A port is a number from 1 to 65535.")
        case px6.WrongProxyString():
            return w.tr("px6 does not accept this as a proxy."), w.tr("Write it as host:port:login:password.")
        case px6.Refused():
            return w.tr("px6 refused (error {code}).", code=error.error_id), None
    return w.tr("The request to px6 failed."), w.tr("Try again in a minute.")


def unknown_screen(error: px6.OutcomeUnknown, w: Words, retry: str | None) -> Screen:
    """After a change whose outcome is unknown. (Spending never comes here: orders tell their own outcome.)"""
    may_be = (
        w.tr("The proxies may or may not have been deleted: /proxies will show it. Nothing was spent.")
        if error.method == "delete"
        else w.tr("The change may or may not have been made. It is safe to repeat it; nothing was spent.")
    )
    proxies = button(w.tr("My proxies"), Open(screen="proxies"))
    return Screen(lines(w.title("px6 did not answer"), may_be), [retry_row(w, retry), [proxies], [home_button(w)]])


def refused_key_screen(w: Words, site_url: str) -> Screen:
    """px6 answered 100 to a key that it once accepted."""
    text = lines(
        w.title("px6 no longer accepts your key"),
        w.tr("The key was changed or switched off at px6. Nothing was spent or changed."),
        w.tr("Copy the new key from px6 and send it here."),
    )
    return Screen(
        text,
        [
            [link_button(w.tr("My key at px6"), key_page(site_url, w))],
            [button(w.tr("Enter a new key"), AskKey())],
            [home_button(w)],
        ],
    )


def wrong_address_screen(w: Words, retry: str | None, site_url: str, address: str) -> Screen:
    """px6 answered 105: the account takes API calls from certain addresses only. `address`: the bot's, if known."""
    text = lines(
        w.title("px6 refuses the bot's IP address"),
        w.tr("Your px6 account accepts API calls only from certain IP addresses. Nothing was spent or changed."),
        how_to_allow(w, address),
    )
    return Screen(text, [[link_button(w.tr("API settings at px6"), key_page(site_url, w))], *retry_rows(w, retry)])


def how_to_allow(w: Words, address: str) -> str | Text:
    """What to do at px6 about its 105. `address` is the bot's, as px6 named it; empty: it did not."""
    if not address:
        return w.tr(
            "Switch this restriction off in the API settings at px6, or add the bot's address there (ask its owner)."
        )
    return w.rich(
        "Add the bot's address {address} in the API settings at px6, or switch this restriction off there.",
        address=code(address),
    )


def storage_error_screen(w: Words, retry: str | None) -> Screen:
    """The database cannot be used: nothing is sent to px6 that is not written down before.

    An earlier payment may still be under way, so nothing is said of it.
    """
    text = lines(
        w.title("The bot cannot save data right now"),
        w.tr("Nothing was spent just now. The outcome of earlier payments is in /orders."),
        w.tr("Try again in a minute."),
    )
    return Screen(text, retry_rows(w, retry))


def undelivered_screen(w: Words, retry: str | None) -> Screen:
    """The answer to this did not get through Telegram, or it is not known; what was to be done may be done."""
    text = lines(
        w.title("Telegram may not have delivered my answer"),
        w.tr("What you asked for may still have been done: check before you repeat it."),
        w.tr("The outcome of payments is in /orders."),
    )
    return Screen(text, retry_rows(w, retry))


def fault_screen(w: Words) -> Screen:
    """The screen for a fault of the bot. The traceback is in the log only."""
    text = lines(
        w.title("Something went wrong in the bot"),
        w.tr("The bot's owner will see it. If you had just confirmed a payment, its outcome is in /orders."),
    )
    return Screen(text, [[home_button(w)]])


def connect_screen(w: Words, site_url: str) -> Screen:
    """The first thing a new person sees: what the bot does and where the key is found, in four lines."""
    text = lines(
        w.title("Your px6 proxies, in this chat"),
        w.tr("Buy, prolong, check and export them; the bot reminds you before they end."),
        w.tr("To start, send your px6 API key. It is at px6: profile, then “API”."),
        w.tr("It is kept encrypted, your message with it is deleted, and /forget erases everything."),
    )
    return Screen(
        text,
        [[link_button(w.tr("My key at px6"), key_page(site_url, w))], [button(w.tr("Help"), Open(screen="help"))]],
    )
