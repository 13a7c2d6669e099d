"""批示 of leaders on an order: who may write one, and how much of it a reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import people
from models.cases import Case, Instruction, SupervisionOrder, instructions
from models.db import Session, ident
from models.people import Contact, Unit
from rules.people.roles import Role
from services.access import Actor
from services.cases import case_access

_READS_ALL: Final = frozenset({Role.OFFICE, Role.DISTRICT_LEADER})
# A leader writes under the first of these roles that they have.
_BY_RANK: Final = (Role.DISTRICT_LEADER, Role.PRINCIPAL_LEADER, Role.LEADER_IN_CHARGE)


def may_instruct(actor: Actor, case: Case) -> bool:
    """Whether ``actor`` may write a 批示 on the order of this case.

    A district leader may on every order, the leaders of a unit on the orders of their units.
    """
    return case.order_id is not None and leads(actor, case.unit_id)


def leads(actor: Actor, unit_id: int | None) -> bool:
    """Whether ``actor`` leads the unit that holds an order: a district leader leads all."""
    return Role.DISTRICT_LEADER in actor.roles or unit_id in actor.led


async def told(session: Session, actor: Actor, case: Case) -> list[Text]:
    """The instructions that ``actor`` may read.

    The office and district leaders read all of them, an author their own, everybody else what was released
    to their unit.
    """
    found = await instructions.instructions_of(session, ident(case))
    lines = []
    for row, order in found:
        line = await _as_told(session, actor, case, row, order)
        if line is not None and order.id != case.order_id:
            line = Text("checking.on_former_order", line=line, number=order.number)
        lines.append(line)
    return [line for line in lines if line is not None]


async def _as_told(
    session: Session, actor: Actor, case: Case, row: Instruction, order: SupervisionOrder
) -> Text | None:
    who = await leader_text(session, row.leader_id)
    if actor.roles & _READS_ALL or row.leader_id == actor.id:
        if row.released_at is None:
            return Text("checking.instruction_kept", who=who, words=row.text)
        if row.excerpt != row.text:
            return Text("checking.instruction_cut", who=who, words=row.text, excerpt=row.excerpt)
        return Text("checking.instruction", who=who, words=row.text)
    # An instruction to the unit that held the case before is not for the unit that holds it now.
    if row.released_at is None or order.unit_id != case.unit_id:
        return None
    return Text("checking.instruction", who=who, words=row.excerpt)


def reads_released(actor: Actor, order: SupervisionOrder, found: Sequence[Case]) -> bool:
    """Whether the order's paper shows ``actor`` what was released to its unit.

    A unit that took over a case of the order is not the one that the instruction is for.
    """
    if actor.roles & _READS_ALL:
        return True
    return any(case.unit_id == order.unit_id and case_access.sees_inside(actor, case) for case in found)


async def leader_text(session: Session, leader_id: int) -> Text:
    """The leader's unit, title and name. Without a title: their role in the campaign.

    Nothing stands twice: a title may begin with the unit (城管局局长), and a roster may have it as the name.
    """
    leader = await session.get_one(Contact, leader_id)
    unit = await session.get_one(Unit, leader.unit_id)
    roles = await people.roles_of(session, leader_id)
    role = next((role for role in _BY_RANK if role in roles), Role.LEADER_IN_CHARGE)
    title = leader.post or Text(f"common.role.{role.value}")
    if leader.post is not None and (leader.post in leader.name or leader.post == unit.name + leader.name):
        return Text("common.contact", unit=unit.name, name=leader.name)
    if leader.post is not None and leader.post.startswith(unit.name):
        return Text("common.as_is", text=f"{leader.post} {leader.name}")
    return Text("checking.leader", unit=unit.name, title=title, name=leader.name)
