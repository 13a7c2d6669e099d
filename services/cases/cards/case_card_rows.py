"""The rows of buttons on a case's card, for the unit, the office and the checker; the text of a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from locales import Text
from models.cases import Case, CaseFollower, CaseStep
from models.db import Session
from models.people import Unit
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import RUNNING, CaseEvent
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access, case_steps, case_wording, leader_instructions
from services.cases.case_buttons import step_button
from services.turn import Turn
from services.views import ButtonSpec, button


async def card_rows(turn: Turn, case: Case, *, more: bool) -> list[list[ButtonSpec]]:
    """All rows: those of the unit, the office and the checker, then the buttons for every reader."""
    found = [
        *unit_rows(turn.actor, case, now=turn.now),
        *decision_rows(turn.actor, case, now=turn.now),
        *checker_rows(turn.actor, case, now=turn.now),
        *release_rows(turn.actor, case, now=turn.now),
    ]
    last = [step_button("cases.photos_button", "case.photos", turn.actor.id, case)]
    if more:
        last.append(step_button("cases.history_button", "case.history", turn.actor.id, case))
    follower = await turn.session.get(CaseFollower, (case.id, turn.actor.id))
    if follower is not None:
        key = "cases.unmute_button" if follower.muted else "cases.mute_button"
        last.append(step_button(key, "case.unmute" if follower.muted else "case.mute", turn.actor.id, case))
    return [*found, *_nag_rows(turn.actor, case), last]


def _nag_rows(actor: Actor, case: Case) -> list[list[ButtonSpec]]:
    """The record of nags about the case, and 稍后提醒 for a reader who gets these nags."""
    if not case_access.sees_inside(actor, case) or case.dispatched_at is None:
        return []
    row = [button("nags.record.button", "nags.records", actor.id, subject="case", subject_id=case.id)]
    if case.state in RUNNING and case.colour is not Colour.NONE and case.responsible_id in actor.duties:
        row.append(
            button("nags.snooze_button", "snooze.choose", actor.id, subject="case", subject_id=case.id)
        )
    return [row]


async def event_text(session: Session, step: CaseStep, campaign: Campaign) -> Text:
    """The step's name, with the unit, the colour or the limit that it is about."""
    event = Text(f"cases.event.{step.event.value}")
    if step.unit_id is not None and step.event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN}:
        unit = await session.get(Unit, step.unit_id)
        return Text("cases.event_to", event=event, to=unit.name if unit else "")
    if step.colour is not None:
        return Text("cases.event_to", event=event, to=case_wording.colour_text(step.colour, campaign))
    return event


_FIRST: Final = (CaseEvent.ACKNOWLEDGE, CaseEvent.HANDLE)
_LABELS: Final = {
    CaseEvent.ACKNOWLEDGE: "orders.sign_button",
    CaseEvent.HANDLE: "orders.handle_button",
    CaseEvent.FEEDBACK: "orders.feedback_button",
    CaseEvent.SEND_BACK: "orders.send_back_button",
    CaseEvent.ASK_EXTENSION: "orders.ask_extension_button",
    CaseEvent.APPEAL: "orders.appeal_button",
}


def unit_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """The unit's rows: the next step alone, then the other possible steps, then the order.

    Only readers who see inside the case get the button of the order.
    """
    possible = [event for event in _LABELS if case_steps.can(actor, case, event, now=now)]
    first = [event for event in possible if event in _FIRST][:1]
    others = [event for event in possible if event not in _FIRST]
    result = [
        [step_button(_LABELS[event], f"order.{event.value}", actor.id, case) for event in row]
        for row in (first, others)
        if row
    ]
    if case.order_id is not None and case_access.sees_inside(actor, case):
        result.append([button("orders.paper_button", "order.paper", actor.id, order_id=case.order_id)])
    return result


# Row by row, the most usual first: the step that must be possible, the button's label, its action.
_ROWS: Final = (
    (
        (CaseEvent.REGISTER, "desk.quick_button", "desk.dispatch"),
        (CaseEvent.DISPATCH, "desk.dispatch_button", "desk.dispatch"),
    ),
    (
        (CaseEvent.REGISTER, "desk.register_button", "desk.register"),
        (CaseEvent.REJECT, "desk.reject_button", "desk.reject"),
        (CaseEvent.MERGE, "desk.merge_button", "desk.merge"),
    ),
    (
        (CaseEvent.ASK_VERIFICATION, "desk.ask_verification_button", "desk.ask_verification"),
        (CaseEvent.VERIFY, "desk.verdict_button", "desk.ask_verdict"),
    ),
    ((CaseEvent.REASSIGN, "desk.reassign_button", "desk.reassign"),),
)


def decision_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """The office's rows: registration, dispatch, verification. Other verifiers get the verdict's rows."""
    if not actor.is_office:
        return verdict_rows(actor.id, case) if case_steps.can(actor, case, CaseEvent.VERIFY, now=now) else []
    found = [
        [
            step_button(label, action, actor.id, case)
            for event, label, action in row
            if case_steps.can(actor, case, event, now=now)
        ]
        for row in _ROWS
    ]
    if case.state in RUNNING:
        found[-1].append(button("desk.remind_button", "desk.remind", actor.id, cases=[case.id]))
    return [row for row in found if row]


def verdict_rows(reader_id: int | None, case: Case) -> list[list[ButtonSpec]]:
    """The verdict's rows: 属实, 不属实, or photos and words first."""
    return [
        [
            step_button("desk.true_button", "desk.verify", reader_id, case, found=True),
            step_button("desk.false_button", "desk.verify", reader_id, case, found=False),
        ],
        [step_button("desk.verify_photos_button", "desk.verify_photos", reader_id, case)],
    ]


# By the step that must be possible: label and action. What waits for an answer has a row of its own.
_ALONE: Final = {
    CaseEvent.CLOSE: ("checking.check_button", "case.check"),
    CaseEvent.EXTEND: ("checking.extension_button", "case.extension"),
    CaseEvent.GRANT_APPEAL: ("checking.hearing_button", "case.hearing"),
}
# The same, and what else the action is told.
_TOGETHER: Final[Mapping[CaseEvent, tuple[str, str, Mapping[str, str]]]] = {
    CaseEvent.SUSPEND: ("checking.suspend_button", "case.suspend", {}),
    CaseEvent.RESUME: ("checking.resume_button", "case.ask_ruling", {"event": CaseEvent.RESUME.value}),
    CaseEvent.REOPEN: ("checking.reopen_button", "case.ask_ruling", {"event": CaseEvent.REOPEN.value}),
}


def checker_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """The checker's rows: 核查, 延期, 超时申诉, then 挂账 and the like; 批示 for leaders."""
    found = [
        [step_button(label, action, actor.id, case)]
        for event, (label, action) in _ALONE.items()
        if case_steps.can(actor, case, event, now=now)
    ]
    last = [
        step_button(label, action, actor.id, case, **said)
        for event, (label, action, said) in _TOGETHER.items()
        if case_steps.can(actor, case, event, now=now)
    ]
    if leader_instructions.may_instruct(actor, case):
        last.append(step_button("checking.instruct_button", "case.instruct", actor.id, case))
    return [*found, last] if last else found


def release_rows(actor: Actor, case: Case, *, now: datetime) -> list[list[ButtonSpec]]:
    """The row that releases a case's colour, if the actor may do that now."""
    if not case_steps.can(actor, case, CaseEvent.RELEASE, now=now):
        return []
    return [[step_button("colours.release_button", "case.release", actor.id, case)]]
