"""Keyboards: what a bot may send, checked as the real server checks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from sandbox.telegram.arguments import Arguments, as_bool, as_integer
from sandbox.telegram.entities.links import WrongUrl, check_user_link, checked_url
from sandbox.telegram.errors import Refusal, bad_request
from sandbox.telegram.texts import Json, is_invisible

MAX_BUTTONS = 100
MAX_IN_ROW = 8
MAX_BYTES = 10_240
MAX_USERS = 10  # that one button may ask for
ASKED_OF_USERS = ("user_is_bot", "user_is_premium", "request_name", "request_username", "request_photo")
STYLES = ("primary", "success", "danger")
_SWITCHES = ("switch_inline_query", "switch_inline_query_current_chat")
_CHOSEN = ("allow_user_chats", "allow_bot_chats", "allow_group_chats", "allow_channel_chats")
_INLINE = "inline keyboard button"


@dataclass(frozen=True, slots=True)
class Markup:
    """A checked reply_markup: `inline` rows, or the `reply` keyboard, or neither."""

    inline: list[list[Json]] = field(default_factory=list)
    reply: Json | None = None


NOTHING = Markup()


def parse_markup(arguments: Arguments) -> Markup:
    """The `reply_markup` of a call; raises Refusal in the words of the real server."""
    value = arguments.values.get("reply_markup")
    return _of_text(value) if isinstance(value, str) else _of_value(value)


@lru_cache(maxsize=1024)
def _of_text(text: str) -> Markup:
    """Bots send the same keyboards again and again, and nobody changes a checked one."""
    return _of_value(Arguments({"reply_markup": text}).nested("reply_markup", "reply keyboard markup"))


def _of_value(value: object) -> Markup:
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return Markup(inline=_inline(_rows(value, "inline_keyboard")))
    if "keyboard" in value:
        return Markup(reply=_reply_keyboard(value))
    for name in ("remove_keyboard", "force_reply"):
        if as_bool(value, name):
            as_bool(value, "selective")
            return Markup(reply=value)
    return NOTHING


def parse_inline(arguments: Arguments) -> list[list[Json]]:
    """The `reply_markup` of an edit: only an inline keyboard may stand there."""
    markup = parse_markup(arguments)
    if markup.reply is not None:
        raise bad_request("inline keyboard expected")
    return markup.inline


def _rows(value: Json, name: str) -> list[list[object]]:
    rows = value[name]
    if not isinstance(rows, list):
        raise bad_request(f'Field "{name}" must be of type Array')
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'Field "{name}" must be an Array of Arrays')
    return [row for row in rows if row]


def _inline(rows: list[list[object]]) -> list[list[Json]]:
    keyboard = [[inline_button(button) for button in row] for row in rows]
    if sum(map(len, keyboard)) > MAX_BUTTONS or any(len(row) > MAX_IN_ROW for row in keyboard):
        raise bad_request("reply markup is too long")
    if keyboard and len(msgspec.json.encode(keyboard)) > MAX_BYTES:
        raise bad_request("reply markup is too long")
    return keyboard


def inline_button(given: object) -> Json:
    """One inline button with the fields the real server would give back."""
    if not isinstance(given, dict):
        raise bad_request(f"can't parse {_INLINE}: InlineKeyboardButton must be an Object")
    button: Json = {"text": _text(given, _INLINE)}
    button.update(_look(given))
    button.update(_action(given))
    return button


def _text(given: Json, what: str) -> str:
    text = given.get("text")
    if text is None:
        raise bad_request(f"can't parse {what}: Can't find field \"text\"")
    if not isinstance(text, str):
        raise bad_request(f'can\'t parse {what}: Field "text" must be of type String')
    if is_invisible(text):
        raise bad_request("BUTTON_TEXT_INVALID")
    return text.strip()


def _look(given: Json) -> Json:
    look: Json = {}
    style = given.get("style")
    if style:
        if str(style) not in STYLES:
            raise bad_request(f"can't parse {_INLINE}: invalid button style specified")
        look["style"] = style
    if given.get("icon_custom_emoji_id"):
        look["icon_custom_emoji_id"] = str(given["icon_custom_emoji_id"])
    return look


def _action(given: Json) -> Json:
    if given.get("url"):
        return {"url": _button_url(str(given["url"]))}
    if given.get("callback_data"):
        return {"callback_data": _callback_data(given["callback_data"])}
    if isinstance(given.get("copy_text"), dict):
        return {"copy_text": _copy_text(given["copy_text"])}
    if isinstance(given.get("disabled"), dict):
        return {"disabled": {}}
    if isinstance(given.get("web_app"), dict):
        return {"web_app": _web_app(given["web_app"], _INLINE)}
    return _rare_action(given)


def _rare_action(given: Json) -> Json:
    for name in _SWITCHES:
        if isinstance(given.get(name), str):
            return {name: given[name]}
    chosen = given.get("switch_inline_query_chosen_chat")
    if isinstance(chosen, dict):
        _check_chosen(chosen)
        return {"switch_inline_query_chosen_chat": chosen}
    if isinstance(given.get("login_url"), dict):
        raise bad_request("BOT_DOMAIN_INVALID")
    if given.get("pay") is True or isinstance(given.get("callback_game"), dict):
        raise bad_request("BUTTON_TYPE_INVALID")
    raise bad_request(f"can't parse {_INLINE}: Text buttons are unallowed in the inline keyboard")


def _check_chosen(chosen: Json) -> None:
    try:
        for name in _CHOSEN:
            as_bool(chosen, name)
    except Refusal as refusal:
        reason = refusal.description.removeprefix("Bad Request: ")
        raise bad_request(f"can't parse {_INLINE}: {reason[:1].upper()}{reason[1:]}") from None


def _button_url(url: str) -> str:
    if check_user_link(url) is not None:
        return url
    try:
        return checked_url(url)
    except WrongUrl as error:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {error}") from None


def _callback_data(data: object) -> str:
    if not isinstance(data, str) or len(data.encode()) > 64:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _copy_text(given: Json) -> Json:
    text = given.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return {"text": text}


def _web_app(given: Json, what: str) -> Json:
    url = str(given.get("url", ""))
    if not url.lower().startswith("https://"):
        raise bad_request(f"{what} Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    return {"url": url}


def _reply_keyboard(value: Json) -> Json:
    rows = _rows(value, "keyboard")
    for name in ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective"):
        as_bool(value, name)
    keyboard = [[_reply_button(button) for button in row] for row in rows]
    return {**value, "keyboard": keyboard}


def _reply_button(given: object) -> Json:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    button = {**given, "text": _text(given, "keyboard button")}
    if isinstance(given.get("web_app"), dict):
        _web_app(given["web_app"], "keyboard button")
    if isinstance(given.get("request_users"), dict):
        button["request_users"] = _request_users(given["request_users"])
    return button


def _request_users(given: Json) -> Json:
    """What a button asks for people with, as `KeyboardButtonRequestUsers`."""
    try:
        if "request_id" not in given:
            raise bad_request('can\'t find field "request_id"')
        asked: Json = {"request_id": as_integer(given["request_id"], "request_id")}
        asked["max_quantity"] = as_integer(given.get("max_quantity", 1), "max_quantity")
        asked.update({name: as_bool(given, name) for name in ASKED_OF_USERS if name in given})
    except Refusal as refusal:
        reason = refusal.description.removeprefix("Bad Request: ")
        raise bad_request(f"can't parse keyboard button: {reason[:1].upper()}{reason[1:]}") from None
    if not -(2**31) <= asked["request_id"] < 2**31 or asked["max_quantity"] > MAX_USERS:
        raise bad_request("BUTTON_TYPE_INVALID")
    return asked
