"""What a button carries. The handler of a tap is found by the prefix, before anything is parsed.

aiogram's filter parses the data each time only to find another prefix there.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from aiogram.filters import callback_data
from aiogram.types import CallbackQuery

from handlers.ground.rights import NEEDED, Needs

DURABLE_PREFIXES: set[str] = set()
"""The prefixes of buttons that change something (`durable=True`)."""


OFFLINE_PREFIXES: set[str] = set()
"""The prefixes of buttons that do without px6 (`offline=True`): they stay while it does not answer."""


SHARED_PREFIXES: set[str] = set()
"""The prefixes of buttons that mean the same whichever px6 account of the person their message is of."""


class PrefixFilter(callback_data.CallbackQueryFilter):
    """aiogram's filter, asked only about data with the right prefix."""

    async def __call__(self, query: CallbackQuery) -> Literal[False] | dict[str, Any]:
        kind = self.callback_data
        data = query.data if isinstance(query, CallbackQuery) else None
        if not data or data.partition(kind.__separator__)[0] != kind.__prefix__:
            return False
        return await super().__call__(query)


class CallbackData(callback_data.CallbackData, prefix="-"):
    """Derive from this one, with a prefix of your own.

    `durable`: a tap changes something, so a kill must not lose it: it stays with Telegram until that is on disk.
    `offline`: it stays on a screen of what px6 told last: a tap neither spends nor changes anything at px6, and shows
    what is known where px6 does not answer. Screens that are made of the database alone lose no buttons.
    `shared`: a tap is about the person, the bot or an account that the button names, not that of its message.
    `needs`: what a colleague must be allowed on the account; without it the button is its owner's alone.
    `later_field`: a text that older buttons of the kind, which are read for ever, do not have: they mean "".
    """

    later_field: ClassVar[str | None] = None

    def __init_subclass__(
        cls,
        *,
        durable: bool = False,
        offline: bool = False,
        shared: bool = False,
        needs: Needs | None = None,
        **given: Any,
    ) -> None:
        super().__init_subclass__(**given)
        NEEDED[cls.__prefix__] = needs
        if shared:
            SHARED_PREFIXES.add(cls.__prefix__)
        if offline:
            OFFLINE_PREFIXES.add(cls.__prefix__)
        if durable:
            DURABLE_PREFIXES.add(cls.__prefix__)

    def pack(self) -> str:
        """What the button carries. A later field that says nothing is left out, as before there was one."""
        packed = super().pack()
        if self.later_field is None or getattr(self, self.later_field) != "":
            return packed
        parts = packed.split(self.__separator__)
        del parts[self._place_of_later()]
        return self.__separator__.join(parts)

    @classmethod
    def unpack(cls, value: str) -> Self:
        """The button that carries this, also one from before there was the later field."""
        if cls.later_field is not None:
            parts = value.split(cls.__separator__)
            if len(parts) == len(cls.model_fields):
                parts.insert(cls._place_of_later(), "")
                value = cls.__separator__.join(parts)
        return super().unpack(value)

    @classmethod
    def _place_of_later(cls) -> int:
        """Among what the button carries: the first is the prefix."""
        return 1 + list(cls.model_fields).index(cls.later_field or "")

    @classmethod
    def filter(cls, rule: Any = None) -> PrefixFilter:
        """`rule`: a magic filter over the fields."""
        return PrefixFilter(callback_data=cls, rule=rule)
