"""The ledger is ordered by a button, made by the worker, and sent to the person who asked."""

from __future__ import annotations

from typing import Final

from locales import Text, plain
from models.importing import JobKind
from services import paper_orders
from services.access import require_office
from services.errors import DomainError
from services.paper_orders import MadeWorkbook
from services.turn import TickTurn, Turn
from services.views import View

LARGEST: Final = 49 * 1024 * 1024
"""A bot can send files of at most 50 MB."""


async def order(turn: Turn, *, by_itself: bool = False) -> None:
    """Order the ledger. A second order meanwhile makes no second ledger.

    ``by_itself``: the program orders it for them.

    ``DomainError``: the actor is not of the office, or their ledger is on its way already.
    """
    require_office(turn.actor)
    locale = turn.actor.contact.locale or turn.campaign.locale
    title = plain(Text("ledger.file", day=turn.today.isoformat()), locale)
    await paper_orders.order(turn, JobKind.LEDGER, title, on_its_way="ledger.on_its_way", by_itself=by_itself)


async def deliver(turn: TickTurn, made: MadeWorkbook) -> View:
    """Store the workbook; the message that brings it to its reader.

    ``DomainError``: it is too large to be sent.
    """
    if made.path.stat().st_size > LARGEST:  # the worker has nothing else to do
        raise DomainError("ledger.too_large", file=made.name)
    return View([Text("ledger.made", count=made.rows)], files=[await paper_orders.stored(turn, made)])
