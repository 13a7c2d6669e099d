"""Parts of an album that come when the others are already filed: they join what was filed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import SQLModel

from services import audit
from services.drafts.draft_parts import EVIDENCE_LIMIT, Addition
from services.turn import Turn
from services.views import View

# Telegram may delay parts of an album while a phone has no network.
WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class FiledPaper:
    """What was filed from the other parts of an album, locked.

    ``files``: how many it has. ``subject``, ``event`` and ``counted``: the audit's words for the paper, for
    the change, and for the number of files. ``joined``: the answer to a part that joins it.
    """

    files: int
    subject: tuple[str, int | None]
    event: str
    counted: str
    joined: View


def late_album(addition: Addition) -> str | None:
    """The album whose filed paper a message may join.

    None: it is no part of an album, or it brings words, and so a paper of its own.
    """
    return addition.album if addition.files and not addition.text else None


async def join(turn: Turn, addition: Addition, paper: FiledPaper, rows: Iterable[SQLModel]) -> View | None:
    """Add a late part to the paper; ``rows``: the part as the paper keeps it. None: there is no room left."""
    count = paper.files + len(addition.files)
    if count > EVIDENCE_LIMIT:
        return None
    turn.session.add_all(rows)
    audit.note(
        turn, paper.event, paper.subject, before={paper.counted: paper.files}, after={paper.counted: count}
    )
    await turn.session.flush()
    return paper.joined
