"""Captions of sent files are in the reader's language."""

from __future__ import annotations

import pytest

from locales import Text
from rules.delivery.delivery import DeliveryState, MessageKind
from services import outbox
from services.views import FileSpec, View
from tests.bot.desk import Desk, account


@pytest.mark.parametrize(
    ("locale", "captions"), [("zh", ["整改前", "整改后", ""]), ("en", ["Before", "After", ""])]
)
@pytest.mark.parametrize("count", [1, 3])
async def test_captions(desk: Desk, locale: str, captions: list[str], count: int) -> None:
    """Captions are right in an album and under a single photo."""
    contact = await desk.contact("督导员")
    chat = account(contact)
    photos = await desk.people.send_media_group(chat, chat, count=3)
    texts = [Text("checking.phase.before"), Text("checking.phase.after"), None]
    files = [
        FileSpec("photo", file_id=photo.file_id, caption=text)
        for photo, text in zip(photos, texts, strict=True)
    ][:count]
    async with desk.database.transaction() as session:
        stored = await session.merge(contact)
        stored.locale = locale
        view = View([Text("common.as_is", text="一")], files=files)
        await session.flush()
        await outbox.enqueue(session, MessageKind.NOTICE, "一", view, now=desk.clock.moment, contact=stored)
    desk.start()
    await desk.until_state("一", DeliveryState.SENT)
    shown = [message for message in await desk.received(chat) if message.kind == "photo"]
    assert [message.text for message in shown] == captions[:count]
