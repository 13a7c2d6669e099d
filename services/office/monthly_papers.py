"""What the month that is over brings: 汇报 for the office and leaders, the ledger for the office."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from models import people, ticks
from models.db import ident
from models.people import Contact
from models.progress import report_lookup
from rules.people.office_subjects import OfficeSubject
from rules.period_days import LATEST, told_on
from rules.periods import FigurePeriod
from rules.slots import local_slot, slot_key
from services.access import actor_of
from services.errors import DomainError
from services.office.ledger import ledger_orders
from services.recipients import OfficeShare, office_hearers
from services.turn import TickTurn, Turn, turn_of
from services.work_reports import report_orders

_TICK: Final = "papers"


async def papers_tick(turn: TickTurn) -> None:
    """Order the papers of the month that is over, once, at the hour of the brief.

    A month before the first report brings none.
    """
    campaign = turn.campaign
    day = told_on(FigurePeriod.LAST_MONTH, turn.today, campaign.calendar)
    if day is None or turn.today - day > LATEST:
        return
    begins = local_slot(day, campaign.slots.brief, campaign.zone)
    if turn.now < begins or not campaign.quiet.allows(turn.now, campaign.zone, campaign.calendar):
        return
    mark = await ticks.tick_turn(turn.session, _TICK, turn.now)
    slot = slot_key(turn.today.replace(day=1), _TICK)
    if mark.slot_key == slot:
        return
    mark.slot_key = slot
    turn.session.add(mark)
    first = await report_lookup.first_counted(turn.session)
    if first is None or first >= campaign.midnight(turn.today.replace(day=1)):
        return
    share = OfficeShare(OfficeSubject.PAPERS, turn.today)
    office = await office_hearers(turn.session, share)
    leaders = await people.enrolled_leaders(turn.session)
    readers = {ident(contact): contact for contact in [*office, *leaders]}
    for contact in readers.values():
        await _order(turn, contact, _report)
    for contact in office:
        await _order(turn, contact, _ledger)


async def _report(turn: Turn) -> None:
    await report_orders.order(turn, FigurePeriod.LAST_MONTH, by_itself=True)


async def _ledger(turn: Turn) -> None:
    await ledger_orders.order(turn, by_itself=True)


async def _order(turn: TickTurn, contact: Contact, order: Callable[[Turn], Awaitable[None]]) -> None:
    """Order a paper for a person. Who has ordered the very same that is still being made gets no second."""
    actor = await actor_of(turn.session, contact, today=turn.today)
    try:
        await order(turn_of(turn, actor))
    except DomainError:
        return
