"""The ledger finds what it is for. Without these tests a table of zeros would say nothing."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from rules.amounts import in_wan
from rules.delivery.delivery import DeliveryState, MessageKind
from sandbox.world import World
from tests.conftest import NOW
from tests.faults.district import District, district
from tests.faults.ledger import FIRST_AMOUNT, MARK, TITLES, Ledger, WatchedQueue
from tests.support.processes import Forge
from tests.support.rows import Rows


@dataclass
class Desk:
    """A district without a program: a test writes what the program would have, rightly or wrongly."""

    place: District

    @property
    def who(self) -> int:
        return self.place.cast.accounts[0]

    def show(self, chat: int, text: str) -> None:
        world = self.place.telegram.world
        world.post(world.chat(chat), world.bot.id, {"text": text})

    async def file(self, number: str = "R1", *, by: int = 0) -> None:
        """File the first amount for a contact."""
        async with self.place.database.transaction() as session:
            rows, cast = Rows(session, NOW), self.place.cast
            report = await rows.report(
                cast.units[by], cast.contacts[by], task_id=cast.tasks[by].id, receipt_no=number
            )
            metric = await rows.metric(cast.tasks[by], f"{number}的广告牌")
            await rows.figure(report, metric, FIRST_AMOUNT)

    async def found(self) -> list[str]:
        """What the ledger found: the kind of each finding."""
        await self.place.ledger.check(self.place.database, self.place.people)
        return [line.partition(":")[0] for line in self.place.ledger.findings.lines()]


@pytest.fixture
async def desk(forge: Forge, engine: str, database_url: str) -> AsyncIterator[Desk]:
    async with district(forge, engine, database_url, random.Random(1)) as place:  # noqa: S311  # a test's
        place.ledger.said[FIRST_AMOUNT] = place.cast.accounts[0]
        yield Desk(place)


def test_each_amount_is_new_and_shown_digit_by_digit() -> None:
    ledger = Ledger(WatchedQueue(World().updates))
    for who in range(400):
        amount = ledger.next_amount()
        assert in_wan(Decimal(amount)) == str(amount)
        ledger.said[amount] = who
    assert len(ledger.said) == 400


async def test_a_report_with_its_receipt_is_right(desk: Desk) -> None:
    await desk.file()
    desk.show(desk.who, f"【回执】R1\n本次 {FIRST_AMOUNT}处")
    assert await desk.found() == []


async def test_a_report_that_is_nowhere_is_lost(desk: Desk) -> None:
    assert await desk.found() == ["lost"]


async def test_a_receipt_that_never_came_is_lost(desk: Desk) -> None:
    await desk.file()
    assert await desk.found() == ["lost"]


async def test_a_number_that_counts_twice_is_doubled(desk: Desk) -> None:
    await desk.file()
    await desk.file("R2")
    for number in ("R1", "R2"):
        desk.show(desk.who, f"【回执】{number}")
    assert await desk.found() == ["doubled"]


@pytest.mark.parametrize(("mark", "found"), [("", ["doubled"]), (MARK, [])])
async def test_a_receipt_twice_is_doubled_unless_it_says_so(desk: Desk, mark: str, found: list[str]) -> None:
    await desk.file()
    for text in ("【回执】R1", f"{mark}\n【回执】R1"):
        desk.show(desk.who, text)
    assert await desk.found() == found


async def test_a_report_of_another_person_is_astray(desk: Desk) -> None:
    await desk.file(by=1)
    desk.show(desk.who, "【回执】R1")
    assert await desk.found() == ["astray"]


async def test_words_in_another_chat_are_astray(desk: Desk) -> None:
    await desk.file()
    desk.show(desk.who, "【回执】R1")
    desk.place.ledger.said[FIRST_AMOUNT + 1] = other = desk.place.cast.accounts[1]
    desk.show(other, f"本次 {FIRST_AMOUNT}处")
    assert "astray" in await desk.found()


@pytest.mark.parametrize(
    ("state", "shown", "found"),
    [
        (DeliveryState.SENT, 1, []),
        (DeliveryState.SENT, 0, ["lost"]),
        (DeliveryState.SENT, 2, ["doubled"]),
        # Nobody knows whether it arrived, and the office has not heard of it.
        (DeliveryState.UNKNOWN, 1, ["lost"]),
        (DeliveryState.UNKNOWN, 2, ["doubled", "lost"]),
        (DeliveryState.RETRY, 0, ["lost"]),
    ],
)
async def test_what_belongs_to_a_slot_comes_once(
    desk: Desk, state: DeliveryState, shown: int, found: list[str]
) -> None:
    desk.place.ledger.said.clear()
    async with desk.place.database.transaction() as session:
        await Rows(session, NOW).message(desk.who, kind=MessageKind.NAG, state=state)
    for _ in range(shown):
        desk.show(desk.who, f"{TITLES[MessageKind.NAG]}12月15日")
    assert sorted(await desk.found()) == found


async def test_an_update_that_telegram_forgot_must_be_in_the_inbox(desk: Desk) -> None:
    desk.place.ledger.said.clear()
    queue = desk.place.ledger.queue
    again = queue.bodies[0]
    queue.deliver_again(dict(again))
    queue.acknowledge(again["update_id"] + 1)
    assert await desk.found() == ["lost"]
    async with desk.place.database.transaction() as session:
        await Rows(session, NOW).update(update_id=again["update_id"], bot_id=1, payload="{}", state="done")
    desk.place.ledger.findings.lost.clear()
    assert await desk.found() == []


@pytest.mark.parametrize(("shown", "found"), [(2, []), (3, ["doubled"]), (0, ["lost"])])
async def test_what_tells_of_a_week_may_have_a_brief_in_it(desk: Desk, shown: int, found: list[str]) -> None:
    desk.place.ledger.said.clear()
    async with desk.place.database.transaction() as session:
        rows = Rows(session, NOW)
        for kind in (MessageKind.BRIEF, MessageKind.DIGEST):
            await rows.message(desk.who, kind=kind, state=DeliveryState.SENT)
    for _ in range(shown):
        desk.show(desk.who, "【创城简报】")
    assert await desk.found() == found
