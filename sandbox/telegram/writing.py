"""What a person does in a chat: write, tap, edit, delete. No HTTP in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.telegram.bots import Bot, Tap, in_language
from sandbox.telegram.chats import Chat, Message, Person
from sandbox.telegram.entities.detect import detect
from sandbox.telegram.errors import PersonError
from sandbox.telegram.files import StoredFile
from sandbox.telegram.state import TelegramState
from sandbox.telegram.texts import Json


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person sends: a text, or a file with a caption, or something else (`media`)."""

    text: str = ""
    reply_to: int | None = None
    kind: str = "text"
    file: StoredFile | None = None
    media: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    """Where it belongs: `message_thread_id` of a topic, `media_group_id` of an album."""


class PersonSide:
    """The phone of every person: what they do, and what they see."""

    def __init__(self, state: TelegramState) -> None:
        self.state = state

    def chat(self, bot: Bot, person_id: int, group_id: int | None = None) -> Chat:
        """The chat a person looks at: with the bot alone, or a group."""
        if group_id is None or group_id == person_id:
            return self.state.private_chat(bot, person_id)
        return self.state.group(bot, group_id, person_id)

    def write(self, bot: Bot, person: Person, chat: Chat, letter: Letter) -> Message:
        """The person sends something; the bot gets an update."""
        if chat.private and chat.blocked:
            raise PersonError(409, "the person has blocked the bot: unblock it first")
        chat.started = True
        message = Message(
            bot.new_message_id(chat),
            chat,
            person.as_user(),
            False,
            int(self.state.timestamp()),
            letter.text,
            detect(letter.text),
            letter.media,
            letter.file,
            letter.kind,
            reply_to=chat.messages.get(letter.reply_to or 0),
            extra=letter.extra,
        )
        if "message_thread_id" in letter.extra:
            chat.topics.add(letter.extra["message_thread_id"])
        self._use_up_keyboard(chat)
        self.state.add_message(bot, message)
        if chat.private or self._concerns(bot, message):
            bot.updates.add("message", message.for_bot())
        return message

    def share(self, bot: Bot, person: Person, chat: Chat, label: str | None, user_ids: Sequence[int]) -> Message:
        """The person picks people with a button of the bot's keyboard, the first such button without a label."""
        asked = request_of(chat, label)
        if not 1 <= len(set(user_ids)) <= asked["max_quantity"]:
            raise PersonError(400, f"the button takes from 1 to {asked['max_quantity']} people")
        users = [shared_user(self.state.person(each), asked) for each in dict.fromkeys(user_ids)]
        shared: Json = {
            "request_id": asked["request_id"],
            "users": users,
            "user_ids": [each["user_id"] for each in users],
        }
        return self.write(bot, person, chat, Letter(kind="users_shared", media={"users_shared": shared}))

    @staticmethod
    def _use_up_keyboard(chat: Chat) -> None:
        keyboard = chat.reply_keyboard
        if keyboard is not None and (keyboard.get("one_time_keyboard") or keyboard.get("force_reply")):
            chat.reply_keyboard = None

    @staticmethod
    def _concerns(bot: Bot, message: Message) -> bool:
        """In a group a bot hears commands, its own name and answers to it (privacy mode)."""
        if message.chat.left:
            return False
        answers = message.reply_to is not None and message.reply_to.from_bot
        text = message.text.lower()
        name = f"@{bot.username}".lower()
        command = text.startswith("/") and ("@" not in text.split()[0] or text.split()[0].endswith(name))
        return answers or command or name in text

    def edit(self, bot: Bot, chat: Chat, message_id: int, text: str) -> Message:
        """The person changes an own message."""
        message = self._own(chat, message_id)
        message.text, message.entities = text, detect(text)
        message.edit_date, message.edited = int(self.state.timestamp()), True
        self.state.tell("edit", bot, message)
        bot.updates.add("edited_message", message.for_bot())
        return message

    def delete(self, bot: Bot, chat: Chat, message_id: int) -> None:
        """The person deletes a message for both sides; bots do not hear of it."""
        message = chat.messages.get(message_id)
        if message is None:
            raise PersonError(404, f"there is no message {message_id}")
        self.state.delete_message(bot, message)

    @staticmethod
    def _own(chat: Chat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None or message.from_bot:
            raise PersonError(404, f"there is no message {message_id} of this person")
        return message

    def react(self, bot: Bot, person: Person, chat: Chat, message_id: int, emoji: str | None) -> None:
        """The person puts a reaction on a message, or takes it away."""
        message = chat.messages.get(message_id)
        if message is None:
            raise PersonError(404, f"there is no message {message_id}")
        old = message.reactions.get(person.id, [])
        new: list[Json] = [{"type": "emoji", "emoji": emoji}] if emoji else []
        message.reactions[person.id] = new
        self.state.tell("edit", bot, message)
        body: Json = {"chat": chat.as_json(), "message_id": message_id, "user": person.as_user()}
        body.update(date=int(self.state.timestamp()), old_reaction=old, new_reaction=new)
        bot.updates.add("message_reaction", body)

    def button(self, chat: Chat, message_id: int | None, label: str) -> tuple[Message, Json]:
        """The button with a label, on a message or on the newest that has it."""
        newest = message_id is None
        message = chat.newest_with_label(label) if newest else chat.messages.get(message_id or 0)
        buttons = list(message.buttons()) if message is not None else []
        for button in buttons:
            if message is not None and button["text"] == label:
                return message, button
        labels = [button["text"] for button in buttons] if not newest else all_labels(chat)
        raise PersonError(404, f"there is no button {label!r}", labels=labels)

    def press(self, bot: Bot, person: Person, chat: Chat, message: Message, button: Json) -> Tap | Json:
        """Tap a real button: a tap that the bot has to answer, or what the phone does by itself."""
        if "callback_data" in button:
            return self.tap(bot, person, chat, message.message_id, button["callback_data"])
        done: Json = {"answered": True, "text": None, "show_alert": False, "url": button.get("url")}
        if "copy_text" in button:
            done["copied"] = button["copy_text"]["text"]
        if "disabled" in button:
            done["disabled"] = True
        return done

    def tap(self, bot: Bot, person: Person, chat: Chat, message_id: int, data: str) -> Tap:
        """Send callback data, real or forged; the message may be gone."""
        if chat.private and chat.blocked:
            raise PersonError(409, "the person has blocked the bot: unblock it first")
        tap = bot.tap(chat, person.id, message_id, data)
        message = chat.messages.get(message_id)
        body = {
            "id": tap.id,
            "from": person.as_user(),
            "message": message.for_bot() if message is not None else chat.inaccessible(message_id),
            "chat_instance": chat.instance,
            "data": data,
        }
        self.state.events.add(
            "tap", bot=bot.id, chat=chat.id, tap=tap.id, message_id=message_id, person=person.id, data=data
        )
        bot.updates.add("callback_query", body)
        return tap

    def view(self, bot: Bot, person: Person, chat: Chat) -> Json:
        """The whole chat as the person sees it, oldest message first."""
        now = self.state.timestamp()
        action = chat.action if chat.action is not None and chat.action["until"] > now else None
        return {
            "messages": [message.for_person() for message in chat.messages.values()],
            "answers": list(chat.answers),
            "reply_keyboard": chat.reply_keyboard,
            "action": action,
            "drafts": list(chat.drafts.values()),
            "blocked": chat.blocked,
            "pinned": chat.pinned,
            "chat": chat.as_json(),
            "person": person.as_user(),
            "bot": self.bot_view(bot, chat, person),
            "last_event": self.state.events.last,
        }

    @staticmethod
    def bot_view(bot: Bot, chat: Chat, person: Person) -> Json:
        """The bot in the person's language."""
        language = person.language_code or ""
        profile = bot.profile
        buttons = profile.menu_buttons
        return {
            "id": bot.id,
            "username": bot.username,
            "name": in_language(profile.names, language),
            "description": in_language(profile.descriptions, language),
            "short_description": in_language(profile.short_descriptions, language),
            "commands": profile.commands_for(chat, person.id, language),
            "menu_button": buttons.get(chat.id) or buttons.get(0) or {"type": "commands"},
        }


def request_of(chat: Chat, label: str | None) -> Json:
    """What a button of the chat's own keyboard asks for people with; raises PersonError when there is none."""
    rows: list[list[Json]] = (chat.reply_keyboard or {}).get("keyboard", [])
    asking = [button for row in rows for button in row if "request_users" in button]
    for button in asking:
        if label in (None, button["text"]):
            found: Json = button["request_users"]
            return found
    raise PersonError(404, "no button asks for people", labels=[button["text"] for button in asking])


def shared_user(person: Person, asked: Json) -> Json:
    """A person as the bot is told of them: their id, and what the button asked for."""
    user: Json = {"user_id": person.id}
    if asked.get("request_name"):
        user["first_name"] = person.first_name
        if person.last_name:
            user["last_name"] = person.last_name
    if asked.get("request_username") and person.username:
        user["username"] = person.username
    return user


def all_labels(chat: Chat) -> list[str]:
    """The labels of all buttons in a chat, newest message first."""
    messages = reversed(chat.messages.values())
    return [button["text"] for message in messages for button in message.buttons()]
