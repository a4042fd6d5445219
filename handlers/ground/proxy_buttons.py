"""Buttons about proxies. They carry a view of the list, so that every Back leads to the same page and filter."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from handlers.ground.callback_data import CallbackData
from handlers.ground.rights import ByField
from handlers.ground.screen import Id, Page, SmallNumber
from model.colleagues import Right
from px6 import Protocol


def can_be_set(protocol: Protocol) -> Protocol:
    """The protocol itself; ValueError for `auto`, which px6 tells but does not let anybody set."""
    if protocol is Protocol.AUTO:
        raise ValueError("a proxy cannot be set to it")
    return protocol


# What a forged or older button may not say: it is then no button at all, and answered as one that is out of date.
StateLetter = Annotated[str, Field(pattern=r"^[agxz]$")]
KindLetter = Annotated[str, Field(pattern=r"^[4365u?]?$")]
Grouping = Annotated[str, Field(pattern=r"^([acnkeACNKE][0-9]{0,4})?$")]
Purpose = Annotated[str, Field(pattern=r"^([ctmd]?|o\d{1,10}|[rl][\w-]{1,12})$")]
# Where a selection came from: the letter, then the number of the order or the id of the check's result.
FROM_ORDER, FROM_RESULT, LIST_OF_RESULT = "o", "r", "l"
SettableProtocol = Annotated[Protocol, AfterValidator(can_be_set)]
Data = TypeVar("Data", bound="View")
PickedData = TypeVar("PickedData", bound="Picked")


OTHER = "?"  # stands for countries that are no two letters, and kinds that are newer than this program


# Of what a step after a check does: see CheckStep.
OF_CHECK_STEP = ByField(
    1, {**dict.fromkeys(("", "e", "s", "t"), Right.LOOK), **dict.fromkeys("cm", Right.CHECK), "p": Right.PROLONG}
)


class View(CallbackData, prefix="ls", offline=True, needs=Right.LOOK):
    """A page of the list. `comment` is a mark of the text (person data stays out of buttons); empty: any.

    `purpose` is what is being chosen for: c check, t type, m comment, d delete; empty: that is asked afterwards. Or
    it says where Back leads: to an order or to a check's result, see FROM_ORDER.
    `by`: the groups that the list was opened from: c comment, n country, k kind, with the page of groups; e when they
    end, with the group that is shown; a: what tells most apart. A capital letter: the groups themselves are shown.
    """

    later_field = "by"

    state: StateLetter = "a"
    version: KindLetter = ""
    country: str = ""
    comment: str = ""
    found: str = ""
    ticks: str = ""
    page: Page = 1
    purpose: Purpose = ""
    by: Grouping = ""

    def to(self, kind: type[Data], **changes: Any) -> Data:
        """A button of another kind that carries the same view."""
        return kind(**({name: getattr(self, name) for name in View.model_fields} | changes))

    def but(self, **changes: Any) -> View:
        """The same view with these fields changed."""
        return self.to(View, **changes)

    @property
    def ends(self) -> str:
        """The group of ends that is shown; empty: all."""
        return self.by[1:] if self.by[:1] == "e" else ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.version or self.country or self.comment or self.found or self.ends)

    @property
    def shows_groups(self) -> bool:
        """Whether the groups themselves are meant, from so many proxies on that there are groups."""
        return self.by[:1].isupper() and not (self.is_filtered or self.ticks or self.purpose)

    @property
    def whole(self) -> View:
        """The first page of the same view without its filter."""
        by = "e" if self.ends else self.by
        return self.but(version="", country="", comment="", found="", page=1, by=by)

    @property
    def groups(self) -> View:
        """The groups that the list was opened from."""
        whole = self.whole
        return whole.but(ticks="", purpose="", by=whole.by.upper())


class Filter(View, prefix="lf", offline=True, needs=Right.LOOK):
    """Opens the filter."""


class Search(View, prefix="lq", offline=True, needs=Right.LOOK):
    """Asks for an id, a part of an address or of a comment; the next text answers."""


class Picked(View, prefix="pk", needs=Right.LOOK):
    """An action on one proxy; else on the ticked ones; else on all that the filter lets through."""

    proxy: Id = 0


class Card(Picked, prefix="c", offline=True, needs=Right.LOOK):
    """One proxy's card."""


class Chosen(View, prefix="lw", needs=Right.LOOK):
    """What can be done with all that is ticked."""


class Check(Picked, prefix="ck", needs=Right.CHECK):
    """Asks px6 whether the proxies work."""


class CheckStep(CallbackData, prefix="cz", needs=OF_CHECK_STEP):
    """Goes on after a check of many. `result`: what is kept of it; no `step`: shows it again.

    `step`: p prolongs the working ones, e exports them; of the dead: b buys as many of the same, c checks them again,
    s selects them in the list, d deletes them, t is a text about them; m checks those that were not checked.
    """

    result: Annotated[str, Field(pattern=r"^[\w-]{1,12}$")]
    step: Annotated[str, Field(pattern=r"^[pebcsdtm]?$")] = ""


class Protocols(Picked, prefix="pt", needs=Right.ALL):
    """Asks which protocol the proxies are to speak."""


class SetProtocol(Picked, prefix="ps", durable=True, needs=Right.ALL):
    """Changes the protocol of the proxies."""

    protocol: SettableProtocol


class AskComment(Picked, prefix="cm", needs=Right.CHECK):
    """Asks for the comment of the proxies; the next text answers."""


class AskDelete(Picked, prefix="de", needs=Right.ALL):
    """Asks whether the proxies are really to be deleted."""


class Export(Picked, prefix="ex", offline=True, needs=Right.LOOK):
    """Asks in which format the proxies are to be exported."""


class Send(Picked, prefix="sd", needs=Right.LOOK):
    """Offers to send one proxy to somebody, or to copy its parts."""


class ProlongAutomatically(View, prefix="au", needs=Right.ALL):
    """Shows what a rule would do for all that is ticked."""


class Prolong(View, prefix="pl", needs=Right.PROLONG):
    """Prolongs one proxy, or a selection of several; `period` 0 is not chosen yet. The view is where Back leads."""

    proxy: Id = 0
    selection: str = ""
    period: SmallNumber = 0

    def for_period(self, period: int) -> Prolong:
        """The same proxies for another period."""
        return self.to(Prolong, proxy=self.proxy, selection=self.selection, period=period)
