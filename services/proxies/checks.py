"""Checks of many proxies that are under way: one of a person at a time, which they can stop from any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from model.errors import StorageError
from model.people import PersonId
from services.ground.presence import Presence


class Stoppable(Protocol):
    """A check that ends soon once `stopped` is set."""

    stopped: bool


@dataclass
class Shown:
    """A check of this process, and the message that shows it; 0: none yet."""

    run: Stoppable
    message_id: int = 0


class Checks:
    """`presence`: among other processes, if there are any: what they hold there is a check of theirs."""

    def __init__(self, presence: Presence | None = None) -> None:
        self._presence, self._shown = presence, dict[int, Shown]()
        self._ending = set[tuple[int, int]]()  # the messages of those that ask nothing more, and do not show it yet

    async def begin(self, person_id: PersonId, run: Stoppable) -> bool:
        """False when a check of the person's is under way."""
        if person_id in self._shown:
            return False
        self._shown[person_id] = Shown(run)
        if self._presence is None or await self._is_free(self._presence, lease_of(person_id)):
            return True
        del self._shown[person_id]
        return False

    async def _is_free(self, presence: Presence, lease: str) -> bool:
        try:
            return await presence.take(lease)
        except StorageError:
            return True

    async def shown_in(self, person_id: PersonId, message_id: int) -> None:
        """This message shows the check, and has its button to stop it."""
        self._shown[person_id].message_id = message_id
        if self._presence is not None:
            await self._is_free(self._presence, lease_of_message(person_id, message_id))

    async def all_asked(self, person_id: PersonId) -> int:
        """The check asks nothing more, or never began: another one of the person's may begin.

        Gives the message whose check it is until `end`.
        """
        message_id = self._shown.pop(person_id).message_id
        self._ending.add((person_id, message_id))
        if self._presence is not None:
            await self._presence.release(lease_of(person_id))
        return message_id

    async def end(self, person_id: PersonId, message_id: int) -> None:
        """The message shows how its check ended, or will never show it. The next one may be in the same message."""
        self._ending.discard((person_id, message_id))
        shown = self._shown.get(person_id)
        if self._presence is not None and (shown is None or shown.message_id != message_id):
            where = lease_of_message(person_id, message_id)
            for lease in (where, stop_of(where)):
                await self._presence.release(lease)

    async def stop(self, person_id: PersonId, message_id: int) -> bool:
        """Stop the check that this message shows; False when it has ended, and the message was to show that."""
        shown = self._shown.get(person_id)
        if shown is not None and shown.message_id == message_id:
            shown.run.stopped = True
            return True
        if (person_id, message_id) in self._ending:
            return True
        if self._presence is None:
            return False
        lease = lease_of_message(person_id, message_id)
        return await self._presence.tell(lease, stop_of(lease))

    async def is_stopped(self, person_id: PersonId) -> bool:
        """Whether the check was stopped, here or in another process."""
        shown = self._shown[person_id]
        if self._presence is not None and self._presence.are_several and not shown.run.stopped:
            shown.run.stopped = await self._was_told(self._presence, person_id, shown.message_id)
        return shown.run.stopped

    async def _was_told(self, presence: Presence, person_id: PersonId, message_id: int) -> bool:
        try:
            return await presence.is_told(stop_of(lease_of_message(person_id, message_id)))
        except StorageError:
            return False


def lease_of(person_id: PersonId) -> str:
    return f"check of {person_id}"


def lease_of_message(person_id: PersonId, message_id: int) -> str:
    return f"check of {person_id} in {message_id}"


def stop_of(lease: str) -> str:
    return f"stop of {lease}"
