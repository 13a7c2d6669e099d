"""At DEBUG no line of the log shows what people write or are called; ids and kinds lead to a fault."""

from __future__ import annotations

import re

from models.db import Database
from sandbox.client import SandboxClient
from tests.e2e.cast import OBJECTIVE, account, assemble
from tests.support.crashing import BOOM
from tests.support.processes import Forge

STRANGER = 6_100_000_003
# Letters that no path and no line of the program has.
WORDS = ("Wilhelmina", "Zoryana", "Quetzalcoatl")


async def test_no_line_shows_words_or_names(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    (who,), office = cast.accounts, account(cast.office)
    await people.create_user("Zoryana", id=STRANGER)
    group = await people.create_group("Quetzalcoatl 工作群", members=[who])
    debug = env | {"CHUANGCHENG_LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "1"}
    async with forge.program("run", env=debug, hurry=True, boom="Wilhelmina 张三说") as bot:
        await people.start(office)
        card = await _report(people, who)
        await people.send_text(who, who, "/find Wilhelmina 街")
        await people.wait_for(who, card, contains="没有")
        await people.send_document(who, who, b"Wilhelmina", name="Wilhelmina 名册.xlsx")
        await people.send_text(group.id, who, f"Wilhelmina 今天{OBJECTIVE}3处")
        await _ask_to_join(people)
        await people.fail("sendMessage", chat=who, status=400, description="Bad Request: 'Wilhelmina' 张三")
        await people.send_text(who, who, "/help")
        await bot.err.wait_for("prompt not delivered")
        await people.send_text(who, who, BOOM)
        await people.wait_for(office, contains="处理失败")
        assert await bot.stop() == 0, bot.err.text
    lines = bot.err.text.splitlines()
    assert [line for line in lines if re.search(rf"[^\x00-\x7f]|{'|'.join(WORDS)}", line, re.I)] == []
    assert f"chat_id={who} user_id={who} kind=message length=" in bot.err.text
    assert re.search(r"event=delivered outbox_id=\d+ kind=receipt", bot.err.text)
    assert re.search(r'event="update failed" update_id=\d+', bot.err.text)
    assert "RuntimeError: [14 characters]" in bot.err.text


async def _report(people: SandboxClient, who: int) -> int:
    """Report in a sentence with a photo, confirm it, and return the receipt's id."""
    await people.send_photo(who, who, caption=f"今天{OBJECTIVE}12处 Wilhelmina")
    card = await people.wait_for(who, contains="请核对")
    await people.press(who, who, card.message_id, "✅ 确认提交")
    return (await people.wait_for(who, contains="【回执】")).message_id


async def _ask_to_join(people: SandboxClient) -> None:
    """A person asks to join the first unit, under a name of their own."""
    await people.send_text(STRANGER, STRANGER, "/join")
    for question, answer in (("单位", "城管局"), ("姓名", "Zoryana"), ("职务", "Wilhelmina")):
        asked = await people.wait_for(STRANGER, contains=question)
        await people.send_text(STRANGER, STRANGER, answer)
    summary = await people.wait_for(STRANGER, asked.message_id, contains="Wilhelmina")
    await people.press(STRANGER, STRANGER, summary.message_id, 0)
    await people.wait_for_edit(summary)
