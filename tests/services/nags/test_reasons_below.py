"""Who decides on late parts reads in their line why each is late, as its person explained it."""

from __future__ import annotations

from datetime import date

from models.db import Session, ident
from services.campaign import Campaign
from services.tasks import explanations
from services.views import View
from tests.services.conftest import Local
from tests.services.nags.families import OBJECTIVE, Broken, Family, Village, last_shown, make_family, run
from tests.support.people import Roster
from tests.support.turns import turn_for


async def late_family(roster: Roster, local: Local) -> Family:
    broken = Broken(deadline=date(2026, 12, 15), since=local(12, 1))
    family = await make_family(roster, broken, "西山村", "东山村")
    family.task.deadline = date(2026, 12, 31)
    return family


async def explained(session: Session, one: Village, words: str, local: Local, campaign: Campaign) -> None:
    turn = turn_for(session, one.person, local(12, 16, 8), campaign)
    await explanations.answer(turn, ident(one.task), words)


def line(view: View, locale: str = "zh") -> str:
    """The line that is about the task."""
    return next(one for one in view.plain(locale).splitlines() if OBJECTIVE in one)


async def test_the_line_of_late_parts_says_why(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await late_family(roster, local)
    why = "连日降雪，道路结冰，清运车辆无法进山，须等除雪"
    await explained(session, family.villages[0], why, local, campaign)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    view = await last_shown(session, family, campaign)
    said = line(view)
    assert "下级2个单位逾期：西山村（原因：连日降雪，道路结冰，清运车辆无法进山，…）、东山村" in said
    assert "2 unit(s) below late: 西山村 (reason: 连日降雪" in line(view, "en")


async def test_a_reason_for_an_earlier_deadline_is_not_said(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The deadline was put off after the reason was given, and passed again without another."""
    family = await late_family(roster, local)
    await explained(session, family.villages[0], "道路结冰", local, campaign)
    family.parts[0].deadline = date(2026, 12, 17)
    await session.flush()
    await run(session, local(12, 18, 8), local(12, 18, 12), campaign)
    assert "原因" not in line(await last_shown(session, family, campaign))


async def test_what_is_written_is_escaped(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await late_family(roster, local)
    await explained(session, family.villages[1], "<b>路</b>&桥", local, campaign)
    await run(session, local(12, 16, 8), local(12, 16, 12), campaign)
    view = await last_shown(session, family, campaign)
    assert "原因：&lt;b&gt;路&lt;/b&gt;&amp;桥" in "".join(view.html("zh"))
