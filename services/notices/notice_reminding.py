"""提醒未回: by hand, one message a person over all notices that wait for them, once a day whoever presses."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import notices, people
from models.db import ident
from models.delivery.messages import Outbox
from models.nags.pushes import Pushes, pushes_since
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.notices.notice_lifecycle import NoticeState
from services import audit, office_notices, outbox
from services.errors import DomainError
from services.notices import notice_following
from services.notices.notice_texts import answer_by_text, name_of
from services.people.free_hours import free_from
from services.turn import TickTurn, Turn
from services.views import LISTED, TurnOutcome, View, button

SUBJECT: Final = "notice"


async def remind(turn: Turn, notice_id: int) -> TurnOutcome:
    """Promise a message to each reader who has not answered and may be told now; say how many there are.

    Left out is who was reminded by hand today, has had as much today as they may, or has quiet hours.
    """
    notice = await notice_following.theirs(turn, notice_id, lock=True)
    if notice.state is not NoticeState.OPEN:
        raise DomainError(f"notices.over.{notice.state.value}")
    waiting = await notices.readers_waited_for(turn.session, notice_id)
    readers = await people.contacts_by_id(turn.session, waiting)
    had = await pushes_since(turn.session, readers, turn.campaign.midnight(turn.today))
    told = [one for one in readers.values() if await _told(turn, one, had.get(ident(one), Pushes()))]
    if told:
        audit.note(turn, "notice_remind", (SUBJECT, notice_id), after={"people": len(told)})
    view = await notice_following.count_view(turn, notice, turn.actor.id)
    left = len(readers) - len(told)
    key = "notices.reminded_some" if left else "notices.reminded"
    return TurnOutcome(view, Text(key, count=len(told), left=left), done=bool(told))


async def _told(turn: Turn, reader: Contact, had: Pushes) -> bool:
    is_free = free_from(reader, turn.now, turn.campaign) <= turn.now
    if not reader.reachable or not is_free or had.loud >= turn.campaign.policy.budget:
        return False
    key = f"notice-remind:{reader.id}:{turn.today.isoformat()}"
    body = office_notices.NOTICE_REMINDER, {"day": turn.today.isoformat()}
    return await outbox.enqueue_raw(turn.session, MessageKind.NAG, key, body, now=turn.now, contact=reader)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """All notices that wait for the reader as the message goes out. None: they have answered all."""
    if row.contact_id is None:
        return None
    found = await notices.waiting_for(turn.session, row.contact_id)
    if not found:
        return None
    lines, rows = [Text("notices.remind_title", count=len(found))], []
    for number, (copy, notice) in enumerate(found[:LISTED], 1):
        by = answer_by_text(notice, turn.campaign)
        lines.append(Text("notices.remind_line", number=number, notice=name_of(notice, 40), by=by))
        label = Text("notices.nag.button", number=number, notice=name_of(notice, 16))
        rows.append([button(label, "notice.copy", row.contact_id, copy_id=copy.id)])
    return View(lines, rows)
