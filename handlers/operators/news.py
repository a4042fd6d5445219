"""What operators are told of their own accord: what goes wrong, and that it is over."""

from __future__ import annotations

from aiogram import Bot
from aiogram.utils.formatting import Text

from handlers.ground.messages import send_screen
from handlers.ground.screen import Screen, home_in_new_message, new_message_button
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.words import Words, code, lines, words_for
from handlers.operators.commands import OperatorScreen
from model.errors import StorageError
from model.operators import News
from services.account.people import People


class NewsSender:
    """Tells one operator; somebody who has never written to the bot has no chat yet.

    It needs no database: one that is away is told all the same, in the language last known, else in English.
    """

    def __init__(self, bot: Bot, people: People) -> None:
        self._bot, self._people = bot, people
        self._words: dict[int, Words] = {}

    async def __call__(self, operator: int, news: News) -> None:
        try:
            person = await self._people.find(operator)
        except StorageError:
            words = self._words.get(operator) or Words("en")
        else:
            if person is None:
                return
            words = self._words[operator] = words_for(person)
        with delivery_errors():
            await send_screen(self._bot, operator, news_screen(words, news))


def news_screen(w: Words, news: News) -> Screen:
    text = over_text(w, news) if news.over is not None else begun_text(w, news)
    return Screen(
        text, [[new_message_button(w.tr("Figures"), OperatorScreen(screen="stats")), home_in_new_message(w)]]
    )


def begun_text(w: Words, news: News) -> Text:
    since = w.rich("Since {when}.", when=w.time(news.since))
    match news.kind:
        case "px6":
            return lines(
                w.title("⚠️ px6 does not answer"), since, w.tr("Lists, prices and payments fail until it does.")
            )
        case "telegram":
            return lines(w.title("⚠️ Telegram refuses or does not answer"), since)
        case "updates":
            return lines(
                w.title("⚠️ Telegram gives the bot no updates"),
                since,
                w.tr("People get no answers. Perhaps another program uses the token of this bot; the log has more."),
            )
        case "disk":
            return lines(
                w.title("⚠️ The database cannot be written"),
                since,
                w.tr("No payment begins. Check the free space and the rights on the server."),
            )
        case "backup":
            return lines(w.title("⚠️ A backup failed"), since, code(news.detail))
        case "unknown":
            return lines(
                w.title("⚠️ Payments of unknown outcome"),
                w.rich_n(
                    "{count} payment is so for more than 15 minutes, since {when}.",
                    "{count} payments are so for more than 15 minutes, the first since {when}.",
                    news.count,
                    when=w.time(news.since),
                ),
                w.tr("I keep checking and will tell the people concerned."),
            )
    return lines(
        w.title("⚠️ An error that nobody foresaw"),
        code(news.detail),
        w.tr("The log has more. The same place is named again after an hour at the earliest."),
    )


def over_text(w: Words, news: News) -> Text:
    assert news.over is not None  # noqa: S101 - the caller has looked
    titles = {
        "px6": w.title("px6 answers again"),
        "telegram": w.title("Telegram answers again"),
        "updates": w.title("Telegram gives updates again"),
        "disk": w.title("The database can be written again"),
        "backup": w.title("Backups are made again"),
    }
    lasted = w.rich(
        "The trouble began {when} and lasted {time}.",
        when=w.time(news.since),
        time=w.length(news.over - news.since),
    )
    return lines(titles[news.kind], lasted)
