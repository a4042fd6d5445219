"""Writes every approved screen in English and Russian, side by side, and every sentence of the catalogues.

python -m tests.approved
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from babel.messages.pofile import read_po

from bot.menus import description, short_description
from handlers.account.home import commands
from handlers.ground.words import Words
from tests.approved.approving import as_text, modules, states_in

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".screens"
LANGUAGES = ("en", "ru")
LABEL = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")  # of a button, with what it does


def main() -> None:
    """A file for each subject: first its screens, then its sentences."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    states = dict(pages())
    for subject in (path.stem for path in sorted(ROOT.glob("locales/ru/*.po"))):
        page = "\n".join([f"# {subject}", "", *states.get(subject, []), "## Sentences", "", *sentences(subject)])
        FOLDER.joinpath(f"{subject}.md").write_text(page + "\n", "utf-8")
    print(f"{FOLDER}: {', '.join(path.name for path in sorted(FOLDER.iterdir()))}")  # noqa: T201


def pages() -> Iterator[tuple[str, list[str]]]:
    """Each subject with the lines of its screens."""
    yield "bot", list(menus())
    for subject, of_one in groupby(modules(), key=lambda module: module.split(".")[2]):
        yield subject, [line for module in of_one for line in both(module)]


def both(module: str) -> Iterator[str]:
    """The states of a module in one language after the other: each text once, and none without a sentence."""
    seen: set[tuple[str, ...]] = set()
    english, russian = (states_in(language, module) for language in LANGUAGES)
    yield from (f"## {module.rpartition('test_')[2]}", "")
    for (name, *shown), (_, translated) in zip(english, russian, strict=True):
        texts = tuple(LABEL.sub(r"[\1]", as_text(once(each))) for each in (*shown, translated))
        if texts[0] != texts[1] and texts not in seen:
            seen.add(texts)
            yield from (f"### {name}", "", "```", texts[0], "", texts[1], "```", "")


def once(shown: object) -> object:
    """A state that shows a screen in several languages shows it several times here, where all speak the same."""
    return list(dict.fromkeys(map(as_text, shown))) if isinstance(shown, list) else shown


def menus() -> Iterator[str]:
    """What Telegram shows of the bot outside of the chat."""
    for words in map(Words, LANGUAGES):
        menu = [f"/{name} {forms}".strip() + f" – {does}" for name, forms, does in commands(words)]
        yield from ("```", short_description(words), "", description(words), "", *menu, "```", "")


def sentences(subject: str) -> Iterator[str]:
    """The subject's catalogue: the code's sentence, then the Russian one in all its forms."""
    path = ROOT / "locales" / "ru" / f"{subject}.po"
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale="ru"):
                if message.id:
                    yield from ("- " + " / ".join(forms(message.id)), "  " + " / ".join(forms(message.string)))


def forms(text: str | list[str] | tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys([text] if isinstance(text, str) else text))


if __name__ == "__main__":
    main()
