"""The line of a tally about recurring reports below a task: how many came, and what they added."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import select

from locales import plain
from models.db import Session
from models.groups import GroupTally
from reports.tally import TallyStanding
from rules.people.roles import Role
from services.campaign import Campaign
from services.groups.group_binding import GroupScope
from services.tallies import briefs
from services.views import View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import Talk
from tests.services.tallies.broken_down import OBJECTIVE, VILLAGES, BrokenDown, child_of
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import turn_for

BUREAU = -1_001


@pytest.fixture
async def down(session: Session, world: World, roster: Roster, campaign: Campaign) -> BrokenDown:
    made = BrokenDown(session, world, roster, campaign)
    await made.begin()
    # 城管局's task of the world is due later, so nothing else is said of it.
    world.task.deadline = date(2027, 3, 1)
    return made


@pytest.fixture
def bound(session: Session, world: World, local: Local, campaign: Campaign) -> Any:
    async def bind(chat_id: int = tallied.GROUP, **scope: Any) -> None:
        at = local(12, 16, 9)
        await tallied.bind(session, world.office, at, campaign, chat_id, GroupScope(**scope))

    return bind


def said(view: View) -> list[str]:
    """The lines about what lies below, in Chinese."""
    return [plain(line, "zh") for line in view.lines if line.key.startswith("tally.below.")]


async def evening(down: BrokenDown, at: datetime) -> list[View]:
    return await tallied.run(down.session, at, down.campaign)


async def test_the_districts_tally_says_that_all_have_reported_and_what_they_added(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    await bound()
    await down.lorries([12, 9, 15], local(12, 16, 16))
    await down.zero(VILLAGES[3], local(12, 16, 16, 30))
    (view,) = await evening(down, local(12, 16, 18))
    assert f"· {OBJECTIVE}：本任务下级 4/4 已报，36车" in said(view)
    text = view.plain("zh")
    assert "下级定期报送 1 项" in text
    assert "未报告" not in text, "the bureau reports by its villages"


async def test_who_is_missing_is_a_number_in_the_district_and_a_name_in_the_street(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    await bound()
    await bound(BUREAU, unit_id=down.bureau.id)
    await bound(BUREAU - 1, unit_id=down.world.other_unit.id)
    await down.lorries([12, 9, 15], local(12, 16, 16))
    district, bureau, street = await evening(down, local(12, 16, 18))
    for view in (district, bureau):
        assert f"· {OBJECTIVE}：本任务下级 3/4 已报，36车" in said(view)
        assert VILLAGES[3] not in view.plain("zh")
        assert "农业农村局" not in str([line for line in view.lines if "reported" in line.key])
    assert not [line for line in said(street) if "本任务" in line]
    assert f"· {VILLAGES[3]}：{OBJECTIVE}，12月16日（{VILLAGES[3]}责任人）" in street.plain("zh")


async def test_a_late_report_corrects_the_line_of_every_group_that_has_it(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    """Also of the bureau's group, in whose scope the village is not."""
    await bound()
    await bound(BUREAU, unit_id=down.bureau.id)
    await down.lorries([12, 9, 15], local(12, 16, 16))
    await evening(down, local(12, 16, 18))
    assert await tallied.dirty(down.session) == [False, False]
    await down.report(VILLAGES[3], "昨天清运垃圾5车", local(12, 17, 9))
    assert await tallied.dirty(down.session) == [True, True]
    for view in await tallied.reread(down.session, down.campaign, local(12, 17, 10)):
        assert f"· {OBJECTIVE}：本任务下级 4/4 已报，41车" in said(view)


async def test_a_correction_and_a_withdrawal_are_counted_anew(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    await bound(BUREAU, unit_id=down.bureau.id)
    await down.lorries([12, 9, 15], local(12, 16, 16))
    await evening(down, local(12, 16, 18))
    talk = down.talk(VILLAGES[2], local(12, 16, 18, 30))
    await talk.withdraw(await talk.undo())
    assert await tallied.dirty(down.session) == [True]
    (view,) = await tallied.reread(down.session, down.campaign, local(12, 17, 10))
    assert f"· {OBJECTIVE}：本任务下级 2/4 已报，21车" in said(view)


async def test_a_child_whose_own_children_report_for_it_has_reported_when_all_of_them_have(
    down: BrokenDown, bound: Any, local: Local, roster: Roster
) -> None:
    """The street's part is due as soon as one of its villages' is."""
    street = await child_of(roster, down.parent, down.world.other_unit, own_reports=False)
    for name in VILLAGES[2:]:
        down.children[name].parent_id = id_of(street)
    await bound()
    await down.lorries([12, 9, 15], local(12, 16, 16))
    (view,) = await evening(down, local(12, 16, 18))
    assert f"· {OBJECTIVE}：本任务下级 2/3 已报，36车" in said(view)
    await down.zero(VILLAGES[3], local(12, 16, 18, 30))
    (view,) = await tallied.reread(down.session, down.campaign, local(12, 17, 10))
    assert f"· {OBJECTIVE}：本任务下级 3/3 已报，36车" in said(view)


async def test_a_child_that_reports_beside_its_own_children_has_reported_when_all_have(
    down: BrokenDown, bound: Any, local: Local, roster: Roster
) -> None:
    """As the card says of its window."""
    street = await child_of(roster, down.parent, down.world.other_unit, down.world.other_liaison)
    down.children[VILLAGES[3]].parent_id = id_of(street)
    await bound()
    await down.lorries([12, 9, 15], local(12, 16, 16))
    talk = Talk(down.session, down.world.other_liaison, local(12, 16, 16, 30), down.campaign)
    await talk.report("今天清运垃圾4车", about=[id_of(street)])
    (view,) = await evening(down, local(12, 16, 18))
    assert f"· {OBJECTIVE}：本任务下级 3/4 已报，40车" in said(view)
    await down.zero(VILLAGES[3], local(12, 16, 18, 30))
    (view,) = await tallied.reread(down.session, down.campaign, local(12, 17, 10))
    assert f"· {OBJECTIVE}：本任务下级 4/4 已报，40车" in said(view)


async def test_quantities_are_named_where_their_unit_of_measure_does_not_tell_them_apart(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    await bound()
    await down.report(VILLAGES[0], "今天清运垃圾12车，清理小广告30处", local(12, 16, 16))
    (view,) = await evening(down, local(12, 16, 18))
    assert f"· {OBJECTIVE}：本任务下级 1/4 已报，30处、12车" in said(view)
    await down.report(VILLAGES[1], "今天清理卫生死角7处，出动20人", local(12, 16, 17))
    (view,) = await tallied.reread(down.session, down.campaign, local(12, 16, 19))
    assert f"· {OBJECTIVE}：本任务下级 2/4 已报，清理小广告30处、出动人员20人、清运垃圾12车等" in said(view)


async def test_only_eight_tasks_are_listed_those_first_that_miss_most(
    down: BrokenDown, bound: Any, local: Local, roster: Roster
) -> None:
    await bound()
    for number in range(9):
        other = await roster.task(down.bureau, f"第{number}项", None)
        other.own_reports = False
        await child_of(roster, other, down.units[VILLAGES[0]])
    await down.lorries([12, 9, 15], local(12, 16, 16))
    (view,) = await evening(down, local(12, 16, 18))
    lines = said(view)
    assert "下级定期报送 10 项" in lines[1]
    assert len([line for line in lines if "本任务下级" in line]) == 8
    assert lines[2] == f"· {OBJECTIVE}：本任务下级 3/4 已报，36车"
    assert "……另有 2 项。" in view.plain("zh")


async def test_a_unit_that_misses_a_report_below_is_not_called_one_with_nothing_new(
    down: BrokenDown, bound: Any, local: Local, roster: Roster
) -> None:
    await bound()
    other = await roster.task(down.bureau, "另一项", None)
    other.own_reports = False
    second = await child_of(roster, other, down.units[VILLAGES[3]])
    await down.zero(VILLAGES[2], local(12, 16, 16))
    await down.zero(VILLAGES[3], local(12, 16, 16))
    (view,) = await evening(down, local(12, 16, 18))
    zero = next(line for line in view.lines if line.key == "tally.zero_reported")
    assert zero.values["units"] == [VILLAGES[2]]
    assert second.parent_id == other.id


async def test_the_brief_of_the_bureaus_leader_has_the_line(
    down: BrokenDown, local: Local, roster: Roster, session: Session, campaign: Campaign
) -> None:
    leader = await roster.actor(down.bureau, "农业农村局分管领导", Role.LEADER_IN_CHARGE)
    await down.lorries([12, 9, 15], local(12, 16, 16))
    turn = turn_for(session, leader, local(12, 17, 9), campaign)
    view = await briefs.brief(turn)
    assert f"· {OBJECTIVE}：本任务下级 3/4 已报，36车" in said(view)
    assert VILLAGES[3] not in view.plain("zh")


async def test_tallies_of_earlier_releases_knew_of_no_children(
    down: BrokenDown, bound: Any, local: Local, session: Session, campaign: Campaign
) -> None:
    await bound()
    await down.lorries([12], local(12, 16, 16))
    await evening(down, local(12, 16, 18))
    row = (await session.exec(select(GroupTally))).one()
    standing = TallyStanding.from_json(row.frozen)
    assert TallyStanding.from_json(json.loads(json.dumps(standing.to_json()))) == standing
    assert standing.due_below
    old = {name: value for name, value in row.frozen.items() if name != "due_below"}
    old["units"] = [[unit, {k: v for k, v in line.items() if k != "below"}] for unit, line in old["units"]]
    row.frozen = old
    await session.flush()
    await down.report(VILLAGES[1], "昨天清运垃圾5车", local(12, 17, 9))
    (view,) = await tallied.reread(session, campaign, local(12, 17, 10))
    assert said(view) == []


async def test_what_is_due_stays_as_it_was_when_the_tally_closed(
    down: BrokenDown, bound: Any, local: Local, roster: Roster
) -> None:
    """A child that is attached later is not in the line of an earlier day."""
    await bound()
    late = await roster.task(down.units[VILLAGES[0]], "镇里的旧任务", None)
    await down.lorries([12, 9, 15], local(12, 16, 16))
    await evening(down, local(12, 16, 18))
    late.parent_id = id_of(down.parent)
    await down.zero(VILLAGES[3], local(12, 16, 18, 30))
    (view,) = await tallied.reread(down.session, down.campaign, local(12, 17, 10))
    assert f"· {OBJECTIVE}：本任务下级 4/4 已报，36车" in said(view)


async def test_a_parent_that_reports_itself_is_named_where_it_counts(
    down: BrokenDown, bound: Any, local: Local
) -> None:
    """本级另报: its own report is missing beside the line of its villages."""
    down.parent.own_reports = True
    await bound()
    await down.lorries([12, 9, 15], local(12, 16, 16))
    (view,) = await evening(down, local(12, 16, 18))
    assert f"· 农业农村局：{OBJECTIVE}，12月16日（农业农村局责任人）" in view.plain("zh")
    assert f"· {OBJECTIVE}：本任务下级 3/4 已报，36车" in said(view)
