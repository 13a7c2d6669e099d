"""The check of the machine's clock by the ``Date`` of answers: what is told, and when the ticks wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast

import httpx
import pytest
from structlog.testing import capture_logs
from telegram import Bot

from bot.api_clock import ApiClock
from bot.receiving.intake import Intake
from bot.receiving.polling import Poller
from locales import Text
from models import ticks
from models.db import Database
from scheduler.runner import TickRunner
from scheduler.ticks import Tick
from services.campaign import Campaign
from services.turn import TickTurn
from tests.support.patience import PATIENCE

TRUE = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
DAY = 86_400.0


class Machine:
    """A machine with a wall clock that a test moves, and Telegram, whose clock is right."""

    def __init__(self, *, checks: bool = True) -> None:
        self.ahead, self.seconds = 0.0, 100.0
        self.told: list[tuple[str, Text]] = []
        self.check = ApiClock(checks=checks, wall=self.wall, monotonic=lambda: self.seconds)

    def wall(self) -> float:
        return TRUE.timestamp() + self.seconds + self.ahead

    def answer(self) -> None:
        date = datetime.fromtimestamp(TRUE.timestamp() + self.seconds, UTC)
        self.check.heard(format_datetime(date, usegmt=True))

    def tell(self, kind: str, text: Text) -> None:
        self.told.append((kind, text))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told]


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    machine.check.tell_by(machine.tell)
    return machine


def test_a_clock_that_is_right_holds_up_nothing(machine: Machine) -> None:
    for _ in range(3):
        machine.seconds += 25
        machine.answer()
        assert machine.check.is_settled()
    assert machine.told == []


def test_a_jump_waits_for_one_answer(machine: Machine) -> None:
    """The clock is set right by five minutes: one answer says that it is right."""
    machine.ahead = 300.0
    assert not machine.check.is_settled()
    assert not machine.check.is_settled(), "asking again is no answer"
    machine.answer()
    assert machine.check.is_settled()
    assert machine.told == []


def test_a_clock_that_is_ahead_for_seconds_is_never_followed(machine: Machine) -> None:
    machine.ahead = 22 * DAY
    assert not machine.check.is_settled()
    assert machine.check.right_now() - TRUE < timedelta(hours=1)
    machine.answer()
    assert not machine.check.is_settled()
    machine.ahead = 0.0
    assert not machine.check.is_settled()
    machine.answer()
    assert machine.check.is_settled()
    assert machine.kinds == ["clock.wrong"]


@pytest.mark.parametrize(("ahead", "side"), [(1200.0, "ahead"), (-1200.0, "behind")])
def test_twenty_minutes_are_told_and_not_waited_for(machine: Machine, ahead: float, side: str) -> None:
    machine.ahead = ahead
    machine.answer()
    machine.answer()
    assert machine.check.is_settled()
    ((kind, text),) = machine.told
    assert kind == "clock.off"
    assert text.values["side"] == Text(f"alarms.clock.{side}", minutes=20)


def test_what_was_heard_before_anybody_could_be_told_is_told_then() -> None:
    machine = Machine()
    machine.ahead = 2 * 3600.0
    machine.answer()
    machine.check.tell_by(machine.tell)
    assert machine.kinds == ["clock.wrong"]


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Nov 2026 09:00:00 GMT"])
def test_an_answer_without_a_date_says_nothing(machine: Machine, date: str | None) -> None:
    machine.check.heard(date)
    assert machine.check.is_settled()
    assert machine.told == []


def test_without_a_check_nothing_waits() -> None:
    machine = Machine(checks=False)
    machine.check.tell_by(machine.tell)
    machine.ahead = 22 * DAY
    machine.answer()
    assert machine.check.is_settled()
    assert machine.told == []


@pytest.mark.parametrize(("slept", "heard"), [(0.0, ["now"]), (700.0, [])])
async def test_an_answer_from_before_the_machine_slept_is_no_comparison(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, slept: float, heard: list[str]
) -> None:
    seconds, dates = iter([100.0, 125.0 + slept]), list[str | None]()
    monkeypatch.setattr("bot.receiving.polling.steady_seconds", lambda: next(seconds))
    poller = Poller(bot, cast(Intake, None), heard=dates.append)
    answer = httpx.Response(200, json={"ok": True, "result": []}, headers={"date": "now"})
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _asked: answer)) as client:
        await poller._fetch(client)
    assert dates == heard


# -- the ticks -------------------------------------------------------------------------------------


class Looks:
    """The moments at which the tick looked."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        self._more = asyncio.Event()

    async def look(self, turn: TickTurn) -> None:
        self.at.append(turn.now)
        self._more.set()

    async def first(self) -> datetime:
        async with asyncio.timeout(PATIENCE):
            await self._more.wait()
        return self.at[0]


@asynccontextmanager
async def running(
    machine: Machine,
    database: Database,
    looks: Looks,
    monkeypatch: pytest.MonkeyPatch,
    every: float = 3600.0,
) -> AsyncIterator[None]:
    async def now() -> datetime:
        return datetime.fromtimestamp(machine.wall(), UTC)

    monkeypatch.setattr("scheduler.runner.TICKS", [Tick("once", every, looks.look)])
    runner = TickRunner(database.transaction, now, Campaign(), lambda: None, check=machine.check)
    runner.start()
    try:
        yield
    finally:
        async with asyncio.timeout(PATIENCE):
            await runner.stop()


async def test_a_tick_waits_while_the_clock_is_wrong_and_goes_on_by_itself(
    machine: Machine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks()
    machine.ahead = 22 * DAY
    machine.answer()
    async with running(machine, database, looks, monkeypatch):
        for _ in range(20):
            await asyncio.sleep(0)
            machine.answer()
        assert looks.at == []
        machine.ahead = 0.0
        machine.answer()
        assert await looks.first() - TRUE < timedelta(hours=1)


async def test_a_jump_while_a_tick_waits_for_its_transaction_is_seen(
    machine: Machine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, jumped, inner = Looks(), asyncio.Event(), database.transaction

    @asynccontextmanager
    async def transaction() -> AsyncIterator[object]:
        async with inner() as session:
            if not jumped.is_set():
                machine.ahead = 22 * DAY
                jumped.set()
            yield session

    monkeypatch.setattr(database, "transaction", transaction)
    async with running(machine, database, looks, monkeypatch):
        async with asyncio.timeout(PATIENCE):
            await jumped.wait()
        machine.ahead = 0.0
        machine.answer()
        assert await looks.first() - TRUE < timedelta(hours=1)


async def test_the_end_does_not_wait_for_the_clock(
    machine: Machine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks()
    machine.ahead = 22 * DAY
    machine.answer()
    async with running(machine, database, looks, monkeypatch):
        await asyncio.sleep(0)
    assert looks.at == []


# -- ticks that ran in a time to come ---------------------------------------------------------------


async def test_what_ran_ahead_is_undone_at_once_by_a_clock_that_is_known(
    machine: Machine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks()
    await mark(database, TRUE + timedelta(days=22))
    machine.answer()
    async with running(machine, database, looks, monkeypatch):
        await looks.first()
    assert await marked(database) <= TRUE + timedelta(hours=1)


async def test_a_clock_that_cannot_be_compared_and_falls_back_for_a_moment_undoes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine is its own Bot API. Its clock is 22 days behind; the last ticks ran in the true time."""
    looks, alone = Looks(), Machine(checks=False)
    await mark(database, TRUE)
    alone.ahead = -22 * DAY
    with capture_logs() as logs:
        async with running(alone, database, looks, monkeypatch, every=0.01):
            await logged(logs, "ticks ran in a time to come: is the clock right now?")
            assert looks.at == []
            assert await marked(database) == TRUE
            alone.ahead = 0.0
            assert await looks.first() - TRUE < timedelta(hours=1)
    assert await marked(database) == TRUE


async def test_a_clock_that_cannot_be_compared_is_believed_when_it_has_stood(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, alone = Looks(), Machine(checks=False)
    monkeypatch.setattr("scheduler.runner.STANDS", 0.0)
    await mark(database, TRUE + timedelta(days=22))
    async with running(alone, database, looks, monkeypatch):
        await looks.first()
    assert await marked(database) <= TRUE + timedelta(hours=1)


async def mark(database: Database, at: datetime) -> None:
    async with database.transaction() as session:
        await ticks.tick_turn(session, "nags", at)


async def marked(database: Database) -> datetime:
    async with database.reading() as session:
        at = await ticks.ran_at(session, "nags")
    assert at is not None
    return at


async def logged(logs: list[MutableMapping[str, Any]], event: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while all(entry["event"] != event for entry in logs):
            await asyncio.to_thread(lambda: None)  # a log sets no event, so the loop is left to go on
