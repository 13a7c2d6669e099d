"""A case's files, as albums: before it was mended, at the verification, and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, CaseFile, CasePhase
from models.db import Session
from services.access import Actor
from services.cases import access
from services.views import FileSpec, View

SHOWN: Final = 30
"""Three albums a phase: more than that nobody looks through on a phone."""


async def photo_albums(session: Session, actor: Actor, case_id: int) -> list[View]:
    """A message for each phase that has files, the last of them; one that says so if there are none. What
    was found at a verification is for who sees the case from inside."""
    case = await access.visible_case(session, actor, case_id)
    found = await cases.files_of(session, case_id)
    inside = access.sees_inside(actor, case)
    shown = [phase for phase in CasePhase if inside or phase is not CasePhase.VERIFICATION]
    views = [_album(case, phase, [file for file in found if file.phase is phase]) for phase in shown]
    there = [view for view in views if view.files]
    return there or [View([Text("caselist.no_photos", number=case.number)], case_ids=[case_id])]


def _album(case: Case, phase: CasePhase, files: Sequence[CaseFile]) -> View:
    last = files[-SHOWN:]
    lines = [
        Text(
            "caselist.photos",
            number=case.number,
            phase=Text(f"caselist.phase.{phase.value}"),
            count=len(files),
        )
    ]
    if len(files) > len(last):
        lines.append(Text("caselist.photos_more", shown=len(last), earlier=len(files) - len(last)))
    specs = [FileSpec(file.kind.value, file_id=file.file_id, name=file.file_name) for file in last]
    return View(lines, files=specs, case_ids=[case.id] if case.id is not None else [])
