"""Sets the district up: the office's files are imported, most people join, the group is bound."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from demo.page.district import District, residents_of
from demo.page.walk import CONTACT
from demo.sample import data
from demo.stage.errors import DemoError
from demo.stage.files import import_registers, import_roster, import_tasks
from locales import Text
from sandbox import people, speaking
from sandbox.model import ADMIN_STATES, Message

_ANSWERS_WITHIN: Final = 40.0


def start_of_day() -> datetime:
    """The moment at which the district begins: before the nags of a Friday in December."""
    return data.day().times["sign"]


async def set_up(district: District) -> None:
    """Prepare the sample campaign; ``district.preparing`` says how far it is. ``DemoError``: it fails."""
    roster, day = data.roster(), data.day()
    _add_residents(district, roster)
    _tell(district, "roster")
    await import_roster(district.stage)
    _tell(district, "tasks")
    # Each is a process of its own, and waits for the others only where they write.
    await together(
        import_tasks(district.stage),
        import_registers(district.stage),
        _invite(district),
        district.program.start(),
    )
    _tell(district, "program")
    await _polling(district)
    joining = [name for name in day.joining if name != CONTACT]
    _tell(district, "joining", count=len(joining))
    await _join(district, joining)
    _tell(district, "group")
    await _bind(district, day, joining)
    await _done(district)


async def start_again(district: District) -> None:
    """Start the program of a district that was kept. ``DemoError``: it does not start."""
    _tell(district, "program")
    await district.program.start()
    await _polling(district)
    await _done(district)


async def _polling(district: District) -> None:
    if not await district.program.until_polling():
        raise DemoError("tour.failed.ended", log=str(district.stage.out))


async def _done(district: District) -> None:
    district.preparing = None
    district.changed()
    await district.clock.ask()


async def together(*works: Awaitable[object]) -> None:
    """Do several things side by side; all are over when it returns. The first failure is raised."""
    done = await asyncio.gather(*works, return_exceptions=True)
    failed = next((one for one in done if isinstance(one, BaseException)), None)
    if failed is not None:
        raise failed


def _tell(district: District, step: str, **values: object) -> None:
    district.preparing = Text(f"page.preparing.{step}", **values)
    district.changed()


def _add_residents(district: District, roster: data.SampleRoster) -> None:
    locale = district.words.locale
    for resident in residents_of(roster):
        user = people.create_user(district.world, resident.name, language_code=locale)
        resident.id = user.id
        district.residents[user.id] = resident


async def _invite(district: District) -> None:
    """Give everybody the link of their invitation."""
    made = json.loads(await district.stage.command("invite", "--yes", "--json"))
    for line in made["invitations"]:
        district.resident(line["name"]).link = parse_qs(urlsplit(line["link"]).query)["start"][0]


def open_link(district: District, user_id: int) -> Message:
    """Let a person open the link of their invitation."""
    link = district.residents[user_id].link
    return speaking.say(district.world, user_id, user_id, speaking.text_content(f"/start {link}".strip()))


async def _join(district: District, names: Iterable[str]) -> None:
    joined = [district.resident(name).id for name in names]
    for user_id in joined:
        open_link(district, user_id)

    def answered() -> bool | None:
        return all(district.last_of_bot(user_id) for user_id in joined) or None

    if await district.world.signal.until(answered, _ANSWERS_WITHIN) is None:
        raise DemoError("tour.failed.not_there", what=district.words("page.preparing.answers"))
    for user_id in joined:
        district.read(district.world.chats[user_id])


async def _bind(district: District, day: data.TourDay, names: Iterable[str]) -> None:
    """The office makes a group with topics, and binds the first of them for the tally."""
    world, office = district.world, district.resident(day.office).id
    members = [office, *(district.resident(name).id for name in names if name != day.office)]
    group = people.create_group(world, day.group, members=members, topics=day.topics, bot="administrator")
    district.group = group.id
    thread = next(topic.thread_id for topic in group.topics.values() if topic.name == day.topics[0])
    speaking.say(world, group.id, office, speaking.text_content("/bind"), thread=thread)
    label = district.words("groups.scope.all")

    def asked() -> Message | None:
        found = district.last_of_bot(group.id)
        labels = [button["text"] for row in found.buttons() for button in row] if found else []
        return found if label in labels else None

    question = await world.signal.until(asked, _ANSWERS_WITHIN)
    if question is None:
        raise DemoError("tour.failed.not_there", what=day.group)
    speaking.press(world, group.id, office, question.message_id, label)
    before = question.revision
    await world.signal.until(lambda: question.revision > before or None, _ANSWERS_WITHIN)
    district.read(group)


def add_to_group(district: District, user_id: int) -> None:
    """Let the group's creator add a person who has joined."""
    group = district.world.chats[district.group]
    if group.status_of(user_id) == "left":
        creator = next(one.user_id for one in group.members.values() if one.status in ADMIN_STATES)
        people.set_status(district.world, group, user_id, "member", by=creator)
