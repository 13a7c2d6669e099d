"""What other steps do to the colours: the clock stops, goes on, is extended or begins anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models import cases
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services import calendar
from services.importing.plans.calendar_plan import CalendarPlan, apply_calendar
from services.importing.rows.calendar_rows import DayRow
from tests.services.conftest import Local
from tests.services.nags.coloured import Ladder, kinds
from tests.support.cases import CaseDesk
from tests.support.people import Roster

pytestmark = pytest.mark.usefixtures("colours_at_once")

SECOND = timedelta(seconds=1)
NAG, HINT, NOTICE = MessageKind.NAG, MessageKind.HINT, MessageKind.NOTICE
BLUE = {"责任人甲": NAG, "科员乙": HINT, "创城办工作人员": NOTICE}
HIGHER = {"责任人甲": NAG, "分管领导丁": HINT, "创城办工作人员": NOTICE}
# The 返工 itself has already told the 责任人.
SENT_BACK = {"分管领导丁": HINT, "创城办工作人员": NOTICE}


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


async def test_a_suspension_ends_by_itself_at_its_moment(ladder: Ladder, local: Local) -> None:
    """However late it is seen, the clock goes on from its planned end, with the time that was left."""
    case = await ladder.case(local(10, 8, 14))
    until = local(10, 13, 18)
    await ladder.step(case, CaseEvent.SUSPEND, ladder.office, local(10, 9, 12), until=until)
    assert await ladder.scan(until - SECOND) == {}
    assert await ladder.scan(local(10, 14, 7)) == {}
    await ladder.session.refresh(case)
    assert case.state is CaseState.HANDLING
    # 16 of 24 working hours were left at Friday noon.
    assert case.limit_at == local(10, 15, 18)
    resumed = (await cases.steps_of(ladder.session, case.id or 0))[-1]
    assert (resumed.event, resumed.at, resumed.actor_id) == (CaseEvent.RESUME, until, None)
    told = (
        await ladder.session.exec(
            select(Outbox).where(col(Outbox.dedupe_key).like(f"case:{case.id}:{resumed.number}:%"))
        )
    ).all()
    assert {row.contact_id for row in told} >= {ladder.responsible.id, ladder.liaison.id}
    assert await ladder.scan(local(10, 14, 7)) == {}
    # 7.2 hours before the limit.
    assert kinds(await ladder.scan(local(10, 15, 8, 48))) == BLUE


async def test_a_suspension_that_ended_long_ago(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    await ladder.step(case, CaseEvent.SUSPEND, ladder.office, local(10, 9, 12), until=local(10, 13, 18))
    assert kinds(await ladder.scan(local(10, 16, 9))) == HIGHER
    assert await ladder.colour(case) is Colour.RED


async def test_an_extension_lets_it_fall_silently_and_climb_again(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    assert kinds(await ladder.scan(local(10, 12, 9, 36))) == HIGHER
    await ladder.step(case, CaseEvent.ASK_EXTENSION, ladder.responsible, local(10, 12, 10))
    await ladder.step(case, CaseEvent.EXTEND, ladder.office, local(10, 12, 22))
    assert await ladder.scan(local(10, 12, 22)) == {}, "silently, at night too"
    assert await ladder.colour(case) is Colour.NONE
    assert case.limit_at == local(10, 15, 12)
    assert kinds(await ladder.scan(local(10, 14, 14, 48))) == BLUE
    assert kinds(await ladder.scan(local(10, 15, 9, 36))) == HIGHER


async def test_rework_turns_yellow_at_the_next_scan(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 9, 9))
    assert await ladder.scan(local(10, 9, 10)) == {}
    await ladder.step(case, CaseEvent.REWORK, ladder.office, local(10, 9, 11), reason="未清理干净")
    assert kinds(await ladder.scan(local(10, 9, 11))) == SENT_BACK
    assert await ladder.colour(case) is Colour.YELLOW


async def test_nothing_is_told_while_the_clock_stands(ladder: Ladder, local: Local) -> None:
    """Neither a fed-back nor a suspended case is told, long after its first limit."""
    waits, stands = (
        await ladder.case(local(10, 8, 14)),
        await ladder.case(local(10, 8, 14), name="乱停车"),
    )
    await ladder.step(waits, CaseEvent.FEEDBACK, ladder.responsible, local(10, 9, 9))
    await ladder.step(stands, CaseEvent.SUSPEND, ladder.office, local(10, 9, 9), until=local(11, 9, 18))
    for at in (local(10, 12, 9, 36), local(10, 13, 9), local(11, 9, 17)):
        assert await ladder.scan(at) == {}
    assert await ladder.colour(waits) is await ladder.colour(stands) is Colour.NONE


async def test_sent_back_with_the_time_that_was_left(ladder: Ladder, local: Local) -> None:
    """Yellow since the rework; the check took three days, which do not count for the unit."""
    case = await ladder.case(local(10, 8, 14))
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 9, 9))
    await ladder.step(case, CaseEvent.REWORK, ladder.office, local(10, 13, 9), reason="未清理干净")
    assert kinds(await ladder.scan(local(10, 13, 9))) == SENT_BACK
    # 19 of 24 working hours were left: two whole days and three hours.
    assert case.limit_at == local(10, 15, 12)
    assert await ladder.scan(local(10, 15, 12)) == {}
    assert kinds(await ladder.scan(local(10, 15, 12) + SECOND)) == HIGHER
    assert await ladder.colour(case) is Colour.RED


async def test_reopened_it_begins_without_a_colour(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    assert kinds(await ladder.scan(local(10, 12, 14))) == HIGHER
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 12, 15))
    await ladder.step(case, CaseEvent.CLOSE, ladder.office, local(10, 12, 16))
    await ladder.step(case, CaseEvent.REOPEN, ladder.office, local(10, 13, 8), reason="问题反弹")
    assert await ladder.colour(case) is Colour.NONE
    assert await ladder.scan(local(10, 13, 8)) == {}, "nobody has it yet"
    at, unit_id = local(10, 13, 8), ladder.unit.id
    await ladder.step(case, CaseEvent.DISPATCH, ladder.office, at, unit_id=unit_id)
    await ladder.step(case, CaseEvent.ACKNOWLEDGE, ladder.responsible, at)
    assert await ladder.scan(local(10, 15, 8, 47)) == {}
    assert kinds(await ladder.scan(local(10, 15, 8, 48))) == BLUE


async def test_given_to_another_unit_it_is_new_there(ladder: Ladder, roster: Roster, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    assert kinds(await ladder.scan(local(10, 12, 14))) == HIGHER
    other = await roster.unit("住建局")
    await roster.contact(other, "住建局联络员", Role.LIAISON)
    at = local(10, 13, 8)
    await ladder.step(case, CaseEvent.REASSIGN, ladder.office, at, unit_id=other.id)
    assert await ladder.scan(at) == {}
    assert await ladder.colour(case) is Colour.NONE
    heard = kinds(await ladder.scan(local(10, 15, 10, 48)))
    assert heard == {"住建局联络员": NAG, "创城办工作人员": NOTICE}


async def test_days_that_the_office_imports_move_the_colours(ladder: Ladder, local: Local) -> None:
    """The Saturday is not worked after all: for a case due on Monday, blue begins on Friday already."""
    case = await ladder.case(local(10, 8, 14))
    at = local(10, 9, 8)
    day = DayRow(2, local(10, 10).date(), working=False, note="")
    await apply_calendar(ladder.session, CalendarPlan([(day, "new")], [], []), now=at)
    ladder.campaign = await calendar.current_campaign(ladder.session, ladder.campaign)
    assert await ladder.scan(at) == {}
    await ladder.session.refresh(case)
    assert case.limit_at == local(10, 12, 12), "as it was told"
    assert case.look_at == local(10, 9, 14, 48)
    assert kinds(await ladder.scan(local(10, 9, 14, 48))) == BLUE


async def test_rework_at_night_is_told_in_the_morning(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 9, 9))
    await ladder.step(case, CaseEvent.REWORK, ladder.office, local(10, 9, 22))
    assert await ladder.scan(local(10, 9, 22)) == {}
    assert kinds(await ladder.scan(local(10, 10, 8))) == SENT_BACK
