"""Ten people for three years: what is in retention stays as it is, and what grows grows by right.

``python -m tests.faults.years DATABASE_URL`` lives them on an empty database, slot by slot, and prints one
JSON object: for each table how many rows it has at the end of each year. Ticks, housekeeping, handlers,
rendering and services are the real ones, as is the moment that each sees. The lives are the same in each run.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import mean
from typing import Final

import pytest
import sqlalchemy as sa
import structlog
import time_machine
from sqlmodel import col, select

from models import importing
from models.cases import Case
from models.cases.categories import Category
from models.db import Database, Session, ident
from models.delivery import messages, pauses
from models.delivery.inbox import InboxState
from models.delivery.messages import Outbox
from models.importing import JobState
from models.people import Unit
from models.tables import METADATA
from models.tasks import Task
from models.upgrade import upgrade
from rules.cases.case_lifecycle import OPEN, UNDECIDED, CaseEvent, CaseState
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import OPEN_STATES
from scheduler.ticks import HOUSEKEEPING, TICKS, Tick
from services.access import actor_of
from services.calendar import current_campaign
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from services.tasks import task_steps
from services.turn import TickTurn
from tests.services.nags.golden import lives
from tests.services.nags.golden.lives import Life
from tests.services.nags.golden.towns import BEGIN, everybody, new_task
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Person, offline_application, said
from tests.support.people import Roster
from tests.support.rows import Rows

YEARS: Final = 3
# Whole weeks: the same days of the week begin each year.
YEAR: Final = 52 * 7
# The rows of a year's end are the mean of its second half: a single day may be a holiday.
WEEKS: Final = 26
SEED: Final = "three years"
CONFIRM: Final = "✅ 确认提交"
GROUP: Final = -1_002_000_000_001
# What is needed for a time only. All other tables grow by right, or stay as they are.
RETAINED: Final = (
    *("inbox", "outbox", "button", "told", "question", "stored_file", "draft", "snooze"),
    *("live_message", "chat_pause", "tick_mark", "sent_message", "sent_case"),
    *("office_notice", "office_matter", "picture"),
)

STANDING, REPORTING = "清理违规广告牌匾", "责任人甲"
# Tasks come to an end after so many days, a standing task gives way to the next.
OLD, OLD_STANDING = timedelta(days=45), timedelta(days=120)
# A case that is fed back within so many days needs more work.
REWORKED: Final = timedelta(days=30)
# The ticks of each slot. A tick that has nothing to do at an hour would only take time.
SLOTS: Final = {
    8: ("brief", "papers", "countdown", "calendar"),
    9: ("digest", "nags", "notices"),
    18: ("tally", "nags", "notices"),
}
# Each week a case or a task begins, and each case takes a step on the same way. What else would make one year
# busier than another does not happen.
UNSTEADY: Final = {
    *("_add_task", "_change_policy", "_inspect", "_call_off", "_reopen"),
    *("_file_case", "_dispatch", "_unit_step", "_unit_asks", "_office_answers", "_check", "_resume"),
    *("_reopen_case", "_reassign_case"),
}
# Of a hundred messages so many may have arrived, and so many certainly did not.
UNKNOWN, LOST = 2, 1


async def settle_town(turn: TickTurn) -> None:
    """Make the ten people, their standing tasks, a group and a category for each unit."""
    roster, desk = (
        Roster(turn.session, turn.now, turn.campaign),
        CaseDesk(turn.session, turn.now, turn.campaign),
    )
    office = await roster.unit("创城办")
    first = await roster.contact(office, "创城办甲", Role.OFFICE)
    await roster.contact(office, "创城办乙", Role.OFFICE)
    await roster.contact(office, "督导员", Role.INSPECTOR)
    await roster.contact(office, "区领导", Role.DISTRICT_LEADER)
    for number in (1, 2):
        unit = await roster.unit(f"第{number}街道", Tier.STREET)
        for name in ("甲", "乙"):
            await roster.contact(unit, f"{unit.name}责任人{name}", Role.RESPONSIBLE_PERSON)
        await roster.contact(unit, f"{unit.name}联络员", Role.LIAISON)
        await desk.category(f"第{number}类", unit=unit)
    await _renew_standing_tasks(turn)
    await Rows(turn.session, turn.now).group(GROUP, first)


async def _renew_standing_tasks(turn: TickTurn) -> None:
    """The first person in each unit who is responsible has a standing task that is open."""
    roster = Roster(turn.session, turn.now, turn.campaign)
    query = select(Task.objective).where(col(Task.state).in_(OPEN_STATES))
    there = set(await turn.session.exec(query))
    for person in await everybody(turn.session):
        objective = f"{STANDING}（{person.name}，{turn.today}起）"
        if REPORTING in person.name and not any(f"{STANDING}（{person.name}，" in one for one in there):
            unit = await turn.session.get_one(Unit, person.unit_id)
            await roster.task(unit, objective, None, person)


@dataclass(slots=True)
class District:
    """The district on its way through the years."""

    database: Database
    chats: Chats
    dice: random.Random
    clock: time_machine.Traveller
    strangers: int = 0

    @property
    def now(self) -> datetime:
        return self.chats.clock.moment

    async def day(self, day: date) -> None:
        """One day: its slots, what people do after each, and housekeeping twice a week."""
        if day.weekday() in {0, 3}:
            self._move(day, 3)
            await self._tick(HOUSEKEEPING)
        works = Campaign().calendar.is_working_day(day)
        for hour in SLOTS if works else ():
            self._move(day, hour)
            await self._tick([tick for tick in TICKS if tick.name in SLOTS[hour]])
        await self._deliver()
        if works:
            await self._work()
        if day.weekday() == 0:
            await self._each_week()

    def _move(self, day: date, hour: int) -> None:
        self.chats.clock.moment = Campaign().midnight(day) + timedelta(hours=hour)
        self.clock.move_to(self.now)

    async def _turn(self, session: Session) -> TickTurn:
        return TickTurn(session, self.now, await current_campaign(session, Campaign()))

    async def _tick(self, ticks: Sequence[Tick]) -> None:
        async with self.database.reading() as session:
            campaign = await current_campaign(session, Campaign())
        for tick in ticks:
            async with self.database.transaction() as session:
                await tick.run(TickTurn(session, self.now, campaign))

    async def _deliver(self) -> None:
        """Send what is promised. Now and then a message is lost, perhaps or certainly, or a chat rests."""
        async with self.database.transaction() as session:
            query = select(Outbox.id, Outbox.chat_id).where(Outbox.state == DeliveryState.NEW)
            for outbox_id, chat_id in (await session.exec(query.order_by(col(Outbox.id)))).all():
                fate = self.dice.randrange(100)
                if fate < UNKNOWN + LOST:
                    state = DeliveryState.UNKNOWN if fate < UNKNOWN else DeliveryState.UNDELIVERABLE
                    await messages.move_delivery(session, outbox_id or 0, [DeliveryState.NEW], state)
                elif fate == UNKNOWN + LOST:
                    await pauses.pause_chat(session, chat_id, 30.0, self.now)
        await self.chats.post()

    async def _work(self) -> None:
        """Something happens in the district. On one day somebody reports, on the next a stranger writes."""
        async with self.database.transaction() as session:
            life = Life(await self._turn(session), self.dice)
            await life.step()
            there = [one for one in await everybody(session) if REPORTING in one.name]
        account = Person(self.dice.choice(there).telegram_user_id or 0)
        if self.now.weekday() % 2:
            self.strangers += 1
            stranger = Person(7_000_000_000 + self.strangers)
            await self.chats.answers(said(stranger, self.dice.choice(("您好", "/join"))))
            await self.chats.answers(said(account, self.dice.choice(("/tasks", "/mine", "/help"))))
            return
        words = f"今天新增{STANDING}{self.dice.randint(1, 99)}处"
        for card in await self.chats.answers(said(account, words)):
            # Some forget it.
            if CONFIRM in card.labels() and self.dice.random() < 0.9:
                await self.chats.press(account, card, CONFIRM)

    async def _each_week(self) -> None:
        """Files come in, an update cannot be handled, and what is old is brought to its end."""
        async with self.database.transaction() as session:
            turn = await self._turn(session)
            rows = Rows(session, self.now)
            office = next(one for one in await everybody(session) if "创城办" in one.name)
            stored = await importing.store(session, "台账.xlsx", b"1" * 1000, self.now)
            await rows.job(office, state=JobState.DONE, source_id=stored, telegram_file_id=f"file-{self.now}")
            dead = await rows.update(update_id=-int(self.now.timestamp()), state=InboxState.DEAD)
            dead.done_at = dead.seen_at = self.now
            life = Life(turn, self.dice)
            await _cancel_old_tasks(life)
            await _move_cases(life)
            await _renew_standing_tasks(turn)
            # A task and a case by turns.
            if self.now.isocalendar().week % 2:
                await new_task(turn, self.dice)
            else:
                await self._file_case(turn)

    async def _file_case(self, turn: TickTurn) -> None:
        category = self.dice.choice((await turn.session.exec(select(Category))).all())
        reporter = await actor_of(turn.session, self.dice.choice(await everybody(turn.session)))
        desk = CaseDesk(turn.session, turn.now, turn.campaign)
        await desk.report(reporter, category, place=f"人民路{turn.today:%m%d}号")

    async def counts(self) -> Counter[str]:
        """The rows of each table."""
        async with self.database.reading() as session:
            return Counter(
                {
                    name: (await session.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
                    for name, table in METADATA.tables.items()
                }
            )


async def _cancel_old_tasks(life: Life) -> None:
    office = await life.office()
    for task in (await life.session.exec(select(Task).where(col(Task.state).in_(OPEN_STATES)))).all():
        kept = OLD_STANDING if task.objective.startswith(STANDING) else OLD
        if task.created_at < life.turn.now - kept:
            await task_steps.cancel(office, ident(task), "已到期")


async def _move_cases(life: Life) -> None:
    """Each open case goes one step on. It is sent back for rework once; each fifth is no case at all."""
    for case in (await life.session.exec(select(Case).where(col(Case.state).in_(OPEN)))).all():
        event = CaseEvent.FEEDBACK
        if case.state is CaseState.REGISTERED:
            category = await life.session.get_one(Category, case.category_id)
            await dispatching.dispatch(await life.office(), [ident(case)], category.unit_id or 0)
            continue
        if case.state in UNDECIDED:
            event = CaseEvent.REGISTER if ident(case) % 5 else CaseEvent.REJECT
        elif case.state is CaseState.FED_BACK:
            event = CaseEvent.REWORK if case.reported_at > life.turn.now - REWORKED else CaseEvent.CLOSE
        await case_steps.take(life.turn, ident(case), event, change=StepDetails(reason="请核实"))


async def live(url: str, years: int = YEARS) -> dict[str, list[int]]:
    """Live so many years. Returns for each table its rows at the end of each."""
    database, dice = Database(url), random.Random(SEED)  # noqa: S311  # the same lives in each run
    start = Campaign().midnight(BEGIN) + timedelta(hours=2)
    counted: dict[str, list[list[int]]] = {name: [[] for _ in range(years)] for name in METADATA.tables}
    with time_machine.travel(start, tick=False) as clock, pytest.MonkeyPatch.context() as patch:
        steady = {step: weight for step, weight in lives.STEPS.items() if step.__name__ not in UNSTEADY}
        patch.setattr(lives, "STEPS", steady)
        await upgrade(database)
        async with database.transaction() as session:
            await settle_town(TickTurn(session, start, Campaign()))
        chats = Chats(database, await offline_application(patch), Campaign(), start)
        district = District(database, chats, dice, clock)
        for number in range(years * YEAR):
            year, day = divmod(number, YEAR)
            # The dice fall alike on the same day of each year, so that no year is busier by chance.
            dice.seed(f"{SEED} {day}")
            await district.day(BEGIN + timedelta(days=number))
            if day >= YEAR - 7 * WEEKS and day % 7 == 0:
                for name, rows in (await district.counts()).items():
                    counted[name][year].append(rows)
    await database.close()
    return {name: [round(mean(rows)) for rows in found] for name, found in counted.items()}


def main() -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    sys.stdout.write(json.dumps(asyncio.run(live(sys.argv[1]))))


if __name__ == "__main__":
    main()
