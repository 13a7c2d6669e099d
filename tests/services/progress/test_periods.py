"""A report of one period: a line's button reports on the line's window, words on the shift that they name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.db import ident
from models.tasks import Task
from reports.missed_reports import window_text
from rules.duties.frequencies import Frequency
from services.duties import report_windows
from services.progress import progress_dialogue, zero_reports
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, keys, line
from tests.support.people import Roster

NIGHT, DAY = "2026-12-14/20:00", "2026-12-15/08:00"


@pytest.fixture
async def recurring(roster: Roster, world: World, talk: Talk, local: Local) -> dict[Frequency, Task]:
    """Recurring tasks, given a month ago."""
    found = {}
    for frequency in (Frequency.SHIFT, Frequency.DAILY, Frequency.WEEKLY):
        task = await roster.task(world.unit, f"{frequency.value}巡查", None, world.responsible.contact)
        task.frequency = frequency
        task.assigned_at = task.created_at = local(12, 1)
        found[frequency] = task
    await roster.session.flush()
    return found


async def left(talk: Talk, task: Task, *windows: str) -> list[str]:
    """Those of the windows that have no report."""
    asked = {(ident(task), key) for key in windows}
    filed = await report_windows.reported(talk.session, {ident(task): task}, asked, talk.campaign)
    return [key for key in windows if (ident(task), key) not in filed]


async def test_a_button_says_it_for_the_shift_of_its_line(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    view = await zero_reports.of_window(talk.turn, ident(task), NIGHT)
    assert line(view, "progress.zero.taken_for").values["windows"] == [window_text(NIGHT)]
    assert await left(talk, task, NIGHT, DAY) == [DAY]
    receipt = (await talk.receipts())[-1]
    assert line(receipt, "progress.receipt.zero").values["what"].values["windows"] == [window_text(NIGHT)]
    assert line(receipt, "windows.late_receipt").values["windows"] == [window_text(NIGHT)]
    again = await zero_reports.of_window(talk.turn, ident(task), NIGHT)
    assert line(again, "progress.zero.period_told").values["windows"] == [window_text(NIGHT)]
    # The open shift has its own, also by a button without a window.
    assert keys(await zero_reports.of_task(talk.turn, ident(task))) == ["progress.zero_taken"]
    assert await left(talk, task, NIGHT, DAY) == []


async def test_a_shift_of_today_that_is_over(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 21)
    await zero_reports.of_window(talk.turn, ident(task), DAY)
    assert await left(talk, task, DAY, "2026-12-15/20:00") == ["2026-12-15/20:00"]
    assert keys(await zero_reports.of_task(talk.turn, ident(task))) == ["progress.zero_taken"]
    assert await left(talk, task, DAY, "2026-12-15/20:00") == []


@pytest.mark.parametrize(
    ("frequency", "missed", "open_one"),
    [(Frequency.WEEKLY, "2026-W52", "2026-W53"), (Frequency.DAILY, "2026-12-25", "2026-12-28")],
)
async def test_a_week_and_a_day_that_are_over(
    talk: Talk,
    recurring: dict[Frequency, Task],
    local: Local,
    frequency: Frequency,
    missed: str,
    open_one: str,
) -> None:
    task, talk.now = recurring[frequency], local(12, 28, 10)
    view = await zero_reports.of_window(talk.turn, ident(task), missed)
    assert line(view, "progress.zero.taken_for").values["windows"] == [window_text(missed)]
    assert await left(talk, task, missed, open_one) == [open_one]


async def test_an_open_line_and_one_of_another_rhythm(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    await zero_reports.of_window(talk.turn, ident(task), DAY)
    (report,) = await talk.reports()
    assert (report.about_day, report.windows) == (None, (DAY,))
    other = recurring[Frequency.DAILY]
    assert keys(await zero_reports.of_window(talk.turn, ident(other), DAY)) == ["progress.zero_taken"]
    assert await left(talk, other, "2026-12-15") == []


async def test_a_report_that_was_begun_under_a_missed_line(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    asked = await progress_dialogue.begin(talk.turn, ident(task), NIGHT)
    assert line(asked, "windows.goes_to").values["windows"] == [window_text(NIGHT)]
    card = await talk.write("巡查值守正常")
    assert line(card, "windows.goes_to").values["windows"] == [window_text(NIGHT)]
    await talk.confirm(card)
    assert await left(talk, task, NIGHT, DAY) == [DAY]


async def test_words_that_state_another_day_win(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    await progress_dialogue.begin(talk.turn, ident(task), NIGHT)
    card = await talk.write("12月13日夜班巡查正常")
    assert line(card, "windows.goes_to").values["windows"] == [window_text("2026-12-13/20:00")]


async def test_a_report_of_an_open_line_is_one_of_now(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    assert "windows.goes_to" not in keys(await progress_dialogue.begin(talk.turn, ident(task), DAY))
    await talk.confirm(await talk.write("巡查值守正常"))
    assert await left(talk, task, NIGHT, DAY) == [NIGHT]


@pytest.mark.parametrize(
    ("words", "at", "windows", "others"),
    [
        ("12月14日夜班值守正常", (15, 10), [NIGHT], ["2026-12-14/08:00", DAY]),
        ("昨晚夜班值守正常", (15, 10), [NIGHT], ["2026-12-14/08:00", DAY]),
        ("白班值守正常", (15, 21), [DAY], [NIGHT, "2026-12-15/20:00"]),
        ("12月14日白班值守正常", (15, 7), ["2026-12-14/08:00"], [NIGHT]),
        (
            "周六周日值守正常",
            (21, 10),
            [f"2026-12-{day}/{hour}:00" for day in (19, 20) for hour in ("08", "20")],
            ["2026-12-18/20:00", "2026-12-21/08:00"],
        ),
    ],
)
async def test_card_and_receipt_name_the_shifts_of_the_words(
    talk: Talk,
    recurring: dict[Frequency, Task],
    local: Local,
    words: str,
    at: tuple[int, int],
    windows: list[str],
    others: list[str],
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, *at)
    card = await talk.write(words, about=[ident(task)])
    names = [window_text(key) for key in windows]
    assert line(card, "windows.goes_to").values["windows"] == names
    talk.now += timedelta(minutes=5)
    await talk.confirm(card)
    receipt = (await talk.receipts())[-1]
    (told,) = [one for one in receipt.lines if one.key in {"windows.late_receipt", "windows.goes_to"}]
    assert told.values["windows"] == names
    assert await left(talk, task, *windows, *others) == others


async def test_a_shift_in_words_of_nothing_new(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    card = await talk.write("昨天夜班无新增")
    assert line(card, "windows.goes_to").values["windows"] == [window_text(NIGHT)]
    await talk.zero("昨天夜班无新增")
    assert await left(talk, task, "2026-12-14/08:00", NIGHT, DAY) == ["2026-12-14/08:00", DAY]


async def test_a_task_picked_later_gets_the_shift_too(
    talk: Talk, recurring: dict[Frequency, Task], local: Local
) -> None:
    task, talk.now = recurring[Frequency.SHIFT], local(12, 15, 10)
    await talk.write("昨晚夜班值守正常")
    card = await progress_dialogue.begin(talk.turn, ident(task))
    assert line(card, "windows.goes_to").values["windows"] == [window_text(NIGHT)]
    await talk.confirm(card)
    assert await left(talk, task, NIGHT, DAY) == [DAY]
