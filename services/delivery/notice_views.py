"""How notices to the office read as they go out and afterwards: who sees to a matter, who settled it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from locales import Text
from models.delivery import live_messages, office_matters
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.delivery.office_matters import OfficeMatter, OfficeNotice
from models.people import Contact
from services import office_notices
from services.turn import TickTurn
from services.views import ButtonSpec, View, button

LINES: Final = 3
"""So many lines of a notice stand in a message with others."""
_CARDS: Final = frozenset({"case.card", "task.card", "digest.show"})
_KEPT: Final = {"kept": True}


async def render_alone(turn: TickTurn, row: Outbox) -> View | None:
    """A notice about a matter. None: somebody has settled it before it went out."""
    matter = await office_matters.matter_by_id(turn.session, row.content["matter"])
    if matter is None or (matter.settled_at is not None and not row.parts_sent):
        return None
    return replace(await _alone(turn, row, matter), listed=_KEPT)


async def _alone(turn: TickTurn, row: Outbox, matter: OfficeMatter) -> View:
    view = await office_notices.as_it_stands(turn, View.from_json(row.content), matter)
    if matter.settled_at is not None:
        return view
    claims = await _claim_row(turn, matter, row.contact_id)
    return replace(view, rows=[*view.rows, *([claims] if claims else [])])


async def _claim_row(turn: TickTurn, matter: OfficeMatter, reader_id: int | None) -> list[ButtonSpec]:
    """我来办 while nobody has said so; 交回 for the person who has."""
    if await office_notices.claimant(turn.session, matter) is None:
        return [button("office_notices.claim_button", "matter.claim", reader_id, matter_id=matter.id)]
    if matter.claimed_by == reader_id:
        return [button("office_notices.give_back_button", "matter.give_back", reader_id, matter_id=matter.id)]
    return []


async def render_gathered(turn: TickTurn, row: Outbox) -> View | None:
    """Several notices in one message. None: all of them were settled before it went out."""
    found = await office_matters.notices_by_id(turn.session, row.content["notices"])
    view, open_ones = await _gathered(turn, row, found)
    return None if not open_ones and not row.parts_sent else replace(view, listed=_KEPT)


async def _gathered(turn: TickTurn, row: Outbox, found: Sequence[OfficeNotice]) -> tuple[View, int]:
    """The view, and how many of its notices somebody still has to see to or to read."""
    matters = await office_matters.matters_by_id(
        turn.session, {one.matter_id for one in found if one.matter_id}
    )
    lines, rows, open_ones = [Text("office_notices.title", count=len(found))], [], 0
    case_ids: list[int] = []
    task_ids: list[int] = []
    for number, notice in enumerate(found, 1):
        told, matter = View.from_json(notice.content), matters.get(notice.matter_id or 0)
        head, *rest = told.lines
        lines.append(Text("office_notices.numbered", n=number, line=head))
        case_ids += told.case_ids
        task_ids += told.task_ids
        if matter is not None and matter.settled_at is not None:
            lines.append(await office_notices.settled_line(turn, matter))
            continue
        open_ones += 1
        lines += rest[: LINES - 1]
        own = [_way_in(notice, told, row.contact_id)] if told.rows else []
        if matter is not None:
            lines += await office_notices.claimed_lines(turn, matter)
            own += await _claim_row(turn, matter, row.contact_id)
        if own:
            rows.append([_numbered(number, one) for one in own])
    return View(lines, rows, task_ids=task_ids, case_ids=case_ids), open_ones


def _way_in(notice: OfficeNotice, told: View, reader_id: int | None) -> ButtonSpec:
    """The button of a line: to the card or, if the notice asks for a decision, to the whole notice.

    Either comes as a message of its own, so that the other lines stay.
    """
    actions = [one for line in told.rows for one in line]
    if len(actions) == 1 and actions[0].action in _CARDS:
        return actions[0]
    return button("office_notices.open_button", "notice.open", reader_id, notice_id=notice.id)


def _numbered(number: int, one: ButtonSpec) -> ButtonSpec:
    return replace(one, label=Text("office_notices.numbered", n=number, line=one.label))


async def render_live(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """The message as it reads now, and its reader's language; None: it stays as it is."""
    row = await turn.session.get(Outbox, outbox_id)
    live = await live_messages.live_message(turn.session, LiveKind.NOTICE, outbox_id)
    if row is None or live is None:
        return None
    reader = None if row.contact_id is None else await turn.session.get(Contact, row.contact_id)
    if reader is None or reader.telegram_user_id != live.chat_id:
        return None
    locale = reader.locale or turn.campaign.locale
    if row.view == office_notices.GATHERED:
        found = await office_matters.notices_by_id(turn.session, row.content["notices"])
        return (await _gathered(turn, row, found))[0], locale
    matter = await office_matters.matter_by_id(turn.session, row.content["matter"])
    return None if matter is None else (await _alone(turn, row, matter), locale)
