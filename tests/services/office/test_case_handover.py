"""交接 and 离任 of cases: they go with the tasks, and none is left with a person who has left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import col, select

from locales import LOCALES, plain
from models import cases
from models.audit_log import Audit
from models.cases import Case, SupervisionOrder, case_holders
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from services.office import handover
from services.views import View
from tests.services.cases.judged import labels
from tests.services.cases.ordered import Orders
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
def orders(case_desk: CaseDesk, world: World) -> Orders:
    return Orders(case_desk, world)


@pytest.fixture
async def successor(roster: Roster, world: World) -> Contact:
    return await roster.contact(world.unit, "接手人", Role.RESPONSIBLE_PERSON)


async def signed(orders: Orders, world: World, count: int = 2) -> list[Case]:
    """Cases for which 城管局责任人 has signed."""
    _, found = await orders.several(count)
    for case in found:
        await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.responsible)
    return found


async def choose_and_preview(orders: Orders, world: World, to: Contact) -> tuple[View, dict[str, Any]]:
    view = await handover.preview(orders.session, world.office, world.responsible.id, to.id or 0)
    (button,) = buttons(view, "person.handed_over")
    return view, dict(button.arguments)


async def hand_over(orders: Orders, world: World, to: Contact, **seen: Sequence[int]) -> View:
    _, said = await choose_and_preview(orders, world, to)
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    return await handover.confirm(turn, **(said | seen))


async def leave(orders: Orders, world: World, who: int, duties: int, count: int = 0) -> View:
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    return await handover.leave_post(turn, who, duties, count)


async def told(session: Session, contact: Contact) -> list[View]:
    rows = await session.exec(select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id)))
    return [View.from_json(row.content) for row in rows if "lines" in row.content]


def about_cases(views: Sequence[View]) -> list[View]:
    return [view for view in views if any(text.startswith("handover.case") for text in keys(view))]


async def test_cases_go_with_the_tasks_in_one_message(
    orders: Orders, world: World, successor: Contact
) -> None:
    found = await signed(orders, world)
    chosen = await handover.choose(
        turn_for(orders.session, world.office, orders.desk.now), world.responsible.id
    )
    assert "1 项在办任务、2 件在办案卷" in chosen.plain("zh")
    view, _ = await choose_and_preview(orders, world, successor)
    assert line(view, "handover.cases").values["count"] == 2
    for case in found:
        assert case.number in view.plain("zh")
    before = {case.id: case.steps for case in found}
    done = await hand_over(orders, world, successor)
    assert line(done, "handover.done").values["count"] == 1
    assert line(done, "handover.cases_done").values["count"] == 2
    for case in found:
        await orders.session.refresh(case)
        assert (case.responsible_id, case.steps) == (successor.id, before[case.id])
    (word,) = await told(orders.session, successor)
    assert keys(word)[0] == "reassign.to_you"
    assert "以下 2 件案卷移交给 城管局 接手人" in word.plain("zh")
    for case in found:
        assert case.number in word.plain("zh")
        assert case.number in labels(word), "a button to its card"
    assert (list(word.task_ids), list(word.case_ids)) == ([world.task_id], [case.id for case in found])
    gone = [
        view
        for view in await told(orders.session, world.responsible.contact)
        if "reassign.from_you" in keys(view)
    ]
    assert len(gone) == 1
    assert line(gone[0], "handover.cases_gone").values["count"] == 2
    row = (await orders.session.exec(select(Audit).where(Audit.event == "handover"))).one()
    assert row.after == {
        "successor": "接手人",
        "task_ids": [world.task_id],
        "case_ids": [case.id for case in found],
    }
    of_cases = await orders.session.exec(select(Audit).where(Audit.event == "case_handover"))
    assert [(one.subject_id, one.before, one.after) for one in of_cases] == [
        (case.id, {"responsible_id": world.responsible.id}, {"responsible_id": successor.id})
        for case in found
    ]
    heir = await actor_of(orders.session, successor)
    await orders.desk.step(found[0], CaseEvent.HANDLE, heir, seen=before[found[0].id])


async def test_cases_alone(orders: Orders, world: World, successor: Contact) -> None:
    """Who has no task but a case can hand it over, and the successor hears of it, once."""
    (case,) = await signed(orders, world, 1)
    await handover.confirm(
        turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign),
        world.responsible.id,
        world.liaison.id,
        [world.task_id],
        [case.id or 0],
    )
    await orders.session.refresh(case)
    assert case.responsible_id == world.liaison.id
    view = await handover.preview(orders.session, world.office, world.liaison.id, successor.id or 0)
    (button,) = buttons(view, "person.handed_over")
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    tasks_stay = await handover.confirm(turn, **(dict(button.arguments) | {"task_ids": []}))
    assert keys(tasks_stay)[0] == "handover.changed", "what the preview did not show is not handed over"
    await handover.confirm(turn, **dict(button.arguments))
    (word,) = await told(orders.session, successor)
    assert line(word, "handover.cases_to").values["count"] == 1


async def test_no_task_at_all(orders: Orders, world: World, roster: Roster, successor: Contact) -> None:
    idle = await roster.actor(world.unit, "无任务的人", Role.RESPONSIBLE_PERSON)
    _, (case,) = await orders.several(1)
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, idle)
    view = await handover.preview(orders.session, world.office, idle.id, successor.id or 0)
    assert line(view, "handover.preview_cases").values["count"] == 1
    (button,) = buttons(view, "person.handed_over")
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    done = await handover.confirm(turn, **dict(button.arguments))
    assert keys(done) == ["handover.cases_done"]
    (word,) = await told(orders.session, successor)
    (gone,) = about_cases(await told(orders.session, idle.contact))
    assert (keys(word)[0], keys(gone)) == ("handover.cases_to", ["handover.cases_gone"])
    again = await handover.confirm(turn, **dict(button.arguments))
    assert keys(again) == ["handover.nothing"]


async def test_a_case_that_came_meanwhile_is_shown_first(
    orders: Orders, world: World, successor: Contact
) -> None:
    await signed(orders, world, 1)
    _, said = await choose_and_preview(orders, world, successor)
    await signed(orders, world, 1)
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    view = await handover.confirm(turn, **said)
    assert keys(view)[:2] == ["handover.changed", "handover.preview"]
    assert len(buttons(view, "person.handed_over")[0].arguments["case_ids"]) == 2
    old = await handover.confirm(turn, world.responsible.id, successor.id or 0, [world.task_id])
    assert keys(old)[0] == "handover.changed", "as a button of before, which knows of no cases"


async def test_another_unit_does_not_get_the_cases(orders: Orders, world: World) -> None:
    """Tasks follow to another unit, cases do not: they wait for the unit's 联络员, and 改派 is said."""
    (case,) = await signed(orders, world, 1)
    to = world.other_liaison.contact
    view, _ = await choose_and_preview(orders, world, to)
    assert line(view, "handover.cases_kept").values == {"count": 1, "units": ["城管局"]}
    done = await hand_over(orders, world, to)
    assert "handover.cases_kept" in keys(done)
    await orders.session.refresh(case)
    assert (case.unit_id, case.responsible_id) == (world.unit.id, None)
    assert about_cases(await told(orders.session, to)) == []


@pytest.mark.parametrize("inspects", [True, False])
async def test_a_verification_goes_to_an_inspector(
    orders: Orders, world: World, roster: Roster, inspects: bool
) -> None:
    goer = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
    role = Role.INSPECTOR if inspects else Role.RESPONSIBLE_PERSON
    heir = await roster.contact(goer.unit, "接手人", role)
    case = await asked_to_verify(orders, goer)
    view = await handover.preview(orders.session, world.office, goer.id, heir.id or 0)
    (button,) = buttons(view, "person.handed_over")
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    done = await handover.confirm(turn, **dict(button.arguments))
    await orders.session.refresh(case)
    assert case.state is CaseState.VERIFYING
    assert case.verifier_id == (heir.id if inspects else None)
    assert ("handover.cases_unverified" in keys(done)) is not inspects
    if inspects:
        (word,) = await told(orders.session, heir)
        assert line(word, "handover.verify_these").values["numbers"] == [case.number]
        there = await actor_of(orders.session, heir)
        await orders.desk.step(case, CaseEvent.VERIFY, there)


async def asked_to_verify(orders: Orders, inspector: Actor) -> Case:
    case = await orders.desk.report(orders.world.other_liaison, await orders.category())
    return await orders.desk.step(
        case,
        CaseEvent.ASK_VERIFICATION,
        orders.world.office,
        change=StepDetails(data={"verifier": inspector.id}),
        verifier_id=inspector.id,
    )


# -- 离任 ----------------------------------------------------------------------------------------------


async def test_leaving_without_a_successor(orders: Orders, world: World) -> None:
    """As with tasks: the unit's 联络员 goes on. They get one message; no open case names the leaver."""
    found = await signed(orders, world)
    asked = await handover.ask_leave(orders.session, world.office, world.responsible.id)
    assert line(asked, "people.leaves_cases").values["count"] == 2
    (anyway,) = buttons(asked, "person.leave")
    assert (anyway.arguments["duties"], anyway.arguments["cases"]) == (1, 2)
    for seen in (0, 1, 3):
        view = await leave(orders, world, world.responsible.id, 1, seen)
        assert keys(view)[0] == "people.leave_preview"
    await leave(orders, world, world.responsible.id, 1, 2)
    assert await case_holders.answered_by(orders.session, world.responsible.id) == []
    (word,) = about_cases(await told(orders.session, world.liaison.contact))
    assert line(word, "handover.cases_left").values["count"] == 2
    for case in found:
        assert case.number in word.plain("zh")
        await orders.session.refresh(case)
        assert (case.responsible_id, case.state) == (None, CaseState.ACKNOWLEDGED)
    await orders.desk.step(found[0], CaseEvent.HANDLE, world.liaison)
    assert found[0].responsible_id == world.liaison.id


async def test_leaving_with_nobody_in_the_unit(orders: Orders, world: World, roster: Roster) -> None:
    """Without a 联络员 and without another 责任人 the office hears."""
    unit = await roster.unit("园林局")
    only = await roster.actor(unit, "独苗", Role.RESPONSIBLE_PERSON)
    case = await orders.registered()
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    await dispatching_to(turn, case, unit.id or 0)
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, only)
    await leave(orders, world, only.id, 0, 1)
    assert [
        view
        for view in await told(orders.session, world.office.contact)
        if "handover.cases_left" in keys(view)
    ]


async def dispatching_to(turn: Any, case: Case, unit_id: int) -> None:
    await dispatching.dispatch(turn, [case.id or 0], unit_id)
    await turn.session.refresh(case)


async def test_closed_cases_keep_their_record(orders: Orders, world: World) -> None:
    (case,) = await signed(orders, world, 1)
    await orders.desk.bring(
        case, CaseEvent.FEEDBACK, CaseEvent.CLOSE, office=world.office, unit=world.responsible
    )
    asked = await handover.ask_leave(orders.session, world.office, world.responsible.id)
    assert "people.leaves_cases" not in keys(asked)
    await leave(orders, world, world.responsible.id, 1)
    await orders.session.refresh(case)
    assert case.responsible_id == world.responsible.id


async def test_an_inspector_leaves(orders: Orders, world: World, roster: Roster) -> None:
    goer = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
    case = await asked_to_verify(orders, goer)
    await leave(orders, world, goer.id, 0, 1)
    await orders.session.refresh(case)
    assert case.verifier_id is None
    words = [
        v for v in await told(orders.session, world.office.contact) if "handover.verification_left" in keys(v)
    ]
    assert len(words) == 1
    assert case.number in words[0].plain("zh")


async def test_open_orders_name_the_leaders_who_are_there(
    orders: Orders, world: World, roster: Roster
) -> None:
    other = await roster.contact(world.unit, "新分管领导", Role.LEADER_IN_CHARGE)
    one, two = await orders.one(), await orders.one()
    await orders.desk.bring(two, CaseEvent.FEEDBACK, CaseEvent.CLOSE, office=world.office, unit=world.liaison)
    named = f"{world.leader.contact.name}、{other.name}"
    assert [await leaders(orders.session, case) for case in (one, two)] == [named, named]
    await leave(orders, world, world.leader.id, 0)
    assert [await leaders(orders.session, case) for case in (one, two)] == [other.name, named]


async def leaders(session: Session, case: Case) -> str | None:
    order = await session.get_one(SupervisionOrder, case.order_id, populate_existing=True)
    return order.leader_in_charge


async def test_moving_to_another_unit_leaves_the_cases(orders: Orders, world: World) -> None:
    (case,) = await signed(orders, world, 1)
    turn = turn_for(orders.session, world.office, orders.desk.now, orders.desk.campaign)
    ids = (world.responsible.id, world.other_unit.id or 0, world.unit.id or 0)
    await handover.change_unit(turn, *ids)
    await orders.session.refresh(case)
    assert (case.responsible_id, case.unit_id) == (None, world.unit.id)
    assert len(about_cases(await told(orders.session, world.liaison.contact))) == 1


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_long_list_is_cut_and_says_so(
    orders: Orders, world: World, successor: Contact, locale: str
) -> None:
    await signed(orders, world, 10)
    await hand_over(orders, world, successor)
    (word,) = await told(orders.session, successor)
    assert line(word, "handover.cases_to").values["count"] == 10
    assert plain(line(word, "tasks.more"), locale) in word.plain(locale)
    assert len(word.case_ids) == 10, "a reply finds each of them"


async def test_only_the_office(orders: Orders, world: World, successor: Contact) -> None:
    (case,) = await signed(orders, world, 1)
    turn = turn_for(orders.session, world.leader, orders.desk.now, orders.desk.campaign)
    step = handover.confirm(turn, world.responsible.id, successor.id or 0, [world.task_id], [case.id or 0])
    assert await refused(step) == "tasks.office_only"
    found = await cases.case_by_id(orders.session, case.id or 0)
    assert found is not None
    assert found.responsible_id == world.responsible.id
