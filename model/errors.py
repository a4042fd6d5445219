"""What can go wrong with the database. Each text is one line for the operator."""

from __future__ import annotations


class StorageError(Exception):
    """The database or a master key cannot be used. Nothing was written."""
