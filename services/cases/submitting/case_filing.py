"""上报: make a case with a number from a submitted problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from locales import Text
from models import numbers
from models.cases import Case, CaseFile, CaseFollower, CasePhase, CaseStep
from models.cases.categories import Category, InspectionPoint
from models.db import Session, ident
from models.progress import EvidenceKind
from rules.cases.case_facts import CaseFacts, HistoryStep, facts_after
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services import audit, office_notices
from services.access import Actor
from services.cases import case_wording
from services.cases.case_buttons import open_button, step_button
from services.drafts.draft_parts import EvidenceFile, Location
from services.turn import TickTurn, Turn
from services.views import View


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case is made from. ``place``: the place in words."""

    category: Category
    text: str = ""
    files: Sequence[EvidenceFile] = ()
    location: Location | None = None
    place: str | None = None
    point: InspectionPoint | None = None
    place_unit_id: int | None = None
    hidden: bool = False


async def report(turn: Turn, filing: NewCase) -> Case:
    """Make the case, with its first step and its files, and tell the office.

    The reporter is the first follower.
    """
    case = _case(turn.actor, filing, turn.now)
    case.number = await _next_number(turn)
    facts = facts_after(CaseFacts(), HistoryStep(CaseEvent.REPORT, turn.now))
    for name in CaseFacts.__dataclass_fields__:
        setattr(case, name, getattr(facts, name))
    turn.session.add(case)
    await turn.session.flush()
    turn.session.add(
        CaseStep(case_id=ident(case), number=1, event=CaseEvent.REPORT, at=turn.now, actor_id=turn.actor.id)
    )
    turn.session.add(CaseFollower(case_id=ident(case), contact_id=turn.actor.id))
    keep_files(turn.session, case, filing.files, CasePhase.BEFORE)
    audit.note(
        turn,
        "case_report",
        ("case", case.id),
        after={"state": case.state.value, "number": case.number, "category": case.category},
    )
    await turn.session.flush()
    await _tell_office(turn, case)
    return case


def _case(actor: Actor, filing: NewCase, now: datetime) -> Case:
    """The row of a new case. It copies the category's words: a later change is for new cases only."""
    category, point, location = filing.category, filing.point, filing.location
    latitude, longitude, venue = location or (None, None, None)
    if point is not None and location is None:
        latitude, longitude = point.latitude, point.longitude
    return Case(
        number="",
        category_id=ident(category),
        category=case_wording.name_of(category),
        standard=category.standard,
        indicator=category.indicator,
        limit_amount=category.limit_amount,
        limit_unit=category.limit_unit,
        text=filing.text,
        latitude=latitude,
        longitude=longitude,
        place=filing.place or venue or (point.name if point else None),
        point_id=point.id if point else None,
        place_unit_id=filing.place_unit_id,
        reporter_id=actor.id,
        hidden=filing.hidden,
        reported_at=now,
        state=CaseState.REPORTED,
    )


async def _next_number(turn: TickTurn) -> str:
    """The next number of the local day, such as 20261124-0012."""
    number = await numbers.next_number(turn.session, numbers.cases_of(turn.today))
    return f"{turn.today:%Y%m%d}-{number:04d}"


def keep_files(session: Session, case: Case, files: Sequence[EvidenceFile], phase: CasePhase) -> None:
    """Store files with the case's last step."""
    session.add_all(file_rows(ident(case), case.steps, files, phase))


def file_rows(
    case_id: int, step: int, files: Sequence[EvidenceFile], phase: CasePhase, message_id: int | None = None
) -> list[CaseFile]:
    """The rows of files that belong to a step; ``message_id``: the message in which they came, if known."""
    return [
        CaseFile(
            case_id=case_id,
            step=step,
            phase=phase,
            kind=EvidenceKind(file.kind),
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            file_name=file.file_name,
            message_id=message_id,
        )
        for file in files
    ]


async def _tell_office(turn: Turn, case: Case) -> None:
    lines = [
        Text("cases.new", number=case.number, category=case.category),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("cases.card.reporter", value=await audit.name_of(turn.session, turn.actor.id)),
    ]
    if case.text:
        lines.insert(1, Text("cases.card.text", value=case.text))
    row = [step_button("desk.quick_button", "desk.dispatch", None, case), open_button(case)]
    view = View(lines, [row], case_ids=[ident(case)])
    key = f"case:{case.id}:new"
    await office_notices.tell(turn.session, key, view, now=turn.now, **case_wording.noticed(case, turn.today))
