"""Two processes tick together over a hundred slots: no message goes out twice, and none is left out."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from models.db import Database
from models.delivery.messages import Outbox
from models.groups import GroupChat
from models.people import Contact
from rules.delivery.delivery import SLOT_MESSAGE_LIFE
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from rules.working_days import WorkingDays
from services.campaign import Campaign
from tests.conftest import NOW
from tests.services.nags.coloured import Ladder
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.processes import ROOT, Forge, plain_environment

pytestmark = pytest.mark.both_engines("side by side")

FIRST = date(2026, 12, 16)
DAYS = 34
HOURS = {"brief": 8, "nag": 9, "tally": 18}
ZONE = ZoneInfo("Asia/Shanghai")
GROUP = -1_002_000_000_001
# Some are after the end of the year, where the calendar falls back to Monday to Friday.
DEADLINES = [FIRST + timedelta(days=days) for days in (0, 3, 4, 11, 15, 25, 33)]
Promise = tuple[str, int]


@asynccontextmanager
async def ticking(forge: Forge, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    command = (*forge.command("tests.support.ticking"), url)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=plain_environment(), stdin=pipe, stdout=pipe
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def tick_at(process: asyncio.subprocess.Process, moment: datetime) -> list[Promise]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{moment.isoformat()}\n".encode())
    return [(slot, chat) for slot, chat in json.loads(await process.stdout.readline())]


async def prepare(database: Database) -> tuple[dict[int, list[date]], int]:
    """Make contacts with tasks; return the deadlines of each chat, and the chat of their leader."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        unit = await roster.unit("城管局")
        leader = await roster.contact(unit, "城管局分管领导", Role.LEADER_IN_CHARGE)
        duties: dict[int, list[date]] = {}
        for number, deadline in enumerate(DEADLINES):
            contact = await roster.contact(unit, f"责任人{number}", Role.RESPONSIBLE_PERSON)
            # Everybody has a second task, due on another day, so that one message must hold both.
            other = DEADLINES[number - 1]
            for due in (deadline, other):
                objective, state = f"任务{number}，{due} 前完成", TaskState.ACKNOWLEDGED
                await roster.task(unit, objective, due, contact, leader=leader.name, state=state)
            duties[chat_of(contact)] = [deadline, other]
        until = datetime.combine(FIRST - timedelta(days=1), time(HOURS["tally"]), ZONE)
        group = GroupChat(
            chat_id=GROUP, title="工作群", bound_by=leader.id or 0, bound_at=NOW, tallied_until=until
        )
        session.add(group)
    return duties, chat_of(leader)


def chat_of(contact: Contact) -> int:
    assert contact.telegram_user_id is not None
    return contact.telegram_user_id


def expected(duties: dict[int, list[date]], leader: int) -> Counter[Promise]:
    """The messages that the rules of nags ask for, computed in the plainest way."""
    calendar = WorkingDays()
    everything = {due for dues in duties.values() for due in dues}

    def days_over(due: date, day: date) -> int:
        return sum(calendar.is_working_day(due + timedelta(days=n + 1)) for n in range((day - due).days))

    wanted: Counter[Promise] = Counter()
    for day in (FIRST + timedelta(days=number) for number in range(DAYS)):
        works = calendar.is_working_day(day)
        if works:
            wanted[f"{day}/brief", leader] += 1
            wanted[f"{day}/tally", GROUP] += 1
            week, month = day - timedelta(days=day.weekday()), day.replace(day=1)
            for word, first, told in (
                ("week", week, week - timedelta(days=7)),
                ("month", month, (month - timedelta(days=1)).replace(day=1)),
            ):
                # The first working day tells of what is over; the group was bound on a working day.
                earlier = (first + timedelta(days=n) for n in range((day - first).days))
                if not any(calendar.is_working_day(one) for one in earlier) and day > NOW.date():
                    wanted[f"{told}/last_{word}", GROUP] += 1
        overdue = {chat for chat, dues in duties.items() if works and any(due < day for due in dues)}
        # A task that is due on a day off must be done on the working day before.
        lasts = {due: due if calendar.is_working_day(due) else calendar.before(due, 1) for due in everything}
        due_today = {chat for chat, dues in duties.items() if any(lasts[due] == day for due in dues)}
        upcoming = {
            chat for chat, dues in duties.items() if any(calendar.before(due, 3) == day for due in dues)
        }
        wanted.update((f"{day}/nag", chat) for chat in overdue | due_today | upcoming)
        # The leader gets a hint on the first overdue day, the third, and every five days after.
        if works and any(days_over(due, day) in {1, *range(3, DAYS, 5)} for due in everything):
            wanted[f"{day}/nag", leader] += 1
    return wanted


async def test_two_processes_promise_everything_once(
    forge: Forge, database: Database, database_url: str
) -> None:
    duties, leader = await prepare(database)
    moments = [
        datetime.combine(day, time(hour), ZONE)
        for day in (FIRST + timedelta(days=number) for number in range(DAYS))
        for hour in HOURS.values()
    ]
    assert len(moments) >= 100
    promised: Counter[Promise] = Counter()
    wins = [0, 0]
    async with ticking(forge, database_url) as first, ticking(forge, database_url) as second:
        for moment in moments:
            both = await asyncio.gather(tick_at(first, moment), tick_at(second, moment))
            for number, promises in enumerate(both):
                promised.update(promises)
                wins[number] += bool(promises)
    assert promised == expected(duties, leader)
    assert min(wins) > 0, "one of them was never first: they did not race"
    assert await promises_in(database) == promised


async def promises_in(database: Database) -> Counter[Promise]:
    """The number of messages in the outbox for each slot and chat."""
    kinds = [*SLOT_MESSAGE_LIFE]
    async with database.reading() as session:
        rows = (await session.exec(select(Outbox).where(col(Outbox.kind).in_(kinds)))).all()
    return Counter((row.dedupe_key.split(":")[0], row.chat_id) for row in rows)


async def test_two_processes_tell_each_colour_of_each_case_once(
    forge: Forge, database: Database, database_url: str
) -> None:
    """Eleven cases, dispatched hour by hour, escalate past a working Saturday; both processes look hourly."""
    begin = datetime(2026, 10, 8, 8, tzinfo=ZONE)
    async with database.transaction() as session:
        campaign = Campaign()
        ladder = await Ladder.make(Roster(session, begin, campaign), CaseDesk(session, begin, campaign))
        ids = [
            (await ladder.case(begin + timedelta(hours=number), name=f"第{number}类")).id
            for number in range(11)
        ]
    person, office = ladder.responsible.id, ladder.office.id
    blue, higher = {person, ladder.colleague.id, office}, {person, ladder.leader.id, office}
    promised = 0
    async with ticking(forge, database_url) as first, ticking(forge, database_url) as second:
        for moment in (begin + timedelta(hours=number) for number in range(5 * 24)):
            both = await asyncio.gather(tick_at(first, moment), tick_at(second, moment))
            promised += sum(not slot.endswith("/brief") for promises in both for slot, _ in promises)
    async with database.reading() as session:
        rows = (await session.exec(select(Outbox).where(Outbox.view == "nag"))).all()
    told = Counter(
        (entry["case_id"], entry["news"], row.contact_id) for row in rows for entry in row.content["entries"]
    )
    wanted = {"blue": blue, "yellow": higher, "red": higher, "overdue": {person}}
    seen = {(case_id, news) for case_id, news, _ in told}
    assert {(case_id, "red") for case_id in ids} <= seen
    everything = {(case_id, news, reader) for case_id, news in seen for reader in wanted[news]}
    assert set(told) <= everything
    assert set(told.values()) == {1}
    # A person gets two pushes a day about cases that are not red yet. The rest waits, and may end before.
    assert {one for one in everything if one[1] == "red" or one[2] == office} <= set(told)
    assert {news for _, news in seen} == set(wanted)
    assert promised == len(rows)
    pushes = Counter(
        (row.contact_id, row.content["day"])
        for row in rows
        if row.contact_id != office and all(entry["news"] != "red" for entry in row.content["entries"])
    )
    assert max(pushes.values()) == Campaign().policy.budget
