"""The ledger is ordered by a button, made by the worker, and sent to the person who asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from locales import Text, plain
from models import importing
from models.importing import JobKind
from services import paper_orders
from services.access import require_office
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import FileSpec, View

LARGEST: Final = 49 * 1024 * 1024
"""A bot can send files of at most 50 MB."""
_PIECE: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A finished workbook, which lies at ``path``. ``rows``: how many lines all its sheets have."""

    name: str
    path: Path
    rows: int


async def order(turn: Turn, *, by_itself: bool = False) -> None:
    """Order the ledger. A second order meanwhile makes no second ledger.

    ``by_itself``: the program orders it for them.

    ``DomainError``: the actor is not of the office, or their ledger is on its way already.
    """
    require_office(turn.actor)
    locale = turn.actor.contact.locale or turn.campaign.locale
    title = plain(Text("ledger.file", day=turn.today.isoformat()), locale)
    await paper_orders.order(turn, JobKind.LEDGER, title, on_its_way="ledger.on_its_way", by_itself=by_itself)


async def deliver(turn: TickTurn, made: LedgerFile) -> View:
    """Store the workbook piece by piece, and return the message that brings it to its reader.

    ``DomainError``: it is too large to be sent.
    """
    if made.path.stat().st_size > LARGEST:  # the worker has nothing else to do
        raise DomainError("ledger.too_large", file=made.name)
    stored_id = await importing.store_pieces(turn.session, made.name, _pieces(made.path), turn.now)
    file = FileSpec("document", stored_id=stored_id, name=made.name)
    return View([Text("ledger.made", count=made.rows)], files=[file])


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
