"""Notices to the office: at once or gathered, as each member chose; who sees to a matter, and who settled it.

A notice may be about a matter that one member settles. 我来办 tells the others who does. When it is settled,
every notice about it says by whom and loses its buttons, and a notice that was not told yet never is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final

from locales import Text
from models import people
from models.db import Session, ident
from models.delivery import messages, notices
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.delivery.notices import OfficeNotice
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.delivery.notice_rhythm import NoticeRhythm, gathered_until
from rules.people.roles import Role
from services import audit, outbox
from services.access import require_office
from services.turn import TickTurn, Turn
from services.views import View

ALONE: Final = "notice"
"""The renderer of a notice about a matter."""
GATHERED: Final = "notices"
"""The renderer of several notices in one message."""
_EVENT: Final = "notice_rhythm"


async def tell(
    session: Session,
    dedupe_key: str,
    view: View,
    *,
    now: datetime,
    kind: MessageKind = MessageKind.NOTICE,
    about: tuple[str, int] | None = None,
    urgent: bool = False,
) -> int:
    """Promise ``view`` to every reachable member of the office; returns how many there are.

    ``about``: the subject (its word and id) of a matter that one of them has to settle. An ``urgent`` notice
    comes at once, whatever its readers chose.
    """
    office = await people.enrolled_with_role(session, Role.OFFICE)
    matter_id = None
    if about is not None and office:
        matter_id = await notices.open_matter(session, dedupe_key, about, now=now)
    for contact in office:
        key = f"{dedupe_key}:{contact.id}"
        if urgent or contact.notices is NoticeRhythm.AT_ONCE:
            await _at_once(session, kind, key, view, contact, matter_id, now)
        elif not await messages.ids_of_keys(session, [key]):
            row = _row(key, view, contact, matter_id, now)
            await notices.add_notices(session, [row | {"outbox_id": None}])
    return len(office)


async def _at_once(
    session: Session,
    kind: MessageKind,
    key: str,
    view: View,
    contact: Contact,
    matter_id: int | None,
    now: datetime,
) -> None:
    if matter_id is None:
        await outbox.enqueue(session, kind, key, view, now=now, contact=contact, role=Role.OFFICE)
        return
    body = ALONE, view.to_json() | {"role": Role.OFFICE.value, "matter": matter_id}
    if await outbox.enqueue_raw(session, kind, key, body, now=now, contact=contact):
        ids = await messages.ids_of_keys(session, [key])
        row = _row(key, view, contact, matter_id, now)
        await notices.add_notices(session, [row | {"outbox_id": ids[key]}])


def _row(key: str, view: View, contact: Contact, matter_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "contact_id": contact.id,
        "dedupe_key": key,
        "content": view.to_json(),
        "matter_id": matter_id,
        "created_at": now,
    }


async def untell(session: Session, dedupe_key: str) -> None:
    """Withdraw what ``tell`` has promised and what has not begun to go out."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    await notices.withdraw(session, [f"{dedupe_key}:{contact.id}" for contact in office])


async def is_told(session: Session, dedupe_key: str) -> bool:
    """Whether a member of the office was promised what has that key, or will be at their hour."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    keys = [f"{dedupe_key}:{contact.id}" for contact in office]
    promised = await messages.ids_of_keys(session, keys)
    return bool(promised) or any([await notices.holds(session, key) for key in keys])


async def settle(
    turn: TickTurn, subject: tuple[str, int], by: int | None, outcome: Text, *, but: str = ""
) -> None:
    """Note how the open matters of a subject were settled. ``but``: the key of one that stays open."""
    ids = await notices.open_ids(turn.session, subject, but=but)
    if ids:
        await notices.settle(turn.session, ids, by, outcome.to_json(), now=turn.now)
        await notices.touch_messages(turn.session, ids)


async def claim(turn: Turn, matter_id: int) -> Text:
    """我来办: the others' notices say who sees to it. Of two presses at once, one counts."""
    require_office(turn.actor)
    if await notices.claim(turn.session, matter_id, turn.actor.id, now=turn.now):
        await notices.touch_messages(turn.session, [matter_id])
        return Text("notices.claimed")
    return await _state(turn, matter_id)


async def give_back(turn: Turn, matter_id: int) -> Text:
    """交回: nobody sees to it any more."""
    require_office(turn.actor)
    if await notices.give_back(turn.session, matter_id, turn.actor.id):
        await notices.touch_messages(turn.session, [matter_id])
        return Text("notices.given_back")
    return await _state(turn, matter_id)


async def _state(turn: Turn, matter_id: int) -> Text:
    """How the matter stands, for a press that came too late."""
    matter = await notices.matter_by_id(turn.session, matter_id)
    if matter is None or matter.settled_at is not None:
        who = await audit.name_of(turn.session, None if matter is None else matter.settled_by)
        return Text("notices.settled_before", who=who)
    if matter.claimed_by == turn.actor.id:
        return Text("notices.claimed")
    if matter.claimed_by is None:
        return Text("notices.given_back")
    return Text("notices.claimed_before", who=await audit.name_of(turn.session, matter.claimed_by))


async def choose(turn: Turn, rhythm: NoticeRhythm) -> None:
    """Let the reader's notices come at once, every two hours or twice a day."""
    require_office(turn.actor)
    before = turn.actor.contact.notices
    if rhythm is before:
        return
    turn.actor.contact.notices = rhythm
    turn.session.add(turn.actor.contact)
    said = {"before": {"rhythm": before.value}, "after": {"rhythm": rhythm.value}}
    audit.note(turn, _EVENT, ("contact", turn.actor.id), **said)
    await turn.session.flush()


async def tick(turn: TickTurn) -> int:
    """Promise each member of the office what was gathered up to their hour; returns how many messages."""
    sent = 0
    for contact_id, rows in groupby(await notices.waiting(turn.session), key=lambda row: row.contact_id):
        sent += await _promise(turn, contact_id, list(rows))
    return sent


async def _promise(turn: TickTurn, contact_id: int, rows: Sequence[OfficeNotice]) -> int:
    contact = await turn.session.get_one(Contact, contact_id)
    roles = await people.roles_of(turn.session, contact_id)
    if Role.OFFICE not in roles or not contact.reachable:
        await notices.forget(turn.session, [ident(row) for row in rows])
        return 0
    until = gathered_until(contact.notices, turn.now, turn.campaign.zone, turn.campaign.calendar)
    due = [row for row in rows if row.created_at <= until]
    matters = await notices.matters_by_id(turn.session, {row.matter_id for row in due if row.matter_id})
    over = [ident(row) for row in due if row.matter_id and matters[row.matter_id].settled_at is not None]
    await notices.forget(turn.session, over)
    told = [ident(row) for row in due if row.id not in over]
    if not told:
        return 0
    key = f"notices:{contact_id}:{told[-1]}"
    body: tuple[str, Mapping[str, object]] = (GATHERED, {"notices": told, "role": Role.OFFICE.value})
    await outbox.enqueue_raw(turn.session, MessageKind.NOTICE, key, body, now=turn.now, contact=contact)
    ids = await messages.ids_of_keys(turn.session, [key])
    await notices.put_into(turn.session, told, ids[key])
    return 1


def live_kind(row: Outbox) -> LiveKind:
    """What a message is that is edited after it went out: it tells the office something, or lists nags."""
    return LiveKind.NOTICE if row.view in {ALONE, GATHERED} else LiveKind.NAG


def without_buttons(view: View, *lines: Text) -> View:
    """The view as it reads when nothing can be pressed any more."""
    return replace(view, lines=[*view.lines, *lines], rows=())
