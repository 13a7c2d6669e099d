"""停用单位: who may, what the card says, who still finds the unit, and how it comes back."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from locales import html_text, plain
from models.audit_log import Audit
from models.db import Session
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services import audit_texts
from services.errors import DomainError
from services.people import unit_card, unit_retirement
from services.tasks import task_steps
from tests.services.conftest import World
from tests.services.people.typed_unit import TypedUnit
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of
from tests.support.turns import turn_for


@pytest.fixture
async def typed(
    session: Session, now: datetime, roster: Roster, case_desk: CaseDesk, world: World
) -> TypedUnit:
    unit = await roster.unit("城管居")
    return TypedUnit(session, now, roster, Rows(session, now), case_desk, world, unit)


async def test_the_question_and_the_card_afterwards(typed: TypedUnit) -> None:
    turn = turn_for(typed.session, typed.world.office, typed.now)
    asked = await unit_retirement.ask(turn, typed.id)
    assert keys(asked) == ["units.ask_retire"]
    assert buttons(asked, "unit.retire")
    assert buttons(asked, "unit.show")
    assert typed.unit.retired_at is None
    card = await typed.retire()
    said = line(card, "units.retired")
    assert html_text(said, "zh").startswith("<b>已停用</b>（12月15日08:45，创城办 创城办工作人员）")
    assert not buttons(card, "unit.ask_retire")
    assert buttons(card, "unit.revive")
    row = (await typed.session.exec(select(Audit).order_by(col(Audit.id).desc()))).first()
    assert row is not None
    assert (row.event, row.subject_type, row.subject_id) == ("retire", "unit", typed.id)
    assert (row.actor_id, row.before, row.after) == (
        typed.world.office.id,
        {"retired": False},
        {"retired": True},
    )
    assert plain(audit_texts.event_text(row), "zh") == "停用单位"


async def test_it_comes_back_to_its_place(typed: TypedUnit) -> None:
    typed.unit.parent_id = typed.world.other_unit.id
    await typed.session.flush()
    await typed.retire()
    card = await typed.revive()
    assert typed.unit.retired_at is None
    assert typed.unit.parent_id == typed.world.other_unit.id
    assert line(card, "units.title_below").values["parent"] == "东风街道"
    assert buttons(card, "unit.ask_retire")
    events = [
        row.event for row in await typed.session.exec(select(Audit).where(Audit.subject_type == "unit"))
    ]
    assert events == ["retire", "revive"]


async def test_it_does_not_come_back_below_a_unit_out_of_use(typed: TypedUnit) -> None:
    above = await typed.roster.unit("老街道", Tier.STREET)
    typed.unit.parent_id = above.id
    await typed.retire()
    above.retired_at = typed.now
    await typed.session.flush()
    with pytest.raises(DomainError) as refusal:
        await typed.revive()
    assert refusal.value.text.key == "units.not_in_use"
    assert refusal.value.text.values["units"] == ["老街道"]
    assert typed.unit.retired_at == typed.now


async def test_a_second_press_is_told_what_is(typed: TypedUnit) -> None:
    assert await refused(typed.revive()) == "units.already_in_use"
    await typed.retire()
    assert await refused(typed.retire()) == "units.already_retired"
    await typed.revive()
    assert await refused(typed.revive()) == "units.already_in_use"


OTHERS = {
    "district leader": (Role.DISTRICT_LEADER,),
    "principal leader": (Role.PRINCIPAL_LEADER,),
    "leader in charge": (Role.LEADER_IN_CHARGE,),
    "responsible": (Role.RESPONSIBLE_PERSON,),
    "liaison": (Role.LIAISON,),
    "inspector": (Role.INSPECTOR,),
    "without a role": (),
}


def test_the_table_has_every_role() -> None:
    assert {role for roles in OTHERS.values() for role in roles} == set(Role) - {Role.OFFICE}


@pytest.mark.parametrize("who", OTHERS)
async def test_only_the_office_may(typed: TypedUnit, who: str) -> None:
    """Others neither retire a unit nor bring it back nor see one that is out of use."""
    typed.unit.parent_id = typed.world.other_unit.id  # below the actor's own
    actor = await typed.roster.actor(typed.world.other_unit, "某人", *OTHERS[who])
    turn = turn_for(typed.session, actor, typed.now)
    if unit_card.in_scope(actor, typed.id):
        assert not buttons(await typed.card(actor), "unit.ask_retire")
    for step in (unit_retirement.ask, unit_retirement.retire, unit_retirement.revive):
        assert await refused(step(turn, typed.id)) == "tasks.office_only"
    await typed.retire()
    assert await refused(unit_card.find(turn, "城管居")) == "units.none"
    assert await refused(typed.card(actor)) == "units.not_yours"
    assert await refused(unit_card.task_list(turn, typed.id)) == "units.not_yours"
    assert await refused(typed.revive(actor)) == "tasks.office_only"
    assert typed.unit.retired_at == typed.now


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("城管居", "units.retired"),
        ("管居", "units.retired"),
        ("城管局", "units.people"),
        # Both names hold the word, and the one in use is meant.
        ("城管", "units.people"),
    ],
)
async def test_the_office_finds_it(typed: TypedUnit, words: str, found: str) -> None:
    await typed.retire()
    view = await unit_card.find(turn_for(typed.session, typed.world.office, typed.now), words)
    assert found in keys(view)


async def test_a_name_within_another_one_is_offered_with_its_mark(typed: TypedUnit) -> None:
    await typed.roster.unit("城管居委会", Tier.VILLAGE)
    await typed.retire()
    view = await unit_card.find(turn_for(typed.session, typed.world.office, typed.now), "城管居")
    assert [plain(one.label, "zh") for one in buttons(view, "unit.card")] == [
        "城管居委会",
        "城管居（已停用）",
    ]


async def test_a_task_of_it_is_not_reopened(typed: TypedUnit) -> None:
    unit = typed.unit
    led = await typed.roster.task(unit, "牵头的", None, state=TaskState.COMPLETED)
    helped = await typed.roster.task(
        typed.world.unit, "协办的", None, assisting=(unit,), state=TaskState.COMPLETED
    )
    await typed.retire()
    turn = turn_for(typed.session, typed.world.office, typed.now)
    for task in (led, helped):
        assert await refused(task_steps.reopen(turn, id_of(task))) == "units.not_in_use"
        assert task.state is TaskState.COMPLETED
    await typed.revive()
    for task in (led, helped):
        assert await task_steps.reopen(turn, id_of(task)) is not None
