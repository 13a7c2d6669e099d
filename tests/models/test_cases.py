"""Queries of one case: its guarded change, steps, files and followers, and its orders with their words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from models import cases as case_models
from models.cases import (
    Case,
    CasePhase,
    Instruction,
    SentCase,
    SupervisionOrder,
    case_orders,
    instructions,
)
from models.db import Session
from models.progress import EvidenceKind
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent, CaseState
from tests.support.case_rows import HOUR, CaseRows
from tests.support.rows import Rows, id_of, ids_of


async def test_a_case_moves_on_by_one_step_once(session: Session, cases: CaseRows) -> None:
    case, other = await cases.add(steps=3), await cases.add(steps=3)
    facts = replace(case.facts, steps=4, state=CaseState.FED_BACK, colour=Colour.BLUE)
    assert await case_models.write_facts(session, case, facts, look_at=cases.at(1))
    assert (case.state, case.steps, case.colour, case.look_at) == (
        CaseState.FED_BACK,
        4,
        Colour.BLUE,
        cases.at(1),
    )
    assert not await case_models.write_facts(session, case, replace(facts, colour=Colour.RED))
    assert not await case_models.write_facts(session, case, replace(facts, steps=6))
    assert (await cases.rows.read(case)).colour is Colour.BLUE
    assert ((await cases.rows.read(other)).state, other.steps) == (CaseState.HANDLING, 3)


async def test_a_case_is_read_as_it_stands(session: Session, cases: CaseRows) -> None:
    case = await cases.add()
    table = Case.__table__  # type: ignore[attr-defined]  # what SQLModel makes of the class
    for place, read in (("甲", case_models.case_by_id), ("乙", case_models.locked_case)):
        await session.execute(table.update().values(place=place))
        assert await read(session, id_of(case)) is case
        assert case.place == place
        assert await read(session, 99) is None


async def test_cases_are_found_by_id_and_number(session: Session, cases: CaseRows) -> None:
    case, other = await cases.add(), await cases.add()
    assert await case_models.cases_by_id(session, [id_of(other), 99]) == {id_of(other): other}
    assert await case_models.case_by_number(session, case.number) == case
    assert await case_models.case_by_number(session, case.number[:-1]) is None


async def test_what_belongs_to_a_case_is_its_own_and_in_order(session: Session, cases: CaseRows) -> None:
    case, other = await cases.add(), await cases.add()
    second = await cases.rows.step(case, 2, CaseEvent.REGISTER)
    first = await cases.rows.step(case, 1, CaseEvent.REPORT)
    await cases.rows.step(other, 1, CaseEvent.REPORT)
    photos = [await cases.file(of, CasePhase.BEFORE, EvidenceKind.PHOTO) for of in (case, case, other)]
    late = await cases.follow(case, cases.other_person)
    early = await cases.follow(case, cases.reporter)
    await cases.follow(other, cases.reporter)
    assert await case_models.steps_of(session, id_of(case)) == [first, second]
    assert await case_models.files_of(session, id_of(case)) == photos[:2]
    assert await case_models.followers_of(session, id_of(case)) == [early, late]
    with pytest.raises(IntegrityError):
        await cases.rows.step(case, 2, CaseEvent.DISPATCH)


async def test_of_which_cases_a_message_was(session: Session, cases: CaseRows) -> None:
    first, second = await cases.add(), await cases.add()
    for chat, message, case in ((7, 1, second), (7, 1, first), (7, 2, first), (8, 1, first)):
        await cases.rows.add(SentCase(chat_id=chat, message_id=message, case_id=id_of(case)))
    assert await case_models.case_subjects(session, 7, 1) == ids_of(first, second)
    assert await case_models.case_subjects(session, 8, 2) == []


async def on_order(rows: Rows, order: SupervisionOrder, case: Case, limit_at: datetime) -> None:
    """An order of the case that had that limit then; an extension has moved the limit since."""
    moved = {"limit_at": limit_at + HOUR, "first_limit_at": limit_at}
    await rows.on_order(case, order_id=id_of(order), unit_id=order.unit_id, **moved)


async def test_an_order_was_made_for_more_than_it_is_about_by_now(session: Session, cases: CaseRows) -> None:
    order, later = [await cases.rows.order(cases.ours, cases.reporter, serial) for serial in (1, 2)]
    stays = await cases.add(order_id=order.id, limit=5)
    moved = await cases.add(order_id=later.id, limit=9)
    await on_order(cases.rows, later, moved, cases.at(9))
    await on_order(cases.rows, order, moved, cases.at(3))
    await on_order(cases.rows, order, stays, cases.at(4))
    assert await case_models.cases_of_order(session, id_of(order)) == [stays]
    made = await case_orders.made_for(session, id_of(order))
    assert made == [(stays, cases.at(4)), (moved, cases.at(3))]


async def write(cases: CaseRows, order: SupervisionOrder, *, released: bool = False) -> Instruction:
    return await cases.rows.add(
        Instruction(
            order_id=id_of(order),
            leader_id=id_of(cases.reporter),
            text="尽快",
            written_at=cases.rows.now,
            sent_at=cases.rows.now,
            released_at=cases.rows.now if released else None,
        )
    )


async def test_what_was_written_on_the_orders_of_a_case(session: Session, cases: CaseRows) -> None:
    order, later, other = [await cases.rows.order(cases.ours, cases.reporter, n) for n in (1, 2, 3)]
    case, neighbour = await cases.add(order_id=later.id), await cases.add()
    for made, of in ((order, case), (later, case), (order, neighbour), (other, neighbour)):
        await on_order(cases.rows, made, of, cases.at(1))
    on_later, on_first = await write(cases, later), await write(cases, order, released=True)
    on_other = await write(cases, other)
    found = await instructions.instructions_of(session, id_of(case))
    assert found == [(on_later, later), (on_first, order)]
    everything = ids_of(order, later, other)
    assert await instructions.unreleased(session, everything) == [on_later, on_other]
    assert await instructions.unreleased(session, everything[:2]) == [on_later]
    assert await instructions.unreleased(session, []) == []


async def test_what_a_leader_wrote_is_released_once(session: Session, cases: CaseRows) -> None:
    order = await cases.rows.order(cases.ours, cases.reporter, 1)
    written, other = await write(cases, order), await write(cases, order)
    by, now = id_of(cases.reporter), cases.rows.now
    assert await instructions.release(session, id_of(written), "摘要", by=by, now=now)
    assert not await instructions.release(session, id_of(written), "晚了", by=by, now=now + HOUR)
    found = await instructions.instruction_by_id(session, id_of(written))
    assert found is not None
    assert (found.excerpt, found.released_at, found.released_by) == ("摘要", now, by)
    assert (await cases.rows.read(other)).released_at is None
