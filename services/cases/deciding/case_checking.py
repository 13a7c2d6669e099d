"""核查: a checker compares before and after, side by side. Nobody of the unit itself may check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, CaseFile, CasePhase, CaseStep
from models.db import Session
from models.progress import EvidenceKind
from reports.formats import moment_text
from rules.cases.case_lifecycle import CaseEvent
from services import audit
from services.campaign import Campaign
from services.cases import case_steps, case_wording
from services.cases.deciding import case_rulings
from services.cases.deciding.case_rulings import RulingMatter
from services.turn import Turn
from services.views import FileSpec, View

ALBUM: Final = 10
"""How many pictures Telegram shows side by side."""


async def show_check(turn: Turn, case_id: int, seen: int) -> View:
    """What was there, what is there now, and the standard, with buttons to pass it or send it back.

    ``DomainError``: the actor may not check the case, or there is nothing to check.
    """
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.CLOSE, seen, now=turn.now
    )
    fed_back = last_step(await cases.steps_of(turn.session, case_id), CaseEvent.FEEDBACK)
    before, after = _before_and_after(await cases.files_of(turn.session, case_id), fed_back)
    lines = [
        case_rulings.title(case, Text("checking.check")),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("cases.card.standard", value=case.standard),
        *await _feedback_lines(turn.session, case, fed_back, turn.campaign),
        *_photo_lines(before, after),
    ]
    close, rework = (
        RulingMatter(case_id, CaseEvent.CLOSE, seen),
        RulingMatter(case_id, CaseEvent.REWORK, seen),
    )
    rows = [
        [case_rulings.ruling_button("checking.close_button", "case.rule", turn.actor, close)],
        [case_rulings.ruling_button("checking.rework_button", "case.ask_ruling", turn.actor, rework)],
        case_rulings.back_row(turn.actor, case),
    ]
    return View(lines, rows, files=side_by_side(before, after), case_ids=[case_id])


def last_step(steps: Sequence[CaseStep], event: CaseEvent) -> CaseStep | None:
    return next((step for step in reversed(steps) if step.event is event), None)


def _before_and_after(
    files: Sequence[CaseFile], fed_back: CaseStep | None
) -> tuple[list[CaseFile], list[CaseFile]]:
    """The files from before the problem was mended, and those of the last feedback.

    Files of an earlier feedback are left out: it was not good enough.
    """
    since = 0 if fed_back is None else fed_back.number
    before = [file for file in files if file.phase is not CasePhase.AFTER]
    after = [file for file in files if file.phase is CasePhase.AFTER and file.step >= since]
    return before, after


async def _feedback_lines(
    session: Session, case: Case, fed_back: CaseStep | None, campaign: Campaign
) -> list[Text]:
    if fed_back is None:
        return []
    who = await audit.who_acted(session, fed_back.actor_id, fed_back.data)
    key = "checking.fed_back_late" if case.facts.late else "checking.fed_back"
    lines = [Text(key, who=who, at=moment_text(fed_back.at, campaign.zone))]
    # The history may cut the words short; the step's data keeps all of them.
    words = (fed_back.data or {}).get("text") or fed_back.reason
    if words:
        lines.append(Text("checking.said", words=words))
    if case.reworks:
        lines.append(Text("checking.reworks", count=case.reworks))
    return lines


def _photo_lines(before: Sequence[CaseFile], after: Sequence[CaseFile]) -> list[Text]:
    lines = [Text("checking.photos", before=len(before), after=len(after))]
    if not after:
        lines.append(Text("checking.no_after"))
    return lines


def side_by_side(before: Sequence[CaseFile], after: Sequence[CaseFile]) -> list[FileSpec]:
    """At most one album of pictures, half of it for each side, then the documents.

    A side with fewer pictures leaves room for the other. No album shows documents among pictures.
    """
    shown = [[file for file in files if file.kind is not EvidenceKind.DOCUMENT] for files in (before, after)]
    room = max(ALBUM // 2, ALBUM - len(shown[0]))
    later = _spread(shown[1], room)
    earlier = _spread(shown[0], ALBUM - len(later))
    papers = [file for file in (*before, *after) if file.kind is EvidenceKind.DOCUMENT]
    return [_spec(file) for file in (*earlier, *later, *papers[-ALBUM:])]


def _spread(files: Sequence[CaseFile], room: int) -> list[CaseFile]:
    """At most ``room`` of the files, evenly spread over all of them."""
    count = min(len(files), room)
    return [files[at * len(files) // count] for at in range(count)]


def _spec(file: CaseFile) -> FileSpec:
    caption = Text(f"checking.phase.{file.phase.value}")
    return FileSpec(file.kind.value, file_id=file.file_id, name=file.file_name, caption=caption)
