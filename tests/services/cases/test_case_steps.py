"""One step of a case: rights, limits, the history that replays, and who hears."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import cases
from models.cases import Case
from models.db import Session
from models.delivery.messages import Outbox
from rules.cases.case_facts import Colour, replay
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from rules.working_time import TimeUnit
from services.access import Actor
from services.cases import case_access, case_steps
from services.cases.case_steps import MovedOnError, StepDetails
from services.errors import DomainError
from tests.services.conftest import Local, World
from tests.support.cases import TO_CLOSED, TO_DISPATCHED, TO_FED_BACK, CaseDesk
from tests.support.people import Roster


@pytest.fixture
async def inspector(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def case(case_desk: CaseDesk, world: World, inspector: Actor) -> Case:
    category = await case_desk.category(unit=world.unit)
    return await case_desk.report(inspector, category)


async def told(session: Session, contact: Actor) -> list[str]:
    rows = await session.exec(select(Outbox).where(Outbox.contact_id == contact.id).order_by("id"))
    return [row.content["lines"][0]["values"].get("event", {}).get("$text", "") for row in rows]


async def test_a_reported_case(session: Session, case: Case, inspector: Actor, world: World) -> None:
    assert case.number == "20261215-0001"
    assert (case.category, case.state, case.steps) == ("街面秩序·占道经营", CaseState.REPORTED, 1)
    assert [file.phase.value for file in await cases.files_of(session, case.id or 0)] == ["before"]
    assert [row.contact_id for row in await cases.followers_of(session, case.id or 0)] == [inspector.id]
    office = (await session.exec(select(Outbox).where(Outbox.contact_id == world.office.id))).one()
    assert office.content["case_ids"] == [case.id]


async def test_numbers_count_by_the_local_day(
    case_desk: CaseDesk, world: World, inspector: Actor, local: Local
) -> None:
    category = await case_desk.category(unit=world.unit)
    moments = [local(12, 15, 23, 59), local(12, 15, 23, 59), local(12, 16, 0, 0)]
    made = [await case_desk.report(inspector, category, at=at) for at in moments]
    assert [one.number for one in made] == ["20261215-0001", "20261215-0002", "20261216-0001"]


async def test_the_straight_way_is_told_to_the_reporter(
    session: Session, case: Case, case_desk: CaseDesk, world: World, inspector: Actor
) -> None:
    for minutes, event in enumerate(TO_CLOSED):
        at = case_desk.now + timedelta(minutes=minutes)
        await case_desk.bring(case, event, office=world.office, unit=world.liaison, at=at)
    assert case.state is CaseState.CLOSED
    assert case.responsible_id == world.liaison.id
    assert await told(session, inspector) == [f"cases.event.{event.value}" for event in TO_CLOSED]


async def test_one_press_that_registers_and_dispatches_is_one_notice(
    session: Session, case: Case, case_desk: CaseDesk, world: World, inspector: Actor
) -> None:
    await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=world.liaison)
    assert await told(session, inspector) == ["cases.event.dispatch"]
    (notice,) = await session.exec(select(Outbox).where(Outbox.contact_id == inspector.id))
    assert "cases.news.registered_too" in str(notice.content)


async def test_whoever_mutes_a_case_hears_nothing(
    session: Session, case: Case, case_desk: CaseDesk, world: World, inspector: Actor
) -> None:
    (follower,) = await cases.followers_of(session, case.id or 0)
    follower.muted = True
    await session.flush()
    await case_desk.bring(case, *TO_FED_BACK, office=world.office, unit=world.liaison)
    assert await told(session, inspector) == []


async def test_the_limit_runs_in_working_hours(
    case: Case, case_desk: CaseDesk, world: World, local: Local
) -> None:
    """4 工作时 from Tuesday 16:30: 1.5 that day, 2.5 the next."""
    await case_desk.bring(
        case, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=local(12, 15, 16, 30)
    )
    assert case.limit_at == local(12, 16, 10, 30)
    assert case.sign_by is not None
    assert case.sign_by < case.limit_at
    assert case.look_at == local(12, 15, 16, 30), "the ladder says by when it is to be signed for"
    await case_desk.step(case, CaseEvent.ACKNOWLEDGE, world.liaison, at=local(12, 15, 16, 40))
    assert case.look_at == local(12, 16, 9, 18), "three tenths of four hours before the limit"


async def test_a_check_that_takes_days_is_not_the_units(
    case: Case, case_desk: CaseDesk, world: World, inspector: Actor, local: Local
) -> None:
    both: Any = {"office": world.office, "unit": world.liaison}
    await case_desk.bring(case, *TO_DISPATCHED, **both, at=local(12, 15, 8))
    await case_desk.bring(case, CaseEvent.FEEDBACK, **both, at=local(12, 15, 11))
    await case_desk.step(
        case, CaseEvent.REWORK, inspector, at=local(12, 18, 14), change=StepDetails(reason="没有清净")
    )
    assert (case.state, case.limit_at) == (CaseState.REWORK, local(12, 18, 15)), "one hour was left"
    await case_desk.bring(case, CaseEvent.FEEDBACK, **both, at=local(12, 18, 14, 30))
    assert (case.facts.late, case.worked) == (False, 210)


async def test_a_suspension_stops_the_clock(
    case: Case, case_desk: CaseDesk, world: World, local: Local
) -> None:
    both: Any = {"office": world.office, "unit": world.liaison}
    await case_desk.bring(case, *TO_DISPATCHED, CaseEvent.ACKNOWLEDGE, **both, at=local(12, 15, 8))
    until = local(12, 21, 18)
    await case_desk.step(
        case,
        CaseEvent.SUSPEND,
        world.office,
        at=local(12, 15, 9),
        change=StepDetails(reason="待拨款", until=until),
    )
    assert (case.state, case.look_at, case.facts.overdue(local(12, 20))) == (
        CaseState.SUSPENDED,
        until,
        False,
    )
    await case_desk.step(case, CaseEvent.RESUME, None, at=local(12, 21, 18))
    assert (case.state, case.limit_at) == (CaseState.HANDLING, local(12, 22, 11)), "three hours were left"
    with pytest.raises(DomainError, match="suspended_once"):
        await case_desk.step(case, CaseEvent.SUSPEND, world.office, at=local(12, 22, 8))


async def test_extensions(case: Case, case_desk: CaseDesk, world: World, local: Local) -> None:
    """At most two extensions, each by the original limit.

    A refused one does not count; one that is asked late is refused.
    """
    both: Any = {"office": world.office, "unit": world.liaison}
    ask, grant, refuse = CaseEvent.ASK_EXTENSION, CaseEvent.EXTEND, CaseEvent.REFUSE_EXTENSION
    await case_desk.bring(case, *TO_DISPATCHED, ask, refuse, ask, grant, **both, at=local(12, 15, 8))
    assert case.limit_at == local(12, 15, 18)
    await case_desk.bring(case, ask, **both, at=local(12, 15, 17))
    with pytest.raises(DomainError, match="extension_waits"):
        await case_desk.bring(case, ask, **both, at=local(12, 15, 17))
    # Asked in time: the office's delay does not cost the unit time.
    await case_desk.bring(case, grant, **both, at=local(12, 16, 8))
    assert (case.extensions, case.limit_at) == (2, local(12, 16, 12))
    with pytest.raises(DomainError, match="extended_twice"):
        await case_desk.bring(case, ask, **both, at=local(12, 16, 9))
    with pytest.raises(DomainError, match="overdue"):
        await case_desk.bring(case, ask, **both, at=local(12, 16, 13))


async def test_an_appeal_needs_a_late_case(
    case: Case, case_desk: CaseDesk, world: World, local: Local
) -> None:
    both: Any = {"office": world.office, "unit": world.liaison}
    await case_desk.bring(case, *TO_DISPATCHED, **both, at=local(12, 15, 8))
    await case_desk.bring(case, CaseEvent.FEEDBACK, CaseEvent.CLOSE, **both, at=local(12, 15, 14, 1))
    assert case.facts.late
    await case_desk.bring(case, CaseEvent.APPEAL, CaseEvent.GRANT_APPEAL, **both, at=local(12, 16, 8))
    assert (case.facts.late, case.appeal.value) == (True, "granted"), "the record stays as it was"
    with pytest.raises(DomainError, match="appealed"):
        await case_desk.bring(case, CaseEvent.APPEAL, **both, at=local(12, 16, 9))


async def test_what_was_sent_back_belongs_to_nobody(
    case: Case, case_desk: CaseDesk, world: World, session: Session
) -> None:
    both: Any = {"office": world.office, "unit": world.liaison}
    await case_desk.bring(case, *TO_DISPATCHED, CaseEvent.ACKNOWLEDGE, **both)
    await case_desk.step(case, CaseEvent.SEND_BACK, world.liaison, change=StepDetails(reason="不属我局职责"))
    assert (case.state, case.unit_id, case.limit_at, case.look_at, case.responsible_id) == (
        CaseState.REGISTERED,
        None,
        None,
        None,
        None,
    )
    assert not await case_access.may_see(session, world.liaison, case)
    with pytest.raises(DomainError, match=r"cases\.not_yours"):
        await case_desk.bring(case, CaseEvent.ACKNOWLEDGE, **both)


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (CaseEvent.REGISTER, "inspector"),
        (CaseEvent.REGISTER, "leader"),
        (CaseEvent.VERIFY, "inspector"),  # the inspector reported it
    ],
)
async def test_not_theirs_to_do(
    case: Case, case_desk: CaseDesk, world: World, inspector: Actor, event: CaseEvent, who: str
) -> None:
    actor = inspector if who == "inspector" else world.leader
    with pytest.raises(DomainError):
        await case_desk.step(case, event, actor)
    assert (case.state, case.steps) == (CaseState.REPORTED, 1)


async def test_a_unit_does_not_check_itself(
    case: Case, case_desk: CaseDesk, world: World, roster: Roster, inspector: Actor
) -> None:
    """An inspector of the unit may not check it either."""
    await case_desk.bring(case, *TO_FED_BACK, office=world.office, unit=world.liaison)
    own = await roster.actor(world.unit, "城管局督导员", Role.INSPECTOR, Role.LIAISON)
    for actor in (world.liaison, own):
        with pytest.raises(DomainError, match=r"not_for_you\.checker"):
            await case_desk.step(case, CaseEvent.CLOSE, actor)
    await case_desk.step(case, CaseEvent.CLOSE, inspector)
    assert case.state is CaseState.CLOSED


async def test_an_old_card_changes_nothing(case: Case, case_desk: CaseDesk, world: World) -> None:
    await case_desk.step(case, CaseEvent.REGISTER, world.office, seen=1)
    with pytest.raises(MovedOnError) as raised:
        await case_desk.step(case, CaseEvent.REJECT, world.office, seen=1)
    assert (raised.value.case_id, case.state) == (case.id, CaseState.REGISTERED)


async def test_a_colour_is_the_programs(case: Case, case_desk: CaseDesk, world: World, local: Local) -> None:
    await case_desk.bring(case, *TO_DISPATCHED, office=world.office, unit=world.liaison, at=local(12, 15, 8))
    with pytest.raises(DomainError, match=r"not_for_you\.nobody"):
        await case_desk.step(case, CaseEvent.COLOUR, world.office)
    blue = StepDetails(colour=Colour.BLUE)
    await case_desk.step(case, CaseEvent.COLOUR, None, at=local(12, 15, 10, 48), change=blue)
    assert (case.colour, case.look_at) == (Colour.BLUE, local(12, 15, 11, 36))


async def test_the_history_replays_to_the_present(
    session: Session, case: Case, case_desk: CaseDesk, world: World, now: datetime
) -> None:
    both: Any = {"office": world.office, "unit": world.liaison}
    way = (
        *TO_FED_BACK,
        CaseEvent.REWORK,
        CaseEvent.FEEDBACK,
        CaseEvent.CLOSE,
        CaseEvent.REOPEN,
        CaseEvent.DISPATCH,
    )
    for hours, event in enumerate(way):
        await case_desk.bring(case, event, **both, at=now + timedelta(hours=hours))
    history = await cases.steps_of(session, case.id or 0)
    assert replay(row.step for row in history) == case.facts
    assert [row.number for row in history] == list(range(1, len(way) + 2))
    assert case.limit_unit is TimeUnit.WORKING_HOUR
    assert case_steps.can(world.liaison, case, CaseEvent.ACKNOWLEDGE, now=now)


@pytest.mark.parametrize("lock", [False, True])
async def test_a_case_as_the_actor_saw_it(
    session: Session, case: Case, case_desk: CaseDesk, world: World, inspector: Actor, lock: bool
) -> None:
    case_id, now = case.id or 0, case_desk.now
    assert await case_steps.case_as_seen(session, inspector, case_id, 1, lock=lock) is case
    for seen in (1, None):
        found = await case_steps.case_for_step(
            session, world.office, case_id, CaseEvent.REGISTER, seen, now=now, lock=lock
        )
        assert found is case
    with pytest.raises(MovedOnError):
        await case_steps.case_as_seen(session, inspector, case_id, 2, lock=lock)
    for actor, key in ((world.liaison, "cases.not_yours"), (inspector, "cases.not_for_you.office")):
        with pytest.raises(DomainError) as refusal:
            await case_steps.case_for_step(
                session, actor, case_id, CaseEvent.REGISTER, None, now=now, lock=lock
            )
        assert refusal.value.text.key == key
