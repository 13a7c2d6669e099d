"""A promised message when it is sent: what was finished, signed for or given to others is left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from models.delivery.messages import Outbox
from models.people import Contact
from rules.delivery.delivery import MessageKind
from services.nags.messages import nag_message
from services.nags.nag_keeper import is_paused
from services.nags.subject import DutyLine, ItemKey, NagReader, SomeStanding, SomeSubject
from services.nags.subjects import SUBJECTS
from services.nags.tasks.task_done import asked_of
from services.turn import TickTurn
from services.views import View

Left = tuple[SomeSubject, Sequence[DutyLine], SomeStanding]
"""What is left of a message on one subject."""


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The view of an outbox row; None if nothing of it is still open and the reader's."""
    return await page(turn, row, 0)


async def page(turn: TickTurn, row: Outbox, offset: int, *, unfolded: bool = False) -> View | None:
    """The page from ``offset`` on. ``unfolded``: also what is no news."""
    contact = await turn.session.get(Contact, row.contact_id)
    if contact is None:
        return None
    found = await left(turn, row, contact)
    if not found:
        return None
    pages = [await standing.page(lines, contact) for _, lines, standing in found]
    same = () if unfolded else {(word, number, place) for word, number, place in row.content.get("same", ())}
    reading = reading_of(turn, row, contact, offset, same)
    return nag_message.build(pages, reading)


def reading_of(
    turn: TickTurn, row: Outbox, reader: Contact, offset: int, same: Collection[ItemKey] = ()
) -> NagReader:
    """Who reads the message, which page, and when."""
    return NagReader(
        reader.id,
        date.fromisoformat(row.content["day"]),
        turn.now,
        turn.campaign,
        asked_of(row),
        row.id,
        offset,
        [(word, about) for word, about in row.content.get("may_repeat", ())],
        same,
        row.kind is MessageKind.HINT,
        row.content.get("asked_by"),
    )


async def left(turn: TickTurn, row: Outbox, reader: Contact, *, any_day: bool = False) -> list[Left]:
    """What of a message its reader must still hear, by subject; what has nothing left is left out.

    On a later day only that is still told which has no next slot. ``any_day``: all that is still owed.
    """
    over = not any_day and turn.campaign.today(row.created_at) != turn.today
    found: list[Left] = []
    for subject in SUBJECTS.values():
        items = row.content.get(subject.content, ())
        told = [item for item in items if subject.is_told_late(item)] if over else items
        if told:
            lines, standing = await subject.left(turn, row, told, reader)
            if "role" not in row.content:  # what the office owes itself goes on while the nags are paused
                lines = [one for one in lines if not is_paused(standing, one.subject_id, turn.now)]
            found += [(subject, lines, standing)] if lines else []
    return found
