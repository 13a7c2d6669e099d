"""The end of a notice: 结束 and 撤回 by its issuer, and by itself some working days after the deadline."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import notices
from models.db import ident
from models.notices import Notice, notice_groups
from rules.notices.answer_deadlines import ends_by_itself
from rules.notices.notice_lifecycle import IllegalNoticeEventError, NoticeEvent, next_state
from services import audit
from services.notices import notice_copies, notice_group_copies
from services.notices.notice_following import count_view, theirs
from services.notices.notice_texts import name_of
from services.turn import TickTurn, Turn
from services.views import TurnOutcome, View, button

SUBJECT: Final = "notice"


async def end(turn: Turn, notice_id: int) -> TurnOutcome:
    """结束: nobody answers any more, and what has not gone out never does."""
    return await _press(turn, notice_id, NoticeEvent.END)


async def ask_withdraw(turn: Turn, notice_id: int) -> View:
    """撤回: say what happens, and ask."""
    notice = await theirs(turn, notice_id)
    yes = button("notices.withdraw_now_button", "notice.withdraw_now", turn.actor.id, notice_id=notice_id)
    back = button("notices.back_button", "notice.count", turn.actor.id, notice_id=notice_id)
    return View([Text("notices.ask_withdraw", notice=name_of(notice, 40))], [[yes], [back]])


async def withdraw(turn: Turn, notice_id: int) -> TurnOutcome:
    """The copies say 已撤回; what has not gone out never does."""
    return await _press(turn, notice_id, NoticeEvent.WITHDRAW)


async def _press(turn: Turn, notice_id: int, event: NoticeEvent) -> TurnOutcome:
    """Somebody who comes too late is told so, and sees the numbers as they are now."""
    notice = await theirs(turn, notice_id, lock=True)
    done = await _finish(turn, notice, event, turn.actor.id)
    text = Text(f"notices.over.{notice.state.value}")
    return TurnOutcome(await count_view(turn, notice, turn.actor.id), text, done=done)


async def _finish(turn: TickTurn, notice: Notice, event: NoticeEvent, actor_id: int | None) -> bool:
    """``actor_id`` None: the program ends it. False: it is over already."""
    before = notice.state
    try:
        notice.state = next_state(before, event)
    except IllegalNoticeEventError:
        return False
    notice.ended_at = turn.now
    turn.session.add(notice)
    await turn.session.flush()
    await notices.hold_back(turn.session, ident(notice))
    await notice_groups.hold_back(turn.session, ident(notice))
    copies = await notices.copies_of(turn.session, ident(notice))
    await notice_copies.touch(turn.session, copies, void=True)
    changed = {"before": {"state": before.value}, "after": {"state": notice.state.value}}
    what = (SUBJECT, notice.id)
    audit.record(turn.session, f"notice_{event.value}", what, now=turn.now, actor_id=actor_id, **changed)
    await notice_group_copies.counts_follow(turn.session, notice)
    return True


async def end_old(turn: TickTurn, notice: Notice) -> bool:
    """End a notice of which the time is over; returns whether that is so."""
    if turn.now < ends_by_itself(notice.answer_by, turn.campaign.working_time):
        return False
    present = await notices.locked(turn.session, ident(notice))
    return present is None or await _finish(turn, present, NoticeEvent.END, None)
