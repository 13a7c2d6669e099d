"""Whatever hours groups have and however they change them: each report is told once, and none is lost."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.groups import GroupTally
from models.progress import Figure, ProgressReport, figures_that_count
from rules.people.roles import Role
from rules.tally_hours import TallyHour
from rules.working_days import WorkingDays
from services.campaign import Campaign
from services.errors import DomainError
from services.groups import past_tallies
from services.groups.group_binding import GroupScope
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups.hourly import CHATS, EARLIER, LATER, USUAL, Hours, one
from tests.services.progress.talk import Talk, buttons
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import tick_for

ITEM = "清理违规广告牌匾"
CHANGING, ANOTHER = -1001, -1002
STEP = timedelta(minutes=30)
# A day off in the middle of the week, and a Sunday on which people work.
CALENDAR = WorkingDays({date(2026, 12, 16): False, date(2026, 12, 20): True})


@pytest.fixture
def campaign(campaign: Campaign) -> Campaign:
    return replace(campaign, calendar=CALENDAR)


def reports_of(view: View) -> int:
    """The reports that a tally tells of, in its numbers or as late."""
    overall, late = one(view, "tally.overall"), one(view, "tally.late_news")
    assert overall is not None
    return int(overall.values["reports"]) + (0 if late is None else int(late.values["count"]))


def added_in(view: View) -> Decimal:
    """What a tally tells as added, in its numbers or as late."""
    late = one(view, "tally.late_quantities")
    rows = [line for line in view.lines if line.key.startswith("tally.quantity_")]
    found = [line.values["added"] for line in rows if "added" in line.values]
    found += [] if late is None else [part.values["total"] for part in late.values["quantities"]]
    return sum((_number(text) for text in found), Decimal(0))


def _number(text: Text) -> Decimal:
    return Decimal(str(text.values["grouped"]).replace(",", ""))


@dataclass
class HoursHistory:
    """What people do in random order: reports in time and late, of today and of yesterday; corrections."""

    people: list[Talk]
    random: Random
    sent: list[tuple[Talk, int]] = field(default_factory=list)

    async def step(self, now: datetime) -> None:
        talk = self.random.choice(self.people)
        talk.now = now + timedelta(minutes=self.random.randint(1, 28), seconds=self.random.randint(0, 59))
        match self.random.choice(["today", "today", "yesterday", "correct", "withdraw", "nothing"]):
            case "today" | "yesterday" as day:
                words = {"today": "今天", "yesterday": "昨天"}[day]
                await self._report(talk, words, len(self.sent) + 1)
            case "correct" if self.sent:
                writer, message_id = self.random.choice(self.sent)
                writer.now = talk.now
                with suppress(DomainError):  # it was withdrawn
                    await writer.correct(message_id, f"今天新增{ITEM}{self.random.randint(1, 99)}处")
            case "withdraw":
                with suppress(DomainError):  # there is nothing to withdraw
                    view = await talk.undo()
                    if buttons(view, "correction.withdraw"):
                        await talk.withdraw(view)

    async def _report(self, talk: Talk, day: str, number: int) -> None:
        before = len(await talk.reports())
        with suppress(DomainError):
            await talk.report(f"{day}新增{ITEM}{number}处", message_id=number)
        if len(await talk.reports()) > before:
            self.sent.append((talk, number))
        else:  # the card asks something first
            await talk.cancel()


async def told(session: Session, units: Collection[int]) -> tuple[int, Decimal]:
    """How many reports of these units stand, and what they add."""
    stand = (col(ProgressReport.withdrawn).is_(False), col(ProgressReport.unit_id).in_(units))
    reports = (await session.exec(select(ProgressReport).where(*stand))).all()
    figures = select(Figure).join(ProgressReport, figures_that_count()).where(*stand)
    return len(reports), sum((figure.added for figure in await session.exec(figures)), Decimal(0))


async def assert_nothing_is_left(hours: Hours, now: datetime) -> None:
    """A tally that reads differently now than when it was promised is marked to be edited."""
    for row in (await hours.session.exec(select(GroupTally))).all():
        live = await live_messages.live_message(hours.session, LiveKind.TALLY, id_of(row))
        assert live is not None
        promised = (await hours.session.exec(select(Outbox).where(Outbox.live_id == live.id))).one()
        shown = await past_tallies.render(tick_for(hours.session, now, hours.campaign), id_of(row))
        assert shown is not None
        lines = [line for line in shown[0].lines if line.key != "tally.corrected"]
        assert live.dirty or lines == View.from_json(promised.content).lines, row.slot_key


@pytest.mark.both_engines("histories")
@pytest.mark.repeated("seed")
@pytest.mark.parametrize("seed", range(5))
async def test_the_sums_of_all_groups_agree(
    session: Session, world: World, roster: Roster, campaign: Campaign, local: Local, seed: int
) -> None:
    random = Random(seed)  # noqa: S311  # a history, not a secret
    hours = Hours(session, world.office, campaign)
    other = await roster.actor(world.other_unit, "东风街道责任人", Role.RESPONSIBLE_PERSON)
    await roster.task(world.other_unit, "清理违规广告牌匾", date(2026, 12, 31), other.contact)
    await roster.task(world.unit, "每日巡查", None)
    now = local(12, 14, 21)
    await hours.bind_each(now)
    await hours.bind(CHANGING, now)
    await hours.bind(ANOTHER, now, scope=GroupScope(unit_id=world.unit.id))
    people = [Talk(session, actor, now, campaign) for actor in (world.responsible, other)]
    history = HoursHistory(people, random)
    while now < local(12, 23, 21):
        await hours.tick(now)
        if now.hour >= 9 and now < local(12, 23, 12):
            await history.step(now)
            await history.step(now + STEP)
        if random.random() < 0.1:
            chat, hour = random.choice([CHANGING, ANOTHER]), random.choice([EARLIER, USUAL, LATER])
            await hours.choose(chat, hour, now + timedelta(minutes=59))
        now += 2 * STEP
    await hours.tick(now)
    await assert_nothing_is_left(hours, now)
    every = [unit.id or 0 for unit in (world.unit, world.other_unit)]
    for chat in (*CHATS.values(), CHANGING, ANOTHER):
        views = await hours.reread(chat, now)
        found = sum(map(reports_of, views)), sum(map(added_in, views), Decimal(0))
        assert found == await told(session, every[:1] if chat == ANOTHER else every), chat
        assert len(views) >= 6


@pytest.mark.parametrize(("before", "after"), list(permutations([EARLIER, USUAL, LATER], 2)))
@pytest.mark.parametrize("at", [(16, 30), (17, 0), (18, 0), (18, 30), (20, 0)])
async def test_a_change_at_any_hour_loses_nothing_and_tells_nothing_twice(
    session: Session,
    world: World,
    campaign: Campaign,
    local: Local,
    before: TallyHour,
    after: TallyHour,
    at: tuple[int, int],
) -> None:
    """And the group has one tally of each day, whatever it chose."""
    hours = Hours(session, world.office, campaign)
    await hours.bind(CHANGING, local(12, 14, 9), before)
    talk, slots = Talk(session, world.responsible, local(12, 14, 9), campaign), []
    moment = local(12, 14, 16)
    while moment <= local(12, 18, 20, 30):
        slots += [planned.slot for planned in await hours.tick(moment)]
        if moment == local(12, 15, *at):
            await hours.choose(CHANGING, after, moment + timedelta(minutes=1))
        if moment == local(12, 17, *at):
            await hours.choose(CHANGING, before, moment + timedelta(minutes=1))
        if 16 <= moment.hour < 21 and moment.minute and moment.day < 18:
            talk.now = moment + timedelta(minutes=2)
            await talk.report(f"今天{ITEM}{len(await talk.reports()) + 1}处")
        # Nothing happens at night but what a tick does at any hour.
        moment += STEP if moment.hour < 21 else timedelta(hours=19)
    assert slots == [f"2026-12-{day}/tally" for day in (14, 15, 17, 18)]
    views = await hours.reread(CHANGING, moment)
    found = sum(map(reports_of, views)), sum(map(added_in, views), Decimal(0))
    assert found == await told(session, [world.unit.id or 0])


@pytest.mark.parametrize("after", [USUAL, LATER])
async def test_a_changed_hour_calls_the_same_units_unreported(
    session: Session, world: World, campaign: Campaign, local: Local, after: TallyHour
) -> None:
    """A report between the earlier hour and the close is one of that day, not of the next."""
    hours = Hours(session, world.office, campaign)
    await hours.bind_each(local(12, 14, 20, 30))
    await hours.bind(CHANGING, local(12, 14, 20, 30), EARLIER)
    await hours.tick(local(12, 17, 17))
    talk = Talk(session, world.responsible, local(12, 17, 17, 30), campaign)
    await talk.report(f"今天{ITEM}4处")
    for at in (18, 20):
        await hours.tick(local(12, 17, at))
    await hours.choose(CHANGING, after, local(12, 17, 20, 30))
    found: dict[int | None, View] = {}
    for at in (17, 18, 20):
        found |= await hours.told(local(12, 18, at))
    changed, same = found[CHANGING], found[CHATS[after]]
    assert one(changed, "tally.not_reported") == one(same, "tally.not_reported") is not None
    assert (reports_of(changed), reports_of(same)) == (1, 0), "it was not told of that hour yet"
    assert (await hours.reread(CHANGING, local(12, 18, 21)))[-1].lines == changed.lines
