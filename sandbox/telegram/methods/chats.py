"""Chats and their members."""

from __future__ import annotations

from sandbox.telegram.chats import Chat, Person
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods.registry import Call, method
from sandbox.telegram.texts import Json


@method
def get_chat(call: Call) -> object:
    chat = call.chat()
    full: Json = {
        **chat.as_json(),
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.private and "username" in full:
        full["active_usernames"] = [full["username"]]
    if chat.pinned and chat.pinned[-1] in chat.messages:
        full["pinned_message"] = chat.messages[chat.pinned[-1]].for_bot(with_reply=False)
    return full


def _group(call: Call) -> Chat:
    chat = call.chat()
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    return chat


def _member(person: Person) -> Json:
    return {"user": person.as_user(), "status": "member"}


@method
def get_chat_member(call: Call) -> object:
    chat = call.chat()
    user_id = call.arguments.integer("user_id")
    if user_id == call.bot.id:
        return {"user": call.bot.as_user(), "status": "left" if chat.left else "member"}
    person = chat.person if chat.person is not None and chat.id == user_id else chat.members.get(user_id)
    if person is None:
        raise bad_request("member not found" if user_id in call.state.people else "PARTICIPANT_ID_INVALID")
    return _member(person)


@method
def get_chat_member_count(call: Call) -> object:
    chat = call.chat()
    return 2 if chat.private else len(chat.members) + (not chat.left)


@method
def get_chat_administrators(call: Call) -> object:
    chat = _group(call)
    owner = next(iter(chat.members.values()), None)
    return [{"user": owner.as_user(), "status": "creator", "is_anonymous": False}] if owner else []


@method
def leave_chat(call: Call) -> object:
    chat = call.chat()
    if chat.private:
        raise bad_request("chat member status can't be changed in private chats")
    chat.left = True
    call.state.events.add("chat", bot=call.bot.id, chat=chat.id, left=True)
    return True


@method
def get_user_profile_photos(call: Call) -> object:
    if call.arguments.integer("user_id") not in call.state.people:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}
