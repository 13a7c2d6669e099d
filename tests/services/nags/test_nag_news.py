"""What is news in a person's list: it stands first; a list without news comes quietly and takes no room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.tasks import Task
from rules.cases.case_ladder import CaseNewsKind, signing_cycle
from rules.delivery.delivery import DeliveryState
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.delivery import rendering
from services.dry_run import PlannedMessage
from services.nags import nag_engine
from services.nags.messages import live_nags
from services.nags.messages.nag_news import EarlierNags
from services.progress import zero_reports
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


def nag(rung: str, subject: str = "task", *, key: str = "k", exempt: bool = False) -> Nag:
    at = datetime.fromisoformat("2026-12-22T09:00:00+08:00")
    kind = DutyKind.TASK if subject == "task" else DutyKind.ORDER
    return Nag(
        key=key,
        kind=kind,
        subject=subject,
        subject_id=1,
        cycle="c",
        slot="s",
        rung=rung,
        level=Level.RESPONSIBLE,
        contact_id=7,
        state=NagState.WAITING,
        due_at=at,
        created_at=at,
        exempt=exempt,
    )


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("working_day:1", "working_day:2", True),
        ("working_day:0", "working_day:1", False),  # it is late since today
        ("working_day:-3", "working_day:-1", False),
        ("percent:70", "percent:90", False),
        ("percent:70", "percent:70", False),
        ("working_hour:2", "working_hour:4", False),
        ("working_day:1", "snoozed", False),  # they have asked for it
        (CaseNewsKind.OVERDUE.value, CaseNewsKind.OVERDUE.value, True),
        (CaseNewsKind.YELLOW.value, CaseNewsKind.RED.value, False),
        (CaseNewsKind.RED.value, CaseNewsKind.OVERDUE.value, False),
    ],
)
def test_only_one_more_day_of_the_same_is_no_news(
    before: str, now: str, same: bool, local: Local, campaign: Campaign
) -> None:
    subject = "task" if ":" in before else "case"
    earlier = EarlierNags(campaign)
    earlier.note([nag(before, subject)], local(12, 21, 9))
    assert bool(earlier.same([nag(now, subject)], local(12, 22, 9))) is same


@pytest.mark.parametrize(
    ("told", "now"),
    [
        ((12, 18), (12, 22)),  # two working days ago
        ((12, 22), (12, 21)),  # in a time to come
    ],
)
def test_it_counts_since_the_last_working_day(
    told: tuple[int, int], now: tuple[int, int], local: Local, campaign: Campaign
) -> None:
    earlier = EarlierNags(campaign)
    earlier.note([nag("working_day:1")], local(*told, 9))
    same = earlier.same([nag("working_day:2")], local(*now, 9))
    assert bool(same) is (told > now)


def test_what_is_exempt_or_perhaps_did_not_arrive_is_news(local: Local, campaign: Campaign) -> None:
    earlier = EarlierNags(campaign)
    earlier.note([nag("working_day:1")], local(12, 21, 9))
    again, red = nag("working_day:2", key="k:again"), nag("working_day:2", exempt=True)
    assert earlier.same([again], local(12, 22, 9)) == set()
    assert earlier.same([red], local(12, 22, 9)) == set()


def test_an_order_is_not_told_twice_within_the_hour(local: Local, campaign: Campaign) -> None:
    earlier = EarlierNags(campaign)
    earlier.note([nag("blue", "case")], local(12, 22, 8, 30))
    unsigned = nag(CaseNewsKind.UNSIGNED.value, "case")
    unsigned.cycle = signing_cycle(local(12, 22, 8, 45).astimezone(UTC))
    assert not earlier.just_told(unsigned, local(12, 22, 9)), "at half past eight it was not late"
    unsigned.cycle = signing_cycle(local(12, 22, 8, 15).astimezone(UTC))
    assert earlier.just_told(unsigned, local(12, 22, 9))
    assert earlier.just_told(unsigned, local(12, 22, 9, 30)), "an hour is within the hour"
    assert not earlier.just_told(unsigned, local(12, 22, 9, 31))
    assert not earlier.just_told(nag("red", "case"), local(12, 22, 9)), "red is told at once"
    assert not earlier.just_told(unsigned, local(12, 22, 8)), "it was told later"


async def test_what_more_people_were_told_can_be_read_later(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    other = await roster.task(
        world.other_unit, "整治背街小巷", date(2026, 12, 14), world.other_liaison.contact
    )
    other.state = TaskState.IN_PROGRESS
    await session.flush()
    await tick(session, local(12, 15, 9), campaign)
    rows = list(await session.exec(select(Nag).where(Nag.state == NagState.TOLD)))
    people = {row.contact_id or 0 for row in rows}
    assert len(people) >= 2
    turn = tick_for(session, local(12, 16, 9), campaign)
    at_once, one_by_one = await EarlierNags.read(turn, people), await EarlierNags.read(turn, [])
    for contact_id in (*people, *people):
        await one_by_one.read_more(turn, [contact_id])
    assert one_by_one.same(rows, turn.now) == at_once.same(rows, turn.now) != set()


# -- with the engine ---------------------------------------------------------------------------------------


async def tick(session: Session, at: datetime, campaign: Campaign) -> list[PlannedMessage]:
    await session.exec(select(Task).execution_options(populate_existing=True))
    told = await nag_engine.tick(tick_for(session, at, campaign))
    return [await one.made() for one in told if not one.slot.endswith("/nag-office")]


async def newest(session: Session, contact_id: int) -> Outbox:
    query = select(Outbox).where(Outbox.view == "nag", Outbox.contact_id == contact_id)
    row = (await session.exec(query.order_by(col(Outbox.id).desc()))).first()
    assert row is not None
    return row


async def shown(session: Session, contact_id: int, at: datetime, campaign: Campaign) -> View:
    found = await rendering.render(tick_for(session, at, campaign), await newest(session, contact_id))
    assert found is not None
    return found[0]


@pytest.fixture
async def overdue(session: Session, world: World, roster: Roster, local: Local) -> list[Task]:
    """Three tasks of the responsible person, due on Friday the 18th and signed for."""
    world.task.state = TaskState.IN_PROGRESS
    more = [
        await roster.task(world.unit, f"任务{n}", world.task.deadline, world.responsible.contact)
        for n in range(2)
    ]
    for task in more:
        task.state = TaskState.IN_PROGRESS
    await session.flush()
    return [world.task, *more]


async def test_the_second_day_of_a_late_list_is_quiet(
    session: Session, world: World, overdue: list[Task], local: Local, campaign: Campaign
) -> None:
    person = world.responsible.id
    assert await tick(session, local(12, 21, 9), campaign)
    assert "quiet" not in (await newest(session, person)).content, "late since today: news"
    assert await tick(session, local(12, 22, 9), campaign)
    row = await newest(session, person)
    assert row.content["quiet"] is True
    view = await shown(session, person, local(12, 22, 9), campaign)
    assert view.plain("zh").count("已逾期4天") == 3, "a list without news stands as it is"
    assert buttons(view, "nag.unfold") == []


async def test_news_stand_first_and_the_rest_is_folded(
    session: Session, world: World, roster: Roster, overdue: list[Task], local: Local, campaign: Campaign
) -> None:
    person, at = world.responsible.id, local(12, 22, 9, 1)
    await tick(session, local(12, 21, 9), campaign)
    fresh = await roster.task(world.unit, "新任务", at.date(), world.responsible.contact)
    fresh.state = TaskState.IN_PROGRESS
    await session.flush()
    (told,) = [one for one in await tick(session, local(12, 22, 9), campaign) if one.chat == _chat(world)]
    row = await newest(session, person)
    assert "quiet" not in row.content
    view = await shown(session, person, at, campaign)
    lines = view.plain("zh").splitlines()
    assert lines[0].endswith("共 4 项")
    assert lines[2].startswith("1. ")
    assert "新任务" in lines[2]
    assert "上一工作日已提醒，仍未办完（3项）" in lines[3]
    assert "任务0" not in view.plain("zh")
    assert told.view.lines == view.lines, "the plan reads as the message"
    unfold = buttons(view, "nag.unfold")
    assert len(unfold) == 1
    turn = turn_for(session, world.responsible, at, campaign)
    opened = (await live_nags.turn_page(turn, row.id or 0, offset=0, unfold=True)).plain("zh")
    assert all(task.objective in opened for task in (*overdue, fresh))


def _chat(world: World) -> int | None:
    return world.responsible.contact.telegram_user_id


async def test_a_list_without_news_takes_no_room_from_what_is_urgent(
    session: Session, world: World, overdue: list[Task], local: Local, campaign: Campaign
) -> None:
    """The budget is one a day. The quiet list of the morning leaves it to the reminder of the afternoon."""
    only = replace(campaign, policy=replace(DEFAULT, budget=1))
    await tick(session, local(12, 21, 9), only)
    assert await tick(session, local(12, 22, 9), only)
    before = (await newest(session, world.responsible.id)).id
    session.add(
        Nag(
            **{
                **nag("percent:80", key="urgent").model_dump(exclude={"id"}),
                "subject_id": world.task_id,
                "cycle": world.task.deadline.isoformat() if world.task.deadline else "",
                "contact_id": world.responsible.id,
                "hold_until": local(12, 22, 15),
            }
        )
    )
    await session.flush()
    assert await tick(session, local(12, 22, 15), only)
    assert (await newest(session, world.responsible.id)).id != before


async def test_in_an_inspection_the_same_list_comes_once_a_day(
    session: Session, world: World, overdue: list[Task], local: Local, campaign: Campaign
) -> None:
    """The policy has two hours a day. Without 迎检 the second list comes quietly, with it not at all."""
    daily = next(rung for rung in DEFAULT.of(DutyKind.TASK) if rung.every is not None)
    hours = [replace(daily, at=time(9)), replace(daily, at=time(15))]
    rest = [rung for rung in DEFAULT.rungs if rung.kind is not DutyKind.TASK]
    usual = replace(campaign, policy=replace(DEFAULT, rungs=(*hours, *rest)))
    day = local(12, 22, 9).date()
    visited = replace(usual, inspections=((day, day),))
    await tick(session, local(12, 21, 9), usual)
    assert len(await tick(session, local(12, 21, 15), usual)) == 1
    assert (await newest(session, world.responsible.id)).content["quiet"] is True
    assert await tick(session, local(12, 22, 9), visited)
    assert await tick(session, local(12, 22, 15), visited) == []
    query = select(Nag.reason).where(Nag.state == NagState.MOOT)
    assert set((await session.exec(query)).all()) == {NagReason.SAME}


async def test_what_did_not_arrive_yesterday_is_news(
    session: Session, world: World, overdue: list[Task], local: Local, campaign: Campaign
) -> None:
    await tick(session, local(12, 21, 9), campaign)
    (await newest(session, world.responsible.id)).state = DeliveryState.UNDELIVERABLE
    await session.flush()
    await tick(session, local(12, 22, 9), campaign)
    assert "quiet" not in (await newest(session, world.responsible.id)).content


@pytest.mark.parametrize(("reported", "reason"), [(False, NagReason.BUDGET), (True, NagReason.DONE)])
async def test_what_the_days_limit_kept_back_until_it_was_over_says_so(
    session: Session,
    world: World,
    overdue: list[Task],
    local: Local,
    campaign: Campaign,
    reported: bool,
    reason: NagReason,
) -> None:
    """The window of the report has closed in the night."""
    late = nag("percent:80", key="late").model_dump(exclude={"id"}) | {
        "kind": DutyKind.REPORT,
        "subject_id": world.task_id,
        "contact_id": world.responsible.id,
        "reason": NagReason.BUDGET,
        "hold_until": local(12, 22, 9),
        "created_at": local(12, 21, 17),
    }
    session.add(Nag(**late))
    await session.flush()
    if reported:
        await zero_reports.of_task(
            turn_for(session, world.responsible, local(12, 21, 18), campaign), world.task_id
        )
    await tick(session, local(12, 22, 9), campaign)
    row = (await session.exec(select(Nag).where(Nag.key == "late"))).one()
    assert (row.state, row.reason) == (NagState.MOOT, reason)
