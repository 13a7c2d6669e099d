"""``kill -9`` at every stage: each report counts exactly once, and no receipt is lost."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections import Counter
from typing import Any

from sqlmodel import col, select

from locales import Text, plain
from models.db import Database
from models.delivery.inbox import Inbox, InboxState
from models.delivery.messages import Outbox
from models.progress import Figure, ProgressReport
from rules.delivery.delivery import MAX_REPEATS, DeliveryState, MessageKind
from sandbox.client import SandboxClient
from sandbox.shapes import MessageRecord
from tests.e2e.cast import OBJECTIVE, Cast, account, assemble
from tests.support.processes import Forge

ROUNDS, CONTACTS = 5, 10
STAGES = (
    "before the inbox commit",
    "after the inbox commit",
    "inside the handler",
    "after its effects",
    "after the commit",
    "between claim and send",
    "between send and mark",
)
# Each life of the program ends when it has passed its stage this many times.
PASSING = 3
MARK = plain(Text("outbox.repeat_mark"))
Told = list[tuple[int, int]]


async def _live(forge: Forge, env: dict[str, str], people: SandboxClient, finish: asyncio.Event) -> None:
    """Start the program again after each kill, as a supervisor does, until ``finish``."""
    calm: dict[str, Any] = {"hurry": True, "ticks": 60}
    for stage in STAGES:
        async with forge.program("run", env=env, crash=[stage, PASSING], **calm) as bot:
            assert await bot.ended() == -signal.SIGKILL, f"{stage}: {bot.err.text}"
    async with forge.program("run", env=env, **calm) as bot:
        await finish.wait()
        assert await bot.stop() == 0, bot.err.text


async def _report(people: SandboxClient, cast: Cast, told: Told) -> None:
    """In each round every contact reports one number; all have their cards before anybody confirms."""
    numbers = itertools.count(101)
    for _ in range(ROUNDS):
        amounts = {who: next(numbers) for who in cast.accounts}
        cards = await asyncio.gather(*(_write(people, who, amount) for who, amount in amounts.items()))
        await asyncio.gather(
            *(people.press(card.chat_id, card.chat_id, card.message_id, "✅ 确认提交") for card in cards)
        )
        await asyncio.gather(*(_get_receipt(people, who, amount) for who, amount in amounts.items()))
        told += amounts.items()
    # An answer comes after all earlier promises to its chat.
    for who in cast.accounts:
        await people.send_text(who, who, "/cancel")
        await people.wait_for(who, contains="当前没有正在填写的报告")


async def _write(people: SandboxClient, who: int, amount: int) -> MessageRecord:
    await people.send_text(who, who, f"今天新增{OBJECTIVE}{amount}处")
    return await people.wait_for(who, contains=["请核对", f"{amount}处"])


async def _get_receipt(people: SandboxClient, who: int, amount: int) -> MessageRecord:
    return await people.wait_for(who, contains=["【回执】", f"本次 {amount}处"])


async def test_each_report_counts_once_and_no_receipt_is_lost(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people, units=5, each=CONTACTS // 5)
    told: Told = []
    finish = asyncio.Event()
    lives = asyncio.create_task(_live(forge, env, people, finish))
    reports = asyncio.create_task(_report(people, cast, told))
    try:
        await asyncio.wait((reports, lives), return_when=asyncio.FIRST_COMPLETED)
        finish.set()
        await asyncio.gather(reports, lives)
    finally:
        reports.cancel()
        lives.cancel()
        await asyncio.gather(reports, lives, return_exceptions=True)
    assert len(told) == ROUNDS * CONTACTS
    await _check_database(database, told)
    for contact in cast.contacts:
        await _check_receipts(database, people, account(contact), contact.id or 0)


async def _check_database(database: Database, told: Told) -> None:
    async with database.reading() as session:
        reports = {report.id: report for report in await session.exec(select(ProgressReport))}
        figures = (await session.exec(select(Figure))).all()
        open_or_dead = await session.exec(select(Inbox).where(Inbox.state != InboxState.DONE))
        receipts = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.RECEIPT))).all()
        assert open_or_dead.all() == []
    assert [row for row in receipts if not _is_settled(row)] == []
    assert len(receipts) == len(reports) == len(told)
    assert len({report.receipt_no for report in reports.values()}) == len(told)
    assert Counter(int(figure.added) for figure in figures) == Counter(amount for _, amount in told)
    said = {(report.contact_id, report.text) for report in reports.values()}
    assert len(said) == len(told)


def _is_settled(receipt: Outbox) -> bool:
    """Whether it was sent, or was under way at so many kills that the office holds it, as one to look into.

    Lives are short here, and the oldest receipt is taken first in each. The contact has it all the same.
    """
    held = receipt.state is DeliveryState.UNKNOWN and receipt.repeats == MAX_REPEATS
    return held or receipt.state is DeliveryState.SENT


async def _check_receipts(database: Database, people: SandboxClient, chat: int, contact_id: int) -> None:
    """Check that every report has its receipt in the chat, and that repeated messages say so."""
    async with database.reading() as session:
        query = select(ProgressReport.receipt_no).where(col(ProgressReport.contact_id) == contact_id)
        numbers = (await session.exec(query)).all()
    texts = [message.text for message in await people.messages(chat, sender="bot")]
    receipts = [text for text in texts if "【回执】" in text]
    assert len(numbers) == ROUNDS
    for number in numbers:
        about = [text for text in receipts if number in text]
        assert about, f"no receipt for {number} in\n" + "\n".join(texts)
        assert sum(MARK not in text for text in about) <= 1, about
    assert all(any(number in text for number in numbers) for text in receipts)
