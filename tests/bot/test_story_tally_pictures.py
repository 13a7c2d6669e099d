"""The picture of a period's tally: a press, a process that draws, and a photo over HTTP."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from bot.workers import papers
from bot.workers.papers import PaperError
from tests.bot.town import Town, one
from tests.support.chat import text_of as says

BUTTON = says("pictures.button")


async def test_a_press_is_answered_by_a_photo(town: Town) -> None:
    office = town["组长"]
    await town.report(town["责任人"])
    tally = await town.ask(office, "/tally 本周")
    picture = one(await town.press(office, tally, BUTTON), "创城统计 本周 · 全区（12月14日00:00—")
    assert (picture.kind, picture.media[-1]["width"]) == ("photo", 1080)
    image = Image.open(BytesIO(await town.people.file(picture.file_id or "")))
    assert (image.format, image.width) == ("PNG", 1080)
    (call,) = await town.people.calls("sendPhoto")
    assert call.params["chat_id"] == str(office)
    assert (await town.people.messages(office, sender="bot"))[-1].message_id == picture.message_id


async def test_a_picture_that_cannot_be_drawn_is_a_sentence(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(_said: bytes) -> bytes:
        raise PaperError("exit code -9")

    office = town["组长"]
    await town.report(town["责任人"])
    monkeypatch.setattr(town.desk.sender._papers, "_work", dies)
    tally = await town.ask(office, "/tally 本周")
    (answer,) = await town.press(office, tally, BUTTON)
    assert answer.text == says("outbox.not_made")
    assert papers.TRIES > 1
