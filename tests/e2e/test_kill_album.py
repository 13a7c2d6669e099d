"""``kill -9`` while an album comes in: no photo is lost or doubled, and its card still comes."""

from __future__ import annotations

import signal
from typing import Any

from sqlmodel import select

from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.drafts import Draft
from models.progress import Evidence, ProgressReport
from sandbox.client import SandboxClient
from tests.e2e.cast import OBJECTIVE, assemble
from tests.support.processes import Forge

ALBUM = "14000000000000001"
PHOTOS = 10
# Each life of the program ends when it has passed its stage the given number of times. Parts are handled in
# order, and no card is due before the last part is in, so it is certain how far each life comes.
LIVES = (
    ("before parts of an album are stored", 3, 60),
    ("before a part of an album is committed", 2, 60),
    ("after a part of an album is committed", 3, 60),
    ("after a part of an album is committed", PHOTOS - 4, 60),
    ("before a part", 1, 0.2),
    ("before a card is noted", 1, 0.2),
)
CONFIRM = "✅ 确认提交"


async def send_part(people: SandboxClient, who: int, caption: str | None = None) -> None:
    """Send one more photo of the album."""
    await people.act("send_photo", chat=who, user=who, media_group_id=ALBUM, caption=caption)


async def test_an_album_survives(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    (who,) = cast.accounts
    calm: dict[str, Any] = {"hurry": True, "ticks": 60}
    for number in range(PHOTOS):
        await send_part(people, who, f"今天新增{OBJECTIVE}12处" if number == 4 else None)
    for stage, n, delay in LIVES:
        async with forge.program("run", env=env, crash=[stage, n], card_delay=delay, **calm) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    # The last life knew that it had sent the card, but could not write that down.
    first = await people.wait_for(who, contains=["请核对", "10 张图片", "12处"])
    async with forge.program("run", env=env, card_delay=0.2, **calm) as bot:
        card = await people.wait_for(who, first.message_id, contains=["请核对", "10 张图片"])
        await send_part(people, who)
        card = await people.wait_for_edit(card, contains="11 张图片")
        await people.press(who, who, card.message_id, CONFIRM)
        await people.wait_for(who, contains=["【回执】", "本次 12处", "11 张图片"])
        pressed = await people.press(who, who, first.message_id, CONFIRM)
        assert pressed.query is not None
        refusal = await people.wait_for_answer(pressed.query.id)
        assert [answer.show_alert for answer in refusal.answers] == [True]
        assert await bot.stop() == 0, bot.err.text
    await check(database)


async def check(database: Database) -> None:
    async with database.reading() as session:
        (report,) = (await session.exec(select(ProgressReport))).all()
        evidence = (await session.exec(select(Evidence))).all()
        assert (await session.exec(select(Draft))).all() == []
        assert (await session.exec(select(Inbox).where(Inbox.state != InboxState.DONE))).all() == []
    assert {file.report_id for file in evidence} == {report.id}
    assert len({file.file_unique_id for file in evidence}) == len(evidence) == 11
