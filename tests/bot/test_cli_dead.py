"""The command ``dead``: it lists what could not be handled, without the words, and lets it run again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from services.campaign import Campaign
from tests.bot.terminal import prefixed, sentence
from tests.conftest import NOW
from tests.support.people import Roster
from tests.support.processes import Forge

WORDS = "今天清理违规广告牌匾12处"


@pytest.fixture
async def dead(database: Database) -> list[int]:
    """Ids: of an update of 张三, one of a chat that nobody knows, and a text that was no update."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        contact = await roster.contact(await roster.unit("城管局"), "张三")
        rows = [
            Inbox(
                bot_id=1,
                update_id=update_id,
                lane=lane or 0,
                payload=f'{{"message": "{WORDS}"}}',
                state=InboxState.DEAD,
                attempts=3,
                received_at=NOW,
                done_at=NOW,
                error="KeyError",
            )
            for update_id, lane in ((1, contact.telegram_user_id), (2, -77), (-3, 0))
        ]
        session.add_all(rows)
        await session.flush()
        return [row.id or 0 for row in rows]


async def rows(database: Database) -> list[tuple[InboxState, bool]]:
    async with database.reading() as session:
        found = await session.exec(select(Inbox).order_by(col(Inbox.id)))
        return [(row.state, row.seen_at is not None) for row in found]


async def test_it_lists_them_without_their_words(forge: Forge, database_url: str, dead: list[int]) -> None:
    env = prefixed(DATABASE_URL=database_url)
    done = await forge.run("dead", env=env)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"{dead[0]}\t2026-12-15 08:45\t张三\tKeyError",
        f"{dead[1]}\t2026-12-15 08:45\t-77\tKeyError",
        f"{dead[2]}\t2026-12-15 08:45\t?\tKeyError",
        "未能处理、尚未查看的消息：3条。",
    ]
    listed = (await forge.run("dead", "--json", env=env)).json()
    assert [(one["number"], one["may_run"]) for one in listed] == list(
        zip(dead, (True, True, False), strict=True)
    )
    assert WORDS not in done.out + str(listed)


async def test_they_run_again_or_are_seen(
    forge: Forge, database: Database, database_url: str, dead: list[int]
) -> None:
    first, second, text = map(str, dead)
    done = await forge.run(
        "dead", "--again", first, "--seen", second, env=prefixed(DATABASE_URL=database_url)
    )
    assert done.out.splitlines()[-1] == "未能处理、尚未查看的消息：1条。"
    new, over = InboxState.NEW, InboxState.DEAD
    assert await rows(database) == [(new, False), (over, True), (over, False)]
    refused = await forge.run("dead", "--again", text, env=prefixed(DATABASE_URL=database_url))
    assert (refused.code, refused.out) == (1, "")
    assert f"序号 {text} " in sentence(refused)
    refused = await forge.run(
        "dead", "--seen", text, "--seen", second, env=prefixed(DATABASE_URL=database_url)
    )
    assert refused.code == 1, "who names a wrong number changes nothing"
    assert await rows(database) == [(new, False), (over, True), (over, False)]


async def test_one_that_was_handled_after_all_is_gone(
    forge: Forge, database: Database, database_url: str, dead: list[int]
) -> None:
    async with database.transaction() as session:
        row = await session.get_one(Inbox, dead[0])
        row.state, row.done_at = InboxState.DONE, NOW + timedelta(hours=1)
    refused = await forge.run("dead", "--again", str(dead[0]), env=prefixed(DATABASE_URL=database_url))
    assert refused.code == 1
