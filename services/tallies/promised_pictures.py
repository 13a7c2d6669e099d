"""Promised pictures: each follows its words as a message of its own, and changes when its tally is corrected.

A picture is promised with its words, in one transaction, as a row that says all that it shows. It is drawn
later, and only then its message is promised. So words never wait for a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from locales import Text, plain
from models import importing
from models.db import ident
from models.delivery import pictures
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.delivery.pictures import PictureKind, PictureState, PromisedPicture
from models.groups import GroupChat
from models.people import Contact
from reports.formats import moment_text
from reports.pictures.picture import Picture
from rules.delivery.delivery import MessageKind
from services import live_updates, outbox
from services.turn import TickTurn
from services.views import FileSpec, View

RENDERER: Final = "picture"
"""The renderer of a picture's message."""
EDIT_REST: Final = timedelta(minutes=5)
"""The pictures of a group change at most once in this time."""
TRIES: Final = 3
AT_ONCE: Final = 40
"""So many pictures are drawn by one process."""


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
    stored_id = await importing.store(turn.session, f"{rows[0].kind.value}.png", png, turn.now)
    drawn = {"state": PictureState.DRAWN, "file_id": stored_id, "content": said.to_json(), "promised": True}
    for picture in rows:
        edited = {"edited_at": turn.now} if picture.promised else {}
        # If it was corrected while it was drawn, it is drawn anew, and what nobody has got yet can wait.
        if not await pictures.write(turn.session, picture, **drawn, **edited):
            continue
        if picture.promised:
            await live_updates.touch(turn.session, LiveKind.PICTURE, ident(picture))
        else:
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
    """The picture as it was drawn last. None: its file is not kept any more."""
    picture = await turn.session.get(PromisedPicture, row.content["picture"], populate_existing=True)
    return None if picture is None or picture.file_id is None else _view(turn, picture)


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
    if picture.edited_at is not None and picture.corrected_at is not None:
        stamp = _corrected_stamp(said["stamp"], picture.corrected_at, turn)
    caption = Text("pictures.caption", title=said["title"], stamp=stamp)
    name = f"{picture.kind.value}.png"
    return View([], files=[FileSpec("photo", stored_id=picture.file_id, name=name, caption=caption)])


def _corrected_stamp(stamp: str, corrected_at: datetime, turn: TickTurn) -> Text:
    return Text("pictures.corrected", stamp=stamp, at=moment_text(corrected_at, turn.campaign.zone))


async def is_out_of_date(turn: TickTurn, picture_id: int, content_hash: str) -> bool:
    """Whether a picture was drawn anew while its message was on its way."""
    shown = await render_live(turn, picture_id)
    return shown is not None and live_updates.hash_of(*shown) != content_hash
