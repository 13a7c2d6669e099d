"""下级全部办结: once its last child is 办结, the person above is offered 申请办结, once."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import col, select

from models.db import Session, ident
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, NagState
from models.tasks import child_duties
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.nags.snooze import SnoozeChoice
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties.task_duties import DutyStanding
from services.nags import nag_records, snoozing
from services.nags.snoozing import SnoozeSubject
from services.nags.tasks.task_done import done
from services.tasks import task_steps
from tests.services.conftest import Local
from tests.services.nags.families import (
    OBJECTIVE,
    Broken,
    Family,
    letters,
    make_family,
    run,
    shown,
    village,
)
from tests.services.progress.talk import buttons, duty_line
from tests.support.people import Roster
from tests.support.turns import turn_for

FAR = date(2026, 12, 31)


@pytest.fixture
async def family(session: Session, roster: Roster, local: Local) -> Family:
    return await make_family(roster, Broken(deadline=FAR, since=local(12, 1)), "西山村", "东山村")


async def complete(session: Session, family: Family, at: datetime, *numbers: int) -> None:
    """办结 of these children by who decides on them."""
    for number in numbers:
        turn = turn_for(session, family.decider, at)
        assert await task_steps.complete(turn, ident(family.parts[number])) is not None


async def offers(session: Session, family: Family) -> list[Nag]:
    query = select(Nag).where(Nag.kind == DutyKind.BELOW_DONE, Nag.subject_id == family.task_id)
    return list(await session.exec(query.order_by(col(Nag.id)).execution_options(populate_existing=True)))


async def test_it_is_offered_once(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    """The last is 办结 on Friday at noon: the next message is that of Monday, and no further one says it."""
    await complete(session, family, local(12, 17, 12), 0)
    await run(session, local(12, 17, 12), local(12, 18, 11), campaign)
    assert not await letters(session, family)
    await complete(session, family, local(12, 18, 12), 1)
    await run(session, local(12, 18, 12), local(12, 24, 12), campaign)
    (row,) = await letters(session, family)
    assert row.created_at == local(12, 21, 9)
    view = await shown(session, row, campaign)
    assert view is not None
    text = view.plain("zh")
    assert f"1. 🟢 {OBJECTIVE}，还剩10天、下级已全部办结，可申请办结" in text
    assert [one.arguments["task_id"] for one in buttons(view, "nag.submit")] == [family.task_id]
    assert [row.state for row in await offers(session, family)] == [NagState.TOLD]
    record = await nag_records.of_subject(
        turn_for(session, family.decider, local(12, 24, 12), campaign), "task", family.task_id
    )
    assert "12月21日09:00 催办 农业农村局责任人：下级办结·可申请办结" in record.plain("zh")


async def test_before_nine_it_comes_the_same_day(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    await complete(session, family, local(12, 17, 8, 30), 0, 1)
    await run(session, local(12, 17, 8, 30), local(12, 17, 12), campaign)
    assert [row.created_at for row in await letters(session, family)] == [local(12, 17, 9)]


async def test_it_goes_along_with_what_else_is_due(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """One message; the report button stays beside it."""
    await complete(session, family, local(12, 30, 12), 0, 1)
    await run(session, local(12, 30, 12), local(12, 31, 12), campaign)
    view = await shown(session, (await letters(session, family))[-1], campaign)
    line = duty_line(view, "nags.line").values["days"]
    assert [one.key for one in line.values["reasons"]] == ["common.due_today", "nags.what.below_done"]
    assert len(buttons(view, "nag.submit")) == 1
    assert len(buttons(view, "report.start")) == 1


@pytest.mark.parametrize("how", ["reopened", "added", "submitted", "cancelled"])
async def test_it_is_no_longer_offered(
    session: Session, roster: Roster, family: Family, local: Local, campaign: Campaign, how: str
) -> None:
    """Between the last 办结 and the morning a child is open again, or the task is submitted or over."""
    await complete(session, family, local(12, 17, 12), 0, 1)
    await run(session, local(12, 17, 12), local(12, 17, 13), campaign)
    decides, office = (turn_for(session, who, local(12, 17, 14)) for who in (family.decider, family.office))
    match how:
        case "reopened":
            assert await task_steps.reopen(decides, ident(family.parts[0])) is not None
        case "added":
            await village(roster, family.task, Broken(deadline=FAR, since=local(12, 17, 14)), "南山村")
        case "submitted":
            assert await task_steps.submit(decides, family.task_id) is not None
        case "cancelled":
            assert await task_steps.cancel(office, family.task_id, "不再需要") is not None
    await run(session, local(12, 17, 14), local(12, 18, 12), campaign)
    assert await offers(session, family) == []


async def test_it_is_offered_again_after_another_last_one(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    await complete(session, family, local(12, 17, 12), 0, 1)
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    turn = turn_for(session, family.decider, local(12, 18, 13))
    assert await task_steps.reopen(turn, ident(family.parts[0])) is not None
    await run(session, local(12, 18, 13), local(12, 21, 12), campaign)
    assert len(await offers(session, family)) == 1
    await complete(session, family, local(12, 21, 13), 0)
    await run(session, local(12, 21, 13), local(12, 24, 12), campaign)
    assert [row.settled_at for row in await offers(session, family)] == [local(12, 18, 9), local(12, 22, 9)]


@pytest.mark.both_engines("sums")
async def test_what_was_cancelled_does_not_count(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """One is 办结, the other is cancelled later: then all is done. Of only cancelled ones nothing is said."""
    await complete(session, family, local(12, 16, 12), 0)
    await run(session, local(12, 16, 12), local(12, 17, 11), campaign)
    turn = turn_for(session, family.decider, local(12, 17, 12))
    assert await task_steps.cancel(turn, ident(family.parts[1]), "不再需要") is not None
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert [row.settled_at for row in await offers(session, family)] == [local(12, 18, 9)]
    assert await task_steps.reopen(turn, ident(family.parts[0])) is not None
    assert await task_steps.cancel(turn, ident(family.parts[0]), "不再需要") is not None
    await run(session, local(12, 18, 12, 1), local(12, 22, 12), campaign)
    assert len(await offers(session, family)) == 1


async def test_it_can_be_put_off_and_waits_for_a_pause(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    await complete(session, family, local(12, 16, 12), 0, 1)
    family.task.paused_until = local(12, 18)
    await session.flush()
    await run(session, local(12, 16, 12), local(12, 17, 12), campaign)
    (row,) = await offers(session, family)
    assert (row.state, row.reason, row.hold_until) == (NagState.WAITING, NagReason.PAUSED, local(12, 18, 9))
    await run(session, local(12, 17, 12, 1), local(12, 18, 9), campaign)
    (row,) = await offers(session, family)
    assert row.state is NagState.TOLD
    turn = turn_for(session, family.decider, local(12, 18, 10), campaign)
    (letter,) = await letters(session, family)
    await snoozing.snooze(turn, SnoozeSubject(outbox_id=letter.id), SnoozeChoice.AFTERNOON)
    await run(session, local(12, 18, 10), local(12, 18, 16), campaign)
    again = (await offers(session, family))[-1]
    assert (again.state, again.settled_at) == (NagState.TOLD, local(12, 18, 15))


async def test_what_became_of_the_offer(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Its line is marked: a child is open again, or the task was submitted."""
    await complete(session, family, local(12, 16, 12), 0, 1)
    await run(session, local(12, 16, 12), local(12, 17, 12), campaign)
    (row,) = await letters(session, family)
    turn = turn_for(session, family.decider, local(12, 17, 13))
    assert await task_steps.reopen(turn, ident(family.parts[0])) is not None
    assert await _marks(session, family, row, local(12, 17, 14), campaign) == ["nags.done.below_open"]
    assert await task_steps.submit(turn, family.task_id) is not None
    assert await _marks(session, family, row, local(12, 17, 14), campaign) == ["nags.done.submitted"]


async def _marks(
    session: Session, family: Family, row: Outbox, at: datetime, campaign: Campaign
) -> list[str]:
    standing = await DutyStanding.of(session, [family.task_id], at, campaign)
    found = await done(session, standing, row, family.decider.contact, campaign)
    return [text.key for text in found.values()]


async def test_a_task_whose_children_are_gone_reports_by_itself_again(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    weekly = Broken(frequency=Frequency.WEEKLY, since=local(12, 1))
    family = await make_family(roster, weekly, "西山村", "东山村")
    turn = turn_for(session, family.decider, local(12, 16, 12))
    for part in family.parts:
        assert not family.task.own_reports
        assert await task_steps.cancel(turn, ident(part), "不再需要") is not None
        await session.refresh(family.task)
    assert (family.task.own_reports, family.task.own_switches[-1]) == (True, local(12, 16, 12))
    assert family.task.below_done_at is None
    assert family.task.next_nag_at == local(12, 16, 12)


@pytest.mark.both_engines("sums")
async def test_the_hint_alone_is_not_believed(
    session: Session, roster: Roster, family: Family, local: Local
) -> None:
    """A child may be added by who does not know of it; then the last moment of before says nothing."""
    await complete(session, family, local(12, 16, 12), 0, 1)
    await session.refresh(family.task)
    assert family.task.below_done_at == local(12, 16, 12)
    await child_duties.settle_above(session, family.task_id, local(12, 16, 13))
    await session.refresh(family.task)
    assert family.task.below_done_at == local(12, 16, 12), "it is the moment of the last 办结"
    family.task.state = TaskState.SUBMITTED
    await session.flush()
    await child_duties.settle_above(session, family.task_id, local(12, 16, 14))
    await session.refresh(family.task)
    assert family.task.next_nag_at == local(12, 16, 13), "nobody is nagged about a submitted task"
