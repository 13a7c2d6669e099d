"""Writes every chat as Markdown that people can read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.errors import WorldError
from sandbox.model import Chat, ChatEvent, Json, Message
from sandbox.world import World

LABELS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "title": "聊天记录",
        "private": "{name}（私聊）",
        "group": "{name}（群聊）",
        "photo": "照片",
        "document": "文件 {name}",
        "video": "视频",
        "voice": "语音",
        "audio": "音频",
        "animation": "动图",
        "video_note": "视频留言",
        "sticker": "贴纸",
        "location": "位置 {latitude}, {longitude}",
        "venue": "地点 {title}",
        "contact": "名片 {first_name}",
        "poll": "投票 {question}",
        "dice": "骰子",
        "edited": "修改了 {when} 的消息",
        "replaced": "更换了 {when} 消息的图片或文件",
        "keyboard": "更新了 {when} 消息的按钮",
        "pressed": "按下 ［{label}］",
        "answered": "看到提示：{label}",
        "deleted": "删除了 {when} 的消息",
        "reacted": "对 {when} 的消息表态：{label}",
        "unpinned": "取消置顶 {when} 的消息",
        "blocked": "停用了机器人",
        "unblocked": "重新启用了机器人",
        "deactivated": "注销了账号",
        "reply": "回复 {who} {when}：{text}",
        "forwarded": "转发",
        "topic": "话题 {name}",
        "anonymous": "匿名管理员",
        "pinned_message": "置顶了一条消息",
        "new_chat_members": "加入群聊：{names}",
        "left_chat_member": "离开群聊：{names}",
        "forum_topic_created": "新建话题：{name}",
        "forum_topic_edited": "修改了话题：{name}",
        "forum_topic_closed": "关闭了话题",
        "forum_topic_reopened": "重新开放了话题",
        "general_forum_topic_hidden": "隐藏了“General”话题",
        "general_forum_topic_unhidden": "重新显示“General”话题",
        "migrate_to_chat_id": "群组已升级为超级群",
        "migrate_from_chat_id": "由普通群升级而来",
        "service": "系统消息",
    },
    "en": {
        "title": "Transcript",
        "private": "{name} (private chat)",
        "group": "{name} (group)",
        "photo": "photo",
        "document": "file {name}",
        "video": "video",
        "voice": "voice message",
        "audio": "audio",
        "animation": "animation",
        "video_note": "video note",
        "sticker": "sticker",
        "location": "location {latitude}, {longitude}",
        "venue": "venue {title}",
        "contact": "contact {first_name}",
        "poll": "poll {question}",
        "dice": "dice",
        "edited": "edited the message of {when}",
        "replaced": "replaced the picture or file of the message of {when}",
        "keyboard": "changed the buttons of the message of {when}",
        "pressed": "pressed ［{label}］",
        "answered": "saw the notice: {label}",
        "deleted": "deleted the message of {when}",
        "reacted": "reacted to the message of {when}: {label}",
        "unpinned": "unpinned the message of {when}",
        "blocked": "stopped the bot",
        "unblocked": "started the bot again",
        "deactivated": "deleted their account",
        "reply": "in reply to {who} {when}: {text}",
        "forwarded": "forwarded",
        "topic": "topic {name}",
        "anonymous": "anonymous administrator",
        "pinned_message": "pinned a message",
        "new_chat_members": "joined: {names}",
        "left_chat_member": "left: {names}",
        "forum_topic_created": "opened the topic {name}",
        "forum_topic_edited": "changed the topic {name}",
        "forum_topic_closed": "closed the topic",
        "forum_topic_reopened": "opened the topic again",
        "general_forum_topic_hidden": "hid the topic “General”",
        "general_forum_topic_unhidden": "showed the topic “General” again",
        "migrate_to_chat_id": "the group was upgraded to a supergroup",
        "migrate_from_chat_id": "upgraded from a group",
        "service": "service message",
    },
}
_QUOTE_LENGTH: Final = 24


def write_transcript(world: World, *, zone: str, language: str, chats: list[int] | None = None) -> str:
    """The Markdown of all chats that have a story, or of those given, in the order of their first event.

    Raises WorldError for an unknown zone, language or chat.
    """
    if language not in LABELS:
        raise WorldError(f"no labels in {language!r}; there are {', '.join(LABELS)}")
    try:
        where = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WorldError(f"unknown time zone {zone!r}") from error
    chosen = list(world.chats.values()) if chats is None else [world.chat(chat_id) for chat_id in chats]
    with_story = sorted((chat for chat in chosen if chat.events), key=lambda chat: chat.events[0].at)
    writer = _Writer(world, LABELS[language], where)
    parts = [f"# {LABELS[language]['title']}", *(writer.chat(chat) for chat in with_story)]
    return "\n\n".join(parts) + "\n"


class _Writer:
    def __init__(self, world: World, labels: dict[str, str], zone: ZoneInfo) -> None:
        self.world = world
        self.labels = labels
        self.zone = zone

    def chat(self, chat: Chat) -> str:
        name = self.world.users[chat.id].first_name if chat.is_private else chat.title
        lines = ["## " + self.labels["private" if chat.is_private else "group"].format(name=name)]
        day = ""
        before: dict[int, Message] = {}
        for event in chat.events:
            today = self._local(event.at).strftime("%Y-%m-%d")
            if today != day:
                lines.append(f"### {today}")
                day = today
            lines.append(self._event(chat, event, before))
            if event.snapshot is not None:
                before[event.snapshot.message_id] = event.snapshot
        return "\n\n".join(line for line in lines if line)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def _clock(self, unix: int) -> str:
        return datetime.fromtimestamp(unix, self.zone).strftime("%H:%M")

    def _event(self, chat: Chat, event: ChatEvent, before: dict[int, Message]) -> str:
        """A line of the story; `before` has the messages as they were."""
        time = self._local(event.at).strftime("%H:%M")
        message = event.snapshot
        if event.kind == "sent" and message is not None:
            return self._sent(chat, message, time)
        if event.kind == "answered" and not event.text:
            return ""
        when = self._clock(message.date) if message else ""
        actor = self.world.users[event.actor_id].first_name if event.actor_id else ""
        kind = event.kind
        if message is not None and kind == "edited" and _is_replaced(before.get(message.message_id), message):
            kind = "replaced"
        line = f"*{time} {escape(actor)} {escape(self.labels[kind].format(when=when, label=event.text))}*"
        if message is not None and event.kind in ("edited", "keyboard"):
            body = self._body(message) if event.kind == "edited" else self._buttons(message)
            return "\n\n".join(filter(None, (line, _quote(body))))
        return line

    def _sent(self, chat: Chat, message: Message, time: str) -> str:
        sender = self.world.users[message.sender_id].first_name
        if message.sender_chat_id is not None:
            sender = self.labels["anonymous"]
        if message.kind == "service":
            return f"*{time} {escape(sender)} {escape(self._service(message.content))}*"
        topic = None if message.thread_id is None else chat.topics.get(message.thread_id)
        marks = [self.labels["topic"].format(name=topic.name)] if topic else []
        if message.forward_origin is not None:
            marks.append(self.labels["forwarded"])
        head = f"**{time} {escape(sender)}**" + "".join(f"（{escape(mark)}）" for mark in marks)
        return f"{head}\n\n{_quote(self._reply(chat, message) + self._body(message))}"

    def _reply(self, chat: Chat, message: Message) -> list[str]:
        replied = chat.message(message.reply_to)
        if replied is None:
            return []
        words = " ".join((replied.words or f"[{self._media(replied)}]").split())
        short = words if len(words) <= _QUOTE_LENGTH else words[:_QUOTE_LENGTH] + "…"
        who = self.world.users[replied.sender_id].first_name
        text = self.labels["reply"].format(who=who, when=self._clock(replied.date), text=short)
        return [f"↪ {escape(text)}"]

    def _body(self, message: Message) -> list[str]:
        lines = [] if message.kind == "text" else [f"[{escape(self._media(message))}]"]
        lines += [escape(line) for line in message.words.split("\n")] if message.words else []
        return lines + self._buttons(message)

    def _buttons(self, message: Message) -> list[str]:
        return ["".join(f"［{escape(button['text'])}］" for button in row) for row in message.buttons()]

    def _media(self, message: Message) -> str:
        value = message.content.get(message.kind)
        fields: dict[str, Any] = value if isinstance(value, dict) else {}
        fields = {"title": "", "first_name": "", "question": "", "name": fields.get("file_name", "")} | fields
        return self.labels[message.kind].format(**fields) if message.kind in self.labels else message.kind

    def _service(self, content: Json) -> str:
        name = next((key for key in content if key in self.labels), "service")
        value = content.get(name)
        people = value if isinstance(value, list) else [value]
        names = "、".join(
            str(one["first_name"]) for one in people if isinstance(one, dict) and "first_name" in one
        )
        topic = value.get("name", "") if isinstance(value, dict) else ""
        return self.labels[name].format(names=names, name=topic)


def _is_replaced(old: Message | None, new: Message) -> bool:
    """Whether another picture or file is in the place of the old one."""
    if old is None or "text" in (old.kind, new.kind):
        return False
    return old.kind != new.kind or old.content[old.kind] != new.content[new.kind]


def escape(text: str) -> str:
    """Escape `text`, so that Markdown reads nothing into it."""
    escaped = re.sub(r"([\\`*<\[]|^#|^(?=[-+] ))", r"\\\1", text.replace("\n", " "))
    return re.sub(r"^(\d+)(?=\. )", r"\1\\", escaped)


def _quote(lines: list[str]) -> str:
    return "\n".join(f"> {line}  " if line else ">" for line in lines)
