"""Two schedulers at once, and a rehearsal of a moment: who would be told what, with nothing left behind."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from locales import Text
from models.db import Database
from models.delivery.messages import Outbox
from models.nags import Nag
from models.tables import METADATA
from models.tasks import Task
from models.ticks import TickMark
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.nags.levels import Level
from rules.tasks.task_lifecycle import TaskState
from rules.working_time import TimeUnit
from services import office_notices
from services.campaign import Campaign
from services.dry_run import PlannedMessage, TickStep
from services.groups import evening_tallies, group_binding, group_digests
from services.nags import nag_engine as nags
from services.nags import nag_sending, rehearsal
from services.nags.next_sending import next_sending
from services.nags.orders import case_scan
from services.tallies import brief_pushes
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.nags.coloured import Ladder
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.usefixtures("colours_at_once")


@pytest.fixture
async def campaign_day(database: Database, now: datetime, campaign: Campaign) -> World:
    """A committed world with tasks for three people, all due to be nagged at 09:00 on the 15th."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        world.task.state = TaskState.ACKNOWLEDGED
        for number in range(10):
            who = (world.responsible, world.liaison, world.other_liaison)[number % 3]
            over, signed = date(2026, 12, 14), TaskState.ACKNOWLEDGED
            task = await roster.task(who.unit, f"任务{number}", over, who.contact, state=signed)
            task.created_at = now - timedelta(days=14)
        await group_binding.bind(
            turn_for(session, world.office, now, campaign, chat=-1001, thread=None), title="创城工作群"
        )
    return world


async def all_ticks(database: Database, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    found: list[PlannedMessage] = []
    run = (brief_pushes.brief_tick, group_digests.digest_tick, nags.tick, evening_tallies.tally_tick)
    for tick in run:
        async with database.transaction() as session:
            found += [await one.made() for one in await tick(tick_for(session, at, campaign))]
    return found


@pytest.mark.both_engines("side by side")
async def test_two_schedulers_nag_nobody_twice(
    database: Database, database_url: str, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    other = Database(database_url)
    promised: list[PlannedMessage] = []
    try:
        for hour in (8, 9, 18):
            at = local(12, 15, hour)
            both = await asyncio.gather(
                *(all_ticks(which, at, campaign) for which in (database, other, database, other))
            )
            promised += [planned for one in both for planned in one]
    finally:
        await other.close()
    counted = Counter((planned.slot, planned.chat) for planned in promised)
    assert set(counted.values()) == {1}
    async with database.reading() as session:
        rows = (await session.exec(select(Outbox))).all()
        seen = {task.nagged_until for task in await session.exec(select(Task))}
        kept = (await session.exec(select(Nag))).all()
    assert len(rows) == len(promised) == 1 + 4 + 1 + 1, "the brief, nags and hints, the digest, one tally"
    assert seen == {local(12, 15, 9)}
    assert len(kept) == len({nag.key for nag in kept})
    # Eleven nags go to responsible people; seven of 城管局's tasks are overdue, and its leader hears of them.
    assert Counter(nag.level for nag in kept) == {Level.RESPONSIBLE: 11, Level.LEADER_IN_CHARGE: 7}


@pytest.fixture
async def orders(database: Database, local: Local, campaign: Campaign) -> Ladder:
    """A unit with three orders that are due at two on Wednesday the 16th."""
    async with database.transaction() as session:
        at = local(12, 15, 14)
        ladder = await Ladder.make(Roster(session, at, campaign), CaseDesk(session, at, campaign))
        for number in range(3):
            await ladder.case(at, amount=1, measure=TimeUnit.NATURAL_DAY, name=f"占道经营{number}")
    return ladder


async def nag_tick(database: Database, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    async with database.transaction() as session:
        return await nags.tick(tick_for(session, at, campaign))


async def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in await session.execute(sa.select(table))]
            for table in METADATA.sorted_tables
        }


async def rehearsed(
    database: Database, now: datetime, at: datetime, campaign: Campaign
) -> list[PlannedMessage]:
    async with database.rehearsal() as session:
        return [
            *await rehearsal.rehearse_slots(session, at=at, campaign=campaign),
            *await rehearsal.rehearse(tick_for(session, now, campaign), at=at),
        ]


@pytest.mark.parametrize(
    ("month", "day", "hour"), [(12, 15, 9), (12, 18, 9), (12, 21, 9), (12, 18, 18), (12, 16, 8)]
)
async def test_a_rehearsal_leaves_nothing_behind(
    database: Database,
    campaign_day: World,
    local: Local,
    now: datetime,
    campaign: Campaign,
    month: int,
    day: int,
    hour: int,
) -> None:
    before = await contents(database)
    planned = await rehearsed(database, now, local(month, day, hour), campaign)
    assert planned
    assert await contents(database) == before


async def test_a_rehearsal_tells_what_the_real_ticks_then_do(
    database: Database, campaign_day: World, local: Local, now: datetime, campaign: Campaign
) -> None:
    """From the brief of the 15th to the tally of the 22nd, slot by slot."""
    for day in range(15, 23):
        for hour, minute in ((8, 0), (8, 30), (9, 0), (18, 0)):
            at = local(12, day, hour, minute)
            foreseen = await rehearsed(database, now, at, campaign)
            done = await all_ticks(database, at, campaign)
            assert [p.to_json("zh") for p in foreseen] == [p.to_json("zh") for p in done], at
            assert bool(done) == (day == 21 if minute else day not in {19, 20}), at
            now = at


async def test_a_rehearsal_between_slots_finds_nothing(
    database: Database, campaign_day: World, local: Local, now: datetime, campaign: Campaign
) -> None:
    for at in (local(12, 15, 8, 30), local(12, 15, 9, 1), local(12, 19, 9), local(12, 15, 21)):
        assert await rehearsed(database, now, at, campaign) == []


async def test_what_was_not_seen_to_is_due_in_a_rehearsal_of_the_present(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    """Down from nine to twelve: the rehearsal says all that the tick then does."""
    at = local(12, 15, 12)
    foreseen = [one.to_json("zh") for one in await rehearsed(database, at, at, campaign)]
    done = [one.to_json("zh") for one in await all_ticks(database, at, campaign)]
    nagged = [one for one in done if "nag" in str(one["slot"])]
    assert [one for one in foreseen if "nag" in str(one["slot"])] == nagged != []


async def test_what_comes_next_is_what_the_real_ticks_then_do(
    database: Database, campaign_day: World, local: Local, now: datetime, campaign: Campaign
) -> None:
    """From one sending to the next over a weekend: nothing is between, and each is what is sent then."""
    await all_ticks(database, now, campaign)
    before = await contents(database)
    moments: list[datetime] = []
    while now < local(12, 22, 18):
        async with database.rehearsal() as session:
            found = await next_sending(tick_for(session, now, campaign))
        if not moments:
            assert await contents(database) == before
        assert found.moment is not None
        done = await all_ticks(database, found.moment, campaign)
        assert [p.to_json("zh") for p in found.planned] == [p.to_json("zh") for p in done]
        now = found.moment
        moments.append(now)
    days = (15, 16, 17, 18, 21, 22)
    slots = [local(12, day, hour) for day in days for hour in (8, 9, 18)]
    week = local(12, 21, 8, 30)
    assert moments == sorted([*(at for at in slots if at >= local(12, 15, 9)), week])


async def test_gathered_notices_come_next_at_their_hour(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    now = local(12, 15, 18, 30)
    async with database.transaction() as session:
        turn = turn_for(session, campaign_day.office, now, campaign)
        await office_notices.choose(turn, NoticeRhythm.TWO_HOURLY)
        await office_notices.tell(session, "key", View([Text("common.role.office")]), now=now)
    await all_ticks(database, now, campaign)
    async with database.rehearsal() as session:
        first = await next_sending(tick_for(session, now, campaign))
    async with database.rehearsal() as session:
        notices = await next_sending(tick_for(session, local(12, 16, 8), campaign))
    assert first.moment == local(12, 16, 8)
    assert (notices.moment, [one.slot for one in notices.planned]) == (local(12, 16, 8, 1), ["notices"])


async def test_nothing_comes_next_where_there_is_nothing(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.rehearsal() as session:
        found = await next_sending(tick_for(session, now, campaign))
    assert found.to_json("zh") == {"at": None, "messages": []}


@pytest.mark.parametrize("most", [1, 300])
async def test_orders_are_rehearsed_however_many_and_of_the_past_too(
    database: Database,
    orders: Ladder,
    local: Local,
    campaign: Campaign,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """Three orders have been overdue since Wednesday."""
    at, before = local(12, 17, 9), local(12, 15, 18)
    foreseen = [one.to_json("zh") for one in await rehearsed(database, before, at, campaign)]
    monkeypatch.setattr(case_scan, "MOST", most)
    again = [one.to_json("zh") for one in await rehearsed(database, before, at, campaign)]
    assert again == foreseen
    (mine,) = [one for one in json.loads(json.dumps(again)) if one["slot"] == "2026-12-17/nag"]
    assert len(mine["duties"]) == 3
    for moment in (local(12, 16, 15), at, local(12, 17, 12)):
        while await nag_tick(database, moment, campaign):
            pass
    over = [one.to_json("zh") for one in await rehearsed(database, local(12, 17, 15), at, campaign)]
    assert [one for one in over if one["slot"] == "2026-12-17/nag"] == [mine]


async def test_the_json_of_a_plan(
    database: Database, campaign_day: World, local: Local, now: datetime, campaign: Campaign
) -> None:
    planned = await rehearsed(database, now, local(12, 18, 9), campaign)
    (mine,) = [p for p in planned if p.chat == campaign_day.responsible.contact.telegram_user_id]
    shown = json.loads(json.dumps(mine.to_json("zh")))
    assert set(shown) == {"recipient", "chat", "slot", "duties", "reason", "text"}
    assert shown["slot"] == "2026-12-18/nag"
    assert shown["recipient"] == "城管局 城管局责任人"
    assert "清理违规广告牌匾" in shown["duties"]
    assert "<b>" not in shown["text"]


async def test_a_tick_that_fails_takes_nothing_with_it(
    database: Database, campaign_day: World, local: Local, campaign: Campaign
) -> None:
    """The claim of the tick is rolled back, and the next look finds what is due."""

    async def killed_before_the_commit() -> None:
        async with database.transaction() as session:
            assert await nags.tick(tick_for(session, local(12, 15, 9), campaign))
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await killed_before_the_commit()
    async with database.reading() as session:
        assert (await session.exec(select(Outbox))).all() == []
        assert (await session.exec(select(TickMark))).all() == []
        assert (await session.exec(select(Nag))).all() == []
    later = local(12, 15, 9) + timedelta(seconds=20)
    assert len(await all_ticks(database, later, campaign)) == 1 + 4 + 1


async def test_a_task_that_fails_holds_up_no_other(
    database: Database, campaign_day: World, campaign: Campaign, now: datetime
) -> None:
    """Nothing can be reckoned from the year 1."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        who = campaign_day.responsible
        far = await roster.task(
            who.unit, "远期任务", date(2099, 12, 31), who.contact, state=TaskState.ACKNOWLEDGED
        )
        bad = await roster.task(who.unit, "坏期限", date.min, who.contact, state=TaskState.ACKNOWLEDGED)
    nine = now + timedelta(minutes=15)
    async with database.transaction() as session:
        assert await nags.tick(tick_for(session, nine, campaign))
    async with database.reading() as session:
        assert (await session.get_one(Task, far.id)).nagged_until == nine
        failed = await session.get_one(Task, bad.id)
    assert failed.next_nag_at == nine + timedelta(minutes=15)
    assert failed.nagged_until < nine


@pytest.mark.both_engines("side by side")
async def test_a_tick_of_many_people_goes_in_steps(
    database: Database, campaign_day: World, local: Local, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is a transaction, each person still gets one message, and the office's digest comes last."""
    at = local(12, 15, 9)
    async with database.rehearsal() as session:
        whole = await nags.tick(tick_for(session, at, campaign))
    assert len(whole) > 3
    monkeypatch.setattr(nags, "MANY", 2)
    monkeypatch.setattr(nag_sending, "MOST", 2)
    steps: list[TickStep] = []
    while not steps or steps[-1].more:
        async with database.transaction() as session:
            steps.append(await nags.step(tick_for(session, at, campaign)))
    assert len(steps) > 3
    assert steps[0] == TickStep([], more=True), "the first one only scans"
    told = [one for step in steps for one in step.told]
    assert sorted(_said(told)) == sorted(_said(whole))
    digests = [one.slot.endswith("/nag-office") for one in told]
    assert digests == sorted(digests)
    async with database.transaction() as session:
        assert await nags.step(tick_for(session, at, campaign)) == TickStep([], more=False)


def _said(told: Sequence[PlannedMessage]) -> list[tuple[int | None, str, tuple[str, ...]]]:
    return [(one.chat, one.slot, tuple(sorted(one.duties))) for one in told]
