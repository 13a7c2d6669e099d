"""Notices to the office: at once or gathered, as each member chose; who sees to a matter, and who settled it.

A notice may be about a matter that one member settles. 我来办 tells the others who does. When it is settled,
every notice about it says by whom and loses its buttons, and a notice that was not told yet never is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from locales import Text
from models import people
from models.db import Session, ident
from models.delivery import live_messages, messages, office_matters, push_notes
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.delivery.office_matters import OfficeMatter
from models.people import Contact, ContactState
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from rules.delivery.notice_rhythm import NoticeRhythm, gathered_until
from rules.people.roles import Role
from services import audit, outbox
from services.access import require_office
from services.errors import DomainError
from services.recipients import OfficeShare, office_hearers
from services.turn import TickTurn, Turn
from services.views import View

ALONE: Final = "notice"
"""The renderer of a notice about a matter."""
GATHERED: Final = "notices"
"""The renderer of several notices in one message."""
BREAKDOWN: Final = "breakdown"
"""The renderer of a notice of new children of a task."""
NOTICE_COPY: Final = "notice_copy"
"""The renderer of a reader's copy of a notice that is sent round."""
NOTICE_GROUP: Final = "notice_group"
"""The renderer of a group's copy of such a notice."""
NOTICE_REMINDER: Final = "notice_reminder"
"""The renderer of what reminds a reader of such notices by hand."""
PREVIEW: Final = "push_preview"
"""The renderer of a preview of what goes out to groups."""
TOGETHER: Final = 10
"""So many notices stand in one message."""
MOST: Final = 200
"""So many notices of one reader are promised by one tick; the next tick goes on."""
_WAITS: Final = timedelta(minutes=1)
_EVENT: Final = "notice_rhythm"
LIVE_KINDS: Final[Mapping[str, LiveKind]] = {
    PREVIEW: LiveKind.PREVIEW,
    BREAKDOWN: LiveKind.BREAKDOWN,
    NOTICE_COPY: LiveKind.NOTICE_COPY,
    NOTICE_GROUP: LiveKind.NOTICE_GROUP,
}
"""What the messages of these renderers are that are edited after they went out."""


async def tell(
    session: Session,
    dedupe_key: str,
    view: View,
    *,
    now: datetime,
    kind: MessageKind = MessageKind.NOTICE,
    share: OfficeShare | None = None,
    about: tuple[str, int] | None = None,
    urgent: bool = False,
    instead: Mapping[int, View] | None = None,
) -> int:
    """Promise ``view`` to the members of the office who hear of it; returns how many there are.

    ``share``: the subject that one of its sections may see to. None: it concerns the whole office.
    ``about``: the subject (its word and id) of a matter that one of them has to settle. An ``urgent`` notice
    comes at once, whatever its readers chose. ``instead``: by contact, what they read instead of ``view``.
    """
    office = await office_hearers(session, share)
    matter_id = None
    if about is not None and office:
        matter_id = await office_matters.open_matter(session, dedupe_key, about, now=now)
    keys = {ident(contact): f"{dedupe_key}:{contact.id}" for contact in office}
    known = await _known(session, list(keys.values()))
    for contact in office:
        key, shown = keys[ident(contact)], (instead or {}).get(ident(contact), view)
        if key in known:
            continue
        if urgent or contact.notices is NoticeRhythm.AT_ONCE:
            await _at_once(session, kind, key, shown, contact, matter_id, now)
        else:
            await keep(session, key, shown, contact, matter_id=matter_id, now=now)
    return len(office)


async def keep(
    session: Session,
    key: str,
    view: View,
    contact: Contact,
    *,
    now: datetime,
    matter_id: int | None = None,
    outbox_id: int | None = None,
) -> None:
    """Keep a notice; one that is kept already stays as it is.

    ``outbox_id``: the message that tells it. None: it waits for the hour of a member who gathers them.
    """
    row = {
        "contact_id": contact.id,
        "dedupe_key": key,
        "content": view.to_json(),
        "matter_id": matter_id,
        "outbox_id": outbox_id,
        "created_at": now,
    }
    await office_matters.add_notices(session, [row])


async def _known(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys that were promised already, alone or with others, or wait for their hour."""
    return {*await messages.ids_of_keys(session, keys), *await office_matters.kept_keys(session, keys)}


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
        await keep(session, key, view, contact, now=now, matter_id=matter_id, outbox_id=ids[key])


async def untell(session: Session, dedupe_key: str) -> None:
    """Withdraw what ``tell`` has promised and what has not begun to go out."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    await office_matters.withdraw(session, [f"{dedupe_key}:{contact.id}" for contact in office])


async def is_told(session: Session, dedupe_key: str) -> bool:
    """Whether a member of the office was promised what has that key, or will be at their hour."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    return bool(await _known(session, [f"{dedupe_key}:{contact.id}" for contact in office]))


async def settle(
    session: Session, subject: tuple[str, int], by: int | None, outcome: Text, *, now: datetime, but: str = ""
) -> None:
    """Note how the open matters of a subject were settled. ``but``: the key of one that stays open.

    Of several steps by one press (立案并派遣) the last is noted.
    """
    ids = await office_matters.ids_to_settle(session, subject, by, now=now, but=but)
    if ids:
        await office_matters.settle(session, ids, by, outcome.to_json(), now=now)
        await office_matters.touch_messages(session, ids)


async def place(session: Session, row: Outbox, message_ids: Sequence[int]) -> None:
    """Note where a nag or a notice stands, now that it is sent.

    A colleague may have moved its matter on since it was rendered. Then it is edited.
    """
    kind = live_kind(row)
    if kind is LiveKind.PREVIEW:
        dirty = await push_notes.changed_since_shown(session, ident(row), row.content["slot"])
    else:
        dirty = kind is LiveKind.NOTICE and await office_matters.was_moved_on(session, ident(row))
    await live_messages.place_list(session, ident(row), message_ids, kind=kind, dirty=dirty)


async def claimant(session: Session, matter: OfficeMatter) -> Contact | None:
    """Who sees to a matter; None: nobody, or they are no reachable member of the office any more."""
    if matter.claimed_by is None:
        return None
    contact = await session.get(Contact, matter.claimed_by)
    if contact is None or not contact.reachable:
        return None
    return contact if Role.OFFICE in await people.roles_of(session, matter.claimed_by) else None


async def claim(turn: Turn, matter_id: int) -> Text:
    """我来办: the others' notices say who sees to it. Of two presses at once, one counts."""
    require_office(turn.actor)
    matter = await office_matters.matter_by_id(turn.session, matter_id)
    # Who has left the office meanwhile sees to nothing any more.
    stale = matter is not None and await claimant(turn.session, matter) is None
    after = matter.claimed_by if matter is not None and stale else None
    if await office_matters.claim(turn.session, matter_id, turn.actor.id, after=after, now=turn.now):
        await office_matters.touch_messages(turn.session, [matter_id])
        return Text("office_notices.claimed")
    return await _state(turn, matter_id)


async def give_back(turn: Turn, matter_id: int) -> Text:
    """交回: nobody sees to it any more."""
    require_office(turn.actor)
    if await office_matters.give_back(turn.session, matter_id, turn.actor.id):
        await office_matters.touch_messages(turn.session, [matter_id])
        return Text("office_notices.given_back")
    return await _state(turn, matter_id)


async def _state(turn: Turn, matter_id: int) -> Text:
    """How the matter stands, for a press that came too late."""
    matter = await office_matters.matter_by_id(turn.session, matter_id)
    if matter is None or matter.settled_at is not None:
        who = await audit.name_of(turn.session, None if matter is None else matter.settled_by)
        return Text("office_notices.settled_before", who=who)
    if matter.claimed_by == turn.actor.id:
        return Text("office_notices.claimed")
    if await claimant(turn.session, matter) is None:
        return Text("office_notices.given_back")
    return Text("office_notices.claimed_before", who=await audit.name_of(turn.session, matter.claimed_by))


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
    for contact_id in await office_matters.readers_waited_for(turn.session):
        sent += await _promise(turn, await turn.session.get_one(Contact, contact_id))
    return sent


async def _promise(turn: TickTurn, contact: Contact) -> int:
    """Promise what is due for one reader, ``TOGETHER`` in a message; only the first comes with a sound."""
    contact_id = ident(contact)
    roles = await people.roles_of(turn.session, contact_id)
    if Role.OFFICE not in roles or contact.state is ContactState.LEFT:
        await office_matters.forget_all_of(turn.session, contact_id)
        return 0
    if not contact.reachable:
        return 0  # it waits until they have unblocked the bot
    # What comes at the very hour is waited for, so that it stands in the same message.
    moment = turn.now if contact.notices is NoticeRhythm.AT_ONCE else turn.now - _WAITS
    until = gathered_until(contact.notices, moment, turn.campaign.zone, turn.campaign.calendar)
    due = await office_matters.waiting_for(turn.session, contact_id, until=until, limit=MOST)
    matters = await office_matters.matters_by_id(
        turn.session, {row.matter_id for row in due if row.matter_id}
    )
    over = {ident(row) for row in due if row.matter_id and matters[row.matter_id].settled_at is not None}
    await office_matters.forget(turn.session, over)
    told = [ident(row) for row in due if row.id not in over]
    for begin in range(0, len(told), TOGETHER):
        await _promise_together(turn, contact, told[begin : begin + TOGETHER], quiet=begin > 0)
    return -(-len(told) // TOGETHER)


async def _promise_together(turn: TickTurn, contact: Contact, told: Sequence[int], *, quiet: bool) -> None:
    key = f"notices:{contact.id}:{told[-1]}"
    content = {"notices": list(told), "role": Role.OFFICE.value} | ({"quiet": True} if quiet else {})
    body: tuple[str, Mapping[str, object]] = (GATHERED, content)
    await outbox.enqueue_raw(turn.session, MessageKind.NOTICE, key, body, now=turn.now, contact=contact)
    ids = await messages.ids_of_keys(turn.session, [key])
    await office_matters.put_into(turn.session, told, ids[key])


async def open_one(turn: Turn, notice_id: int) -> View:
    """A notice that came with others, whole and with all its buttons, as a message of its own."""
    require_office(turn.actor)
    found = await office_matters.notices_by_id(turn.session, [notice_id])
    if not found or found[0].contact_id != turn.actor.id:
        raise DomainError("buttons.expired")
    (notice,) = found
    view = View.from_json(notice.content)
    matter = (
        None
        if notice.matter_id is None
        else await office_matters.matter_by_id(turn.session, notice.matter_id)
    )
    return view if matter is None else await as_it_stands(turn, view, matter)


async def as_it_stands(turn: TickTurn, view: View, matter: OfficeMatter) -> View:
    """The notice, with who sees to its matter or, without its buttons, who settled it."""
    if matter.settled_at is not None:
        return replace(view, lines=[*view.lines, await settled_line(turn, matter)], rows=())
    return replace(view, lines=[*view.lines, *await claimed_lines(turn, matter)])


async def settled_line(turn: TickTurn, matter: OfficeMatter) -> Text:
    """By whom a matter was settled or, if that is nobody of the office, what made it needless."""
    by = matter.settled_by
    ours = by is not None and Role.OFFICE in await people.roles_of(turn.session, by)
    outcome = Text.from_json(matter.outcome) if matter.outcome else Text("common.as_is", text="")
    at = moment_text(matter.settled_at or turn.now, turn.campaign.zone)
    who = await audit.name_of(turn.session, by)
    return Text("office_notices.settled" if ours else "office_notices.over", who=who, at=at, outcome=outcome)


async def claims_on(turn: TickTurn, subject: tuple[str, int]) -> list[Text]:
    """Who sees to the open matters of a subject, for its card."""
    ids = await office_matters.open_ids(turn.session, subject)
    found = await office_matters.matters_by_id(turn.session, ids)
    return [line for one in ids for line in await claimed_lines(turn, found[one])]


async def claimed_lines(turn: TickTurn, matter: OfficeMatter) -> list[Text]:
    contact = await claimant(turn.session, matter)
    if contact is None or matter.claimed_at is None:
        return []
    who = await audit.name_of(turn.session, contact.id)
    return [Text("office_notices.claimed_by", who=who, at=moment_text(matter.claimed_at, turn.campaign.zone))]


def live_kind(row: Outbox) -> LiveKind:
    """What a message is that is edited after it went out: it tells the office something, or lists nags."""
    if row.view in LIVE_KINDS:
        return LIVE_KINDS[row.view]
    return LiveKind.NOTICE if row.view in {ALONE, GATHERED} else LiveKind.NAG
