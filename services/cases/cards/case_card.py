"""A case's card (its state, subject, history and buttons) and the albums of its photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, CaseFile, CasePhase, CaseStep, SupervisionOrder, case_merges
from models.db import Session, ident
from models.people import Unit
from reports.formats import moment_text
from rules.cases.case_lifecycle import CaseEvent
from services import audit, office_notices
from services.access import Actor
from services.cases import case_access, case_wording, leader_instructions
from services.cases.cards import case_card_rows
from services.turn import Turn
from services.views import FileSpec, View

HISTORY = 12


async def card(turn: Turn, case_id: int, *, whole_history: bool = False) -> View:
    """The card of the case now, with the buttons that its reader may press."""
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    inside = case_access.sees_inside(turn.actor, case)
    steps = await cases.steps_of(turn.session, case_id)
    lines = [
        Text(
            "cases.card.title",
            lamp=case_wording.lamp_text(case, turn.campaign),
            number=case.number,
            category=case.category,
        ),
        Text("cases.card.state", value=case_wording.state_text(case, turn.now)),
        *await _about(turn, case, inside=inside),
        *await _history(turn, case, steps, inside=inside, whole=whole_history),
    ]
    rows = await case_card_rows.card_rows(turn, case, more=not whole_history and len(steps) > HISTORY)
    return View(lines, rows, case_ids=[case_id])


async def _about(turn: Turn, case: Case, *, inside: bool) -> list[Text]:
    into = None if case.merged_into is None else await cases.case_by_id(turn.session, case.merged_into)
    fields: list[tuple[str, object]] = [("merged_into", into.number)] if into else []
    fields += [("text", case.text), ("place", case_wording.place_text(case))]
    if case_access.sees_reporter(turn.actor, case):
        fields.append(("reporter", await audit.name_of(turn.session, case.reporter_id)))
    elif inside:
        fields.append(("reporter", Text("cases.card.reporter_hidden")))
    if inside:
        unit = None if case.unit_id is None else await turn.session.get(Unit, case.unit_id)
        order = None if case.order_id is None else await turn.session.get(SupervisionOrder, case.order_id)
        signer = (
            None if case.responsible_id is None else await audit.name_of(turn.session, case.responsible_id)
        )
        fields += [
            ("standard", case.standard),
            ("unit", unit.name if unit else None),
            ("order", order.number if order else None),
            ("responsible", signer),
            ("indicator", case.indicator),
            *(
                ("instruction", line)
                for line in await leader_instructions.told(turn.session, turn.actor, case)
            ),
        ]
    if turn.actor.is_office:
        fields += [("seen_to", line) for line in await office_notices.claims_on(turn, ("case", ident(case)))]
    if case.limit_at is not None or case.suspended_until is not None:
        fields.append(("limit", case_wording.limit_text(case, turn.campaign)))
    lines = [Text(f"cases.card.{name}", value=value) for name, value in fields if value]
    return [*lines, *case_wording.map_lines(case, turn.campaign)]


async def _history(
    turn: Turn, case: Case, steps: Sequence[CaseStep], *, inside: bool, whole: bool
) -> list[Text]:
    """Who took each step, when and why. The latest step comes last."""
    shown = steps if whole else steps[-HISTORY:]
    lines = [Text("cases.card.history")]
    for step in shown:
        who = Text("cases.card.somebody")
        # Only this step hides the reporter: if their other steps were nameless, too, others could tell who
        # reported the case.
        told = inside and (step.event is not CaseEvent.REPORT or case_access.sees_reporter(turn.actor, case))
        if told or step.actor_id == turn.actor.id:
            who = await audit.who_acted(turn.session, step.actor_id, step.data)
        values = {
            "at": moment_text(step.at, turn.campaign.zone),
            "event": await case_card_rows.event_text(turn.session, step, turn.campaign),
            "who": who,
        }
        if step.reason and inside:
            lines.append(Text("cases.card.step_why", reason=step.reason, **values))
        else:
            lines.append(Text("cases.card.step", **values))
    return lines


SHOWN: Final = 30
"""Files shown per phase: three albums. Nobody looks through more on a phone."""


async def photo_albums(session: Session, actor: Actor, case_id: int) -> list[View]:
    """A message with the last files of each phase that has any, or one message that there are none.

    Files of a verification, and those of cases that were merged into this one, are shown only to readers who
    see inside the case.
    """
    case = await case_access.visible_case(session, actor, case_id)
    found = await cases.files_of(session, case_id)
    inside = case_access.sees_inside(actor, case)
    shown = [phase for phase in CasePhase if inside or phase is not CasePhase.VERIFICATION]
    views = [_album(case, phase, [file for file in found if file.phase is phase]) for phase in shown]
    if inside:
        views += [_merged_album(case, *one) for one in await case_merges.merged_files(session, case_id)]
    there = [view for view in views if view.files]
    return there or [View([Text("caselist.no_photos", number=case.number)], case_ids=[case_id])]


def _album(case: Case, phase: CasePhase, files: Sequence[CaseFile]) -> View:
    phase_text = Text(f"caselist.phase.{phase.value}")
    title = Text("caselist.photos", number=case.number, phase=phase_text, count=len(files))
    return _files(case, title, files)


def _merged_album(case: Case, merged: Case, files: Sequence[CaseFile]) -> View:
    """The files of a case that was merged into this one, with the number that they come from."""
    title = Text("caselist.photos_merged", number=case.number, merged=merged.number, count=len(files))
    return _files(case, title, files)


def _files(case: Case, title: Text, files: Sequence[CaseFile]) -> View:
    last, lines = files[-SHOWN:], [title]
    if len(files) > len(last):
        lines.append(Text("caselist.photos_more", shown=len(last), earlier=len(files) - len(last)))
    specs = [FileSpec(file.kind.value, file_id=file.file_id, name=file.file_name) for file in last]
    return View(lines, files=specs, case_ids=[case.id] if case.id is not None else [])
