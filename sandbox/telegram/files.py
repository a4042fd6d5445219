"""Files kept in memory: what bots and people sent, to be fetched by either."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "audio": "music", "sticker": "stickers"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file; `kind` is the kind of message it was sent as (document, photo, voice …)."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime_type: str
    content: bytes
    path: str

    def as_json(self) -> dict[str, Any]:
        """The fields every file object of the Bot API has."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


class FileStore:
    """The files of one bot: file ids of another bot are not known here."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, kind: str, name: str, content: bytes, mime_type: str = "") -> StoredFile:
        """Keep a file; the kind decides on the folder of its download path."""
        if not mime_type or mime_type == "application/octet-stream":
            mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        suffix = ".jpg" if kind == "photo" else PurePosixPath(name).suffix
        path = f"{FOLDERS.get(kind, 'documents')}/file_{len(self._by_id)}{suffix}"
        file_id = "BQACAgIAAxkDAA" + secrets.token_urlsafe(36)
        file = StoredFile(file_id, "AgAD" + secrets.token_urlsafe(9), kind, name, mime_type, content, path)
        self._by_id[file_id] = self._by_path[path] = file
        return file

    def by_id(self, file_id: str) -> StoredFile | None:
        """The file with this id, if this bot has it."""
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file with this download path."""
        return self._by_path.get(path)
