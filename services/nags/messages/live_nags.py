"""A merged message that stays a list: a press marks its line, and what was done elsewhere is marked later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final

from locales import Text
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.nags import changed_subjects, nag_views
from models.people import Contact
from services import live_updates
from services.errors import DomainError
from services.nags.messages import nag_delivery, nag_message
from services.nags.messages.nag_list import NagList
from services.nags.subject import ItemKey, PageMaker
from services.nags.subjects import SUBJECTS
from services.turn import TickTurn, Turn
from services.views import View

_FOLLOWED: Final = timedelta(days=2)
"""The last message of a person is looked at if it told them of the matter since then."""


async def turn_page(turn: Turn, outbox_id: int, *, offset: int, unfold: bool = False) -> View:
    """Another page of the presser's message; ``DomainError`` if nothing of it is left.

    ``unfold``: with what is no news.
    """
    view = await shown(turn, outbox_id, offset, unfold=unfold)
    if view is None and (row := await _own(turn, outbox_id)) is not None:
        view = await nag_delivery.page(turn, row, offset, unfolded=unfold)
    if view is None:
        raise DomainError("nags.nothing_left")
    return view


async def _own(turn: Turn, outbox_id: int) -> Outbox | None:
    row = await turn.session.get(Outbox, outbox_id)
    return row if row is not None and row.contact_id == turn.actor.id else None


async def shown(
    turn: Turn, outbox_id: int, offset: int | None = None, *, unfold: bool = False
) -> View | None:
    """The list as it reads now, from ``offset`` on or on the page that stands there; None: it is not known.

    Its row notes that page, and that the chat shows something else than before.
    """
    row = await _own(turn, outbox_id)
    live = await live_messages.live_message(turn.session, LiveKind.NAG, outbox_id)
    if row is None or live is None or live.content is None:
        return None
    listed = NagList.from_json(live.content)
    listed = replace(
        listed, offset=listed.offset if offset is None else offset, folded=listed.folded and not unfold
    )
    view, _ = await _marked(turn, row, turn.actor.contact, listed)
    live.content = None if view.listed is None else dict(view.listed)
    live.content_hash = live_updates.hash_of(view, turn.actor.contact.locale or turn.campaign.locale)
    live.version += 1
    turn.session.add(live)
    return view


async def render(turn: TickTurn, outbox_id: int) -> tuple[View, str] | None:
    """A person's last list as it reads now, and their language; None: it stays as it is."""
    row = await turn.session.get(Outbox, outbox_id)
    live = await live_messages.live_message(turn.session, LiveKind.NAG, outbox_id)
    if row is None or live is None or live.content is None:
        return None
    reader = None if row.contact_id is None else await turn.session.get(Contact, row.contact_id)
    if reader is None or reader.telegram_user_id != live.chat_id:
        return None
    if not await live_messages.is_last_list(turn.session, live):
        return None
    view, done = await _marked(turn, row, reader, NagList.from_json(live.content))
    # Before its first mark it reads as it went out. A mark that no longer holds is taken away.
    unmarked = live.content_hash is None and not done
    return None if unmarked else (view, reader.locale or turn.campaign.locale)


async def _marked(turn: TickTurn, row: Outbox, reader: Contact, listed: NagList) -> tuple[View, bool]:
    """The list as it reads now, and whether anything of it is done."""
    pages: list[PageMaker] = []
    done: dict[ItemKey, Text] = {}
    for subject in SUBJECTS.values():
        if items := row.content.get(subject.content):
            lines, standing = await subject.left(turn, row, items, reader)
            of_subject = await standing.done(row, reader)
            done |= {(subject.word, *key): how for key, how in of_subject.items()}
            pages += [await standing.page(lines, reader)] if lines else []
    reading = nag_delivery.reading_of(turn, row, reader, listed.offset)
    # Of an old list words and lamps are those of its day.
    day_ends = turn.campaign.last_second(reading.day)
    reading = replace(reading, now=min(turn.now, day_ends))
    return nag_message.marked(pages, reading, listed, done), not listed.keys.isdisjoint(done)


async def touch(turn: TickTurn, audit_ids: Collection[int]) -> None:
    """Have the last lists looked at of those who acted in these rows of the audit, or were told of it."""
    actors, about = await changed_subjects.what_changed(turn.session, audit_ids)
    if not about:
        return
    told = await nag_views.told_of(turn.session, about, turn.now - _FOLLOWED)
    await live_messages.touch_last_lists(turn.session, actors | told)
