"""重新核算: sums that were changed behind the program's back, and all that was made from them."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models import tasks
from models.audit_log import Audit
from models.db import ident
from models.progress import metric_sums, report_totals
from services.progress import recounting
from services.turn import TickTurn
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk

pytestmark = pytest.mark.both_engines("sums")

ITEM = "清运垃圾"


@pytest.fixture
async def metric_id(talk: Talk, world: World) -> int:
    """A metric with 30吨, of which the sums say 31."""
    await talk.report(f"今天{ITEM}30吨")
    found = ident(await tasks.metric_named(talk.session, world.task_id, ITEM, "吨"))
    there = metric_sums.TABLE.c.metric_id == found
    await talk.session.execute(sa.update(metric_sums.TABLE).where(there).values(amount=Decimal(31)))
    return found


def turn_of(talk: Talk) -> TickTurn:
    return TickTurn(talk.session, talk.now, talk.campaign)


async def test_a_total_that_was_stated_meanwhile_adds_what_it_says(talk: Talk, metric_id: int) -> None:
    """It was filed as 9吨 more than the wrong 31."""
    await talk.report(f"累计{ITEM}40吨")
    assert [figure[-1] for figure in await talk.figures()] == [30, 9]
    mended = await recounting.mend(turn_of(talk), metric_id)
    assert mended is not None
    assert [mended.kept, mended.counted] == [40, 40]
    assert mended.rows == 0
    assert [figure[-1] for figure in await talk.figures()] == [30, 10]
    assert not await recounting.differs(talk.session, metric_id)


async def test_sums_alone_may_differ_while_each_addition_is_wrong(talk: Talk, metric_id: int) -> None:
    """The sums agree with the wrong addition: it is still found."""
    await talk.report(f"累计{ITEM}40吨")
    await metric_sums.rebuild(talk.session, [metric_id])
    assert await recounting.differs(talk.session, metric_id)
    mended = await recounting.mend(turn_of(talk), metric_id)
    assert mended is not None
    assert [mended.kept, mended.counted] == [39, 40]


async def test_a_total_that_would_fall_stays_for_its_person(talk: Talk, metric_id: int) -> None:
    await talk.report(f"累计{ITEM}40吨")
    first = (await talk.reports())[0]
    await talk.session.execute(
        sa.text("UPDATE figure SET stated = 500000, added = 500000 WHERE report_id = :id"), {"id": first.id}
    )
    talk.session.expire_all()
    mended = await recounting.mend(turn_of(talk), metric_id)
    assert mended is not None
    assert mended.counted == 59
    assert not await recounting.differs(talk.session, metric_id)


async def test_boards_and_tallies_hear_of_it(talk: Talk, world: World, metric_id: int, local: Local) -> None:
    await tallied.bind(talk.session, world.office, local(12, 14, 20), talk.campaign)
    (before,) = await tallied.run(talk.session, local(12, 15, 18), talk.campaign)
    assert tallied.quantity_in(before) == ("30", "31")
    talk.now = local(12, 15, 19)
    await recounting.mend(turn_of(talk), metric_id)
    (after,) = await tallied.reread(talk.session, talk.campaign, talk.now)
    assert tallied.quantity_in(after) == ("30", "30")
    noted = (await talk.session.exec(select(Audit).where(Audit.event == "metric_recount"))).one()
    assert (noted.subject_id, noted.before, noted.after) == (
        world.task_id,
        {"metric": ITEM, "total": "31"},
        {"metric": ITEM, "total": "30"},
    )


async def test_numbers_of_reports_that_were_changed_are_counted_anew(talk: Talk, world: World) -> None:
    await talk.report(f"今天{ITEM}30吨")
    await talk.report(f"今天{ITEM}2吨")
    unit_id, other = world.unit.id or 0, world.other_unit.id or 0
    right = await report_totals.kept_totals(talk.session, unit_id)
    assert [row["reports"] for row in right] == [2, 2]
    assert not await recounting.unit_differs(talk.session, unit_id)
    table = report_totals.TABLE
    await talk.session.execute(sa.update(table).where(table.c.span == "day").values(reports=7))
    stray = dict(right[0]) | {"unit_id": other}
    await talk.session.execute(sa.insert(table), stray)
    every = await recounting.units(talk.session)
    assert {one for one in every if await recounting.unit_differs(talk.session, one)} == {unit_id, other}
    mended = await recounting.mend_unit(talk.session, unit_id)
    assert mended is not None
    assert (mended.name, mended.rows) == ("城管局", 1)
    assert await report_totals.kept_totals(talk.session, unit_id) == right
    assert await recounting.mend_unit(talk.session, unit_id) is None
    assert await recounting.mend_unit(talk.session, other) is not None
    assert await report_totals.kept_totals(talk.session, other) == []


async def test_a_report_taken_back_counts_no_more(talk: Talk, world: World) -> None:
    await talk.report(f"今天{ITEM}30吨")
    await talk.withdraw(await talk.undo())
    assert await report_totals.kept_totals(talk.session, world.unit.id or 0) == []
