"""What every kind of button carries. Buttons stay in chats for years, so what they mean is changed knowingly only."""

from __future__ import annotations

from collections.abc import Iterator

from aiogram.filters.callback_data import CallbackData

from handlers.ground.callback_data import DURABLE_PREFIXES, OFFLINE_PREFIXES, SHARED_PREFIXES
from handlers.ground.rights import NEEDED, ByField, Needs
from tests.approved.approving import State, approve
from tests.callback_forgeries import button_kinds, packed

KINDS = {"durable": DURABLE_PREFIXES, "offline": OFFLINE_PREFIXES, "shared": SHARED_PREFIXES}


def states() -> Iterator[State]:
    found = {kind.__prefix__: kind for kind in button_kinds() if kind.__prefix__ != "-"}  # without the base of all
    yield "prefix, who may tap it, what it is, its fields", [line(found[prefix]) for prefix in sorted(found)]


def line(kind: type[CallbackData]) -> str:
    """`pay · prolong · durable · quote, period`, and after `=` what stands for a field that is not named."""
    fields = [
        name if field.is_required() else f"{name}={packed(field.default)}"
        for name, field in kind.model_fields.items()
    ]
    special = [name for name, prefixes in KINDS.items() if kind.__prefix__ in prefixes]
    return " · ".join([kind.__prefix__, need(NEEDED[kind.__prefix__]), *special, ", ".join(fields)]).rstrip(" ·")


def need(needs: Needs | None) -> str:
    if isinstance(needs, ByField):
        values = [f"{value or 'nothing'} {right.value}" for value, right in needs.values.items()]
        return f"by field {needs.number}: {', '.join(values)}, else {needs.otherwise.value}"
    return needs.value if needs else "owner"


def test_what_buttons_carry_is_as_approved() -> None:
    approve(__file__, states())
