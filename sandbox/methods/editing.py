"""The methods editMessageText, …Caption, …Media and …ReplyMarkup, deleteMessage, setMessageReaction."""

from __future__ import annotations

from typing import Final

from sandbox.errors import bad_request
from sandbox.methods.context import CallContext, Handler, find_message, find_open_chat
from sandbox.methods.input_media import read_input_media
from sandbox.methods.markup import read_markup
from sandbox.methods.sending import read_caption, read_text
from sandbox.model import Chat, Json, Message
from sandbox.payloads import message_json

_DELETABLE_SECONDS: Final = 48 * 3600
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
# The emoji that Telegram offers as free reactions.
_EMOJI: Final = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 "
    "🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 "
    "😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 "
    "🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡 "
)
REACTIONS: Final = frozenset(_EMOJI.split())
_WITH_MEDIA: Final = frozenset({"text", "photo", "document", "video", "animation", "audio"})


def _own(context: CallContext, *, refused: str = "message can't be edited") -> tuple[Chat, Message]:
    chat = find_open_chat(context)
    message = find_message(context, chat, "to edit")
    if message.sender_id != context.world.bot.id or message.kind == "service":
        raise bad_request(refused)
    return chat, message


def _edit(context: CallContext, chat: Chat, message: Message, content: Json, source: str | None) -> Json:
    """Put new content and the given keyboard in place. Without a given keyboard, the old one vanishes."""
    world = context.world
    markup, _ = read_markup(context)
    if content == message.content and markup == message.reply_markup:
        raise bad_request(_NOT_MODIFIED)
    if world.limits.settings.edits:
        world.limits.take(chat.id)
    kind = "edited" if content != message.content else "keyboard"
    world.change_markup(message, markup)
    message.content, message.source = content, source
    message.edit_date = world.unix()
    world.record(chat, kind, message, actor_id=world.bot.id)
    return message_json(world, message)


def edit_message_text(context: CallContext) -> Json:
    content, source = read_text(context, too_long="MESSAGE_TOO_LONG")
    chat, message = _own(context)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _edit(context, chat, message, content, source)


def edit_message_caption(context: CallContext) -> Json:
    caption, source = read_caption(context, too_long="MEDIA_CAPTION_TOO_LONG")
    chat, message = _own(context)
    if message.kind == "text":
        raise bad_request("there is no caption in the message to edit")
    kept = {name: value for name, value in message.content.items() if not name.startswith("caption")}
    return _edit(context, chat, message, kept | caption, source)


def edit_message_media(context: CallContext) -> Json:
    """Put a photo, document or video in place of the text or the media; the old caption goes with it.

    A text becomes media: "or to add media to text messages", says the Bot API's manual of editMessageMedia.
    The refusals are those of TDLib (MessagesManager, can_edit_message_media and edit_message_media).
    """
    refused = "message media can't be edited"
    read_markup(context)  # Telegram looks at the keyboard and the media before the message
    media = read_input_media(context)
    chat, message = _own(context, refused=refused)
    if message.kind not in _WITH_MEDIA or message.forward_origin is not None or message.other_markup:
        raise bad_request(refused)
    # In an album photos and videos may take each other's place, and a document stays one.
    in_album = message.media_group_id is not None and message.kind != media.kind
    if in_album and "document" in (message.kind, media.kind):
        raise bad_request("can't change media type in the album")
    return _edit(context, chat, message, media.content(), media.source)


def edit_message_reply_markup(context: CallContext) -> Json:
    chat, message = _own(context)
    return _edit(context, chat, message, message.content, message.source)


def delete_message(context: CallContext) -> bool:
    world = context.world
    chat = find_open_chat(context)
    message = find_message(context, chat, "to delete")
    own = message.sender_id == world.bot.id
    manages = chat.is_private or chat.can(world.bot.id, "can_delete_messages")
    if not own and not manages:
        raise bad_request("message can't be deleted")
    if world.unix() - message.date > _DELETABLE_SECONDS and (chat.is_private or not manages):
        raise bad_request("message can't be deleted for everyone")
    world.delete(chat, message, by=world.bot.id)
    return True


def set_message_reaction(context: CallContext) -> bool:
    world = context.world
    chat = find_open_chat(context)
    message = find_message(context, chat, "to react")
    reactions = context.params.array("reaction", "reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(str(r.get("emoji", "")).replace("\ufe0f", "") not in REACTIONS for r in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions[world.bot.id] = reactions
    shown = "".join(str(reaction["emoji"]) for reaction in reactions)
    world.record(chat, "reacted", message, actor_id=world.bot.id, text=shown)
    return True


TABLE: Final[dict[str, Handler]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "setMessageReaction": set_message_reaction,
}
