"""Control actions that act as people. The server gives `world`, the rest comes from the body."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final

from sandbox import people, speaking, topics
from sandbox.errors import WorldError
from sandbox.model import Chat, Json
from sandbox.views import callback_view, message_view
from sandbox.world import World


def create_user(world: World, first_name: str, **more: Any) -> Json:
    """Create a person: `first_name`, maybe id, last_name, username, language_code → {"id", "first_name"}."""
    user = people.create_user(world, first_name, **more)
    return {"id": user.id, "first_name": user.first_name, "username": user.username}


def create_group(world: World, title: str, **more: Any) -> Json:
    """Create a group: members, admins, topics, kind ("supergroup", "group"), bot (status or null) → chat."""
    return people.describe_chat(world, people.create_group(world, title, **more))


def create_topic(world: World, chat: int, user: int, name: str) -> Json:
    """Open a topic in a forum → {"thread_id"}."""
    return {"thread_id": topics.create_topic(world, world.chat(chat), user, name).thread_id}


def close_topic(world: World, chat: int, user: int, thread: int) -> Json:
    """Close a topic (1 is the general one), so that only those who manage topics may write there."""
    topics.close_topic(world, world.chat(chat), user, thread)
    return {}


def reopen_topic(world: World, chat: int, user: int, thread: int) -> Json:
    """Open a closed topic again."""
    topics.reopen_topic(world, world.chat(chat), user, thread)
    return {}


def edit_topic(world: World, chat: int, user: int, thread: int, name: str) -> Json:
    """Give a topic another name."""
    topics.edit_topic(world, world.chat(chat), user, thread, name=name)
    return {}


def delete_topic(world: World, chat: int, thread: int) -> Json:
    """Delete a topic and its messages."""
    topics.delete_topic(world, world.chat(chat), thread)
    return {}


def start(world: World, user: int, payload: str | None = None) -> Json:
    """Open the bot's deep link: the user sends ``/start PAYLOAD`` → message."""
    text = f"/start {payload}" if payload else "/start"
    return message_view(world, speaking.say(world, user, user, speaking.text_content(text)))


def send_text(world: World, chat: int, user: int, text: str, **where: Any) -> Json:
    """Send a text; `where`: reply_to, thread, anonymous, forward_from [chat, message] → message."""
    return message_view(world, speaking.say(world, chat, user, speaking.text_content(text), **where))


def _decoded(data: str | None) -> bytes | None:
    """The bytes of a base64 string. Raises WorldError for anything else."""
    if data is None:
        return None
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as error:
        raise WorldError("data must be base64") from error


def send_photo(
    world: World,
    chat: int,
    user: int,
    data: str | None = None,
    caption: str | None = None,
    size: int | None = None,
    **where: Any,
) -> Json:
    """Send a photo: `data` in base64, or a generated one; `size` may claim more bytes → message."""
    content = speaking.photo_content(world, _decoded(data), caption, size)
    return message_view(world, speaking.say(world, chat, user, content, **where))


def send_document(
    world: World,
    chat: int,
    user: int,
    name: str = "文件.txt",
    data: str | None = None,
    caption: str | None = None,
    mime: str | None = None,
    size: int | None = None,
    **where: Any,
) -> Json:
    """Send a document: `data` in base64, or a line of text; `size` may claim more bytes → message."""
    body = _decoded(data)
    content = speaking.document_content(world, name, body, caption, mime=mime, size=size)
    return message_view(world, speaking.say(world, chat, user, content, **where))


def send_media_group(
    world: World,
    chat: int,
    user: int,
    count: int = 2,
    caption: str | None = None,
    kind: str = "photo",
    data: Sequence[str] | None = None,
    **where: Any,
) -> list[Json]:
    """Send an album of `count` photos or documents, or of those in `data`; the first has the caption."""
    bodies = [_decoded(one) for one in data] if data else [None] * count
    group = str(14_000_000_000_000_000 + world.next_number())
    sent = []
    for position, body in enumerate(bodies):
        words = caption if position == 0 else None
        if kind == "photo":
            content = speaking.photo_content(world, body, words)
        else:
            content = speaking.document_content(world, f"文件{position + 1}.txt", body, words)
        sent.append(speaking.say(world, chat, user, content, media_group_id=group, **where))
    return [message_view(world, message) for message in sent]


def send_location(
    world: World, chat: int, user: int, latitude: float, longitude: float, **where: Any
) -> Json:
    """Send a place in degrees → message."""
    place = {"latitude": latitude, "longitude": longitude}
    content = speaking.other_content(world, "location", place, None)
    return message_view(world, speaking.say(world, chat, user, content, **where))


def send_other(
    world: World,
    chat: int,
    user: int,
    kind: str,
    fields: Json | None = None,
    caption: str | None = None,
    **where: Any,
) -> Json:
    """Send a video, voice, audio, animation, video_note, sticker, contact, poll, venue or dice → message."""
    content = speaking.other_content(world, kind, fields, caption)
    return message_view(world, speaking.say(world, chat, user, content, **where))


def forward(world: World, chat: int, user: int, from_chat: int, message_id: int) -> Json:
    """Forward a message into `chat` as a person → message."""
    content = dict(world.message(from_chat, message_id).content)
    sent = speaking.say(world, chat, user, content, forward_from=[from_chat, message_id])
    return message_view(world, sent)


def edit_text(world: World, chat: int, user: int, message_id: int, text: str) -> Json:
    """Edit the text or caption of a person's own message → message."""
    return message_view(world, speaking.edit(world, chat, user, message_id, text))


def delete_message(world: World, chat: int, user: int, message_id: int) -> Json:
    """Delete a message as a person; nobody tells the bot."""
    speaking.delete(world, chat, user, message_id)
    return {}


def press(
    world: World, chat: int, user: int, message_id: int, button: str | int, force: bool = False
) -> Json:
    """Press an inline button by label, data or place → {"button", "query"}; query is null for a link.

    `force` allows a button that the message had earlier, a message that is gone, and forged data.
    """
    found, query = speaking.press(world, chat, user, message_id, button, force=force)
    return {"button": found, "query": callback_view(query) if query else None}


def react(world: World, chat: int, user: int, message_id: int, emoji: str | None = None) -> Json:
    """Set a reaction, or take it back with null."""
    speaking.react(world, chat, user, message_id, emoji)
    return {}


def block(world: World, user: int) -> Json:
    """Stop the bot as a user: from now on its messages to them get 403."""
    people.set_blocked(world, user, True)
    return {}


def unblock(world: World, user: int) -> Json:
    """Let the bot write to the user again."""
    people.set_blocked(world, user, False)
    return {}


def deactivate(world: World, user: int) -> Json:
    """Delete a person's account for good: messages to them get 403 "user is deactivated"."""
    people.deactivate(world, user)
    return {}


def set_member(
    world: World,
    chat: int,
    user: int,
    status: str = "member",
    by: int | None = None,
    without: Sequence[str] = (),
) -> Json:
    """Add (member, administrator), restrict or remove (left, kicked) somebody → chat.

    `without` names rights that an administrator does not get, such as can_manage_topics.
    """
    return _changed(world, world.chat(chat), user, status, by, without)


def add_bot(world: World, chat: int, by: int, status: str = "member", without: Sequence[str] = ()) -> Json:
    """Add the bot to a group, restrict it, or make it an administrator, maybe without some rights → chat."""
    return _changed(world, world.chat(chat), world.bot.id, status, by, without)


def remove_bot(world: World, chat: int, by: int) -> Json:
    """Remove the bot from a group, so that its messages there get 403 → chat."""
    return _changed(world, world.chat(chat), world.bot.id, "kicked", by)


def _changed(
    world: World, chat: Chat, user: int, status: str, by: int | None, without: Sequence[str] = ()
) -> Json:
    if chat.is_private:
        raise WorldError("a private chat has no members to change")
    people.set_status(world, chat, user, status, by=user if by is None else by, without=without)
    return people.describe_chat(world, chat)


def set_anonymous(world: World, chat: int, user: int, anonymous: bool = True) -> Json:
    """Let an administrator write as the group from now on."""
    people.set_anonymous(world, world.chat(chat), user, anonymous)
    return {}


def migrate(world: World, chat: int, by: int) -> Json:
    """Upgrade a group to a supergroup → the new chat."""
    return people.describe_chat(world, people.migrate(world, world.chat(chat), by))


TABLE: Final[dict[str, Callable[..., Any]]] = {
    action.__name__: action
    for action in (
        create_user,
        create_group,
        create_topic,
        close_topic,
        reopen_topic,
        edit_topic,
        delete_topic,
        start,
        send_text,
        send_photo,
        send_document,
        send_media_group,
        send_location,
        send_other,
        forward,
        edit_text,
        delete_message,
        press,
        react,
        block,
        unblock,
        deactivate,
        set_member,
        add_bot,
        remove_bot,
        set_anonymous,
        migrate,
    )
}
