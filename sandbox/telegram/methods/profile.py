"""What people see of the bot: commands, descriptions, name, menu button."""

from __future__ import annotations

import re

from sandbox.telegram.arguments import as_integer
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.texts import Json

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
MAX_COMMANDS = 100
_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})


@method
def get_me(call: Call) -> object:
    return {
        **call.bot.as_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def _language(call: Call) -> str:
    language = call.arguments.text("language_code")
    if language and not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _changed(call: Call) -> bool:
    call.state.events.add("bot", bot=call.bot.id)
    return True


def _scope(call: Call) -> str:
    given = call.arguments.nested("scope", "BotCommandScope")
    if given is None:
        return "default"
    kind = str(given.get("type")) if isinstance(given, dict) else ""
    if kind in _SCOPES:
        return kind
    if not isinstance(given, dict) or kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat_id = as_integer(given.get("chat_id", 0), "chat_id")
    if chat_id not in call.bot.chats:
        raise bad_request("chat not found")
    return f"{kind}:{chat_id}" + (f":{given.get('user_id')}" if kind == "chat_member" else "")


def _command(given: object) -> Json:
    if not isinstance(given, dict):
        raise bad_request("expected an Object")
    name = str(given.get("command") or "").removeprefix("/")
    description = str(given.get("description") or "").strip()
    for what, text, longest in (("command", name, 32), ("command description", description, 256)):
        if not text:
            raise bad_request(f"{what} must be non-empty")
        if len(text) > longest:
            raise bad_request(f"{what} length must not exceed {longest}")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": description}


@method
def set_my_commands(call: Call) -> object:
    given = call.arguments.nested("commands", "commands")
    if not isinstance(given, list):
        raise bad_request("can't parse commands: Expected an Array of BotCommand")
    if len(given) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.profile.commands[_scope(call), _language(call)] = [_command(one) for one in given]
    return _changed(call)


@method
def get_my_commands(call: Call) -> object:
    return call.bot.profile.commands.get((_scope(call), _language(call)), [])


@method
def delete_my_commands(call: Call) -> object:
    call.bot.profile.commands.pop((_scope(call), _language(call)), None)
    return _changed(call)


def _set_text(call: Call, texts: dict[str, str], name: str, longest: int, refusal: str) -> bool:
    text = call.arguments.text(name)
    if len(text) > longest:
        raise bad_request(refusal)
    language = _language(call)
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    return _changed(call)


@method
def set_my_description(call: Call) -> object:
    texts = call.bot.profile.descriptions
    return _set_text(call, texts, "description", 512, "DESCRIPTION_TOO_LONG")


@method
def get_my_description(call: Call) -> object:
    texts = call.bot.profile.descriptions
    return {"description": texts.get(_language(call)) or texts.get("", "")}


@method
def set_my_short_description(call: Call) -> object:
    texts = call.bot.profile.short_descriptions
    return _set_text(call, texts, "short_description", 120, "ABOUT_TOO_LONG")


@method
def get_my_short_description(call: Call) -> object:
    texts = call.bot.profile.short_descriptions
    return {"short_description": texts.get(_language(call)) or texts.get("", "")}


@method
def set_my_name(call: Call) -> object:
    names = call.bot.profile.names
    if not call.arguments.text("name") and not _language(call):
        raise bad_request("BOT_TITLE_INVALID")
    return _set_text(call, names, "name", 64, "BOT_TITLE_INVALID")


@method
def get_my_name(call: Call) -> object:
    names = call.bot.profile.names
    return {"name": names.get(_language(call)) or names[""]}


@method
def set_chat_menu_button(call: Call) -> object:
    given = call.arguments.nested("menu_button", "menu button")
    button = given if isinstance(given, dict) else {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported type specified")
    call.bot.profile.menu_buttons[call.arguments.integer("chat_id")] = button
    return _changed(call)


@method
def get_chat_menu_button(call: Call) -> object:
    buttons = call.bot.profile.menu_buttons
    return buttons.get(call.arguments.integer("chat_id")) or buttons.get(0) or {"type": "commands"}


@method
def set_my_default_administrator_rights(call: Call) -> object:
    return True
