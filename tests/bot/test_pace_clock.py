"""The pace of sending on a clock that jumps to the next timer, so tests are exact and never wait."""

from __future__ import annotations

import asyncio
import itertools
import random
import selectors
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from bot.pace import REMEMBERED, Pace, PaceIntervals, SlidingWindow, window_of
from bot.settings import Settings

# A look at the clock takes a little time, as with real clocks. This waits out rounding errors.
LOOK = 1e-7
TOLERANCE = 1e-3
TELEGRAM_S = PaceIntervals()


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer whenever the loop would sleep."""

    def __init__(self) -> None:
        self.clock = 1000.0
        super().__init__(_Impatient(self))

    def time(self) -> float:
        return self.clock


class _Impatient(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("nothing left to wait for")
        self._loop.clock += max(LOOK, timeout)
        return super().select(0)


def at_once(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work())


def turns(rates: PaceIntervals, *chats: int) -> list[tuple[int, float]]:
    """Ask for all turns together; return (chat, seconds since the start) in the order they were given."""

    async def ask() -> list[tuple[int, float]]:
        pace, loop = Pace(rates), asyncio.get_running_loop()
        start, given = loop.time(), []

        async def one(chat: int) -> None:
            await pace.turn(chat)
            given.append((chat, loop.time() - start))

        await asyncio.gather(*map(one, chats))
        return given

    found: list[tuple[int, float]] = at_once(ask)
    return found


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize(("chat", "seconds"), [(5_000_000_001, 1.0), (-1_001_234_567_890, 3.0)])
def test_one_chat_gets_a_message_a_second_and_a_group_twenty_a_minute(chat: int, seconds: float) -> None:
    times = [moment for _, moment in turns(PaceIntervals(), *[chat] * 10)]
    assert times[0] == pytest.approx(0, abs=TOLERANCE)
    assert gaps(times) == pytest.approx([seconds] * 9, abs=TOLERANCE)


def test_many_chats_are_served_smoothly_and_in_order() -> None:
    chats = list(range(1, 91))
    given = turns(PaceIntervals(), *chats)
    assert [chat for chat, _ in given] == chats
    times = [moment for _, moment in given]
    # Even the first second has no burst.
    apart = PaceIntervals().overall
    assert 1 / 30 <= apart < 1 / 20
    assert min(gaps(times)) >= apart - TOLERANCE
    assert times[-1] == pytest.approx(89 * apart, abs=0.05)


def test_a_full_chat_does_not_hold_up_others() -> None:
    given = dict(turns(PaceIntervals(), *[1] * 5, 2))
    assert given[2] <= 2 * PaceIntervals().overall + TOLERANCE
    assert given[1] >= 4 - TOLERANCE


def test_who_wakes_late_costs_no_pace() -> None:
    """Each turn is taken 10 ms late. The turns stay a thirtieth of a second apart all the same."""

    async def ask() -> list[float]:
        pace, loop, given = Pace(PaceIntervals()), asyncio.get_running_loop(), []

        async def one(chat: int) -> None:
            await pace.turn(chat)
            given.append(loop.time())

        waiting = [asyncio.create_task(one(chat)) for chat in range(1, 92)]
        while not all(task.done() for task in waiting):
            await asyncio.sleep(0)
            loop.clock += 0.01  # type: ignore[attr-defined]  # the loop of this module
        return given

    given = at_once(ask)
    assert 90 / (given[-1] - given[0]) == pytest.approx(30, rel=0.01)


def test_what_is_idle_saves_nothing_up() -> None:
    async def ask() -> list[float]:
        pace, loop = Pace(PaceIntervals()), asyncio.get_running_loop()
        await pace.turn(1)
        await asyncio.sleep(3600)
        start, times = loop.time(), []
        for _ in range(3):
            await pace.turn(1)
            times.append(loop.time() - start)
        return times

    assert at_once(ask) == pytest.approx([0, 1, 2], abs=TOLERANCE)


def test_a_turn_that_is_given_up_holds_up_nobody() -> None:
    async def ask() -> float:
        pace, loop = Pace(PaceIntervals()), asyncio.get_running_loop()
        start = loop.time()
        await pace.turn(1)
        waiting = asyncio.create_task(pace.turn(1))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await pace.turn(1)
        return loop.time() - start

    assert at_once(ask) == pytest.approx(1, abs=TOLERANCE)


def test_chats_are_forgotten_the_longest_idle_first() -> None:
    async def ask() -> tuple[float, int]:
        pace, loop = Pace(PaceIntervals(overall=1e-6, private=1000.0)), asyncio.get_running_loop()
        for chat in range(1, REMEMBERED + 2):
            await pace.turn(chat)
        start = loop.time()
        await pace.turn(1)  # this chat is forgotten by now, so it gets its turn at once
        return loop.time() - start, len(pace._chats)

    fresh, remembered = at_once(ask)
    assert fresh < 1
    assert remembered == REMEMBERED


def test_an_answer_does_not_stand_behind_what_goes_to_many() -> None:
    async def ask() -> list[tuple[int, float]]:
        pace, loop = Pace(PaceIntervals()), asyncio.get_running_loop()
        start, given = loop.time(), []

        async def one(chat: int, bulk: bool) -> None:
            await pace.turn(chat, bulk=bulk)
            given.append((chat, loop.time() - start))

        nags = [asyncio.create_task(one(chat, True)) for chat in range(1, 101)]
        await asyncio.sleep(10 * PaceIntervals().overall)
        await one(1000, False)
        await asyncio.gather(*nags)
        return given

    given = at_once(ask)
    asked = 10 * PaceIntervals().overall
    assert dict(given)[1000] - asked <= 2 * PaceIntervals().overall + TOLERANCE
    assert [chat for chat, _ in given if chat != 1000] == list(range(1, 101))
    assert min(gaps([moment for _, moment in given])) >= PaceIntervals().overall - TOLERANCE


def paced(overall: float, chat: float, group: float) -> Settings:
    return Settings(pace_per_second=overall, pace_chat_per_second=chat, pace_group_per_minute=group)


def travelled(
    chats: list[int], travels: Callable[[random.Random], float], rates: PaceIntervals = TELEGRAM_S
) -> list[float]:
    """Send to all ``chats`` together, and return the arrivals in order.

    ``travels`` gives the time from a turn to the message's leaving, from there to its arrival, and from the
    arrival to the answer.
    """

    async def ask() -> list[float]:
        pace, loop, chance, arrived = Pace(rates), asyncio.get_running_loop(), random.Random(3), []  # noqa: S311

        async def one(chat: int) -> None:
            await pace.turn(chat, bulk=True)
            await asyncio.sleep(travels(chance))
            async with pace.passage(chat):
                await asyncio.sleep(travels(chance))
                arrived.append(loop.time())
                await asyncio.sleep(travels(chance))

        await asyncio.gather(*map(one, chats))
        return sorted(arrived)

    found: list[float] = at_once(ask)
    return found


def spans(times: list[float], messages: int) -> list[float]:
    """The times from each message to the one ``messages`` later."""
    return [later - earlier for earlier, later in zip(times, times[messages:], strict=False)]


def test_what_arrives_bunched_meets_no_limit() -> None:
    """However long database and network take, no second has 31 messages, and no minute of a group has 21."""
    for longest in (0.0, 0.02, 0.3, 1.5):
        travels = partial(random.Random.uniform, a=0.0, b=longest)
        many = travelled(list(range(1, 301)), travels)
        assert min(spans(many, 30)) >= 1 - TOLERANCE, longest
        group = travelled([-1] * 50, travels)
        assert min(spans(group, 20)) >= 60 - TOLERANCE, longest


def test_nearly_all_of_the_allowed_rate_is_used() -> None:
    """Each of the three ways of a message takes 5 to 15 ms here."""
    times = travelled(list(range(1, 301)), lambda chance: chance.uniform(0.005, 0.015))
    assert 299 / (times[-1] - times[0]) >= 0.95 * 30
    times = travelled([-1] * 60, lambda chance: chance.uniform(0.005, 0.015))
    assert 59 / (times[-1] - times[0]) >= 0.95 * 20 / 60


def test_the_ways_of_messages_are_not_lost() -> None:
    """All messages travel alike, but for a hundredth: 25 ms out, and as long back."""
    travels = partial(random.Random.uniform, a=0.02475, b=0.02525)
    times = travelled(list(range(1, 901)), travels)
    assert min(spans(times, 30)) >= 1 - TOLERANCE
    late = times[300:]
    assert (len(late) - 1) / (late[-1] - late[0]) >= 0.98 * 30


@pytest.mark.parametrize("slow", [0.06, 0.15, 0.4])
def test_a_few_quick_messages_among_slow_ones_bunch_little(slow: float) -> None:
    """A fifth travels in 10 ms each way; the others do not, and their ways out and back differ."""

    def travels(chance: random.Random) -> float:
        return 0.01 if chance.random() < 0.2 else chance.uniform(0.01, slow)

    times = travelled(list(range(1, 901)), travels)
    assert min(spans(times, 30)) >= 1 - 0.06 - TOLERANCE
    assert min(spans(times, 32)) >= 1 - TOLERANCE


@pytest.mark.parametrize("slow", [0.25, 0.5, 1.0])
def test_a_way_out_that_becomes_quicker_bunches_little(slow: float) -> None:
    """Late messages and quick ones arrive together, but never more than 32 within a second."""

    async def ask() -> list[float]:
        pace, loop, arrived = Pace(PaceIntervals()), asyncio.get_running_loop(), []
        start = loop.time()

        async def one(chat: int) -> None:
            await pace.turn(chat, bulk=True)
            async with pace.passage(chat):
                await asyncio.sleep(slow if loop.time() - start < 10 else 0.03)
                arrived.append(loop.time())
                await asyncio.sleep(0.02)

        await asyncio.gather(*map(one, range(1, 601)))
        return sorted(arrived)

    times: list[float] = at_once(ask)
    assert min(spans(times, 30)) >= 1 - 0.06 - TOLERANCE
    assert min(spans(times, 32)) >= 1 - TOLERANCE


def test_when_all_are_under_way_an_answer_makes_room_a_span_later() -> None:
    async def ask() -> list[float]:
        window, loop, left = SlidingWindow(2, 1.0), asyncio.get_running_loop(), []
        start = loop.time()

        async def one() -> None:
            async with window.passage():
                left.append(loop.time() - start)
                await asyncio.sleep(5)

        await asyncio.gather(*(one() for _ in range(3)))
        return left

    assert at_once(ask) == pytest.approx([0, 0, 6], abs=TOLERANCE)


@pytest.mark.parametrize(
    ("paces", "intervals"),
    [
        ((30.0, 1.0, 20.0), (1 / 30, 1.0, 3.0)),
        ((10.0, 0.5, 4.0), (0.1, 2.0, 15.0)),
        # A group is a chat, too.
        ((0.5, 0.1, 20.0), (2.0, 10.0, 10.0)),
    ],
)
def test_settings_say_the_pace(
    paces: tuple[float, float, float], intervals: tuple[float, float, float]
) -> None:
    found = PaceIntervals.of(paced(*paces))
    assert (found.overall, found.private, found.group) == pytest.approx(intervals)


@pytest.mark.parametrize(("interval", "span", "most"), [(1 / 30, 1, 30), (3, 60, 20), (0.4, 1, 3), (2, 1, 1)])
def test_a_window_is_as_long_as_its_messages_take(interval: float, span: float, most: int) -> None:
    window = window_of(interval, span)
    assert window._most == most
    assert window._seconds == pytest.approx(most * interval)


def test_a_lowered_pace_is_kept_however_messages_travel() -> None:
    """At ten a second, no second has eleven; at four a minute, no minute of a group has five."""
    rates = PaceIntervals.of(paced(10, 1, 4))
    many = travelled(list(range(1, 101)), lambda chance: chance.uniform(0.0, 0.3), rates)
    assert min(spans(many, 10)) >= 1 - TOLERANCE
    group = travelled([-1] * 12, lambda chance: chance.uniform(0.0, 0.3), rates)
    assert min(spans(group, 4)) >= 60 - TOLERANCE


def test_a_group_does_not_stand_behind_a_thousand_people() -> None:
    async def ask() -> list[float]:
        pace, loop, given = Pace(PaceIntervals()), asyncio.get_running_loop(), []
        nags = [asyncio.create_task(pace.turn(chat, bulk=True)) for chat in range(1, 1001)]
        await asyncio.sleep(0)
        start = loop.time()
        for _ in range(8):
            await pace.turn(-1, bulk=True)
            given.append(loop.time() - start)
        await asyncio.gather(*nags)
        return given

    assert at_once(ask) == pytest.approx([3.0 * n for n in range(8)], abs=3 * PaceIntervals().overall)
