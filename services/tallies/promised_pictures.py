"""Promised pictures: each follows its words as a message of its own, and changes when its tally is corrected.

A picture is promised with its words, in one transaction, as a row that says all that it shows. It is drawn
later, and only then its message is promised. So words never wait for a picture.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from locales import Text, plain
from models import importing
from models.db import ident
from models.delivery import live_messages, pictures
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.delivery.pictures import PictureKind, PictureState, PromisedPicture
from models.groups import GroupChat
from models.people import Contact
from reports.formats import moment_text
from reports.pictures.picture import FILE_NAME, Picture
from rules.delivery.delivery import MessageKind
from services import access, live_updates, outbox
from services.turn import TickTurn
from services.views import FileSpec, View

log = structlog.get_logger(__name__)
RENDERER: Final = "picture"
"""The renderer of a picture's message."""
EDIT_REST: Final = timedelta(minutes=5)
"""The pictures of a group change at most once in this time."""
TRIES: Final = 3
AT_ONCE: Final = 40
"""So many pictures are drawn by one process."""


async def made(turn: TickTurn, make: Callable[[], Awaitable[Picture | None]]) -> Picture | None:
    """What ``make`` makes. None: it cannot be counted; that costs the picture alone, and the log says why."""
    try:
        async with turn.session.begin_nested():
            return await make()
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("a picture cannot be counted")
        return None


async def promise_to_group(
    turn: TickTurn, key: str, picture: Picture, group: GroupChat, tally_id: int | None = None
) -> None:
    """Promise a group a picture. ``key``: that of its message; ``tally_id``: the tally that corrects it."""
    kind = PictureKind.BRIEF if tally_id is None else PictureKind.TALLY
    row = PromisedPicture(
        promise_key=key,
        kind=kind,
        subject_id=tally_id,
        group_id=ident(group),
        content=picture.to_json(),
        created_at=turn.now,
    )
    await pictures.add(turn.session, row)


async def promise_to_contact(turn: TickTurn, key: str, picture: Picture, contact: Contact) -> None:
    """Promise a person the picture of a brief."""
    row = PromisedPicture(
        promise_key=key,
        kind=PictureKind.BRIEF,
        contact_id=ident(contact),
        content=picture.to_json(),
        created_at=turn.now,
    )
    await pictures.add(turn.session, row)


async def to_draw(turn: TickTurn) -> list[PromisedPicture]:
    """The pictures that one process draws next. What failed before is drawn alone: it may end the process."""
    found = await pictures.to_draw(turn.session, turn.now, EDIT_REST, AT_ONCE)
    fresh = [picture for picture in found if not picture.attempts]
    return fresh or found[:1]


async def note_failed(turn: TickTurn, picture: PromisedPicture) -> None:
    """Note that a picture could not be drawn. It is tried again, but not for ever."""
    attempts = picture.attempts + 1
    state = PictureState.FAILED if attempts >= TRIES else PictureState.WAITING
    await pictures.write(turn.session, picture, attempts=attempts, state=state)


def shown_on(turn: TickTurn, picture: PromisedPicture, said: Picture) -> Picture:
    """The picture as it is drawn. One that takes the place of another says when it was corrected."""
    if not picture.promised or picture.corrected_at is None:
        return said
    return replace(
        said, stamp=plain(_corrected_stamp(said.stamp, picture.corrected_at, turn), turn.campaign.locale)
    )


async def keep_unchanged(turn: TickTurn, picture: PromisedPicture) -> None:
    """Leave a picture as it is: what came late changes nothing in it."""
    await pictures.write(turn.session, picture, state=PictureState.DRAWN)


async def keep_drawn(turn: TickTurn, rows: Sequence[PromisedPicture], said: Picture, png: bytes) -> None:
    """Store a drawn picture for these rows, which say the same.

    Their messages are promised, or changed where they stand.
    """
    stored_id = await importing.store(turn.session, FILE_NAME, png, turn.now)
    for picture in rows:
        drawn = {"file_id": stored_id, "content": said.to_json()}
        if picture.promised:
            drawn["drawn_for"] = picture.corrected_at
            # If it was corrected while it was drawn, it is drawn anew.
            if await pictures.write(turn.session, picture, state=PictureState.DRAWN, **drawn):
                await live_messages.touch_standing(turn.session, LiveKind.PICTURE, ident(picture))
        elif await pictures.promise(turn.session, picture, **drawn):
            # A correction meanwhile leaves it waiting. Nobody has to wait for that: the message will change.
            await pictures.write(turn.session, picture, state=PictureState.DRAWN)
            await _promise(turn, picture)


async def _promise(turn: TickTurn, picture: PromisedPicture) -> None:
    body = RENDERER, {"picture": ident(picture), "quiet": True}
    kind, key = MessageKind.PICTURE, picture.promise_key
    if picture.contact_id is not None:
        contact = await turn.session.get(Contact, picture.contact_id)
        if contact is not None:
            await outbox.enqueue_raw(turn.session, kind, key, body, now=turn.now, contact=contact)
        return
    group = await turn.session.get(GroupChat, picture.group_id)
    if group is None or not group.active:
        return
    chat = group.chat_id, group.thread_id
    live_id = await _live_message(turn, picture, chat) if picture.kind is PictureKind.TALLY else None
    await outbox.enqueue_raw(turn.session, kind, key, body, now=turn.now, chat=chat, live_id=live_id)


async def _live_message(turn: TickTurn, picture: PromisedPicture, chat: tuple[int, int | None]) -> int:
    """The message that keeps the picture right. It is clean: what is promised needs no edit."""
    live = LiveMessage(
        kind=LiveKind.PICTURE, subject_id=ident(picture), chat_id=chat[0], thread_id=chat[1], dirty=False
    )
    turn.session.add(live)
    await turn.session.flush()
    return ident(live)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The picture as it was drawn last. None: its day is over, or its reader leads nothing any more."""
    picture = await turn.session.get(PromisedPicture, row.content["picture"], populate_existing=True)
    if picture is None or picture.file_id is None or turn.campaign.today(picture.created_at) != turn.today:
        return None
    return _view(turn, picture) if await _may_have(turn, picture) else None


async def _may_have(turn: TickTurn, picture: PromisedPicture) -> bool:
    """Whether the reader of a brief's picture still leads something. A group's is for all who are in it."""
    if picture.contact_id is None:
        return True
    contact = await turn.session.get_one(Contact, picture.contact_id)
    return (await access.actor_of(turn.session, contact, today=turn.today)).is_leader


async def note_edited(turn: TickTurn, picture_id: int) -> None:
    """Note that a picture has changed in its chat: the group's next change waits."""
    await pictures.note_edited(turn.session, picture_id, turn.now)


async def render_live(turn: TickTurn, picture_id: int) -> tuple[View, str] | None:
    """The picture in the message that stands in its chat, and the language of its caption."""
    picture = await turn.session.get(PromisedPicture, picture_id, populate_existing=True)
    group = None if picture is None else await turn.session.get(GroupChat, picture.group_id)
    if picture is None or picture.file_id is None or group is None or not group.active:
        return None
    return _view(turn, picture), turn.campaign.locale


def _view(turn: TickTurn, picture: PromisedPicture) -> View:
    said = picture.content
    stamp = Text("common.as_is", text=said["stamp"])
    if picture.drawn_for is not None:
        stamp = _corrected_stamp(said["stamp"], picture.drawn_for, turn)
    caption = Text("pictures.caption", title=said["title"], stamp=stamp)
    file = FileSpec("photo", stored_id=picture.file_id, name=FILE_NAME, caption=caption)
    return View([], files=[file])


def _corrected_stamp(stamp: str, corrected_at: datetime, turn: TickTurn) -> Text:
    return Text("pictures.corrected", stamp=stamp, at=moment_text(corrected_at, turn.campaign.zone))


async def is_out_of_date(turn: TickTurn, picture_id: int, content_hash: str) -> bool:
    """Whether a picture was drawn anew while its message was on its way."""
    shown = await render_live(turn, picture_id)
    return shown is not None and live_updates.hash_of(*shown) != content_hash
