"""What a person reads about binding their proxies to IP addresses. Pure screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiogram.utils.formatting import Text

from handlers.ground.buttons import key_page
from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Id, Open, Screen, button, home_button, home_row, link_button, px6_proxies_button
from handlers.ground.words import Words, code, lines
from model.accounts import Binding
from model.colleagues import Right

MY_ADDRESS_PAGE = "https://api.ipify.org"
"""Shows nothing but the IPv4 address from which it is opened; it has no IPv6."""


class AskAddresses(CallbackData, prefix="ip-a", needs=Right.ALL):
    """Asks for the addresses to bind the proxies to; the next text answers."""


class BindAddresses(CallbackData, prefix="ip-b", durable=True, needs=Right.ALL):
    """Has px6 do what was asked for under this number."""

    binding: Id


class AskUnbind(CallbackData, prefix="ip-o", needs=Right.ALL):
    """Asks whether the binding is to be lifted."""


def bind_screen(w: Words, last: Binding | None, now: datetime) -> Screen:
    """What binding is, and what this bot set last: px6 does not tell."""
    text = lines(
        w.title("Access by IP address"),
        w.tr(
            "px6 can bind all proxies of this account to IP addresses. "
            "From these addresses they work without login and password."
        ),
        *last_lines(w, last, now),
    )
    rows = [
        [button(w.tr("Bind to addresses"), AskAddresses())],
        [button(w.tr("Remove the binding"), AskUnbind())],
        home_row(w, Open(screen="settings")),
    ]
    return Screen(text, rows)


def last_lines(w: Words, last: Binding | None, now: datetime) -> list[str | Text]:
    if last is None or last.sent_at is None:
        return [w.tr("Nothing was set with this bot, and px6 does not say what was set elsewhere.")]
    when = w.when(last.sent_at, now)
    said = (
        w.rich("Last set: {addresses}, {when}", addresses=listed(last.addresses), when=when)
        if last.addresses
        else w.rich("Removed: {when}", when=when)
    )
    if last.certain:
        return [said, w.tr("px6 does not say whether it was changed elsewhere since.")]
    return [said, w.tr("⚠️ px6 did not say whether it did this. It is safe to repeat it.")]


def listed(addresses: Sequence[str]) -> Text:
    """`203.0.113.7, 203.0.113.8`, each ready to be copied."""
    return Text(*[piece for each in addresses for piece in (", ", code(each))][1:])


def ask_addresses_screen(w: Words) -> Screen:
    """How to find out the phone's address, and what it is worth."""
    text = lines(
        w.title("Which IP addresses?"),
        w.tr("Write one or several, with commas between them."),
        w.tr(
            "The address of this phone: tap the button below with VPN and proxies off. "
            "A page opens that shows only this address; copy it and send it here."
        ),
        w.tr(
            "⚠️ Over mobile internet the address changes often, and others share it. "
            "Use the Wi-Fi where you need the proxies."
        ),
    )
    return Screen(text, [[link_button(w.tr("Show my address"), MY_ADDRESS_PAGE)], home_row(w, Open(screen="bind"))])


def confirm_screen(
    w: Words, asked: Sequence[str], number: int, user_id: str, count: int, own: Sequence[str] = ()
) -> Screen:
    """The question before all proxies of the account are bound, or no longer. `count`: of the active ones; `own`: of
    the addresses those that belong to proxies of the account."""
    text = confirm_bind_text(w, asked, user_id, count, own) if asked else confirm_off_text(w, user_id, count)
    label = w.tr("Bind all proxies") if asked else w.tr("Remove the binding")
    return Screen(text, [[button(label, BindAddresses(binding=number))], home_row(w, Open(screen="bind"))])


def confirm_bind_text(w: Words, asked: Sequence[str], user_id: str, count: int, own: Sequence[str]) -> Text:
    return lines(
        w.title("Bind all proxies?"),
        listed(asked),
        all_of_account(w, user_id, count),
        w.tr(
            "This replaces what was set before. From other addresses they may stop working, also with the password."
        ),
        w.rich(
            "⚠️ {addresses} belongs to your proxies, not to you. Look up your address without a proxy.",
            addresses=listed(own),
        )
        if own
        else None,
    )


def confirm_off_text(w: Words, user_id: str, count: int) -> Text:
    return lines(
        w.title("Remove the binding?"),
        all_of_account(w, user_id, count),
        w.tr("They will then work only with login and password."),
    )


def all_of_account(w: Words, user_id: str, count: int) -> str:
    if not count:
        return w.tr("It applies to all proxies of px6 account {id} and any you buy later.", id=user_id)
    return w.n(
        "It applies to all proxies of px6 account {id} ({count} active now) and any you buy later.",
        "It applies to all proxies of px6 account {id} ({count} active now) and any you buy later.",
        count,
        id=user_id,
    )


def done_screen(w: Words, done: Binding) -> Screen:
    """px6 has said yes."""
    text = lines(
        w.title("All proxies are bound") if done.addresses else w.title("The binding is removed"),
        listed(done.addresses) if done.addresses else None,
        w.tr("From there they work without login and password.")
        if done.addresses
        else w.tr("Your proxies work with login and password."),
        w.tr("px6 will not show this later; the bot does, under Settings."),
    )
    return Screen(text, [[home_button(w), button(w.tr("Access by IP"), Open(screen="bind"))]])


def not_an_address_screen(w: Words, site_url: str) -> Screen:
    text = lines(w.title("px6 does not accept this address"), w.tr("Nothing was changed. Try another one."))
    return Screen(
        text,
        [
            [button(w.tr("Bind to addresses"), AskAddresses())],
            [link_button(w.tr("API settings at px6"), key_page(site_url, w))],
            home_row(w, Open(screen="bind")),
        ],
    )


def not_offered_screen(w: Words, site_url: str) -> Screen:
    text = lines(
        w.title("px6 does not offer this to the bot"),
        w.tr("Nothing was changed. It may be possible on px6's site, with your proxies."),
    )
    return Screen(text, [[px6_proxies_button(w, site_url)], home_row(w, Open(screen="settings"))])
