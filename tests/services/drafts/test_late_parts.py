"""Late parts of an album: which messages may be one, and how many files the filed paper takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Session
from models.numbers import Counter
from services.drafts import late_parts
from services.drafts.draft_parts import EVIDENCE_LIMIT, Addition, EvidenceFile
from services.drafts.late_parts import FiledPaper
from services.views import say
from tests.services.conftest import World
from tests.support.turns import turn_for

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PHOTO = EvidenceFile("photo", "file-a", "unique-a")
JOINED = say("progress.joined_late", number="1124-001")


@pytest.mark.parametrize(
    ("addition", "album"),
    [
        (Addition(files=[PHOTO], album="x"), "x"),
        (Addition("新情况", [PHOTO], album="x"), None),
        (Addition(files=[PHOTO]), None),
        (Addition(album="x"), None),
    ],
    ids=["a photo", "words", "no album", "no file"],
)
def test_what_may_be_a_late_part(addition: Addition, album: str | None) -> None:
    assert late_parts.late_album(addition) == album


@pytest.mark.parametrize("kept", [EVIDENCE_LIMIT - 2, EVIDENCE_LIMIT - 1])
async def test_all_files_of_a_part_join_or_none(session: Session, world: World, kept: int) -> None:
    paper = FiledPaper(kept, ("report", 7), "evidence", "files", JOINED)
    addition = Addition(files=[PHOTO, PHOTO], album="x")
    row = Counter(name="late", value=1)
    answer = await late_parts.join(turn_for(session, world.responsible, NOW), addition, paper, [row])
    fits = kept + 2 <= EVIDENCE_LIMIT
    assert (answer is JOINED) is fits
    assert (await session.get(Counter, "late") is not None) is fits
    assert await _noted(session) == ([({"files": kept}, {"files": kept + 2})] if fits else [])


async def _noted(session: Session) -> Sequence[object]:
    rows = await session.exec(select(Audit).where(Audit.event == "evidence", Audit.subject_id == 7))
    return [(row.before, row.after) for row in rows]
