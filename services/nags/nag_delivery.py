"""A promised message when it is sent: what was finished, signed for or given to others is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.delivery.messages import Outbox
from models.people import Contact
from services.errors import DomainError
from services.nags import nag_message
from services.nags.nag_keeper import is_paused
from services.nags.subject import DutyLine, NagReader, SomeStanding, SomeSubject
from services.nags.subjects import SUBJECTS
from services.nags.tasks.task_subject import asked_of
from services.turn import TickTurn, Turn
from services.views import View

Left = tuple[SomeSubject, Sequence[DutyLine], SomeStanding]
"""What is left of a message on one subject."""


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The view of an outbox row; None if nothing of it is still open and the reader's."""
    return await page(turn, row, 0)


async def page(turn: TickTurn, row: Outbox, offset: int) -> View | None:
    """The page from ``offset`` on."""
    contact = await turn.session.get(Contact, row.contact_id)
    if contact is None:
        return None
    found = await left(turn, row, contact)
    if not found:
        return None
    day = date.fromisoformat(row.content["day"])
    pages = [await standing.page(lines, contact) for _, lines, standing in found]
    again = [(word, about) for word, about in row.content.get("may_repeat", ())]
    reading = NagReader(contact.id, day, turn.now, turn.campaign, asked_of(row), row.id, offset, again)
    return nag_message.build(pages, reading)


async def left(turn: TickTurn, row: Outbox, reader: Contact) -> list[Left]:
    """What of a message its reader must still hear, by subject; what has nothing left is left out."""
    found: list[Left] = []
    for subject in SUBJECTS.values():
        if row.content.get(subject.content):
            lines, standing = await subject.left(turn, row, reader)
            if "role" not in row.content:  # what the office owes itself goes on while the nags are paused
                lines = [one for one in lines if not is_paused(standing, one.subject_id, turn.now)]
            found += [(subject, lines, standing)] if lines else []
    return found


async def turn_page(turn: Turn, outbox_id: int, *, offset: int) -> View:
    """Another page of the presser's message; ``DomainError`` if nothing of it is left."""
    row = await turn.session.get(Outbox, outbox_id)
    mine = row is not None and row.contact_id == turn.actor.id
    view = await page(turn, row, offset) if row is not None and mine else None
    if view is None:
        raise DomainError("nags.nothing_left")
    return view
