"""Two spellings that differ only in white space, marks that nobody sees and the case of the command mean the same."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from handlers.ground.typed import Typed, alike, read
from handlers.proxies.comment_meanings import meanings
from tests.odd_characters import INVISIBLE, SPACES

COMMANDS = ("buy", "prolong", "comment", "delete", "proxies", "type", "check", "price", "stock", "key", "no_such")
ARGUMENTS = (
    "15",
    "#16",
    "30",
    "de",
    "Hong",
    "Kong",
    "Корея",
    "ipv4",
    "socks",
    "shop",
    ">",
    "10-15",
    "❤️",
    "שלום",
    "x",
)
QUOTED = ('"2024"', "«мой»", "“a”")
names = st.sampled_from(COMMANDS).flatmap(lambda name: st.tuples(*(st.sampled_from([c, c.upper()]) for c in name)))
arguments = st.lists(st.sampled_from(ARGUMENTS + QUOTED), max_size=8)
gaps = st.tuples(
    st.text(INVISIBLE, max_size=2), st.text(SPACES + " ", min_size=1, max_size=3), st.text(INVISIBLE, max_size=2)
)
edges = st.text(INVISIBLE + SPACES, max_size=3)


def meant(typed: Typed) -> object:
    """All that handlers read from it."""
    texts = [alike(typed.text_of(typed.words[at:])) for at in range(len(typed.words))]
    return typed.command, typed.bot, typed.words, texts, [str(each) for each in meanings(tame(typed))]


def tame(typed: Typed) -> Typed:
    return read(f"/{typed.command} {alike(typed.body)}")


@given(name=names, bot=st.sampled_from(["", "@My_Bot", "@MY_BOT"]), words=arguments, data=st.data())
@example(name=tuple("delete"), bot="", words=["15", "16", "shop"], data=None)
def test_spellings_of_one_message_mean_the_same(
    name: tuple[str, ...], bot: str, words: list[str], data: st.DataObject | None
) -> None:
    spelt = f"/{''.join(name)}{bot}"
    before = after = ""
    if data is not None:
        before, after = data.draw(edges), data.draw(edges)
    for word in words:
        spelt += ("".join(data.draw(gaps)) if data is not None else "\t") + word
    usual = " ".join([f"/{''.join(name).lower()}{bot.lower()}", *words])
    assert meant(read(before + spelt + after)) == meant(read(usual))


@given(text=st.text(INVISIBLE + SPACES + '/abc15#№"“”„«»,;>-', max_size=40))
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    typed = read(text)
    assert read(typed.body) == typed or typed.is_command
    assert typed.words == (() if typed.command == "" else read("/x " + typed.body).words)
