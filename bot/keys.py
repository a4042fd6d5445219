"""The key ring of the settings, for the bot and for its tools alike."""

from __future__ import annotations

from bot.settings import Settings, SettingsError
from storage.engine.crypto import Keyring, decoded


def keyring_of(settings: Settings) -> Keyring:
    """ENCRYPTION_KEYS, or else ENCRYPTION_KEY_FILE, or else systemd's credentials. StorageError: malformed.

    Keys that came from `.env` are read there again when the ring needs them, so that it follows a rotation.
    """
    given = [key.get_secret_value() for key in settings.encryption_keys]
    again = keys_by_now if given and keys_by_now() == decoded_all(given) else None
    return Keyring.load(given, settings.encryption_key_file, credentials=settings.credentials_directory, again=again)


def keys_by_now() -> list[bytes]:
    """ENCRYPTION_KEYS as the environment or `.env` has it by now; none while the settings cannot be used."""
    try:
        settings = Settings.load()
    except SettingsError:
        return []
    return decoded_all([key.get_secret_value() for key in settings.encryption_keys])


def decoded_all(keys: list[str]) -> list[bytes]:
    return [decoded(key, "ENCRYPTION_KEYS") for key in keys]
