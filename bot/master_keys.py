"""Makes the key ring from the settings: the master keys that px6 keys are sealed with."""

from __future__ import annotations

from bot.settings import Settings, SettingsError
from storage.engine.crypto import Keyring, decoded


def keyring_of(settings: Settings) -> Keyring:
    """ENCRYPTION_KEYS, or else ENCRYPTION_KEY_FILE, or else systemd's credentials. StorageError: malformed.

    Keys that came from `.env` are read there again whenever the ring needs them: a running bot follows a rotation.
    """
    given = [key.get_secret_value() for key in settings.encryption_keys]
    again = current_keys if settings.keys_were_read else None
    return Keyring.load(given, settings.encryption_key_file, credentials=settings.credentials_directory, again=again)


def current_keys() -> list[bytes]:
    """ENCRYPTION_KEYS as the environment or `.env` has it now; empty while the settings cannot be used."""
    try:
        settings = Settings.load()
    except SettingsError:
        return []
    return decoded_all([key.get_secret_value() for key in settings.encryption_keys])


def decoded_all(keys: list[str]) -> list[bytes]:
    """Master keys from URL-safe base64. StorageError for a malformed one."""
    return [decoded(key, "ENCRYPTION_KEYS") for key in keys]
