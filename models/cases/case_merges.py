"""Which cases were merged into a case, also by way of others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from models.cases import Case, CaseFile, CaseStep, cases_by_id, files_of
from models.db import Session, ident
from rules.cases.case_lifecycle import CaseEvent


async def merged_into(session: Session, case_id: int) -> list[Case]:
    """The cases that ended in this one, in the order of their numbers. Its own steps name them."""
    found: set[int] = set()
    asked = {case_id}
    while asked:
        query = select(CaseStep).where(col(CaseStep.case_id).in_(asked), CaseStep.event == CaseEvent.ABSORB)
        named = {int(step.data["case"]) for step in await session.exec(query) if step.data}
        asked = named - found
        found |= named
    return sorted((await cases_by_id(session, sorted(found))).values(), key=lambda case: case.number)


async def merged_files(session: Session, case_id: int) -> list[tuple[Case, Sequence[CaseFile]]]:
    """The merged cases that have files, each with its own."""
    merged = await merged_into(session, case_id)
    with_files = [(case, await files_of(session, ident(case))) for case in merged]
    return [(case, files) for case, files in with_files if files]
