"""加按语, 今日不发: what the office decides about a tally or a digest before it goes out.

Silence sends. What is stopped loses its message alone: all counting goes on as if it had gone out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from locales import Text
from models.db import ident
from models.delivery import push_notes
from models.delivery.push_notes import LONGEST_REMARK, PushNote
from reports.formats import moment_text
from services import audit, questions
from services.access import require_office
from services.errors import DomainError
from services.groups import push_slots
from services.groups.push_slots import PushSlot
from services.reasons import written_reason
from services.turn import TickTurn, Turn
from services.views import View, say

ASKED: Final = "preview.remark"


async def ask_remark(turn: Turn, slot: str) -> View:
    """加按语: ask for the words."""
    await _still_open(turn, slot)
    await questions.ask_here(turn, ASKED, {"slot": slot})
    return say("push.ask_remark", limit=LONGEST_REMARK)


async def set_remark(turn: Turn, slot: str, words: str) -> View:
    """Let the words stand under the title. Of two officers the last one's stand."""
    require_office(turn.actor)
    remark = written_reason(
        words, limit=LONGEST_REMARK, invisible="push.remark_invisible", too_long="push.remark_too_long"
    )
    note = await _held(turn, slot)
    before, note.remark = note.remark, remark
    await _changed(turn, note, "push_remark", {"remark": before}, {"remark": remark})
    return say("push.remark_set", remark=remark)


async def clear_remark(turn: Turn, slot: str) -> Text:
    """删除按语."""
    note = await _held(turn, slot)
    if note.remark is not None:
        before, note.remark = note.remark, None
        await _changed(turn, note, "push_remark", {"remark": before}, {"remark": None})
    return Text("push.remark_cleared")


async def stop(turn: Turn, slot: str) -> Text:
    """今日不发. Who was first is named to the second."""
    note = await _held(turn, slot)
    if note.stopped_at is not None:
        return await stopped_line(turn, note)
    note.stopped_at, note.stopped_by = turn.now, turn.actor.id
    await _changed(turn, note, "push_stop", {"stopped_at": None}, {"stopped_at": turn.now.isoformat()})
    return Text("push.stop_set")


async def resume(turn: Turn, slot: str) -> Text:
    """恢复发送: what has not passed yet goes out after all."""
    note = await _held(turn, slot)
    if note.stopped_at is not None:
        before = note.stopped_at.isoformat()
        note.stopped_at, note.stopped_by = None, None
        await _changed(turn, note, "push_resume", {"stopped_at": before}, {"stopped_at": None})
    return Text("push.resumed")


async def stopped_line(turn: TickTurn, note: PushNote) -> Text:
    """Who said 今日不发, and when."""
    who = await audit.name_of(turn.session, note.stopped_by)
    return Text("push.stopped", who=who, at=_moment(turn, note.stopped_at))


def _moment(turn: TickTurn, at: datetime | None) -> Text:
    return moment_text(at or turn.now, turn.campaign.zone)


def remark_lines(note: PushNote | None) -> list[Text]:
    """The 按语 as a line of its own."""
    return [] if note is None or note.remark is None else [Text("push.remark", remark=note.remark)]


async def outcome(turn: TickTurn, slot: PushSlot | None, note: PushNote | None) -> Text:
    """What became of a slot for which no group waits any more: 已发出 or 未发."""
    hours = [] if slot is None else slot.hours
    if sent := sum(hour.sent for hour in hours):
        at = _moment(turn, next(hour.at for hour in hours if hour.sent))
        if passed_over := sum(hour.held_back for hour in hours):
            return Text("push.went_out_to_some", count=sent, at=at, others=passed_over)
        return Text("push.went_out", count=sent, at=at)
    if note is not None and note.stopped_at is not None:
        who = await audit.name_of(turn.session, note.stopped_by)
        return Text("push.did_not_go_out", who=who, at=_moment(turn, note.stopped_at))
    return Text("push.nothing_went_out")


async def _still_open(turn: Turn, key: str) -> None:
    """Raise ``DomainError`` with what stands if nothing of the slot waits to go out any more."""
    require_office(turn.actor)
    slot = await push_slots.held(turn, key)
    if slot is None or not slot.is_open:
        note = await push_notes.note_of(turn.session, key)
        stands = await outcome(turn, slot, note)
        raise DomainError("push.too_late", outcome=stands, remark=next(iter(remark_lines(note)), ""))


async def _held(turn: Turn, key: str) -> PushNote:
    """The note of a slot that still waits, locked until the commit."""
    await _still_open(turn, key)
    return await push_notes.locked_note(turn.session, key, by=turn.actor.id, now=turn.now)


async def _changed(
    turn: Turn, note: PushNote, event: str, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    note.changed_at, note.changed_by = turn.now, ident(turn.actor.contact)
    turn.session.add(note)
    await turn.session.flush()
    slot = {"slot": note.slot_key}
    audit.note(turn, event, ("push_note", None), before={**slot, **before}, after={**slot, **after})
    await push_notes.touch_previews(turn.session, note.slot_key)
