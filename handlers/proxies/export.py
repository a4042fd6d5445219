"""Proxies for other programs: as text when few, else as a file, in a chosen format. /export, and on buttons."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass
from functools import partial

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Pre, Text

from handlers.ground import parsing
from handlers.ground.filters import Asked, Command
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import Export, Picked, View
from handlers.ground.proxy_words import proxy_count, unknown_line
from handlers.ground.screen import TEXT_LIMIT, Open, Screen, SmallNumber, button, home_row, pairs
from handlers.ground.silence import silence_lines
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, lines
from handlers.proxies.known_screen import show_known, updated_line, updated_screen
from handlers.proxies.selection_view import (
    STATE_LETTERS,
    PickedProxies,
    filtered,
    found_ids,
    home_and_back_rows,
    list_button,
    pick,
    read_known_list,
)
from px6 import State
from services.proxies.export import PLACEHOLDERS, Format, WrongTemplate, check_template, export
from services.proxies.known_list import has_login

router = Router(name=__name__)

MOST_AS_TEXT = 20  # proxies; more are easier to use from a file
TEMPLATE_LIMIT = 500  # characters
TEMPLATE_EXAMPLE = "{type}://{user}:{pass}@{host}:{port}"


class ExportAs(Picked, prefix="ea", offline=True):
    """Gives them in a format. `seen`: the template that the message showed, 0 for any other format."""

    how: Format
    seen: SmallNumber


class AskTemplate(Picked, prefix="et", offline=True):
    """Asks for a template; the next text answers."""


def format_name(w: Words, how: Format) -> str:
    return {
        Format.HOST_FIRST: "host:port:user:pass",
        Format.USER_AT_HOST: "user:pass@host:port",
        Format.USER_FIRST: "user:pass:host:port",
        Format.URL: w.tr("URLs"),
        Format.CSV: "CSV",
        Format.JSON: "JSON",
        Format.TEMPLATE: w.tr("My template"),
    }[how]


@router.message(Command("export"))
@router.callback_query(Open.filter(F.screen == "export"))
async def export_all(_: Message | CallbackQuery, turn: Turn) -> None:
    """/export: all that are active; the list's filter leads to others."""
    await show_formats(turn, View().to(Export))


@router.callback_query(Export.filter())
async def export_tap(_: CallbackQuery, turn: Turn, callback_data: Export) -> None:
    await show_formats(turn, callback_data)


async def show_formats(turn: Turn, data: Export) -> None:
    await turn.ask(None)
    turn.retry_with(data)
    by_state = not data.proxy and not data.ticks
    counted = by_state and data.state != "z"
    states = [STATE_LETTERS[data.state], *([State.ALL] if counted else [])] if by_state else []
    make = partial(make_formats_screen, turn, data, counted=counted)
    await show_known(turn, states, make, least=STATE_LETTERS[data.state])


async def make_formats_screen(turn: Turn, data: Export, *, counted: bool) -> Screen:
    """`counted`: those in all states are counted as well, and offered when they are more."""
    found, choices = await pick(turn, data, read_known_list, fresh=False), turn.person.choices
    if turn.silence is not None and not all(map(has_login, found.known)):
        return no_logins_screen(turn.words, data, len(found.known))
    also = 0
    if counted and turn.silence is None:
        every = filtered(data, (await read_known_list(turn, fresh=False)).proxies, await found_ids(turn, data))
        also = len(every) if len(every) > len(found.known) else 0
    return formats_screen(turn.words, data, found, choices.get("export"), choices.get("template"), also)


def formats_screen(
    w: Words, data: Export, found: PickedProxies, last: str | None, template: str | None, also: int = 0
) -> Screen:
    """The formats, the one used last first; and all states, where there are more (`also`)."""
    count = len(found.known)
    text = lines(
        w.title("Export {what}", what=what_is_exported(w, data, count)),
        unknown_line(w, found.unknown),
        w.rich("My template: {template}", template=code(template)) if template else None,
        w.tr("Up to {most} as text, more as a file.", most=MOST_AS_TEXT) if count else w.tr("No proxies here."),
    )
    ordered = sorted(Format, key=lambda how: how != last)
    labels = {how: button(format_name(w, how), as_button(data, how, template)) for how in ordered}
    first, rest = [labels[how] for how in ordered[:1]], [labels[how] for how in ordered[1:]]
    change = [button(w.tr("Change my template"), data.to(AskTemplate, proxy=data.proxy))] if template else []
    formats = [first, *pairs(*rest), change] if count else [[list_button(w)]]
    every = [button(w.tr("All · {count}", count=w.number(also)), data.to(Export, state="z"))] if also else []
    return Screen(text, [*formats, every, *home_and_back_rows(w, data)])


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


def as_button(data: Picked, how: Format, template: str | None) -> Picked:
    """A template has to be written before it can be used."""
    if how is Format.TEMPLATE and not template:
        return data.to(AskTemplate, proxy=data.proxy)
    return data.to(
        ExportAs, proxy=data.proxy, how=how, seen=template_number(template) if how is Format.TEMPLATE else 0
    )


def template_number(template: str | None) -> int:
    """By which a button tells one template from another."""
    return 1 + zlib.crc32((template or "").encode()) % 99_999


@router.callback_query(ExportAs.filter())
async def export_as(_: CallbackQuery, turn: Turn, callback_data: ExportAs) -> None:
    template = str(turn.person.choices.get("template") or "")
    if callback_data.how is Format.TEMPLATE and callback_data.seen != template_number(template):
        await turn.toast(turn.words.tr("Your template has changed. Look at it again."), alert=True)
        await show_formats(turn, callback_data.to(Export, proxy=callback_data.proxy))
        return
    await send_export(turn, callback_data, template)


@dataclass(frozen=True)
class Exported:
    """What is given: the proxies, and their text in the format that was chosen."""

    found: PickedProxies
    content: str


async def send_export(turn: Turn, data: ExportAs, template: str) -> None:
    """A new message: what was exported stays in the chat, and the formats stay under it."""
    how, made = data.how, await make_export(turn, data, template)
    if made is None:
        return
    if turn.person.choices.get("export") != how:
        await turn.services.people.remember(turn.person.telegram_id, export=how.value)
    if not made.found.known:
        await turn.toast(turn.words.tr("No proxies here."))
        return
    as_text = text_screen(turn, data, made)
    message_id = 0 if as_text is None else await turn.send(as_text)
    if as_text is None:
        await send_as_file(turn, data, made)
    if made.found.recent and turn.silence is None:
        turn.renew(message_id, lambda: newer_export(turn, data, template, made))


async def make_export(turn: Turn, data: ExportAs, template: str) -> Exported | None:
    """What is given; None, which is said, where it is known to px6 alone. Raises BadInput for a wrong template."""
    found = await pick(turn, data, read_known_list, fresh=False)
    if turn.silence is not None and not all(map(has_login, found.known)):
        await turn.show(no_logins_screen(turn.words, data, len(found.known)))
        return None
    return await made_export(turn, data, template, found)


async def made_export(turn: Turn, data: ExportAs, template: str, found: PickedProxies) -> Exported:
    try:
        content = await asyncio.to_thread(export, found.known, data.how, template)
    except WrongTemplate as error:
        raise BadInput(template_line(turn.words, error)) from None
    return Exported(found, content)


def caption_of(turn: Turn, data: ExportAs, made: Exported) -> Text:
    w, silence = turn.words, turn.silence
    said = silence_lines(w, silence, turn.services.now()) if silence else None
    return lines(export_title(w, data, len(made.found.known)), said, unknown_line(w, made.found.unknown))


def text_screen(turn: Turn, data: ExportAs, made: Exported) -> Screen | None:
    """The proxies as a text; None when they are too many for one."""
    content = Pre(made.content.rstrip("\n")) if made.found.known else None
    as_text = lines(caption_of(turn, data, made), content)
    return Screen(as_text) if len(made.found.known) <= MOST_AS_TEXT and fits(as_text) else None


async def send_as_file(turn: Turn, data: ExportAs, made: Exported, note: str | None = None) -> None:
    name = f"proxies-{turn.services.now():%Y%m%d-%H%M}.{data.how.suffix}"
    caption = lines(caption_of(turn, data, made), note)
    await turn.send_file(name, data.how.encoded(made.content), caption)


async def newer_export(turn: Turn, data: ExportAs, template: str, given: Exported) -> Screen | None:
    """The text as it is now; None when what was given still holds. What is, or has become, a file comes anew."""
    state = State.ALL if data.proxy or data.ticks else STATE_LETTERS[data.state]
    await read_known_list(turn, state, background=True)
    made = await make_export(turn, data, template)
    if made is None or (made.content == given.content and turn.silence is None):
        return None
    before, now = text_screen(turn, data, given), text_screen(turn, data, made)
    if turn.silence is not None:
        return now
    if before is not None and now is not None:
        return updated_screen(turn.words, now)
    await send_as_file(turn, data, made, updated_line(turn.words))
    return None


def no_logins_screen(w: Words, data: Picked, count: int) -> Screen:
    """px6 does not answer, and of some of the proxies logins and passwords are known to it alone."""
    text = lines(
        w.title("Export {what}", what=what_is_exported(w, data, count)),
        w.tr("The bot does not store logins and passwords, so it cannot export now. It can when px6 answers again."),
    )
    return Screen(text, home_and_back_rows(w, data))


def export_title(w: Words, data: ExportAs, count: int) -> Text:
    what = what_is_exported(w, data, count)
    if data.how is Format.TEMPLATE:
        return w.title("{what}, my template", what=what)
    return w.title("{what} as {format}", what=what, format=format_name(w, data.how))


def fits(text: Text) -> bool:
    return len(str(text.as_kwargs()["text"])) <= TEXT_LIMIT


# -- a template of one's own


@router.callback_query(AskTemplate.filter())
async def ask_template(_: CallbackQuery, turn: Turn, callback_data: AskTemplate) -> None:
    await turn.ask(callback_data)
    await turn.show(template_question(turn.words, callback_data))


def template_question(w: Words, data: AskTemplate) -> Screen:
    text = lines(
        w.title("My template"),
        w.tr("Write a line for one proxy. Placeholders for its values:"),
        code(" ".join(f"{{{name}}}" for name in PLACEHOLDERS)),
        w.rich("Example: {example}", example=code(TEMPLATE_EXAMPLE)),
    )
    return Screen(text, [home_row(w, data.to(Export, proxy=data.proxy))])


@router.message(Asked(AskTemplate), F.text)
async def typed_template(_: Message, turn: Turn, asked: AskTemplate) -> None:
    w, template = turn.words, turn.text.strip()
    if len(template) > TEMPLATE_LIMIT:
        raise parsing.wrong(
            w, w.tr("A template can have up to {most} characters.", most=TEMPLATE_LIMIT), TEMPLATE_EXAMPLE
        )
    try:
        check_template(template)
    except WrongTemplate as error:
        raise BadInput(template_line(w, error)) from None
    await turn.services.people.remember(turn.person.telegram_id, template=template)
    await turn.ask(None)
    wanted = asked.to(ExportAs, proxy=asked.proxy, how=Format.TEMPLATE, seen=template_number(template))
    turn.retry_with(wanted)
    await send_export(turn, wanted, template)


def template_line(w: Words, error: WrongTemplate) -> Text:
    """What is wrong with a template, and what can stand in one."""
    unknown = ", ".join(f"{{{name}}}" for name in error.unknown[:5])
    return lines(
        w.tr("No such placeholder: {slots}", slots=unknown) if unknown else w.tr("The template has no placeholders."),
        w.rich("Placeholders: {slots}", slots=code(" ".join(f"{{{name}}}" for name in PLACEHOLDERS))),
        w.rich("Example: {example}", example=code(TEMPLATE_EXAMPLE)),
    )
