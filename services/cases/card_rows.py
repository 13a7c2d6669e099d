"""The buttons of a case's card, by the side on which its reader stands, and what each step reads like."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models.cases import Case, CaseFollower, CaseStep
from models.db import Session
from models.people import Unit
from rules.case_facts import Colour
from rules.case_lifecycle import RUNNING, CaseEvent
from services.access import Actor
from services.campaign import Campaign
from services.cases import access, allowances_rows, desk_rows, release_rows, unit_rows, wording
from services.views import ButtonSpec


def button(key: str, action: str, actor: Actor, case: Case, **arguments: object) -> ButtonSpec:
    """A button about a case. Its ``seen`` guards it: pressed on an old card, it changes nothing."""
    return ButtonSpec(Text(key), action, {"case_id": case.id, "seen": case.steps, **arguments}, actor.id)


async def card_rows(
    session: Session, actor: Actor, case: Case, *, now: datetime, more: bool
) -> list[list[ButtonSpec]]:
    """The unit's, the office's and the checker's rows, then what every reader may press."""
    found = [
        *unit_rows.unit_rows(actor, case, now=now),
        *desk_rows.decision_rows(actor, case, now=now),
        *allowances_rows.checker_rows(actor, case, now=now),
        *release_rows.release_rows(actor, case, now=now),
    ]
    last = [button("cases.photos_button", "case.photos", actor, case)]
    if more:
        last.append(button("cases.history_button", "case.history", actor, case))
    follower = await session.get(CaseFollower, (case.id, actor.id))
    if follower is not None:
        key = "cases.unmute_button" if follower.muted else "cases.mute_button"
        last.append(button(key, "case.unmute" if follower.muted else "case.mute", actor, case))
    return [*found, *_nag_rows(actor, case), last]


def _nag_rows(actor: Actor, case: Case) -> list[list[ButtonSpec]]:
    """What was said about it; and later, please, for whoever is nagged himself."""
    if not access.sees_inside(actor, case) or case.dispatched_at is None:
        return []
    subject = {"case_id": case.id}
    row = [ButtonSpec(Text("nags.record.button"), "case.nags", subject, actor.id)]
    if case.state in RUNNING and case.colour is not Colour.NONE and case.responsible_id in actor.duties:
        row.append(ButtonSpec(Text("nags.snooze_button"), "snooze.choose", subject, actor.id))
    return [row]


async def event_text(session: Session, step: CaseStep, campaign: Campaign) -> Text:
    """The step's name, with the unit, the colour or the limit that it is about."""
    event = Text(f"cases.event.{step.event.value}")
    if step.unit_id is not None and step.event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN}:
        unit = await session.get(Unit, step.unit_id)
        return Text("cases.event_to", event=event, to=unit.name if unit else "")
    if step.colour is not None:
        return Text("cases.event_to", event=event, to=wording.colour_text(step.colour, campaign))
    return event
