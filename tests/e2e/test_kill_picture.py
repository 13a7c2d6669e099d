"""``kill -9`` while pictures are drawn and sent, and while a week is told of: each comes once, or says so."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

from sqlmodel import select

from models.db import Database
from models.delivery.messages import Outbox
from models.delivery.pictures import PictureState, PromisedPicture
from models.groups import GroupChat
from models.people import ContactRole
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from sandbox.client import SandboxClient
from tests.conftest import NOW
from tests.e2e.cast import Cast, account, assemble
from tests.support.processes import Forge
from tests.support.rows import Rows

CALM: dict[str, Any] = {"hurry": True}
# Each life of the program ends when it passes its stage.
LIVES = (
    *("before a picture is kept", "after a picture is kept"),
    *("between claim and send of a picture", "between send and mark of a picture"),
)
REPEATED = "可能重复"


async def _group(database: Database, people: SandboxClient, cast: Cast) -> int:
    chat = (await people.create_group("工作群", members=[account(cast.office)])).id
    async with database.transaction() as session:
        earlier = NOW - timedelta(days=9)
        office = cast.office.id or 0
        session.add(
            GroupChat(chat_id=chat, title="工作群", bound_by=office, bound_at=earlier, tallied_until=NOW)
        )
    return chat


async def test_a_picture_comes_once_or_says_that_it_may_be_a_repeat(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=2, deadline=(NOW + timedelta(days=9)).date())
    chat = await _group(database, people, cast)
    # 18:00 in Shanghai.
    await people.set_clock(NOW.replace(day=15, hour=10, minute=0))
    for stage in LIVES:
        async with forge.program("run", env=env, crash=[stage, 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    async with forge.program("run", env=env, **CALM) as bot:
        first = await people.wait_for(chat, kind="photo")
        await people.wait_for(chat, first.message_id, kind="photo")
        assert await bot.stop() == 0, bot.err.text
    said = await people.messages(chat, sender="bot")
    assert [one.kind for one in said if "【创城工作日报】" in one.text] == ["text"]
    pictures = [one for one in said if one.kind == "photo"]
    # Nobody knows whether the one of the third life went out, so that of the fourth says so, too.
    assert [REPEATED in one.text for one in pictures] == [True, True]
    async with database.reading() as session:
        (row,) = (await session.exec(select(PromisedPicture))).all()
        states = (await session.exec(select(Outbox.state).where(Outbox.kind == MessageKind.PICTURE))).all()
    assert (row.state, row.attempts) == (PictureState.DRAWN, 0)
    assert states == [DeliveryState.SENT]


async def test_the_week_is_told_once_whatever_ends_the_program(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=2, deadline=(NOW + timedelta(days=9)).date())
    chat = await _group(database, people, cast)
    # The office opens its chat first: whom the bot could not write to hears nothing of what is left open.
    await people.start(account(cast.office))
    # 08:30 on a Monday in Shanghai.
    await people.set_clock(NOW.replace(day=21, hour=0, minute=30))
    await people.fail("sendMessage", chat=chat, mode="hang")
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for_call("sendMessage", chat=chat, answered=False)
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    await people.clear_faults()
    async with forge.program("run", env=env, **CALM) as bot:
        listed = await people.wait_for(account(cast.office), contains="已暂停，以免重复打扰")
        await people.press(account(cast.office), account(cast.office), listed.message_id, "重发")
        await people.wait_for(chat, contains="【创城工作周报】")
        assert await bot.stop() == 0, bot.err.text
    said = [one.text for one in await people.messages(chat, sender="bot")]
    weeks = [text for text in said if "【创城工作周报】" in text]
    assert len(weeks) == 1
    assert REPEATED in weeks[0], "nobody knows whether the first one arrived"


async def test_what_a_month_brings_comes_once(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """The brief with the month, its picture, the 汇报 and the ledger: each comes once, or says so."""
    cast = await assemble(database, people, deadline=(NOW + timedelta(days=9)).date())
    office = account(cast.office)
    async with database.transaction() as session:
        session.add(ContactRole(contact_id=cast.office.id or 0, role=Role.DISTRICT_LEADER))
        rows = Rows(session, NOW)
        moments = {"reported_at": NOW, "counted_at": NOW}
        await rows.report(cast.units[0], cast.contacts[0], task_id=cast.tasks[0].id, **moments)
    await people.start(office)
    # 08:00 on the first working day of 2027 in Shanghai.
    await people.set_clock(NOW.replace(year=2027, month=1, day=4, hour=0, minute=0))
    for stage in ("before a picture is kept", "between send and mark of a picture"):
        async with forge.program("run", env=env, crash=[stage, 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    await people.fail("sendDocument", mode="hang")
    async with forge.program("run", env=env, **CALM) as bot:
        await people.wait_for_call("sendDocument", answered=False)
        bot.signal(signal.SIGKILL)
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    await people.clear_faults()
    async with forge.program("run", env=env, **CALM) as bot:
        last, files = 0, set[str]()
        while len(files) < 2:  # where LibreOffice is, the report comes as a PDF, too
            one = await people.wait_for(office, last, kind="document")
            last, files = one.message_id, files | {one.media["file_name"][:4]}
        assert await bot.stop() == 0, bot.err.text
    assert files == {"创城台账", "工作情况"}
    said = await people.messages(office, sender="bot")
    assert sum("【创城工作月报】2026年12月" in one.text for one in said if one.kind == "text") == 1
    pictures = [one for one in said if one.kind == "photo"]
    assert [REPEATED in one.text for one in pictures] == [False, True]
