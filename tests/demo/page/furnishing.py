"""Messages in a kept folder that a visitor could not easily get from the program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sandbox.keeping import load, save
from sandbox.model import Json
from sandbox.world import World

MANY: Final = 130
LONG_CHAT, BUTTONS_CHAT = "区委分管领导", "区政府分管领导"
COPIED: Final = "CC-2026-1218"


def furnish(folder: Path) -> None:
    """Put many messages into one chat, and buttons of all kinds into another."""
    world = load(folder / "world")
    for number in range(1, MANY + 1):
        _post(world, LONG_CHAT, {"text": f"第{number}条"})
    rows = [
        [{"text": "复制编号", "copy_text": {"text": COPIED}}],
        [{"text": "打开链接", "url": f"https://t.me/{world.bot.username}?start=hello"}],
        [{"text": "旧的按钮", "callback_data": "nobody knows this"}],
    ]
    words = "粗体 斜体 引用"
    entities = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "italic", "offset": 3, "length": 2},
        {"type": "blockquote", "offset": 6, "length": 2},
    ]
    _post(world, BUTTONS_CHAT, {"text": words, "entities": entities}, reply_markup={"inline_keyboard": rows})
    keyboard = [[{"text": "今日无新增"}, {"text": "发送我的位置", "request_location": True}]]
    _post(world, BUTTONS_CHAT, {"text": "请选择"}, other_markup={"keyboard": keyboard})
    save(world, folder / "world")


def _post(world: World, name: str, content: Json, **more: Json) -> None:
    person = next(user for user in world.users.values() if user.first_name == name)
    world.post(world.chats[person.id], world.bot.id, content, **more)
