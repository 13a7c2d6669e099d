"""催办 of cases by the office, with a preview first, and once a day about each case as a rule."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from locales import Text
from models import cases, people
from models.audit_log import Audit
from models.cases import Case, case_piles
from models.db import Session, ident, known
from rules.cases.case_lifecycle import RUNNING
from rules.delivery.delivery import MessageKind
from rules.people.roles import LEADERS
from services import audit, outbox
from services.access import require_office
from services.cases import case_wording
from services.cases.lists.pile_bulk import REMINDED
from services.errors import DomainError
from services.nags import manual_reminders
from services.nags.manual_reminders import Reminder, choices
from services.recipients import Directory
from services.turn import TickTurn, Turn
from services.views import TurnOutcome, View, button, say

BUTTONS: Final = 10
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class CaseReminderPlan:
    """Who would get a reminder, and of which cases.

    ``messages``: by contact, the cases they would hear of. ``leaders``: the contacts who get a 提示, not a
    催办. ``lost``: cases of units where nobody can be reached. ``reminded``: cases with a reminder today
    already, each with its audit row. ``over``: how many cases have no running limit. ``last``: the id of the
    last such row.
    """

    messages: Mapping[int, Reminder[Case]]
    leaders: frozenset[int] = frozenset()
    lost: Sequence[Case] = field(default_factory=list)
    reminded: Sequence[tuple[Case, Audit]] = field(default_factory=list)
    over: int = 0
    last: int = 0

    @property
    def case_ids(self) -> list[int]:
        return sorted({ident(case) for message in self.messages.values() for case in message.about})


async def _plan(turn: TickTurn, case_ids: Collection[int], until: int) -> CaseReminderPlan:
    """The plan of a reminder. ``until``: earlier reminders, up to that audit row, do not count."""
    found = await cases.cases_by_id(turn.session, sorted(set(case_ids))[:REMINDED])
    since = turn.campaign.midnight(turn.today)
    today = await case_piles.last_reminders(turn.session, list(found), since)
    last = max(map(ident, today.values()), default=0)
    running = [case for case in found.values() if case.state in RUNNING and case.unit_id is not None]
    messages: dict[int, Reminder[Case]] = {}
    lost: list[Case] = []
    reminded: list[tuple[Case, Audit]] = []
    staff = await Directory.around(turn.session, {known(case.unit_id) for case in running}, turn.today)
    for case in running:
        before = today.get(ident(case))
        if before is not None and ident(before) > until:
            reminded.append((case, before))
            continue
        readers = staff.of_unit(known(case.unit_id), case.responsible_id)
        for contact in readers:
            messages.setdefault(ident(contact), Reminder(contact)).about.append(case)
        if not readers:
            lost.append(case)
    leaders = await _leaders(turn.session, messages)
    return CaseReminderPlan(messages, leaders, lost, reminded, len(found) - len(running), last)


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
    for contact_id, message in list(plan.messages.items())[:SHOWN]:
        numbers = [case.number for case in message.about[:SHOWN]]
        name = await audit.name_of(turn.session, contact_id)
        key = "desk.remind_leader" if contact_id in plan.leaders else "desk.remind_person"
        lines.append(Text(key, name=name, count=len(message.about), numbers=numbers))
    lines += _left_out(plan)
    about = sorted(set(cases))
    said = {"cases": about, "until": until, "id": secrets.token_hex(6)}
    send = button("desk.remind_send_button", "desk.remind_send", turn.actor.id, **said)
    more = button("desk.remind_again_button", "desk.remind", turn.actor.id, cases=about, again=True)
    leave = button("desk.remind_leave_button", "desk.remind_leave", turn.actor.id)
    return View(lines, choices(send if plan.messages else None, more if plan.reminded else None, leave))


def _left_out(plan: CaseReminderPlan) -> list[Text]:
    lines = []
    if plan.lost:
        lines.append(Text("desk.remind_lost", numbers=[case.number for case in plan.lost[:SHOWN]]))
    if plan.reminded:
        lines.append(Text("desk.remind_before", numbers=[case.number for case, _ in plan.reminded[:SHOWN]]))
    if plan.over:
        lines.append(Text("desk.remind_over", count=plan.over))
    return lines


async def send(turn: Turn, cases: Collection[int], until: int, id: str) -> TurnOutcome:
    """Promise what the preview (``id``) showed, as far as it still holds."""
    require_office(turn.actor)
    await manual_reminders.begin(turn, "case_reminders")
    plan = await _plan(turn, cases, until)
    if not plan.messages:
        row = max((row for _, row in plan.reminded), key=ident, default=None)
        return await manual_reminders.sent_before(
            turn, row, "desk.remind_sent_before", "desk.remind_nothing_left"
        )
    for contact_id, message in plan.messages.items():
        await _promise(turn, f"case-remind:{id}:{contact_id}", message, contact_id in plan.leaders)
    for case_id in plan.case_ids:
        audit.note(turn, case_piles.REMINDED, ("case", case_id), after={"id": id})
    return TurnOutcome(say("desk.reminded", people=len(plan.messages), count=len(plan.case_ids)))


async def _promise(turn: TickTurn, key: str, message: Reminder[Case], leads: bool) -> None:
    kind = MessageKind.HINT if leads else MessageKind.NAG
    title = Text("desk.remind_hint" if leads else "desk.remind_you", count=len(message.about))
    lines = [
        case_wording.line(number, case, turn.now, turn.campaign)
        for number, case in enumerate(message.about, 1)
    ]
    rows = [
        [button(Text("common.as_is", text=case.number), "case.card", message.contact.id, case_id=case.id)]
        for case in message.about[:BUTTONS]
    ]
    view = View([title, *lines], rows, case_ids=[ident(case) for case in message.about])
    await outbox.enqueue(turn.session, kind, key, view, now=turn.now, contact=message.contact)
