"""The sentences of the bot: gettext catalogues, and the languages.

English is the language of the code, so only other languages have files: `locales/ru/*.po`, one for each folder of
`handlers` and one for `bot`. They are read as they are; there is nothing to compile. Which words are used, and how
sentences are built, is in `locales/README.md`.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from locales.languages import ENGLISH, LANGUAGES, Language, language_for

__all__ = ["ENGLISH", "LANGUAGES", "Language", "catalogue", "language_for"]

FOLDER = Path(__file__).parent


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """All translations into a language, merged from its files; the code's own sentences where there are none."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    whole = Catalog(locale=language)
    for path in sorted(FOLDER.joinpath(language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
