"""The papers as they look, line by line: 汇报, 督办单 and the tally's workbook beside their golden files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from locales import Text, plain
from reports.order_docx import order_docx
from reports.papers import TallyCopy
from reports.period_tally import Comparison, PartLine, PeriodTally, QuantityComparison, TaskCounts, span_text
from reports.sheets import workbook
from reports.work_report_docx import render
from reports.work_report_template import default_template, placeholders
from rules.periods import PeriodSpan
from services.tallies.period_tally_export import tables
from tests.reports.test_order_docx import PAPER, items
from tests.reports.work_report_words import REPORT
from tests.support.golden import compare, docx_lines, xlsx_lines

ZONE = ZoneInfo("Asia/Shanghai")
JUNE = PeriodSpan(datetime(2026, 5, 31, 16, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC))
TALLY = PeriodTally(
    span=JUNE,
    before=None,
    year_before=None,
    reports=Comparison(Decimal(30), Decimal(20), Decimal(10)),
    zero=2,
    late=1,
    made_up=0,
    units=3,
    completed=Comparison(Decimal(4), Decimal(0)),
    quantities=[
        QuantityComparison(
            "清理违规广告牌匾", "处", Comparison(Decimal(576), Decimal(400)), Decimal(1200), False, False
        ),
        QuantityComparison("清运垃圾", "吨", Comparison(Decimal("12.5")), Decimal("12.5"), True, True),
    ],
    standing=TaskCounts(4, 10, 2),
    registered=Comparison(Decimal(3)),
    closed=Comparison(Decimal(2)),
)
PARTS = [
    PartLine(Text("common.as_is", text="东城街道"), 20, 3, TaskCounts(3, 6, 0)),
    PartLine(Text("common.as_is", text="城管局"), 10, 1, TaskCounts(1, 4, 2)),
]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_work_report(locale: str) -> None:
    content = render(default_template(locale), placeholders(REPORT))
    compare(f"work_report.{locale}.docx", docx_lines(content))


@pytest.mark.parametrize("cases", [1, 10])
def test_the_order(cases: int) -> None:
    paper = PAPER if cases == 1 else replace(PAPER, items=items(cases))
    compare(f"order.{cases}.docx", docx_lines(order_docx(paper, "zh")))


def test_the_tally_as_a_word_file() -> None:
    about = [plain(span_text(JUNE, ZONE, 2026), "zh")]
    content = TallyCopy("创城统计 上月", about, lambda: tables(TALLY, PARTS, "zh"), JUNE.until)()
    compare("period_tally.docx", docx_lines(content))


def test_the_tally_as_a_workbook() -> None:
    compare("period_tally.xlsx", xlsx_lines(workbook(tables(TALLY, PARTS, "zh"))))
