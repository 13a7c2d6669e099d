"""An order goes out: each contact of the unit is promised it once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from locales import Text
from models import cases
from models.cases import Case, SupervisionOrder
from models.db import Session
from models.people import Contact, Unit
from rules.delivery import MessageKind
from services import outbox
from services.campaign import Campaign
from services.cases.order_view import OFFERED
from services.recipients import unit_readers
from services.views import ButtonSpec, View


async def send_order(
    session: Session, order: SupervisionOrder, *, now: datetime, campaign: Campaign
) -> list[Contact]:
    """Promise the order to the unit's contacts, as it will stand when it goes out; who they are. The office
    is told where there is nobody."""
    found = await cases.cases_of_order(session, order.id or 0)
    responsible_ids = [case.responsible_id for case in found]
    readers = await unit_readers(session, order.unit_id, campaign.today(now), *responsible_ids)
    for contact in readers:
        key = f"order:{order.id}:{contact.id}"
        body = ("order", {"order_id": order.id})
        await outbox.enqueue_raw(session, MessageKind.ORDER, key, body, now=now, contact=contact)
    if not readers:
        await _tell_unreachable(session, order, found, now=now)
    return readers


async def _tell_unreachable(
    session: Session, order: SupervisionOrder, found: Sequence[Case], *, now: datetime
) -> None:
    """The office can hand over the paper itself."""
    unit = await session.get_one(Unit, order.unit_id)
    line = Text("orders.nobody_reached", number=order.number, unit=unit.name)
    rows = [
        [ButtonSpec(Text("common.as_is", text=case.number), "case.card", {"case_id": case.id})]
        for case in found[:OFFERED]
    ]
    rows.append([ButtonSpec(Text("orders.paper_button"), "order.paper", {"order_id": order.id})])
    view = View([line], rows)
    await outbox.tell_office(session, f"order:{order.id}:nobody", view, now=now)
