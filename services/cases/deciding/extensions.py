"""What the office may allow a unit: 延期, 挂账 until a day, and 超时申诉 (a delay that does not count)."""

from __future__ import annotations

from dataclasses import replace

from locales import Text
from models import cases
from models.cases import Case, CaseStep
from models.db import Session
from reports.formats import moment_text
from rules.cases.case_facts import EXTENSIONS_LIMIT
from rules.cases.case_lifecycle import CaseEvent
from services import audit, questions
from services.campaign import Campaign
from services.cases import case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_buttons import step_button
from services.cases.deciding import case_rulings, suspension
from services.cases.deciding.case_checking import last_step
from services.cases.deciding.case_rulings import RulingMatter
from services.turn import Turn
from services.views import View, arguments_of


async def extension(turn: Turn, case_id: int, seen: int) -> View:
    """A request for 延期: the limit now, the limit then, and buttons to grant or refuse it."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.EXTEND, seen, now=turn.now
    )
    asked = last_step(await cases.steps_of(turn.session, case_id), CaseEvent.ASK_EXTENSION)
    lines = [
        case_rulings.title(case, Text("cases.event.ask_extension")),
        Text("cases.card.place", value=case_wording.place_text(case)),
        Text("cases.card.state", value=case_wording.state_text(case, turn.now)),
        *await _asked_lines(turn.session, asked, turn.campaign),
        *_limit_lines(case, turn.campaign),
    ]
    grant = RulingMatter(case_id, CaseEvent.EXTEND, seen)
    refuse = RulingMatter(case_id, CaseEvent.REFUSE_EXTENSION, seen)
    rows = [
        [
            case_rulings.ruling_button("checking.extend_button", "case.rule", turn.actor, grant),
            case_rulings.ruling_button(
                "checking.refuse_extension_button", "case.ask_ruling", turn.actor, refuse
            ),
        ],
        [
            case_rulings.ruling_button(
                "checking.extend_with_words_button", "case.write_ruling", turn.actor, grant
            )
        ],
        case_rulings.back_row(turn.actor, case),
    ]
    return View(lines, rows, case_ids=[case_id])


def _limit_lines(case: Case, campaign: Campaign) -> list[Text]:
    if case.limit_at is None:
        return []
    limit = case_steps.limit_of(case)
    extended = campaign.working_time.add(case.limit_at, limit.amount, limit.unit)
    return [
        Text("checking.limit_now", at=moment_text(case.limit_at, campaign.zone)),
        Text("checking.limit_then", at=moment_text(extended, campaign.zone)),
        Text("checking.extended", count=case.extensions, most=EXTENSIONS_LIMIT),
    ]


async def _asked_lines(session: Session, asked: CaseStep | None, campaign: Campaign) -> list[Text]:
    """The lines that say who asked, when and why."""
    if asked is None:
        return []
    who = await audit.who_acted(session, asked.actor_id, asked.data)
    lines = [Text("checking.asked_by", who=who, at=moment_text(asked.at, campaign.zone))]
    if asked.reason:
        lines.append(Text("cases.reason_line", reason=asked.reason))
    return lines


async def hearing(turn: Turn, case_id: int, seen: int) -> View:
    """A 超时申诉: the case with its whole history, and buttons to grant or refuse the appeal."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.GRANT_APPEAL, seen, now=turn.now
    )
    asked = last_step(await cases.steps_of(turn.session, case_id), CaseEvent.APPEAL)
    shown = await case_card.card(turn, case_id, whole_history=True)
    lines = [
        *shown.lines,
        Text("checking.hearing"),
        *await _asked_lines(turn.session, asked, turn.campaign),
    ]
    if case.limit_at is not None and case.fed_back_at is not None:
        lines += [
            Text("checking.limit_was", at=moment_text(case.limit_at, turn.campaign.zone)),
            Text("checking.fed_back_at", at=moment_text(case.fed_back_at, turn.campaign.zone)),
        ]
    grant = RulingMatter(case_id, CaseEvent.GRANT_APPEAL, seen)
    refuse = RulingMatter(case_id, CaseEvent.REFUSE_APPEAL, seen)
    rows = [
        [
            case_rulings.ruling_button("checking.grant_appeal_button", "case.ask_ruling", turn.actor, grant),
            case_rulings.ruling_button(
                "checking.refuse_appeal_button", "case.ask_ruling", turn.actor, refuse
            ),
        ],
        case_rulings.back_row(turn.actor, case),
    ]
    return View(lines, rows, case_ids=[case_id])


async def ask_until(turn: Turn, case_id: int, seen: int) -> View:
    """Ask until when a 挂账 lasts."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.SUSPEND, seen, now=turn.now
    )
    matter = RulingMatter(case_id, CaseEvent.SUSPEND, seen)
    rows = []
    for days in suspension.DAYS:
        until = replace(matter, until=suspension.in_days(days, turn.now, turn.campaign))
        button = case_rulings.ruling_button("checking.days_button", "case.ask_ruling", turn.actor, until)
        rows.append([replace(button, label=Text("checking.days_button", days=days))])
    rows += [
        [step_button("checking.write_until_button", "case.write_until", turn.actor.id, case)],
        case_rulings.back_row(turn.actor, case),
    ]
    lines = [case_rulings.title(case, Text("cases.event.suspend")), Text("checking.choose_until")]
    return View(lines, rows, case_ids=[case_id])


async def ask_until_in_words(turn: Turn, case_id: int, seen: int) -> View:
    """Ask for a written day: the next words in this chat are the answer."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.SUSPEND, seen, now=turn.now
    )
    matter = RulingMatter(case_id, CaseEvent.SUSPEND, seen)
    await questions.ask_here(turn, "case.until", arguments_of(matter))
    lines = [case_rulings.title(case, Text("cases.event.suspend")), Text("checking.write_until")]
    return View(lines, [case_rulings.back_row(turn.actor, case)], case_ids=[case_id])


async def until_in_words(turn: Turn, matter: RulingMatter, words: str) -> View:
    """Read the written day, then ask for the reason."""
    until = suspension.read(words, turn.now, turn.campaign)
    return await case_rulings.ask(turn, replace(matter, until=until))
