"""撤回分解 by the whole program: the notices that stand are edited, and other messages go on being edited."""

from __future__ import annotations

from models.db import Database
from sandbox.testing import RunningSandbox
from tests.e2e.cast import OBJECTIVE, assemble
from tests.e2e.test_kill_breakdown import CALM, CONFIRM, NOTICE, UNITS, parts, with_assisting_units
from tests.support.chat import text_of as says
from tests.support.processes import Forge


async def test_the_notices_are_edited(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database
) -> None:
    people = telegram.client
    cast = await assemble(database, people, units=UNITS)
    for account in cast.accounts:
        telegram.world.chats[account].started = True
    await with_assisting_units(database, cast)
    who = cast.accounts[0]
    async with forge.program("run", env=env, **CALM) as bot:
        await people.send_text(who, who, "/tasks")
        listed = await people.wait_for(who, contains=OBJECTIVE)
        await people.press(who, who, listed.message_id, f"1. {OBJECTIVE}")
        card = await people.wait_for(who, listed.message_id, contains="当前状态")
        await people.press(who, who, card.message_id, says("breakdowns.start_button"))
        preview = await people.wait_for(who, card.message_id, contains="【分解任务】")
        await people.press(who, who, preview.message_id, CONFIRM)
        told = [await people.wait_for(account, contains=NOTICE) for account in cast.accounts[1:]]
        shown = await people.wait_for_edit(preview, contains="当前状态")
        await people.press(who, who, shown.message_id, says("breakdowns.undo_button"))
        asked = await people.wait_for_edit(shown, contains="【撤回分解】")
        await people.press(who, who, asked.message_id, says("completion.back_button"))
        back = await people.wait_for_edit(asked, contains="当前状态")
        await people.press(who, who, back.message_id, says("breakdowns.undo_button"))
        asked = await people.wait_for_edit(back, contains="【撤回分解】")
        await people.press(who, who, asked.message_id, says("breakdowns.undo_now_button"))
        for notice in told:
            edited = await people.wait_for_edit(notice, contains="【已撤回】")
            assert not edited.buttons
        assert await bot.stop() == 0, bot.err.text
        assert "Traceback" not in bot.err.text
    assert len(await parts(database, cast)) == UNITS - 1
