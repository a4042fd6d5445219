"""What the bot says of proxies that it checks and of prices that it watches. Pure."""

from __future__ import annotations

from decimal import Decimal

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold

from handlers.ground.screen import Open, Screen, home_in_new_message, new_message_button, pairs
from handlers.ground.words import Words, lines
from handlers.orders.buy_buttons import Buy
from handlers.watching.fell import FallStep
from handlers.watching.health_words import named_lines
from services.notifications.watching_kinds import HealthBack, HealthFell, PriceChanged


def fell_screen(w: Words, said: HealthFell) -> Screen:
    """Which fell, and all that can be done about them."""
    text = lines(
        Bold(w.n("⚠️ {count} proxy stopped working", "⚠️ {count} proxies stopped working", said.count)),
        *named_lines(w, said.named, said.count),
        w.rich("px6 checked three times, last {time}.", time=w.time(said.at)),
    )

    def step(label: str, letter: str) -> InlineKeyboardButton:
        return new_message_button(label, FallStep(fall=said.fall, step=letter))

    rows = pairs(
        step(w.tr("Check again"), "c"),
        step(w.n("Buy a twin", "Buy {count} twins", said.count), "b"),
        step(w.tr("Change the protocol"), "p"),
        step(w.tr("Text for px6's support"), "t"),
        new_message_button(w.tr("Watched"), Open(screen="watch")),
        home_in_new_message(w),
    )
    return Screen(text, rows)


def works_again_screen(w: Words, said: HealthBack) -> Screen:
    text = lines(
        Bold(w.n("✅ {count} proxy works again", "✅ {count} proxies work again", said.count)),
        *named_lines(w, said.named, said.count),
        w.n("{count} still does not work.", "{count} still do not work.", said.down) if said.down else None,
    )
    return Screen(text, pairs(new_message_button(w.tr("Watched"), Open(screen="watch")), home_in_new_message(w)))


def price_screen(w: Words, said: PriceChanged) -> Screen:
    """The old price of one proxy, and the new one."""
    text = lines(
        w.title("The price has gone up") if said.new > said.old else w.title("The price has gone down"),
        f"{w.kind(said.version)}, {w.days(said.period)}",
        w.tr(
            "One proxy: {old} → {new} ({change}%)",
            old=w.money(said.old, said.currency),
            new=w.money(said.new, said.currency),
            change=change_text(w, said.old, said.new),
        ),
    )
    buy = new_message_button(w.tr("Buy"), Buy(version=said.version, period=said.period))
    watched = new_message_button(w.tr("Watched"), Open(screen="watch"))
    return Screen(text, [*pairs(buy, watched), [home_in_new_message(w)]])


def change_text(w: Words, old: Decimal, new: Decimal) -> str:
    """By how many percent, with its sign."""
    percent = (new - old) / old * 100 if old else Decimal(100)
    return f"{'+' if percent > 0 else '−'}{w.decimal(abs(percent), most=1)}"
