"""What is exported: made, sent as text or as files, and made anew when px6 lists something else by now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.utils.formatting import Pre, Text

from handlers.ground.colleague_notes import note_act
from handlers.ground.parsing import BadInput
from handlers.ground.proxy_buttons import Picked
from handlers.ground.proxy_words import unknown_line, unread_line
from handlers.ground.screen import TEXT_LIMIT, Screen
from handlers.ground.silence import silence_lines
from handlers.ground.turn import Turn
from handlers.ground.words import lines
from handlers.proxies.export_buttons import ExportFor
from handlers.proxies.export_page import page_text
from handlers.proxies.export_screens import (
    MOST_AS_TEXT,
    export_title,
    mixed_screen,
    no_logins_screen,
    protocol_line,
    unfit_lines,
    warned_line,
)
from handlers.proxies.export_template import template_line
from handlers.proxies.known_screen import updated_line, updated_screen
from handlers.proxies.selection_view import STATE_LETTERS, PickedProxies, pick, read_known_list
from model.doers import Act
from px6 import Proxy, State
from services.proxies.exports import Format, Sorted, WrongTemplate, export, refused_by_chromium, sort_out
from services.proxies.known_list import has_login


@dataclass(frozen=True)
class Part:
    """What goes into one message: all of one protocol, where the format itself does not tell it."""

    proxies: Sequence[Proxy]
    content: str


@dataclass(frozen=True)
class Exported:
    """What is given; `refused`: what Chromium does not take by itself."""

    found: PickedProxies
    sorted_out: Sorted
    refused: Sequence[Proxy]
    parts: Sequence[Part]

    @property
    def contents(self) -> list[str]:
        return [part.content for part in self.parts]


async def pick_with_logins(turn: Turn, data: Picked) -> PickedProxies | None:
    """What a button means, perhaps as of a moment ago; None, which is said, where logins are known to px6 alone."""
    found = await pick(turn, data, read_known_list, fresh=False)
    if turn.silence is None or all(map(has_login, found.known)):
        return found
    await turn.show(no_logins_screen(turn.words, data, len(found.known)))
    return None


async def make_export(turn: Turn, data: ExportFor, template: str | None, found: PickedProxies) -> Exported:
    """Raises BadInput for a template that is none."""
    sorted_out = sort_out(found.known, data.how, data.wanted)
    groups = parts_of(data.how, sorted_out.given)
    contents = [await asyncio.to_thread(content_of, turn, data.how, group, template) for group in groups]
    parts = [Part(group, content) for group, content in zip(groups, contents, strict=True)]
    return Exported(found, sorted_out, refused_by_chromium(sorted_out.given, data.how), parts)


def parts_of(how: Format, given: Sequence[Proxy]) -> list[Sequence[Proxy]]:
    if how.target.names_protocol or how.target.takes_all or not given:
        return [given]
    by_type = {proxy.type: [each for each in given if each.type == proxy.type] for proxy in given}
    return list(by_type.values())


def content_of(turn: Turn, how: Format, proxies: Sequence[Proxy], template: str | None) -> str:
    if how is Format.PAGE:
        return page_text(turn.words, proxies, turn.services.now())
    try:
        return export(proxies, how, template or "")
    except WrongTemplate as error:
        raise BadInput(template_line(turn.words, error)) from None


# -- sending


async def send_exported(turn: Turn, data: ExportFor, template: str | None, made: Exported) -> None:
    """New messages: what was exported stays in the chat. What was read a moment ago is read again behind."""
    message_id = await send_parts(turn, data, made)
    await note_act(turn, Act.EXPORT, sum(len(part.proxies) for part in made.parts))
    if made.found.recent and turn.silence is None:
        turn.renew(message_id, lambda: newer_export(turn, data, template, made))


async def send_parts(turn: Turn, data: ExportFor, made: Exported, note: str | None = None) -> int:
    """A message for each part. Gives the id of the last."""
    *_, message_id = [await send_part(turn, data, made, part, note) for part in made.parts]
    return message_id


async def send_part(turn: Turn, data: ExportFor, made: Exported, part: Part, note: str | None) -> int:
    """As text when few, else as a file."""
    as_text = text_screen(turn, data, made, part)
    if as_text is not None:
        return await turn.send(updated_screen(turn.words, as_text) if note else as_text)
    how = data.how
    kind = "" if how.target.names_protocol else f"-{part.proxies[0].type}"
    name = f"proxies{kind}-{turn.services.now():%Y%m%d-%H%M}.{how.suffix}"
    return await turn.send_file(name, how.encoded(part.content), lines(caption_of(turn, data, made, part), note))


def text_screen(turn: Turn, data: ExportFor, made: Exported, part: Part) -> Screen | None:
    """The proxies as a text; None when they are too many for one, or of a format that is imported as a file."""
    plain = part.content.rstrip("\n")
    content = plain if data.how is Format.TELEGRAM else Pre(plain)  # a link is to be tapped, not copied
    as_text = lines(caption_of(turn, data, made, part), content if part.proxies else None)
    few = len(part.proxies) <= MOST_AS_TEXT and not data.how.target.always_file
    return Screen(as_text) if few and fits(as_text) else None


def caption_of(turn: Turn, data: ExportFor, made: Exported, part: Part) -> Text:
    w, how, silence = turn.words, data.how, turn.silence
    return lines(
        export_title(w, data, how, len(part.proxies)),
        protocol_line(w, how, part.proxies),
        silence_lines(w, silence, turn.services.now()) if silence else None,
        *unfit_lines(w, how, made.sorted_out.unfit),
        unknown_line(w, made.found.unknown),
        unread_line(w, made.found.unread),
        warned_line(w, made.refused),
    )


def fits(text: Text) -> bool:
    return len(str(text.as_kwargs()["text"])) <= TEXT_LIMIT


# -- once more, when px6 lists something else


async def newer_export(turn: Turn, data: ExportFor, template: str | None, given: Exported) -> Screen | None:
    """The text as it is now; None when what was given still holds. What is no single text comes anew."""
    state = State.ALL if data.proxy or data.ticks else STATE_LETTERS[data.state]
    await read_known_list(turn, state, background=True)
    found = await pick_with_logins(turn, data)
    if found is None:
        return None
    made = await make_export(turn, data, template, found)
    if data.how is not Format.PAGE and made.contents == given.contents and turn.silence is None:
        return None
    if data.how is Format.PAGE and made.found.known == given.found.known:  # it says of when it is
        return None
    return await renewed(turn, data, made, given)


async def renewed(turn: Turn, data: ExportFor, made: Exported, given: Exported) -> Screen | None:
    before, now = only_text(turn, data, given), only_text(turn, data, made)
    if made.sorted_out.mixed:
        question = updated_screen(turn.words, mixed_screen(turn.words, data, data.how, made.found.known))
        if before is not None:
            return question
        await turn.send(question)
    elif before is not None and now is not None:
        return updated_screen(turn.words, now) if turn.silence is None else now
    elif turn.silence is None and made.sorted_out.given:
        await send_parts(turn, data, made, updated_line(turn.words))
    return None


def only_text(turn: Turn, data: ExportFor, made: Exported) -> Screen | None:
    """What is given, where that is one message, and a text."""
    match made.parts:
        case [part]:
            return text_screen(turn, data, made, part)
    return None
