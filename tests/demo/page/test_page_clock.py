"""The clock stops at each sending, waits until it is sent, and moves once at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from demo.page import clock as clock_module
from demo.page.clock import PageClock
from demo.page.district import District
from demo.page.errors import PageError
from demo.page.program import Coming, ComingMessage, PageProgram
from tests.demo.page.small_district import NAMES, START, bot_says, small_district


class ProgramThatSends:
    """Sends at its moments as the real program would, and says beforehand what it will send."""

    def __init__(self, district: District, moments: list[datetime]) -> None:
        self.district, self.moments, self.is_on = district, moments, True
        self.sent: list[datetime] = []

    async def coming(self) -> Coming:
        now = self.district.world.clock.now()
        later = [at for at in self.moments if at > now]
        chat = self.district.resident(NAMES[0]).id
        message = ComingMessage("城管办主任", "任务时限", chat)
        return Coming(later[0] if later else None, [message] if later else [])

    async def run(self) -> None:
        world, chat = self.district.world, self.district.resident(NAMES[0]).id
        while True:
            due = [at for at in self.moments if at not in self.sent and at <= world.clock.now()]
            for at in due:
                call = world.calls.open(
                    "sendMessage", monotonic=0.0, at=world.clock.now().isoformat(), chat_id=chat, params={}
                )
                bot_says(self.district, chat, f"{world.clock.now():%d %H:%M}")
                self.sent.append(at)
                call.status = 200
            world.signal.fire()
            await world.signal.until(self._has_due, 5)

    def _has_due(self) -> bool | None:
        now = self.district.world.clock.now()
        return any(at not in self.sent and at <= now for at in self.moments) or None


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> District:
    monkeypatch.setattr(clock_module, "_LOOKS_WITHIN", 0.01)
    return small_district(tmp_path)


def clock_of(district: District, program: ProgramThatSends) -> PageClock:
    return PageClock(district.world, cast(PageProgram, program), district.changed)


MOMENTS = [START + timedelta(hours=hours) for hours in (1, 2, 30, 72)]


async def test_it_stops_at_everything_that_goes_out(district: District) -> None:
    program = ProgramThatSends(district, MOMENTS)
    running = asyncio.create_task(program.run())
    await clock_of(district, program).to(START + timedelta(hours=73))
    running.cancel()
    chat = district.world.chats[district.resident(NAMES[0]).id]
    said = [message.date for message in chat.messages.values() if district.is_from_bot(message)]
    assert said == [int(at.timestamp()) for at in MOMENTS]
    assert district.world.clock.now() == START + timedelta(hours=73)


async def test_to_the_next_sending(district: District) -> None:
    program = ProgramThatSends(district, MOMENTS)
    running = asyncio.create_task(program.run())
    clock = clock_of(district, program)
    await clock.to_next()
    running.cancel()
    assert district.world.clock.now() == MOMENTS[0]
    assert clock.coming is not None
    assert clock.coming.at == MOMENTS[1]


async def test_one_hour(district: District) -> None:
    clock = clock_of(district, ProgramThatSends(district, []))
    await clock.by(1)
    assert clock.now == START + timedelta(hours=1)


async def test_it_moves_at_once_while_the_program_is_off(district: District) -> None:
    program = ProgramThatSends(district, MOMENTS)
    program.is_on = False
    clock = clock_of(district, program)
    await clock.to(START + timedelta(hours=40))
    assert (clock.now, clock.coming) == (START + timedelta(hours=40), None)


async def test_one_move_at_a_time(district: District) -> None:
    clock = clock_of(district, ProgramThatSends(district, []))
    seen: list[str] = []

    async def again() -> None:
        with pytest.raises(PageError) as refused:
            await clock.by(1)
        seen.append(refused.value.text.key)

    await asyncio.gather(clock.by(1), again())
    assert (seen, clock.moving) == (["page.clock.moves_already"], False)
    assert clock.now == START + timedelta(hours=1)


async def test_it_stays_when_nobody_knows_what_goes_out(district: District) -> None:
    """The program cannot say it any more: a jump would collapse what is between."""
    program = ProgramThatSends(district, MOMENTS)
    running = asyncio.create_task(program.run())
    clock = clock_of(district, program)
    said = program.coming

    async def once() -> Coming | None:
        return await said() if clock.now == START else None

    program.coming = once  # type: ignore[assignment,method-assign]  # it fails after the first stop
    with pytest.raises(PageError) as refused:
        await clock.to(START + timedelta(days=10))
    running.cancel()
    assert refused.value.text.key == "page.clock.lost"
    assert (clock.now, clock.moving) == (MOMENTS[0], False)
    assert [at for at, _ in clock.sent] == [MOMENTS[0]]
