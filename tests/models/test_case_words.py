"""Searches for cases: by words, by the end of a number, and by an order."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from models.cases import Case, case_lists
from models.db import Session
from rules.cases.case_lifecycle import CaseState
from tests.support.case_rows import CaseRows

EVERYTHING = sa.true()


def of_unit(cases: CaseRows) -> sa.ColumnElement[bool]:
    """The cases that a person of our unit sees without a report of their own."""
    return case_lists.in_view(cases.other_person.id or 0, [cases.ours.id or 0])


async def search(
    session: Session, *words: list[str], view: Any = EVERYTHING, offset: int = 0, limit: int = 9
) -> tuple[list[Case], int]:
    found, many = await case_lists.search(session, words, view, offset=offset, limit=limit)
    return list(found), many


@pytest.mark.parametrize("column", ["place", "text", "category", "number"])
async def test_words_are_looked_for_in_each_column(session: Session, cases: CaseRows, column: str) -> None:
    case, _ = await cases.add(), await cases.add()
    setattr(case, column, "背街小巷")
    assert await search(session, ["街小"]) == ([case], 1)


@pytest.mark.parametrize("column", ["standard", "indicator"])
async def test_words_are_not_looked_for_elsewhere(session: Session, cases: CaseRows, column: str) -> None:
    setattr(await cases.add(), column, "背街小巷")
    assert await search(session, ["街小"]) == ([], 0)


async def test_the_number_of_the_order_counts(session: Session, cases: CaseRows) -> None:
    order = await cases.rows.order(cases.ours, cases.reporter, 12)
    case = await cases.add(order_id=order.id)
    await cases.add()
    assert await search(session, ["〕12号"]) == ([case], 1)


WORDS = [
    pytest.param([["摆摊"]], [0, 1], id="a word"),
    pytest.param([["摆摊"], ["LED"]], [1], id="every word"),
    pytest.param([["没有", "LED"]], [1], id="any of its spellings"),
    pytest.param([["led"]], [1], id="small letters"),
    pytest.param([["100%"]], [1], id="a sign for any letters means itself"),
    pytest.param([["摆%人"]], [], id="also in Chinese"),
    pytest.param([["人_路"]], [], id="a sign for a letter means itself"),
    pytest.param([], [0, 1, 2], id="no word"),
]


@pytest.mark.parametrize(("words", "places"), WORDS)
async def test_which_words_hold(
    session: Session, cases: CaseRows, words: list[list[str]], places: list[int]
) -> None:
    texts = ("摆摊，影响行人", "摆摊，LED屏100%亮", "人民路积水")
    rows = [await cases.add(text=text, place=None) for text in texts]
    found, many = await search(session, *words)
    assert (found, many) == ([rows[place] for place in reversed(places)], len(places))


async def test_open_cases_come_first_then_the_last_reported(session: Session, cases: CaseRows) -> None:
    states = (CaseState.REPORTED, CaseState.CLOSED, CaseState.FED_BACK, CaseState.MERGED)
    reported, closed, fed_back, merged = [await cases.add(state) for state in states]
    assert await search(session) == ([fed_back, reported, merged, closed], 4)


@pytest.mark.parametrize(
    ("offset", "limit", "shown"),
    [
        pytest.param(0, 9, 5, id="all on one page"),
        pytest.param(0, 5, 5, id="a page that is just full"),
        pytest.param(0, 2, 2, id="the first page"),
        pytest.param(2, 2, 2, id="a page in the middle"),
        pytest.param(4, 2, 1, id="the last page"),
        pytest.param(5, 2, 0, id="a page behind the last"),
        pytest.param(9, 2, 0, id="a page far behind the last"),
    ],
)
async def test_each_page_says_how_many_there_are(
    session: Session, cases: CaseRows, offset: int, limit: int, shown: int
) -> None:
    rows = [await cases.add() for _ in range(5)][::-1]
    found = await search(session, offset=offset, limit=limit)
    assert found == (rows[offset : offset + shown], 5)


async def test_only_what_is_in_view_is_found_and_counted(session: Session, cases: CaseRows) -> None:
    ours = await cases.add(unit_id=cases.ours.id)
    other = await cases.add(unit_id=cases.other.id)
    view = of_unit(cases)
    assert await search(session) == ([other, ours], 2)
    assert await search(session, view=view) == ([ours], 1)
    assert await search(session, view=view, limit=1) == ([ours], 1)


SERIALS = [
    pytest.param(7, "20261215-0007", id="the last of that serial"),
    pytest.param(1007, "20261214-1007", id="four figures"),
    pytest.param(10_007, "20261213-10007", id="five figures"),
    pytest.param(8, None, id="none"),
]


@pytest.mark.parametrize(("serial", "number"), SERIALS)
async def test_the_last_case_with_a_serial(
    session: Session, cases: CaseRows, serial: int, number: str | None
) -> None:
    for one in ("20261213-0007", "20261214-1007", "20261215-0007", "20261213-10007"):
        await cases.add(number=one)
    found = await case_lists.last_with_serial(session, serial, EVERYTHING)
    assert (found.number if found else None) == number


async def test_the_last_case_with_a_serial_that_is_in_view(session: Session, cases: CaseRows) -> None:
    ours = await cases.add(number="20261213-0007", unit_id=cases.ours.id)
    await cases.add(number="20261215-0007", unit_id=cases.other.id)
    assert await case_lists.last_with_serial(session, 7, of_unit(cases)) == ours


async def test_cases_on_an_order_of_the_last_year_or_of_a_year(session: Session, cases: CaseRows) -> None:
    orders = {}
    for year in (2025, 2026, 2027):
        orders[year] = (await cases.rows.order(cases.ours, cases.reporter, 3, year=year)).id
    other_order = await cases.rows.order(cases.ours, cases.reporter, 4)
    old = await cases.add(order_id=orders[2025], unit_id=cases.ours.id)
    two = [await cases.add(order_id=orders[2026], unit_id=cases.ours.id) for _ in range(2)]
    unseen = await cases.add(order_id=orders[2027], unit_id=cases.other.id)
    await cases.add(order_id=other_order.id, unit_id=cases.ours.id)
    on, view = case_lists.cases_on_order, of_unit(cases)
    assert await on(session, 3, None, EVERYTHING) == [unseen]
    assert await on(session, 3, None, view) == two
    assert await on(session, 3, 2025, view) == [old]
    assert await on(session, 3, 2027, view) == []
    assert await on(session, 5, None, EVERYTHING) == []
