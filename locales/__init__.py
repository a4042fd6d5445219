"""The sentences of the bot: gettext catalogues, one `.po` file for each module of `handlers`.

English is the language of the code, so only other languages have files: `locales/ru/*.po`. They are read as they
are; there is nothing to compile.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

LANGUAGES = ("en", "ru")
FOLDER = Path(__file__).parent


def language_for(code: str | None) -> str:
    """The language to speak with a phone set to this IETF tag (`ru`, `en-GB`, None): Russian or English."""
    return "ru" if code and code.lower().split("-")[0] in ("ru", "be", "kk", "uk") else "en"


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
