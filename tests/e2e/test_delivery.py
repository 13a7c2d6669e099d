"""Delivery by the whole program: a lost nag and the office's 重发, and a long message with a kill."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from locales import Text, plain
from models.db import Database
from models.people import ContactState
from rules.delivery.delivery import MessageKind
from sandbox.client import SandboxClient
from services import outbox
from services.views import View
from tests.conftest import NOW
from tests.e2e.cast import OBJECTIVE, account, assemble
from tests.support.processes import Forge

pytestmark = pytest.mark.both_engines("outbox")

MARK = plain(Text("outbox.repeat_mark"))
LONG = "\n\n".join(f"{number}. " + "清理违规广告牌匾" * 60 for number in range(20))


async def test_a_nag_that_may_be_lost_is_sent_again_when_the_office_says_so(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, deadline=(NOW + timedelta(days=1)).date())
    who, office = cast.accounts[0], account(cast.office)
    # Both open their chats first: a bot may write nobody first, and it writes to the office when it starts.
    for chat in (who, office):
        await people.start(chat)
    async with forge.program("run", env=env, hurry=True) as bot:
        for chat in (who, office):
            await people.wait_for(chat)
        await people.fail("sendMessage", chat=who, mode="drop_after")
        # 09:00 on the day of the deadline, in Shanghai.
        await people.set_clock(NOW.replace(day=16, hour=1, minute=0))
        told = await people.wait_for(office, contains="是否送达未能确认")
        for _ in range(2):
            press = await people.press(office, office, told.message_id, "重发", force=True)
            assert press.query is not None
            await people.wait_for_answer(press.query.id)
        again = await people.wait_for(who, contains=MARK)
        # The next answer comes after all earlier promises.
        await people.send_text(who, who, "/help")
        await people.wait_for(who, again.message_id)
        assert await bot.stop() == 0, bot.err.text
    nags = [
        message.text for message in await people.messages(who, sender="bot") if "任务提醒" in message.text
    ]
    assert len(nags) == 2
    assert nags[1] == f"{MARK}\n{nags[0]}"


async def test_killed_between_two_parts_only_the_rest_is_sent(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    who = cast.accounts[0]
    await people.start(who)
    async with database.transaction() as session:
        view = View([Text("common.as_is", text=LONG)])
        await outbox.enqueue(session, MessageKind.RECEIPT, "long", view, now=NOW, contact=cast.contacts[0])
        # The parts are counted, so nobody else may get a message.
        cast.office.state = ContactState.UNREACHABLE
        session.add(cast.office)
    async with forge.program("run", env=env, hurry=True, crash=["before a part", 2]) as bot:
        assert await bot.ended() == -signal.SIGKILL, bot.err.text
    (first,) = [message.text for message in await people.messages(who, sender="bot")]
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.wait_for(who, contains="19. ")
        assert await bot.stop() == 0, bot.err.text
    # The answer to /start may also have gone out before the end.
    sent = await people.messages(who, sender="bot")
    texts = [message.text for message in sent if "您好" not in message.text]
    assert texts[0] == first
    assert texts[1].startswith(f"{MARK}\n")
    assert "\n\n".join([first, texts[1].removeprefix(f"{MARK}\n"), *texts[2:]]) == LONG


async def test_a_receipt_that_met_a_blocked_chat_comes_on_return(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    (who,) = cast.accounts
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.start(account(cast.office))
        await people.send_text(who, who, f"今天{OBJECTIVE}12处")
        card = await people.wait_for(who, contains="请核对")
        await people.fail("sendMessage", chat=who, status=403)
        await people.press(who, who, card.message_id, "✅ 确认提交")
        await people.wait_for(account(cast.office), contains="已停用机器人")
        await people.send_text(who, who, "/help")
        told = await people.wait_for(who, contains=["您不在期间", "回执1条", "【回执】"])
        await people.send_text(who, who, "/help")
        await people.wait_for(who, told.message_id)
        assert await bot.stop() == 0, bot.err.text
    receipts = [one for one in await people.messages(who, sender="bot") if "【回执】" in one.text]
    assert len(receipts) == 1
