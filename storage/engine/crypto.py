"""The key ring: px6 keys are sealed with AES-GCM under a master key that lives apart from the database.

A sealed value is `format (1 byte) | name of the master key (1 byte) | nonce (12) | ciphertext and tag`.
The format, the owner's Telegram id and the column are authenticated with it, so a value copied to another
row or column does not open. The name is a byte of the master key's own hash; should two keys share it, both
are tried.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from model.errors import StorageError
from storage.engine.files import beside, create_private, sync_directory

# Every column that holds sealed values, as the associated data names them.
SEALED = ("accounts.sealed_key", "proposals.sealed_key", "last_known.sealed_list")

FORMAT = 1
HEAD_BYTES = 2
NONCE_BYTES = 12
NONCE_ENDS = HEAD_BYTES + NONCE_BYTES
LEAST_BYTES = NONCE_ENDS + 16  # with the tag of an empty text
KEY_BYTES = 32
KEY_FILE_NAME = "encryption.key"


Source = Callable[[], Sequence[bytes]]
NamedKey = tuple[int, AESGCM]


class CannotOpen(StorageError):
    """No master key of the ring opens a sealed value, or it is not in its own place."""


class Keyring:
    """Master keys, newest first: the first seals, all open.

    >>> ring = Keyring([bytes(32)])
    >>> ring.open(ring.seal("secret", 1001, "accounts.sealed_key"), 1001, "accounts.sealed_key")
    'secret'
    """

    def __init__(self, keys: Sequence[bytes], *, file: Path | None = None, again: Source | None = None) -> None:
        """`file` is where a first key may be made when there is none; `again` reads the keys once more."""
        self._file, self._again = file, again
        self._take(keys)

    @classmethod
    def load(
        cls, keys: Sequence[str], file: Path, *, credentials: Path | None = None, again: Source | None = None
    ) -> Keyring:
        """The keys of the settings, or else of `file`, or else of the file in systemd's credentials directory.

        The ring is empty when there is none of them; `Database.open` then makes the file or refuses.
        `again` reads the keys of the settings once more; a file is read again without it.
        StorageError when a key is malformed or a file cannot be read.
        """
        if keys:
            return cls([decoded(key, "ENCRYPTION_KEYS") for key in keys], again=again)
        for path in [file, *([credentials / KEY_FILE_NAME] if credentials else [])]:
            found = read_key_file(path)
            if found:
                return cls(found, file=path)
        return cls([], file=file)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}>"

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def file(self) -> Path | None:
        """The file the keys came from or will be made in; None when the settings hold them."""
        return self._file

    def make_key_file(self) -> None:
        """Make the first master key. The caller has seen that the database holds nothing encrypted."""
        if self._keys or self._file is None:
            return
        make_key_file(self._file)
        made = read_key_file(self._file)
        if not made:  # such as a link to nowhere: there is a name, and nothing behind it
            raise StorageError(f"ENCRYPTION_KEY_FILE {self._file} cannot be made: the name is taken")
        self._take(made)

    def read_again(self) -> None:
        """Read the master keys again, so that a running bot follows a rotation. Known keys still open.

        When the keys cannot be read, the known ones are used.
        """
        try:
            found = self._again() if self._again else read_key_file(self._file) if self._file else []
        except StorageError:
            return
        if found:
            self._take([*found, *(key for key in self._raw if key not in found)])

    def seal(self, text: str, telegram_id: int, column: str) -> bytes:
        """Encrypt for this row and column, with the key that is the newest by now."""
        self.read_again()
        name, cipher = self._keys[0]
        nonce = os.urandom(NONCE_BYTES)
        head = bytes((FORMAT, name))
        return head + nonce + cipher.encrypt(nonce, text.encode(), bound_to(head, telegram_id, column))

    def open(self, sealed: bytes, telegram_id: int, column: str) -> str:
        """Decrypt; CannotOpen when the key is missing, or the value was changed, cut or moved."""
        if len(sealed) < LEAST_BYTES or sealed[0] != FORMAT:
            raise CannotOpen("an encrypted value has an unknown format")
        opened = opened_by(self._keys, sealed, telegram_id, column)
        if opened is None:
            self.read_again()
            opened = opened_by(self._keys, sealed, telegram_id, column)
        if opened is None:
            raise CannotOpen("no master key opens an encrypted value")
        return opened

    def is_newest(self, sealed: bytes, telegram_id: int, column: str) -> bool:
        """Whether the newest key sealed this value: another key may have the same name, so it is tried."""
        whole = len(sealed) >= LEAST_BYTES
        return whole and opened_by(self._keys[:1], sealed, telegram_id, column) is not None

    def _take(self, keys: Sequence[bytes]) -> None:
        self._raw = tuple(keys)
        self._keys: list[NamedKey] = [(sha256(b"px6 bot master key" + key).digest()[0], AESGCM(key)) for key in keys]


def opened_by(keys: Sequence[NamedKey], sealed: bytes, telegram_id: int, column: str) -> str | None:
    """What one of the keys opens; None when none of them does."""
    head, nonce, rest = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:NONCE_ENDS], sealed[NONCE_ENDS:]
    bound = bound_to(head, telegram_id, column)
    for name, cipher in keys:
        if name == head[1]:
            try:
                return cipher.decrypt(nonce, rest, bound).decode()
            except InvalidTag:
                continue  # another key may have the same name
    return None


def bound_to(head: bytes, telegram_id: int, column: str) -> bytes:
    """The associated data of a sealed value."""
    return head + telegram_id.to_bytes(8, "big", signed=True) + column.encode()


def decoded(text: str, where: str) -> bytes:
    """A master key from URL-safe base64. StorageError, without the value, when it is none."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise StorageError(f"{where}: a master key must be 32 random bytes in URL-safe base64")
    return key


def new_master_key() -> str:
    """A fresh master key as the settings and the key file hold it."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def read_key_file(path: Path) -> list[bytes]:
    """The keys of a file, one a line, newest first; none when there is no file."""
    try:
        lines = path.read_text("ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"ENCRYPTION_KEY_FILE {path} cannot be read ({type(error).__name__})") from None
    if not lines:
        raise StorageError(f"ENCRYPTION_KEY_FILE {path} is empty: restore it, or delete it if nothing was stored yet")
    return [decoded(line, f"ENCRYPTION_KEY_FILE {path}") for line in lines]


def make_key_file(path: Path) -> None:
    """Write one new key to a file that only its owner reads; keeps a file that another process made just now."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = beside(path)
        with os.fdopen(create_private(written), "w", encoding="ascii") as file:
            file.write(new_master_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(written, path)  # fails if the file is there by now; a rename would replace it
        except FileExistsError:
            pass  # the other process's key counts
        finally:
            written.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"ENCRYPTION_KEY_FILE {path} cannot be made ({error.strerror})") from None
