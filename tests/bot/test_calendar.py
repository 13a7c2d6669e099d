"""Days imported while the program runs count at once, in its answers, boards and nags."""

from __future__ import annotations

from datetime import date, timedelta

from locales import Text, plain
from scheduler.runner import TickRunner
from services.importing.plans.calendar_plan import apply_calendar, plan_calendar
from services.importing.rows.calendar_rows import parse_calendar
from tests.bot.town import OTHER_TASK, Town, at, one
from tests.services.importing.builders import workbook

GREEN, YELLOW = (plain(Text(f"common.lamp.{name}")) for name in ("green", "yellow"))
SATURDAY = date(2026, 12, 19)


async def learn(town: Town, first: date, last: date, word: str) -> None:
    """Import the days from ``first`` to ``last``, as the command does from another process."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    data = workbook([("日期", "是否上班"), *((day, word) for day in days)])
    async with town.desk.database.transaction() as session:
        plan = await plan_calendar(session, parse_calendar(data, "日历.xlsx"))
        await apply_calendar(session, plan, now=town.desk.clock.moment)


async def nine_days_off(town: Town) -> None:
    """Import nine days off, so that no working day is left before the 25th, when a task is due."""
    await learn(town, date(2026, 12, 16), date(2026, 12, 24), "休息")


async def test_an_answer_follows_the_calendar(town: Town) -> None:
    assert f"{GREEN} {OTHER_TASK}" in (await town.ask(town["街道"], "/tasks")).text
    await nine_days_off(town)
    assert f"{YELLOW} {OTHER_TASK}" in (await town.ask(town["街道"], "/tasks")).text


async def test_a_board_follows_the_calendar(town: Town) -> None:
    chat, _ = await town.group()

    async def board() -> str:
        await town.program.look()
        return one(await town.people.messages(chat, sender="bot"), "【创城进展看板】").text

    assert plain(Text("boards.lamps", green=1, yellow=1, red=0)) in await board()
    await nine_days_off(town)
    assert plain(Text("boards.lamps", green=0, yellow=2, red=0)) in await board()


async def test_the_scheduler_follows_the_calendar(town: Town) -> None:
    """A task is due on Friday; late tasks bring nags on working days only."""
    desk = town.desk
    await learn(town, SATURDAY, SATURDAY, "上班")
    desk.clock.moment = at(9, day=SATURDAY.day)
    runner = TickRunner(desk.database.transaction, desk.clock.now, desk.campaign, desk.sender.wake)
    runner.start()
    try:
        await desk.until(lambda rows: any(key.startswith(f"{SATURDAY}/nag:") for key in rows))
    finally:
        await runner.stop()
