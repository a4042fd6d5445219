"""The key ring of the settings, for the bot and for its tools alike."""

from __future__ import annotations

from bot.settings import Settings
from storage.crypto import Keyring


def keyring_of(settings: Settings) -> Keyring:
    """ENCRYPTION_KEYS, or else ENCRYPTION_KEY_FILE, or else systemd's credentials. StorageError: malformed."""
    return Keyring.load(
        [key.get_secret_value() for key in settings.encryption_keys],
        settings.encryption_key_file,
        credentials=settings.credentials_directory,
    )
