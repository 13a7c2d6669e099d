"""Rulings of a checker or the office on a unit's case: ask for the reason, decide once, tell the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from locales import Text
from models.cases import Case
from rules.cases.case_lifecycle import CaseEvent
from services import questions
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access, case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_buttons import step_button
from services.cases.case_steps import StepDetails
from services.cases.deciding import suspension, unit_notices
from services.cases.deciding.unit_notices import CaseHolder
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, arguments_of, button

RulingReason = Literal[
    "unmended",
    "half_mended",
    "below_standard",
    "unclear_photos",
    "other_place",
    "time_enough",
    "no_ground",
    "beyond_control",
    "wrongly_dispatched",
    "mended_in_time",
    "no_proof",
    "weather",
    "building_works",
    "ownership",
    "funding",
    "relapsed",
    "found_unmended",
]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a ruling is given.

    ``reasons``: those with a button; any other reason is written. ``needed``: no ruling without a reason.
    """

    reasons: Sequence[RulingReason] = ()
    needed: bool = True


RULINGS: Final[Mapping[CaseEvent, Ruling]] = {
    CaseEvent.CLOSE: Ruling(needed=False),
    CaseEvent.REWORK: Ruling(("unmended", "half_mended", "below_standard", "unclear_photos", "other_place")),
    CaseEvent.EXTEND: Ruling(needed=False),
    CaseEvent.REFUSE_EXTENSION: Ruling(("time_enough", "no_ground"), needed=False),
    CaseEvent.GRANT_APPEAL: Ruling(("beyond_control", "wrongly_dispatched", "mended_in_time")),
    CaseEvent.REFUSE_APPEAL: Ruling(("no_ground", "no_proof")),
    CaseEvent.SUSPEND: Ruling(("weather", "building_works", "ownership", "funding")),
    CaseEvent.RESUME: Ruling(needed=False),
    CaseEvent.REOPEN: Ruling(("relapsed", "found_unmended")),
}


@dataclass(frozen=True, slots=True)
class RulingMatter:
    """What is to be decided.

    ``seen``: how many steps the case had when the question was asked. ``until``: the end of a suspension.
    """

    case_id: int
    event: CaseEvent
    seen: int
    until: datetime | None = None


async def ask(turn: Turn, matter: RulingMatter) -> View:
    """Ask for the reason of a ruling."""
    case = await _undecided(turn, matter)
    ruling = RULINGS[matter.event]
    others = [ruling_button("checking.write_reason_button", "case.write_ruling", turn.actor, matter)]
    if not ruling.needed:
        others.insert(0, ruling_button("checking.without_reason_button", "case.rule", turn.actor, matter))
    labels = {name: Text(f"checking.reason.{name}") for name in ruling.reasons}
    rows = [
        *reason_rows(turn.actor, labels, "case.rule", arguments_of(matter), *others),
        back_row(turn.actor, case),
    ]
    await questions.ask_here(turn, "case.ruling", arguments_of(matter))
    wanted = Text("checking.choose_reason" if ruling.needed else "checking.choose_reason_or_none")
    return View([*_about(case, matter, turn.campaign), wanted], rows, case_ids=[matter.case_id])


async def ask_in_words(turn: Turn, matter: RulingMatter) -> View:
    """Ask for a written reason: the next words in this chat are the answer."""
    case = await _undecided(turn, matter)
    await questions.ask_here(turn, "case.ruling", arguments_of(matter))
    lines = [*_about(case, matter, turn.campaign), Text("checking.write_reason", limit=REASON_LIMIT)]
    return View(lines, [back_row(turn.actor, case)], case_ids=[matter.case_id])


async def answer(turn: Turn, matter: RulingMatter, words: str) -> TurnOutcome:
    """Take the decision with the written reason."""
    return _done(matter, await decide(turn, matter, in_words(words, REASON_LIMIT)))


def _done(matter: RulingMatter, view: View) -> TurnOutcome:
    return TurnOutcome(view, Text("checking.done", event=Text(f"cases.event.{matter.event.value}")))


def in_words(words: str, limit: int) -> str:
    """The written words on one line. ``DomainError``: nothing is readable, or there are too many words."""
    return written_reason(words, limit=limit, invisible="checking.invisible", too_long="checking.too_long")


async def decide_for(turn: Turn, matter: RulingMatter, reason: RulingReason | None = None) -> TurnOutcome:
    """Take the decision for the reason on a button; None: the button has none."""
    said = None if reason is None else named_reason(f"checking.reason.{reason}", turn.campaign)
    return _done(matter, await decide(turn, matter, said))


async def decide(turn: Turn, matter: RulingMatter, reason: str | None = None) -> View:
    """Take the step, tell the unit, and show the card as it is then."""
    if RULINGS[matter.event].needed and not reason:
        raise ValueError(f"{matter.event.value} needs a reason")
    if matter.event is CaseEvent.SUSPEND:
        suspension.require(matter.until, turn.now)
    # After 重新打开 nobody holds the case, so its holder is read before.
    holder = CaseHolder.of(await case_access.visible_case(turn.session, turn.actor, matter.case_id))
    case = await case_steps.take(
        turn,
        matter.case_id,
        matter.event,
        actor=turn.actor,
        seen=matter.seen,
        change=StepDetails(reason=reason, until=matter.until),
    )
    told = await unit_notices.tell(turn, case, matter.event, holder, reason, actor=turn.actor)
    shown = await case_card.card(turn, matter.case_id)
    return shown if told else replace(shown, lines=[Text("checking.nobody_told"), *shown.lines])


async def _undecided(turn: Turn, matter: RulingMatter) -> Case:
    return await case_steps.case_for_step(
        turn.session, turn.actor, matter.case_id, matter.event, matter.seen, now=turn.now
    )


def _about(case: Case, matter: RulingMatter, campaign: Campaign) -> list[Text]:
    lines = [
        title(case, Text(f"cases.event.{matter.event.value}")),
        Text("cases.card.place", value=case_wording.place_text(case)),
    ]
    if matter.event is CaseEvent.REWORK:
        lines.append(Text("cases.card.standard", value=case.standard))
    if matter.until is not None:
        lines.append(suspension.until_line(matter.until, campaign))
    return lines


def title(case: Case, event: Text) -> Text:
    return Text("checking.title", event=event, number=case.number, category=case.category)


def ruling_button(
    key: str, action: str, actor: Actor, matter: RulingMatter, **arguments: object
) -> ButtonSpec:
    return button(key, action, actor.id, **arguments_of(matter), **arguments)


def back_row(actor: Actor, case: Case) -> list[ButtonSpec]:
    """The way back to the card; nothing is decided."""
    return [step_button("checking.back_button", "case.back", actor.id, case)]
