"""Reads those settings again that may change while the bot runs: ALLOWED_USER_IDS, ADMIN_USER_IDS and LOG_LEVEL.

The environment of a process stays as it was when it began, so what changes is what `.env` says.
"""

from __future__ import annotations

import logging

from bot import logs
from bot.settings import Settings, SettingsError
from services.account.access import Access

log = logging.getLogger(__name__)


def read_again(access: Access) -> None:
    """Take what the settings say now. Where any of them is wrong, all stay as they are, and one line says so."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        log.error("The settings were not read again: %s", "; ".join(str(error).splitlines()))
        return
    access.take(settings.allowed_user_ids, settings.admin_user_ids)
    logs.set_level(settings.log_level)
    many, operators = len(access.allowed), len(access.operators)
    line = "Settings read again: LOG_LEVEL %s, %s may use the bot, operators: %d"
    log.info(line, settings.log_level, many or "everybody", operators)
