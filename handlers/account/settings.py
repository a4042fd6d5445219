"""/settings and /language."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground.buttons import AskKey, ShowColleagues
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.screen import Open, Screen, back_button, button, choice_button, home_button, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.notifications.board import board_line
from handlers.proxies.check_string_screens import AskStrings
from locales import LANGUAGES
from model.colleagues import Right
from model.notifications import StoredBoard

router = Router(name=__name__)


class SetLanguage(CallbackData, prefix="lang", durable=True, shared=True, needs=Right.LOOK):
    """Switches the bot to this language."""

    code: str


@router.message(Command("settings"))
@router.callback_query(Open.filter(F.screen == "settings"))
async def settings(_: Message | CallbackQuery, turn: Turn) -> None:
    await show_settings(turn)


async def show_settings(turn: Turn) -> None:
    person = turn.person
    if person.colleague is not None:
        await turn.show(colleague_settings_screen(turn.words))
        return
    account = await turn.services.accounts.account(person.telegram_id)
    board = await turn.services.boards.of(person.telegram_id)
    user_id = account.px6_user_id if account else None
    await turn.show(settings_screen(turn.words, user_id, person.telegram_id, board))


def colleague_settings_screen(w: Words) -> Screen:
    """Of a person who acts on somebody else's account: what is their own."""
    text = lines(w.title("Settings"), w.tr("Language: {language}", language=LANGUAGES[w.language].name))
    rows = pairs(
        button(w.tr("Language"), Open(screen="language")),
        button(w.tr("Time zone"), Open(screen="zone")),
        button(w.tr("Export"), Open(screen="export")),
        button(w.tr("Accounts"), Open(screen="accounts")),
        button(w.tr("Add an account"), AskKey()),
        button(w.tr("Erase everything"), Open(screen="forget")),
    )
    return Screen(text, [*rows, [home_button(w)]])


def settings_screen(w: Words, px6_user_id: str | None, owner: int, board: StoredBoard | None = None) -> Screen:
    """`owner`: by which the account is known, for who has access to it."""
    text = lines(
        w.title("Settings"),
        w.tr("Language: {language}", language=LANGUAGES[w.language].name),
        w.tr("px6 account {id}, its key is stored encrypted", id=px6_user_id)
        if px6_user_id
        else w.tr("No px6 key yet"),
        board_line(w, board) if board else None,
    )
    key = w.tr("Change the key") if px6_user_id else w.tr("Enter a key")
    rows = pairs(
        button(w.tr("Language"), Open(screen="language")),
        button(key, AskKey()),
        button(w.tr("Export"), Open(screen="export")) if px6_user_id else None,
        button(w.tr("Access by IP"), Open(screen="bind")) if px6_user_id else None,
        button(w.tr("Pinned message"), Open(screen="board")) if px6_user_id else None,
        button(w.tr("Check any proxy"), AskStrings()) if px6_user_id else None,
        button(w.tr("Accounts"), Open(screen="accounts")) if px6_user_id else None,
        button(w.tr("Colleagues"), ShowColleagues(account=owner)) if px6_user_id else None,
        button(w.tr("Erase everything"), Open(screen="forget")),
    )
    return Screen(text, [*rows, [home_button(w)]])


@router.message(Command("language"))
@router.callback_query(Open.filter(F.screen == "language"))
async def language(_: Message | CallbackQuery, turn: Turn) -> None:
    """/language [LANGUAGE]: its code or its name; anything else gets the choice."""
    code = language_named(turn.typed.body)
    if code is None:
        await turn.show(language_screen(turn.words))
    else:
        await set_language(turn, code)


def language_named(given: str) -> str | None:
    """The language with this code or name, however it is written; None for anything else."""
    wanted = given.strip().casefold()
    return next((code for code, each in LANGUAGES.items() if wanted in (code, each.name.casefold())), None)


def language_screen(w: Words) -> Screen:
    buttons = [
        choice_button(each.name, code == w.language, SetLanguage(code=code)) for code, each in LANGUAGES.items()
    ]
    return Screen(
        lines(w.title("Language")), [*pairs(*buttons), [back_button(w, Open(screen="settings"))]], of_account=False
    )


@router.callback_query(SetLanguage.filter(F.code.in_(LANGUAGES)))
async def choose_language(_: CallbackQuery, turn: Turn, callback_data: SetLanguage) -> None:
    await set_language(turn, callback_data.code)


async def set_language(turn: Turn, code: str) -> None:
    await turn.services.people.set_language(turn.person.chat_id, code)
    turn.on_disk()
    turn.words = Words(code, turn.person.zone)
    await show_settings(turn)
