"""催办 by hand, of tasks or of cases: a preview first, then the first press sends, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from locales import Text
from models import ticks
from models.audit_log import Audit
from models.people import Contact
from reports.formats import moment_text
from services import audit
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, TurnOutcome, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reminder(Generic[T]):
    """Everything of which one person is to hear."""

    contact: Contact
    about: list[T] = field(default_factory=list)


def choices(send: ButtonSpec | None, again: ButtonSpec | None, leave: ButtonSpec) -> list[list[ButtonSpec]]:
    """The rows below a preview. ``send`` None: nobody would hear; ``again`` None: nobody heard today."""
    return [[one] for one in (send, again, leave) if one is not None]


async def begin(turn: Turn, name: str) -> None:
    """Reminders of one ``name`` take turns. The caller knows that the actor may send them.

    Of two presses, or of two people who remind the same people, the first one sends.
    """
    await ticks.tick_turn(turn.session, name, turn.now)


async def sent_before(turn: TickTurn, row: Audit | None, key: str, nothing_left: str) -> TurnOutcome:
    """Nothing was sent now: say by ``key`` who sent it before, or that nothing is left to send.

    ``row``: the audit row of that earlier reminder.
    """
    told = Text(nothing_left)
    if row is not None:
        who = await audit.name_of(turn.session, row.actor_id)
        told = Text(key, who=who, at=moment_text(row.at, turn.campaign.zone))
    return TurnOutcome(View([told]), told, done=False)
