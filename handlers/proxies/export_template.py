"""A template of one's own for an export: the question, and what is wrong with an answer. Pure screens."""

from __future__ import annotations

from aiogram.utils.formatting import Text

from handlers.ground import parsing
from handlers.ground.parsing import BadInput
from handlers.ground.screen import Screen
from handlers.ground.words import Words, code, lines
from handlers.proxies.export_buttons import AskTemplate
from handlers.proxies.export_screens import back_row
from services.proxies.exports import PLACEHOLDERS, WrongTemplate, check_template

TEMPLATE_LIMIT = 500  # characters
TEMPLATE_EXAMPLE = "{type}://{user}:{pass}@{host}:{port}"


def template_question(w: Words, data: AskTemplate) -> Screen:
    text = lines(
        w.title("My template"),
        w.tr("Write a line for one proxy. Placeholders for its values:"),
        code(" ".join(f"{{{name}}}" for name in PLACEHOLDERS)),
        w.rich("Example: {example}", example=code(TEMPLATE_EXAMPLE)),
    )
    return Screen(text, [back_row(w, data)])


def typed_template_text(w: Words, template: str) -> str:
    """The template itself. Raises BadInput."""
    if len(template) > TEMPLATE_LIMIT:
        raise parsing.wrong(
            w, w.tr("A template can have up to {most} characters.", most=TEMPLATE_LIMIT), TEMPLATE_EXAMPLE
        )
    try:
        return check_template(template)
    except WrongTemplate as error:
        raise BadInput(template_line(w, error)) from None


def template_line(w: Words, error: WrongTemplate) -> Text:
    """What is wrong with a template, and what can stand in one."""
    unknown = ", ".join(f"{{{name}}}" for name in error.unknown[:5])
    return lines(
        w.tr("No such placeholder: {slots}", slots=unknown) if unknown else w.tr("The template has no placeholders."),
        w.rich("Placeholders: {slots}", slots=code(" ".join(f"{{{name}}}" for name in PLACEHOLDERS))),
        w.rich("Example: {example}", example=code(TEMPLATE_EXAMPLE)),
    )
