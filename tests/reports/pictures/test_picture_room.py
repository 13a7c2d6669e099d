"""What a picture says, as JSON; how its words are broken into lines; how many rows it has room for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from reports.pictures.picture import Picture, UnitPanel, picture_of
from reports.pictures.room import MOST_HEIGHT, first_rows, fitted, picture_height, row_count
from reports.pictures.wording import NAME, clipped, estimate, widest, wrapped
from tests.reports.pictures.picture_samples import (
    ITEMS,
    LONG,
    NAMES,
    PICTURES,
    burn_down_of,
    cases_of,
    daily_of,
    picture_with,
    ranks_of,
    targets_of,
    units_of,
)

PANELS = (
    *(units_of(NAMES), targets_of(ITEMS), ranks_of(NAMES), daily_of(ITEMS, 7)),
    *(cases_of(7), burn_down_of(7)),
)


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_json(picture: Picture) -> None:
    assert picture_of(json.loads(json.dumps(picture.to_json()))) == picture


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: type(panel).__name__)
def test_each_panel_is_json(panel: UnitPanel) -> None:
    said = picture_of(json.loads(json.dumps(picture_with(panel).to_json())))
    assert said == picture_with(panel)
    assert type(said.panels[0]) is type(panel)


def test_a_picture_with_room_keeps_its_rows() -> None:
    for name in ("evening", "week", "month"):
        assert fitted(PICTURES[name]) == PICTURES[name]


def test_the_longest_panel_loses_its_last_rows() -> None:
    picture = picture_with(units_of([*NAMES, *NAMES]), targets_of(ITEMS), cases_of(7))
    shown = fitted(picture)
    units, targets, _ = shown.panels
    assert isinstance(units, UnitPanel)
    assert 10 <= len(units.bars) == len(units.numbers) < 28
    assert [bar.name for bar in units.bars] == [*NAMES, *NAMES][: len(units.bars)]
    assert units.rest.startswith("… 另有 6 个")
    assert targets == picture.panels[1]
    assert MOST_HEIGHT - 60 < picture_height(shown) <= MOST_HEIGHT
    assert fitted(shown) == shown


def test_a_panel_with_fewer_rows() -> None:
    for panel in PANELS[:4]:
        assert row_count(first_rows(panel, 2)) == 2
        assert first_rows(panel, 14) == panel
    for plot in PANELS[4:]:
        assert row_count(plot) == 0
        assert first_rows(plot, 0) == plot


def test_a_long_text_ends_with_a_sign() -> None:
    assert clipped("东城街道", NAME, 120, estimate) == "东城街道"
    assert clipped("东城街道办事处", NAME, 120, estimate) == "东城街…"
    assert clipped("东城街道", NAME, 1, estimate) == "东…"
    lines = wrapped(LONG * 2, NAME, 600, estimate)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert widest(lines, NAME, estimate) <= 600


def test_a_line_breaks_where_reading_goes_on() -> None:
    assert wrapped("", NAME, 600, estimate) == ()
    assert wrapped("一二三四五，六七", NAME, 150, estimate) == ("一二三四", "五，六七")
    assert wrapped("累计 123,456 平方米", NAME, 180, estimate) == ("累计", "123,456…")
    assert wrapped("累计完成123456处", NAME, 200, estimate) == ("累计完成", "123456处")
    assert wrapped("a" * 40, NAME, 110, estimate)[0] == "a" * 5


def test_what_builds_a_picture_loads_no_matplotlib() -> None:
    said = (
        "import sys, reports.pictures.room; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", said], check=True, timeout=60)  # noqa: S603
