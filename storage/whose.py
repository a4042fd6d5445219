"""Which rows are of one person: their own, and one for each px6 account beyond their first. By any of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, or_, select

from storage.schema import people

_ONE = people.alias()


def own(row: Any) -> ColumnElement[int]:
    """The id of the person's own row, in a query that has one of their rows."""
    return func.coalesce(row.c.of_person, row.c.telegram_id)


def shared(name: str) -> ScalarSelect[Any]:
    """The id of the person's own row, by the id of any of their rows, which the parameter `name` names."""
    return select(own(_ONE)).where(_ONE.c.telegram_id == bindparam(name)).scalar_subquery()


def rows_of_all(own_ids: Any) -> Select[Any]:
    """The ids of all rows of these people, by their own."""
    return select(people.c.telegram_id).where(or_(people.c.telegram_id.in_(own_ids), people.c.of_person.in_(own_ids)))


def rows_of(name: str) -> Select[Any]:
    """The ids of all rows of the person, by any of them."""
    whose = shared(name)
    return select(people.c.telegram_id).where(or_(people.c.telegram_id == whose, people.c.of_person == whose))
