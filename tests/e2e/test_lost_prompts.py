"""A card or a question that is lost on its way comes by itself, and what it is about counts once."""

from __future__ import annotations

import signal
from typing import Any

from sqlmodel import select

from locales import Text, plain
from models.db import Database
from models.progress import Figure
from sandbox.client import SandboxClient
from tests.e2e.cast import OBJECTIVE, assemble
from tests.support.processes import Forge

SENTENCE = f"今天{OBJECTIVE}1101处"
CONFIRM = "✅ 确认提交"
CARD = ["请核对", "1101处"]
RECEIPT = ["【回执】", "1101处"]
# After the last one the message is there, but the program cannot know it.
FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 502},
    {"mode": "drop_before"},
    {"mode": "drop_after"},
]
CALM: dict[str, Any] = {"hurry": True, "ticks": 60}


async def filed(database: Database) -> list[int]:
    async with database.reading() as session:
        return [int(figure.added) for figure in (await session.exec(select(Figure))).all()]


async def test_a_card_comes_again_after_each_fault(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=len(FAULTS))
    async with forge.program("run", env=env, **CALM) as bot:
        for who, fault in zip(cast.accounts, FAULTS, strict=True):
            await people.fail("sendMessage", chat=who, **fault)
            await people.send_text(who, who, SENTENCE)
            card = await people.wait_for(who, contains=CARD)
            if fault.get("mode") == "drop_after":
                second = await people.wait_for(who, card.message_id, contains=CARD)
                await people.press(who, who, card.message_id, CONFIRM)
                await people.wait_for(who, contains=RECEIPT)
                pressed = await people.press(who, who, second.message_id, CONFIRM)
                assert pressed.query is not None
                assert (await people.wait_for_answer(pressed.query.id)).answers[0].show_alert
            else:
                await people.press(who, who, card.message_id, CONFIRM)
                await people.wait_for(who, contains=RECEIPT)
        assert await bot.stop() == 0, bot.err.text
    assert await filed(database) == [1101] * len(FAULTS)


async def test_a_card_and_a_question_come_after_a_kill(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """The kill comes between the commit and the call to Telegram."""
    cast = await assemble(database, people)
    (who,) = cast.accounts
    stranger = (await people.create_user("新来的人")).id
    for account, words, shown in (
        (who, SENTENCE, CARD),
        (stranger, "/join", [plain(Text("joining.ask_unit"))]),
    ):
        await people.send_text(account, account, words)
        async with forge.program("run", env=env, crash=["before a part", 1], **CALM) as bot:
            assert await bot.ended() == -signal.SIGKILL, bot.err.text
        assert await people.messages(account, sender="bot") == []
        async with forge.program("run", env=env, **CALM) as bot:
            await people.wait_for(account, contains=shown)
            assert await bot.stop() == 0, bot.err.text
    async with forge.program("run", env=env, **CALM) as bot:
        card = await people.wait_for(who, contains=CARD)
        await people.press(who, who, card.message_id, CONFIRM)
        await people.wait_for(who, contains=RECEIPT)
        assert await bot.stop() == 0, bot.err.text
    assert await filed(database) == [1101]
    for account in (who, stranger):
        said = [one.text for one in await people.messages(account, sender="bot")]
        assert len(said) == len(set(said)), "what came is not shown again"
