"""What the picture of a tally says: the worst units, the others in a line, targets, sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from locales import Text
from models.cases.case_standing import CaseStanding
from models.progress.report_sums import QuantitySum
from reports.pictures.picture import QuantityPanel, TargetPanel, UnitPanel, picture_of
from reports.pictures.png import drawing_of
from reports.pictures.tally_picture import QUANTITIES, TARGETS, UNITS, TargetSum, tally_picture, tally_title
from reports.tally import Tally, UnitLine
from rules.tasks.lamps import Lamp

ZONE = ZoneInfo("Asia/Shanghai")
SIX = datetime(2026, 12, 15, 10, tzinfo=UTC)


def tally_of(units: list[UnitLine], cases: CaseStanding | None = None) -> Tally:
    return Tally(
        since=datetime(2026, 12, 14, 10, tzinfo=UTC),
        as_of=SIX,
        units=units,
        late=[],
        nearly_due=[],
        not_reported=[],
        zero_reported=[],
        quantities=[],
        reports=5,
        late_reports=0,
        cases=cases or CaseStanding(),
    )


def units_of(count: int, name: str = "单位") -> list[UnitLine]:
    return [UnitLine(f"{name}{n}", n % 7, 2, int(n < 3), Lamp.GREEN, 1) for n in range(count)]


def test_the_worst_units_are_bars_and_the_others_a_line() -> None:
    picture = tally_picture(tally_of(units_of(200)), [], Text("common.as_is", text="日报"), ZONE, "zh")
    (panel,) = picture.panels
    assert isinstance(panel, UnitPanel)
    assert [bar.name for bar in panel.bars] == [f"单位{n}" for n in range(UNITS)]
    others = units_of(200)[UNITS:]
    done, on_time = sum(unit.done for unit in others), sum(unit.on_time for unit in others)
    assert panel.rest == f"另有 188 个单位：办结 {done}，按期 {on_time}，逾期 0"
    assert panel.numbers[:2] == ["0/3，逾期1", "1/4，逾期1"]
    assert picture.stamp == "截至12月15日18:00"
    assert picture.notes == ["合计：办结 594 项，按期在办 400 项，逾期 0 项，收到报告 5 份"]


def test_two_hundred_units_with_forty_characters_are_legible() -> None:
    name = "区综合行政执法局市容环境卫生管理服务中心第三分中心综合管理办公室城区东部片区二组"
    assert len(name) >= 40
    picture = tally_picture(tally_of(units_of(200, name)), [], Text("common.as_is", text="日"), ZONE, "zh")
    canvas, height = drawing_of(picture)
    assert height <= 1920
    shown = [box for box in canvas.texts if box.words.startswith(name[:20])]
    assert len(shown) >= 10
    assert all(box.right <= 1080 for box in canvas.texts)


def test_what_was_added_today_and_how_many_more() -> None:
    sums = [QuantitySum(f"事项{n}", "处", Decimal(100 + n), Decimal(n), False, False) for n in range(9)]
    tally = replace(tally_of(units_of(1)), quantities=sums)
    title = Text("common.as_is", text="日报")
    panel = tally_picture(tally, [], title, ZONE, "zh", daily=True).panels[1]
    assert isinstance(panel, QuantityPanel)
    assert [(one.item, one.words) for one in panel.lines][:2] == [
        ("事项8", "今日 8处，累计 108处"),
        ("事项7", "今日 7处，累计 107处"),
    ]
    assert (len(panel.lines), panel.rest) == (QUANTITIES, "另有 4 项工作量")
    panel = tally_picture(tally, [], title, ZONE, "zh").panels[1]
    assert isinstance(panel, QuantityPanel)
    assert panel.lines[0].words == "本期 8处，累计 108处"


def test_targets_the_least_reached_first_and_how_many_more() -> None:
    targets = [TargetSum(f"事项{n}", "处", Decimal(n), Decimal(10)) for n in range(TARGETS + 2)]
    picture = tally_picture(tally_of(units_of(1)), targets, Text("common.as_is", text="日报"), ZONE, "zh")
    panel = picture.panels[1]
    assert isinstance(panel, TargetPanel)
    assert [(bar.item, bar.words, bar.share) for bar in panel.bars][:2] == [
        ("事项0", "0处/10处", 0.0),
        ("事项1", "1处/10处", 0.1),
    ]
    assert (len(panel.bars), panel.rest) == (TARGETS, "另有 2 项目标")


def test_cases_are_told_where_there_are_some_and_all_survives_json() -> None:
    cases = CaseStanding(registered=3, closed=2, overdue=1)
    title = tally_title(date(2026, 12, 15), Text("common.as_is", text="东城街道"))
    picture = tally_picture(tally_of(units_of(2), cases), [], title, ZONE, "zh")
    assert picture.title == "创城工作日报 12月15日 · 东城街道"
    assert picture.notes[1] == "案卷：新立案 3 件，结案 2 件，超时 1 件"
    assert picture_of(picture.to_json()).to_json() == picture.to_json()


def test_without_tasks_there_is_nothing_to_draw() -> None:
    assert tally_picture(tally_of([]), [], Text("common.as_is", text="日报"), ZONE, "zh").panels == []


def test_english_is_complete() -> None:
    title = tally_title(date(2026, 12, 15), None)
    picture = tally_picture(tally_of(units_of(20)), [], title, ZONE, "en")
    said = str(picture.to_json())
    assert "unit" in said
    assert "单位数" not in said
