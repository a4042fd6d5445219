"""The one reader of the environment. Each setting is described in README.md and `.env.example`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.addresses import (
    base_address,
    database_address,
    listen_address,
    proxy_address,
    split_listen_address,
    webhook_address,
)

TOKEN_SHAPE = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,120}")
SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,256}")  # https://core.telegram.org/bots/api#setwebhook
LISTEN_TO_WEBHOOK = "127.0.0.1:8080"  # where HTTP_LISTEN is empty and WEBHOOK_URL is not
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MONTH = 2_592_000  # seconds

# What may also be a file in CREDENTIALS_DIRECTORY, named as here; the master keys are there in a file of their own.
SECRETS = ("bot_token", "webhook_secret", "px6_proxy", "telegram_proxy")

UserId = Annotated[int, Field(gt=0, lt=2**52)]  # Telegram's ids of people have at most 52 bits
Seconds = Annotated[float, Field(gt=0)]  # each setting has an upper bound as well

# What a right value looks like, shown beside every complaint.
EXAMPLES = {
    "BOT_TOKEN": "123456789:AAExampleExampleExampleExampleExample",
    "TELEGRAM_API_URL": "https://api.telegram.org",
    "PX6_API_URLS": "https://px6.me/api,https://px6.link/api",
    "PX6_TIMEOUT_SECONDS": "30",
    "PX6_SITE_URL": "https://px6.me",
    "PX6_RATE_SCOPE": "key",
    "PX6_PROXY": "socks5://user:password@127.0.0.1:1080",
    "SETTLE_SECONDS": "5,30,120,600",
    "TELEGRAM_PROXY": "socks5://user:password@127.0.0.1:1080",
    "DATABASE_URL": "sqlite:///data/bot.sqlite3",
    "ENCRYPTION_KEYS": "the output of: python -c 'import base64,os;"
    "print(base64.urlsafe_b64encode(os.urandom(32)).decode())'",
    "ENCRYPTION_KEY_FILE": "secrets/encryption.key",
    "BACKUP_DIR": "/var/backups/px6-bot",
    "BACKUP_EVERY_HOURS": "24",
    "BACKUP_KEEP": "7",
    "HISTORY_DAYS": "400",
    "ALLOWED_USER_IDS": "1001,1002",
    "ADMIN_USER_IDS": "1001",
    "SYNC_SECONDS": "60",
    "WEBHOOK_URL": "https://bot.example.org/telegram",
    "WEBHOOK_SECRET": "letters-digits_and-dashes",
    "HTTP_LISTEN": LISTEN_TO_WEBHOOK,
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "text",
}


class SettingsError(Exception):
    """Settings that cannot be used; the text is made for the owner, one line for each setting."""


class Settings(BaseSettings):
    """All that the owner can set; a name here in lower case is the setting's in upper case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    _keys_were_read: bool = PrivateAttr(default=False)

    bot_token: SecretStr = Field(description="token of the bot")
    telegram_api_url: str = "https://api.telegram.org"
    px6_api_urls: Annotated[tuple[str, ...], NoDecode] = (
        "https://px6.me/api",
        "https://proxy6.net/api",
        "https://px6.link/api",
    )
    px6_timeout_seconds: Annotated[Seconds, Field(le=600)] = 30
    px6_site_url: str = "https://px6.me"
    px6_rate_scope: Literal["key", "address"] = "key"
    px6_proxy: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    settle_seconds: Annotated[tuple[Annotated[Seconds, Field(le=MONTH)], ...], NoDecode] = (5, 30, 120, 600)
    telegram_proxy: SecretStr = SecretStr("")
    database_url: str = Field(default="sqlite:///data/bot.sqlite3", repr=False)  # it may hold a password
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    encryption_key_file: Path = Path("secrets/encryption.key")
    credentials_directory: Path | None = None  # set by systemd (LoadCredential=), not by the owner, as the next three
    state_directory: Path | None = None
    notify_socket: str = ""
    watchdog_usec: Annotated[int, Field(ge=0)] = 0
    backup_dir: Path | None = None
    backup_every_hours: Annotated[float, Field(gt=0, le=8784, allow_inf_nan=False)] = 24
    history_days: Annotated[int, Field(ge=60, le=36_500)] = 400  # rules count what they spent in this month
    backup_keep: Annotated[int, Field(ge=1, le=10_000)] = 7
    allowed_user_ids: Annotated[frozenset[UserId], NoDecode] = frozenset()
    admin_user_ids: Annotated[frozenset[UserId], NoDecode] = frozenset()
    sync_seconds: Annotated[Seconds, Field(le=86_400)] = 60
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    http_listen: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @model_validator(mode="before")
    @classmethod
    def _credentials(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What neither the environment nor `.env` sets may be a file of systemd's credentials. A database that nobody
        has named is in its folder for the service (StateDirectory=)."""
        folder, state = given.get("credentials_directory"), given.get("state_directory")
        if state and given.get("database_url", EXAMPLES["DATABASE_URL"]) == EXAMPLES["DATABASE_URL"]:
            given = given | {"database_url": f"sqlite:///{state}/bot.sqlite3"}
        unset = [name for name in SECRETS if folder and name not in given]
        return given | {name: text for name in unset if (text := credential(Path(str(folder), name)))}

    @property
    def px6_proxies(self) -> tuple[str, ...]:
        """The addresses through which px6 is reached, with their logins; none: directly."""
        return tuple(each.get_secret_value() for each in self.px6_proxy)

    @property
    def bot_id(self) -> int:
        """The bot's own number, which its token begins with."""
        return int(self.bot_token.get_secret_value().partition(":")[0])

    @property
    def webhook_proof(self) -> str:
        """What Telegram must send along: WEBHOOK_SECRET, else what every process makes of the token.

        Nobody gets the token out of it again, nor can make it without the token.
        """
        given, token = self.webhook_secret.get_secret_value(), self.bot_token.get_secret_value()
        return given or hmac.new(token.encode(), b"px6-bot: WEBHOOK_SECRET", hashlib.sha256).hexdigest()

    @property
    def listens_at(self) -> tuple[str, int] | None:
        """Host and port of the bot's own HTTP server; None: there is none."""
        host, port = split_listen_address(self.http_listen or (LISTEN_TO_WEBHOOK if self.webhook_url else ""))
        return (host, int(port)) if port else None

    @field_validator(
        *("px6_api_urls", "px6_proxy", "settle_seconds", "encryption_keys", "allowed_user_ids", "admin_user_ids"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("allowed_user_ids", mode="before")
    @classmethod
    def _somebody(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip() and not value.strip(", "):
            # Defined after `_split`, so it comes first. Without anybody in it, the bot would be everybody's.
            raise ValueError("names nobody: Telegram IDs with commas in between are wanted, or nothing for everybody")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("*", mode="before")
    @classmethod
    def _seen(cls, value: Any) -> Any:
        if isinstance(value, str) and UNSEEN.search(value):
            # Defined last, so it comes first, before lists are split.
            raise ValueError("has a character in it that cannot be seen, such as a tab or a line break: remove it")
        return value

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not TOKEN_SHAPE.fullmatch(value.get_secret_value()):
            raise ValueError("is not a bot token (digits, a colon, letters and digits)")
        return value

    @field_validator("telegram_api_url", "px6_site_url")
    @classmethod
    def _url(cls, value: str) -> str:
        return base_address(value)

    @field_validator("px6_api_urls")
    @classmethod
    def _urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("names no address")
        return tuple(map(base_address, value))

    @field_validator("telegram_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr) -> SecretStr:
        return SecretStr(proxy_address(value.get_secret_value())) if value.get_secret_value() else value

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: str) -> str:
        return webhook_address(value) if value else value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not SECRET_SHAPE.fullmatch(value.get_secret_value()):
            raise ValueError("is not 1 to 256 of A-Z, a-z, 0-9, _ and -")
        return value

    @field_validator("http_listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        return listen_address(value) if value else value

    @field_validator("px6_proxy")
    @classmethod
    def _px6_proxies(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(SecretStr(proxy_address(each.get_secret_value())) for each in value)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return database_address(value)

    @field_validator("settle_seconds")
    @classmethod
    def _growing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or list(value) != sorted(set(value)):
            raise ValueError("must be growing numbers of seconds")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for number, key in enumerate(value, 1):
            if not is_master_key(key.get_secret_value()):
                raise ValueError(f"key number {number} is not 32 bytes in URL-safe base64")
        return value

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Read the environment and `.env`; raise SettingsError with one line for each thing that is wrong."""
        try:
            settings = cls(**given)
        except ValidationError as error:
            lines = {str(each["loc"][:1]): complaint(each) for each in reversed(error.errors())}  # of each, the first
            raise SettingsError("\n".join(reversed(lines.values()))) from None
        except (OSError, UnicodeDecodeError):
            raise SettingsError(".env cannot be read: it must be a text file in UTF-8") from None
        settings._keys_were_read = "encryption_keys" not in given
        return settings

    @property
    def keys_were_read(self) -> bool:
        """Whether ENCRYPTION_KEYS came from the environment or `.env`, where they may be found changed later."""
        return self._keys_were_read and bool(self.encryption_keys)


def credential(file: Path) -> str:
    """What the file holds, without the line's end; empty when there is none. SettingsError when it cannot be read."""
    try:
        return file.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or no name of a file
        raise SettingsError(f"{file.name} in CREDENTIALS_DIRECTORY cannot be read ({type(error).__name__})") from None


def is_master_key(text: str) -> bool:
    """Whether the text is 32 bytes in URL-safe base64, padded or not."""
    try:
        return len(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def complaint(error: Any) -> str:
    """One line for the owner: the setting, what is wrong (never the value), a right example."""
    name = str(error["loc"][0]).upper()
    example = f" Example: {name}={EXAMPLES[name]}" if name in EXAMPLES else ""
    if error["type"] == "missing":
        return f"{name} is not set: put it into .env (.env.example shows how) or the environment.{example}"
    said = str(error["msg"]).removeprefix("Value error, ")
    wrong = said if error["type"] == "value_error" else f"is wrong: {said[0].lower()}{said[1:]}"
    return f"{name} {wrong}.{example}"
