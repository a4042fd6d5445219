"""From what a bot passes (text, parse_mode, entities) to what Telegram keeps."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from sandbox.telegram.entities.detect import detect
from sandbox.telegram.entities.html import parse_html
from sandbox.telegram.entities.links import WrongUrl, check_user_link, checked_url
from sandbox.telegram.entities.markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.entities.spans import Entity, length_of, ordered, units
from sandbox.telegram.errors import bad_request

RAW_LIMIT = 32_768
_AUTOMATIC = frozenset(
    ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"]
)
_SIMPLE = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "pre",
        "blockquote",
        "expandable_blockquote",
    ]
)
_CONTROL = re.compile("[\x00-\x08\t\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How long a text may be after parsing, and what is said when it is longer."""

    longest: int
    too_long: str


MESSAGE = TextLimits(4096, "message is too long")
CAPTION = TextLimits(1024, "message caption is too long")


def compose(text: str, parse_mode: str, entities: object, limits: TextLimits) -> tuple[str, list[Entity]]:
    """Plain text and entities as Telegram keeps them; empty text is left to the caller."""
    if len(text.encode()) > RAW_LIMIT:
        raise bad_request("text is too long")
    mode = parse_mode.lower()
    if text and mode and mode != "none":
        plain, found = _parse(text, mode)
    else:
        plain, found = text, checked_entities(text, entities)
    plain, found = _tidy(plain, found)
    if len(plain) > limits.longest:
        raise bad_request(limits.too_long)
    return plain, ordered(_with_detected(plain, found))


def _parse(text: str, mode: str) -> tuple[str, list[Entity]]:
    if mode == "html":
        return parse_html(text)
    if mode == "markdownv2":
        return parse_markdown_v2(text)
    if mode == "markdown":
        return parse_markdown(text)
    raise bad_request("unsupported parse_mode")


def checked_entities(text: str, entities: object) -> list[Entity]:
    """Entities that a bot passed by itself; raises Refusal where they do not fit the text."""
    if not entities:
        return []
    if not isinstance(entities, list):
        raise bad_request("can't parse entities JSON object")
    offsets = units(text)
    known = [_entity(given) for given in entities]
    for entity in known:
        _check_span(entity, offsets)
    return [entity for entity in known if entity["length"] > 0 and entity["type"] not in _AUTOMATIC]


def _entity(given: object) -> Entity:
    if not isinstance(given, dict):
        raise bad_request("can't parse MessageEntity: Expected an Object")
    kind = given.get("type")
    entity: Entity = {"type": kind, "offset": _number(given, "offset"), "length": _number(given, "length")}
    if kind in _AUTOMATIC or kind in _SIMPLE:
        if kind == "pre" and given.get("language"):
            entity["language"] = str(given["language"])
        return entity
    return {**entity, **_argument(str(kind), given)}


def _number(given: Entity, name: str) -> int:
    if name not in given:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    try:
        return int(given[name])
    except (TypeError, ValueError):
        raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be of type Number') from None


def _moment(given: Entity) -> int:
    """Seconds since 1970, as the HTML and Markdown kinds take them, too."""
    moment = _number(given, "unix_time")
    if moment >= 2**31:
        raise bad_request('can\'t parse MessageEntity: Field "unix_time" must be a valid Number')
    if moment <= 0:
        raise bad_request("invalid date specified")
    return moment


def _need(given: Entity, name: str) -> object:
    if given.get(name) is None:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    return given[name]


def _argument(kind: str, given: Entity) -> Entity:
    if kind == "text_link":
        return _link(str(_need(given, "url")))
    if kind == "text_mention":
        return {"user": _need(given, "user")}
    if kind == "custom_emoji":
        emoji_id = str(_need(given, "custom_emoji_id"))
        if not emoji_id.isdigit() or int(emoji_id) >= 2**63:
            raise bad_request('can\'t parse MessageEntity: Field "custom_emoji_id" must be a valid Number')
        return {"custom_emoji_id": emoji_id}
    if kind == "date_time":
        fields: Entity = {"unix_time": _moment(given)}
        if given.get("date_time_format"):
            fields["date_time_format"] = str(given["date_time_format"])
        return fields
    raise bad_request("can't parse MessageEntity: Unsupported type specified")


def _link(url: str) -> Entity:
    person_id = check_user_link(url)
    if person_id is not None:
        return {"type": "text_mention", "user": {"id": person_id}}
    try:
        return {"url": checked_url(url)}
    except WrongUrl as error:
        raise bad_request(f"entity URL '{url}' is invalid: {error}") from None


def _check_span(entity: Entity, offsets: list[int]) -> None:
    begin, length, end = entity["offset"], entity["length"], entity["offset"] + entity["length"]
    if begin < 0:
        raise bad_request(f"receive an entity with incorrect offset {begin}")
    if length < 0:
        raise bad_request(f"receive an entity with incorrect length {length}")
    if begin > offsets[-1]:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {begin}")
    if end > offsets[-1]:
        raise bad_request(
            f"entity beginning at UTF-16 offset {begin} ends after the end of the text at UTF-16 offset {end}"
        )
    for position, what in ((begin, "begins"), (end, "ends")):
        if offsets[bisect_left(offsets, position)] != position:
            raise bad_request(f"entity {what} in a middle of a UTF-16 symbol at UTF-16 offset {position}")


def _tidy(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Control characters become blanks, the ends are trimmed, and entities follow."""
    if "\r" in text:
        text, entities = _without_returns(text, entities)
    text = _CONTROL.sub(" ", text)
    trimmed = text.lstrip()
    cut = length_of(text[: len(text) - len(trimmed)])
    trimmed = trimmed.rstrip()
    if cut == 0 and len(trimmed) == len(text):
        return text, entities
    return trimmed, _shifted(entities, cut, length_of(trimmed))


def _shifted(entities: list[Entity], cut: int, longest: int) -> list[Entity]:
    kept = []
    for entity in entities:
        begin = max(0, entity["offset"] - cut)
        end = min(longest, entity["offset"] + entity["length"] - cut)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return kept


def _without_returns(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    removed, gone = [0], 0
    for char in text:
        gone += char == "\r"
        removed.extend([gone] * (2 if ord(char) > 0xFFFF else 1))
    moved = []
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        begin, end = begin - removed[begin], end - removed[end]
        if end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return text.replace("\r", ""), moved


def _with_detected(text: str, entities: list[Entity]) -> list[Entity]:
    """Add what Telegram finds by itself where no code, link or other detection is."""
    solid = [
        (e["offset"], e["offset"] + e["length"])
        for e in entities
        if e["type"] in ("code", "pre", "text_link", "text_mention", "custom_emoji", "date_time")
    ]
    extra = [
        found
        for found in detect(text)
        if not any(found["offset"] < end and found["offset"] + found["length"] > begin for begin, end in solid)
    ]
    return entities + extra
