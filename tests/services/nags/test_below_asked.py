"""下级办结待审核: who decides on a part that asks for 办结 hears of it each working day until they answer."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import col, select

from models.db import Session, ident
from models.nags import Nag, NagState
from rules.duties.frequencies import Frequency
from rules.nags.policy import DutyKind
from rules.tasks.breakdown import ChildPart
from rules.tasks.task_lifecycle import TaskState
from services.campaign import Campaign
from services.duties.task_duties import DutyStanding
from services.nags.nag_forecast import forecast
from services.nags.tasks.task_done import done
from services.tasks import task_steps
from tests.services.conftest import Local
from tests.services.nags.families import (
    Broken,
    Family,
    Village,
    letters,
    make_family,
    run,
    shown,
)
from tests.services.progress.talk import buttons
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

FAR = date(2026, 12, 31)
VILLAGES = ("西山村", "东山村", "南山村", "北山村", "河口村", "石桥村")


@pytest.fixture
async def family(session: Session, roster: Roster, local: Local) -> Family:
    return await make_family(roster, Broken(deadline=FAR, since=local(12, 1)), "西山村", "东山村")


async def submit(session: Session, one: Village, at: datetime) -> None:
    assert await task_steps.submit(turn_for(session, one.person, at), ident(one.task)) is not None


async def asked(session: Session, family: Family) -> list[Nag]:
    query = select(Nag).where(Nag.kind == DutyKind.BELOW_ASKED, Nag.state == NagState.TOLD)
    query = query.where(Nag.subject_id == family.task_id).order_by(col(Nag.id))
    return list(await session.exec(query.execution_options(populate_existing=True)))


async def told_at(session: Session, family: Family) -> list[datetime | None]:
    return [row.settled_at for row in await asked(session, family)]


@pytest.mark.both_engines("sums")
async def test_it_is_said_each_working_day_until_it_is_answered(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Asked on Thursday: Friday, Monday. Another one asks on Monday, and the first is answered then."""
    west, east = family.villages
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 21, 12), campaign)
    assert await told_at(session, family) == [local(12, 18, 9), local(12, 21, 9)]
    await submit(session, east, local(12, 21, 13))
    turn = turn_for(session, family.decider, local(12, 21, 14))
    assert await task_steps.complete(turn, ident(west.task)) is not None
    await run(session, local(12, 21, 14), local(12, 22, 12), campaign)
    assert (await told_at(session, family))[-1] == local(12, 22, 9)
    turn = turn_for(session, family.decider, local(12, 22, 13))
    assert await task_steps.send_back(turn, ident(east.task), "照片不清") is not None
    await run(session, local(12, 22, 13), local(12, 24, 12), campaign)
    assert (await told_at(session, family))[-1] == local(12, 22, 9)


async def test_what_the_line_says(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    """It names whose request waits and leads to these, and asks for nothing else."""
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    (row,) = await letters(session, family)
    view = await shown(session, row, campaign)
    assert view is not None
    assert "还剩13天、西山村申请办结，待您审核" in view.plain("zh")
    (there,) = buttons(view, "child.list")
    assert there.arguments == {"task_id": family.task_id, "part": ChildPart.SUBMITTED}
    assert not buttons(view, "report.start")
    (nag,) = await asked(session, family)
    assert nag.level is not None
    assert (nag.contact_id, nag.rung) == (family.decider.id, "working_day:1")


async def test_only_some_of_many_are_named(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await make_family(roster, Broken(deadline=FAR, since=local(12, 1)), *VILLAGES)
    for one in family.villages:
        await submit(session, one, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    (row,) = await letters(session, family)
    view = await shown(session, row, campaign)
    assert view is not None
    assert "西山村、东山村、南山村、北山村、河口村等6项申请办结，待您审核" in view.plain("zh")


async def test_also_where_nothing_else_is_owed(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """A task without a deadline, for which its parts report, has no other message of the nags."""
    weekly = Broken(frequency=Frequency.WEEKLY, since=local(12, 15, 10))
    family = await make_family(roster, weekly, "西山村", "东山村")
    await submit(session, family.villages[0], local(12, 15, 12))
    await run(session, local(12, 15, 12), local(12, 16, 12), campaign)
    assert [row.created_at for row in await letters(session, family)] == [local(12, 16, 9)]


@pytest.mark.parametrize("how", ["withdrawn", "cancelled", "submitted", "answered"])
async def test_it_is_no_longer_said(
    session: Session, family: Family, local: Local, campaign: Campaign, how: str
) -> None:
    """Before the morning it is taken back or answered, or the task above is cancelled or submitted."""
    west = family.villages[0]
    await submit(session, west, local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 17, 13), campaign)
    decides, office = (turn_for(session, who, local(12, 17, 14)) for who in (family.decider, family.office))
    match how:
        case "withdrawn":
            turn = turn_for(session, west.person, local(12, 17, 14))
            assert await task_steps.withdraw(turn, ident(west.task)) is not None
        case "answered":
            assert await task_steps.complete(decides, ident(west.task)) is not None
        case "submitted":
            assert await task_steps.submit(decides, family.task_id) is not None
        case "cancelled":
            assert await task_steps.cancel(office, family.task_id, "不再需要") is not None
    await run(session, local(12, 17, 14), local(12, 18, 12), campaign)
    assert await told_at(session, family) == []


async def test_a_task_that_is_taken_up_again_hears_of_what_waits(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """The task was 办结 over an open part, which asked then. After 复开 it is said."""
    office = turn_for(session, family.office, local(12, 16, 12))
    assert await task_steps.complete(office, family.task_id, reason="先行办结") is not None
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert await told_at(session, family) == []
    office = turn_for(session, family.office, local(12, 18, 13))
    assert await task_steps.reopen(office, family.task_id) is not None
    await run(session, local(12, 18, 13), local(12, 21, 12), campaign)
    assert (await told_at(session, family))[-1] == local(12, 21, 9)


async def test_nobody_is_asked_for_an_answer_to_themselves(
    session: Session, family: Family, local: Local, campaign: Campaign
) -> None:
    """Who answers for the task above answers for the part, too: the office decides on it."""
    west, east = family.villages
    west.task.responsible_id = family.decider.id
    await session.flush()
    turn = turn_for(session, family.decider, local(12, 17, 12))
    assert await task_steps.submit(turn, ident(west.task)) is not None
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    assert await told_at(session, family) == []
    await submit(session, east, local(12, 18, 13))
    await run(session, local(12, 18, 13), local(12, 21, 12), campaign)
    assert await told_at(session, family) == [local(12, 21, 9)]
    view = await shown(session, (await letters(session, family))[-1], campaign)
    assert view is not None
    assert "东山村申请办结，待您审核" in view.plain("zh")


async def test_what_became_of_it(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    await submit(session, family.villages[0], local(12, 17, 12))
    await run(session, local(12, 17, 12), local(12, 18, 12), campaign)
    (row,) = await letters(session, family)
    turn = turn_for(session, family.decider, local(12, 18, 13))
    assert await task_steps.complete(turn, ident(family.parts[0])) is not None
    standing = await DutyStanding.of(session, [family.task_id], local(12, 18, 14), campaign)
    marks = await done(session, standing, row, family.decider.contact, campaign)
    assert [text.key for text in marks.values()] == ["nags.done.below_answered"]


async def test_it_is_foreseen(session: Session, family: Family, local: Local, campaign: Campaign) -> None:
    await submit(session, family.villages[0], local(12, 17, 12))
    told = await forecast(tick_for(session, local(12, 17, 13), campaign))
    theirs = [letter.at for letter in told.letters if letter.contact.id == family.decider.id]
    assert theirs[:2] == [local(12, 18, 9), local(12, 21, 9)]
    assert family.parts[0].state is TaskState.SUBMITTED
