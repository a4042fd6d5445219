"""What an export asks and says: for which program, HTTPS or SOCKS5, what does not fit. Pure screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.proxy_buttons import Export, Picked, SetProtocol
from handlers.ground.proxy_words import protocol_name, proxy_count, unknown_line, unread_line
from handlers.ground.screen import Row, Screen, button, home_row, pairs
from handlers.ground.words import Words, code, lines
from handlers.proxies.export_buttons import AskTemplate, MoreFormats, as_button, taking
from handlers.proxies.selection_view import PickedProxies, home_and_back_rows, list_button
from model.proxies import is_mtproto
from px6 import Protocol, Proxy
from services.proxies.exports import Format, Wanted, can_be_written, count_speaking
from services.proxies.exports.formats import SOCKS_ONLY

MOST_AS_TEXT = 20  # proxies; more are easier to use from a file
FIRST_PROGRAMS, OTHER_PROGRAMS, LINES_AND_FILES = tuple(Format)[:8], tuple(Format)[8:20], tuple(Format)[20:]
OFFERED_FIRST = (Format.HOST_FIRST,)  # by whom nothing was exported yet

PROGRAM_NAMES = {
    Format.ADSPOWER: "AdsPower",
    Format.DOLPHIN_ANTY: "Dolphin Anty",
    Format.GOLOGIN: "GoLogin",
    Format.OCTO: "Octo Browser",
    Format.MULTILOGIN: "Multilogin",
    Format.UNDETECTABLE: "Undetectable",
    Format.FOXYPROXY: "FoxyProxy",
    Format.CLASH: "Clash",
    Format.SING_BOX: "sing-box",
    Format.XRAY: "Xray",
    Format.V2RAYN: "v2rayN",
    Format.SHADOWROCKET: "Shadowrocket",
    Format.SURGE: "Surge",
    Format.PROXIFIER: "Proxifier",
    Format.TELETHON: "Telethon",
    Format.PYROGRAM: "Pyrogram",
    Format.PLAYWRIGHT: "Playwright",
    Format.CURL: "curl",
    Format.PROXYCHAINS: "proxychains",
}
FORMAT_NAMES = {
    Format.HOST_FIRST: "host:port:user:pass",
    Format.USER_AT_HOST: "user:pass@host:port",
    Format.USER_FIRST: "user:pass:host:port",
    Format.CSV: "CSV",
    Format.JSON: "JSON",
}


def format_name(w: Words, how: Format) -> str:
    if how in PROGRAM_NAMES or how in FORMAT_NAMES:
        return (PROGRAM_NAMES | FORMAT_NAMES)[how]
    return {
        Format.URL: w.tr("URLs"),
        Format.TELEGRAM: w.tr("Telegram links"),
        Format.PAGE: w.tr("Web page"),
        Format.TEMPLATE: w.tr("My template"),
    }[how]


def program_name(w: Words, how: Format) -> str:
    """What stands for the format in a sentence."""
    return "Telegram" if how is Format.TELEGRAM else format_name(w, how)


# -- for which program?


@dataclass(frozen=True)
class Habits:
    """The formats used last, the newest first, and the template of one's own."""

    last: Sequence[Format] = ()
    template: str | None = None


def formats_screen(w: Words, data: Picked, found: PickedProxies, habits: Habits, also: int = 0) -> Screen:
    """The programs, those used last first; and all states, where there are more (`also`)."""
    count = len(found.known)
    text = lines(
        w.title("Export {what}", what=what_is_exported(w, data, count)),
        unknown_line(w, found.unknown),
        unread_line(w, found.unread),
        w.tr("For which program?") if count else w.tr("No proxies here."),
    )
    first = format_rows(w, data, habits.last or OFFERED_FIRST, habits)[:1]
    formats = [*first, *format_rows(w, data, FIRST_PROGRAMS, habits, but=first), more_row(w, data)]
    every = [button(w.tr("All · {count}", count=w.number(also)), data.to(Export, state="z"))] if also else []
    return Screen(text, [*(formats if count else [[list_button(w)]]), every, *home_and_back_rows(w, data)])


def more_row(w: Words, data: Picked) -> Row:
    return [
        button(w.tr("Other programs"), data.to(MoreFormats, proxy=data.proxy, part="p")),
        button(w.tr("Lines and files"), data.to(MoreFormats, proxy=data.proxy, part="l")),
    ]


def more_screen(w: Words, data: MoreFormats, found: PickedProxies, habits: Habits) -> Screen:
    """The rest: other programs; or lines, tables and the template of one's own."""
    is_lines, template = data.part == "l", habits.template
    text = lines(
        w.title("Export {what}", what=what_is_exported(w, data, len(found.known))),
        unknown_line(w, found.unknown),
        unread_line(w, found.unread),
        w.rich("My template: {template}", template=code(template)) if template and is_lines else None,
        w.tr("Up to {most} as text, more as a file.", most=MOST_AS_TEXT) if is_lines else w.tr("For which program?"),
    )
    change = button(w.tr("Change template"), data.to(AskTemplate, proxy=data.proxy))
    formats = format_buttons(w, data, LINES_AND_FILES if is_lines else OTHER_PROGRAMS, habits)
    return Screen(text, [*pairs(*formats, change if template and is_lines else None), back_row(w, data)])


def format_rows(
    w: Words, data: Picked, formats: Sequence[Format], habits: Habits, but: Sequence[Row] = ()
) -> list[Row]:
    """A button for each, without those of the rows `but`."""
    there = {each.text for row in but for each in row}
    return list(pairs(*(each for each in format_buttons(w, data, formats, habits) if each.text not in there)))


def format_buttons(w: Words, data: Picked, formats: Sequence[Format], habits: Habits) -> list[InlineKeyboardButton]:
    return [button(format_name(w, how), as_button(data, how, habits.template)) for how in formats]


def back_row(w: Words, data: Picked) -> Row:
    """Back to the programs."""
    return home_row(w, data.to(Export, proxy=data.proxy))


def what_is_exported(w: Words, data: Picked, count: int) -> str:
    """`14 active proxies`: in which state they are is said, unless they were ticked."""
    if data.proxy or data.ticks:
        return proxy_count(w, count)
    match data.state:
        case "a":
            return w.n("{count} active proxy", "{count} active proxies", count)
        case "g":
            return w.n("{count} proxy that ends soon", "{count} proxies that end soon", count)
        case "x":
            return w.n("{count} proxy that has ended", "{count} proxies that have ended", count)
    return proxy_count(w, count)


def no_logins_screen(w: Words, data: Picked, count: int) -> Screen:
    """px6 does not answer, and of some of the proxies logins and passwords are known to it alone."""
    text = lines(
        w.title("Export {what}", what=what_is_exported(w, data, count)),
        w.tr("The bot does not store logins and passwords, so it cannot export now. It can when px6 answers again."),
    )
    return Screen(text, home_and_back_rows(w, data))


# -- what has to be asked, or does not fit


def mixed_screen(w: Words, data: Picked, how: Format, proxies: Sequence[Proxy]) -> Screen:
    """HTTPS and SOCKS5 are among them: which are wanted? One that takes both counts on both sides."""
    name = format_name(w, how)
    text = lines(
        w.title("HTTPS or SOCKS5 for {program}?", program=name),
        w.tr("Some of these use HTTPS, others SOCKS5."),
        None if how.target.names_protocol else w.tr("The format does not say which is which: both come separately."),
    )
    counts = [count_speaking(proxies, how, protocol) for protocol in (Protocol.HTTP, Protocol.SOCKS)]
    each = [
        button(f"{protocol_name(protocol)} · {w.number(count)}", taking(data, how, wanted))
        for protocol, wanted, count in zip(
            (Protocol.HTTP, Protocol.SOCKS), (Wanted.HTTP, Wanted.SOCKS), counts, strict=True
        )
    ]
    both = button(w.tr("Both"), taking(data, how, Wanted.BOTH))
    return Screen(text, [each, [both], back_row(w, data)])


def chromium_screen(
    w: Words, data: Picked, how: Format, refused: Sequence[Proxy], wanted: Wanted, change: SetProtocol | None
) -> Screen:
    """SOCKS5 with a password, for a program on Chromium. `change`: makes them HTTPS, where px6 does that."""
    count = len(refused)
    text = lines(
        w.title("⚠️ SOCKS5 with a password"),
        w.tr("{program} is built on Chromium, which by itself does not take it.", program=format_name(w, how)),
        w.n("{count} of these may not work there.", "{count} of these may not work there.", count),
        w.tr("After the change, switch your programs to the new protocol too.") if change else None,
    )
    changing = [button(w.tr("Change to HTTPS · {count}", count=w.number(count)), change)] if change else []
    anyway = button(w.tr("Export as SOCKS5"), taking(data, how, sure_of(wanted), warned=True))
    return Screen(text, [changing, [anyway], back_row(w, data)])


def sure_of(wanted: Wanted) -> Wanted:
    """Where nothing had to be asked, SOCKS5 is all that there is."""
    return Wanted.SOCKS if wanted is Wanted.NOT_ASKED else wanted


def unfit_screen(w: Words, data: Picked, how: Format, unfit: Sequence[Proxy], change: SetProtocol | None) -> Screen:
    """The program can use none of them. `change`: makes them SOCKS5, where that helps and px6 does it."""
    text = lines(w.title("Nothing here for {program}", program=program_name(w, how)), *unfit_lines(w, how, unfit))
    changing = [button(w.tr("Change to SOCKS5 · {count}", count=w.number(len(unfit))), change)] if change else []
    return Screen(text, [changing, back_row(w, data)])


def unfit_lines(w: Words, how: Format, unfit: Sequence[Proxy]) -> list[str]:
    """How many are left out, and why."""
    mtproto = sum(map(is_mtproto, unfit))
    unwritten = sum(not is_mtproto(proxy) and not can_be_written(proxy, how) for proxy in unfit)
    others = len(unfit) - mtproto - unwritten
    told = []
    if unwritten:
        told.append(
            w.n(
                "{count} left out: {program} does not take a comma in a login or password.",
                "{count} left out: {program} does not take a comma in a login or password.",
                unwritten,
                program=program_name(w, how),
            )
        )
    if others:
        told.append(
            w.n(
                "{count} left out: {program} takes only SOCKS5.",
                "{count} left out: {program} takes only SOCKS5.",
                others,
                program=program_name(w, how),
            )
        )
    if mtproto and how is Format.TELEGRAM:
        told.append(
            w.n(
                "{count} left out: Telegram does not take its secret.",
                "{count} left out: Telegram does not take their secrets.",
                mtproto,
            )
        )
    elif mtproto:
        told.append(
            w.n(
                "{count} left out: MTProto works only in Telegram.",
                "{count} left out: MTProto works only in Telegram.",
                mtproto,
            )
        )
    return told


def needs_socks(how: Format, unfit: Sequence[Proxy]) -> bool:
    """Whether another protocol would make them fit."""
    return how.target.protocols == SOCKS_ONLY and not any(map(is_mtproto, unfit))


# -- what is sent


def export_title(w: Words, data: Picked, how: Format, count: int) -> Text:
    what = what_is_exported(w, data, count)
    match how:
        case Format.TEMPLATE:
            return w.title("{what}, my template", what=what)
        case Format.TELEGRAM:
            return w.title("{what} as links for Telegram", what=what)
        case Format.PAGE:
            return w.title("{what} as a web page", what=what)
    if how in PROGRAM_NAMES:
        return w.title("{what} for {program}", what=what, program=PROGRAM_NAMES[how])
    return w.title("{what} as {format}", what=what, format=format_name(w, how))


def protocol_line(w: Words, how: Format, given: Sequence[Proxy]) -> str | None:
    """Which protocol they speak, where the text itself does not say it; all of `given` speak the same."""
    one = next(iter(given), None)
    if how.target.names_protocol or one is None or is_mtproto(one):
        return None
    if how in PROGRAM_NAMES:
        kind = "SOCKS5" if one.type == Protocol.SOCKS else "HTTP"
        return w.tr("In {program}, choose the type {type}.", program=PROGRAM_NAMES[how], type=kind)
    return w.tr("Protocol: {protocol}", protocol=protocol_name(one.type))


def warned_line(w: Words, refused: Sequence[Proxy]) -> str | None:
    """What was warned of, on what was exported all the same."""
    if not refused:
        return None
    return w.n(
        "⚠️ {count} with SOCKS5 and a password: Chromium by itself does not take it.",
        "⚠️ {count} with SOCKS5 and a password: Chromium by itself does not take them.",
        len(refused),
    )
