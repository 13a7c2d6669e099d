"""``/todo``: the piles by role, several cases at once, and 催办."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.cases import Case
from models.cases.case_piles import Pile
from models.cases.categories import Category
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_steps import StepDetails
from services.cases.lists import case_piles
from services.cases.orders import dispatch_plan, order_choice, order_confirm
from services.cases.orders.order_choice import DispatchChoice
from services.delivery import rendering
from services.nags.orders import case_reminders
from services.views import LISTED, ButtonSpec, View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.binding import brought
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

LATER = timedelta(days=3)


@pytest.fixture
async def inspector(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def category(case_desk: CaseDesk, world: World) -> Category:
    return await case_desk.category(unit=world.unit)


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


class Cases:
    def __init__(self, desk: CaseDesk, world: World, category: Category) -> None:
        self._desk, self._world, self._category = desk, world, category

    async def make(self, *events: CaseEvent, category: Category | None = None, **filing: Any) -> Case:
        case = await self._desk.report(self._world.other_liaison, category or self._category, **filing)
        return await self._desk.bring(case, *events, office=self._world.office, unit=self._world.liaison)


@pytest.fixture
def made(case_desk: CaseDesk, world: World, category: Category) -> Cases:
    return Cases(case_desk, world, category)


async def counts(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    view = await case_piles.front(turn_for(session, actor, now))
    found = {}
    for spec in buttons(view, "desk.list"):
        found[str(spec.arguments["pile"])] = int(str(spec.label.values["count"]))
    return found


def ids(view: View) -> list[int]:
    return [int(b.arguments["case_id"]) for b in buttons(view, "case.card")]


async def test_nothing_waits(session: Session, world: World, now: datetime) -> None:
    for actor in (world.office, world.liaison):
        assert keys(await case_piles.front(turn_for(session, actor, now))) == ["desk.nothing"]
    leaders = await case_piles.front(turn_for(session, world.leader, now))
    assert keys(leaders) == ["desk.nothing_to_know"]


async def test_the_offices_piles(
    session: Session, made: Cases, case_desk: CaseDesk, world: World, inspector: Actor, now: datetime
) -> None:
    await made.make()
    asked = await made.make()
    await case_desk.step(asked, CaseEvent.ASK_VERIFICATION, world.office, verifier_id=inspector.id)
    await made.make(CaseEvent.REGISTER)
    extension = await made.make(*TO_DISPATCHED)
    await case_desk.step(extension, CaseEvent.ASK_EXTENSION, world.liaison, change=StepDetails(reason="下雨"))
    await made.make(*TO_FED_BACK)
    red = await made.make(*TO_DISPATCHED)
    await case_desk.step(red, CaseEvent.COLOUR, None, change=StepDetails(colour=Colour.RED))
    assert await counts(session, world.office, now) == {
        "to_register": 1,
        "to_dispatch": 1,
        "extensions": 1,
        "to_check": 1,
        "to_release": 1,
        "verifying": 1,
    }
    assert await counts(session, inspector, now) == {"to_verify": 1, "to_check": 1}
    assert await counts(session, world.liaison, now) == {"to_sign": 2, "due_soon": 1}
    assert await counts(session, world.other_liaison, now) == {}
    late = now + LATER
    assert (await counts(session, world.office, late))["overdue"] == 2
    assert await counts(session, world.leader, late) == {"overdue": 2}


async def test_an_appeal_waits_though_its_case_is_closed(
    session: Session, made: Cases, case_desk: CaseDesk, world: World, now: datetime
) -> None:
    case = await made.make(*TO_DISPATCHED)
    late = now + LATER
    await case_desk.step(case, CaseEvent.FEEDBACK, world.liaison, at=late)
    await case_desk.step(case, CaseEvent.CLOSE, world.office, at=late)
    assert await counts(session, world.office, late) == {}
    await case_desk.step(case, CaseEvent.APPEAL, world.liaison, at=late, change=StepDetails(reason="停电"))
    assert await counts(session, world.office, late) == {"appeals": 1}


async def test_nobody_checks_their_own_units(
    session: Session, made: Cases, roster: Roster, world: World, now: datetime
) -> None:
    of_unit = await roster.actor(world.unit, "城管局督导员", Role.INSPECTOR)
    await made.make(*TO_FED_BACK)
    assert await counts(session, of_unit, now) == {}


async def test_sent_back_with_the_units_reason(
    session: Session, made: Cases, case_desk: CaseDesk, world: World, at: dict[str, Any]
) -> None:
    case = await made.make(*TO_DISPATCHED)
    await case_desk.step(case, CaseEvent.SEND_BACK, world.liaison, change=StepDetails(reason="不属本局职责"))
    view = await case_piles.list_view(turn_for(session, world.office, **at), Pile.TO_DISPATCH)
    note = line(view, "desk.note_of_unit")
    assert (note.values["unit"], note.values["reason"]) == ("城管局", "不属本局职责")


async def test_a_list_is_for_whom_it_waits(
    session: Session, world: World, inspector: Actor, at: dict[str, Any]
) -> None:
    for actor, pile in (
        (world.liaison, Pile.TO_DISPATCH),
        (inspector, Pile.APPEALS),
        (world.leader, Pile.TO_SIGN),
    ):
        assert (
            await refused(case_piles.list_view(turn_for(session, actor, **at), pile)) == "desk.not_your_pile"
        )


async def test_pages(session: Session, made: Cases, world: World, at: dict[str, Any]) -> None:
    found = [(await made.make(CaseEvent.REGISTER)).id for _ in range(LISTED + 1)]
    view = await case_piles.list_view(turn_for(session, world.office, **at), Pile.TO_DISPATCH)
    assert ids(view) == found[:LISTED]
    second = await case_piles.list_view(
        turn_for(session, world.office, **at), Pile.TO_DISPATCH, offset=LISTED
    )
    assert ids(second) == found[LISTED:]
    beyond = await case_piles.list_view(
        turn_for(session, world.office, **at), Pile.TO_DISPATCH, offset=5 * LISTED
    )
    assert ids(beyond) == found[:LISTED]


class TestBulk:
    @pytest.fixture(autouse=True)
    def _hold(self, session: Session, world: World, at: dict[str, Any]) -> None:
        self.session, self.world, self.at = session, world, at

    async def press(self, spec: ButtonSpec) -> View:
        """Press a button of a list, as the handler does."""
        turn = turn_for(self.session, self.world.office, **self.at)
        return await case_piles.list_view(turn, **brought(spec))

    def toggles(self, view: View) -> list[ButtonSpec]:
        return [b for b in buttons(view, "desk.list") if "toggle" in b.arguments]

    async def shown(self, pile: Pile = Pile.TO_DISPATCH) -> View:
        return await case_piles.list_view(turn_for(self.session, self.world.office, **self.at), pile)

    async def test_picked_one_by_one(self, made: Cases) -> None:
        one, _, third = [await made.make(CaseEvent.REGISTER) for _ in range(3)]
        view = await self.press(self.toggles(await self.shown())[0])
        view = await self.press(self.toggles(view)[2])
        marks = [b.label.key for b in self.toggles(view)]
        assert marks == ["desk.picked_button", "desk.unpicked_button", "desk.picked_button"]
        (send,) = buttons(view, "desk.plan")
        assert send.arguments["picked"] == [[one.id, one.steps], [third.id, third.steps]]
        view = await self.press(self.toggles(view)[0])
        (send,) = buttons(view, "desk.plan")
        assert send.arguments["picked"] == [[third.id, third.steps]]

    async def test_all_of_one_unit_under_one_order(
        self, made: Cases, case_desk: CaseDesk, world: World
    ) -> None:
        mine = [await made.make(CaseEvent.REGISTER) for _ in range(2)]
        other = await case_desk.category("井盖", unit=world.other_unit)
        await made.make(CaseEvent.REGISTER, category=other)
        view = await self.shown()
        (same,) = [b for b in buttons(view, "desk.list") if b.label.key == "desk.same_unit_button"]
        view = await self.press(same)
        (send,) = buttons(view, "desk.plan")
        preview = await dispatch_plan.preview(
            turn_for(self.session, world.office, chat=1, **self.at), **brought(send)
        )
        (confirm,) = buttons(preview, "desk.confirm")
        outcome = await order_confirm.confirm(
            turn_for(self.session, world.office, **self.at), brought(confirm)["wanted"], None
        )
        assert keys(outcome.view) == ["desk.dispatched_several", "desk.numbers"]
        for case in mine:
            await self.session.refresh(case)
        assert mine[0].order_id is not None
        assert {case.order_id for case in mine} == {mine[0].order_id}
        assert {case.unit_id for case in mine} == {world.unit.id}

    async def test_of_several_units_the_office_is_asked(
        self, made: Cases, case_desk: CaseDesk, world: World
    ) -> None:
        one = await made.make(CaseEvent.REGISTER)
        other = await case_desk.category("井盖", unit=world.other_unit)
        second = await made.make(CaseEvent.REGISTER, category=other)
        wanted = DispatchChoice(((one.id or 0, one.steps), (second.id or 0, second.steps)))
        view = await order_choice.preview(turn_for(self.session, world.office, chat=1, **self.at), wanted)
        assert keys(view) == ["desk.choose_unit"]
        assert [b.arguments["unit_id"] for b in buttons(view, "desk.preview")] == [
            world.unit.id,
            world.other_unit.id,
        ]

    async def test_what_moved_on_is_picked_no_more(
        self, made: Cases, case_desk: CaseDesk, world: World
    ) -> None:
        case = await made.make(CaseEvent.REGISTER)
        view = await self.press(self.toggles(await self.shown())[0])
        (turn,) = self.toggles(view)
        await case_desk.bring(case, CaseEvent.DISPATCH, office=world.office, unit=world.liaison)
        view = await self.press(turn)
        assert not buttons(view, "desk.preview")
        assert "desk.list_empty" in keys(view)


class TestReminders:
    async def nags(self, session: Session) -> list[Outbox]:
        query = select(Outbox).where(Outbox.kind == MessageKind.NAG).order_by(col(Outbox.id))
        return list(await session.exec(query))

    async def test_one_message_for_several_cases_and_none_for_leaders(
        self, session: Session, made: Cases, world: World, at: dict[str, Any]
    ) -> None:
        found = [await made.make(*TO_DISPATCHED) for _ in range(2)]
        view = await case_reminders.preview(turn_for(session, world.office, **at), [c.id or 0 for c in found])
        assert not await self.nags(session), "a preview sends nothing"
        (send,) = buttons(view, "desk.remind_send")
        sent = await case_reminders.send(turn_for(session, world.office, **at), **brought(send))
        assert (keys(sent.view), sent.done) == (["desk.reminded"], True)
        (row,) = await self.nags(session)
        assert row.contact_id == world.liaison.id
        assert row.content["case_ids"] == [case.id for case in found]
        assert await rendering.render(tick_for(session, at["now"], at["campaign"]), row) is not None
        audited = await session.exec(select(Audit).where(Audit.event == "case_remind"))
        assert [one.subject_id for one in audited] == [case.id for case in found]

    async def test_once_a_day_unless_confirmed(
        self, session: Session, made: Cases, world: World, at: dict[str, Any]
    ) -> None:
        case = await made.make(*TO_DISPATCHED)
        first = await case_reminders.preview(turn_for(session, world.office, **at), [case.id or 0])
        second = await case_reminders.preview(turn_for(session, world.office, **at), [case.id or 0])
        (send,) = buttons(first, "desk.remind_send")
        (too,) = buttons(second, "desk.remind_send")
        await case_reminders.send(turn_for(session, world.office, **at), **brought(send))
        for late in (send, too):
            sent = await case_reminders.send(turn_for(session, world.office, **at), **brought(late))
            assert (keys(sent.view), sent.done) == (["desk.remind_sent_before"], False)
        assert len(await self.nags(session)) == 1
        view = await case_reminders.preview(turn_for(session, world.office, **at), [case.id or 0])
        assert not buttons(view, "desk.remind_send")
        (again,) = buttons(view, "desk.remind")
        view = await case_reminders.preview(
            turn_for(session, world.office, **at), again.arguments["cases"], again=again.arguments["again"]
        )
        (send,) = buttons(view, "desk.remind_send")
        assert (await case_reminders.send(turn_for(session, world.office, **at), **brought(send))).done
        assert not (await case_reminders.send(turn_for(session, world.office, **at), **brought(send))).done
        assert len(await self.nags(session)) == 2
        tomorrow = {**at, "now": at["now"] + timedelta(days=1)}
        view = await case_reminders.preview(turn_for(session, world.office, **tomorrow), [case.id or 0])
        assert buttons(view, "desk.remind_send")

    async def test_what_needs_no_reminder_and_who_cannot_be_reached(
        self, session: Session, made: Cases, roster: Roster, world: World, at: dict[str, Any]
    ) -> None:
        closed, fresh = await made.make(*TO_CLOSED), await made.make()
        held = await made.make(*TO_DISPATCHED)
        empty = await roster.unit("无人科室")
        lost = await made.make(CaseEvent.REGISTER)
        wanted = DispatchChoice(((lost.id or 0, lost.steps),), empty.id, decided=True)
        await order_confirm.confirm(turn_for(session, world.office, **at), wanted, None)
        every = [case.id or 0 for case in (closed, fresh, held, lost)]
        view = await case_reminders.preview(turn_for(session, world.office, **at), every)
        assert line(view, "desk.remind_title").values == {"count": 1, "people": 1}
        assert line(view, "desk.remind_lost").values["numbers"] == [lost.number]
        assert line(view, "desk.remind_over").values["count"] == 2

    async def test_is_the_offices(
        self, session: Session, made: Cases, inspector: Actor, at: dict[str, Any]
    ) -> None:
        case = await made.make(*TO_DISPATCHED)
        previewed = case_reminders.preview(turn_for(session, inspector, **at), [case.id or 0])
        assert await refused(previewed) == "tasks.office_only"
        sent = case_reminders.send(turn_for(session, inspector, **at), [case.id or 0], 0, "x")
        assert await refused(sent) == "tasks.office_only"
