"""Twelve weeks of tasks that are broken down, day by day, and who heard what beside a plain reckoning."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import BELOW, Nag, NagState
from models.tasks import Task
from rules.duties.frequencies import Frequency
from rules.nags.levels import Level
from rules.nags.policy import DutyKind
from rules.tasks.task_lifecycle import NAGGED_STATES, TaskState
from services.campaign import Campaign
from services.nags import nag_engine
from services.progress import zero_reports
from services.tasks import task_steps
from tests.services.nags.families import Broken, Family, Village, make_family
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.both_engines("histories")

BEGIN, WEEKS = date(2026, 9, 7), 12
DAY = timedelta(days=1)


@dataclass
class Weeks:
    """``daily``: its villages report each day, or do not. ``once``: theirs are due one after the other."""

    session: Session
    campaign: Campaign
    dice: random.Random
    daily: Family
    once: Family
    now: datetime
    reported: dict[int, set[date]] = field(default_factory=dict)
    mornings: set[tuple[int, date]] = field(default_factory=set)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return self.campaign.midnight(day) + timedelta(hours=hour, minutes=minute)

    async def tick_until(self, until: datetime) -> None:
        while True:
            await self.session.exec(select(Task).execution_options(populate_existing=True))
            due = await nag_engine.next_due(self.session)
            if due is None or due > until:
                return
            self.now = max(due, self.now + timedelta(seconds=1))
            await nag_engine.tick(tick_for(self.session, self.now, self.campaign))

    async def day(self, day: date) -> None:
        """Some villages report in the morning, some at noon; some finish what is due once."""
        works = self.campaign.calendar.is_working_day(day)
        for hour in (8, 12):
            await self.tick_until(self.at(day, hour))
            for one in self.daily.villages if works else ():
                if self.dice.random() < (0.1 if hour == 8 else 0.6):
                    self.now = self.at(day, hour, one.unit.id or 0)
                    await zero_reports.of_task(turn_for(self.session, one.person, self.now), ident(one.task))
                    self.reported.setdefault(ident(one.task), set()).add(day)
                    self.mornings |= {(ident(one.task), day)} if hour == 8 else set()
            for one in self.once.villages if works else ():
                if hour == 12 and self.dice.random() < 0.3:
                    await self._finish(one)
        await self.tick_until(self.at(day + DAY, 0) - timedelta(seconds=1))

    async def _finish(self, one: Village) -> None:
        """Submit it; who decides completes it, or the office gives it anew for two weeks later."""
        part = await self.session.get_one(Task, one.task.id)
        if part.state in NAGGED_STATES:
            await task_steps.submit(turn_for(self.session, one.person, self.now), ident(part))
            return
        decides = turn_for(self.session, self.once.decider, self.now)
        if part.state is TaskState.SUBMITTED:
            await task_steps.complete(decides, ident(part))
            return
        part.deadline = self.campaign.today(self.now) + 6 * DAY
        await self.session.flush()
        await task_steps.reopen(decides, ident(part))

    # -- the reckoning ---------------------------------------------------------------------------------

    def works(self) -> list[date]:
        days = [BEGIN + n * DAY for n in range(7 * WEEKS)]
        return [day for day in days if self.campaign.calendar.is_working_day(day)]

    def missed(self, part: Task, day: date) -> bool:
        return day not in self.reported.get(ident(part), set())

    def to_hear(self) -> set[tuple[datetime, int]]:
        """When who decides has to hear of a village: on the morning after the first days without a report.

        Where half of the last six are missing they heard of that, so those mornings are left out. So is a
        village that has reported that morning.
        """
        works, found = self.works(), set()
        for part in self.daily.parts:
            for number, following in enumerate(works[1:]):
                last = [self.missed(part, day) for day in works[max(0, number - 5) : number + 1]]
                silent = next((n for n, one in enumerate(reversed(last)) if not one), len(last))
                if silent in (1, 2) and sum(last) < 3 and (ident(part), following) not in self.mornings:
                    found.add((self.at(following, 9), ident(part)))
        return found


@pytest.fixture
async def weeks(session: Session, roster: Roster, campaign: Campaign) -> Weeks:
    begins = campaign.midnight(BEGIN) - timedelta(hours=4)
    daily = await make_family(
        roster, Broken(frequency=Frequency.DAILY, since=begins), "西山村", "东山村", "南山村"
    )
    once = await make_family(
        roster,
        Broken(deadline=BEGIN + 7 * DAY, since=begins),
        *("上山村", "下山村"),
        office=daily.office,
        where="水利局",
    )
    once.task.deadline = date(2027, 6, 30)
    await session.flush()
    dice = random.Random(21)  # noqa: S311  # the same weeks in each run
    return Weeks(session, campaign, dice, daily, once, begins)


async def test_twelve_weeks(weeks: Weeks) -> None:
    for number in range(7 * WEEKS):
        await weeks.day(BEGIN + number * DAY)
    session, daily, once = weeks.session, weeks.daily, weeks.once
    query = select(Outbox).where(Outbox.view == "nag").order_by(col(Outbox.id))
    rows = list(await session.exec(query))
    assert not [row for row in rows if row.contact_id == daily.office.id], "the office gets no push"
    above = [row for row in rows if BELOW in row.content]
    assert {row.contact_id for row in above} == {daily.decider.id, once.decider.id}
    days = [(row.contact_id, weeks.campaign.today(row.created_at)) for row in above]
    assert len(days) == len(set(days)), "one line a day"
    heard = {
        (row.created_at, part)
        for row in above
        for line in row.content[BELOW]
        if line["below_id"] == daily.task_id
        for part in line["parts"]
    }
    assert weeks.to_hear() <= heard
    assert len(weeks.to_hear()) > 12, "the weeks have such mornings"
    parts, works = {ident(part): part for part in daily.parts}, weeks.works()
    for at, part in heard:
        before = max(day for day in works if day < weeks.campaign.today(at))
        assert weeks.missed(parts[part], before), "nobody is named who has reported"
    await _and_the_rest(weeks)


async def _and_the_rest(weeks: Weeks) -> None:
    """Whoever hears above decides; what waited for the office did not; the offer comes once for each time."""
    session, daily, once = weeks.session, weeks.daily, weeks.once
    nags = list(await session.exec(select(Nag).execution_options(populate_existing=True)))
    deciding = {(nag.subject, nag.subject_id, nag.contact_id) for nag in nags if nag.level is Level.DECIDER}
    assert deciding == {(BELOW, one.task_id, one.decider.id) for one in (daily, once)}
    assert not [nag for nag in nags if nag.level is Level.OFFICE]
    own = {nag.kind for nag in nags if nag.subject == "task" and nag.subject_id == daily.task_id}
    assert own == set(), "its children's reports are its reports"
    offered = [nag for nag in nags if nag.kind == DutyKind.BELOW_DONE and nag.state is NagState.TOLD]
    assert {nag.subject_id for nag in offered} == {once.task_id}
    assert len({nag.cycle for nag in offered}) == len(offered) > 1
