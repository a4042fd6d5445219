"""Every button, command and screen says what a colleague must be allowed for it."""

from __future__ import annotations

import re
from pathlib import Path

import handlers
from handlers.account.home import commands
from handlers.ground.rights import COMMANDS, NEEDED, SCREENS, ByField, Whose, needed_for_tap
from handlers.ground.words import Words
from handlers.operators.commands import operator_commands
from model.colleagues import Right
from tests.callback_forgeries import button_kinds

W = Words("en")


def test_no_button_is_without_a_decision() -> None:
    assert [kind.__prefix__ for kind in button_kinds() if NEEDED.get(kind.__prefix__, None) is None] == ["-"]


def test_no_command_and_no_screen_is_without_a_decision() -> None:
    assert set(COMMANDS) == {name for name, _, _ in (*commands(W), *operator_commands(W))}
    source = "\n".join(file.read_text("utf-8") for file in Path(handlers.__file__).parent.rglob("*.py"))
    screens = re.findall(r'Open\.filter\(F\.screen == "(\w+)"\)|Open\(screen="(\w+)"\)', source)
    assert set(SCREENS) >= {one or other for one, other in screens} > {"home", "board"}


def test_what_spends_destroys_or_acts_by_itself_is_for_few() -> None:
    """Written down once more, so that a right is not widened by the way."""
    least = {
        **dict.fromkeys(("pay", "pl", "pl-d", "pl-t", "q:prolong:1:30", "rest:prolong:1", "cz:a:p"), Right.PROLONG),
        **dict.fromkeys(("del", "de", "ps", "ip-b", "b", "again", "kp-p", "q:buy:1:30", "rest:buy:1"), Right.ALL),
        **dict.fromkeys(("ru-m", "ru-c", "ru-x", "ru-d", "skip", "hw-a", "cz:a:d", "cz:a:b", "hf:1:b"), Right.ALL),
        **dict.fromkeys(("ck", "cs", "cr", "ckr", "cz:a:c", "hf:1:c"), Right.CHECK),
        **dict.fromkeys(("ls", "c", "ex", "ea", "ol", "sp", "open:home", "cz:a:e", "cz:a"), Right.LOOK),
        **dict.fromkeys(("ru-all", "watch-s", "board", "open:board", "open:nothing", "nothing:1"), Whose.OWNER),
        **dict.fromkeys(("key", "key-new", "key-add", "key-try", "forget", "open:forget"), Whose.OWN),
    }
    assert {data: needed_for_tap(data) for data in least} == least


def test_a_need_by_a_field_is_the_widest_where_the_field_is_missing_or_unknown() -> None:
    kinds = [needs for needs in NEEDED.values() if isinstance(needs, ByField)]
    assert kinds
    for needs in kinds:
        assert needs.of(["?"] * 9) is Right.ALL
