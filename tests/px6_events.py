"""What the px6 stand-in says that it has done: a test can act at that very moment."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.px6 import Event, Px6State


def once_answered(px6: Px6State, method: str, then: Callable[[], object]) -> None:
    """Call `then` as soon as px6 has answered the next call of a method, before whoever asked has the answer."""

    def heard(event: Event) -> None:
        if event.type == "answered" and event.data["method"] == method:
            forget()
            then()

    forget = px6.events.subscribe(heard)
