"""Dates and quantities as each language writes them, short forms, and the sheet of invitation links."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from locales import plain
from reports.formats import day_text, days_text, full_day_text, moment_text, quantity_text, short
from reports.invitations import InvitationLine, write_invitations

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "measure", "zh", "en"),
    [
        ("576", "处", "576处", "576 处"),
        ("116000", "张", "11.6万张", "116,000 张"),
        ("116001", "张", "116001张", "116,001 张"),
        ("3000000", "平方米", "300万平方米", "3,000,000 平方米"),
        ("0.5", "吨", "0.5吨", "0.5 吨"),
        ("0", "处", "0处", "0 处"),
        ("100", "处", "100处", "100 处"),
    ],
)
def test_quantities(value: str, measure: str, zh: str, en: str) -> None:
    text = quantity_text(Decimal(value), measure)
    assert (plain(text, "zh"), plain(text, "en").strip()) == (zh, en)


def test_an_approximate_quantity() -> None:
    assert plain(quantity_text(Decimal(300), "人", approx=True)) == "约300人"


@given(st.decimals("0.0001", "99999999", places=4))
def test_a_quantity_is_never_rounded(value: Decimal) -> None:
    """The shown Chinese text says exactly the value."""
    shown = plain(quantity_text(value, ""))
    number, wan, _ = shown.partition("万")
    assert Decimal(number) * (10_000 if wan else 1) == value


def test_days() -> None:
    day = date(2026, 12, 18)
    assert (plain(day_text(day)), plain(full_day_text(day))) == ("12月18日", "2026年12月18日")
    assert [plain(days_text(left)) for left in (3, 0, -2)] == ["还剩3天", "今天到期", "已逾期2天"]


def test_a_moment_is_local() -> None:
    moment = datetime(2026, 12, 18, 16, 30, tzinfo=UTC)
    assert plain(moment_text(moment, SHANGHAI)) == "12月19日00:30"


@given(st.text(), st.integers(1, 80))
def test_short_texts_are_one_line_and_fit(text: str, limit: int) -> None:
    shown = short(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    flat = " ".join(text.split())
    assert shown == flat if len(flat) <= limit else shown.endswith("…")


def lines(*names: str) -> list[InvitationLine]:
    return [InvitationLine("城管局", name, "https://t.me/x?start=abc", "2026-12-29 08:45") for name in names]


def test_the_sheet_of_links(tmp_path: Path) -> None:
    path = tmp_path / "links.xlsx"
    write_invitations(path, lines("城管局联络员", "=1+1"), "zh")
    (sheet,) = load_workbook(path).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("单位", "姓名", "邀请链接", "有效期至")
    assert rows[1] == ("城管局", "城管局联络员", "https://t.me/x?start=abc", "2026-12-29 08:45")
    assert rows[2][1] == "'=1+1", "a name is never a formula"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "each link is a key"


def test_links_are_written_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "links.xlsx"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write_invitations(path, lines("城管局联络员"), "zh")
    assert path.read_text() == "mine"
