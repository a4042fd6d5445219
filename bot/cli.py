"""The command line. Commands that need neither Telegram nor px6 do not import them: aiogram alone takes seconds."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot import __version__
from bot.settings import Settings, SettingsError
from model.errors import StorageError

RUN = "run"
ADOPT = "--adopt-database"  # run the bot on a database that another bot has used
VERSION, HELP = "--version", "--help"
USAGE = f"usage: px6-bot [{RUN} | doctor | rotate-keys | backup FILE | restore FILE | {ADOPT} | {VERSION} | {HELP}]"
TOLD = f"""A Telegram bot to rent and run px6 (PROXY6) proxies from a phone.

{USAGE}
       `python -m bot` is the same program.

  {RUN}               run the bot until SIGTERM or SIGINT; so does no command at all
  doctor            check settings, database, keys, folders, proxies, Telegram, px6 and the clock
  backup FILE       copy the database, also while the bot runs; the master keys are not in the copy
  restore FILE      put a backup in place of the database; stop the bot first
  rotate-keys       encrypt everything with the newest master key, also while the bot runs
  {ADOPT}  run the bot on a database that another bot has used
  {VERSION}         say which version this is
  {HELP}            say this

Settings come from the environment and from the file .env in the current folder; where both name one, the environment
wins. Only BOT_TOKEN is required. README.md describes each, .env.example is a file to begin with.
"""
CANNOT, WRONG_SETTING, WRONG_USAGE = 1, 2, 64
NAMES_A_FILE = {
    RUN: False,
    "doctor": False,
    "rotate-keys": False,
    "backup": True,
    "restore": True,
    ADOPT: False,
    VERSION: False,
    HELP: False,
}


def main(arguments: Sequence[str]) -> int:
    """Run the command; the result is the exit code. A person reads one line for each problem, never a traceback."""
    if arguments and (NAMES_A_FILE.get(arguments[0]) is not (len(arguments) == 2) or len(arguments) > 2):
        return complain(USAGE, WRONG_USAGE)
    if arguments and arguments[0] in (VERSION, HELP):
        sys.stdout.write(f"px6-bot {__version__}\n" if arguments[0] == VERSION else TOLD)
        return 0
    try:
        return run(Settings.load(), *arguments)
    except SettingsError as error:
        return complain(str(error), WRONG_SETTING)
    except StorageError as error:
        return complain(str(error), CANNOT)


def run(settings: Settings, command: str = RUN, file: str = "") -> int:
    """Run the bot, or the tool that `command` names; gives the exit code."""
    if command == "doctor":
        from bot.doctor import doctor

        return doctor(settings)
    if command not in (RUN, ADOPT):
        from bot import database_tools

        if command == "rotate-keys":
            return database_tools.rotate_keys(settings)
        with_file = database_tools.backup if command == "backup" else database_tools.restore
        return with_file(settings, file)
    from bot.misspelt_settings import misspelt
    from bot.serve import serve

    return serve(settings, adopt=command == ADOPT, warnings=misspelt())


def complain(text: str, code: int) -> int:
    """Write to stderr; gives the exit code back."""
    sys.stderr.write(f"{text}\n")
    return code
