"""A district without a program: two people, a group with topics, and the bot's words put in by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from demo.page.district import District, Resident
from demo.page.words import ZONE, PageWords
from demo.stage.processes import Stage
from sandbox import people, speaking
from sandbox.clock import SandboxClock
from sandbox.model import Message
from sandbox.world import World

NAMES = ("东城街道城管办主任", "区委分管领导")
START = datetime(2026, 12, 18, 8, 40, tzinfo=ZONE)


def small_district(folder: Path, names: tuple[str, ...] = NAMES) -> District:
    """People who have joined, and a bound group of which they are members."""
    world = World(clock=SandboxClock(START))
    stage = Stage(folder, folder, "http://127.0.0.1:1/control", {})
    district = District(world, stage, PageWords("zh"))
    for name in names:
        user = people.create_user(world, name)
        district.residents[user.id] = Resident(user.id, name, "主任", "责任人", "东城街道", link="link")
        speaking.say(world, user.id, user.id, speaking.text_content("/start link"))
    group = people.create_group(
        world, "创城工作群", members=list(district.residents), topics=["每日播报"], bot="administrator"
    )
    district.group = group.id
    return district


def bot_says(district: District, chat_id: int, text: str, **more: Any) -> Message:
    """Put a message of the bot into a chat."""
    chat = district.world.chats[chat_id]
    return district.world.post(chat, district.world.bot.id, {"text": text}, **more)
