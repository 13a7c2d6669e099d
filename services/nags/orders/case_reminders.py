"""催办 of cases by the office, with a preview first, and once a day about each case as a rule.

Also the office's 提示 to a unit's 主要领导 about a case.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from locales import Text
from models import cases, people, ticks
from models.cases import Case, case_piles
from models.db import Session, ident, known
from models.people import Contact
from reports.formats import moment_text
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import RUNNING, CaseEvent
from rules.delivery.delivery import MessageKind
from rules.nags.levels import Level
from rules.people.roles import LEADERS
from rules.slots import slot_key
from services import audit, outbox
from services.access import Actor, require_office
from services.campaign import Campaign
from services.cases import case_steps, case_wording
from services.cases.lists.pile_bulk import REMINDED
from services.errors import DomainError
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.recipients import Directory
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, TurnOutcome, View, button

BUTTONS: Final = 10
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class CaseReminderPlan:
    """Who would get a reminder, and of which cases.

    ``messages``: by contact, the cases they would hear of. ``leaders``: the contacts who get a 提示, not a
    催办. ``lost``: cases of units where nobody can be reached. ``reminded``: cases with a reminder today
    already. ``over``: how many cases have no running limit.
    """

    messages: Mapping[int, tuple[Contact, list[Case]]]
    leaders: frozenset[int] = frozenset()
    lost: Sequence[Case] = field(default_factory=list)
    reminded: Sequence[Case] = field(default_factory=list)
    over: int = 0
    last: int = 0

    @property
    def case_ids(self) -> list[int]:
        return sorted({ident(case) for _, about in self.messages.values() for case in about})


async def _plan(turn: TickTurn, case_ids: Collection[int], until: int) -> CaseReminderPlan:
    """The plan of a reminder. ``until``: earlier reminders, up to that audit row, do not count."""
    found = await cases.cases_by_id(turn.session, sorted(set(case_ids))[:REMINDED])
    since = turn.campaign.midnight(turn.today)
    today = await case_piles.last_reminders(turn.session, list(found), since)
    last = {case_id: ident(row) for case_id, row in today.items()}
    running = [case for case in found.values() if case.state in RUNNING and case.unit_id is not None]
    messages: dict[int, tuple[Contact, list[Case]]] = {}
    lost, reminded = [], []
    staff = await Directory.around(turn.session, {known(case.unit_id) for case in running}, turn.today)
    for case in running:
        if last.get(ident(case), 0) > until:
            reminded.append(case)
            continue
        readers = staff.of_unit(known(case.unit_id), case.responsible_id)
        for contact in readers:
            messages.setdefault(ident(contact), (contact, []))[1].append(case)
        if not readers:
            lost.append(case)
    leaders = await _leaders(turn.session, messages)
    return CaseReminderPlan(
        messages, leaders, lost, reminded, len(found) - len(running), max(last.values(), default=0)
    )


async def _leaders(session: Session, contact_ids: Collection[int]) -> frozenset[int]:
    roles = await people.roles_of_all(session, list(contact_ids))
    return frozenset(contact_id for contact_id, held in roles.items() if held & LEADERS)


async def preview(turn: Turn, cases: Collection[int], *, again: bool = False) -> View:
    """Who would hear of which cases; nothing is sent. ``again``: include cases with a reminder today."""
    require_office(turn.actor)
    if not cases:
        raise DomainError("desk.nothing_chosen")
    plan = await _plan(turn, cases, 0)
    until = plan.last if again else 0
    if again:
        plan = await _plan(turn, cases, until)
    lines = [Text("desk.remind_none")]
    if plan.messages:
        lines = [Text("desk.remind_title", count=len(plan.case_ids), people=len(plan.messages))]
    for contact_id, (_, about) in list(plan.messages.items())[:SHOWN]:
        numbers = [case.number for case in about[:SHOWN]]
        name = await audit.name_of(turn.session, contact_id)
        key = "desk.remind_leader" if contact_id in plan.leaders else "desk.remind_person"
        lines.append(Text(key, name=name, count=len(about), numbers=numbers))
    lines += _left_out(plan)
    said = {"cases": sorted(set(cases)), "until": until, "id": secrets.token_hex(6)}
    return View(lines, _rows(turn.actor, plan, said))


def _left_out(plan: CaseReminderPlan) -> list[Text]:
    lines = []
    if plan.lost:
        lines.append(Text("desk.remind_lost", numbers=[case.number for case in plan.lost[:SHOWN]]))
    if plan.reminded:
        lines.append(Text("desk.remind_before", numbers=[case.number for case in plan.reminded[:SHOWN]]))
    if plan.over:
        lines.append(Text("desk.remind_over", count=plan.over))
    return lines


def _rows(actor: Actor, plan: CaseReminderPlan, said: Mapping[str, Any]) -> list[list[ButtonSpec]]:
    rows = []
    if plan.messages:
        rows.append([button("desk.remind_send_button", "desk.remind_send", actor.id, **said)])
    if plan.reminded:
        rows.append(
            [button("desk.remind_again_button", "desk.remind", actor.id, cases=said["cases"], again=True)]
        )
    rows.append([button("desk.remind_leave_button", "desk.remind_leave", actor.id)])
    return rows


async def send(turn: Turn, cases: Collection[int], until: int, id: str) -> TurnOutcome:
    """Promise what the preview (``id``) showed, as far as it still holds.

    Reminders take turns: of two presses, or of two members of the office, the first one sends.
    """
    require_office(turn.actor)
    await ticks.tick_turn(turn.session, "case_reminders", turn.now)
    plan = await _plan(turn, cases, until)
    for contact_id, (contact, about) in plan.messages.items():
        key = f"case-remind:{id}:{contact_id}"
        leads = contact_id in plan.leaders
        kind = MessageKind.HINT if leads else MessageKind.NAG
        title = Text("desk.remind_hint" if leads else "desk.remind_you", count=len(about))
        view = _view(title, contact, about, turn.now, turn.campaign)
        await outbox.enqueue(turn.session, kind, key, view, now=turn.now, contact=contact)
    for case_id in plan.case_ids:
        after = {"id": id}
        subject = ("case", case_id)
        audit.note(turn, case_piles.REMINDED, subject, after=after)
    await turn.session.flush()
    if plan.messages:
        sent = Text("desk.reminded", people=len(plan.messages), count=len(plan.case_ids))
        return TurnOutcome(View([sent]))
    before = await _sent_before(turn, plan)
    return TurnOutcome(View([before]), before, done=False)


async def _sent_before(turn: TickTurn, plan: CaseReminderPlan) -> Text:
    since = turn.campaign.midnight(turn.today)
    ids = [ident(case) for case in plan.reminded]
    rows = list((await case_piles.last_reminders(turn.session, ids, since)).values())
    if not rows:
        return Text("desk.remind_nothing_left")
    row = max(rows, key=ident)
    who = await audit.name_of(turn.session, row.actor_id)
    return Text("desk.remind_sent_before", who=who, at=moment_text(row.at, turn.campaign.zone))


def _view(title: Text, contact: Contact, about: Sequence[Case], now: datetime, campaign: Campaign) -> View:
    lines = [title]
    lines += [case_wording.line(number, case, now, campaign) for number, case in enumerate(about, 1)]
    rows = [
        [button(Text("common.as_is", text=case.number), "case.card", contact.id, case_id=case.id)]
        for case in about[:BUTTONS]
    ]
    return View(lines, rows, case_ids=[ident(case) for case in about])


async def hint_principal_leader(turn: Turn, case_id: int, seen: int | None) -> Text:
    """Promise the unit's 主要领导 one 提示, once, and return the result in words.

    ``DomainError``: the actor may not release it, or nobody would hear. Then the caller keeps nothing.
    """
    case = await case_steps.take(turn, case_id, CaseEvent.RELEASE, actor=turn.actor, seen=seen)
    escalation, level = Escalation(turn.session, turn.campaign, turn.now), Level.PRINCIPAL_LEADER
    leaders = await escalation.readers(case, level)
    unit_id = known(case.unit_id)
    if not leaders:
        raise DomainError("colours.no_leader", unit=await escalation.name_of(unit_id))
    for leader in leaders:
        entry = CaseEntry(case_id, unit_id, level, CaseNewsKind.RELEASED)
        key = f"{case_id}.{case.steps}"
        await _promise(turn, key, entry, leader)
    return Text("colours.released_to", names=[leader.name for leader in leaders])


async def _promise(turn: TickTurn, key: str, entry: CaseEntry, leader: Contact) -> None:
    """Promise one message about ``entry`` at once.

    ``key``: a case and its step; only this message tells of it.
    """
    content = {"day": turn.today.isoformat(), "entries": [entry.to_json()]}
    dedupe = f"{slot_key(turn.today, 'cases')}:{key}:unit:{leader.id}"
    await outbox.enqueue_raw(
        turn.session, MessageKind.HINT, dedupe, ("nag", content), now=turn.now, contact=leader
    )
