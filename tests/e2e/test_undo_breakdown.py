"""撤回分解 by the whole program: the notices that stand are edited, and other messages go on being edited."""

from __future__ import annotations

from models.db import Database
from sandbox.testing import RunningSandbox
from tests.e2e.test_kill_breakdown import CALM, NOTICE, UNITS, confirmed, parts, with_assisting_units
from tests.support.chat import text_of as says
from tests.support.processes import Forge


async def test_the_notices_are_edited(
    forge: Forge, env: dict[str, str], telegram: RunningSandbox, database: Database
) -> None:
    people = telegram.client
    cast = await with_assisting_units(telegram, database)
    who = cast.accounts[0]
    async with forge.program("run", env=env, **CALM) as bot:
        preview = await confirmed(people, who)
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
