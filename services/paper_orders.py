"""A paper that the worker makes for one person: it is ordered once, and comes as a message of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models import importing
from models.importing import Job, JobKind, JobState
from models.people import Contact
from services import access, audit
from services.access import Actor
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import FileSpec

_PIECE: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class MadeWorkbook:
    """A finished workbook, which lies at ``path``. ``rows``: how many lines all its sheets have."""

    name: str
    path: Path
    rows: int


async def order(
    turn: Turn,
    kind: JobKind,
    title: str,
    *,
    on_its_way: str,
    answers: Mapping[str, str] | None = None,
    by_itself: bool = False,
) -> None:
    """Order a paper. ``answers``: what it is to be about. ``by_itself``: the program orders it for the actor.

    ``DomainError`` with the text ``on_its_way``: the actor's last one of that kind is still being made.
    """
    made = await importing.open_exports(turn.session, kind, turn.actor.id)
    about = dict(answers or {})
    # What the program orders may come beside another that they have ordered themselves.
    if any(not by_itself or job.answers == about for job in made):
        raise DomainError(on_its_way)
    job = Job(
        kind=kind,
        state=JobState.CONFIRMED,
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        telegram_file_id="",
        file_name=title,
        answers=about,
        confirmed_by=None if by_itself else turn.actor.id,
        confirmed_at=turn.now,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(job)
    await turn.session.flush()
    audit.record(
        turn.session,
        "export",
        ("job", job.id),
        now=turn.now,
        actor_id=None if by_itself else turn.actor.id,
        after={"state": job.state.value, "file": title},
    )


async def reader_of(turn: TickTurn, job: Job) -> Actor:
    """The person who gets a paper, with the rights that they have now."""
    contact = await turn.session.get_one(Contact, job.contact_id, populate_existing=True)
    return await access.actor_of(turn.session, contact, today=turn.today)


async def stored(turn: TickTurn, made: MadeWorkbook) -> FileSpec:
    """Store a workbook piece by piece; the file as a message sends it."""
    stored_id = await importing.store_pieces(turn.session, made.name, _pieces(made.path), turn.now)
    return FileSpec("document", stored_id=stored_id, name=made.name)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
