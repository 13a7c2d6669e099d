"""The order as a Word file, with the cases that its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from locales import Text, plain
from models.cases import Case, SupervisionOrder, case_orders
from models.db import Session
from models.people import Contact, Unit
from models.tasks import Task
from reports.formats import full_day_text, moment_text
from reports.order_docx import order_docx
from reports.order_layout import OrderItem, OrderPaper
from services import audit, exports
from services.campaign import Campaign
from services.cases import case_access, case_wording
from services.errors import DomainError
from services.turn import Turn
from services.views import FileSpec, View


async def paper(turn: Turn, order_id: int) -> View:
    """The order as it was made, with those of its cases that the actor may see.

    It is in the district's language, for every reader.
    """
    order = await turn.session.get(SupervisionOrder, order_id)
    made_for = await case_orders.made_for(turn.session, order_id)
    found = [(case, limit_at) for case, limit_at in made_for if case_access.sees_inside(turn.actor, case)]
    if order is None or not found:
        raise DomainError("orders.not_yours")
    content = await _paper(turn.session, order, found, turn.campaign)
    title = exports.file_title(plain(Text("orders.paper.file", number=order.number), turn.campaign.locale))
    make = partial(order_docx, content, turn.campaign.locale)
    file = FileSpec("document", name=f"{title}.docx", make=make)
    line = Text("orders.paper.sent", number=order.number)
    return View([line], files=[file], case_ids=[case.id for case, _ in found if case.id is not None])


async def _paper(
    session: Session, order: SupervisionOrder, found: Sequence[tuple[Case, datetime]], campaign: Campaign
) -> OrderPaper:
    issuer = await session.get_one(Contact, order.issued_by)
    office, unit = await session.get_one(Unit, issuer.unit_id), await session.get_one(Unit, order.unit_id)
    task = None if order.task_id is None else await session.get(Task, order.task_id)
    indicators = dict.fromkeys(case.indicator for case, _ in found if case.indicator)
    issued = order.issued_at.astimezone(campaign.zone).date()
    return OrderPaper(
        office=office.name,
        number=order.number,
        unit=unit.name,
        leader=order.leader_in_charge or "",
        task="" if task is None else task.objective,
        indicator="；".join(indicators),
        requirement=order.requirement,
        items=[_item(case, limit_at, campaign) for case, limit_at in found],
        signed=await _signed(session, order, [case for case, _ in found], campaign),
        day=plain(full_day_text(issued), campaign.locale),
        issued_at=order.issued_at,
    )


def _item(case: Case, limit_at: datetime, campaign: Campaign) -> OrderItem:
    limit = Text("cases.limit", at=moment_text(limit_at, campaign.zone))
    return OrderItem(
        number=case.number,
        category=case.category,
        place=plain(case_wording.place_text(case), campaign.locale),
        text=case.text,
        standard=case.standard,
        limit=plain(limit, campaign.locale),
    )


async def _signed(
    session: Session, order: SupervisionOrder, found: Sequence[Case], campaign: Campaign
) -> str:
    """Who signed for the order first, and when; empty if nobody has."""
    signed = [case for case in found if case.order_id == order.id and case.acknowledged_at is not None]
    if not signed:
        return ""
    first = min(signed, key=lambda case: case.acknowledged_at or order.issued_at)
    who = await audit.name_of(session, first.responsible_id)
    at = moment_text(first.acknowledged_at or order.issued_at, campaign.zone)
    return plain(Text("orders.paper.signed_by", who=who, at=at), campaign.locale)
