"""数据来源 in pages: ten items with their last reports, and all reports of one item."""

from __future__ import annotations

from typing import Any

import pytest

from models import tasks
from services.tallies import tally_sources
from services.tallies.tally_sources import LISTED_ITEMS, LISTED_SOURCES, SourceSelection
from services.turn import Turn
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, keys, refused
from tests.support.rows import Rows
from tests.support.turns import turn_for

ITEMS = LISTED_ITEMS + 2
REPORTS = LISTED_SOURCES + 5


@pytest.fixture
def office(talk: Talk, world: World) -> Turn:
    return turn_for(talk.session, world.office, talk.now, talk.campaign)


@pytest.fixture
async def reported(talk: Talk, world: World) -> None:
    """Twelve items of one task; the first has more reports than a page."""
    rows = Rows(talk.session, talk.now)
    for number in range(ITEMS):
        metric = await tasks.metric_named(talk.session, world.task_id, f"第{number}项", "处")
        for _ in range(REPORTS if number == 0 else 1):
            report = await rows.report(world.unit, world.liaison.contact, task_id=world.task_id)
            await rows.figure(report, metric, 1)


def numbers(view: View) -> list[str]:
    return [line.values["number"] for line in view.lines if line.key == "sources.part"]


def items(view: View) -> list[str]:
    return [line.values["item"] for line in view.lines if line.key == "sources.total"]


async def turned(turn: Turn, view: View, label: str) -> View:
    """The page to which a button leads."""
    (pressed,) = (one for row in view.rows for one in row if one.label.key == label)
    about = dict(pressed.arguments) | {"until": turn.now}
    beside = {name: about.pop(name) for name in ("item", "measure", "offset") if name in about}
    asked = SourceSelection(**about)
    if pressed.action == "figures.sources":
        return await tally_sources.sources(turn, asked, **beside)
    assert pressed.action == "figures.of_item"
    return await tally_sources.of_item(turn, asked, **beside)


async def test_ten_items_stand_on_a_page(office: Turn, reported: None) -> None:
    first = await tally_sources.sources(office, SourceSelection(office.now))
    assert items(first) == [f"第{number}项" for number in range(LISTED_ITEMS)]
    second = await turned(office, first, "tasks.next_button")
    assert items(second) == [f"第{number}项" for number in range(LISTED_ITEMS, ITEMS)]
    assert items(await turned(office, second, "tasks.previous_button")) == items(first)


async def test_an_item_with_more_reports_than_are_listed_opens_all(office: Turn, reported: None) -> None:
    view = await tally_sources.sources(office, SourceSelection(office.now))
    listed = LISTED_SOURCES // LISTED_ITEMS
    assert [line.values["count"] for line in view.lines if line.key == "sources.earlier"] == [
        REPORTS - listed
    ]
    newest_first = [f"R{number}" for number in range(REPORTS, 0, -1)]
    assert numbers(view)[:listed] == newest_first[:listed]
    page = await turned(office, view, "sources.all_button")
    assert (items(page), numbers(page)) == (["第0项"], newest_first[:LISTED_SOURCES])
    rest = await turned(office, page, "tasks.next_button")
    assert numbers(rest) == newest_first[LISTED_SOURCES:]
    assert numbers(await turned(office, rest, "tasks.previous_button")) == numbers(page)


async def test_a_task_has_pages_of_its_own(office: Turn, reported: None, world: World, talk: Talk) -> None:
    view = await tally_sources.task_sources(office, world.task_id)
    assert {one.arguments["task_id"] for row in view.rows for one in row} == {world.task_id}
    assert len(items(await turned(office, view, "tasks.next_button"))) == ITEMS - LISTED_ITEMS
    stranger = turn_for(talk.session, world.other_liaison, talk.now, talk.campaign)
    asked = tally_sources.of_item(
        stranger, SourceSelection(talk.now, task_id=world.task_id), item="第0项", measure="处"
    )
    assert await refused(asked) == "tasks.not_yours"


async def test_an_item_of_which_nothing_is_left(office: Turn, world: World, talk: Talk) -> None:
    """As after a withdrawal, or for a reader who sees none of its units."""
    await talk.report("今天清理违规广告牌匾12处")
    selection = SourceSelection(talk.now)
    asked: dict[str, Any] = {"item": "清理违规广告牌匾", "measure": "处"}
    assert len(numbers(await tally_sources.of_item(office, selection, **asked))) == 1
    stranger = turn_for(talk.session, world.other_liaison, talk.now, talk.campaign)
    unseen = await tally_sources.of_item(stranger, selection, **asked)
    assert keys(unseen) == ["sources.none", "sources.within_your_view"]
    await talk.withdraw(await talk.undo())
    assert keys(await tally_sources.of_item(office, selection, **asked)) == ["sources.none"]
