"""The order as a Word file: its words, its layout, and how text without room goes on on the next page."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.shared import Mm

from reports.official_page import BODY_FONT, FALLBACKS, TITLE_FONT
from reports.order_docx import RED, order_docx
from reports.order_layout import (
    AIR,
    GRID,
    ITEM,
    LIST_SIZES,
    SIZES,
    SPREAD_SIZE,
    TABLE_HEIGHT,
    UNSPLIT,
    OrderItem,
    OrderLayout,
    OrderPaper,
    OrderPhoto,
    clean_paper,
    ems,
    lay_out,
)

ITEM_ONE = OrderItem(
    number="20261215-0012",
    category="街面秩序·占道经营",
    place="人民路12号",
    text="商户占道摆摊",
    standard="恢复原状，人走场清",
    limit="2026年12月15日14:45前",
)
BY_HAND_ROWS = ["整改情况", "核查意见", "签收"]
PAPER = OrderPaper(
    office="创城办",
    number="创城督办〔2026〕15号",
    unit="城管局",
    leader="张建国",
    task="清理违规广告牌匾",
    indicator="公共场所环境",
    requirement="请于时限前办结",
    items=[ITEM_ONE],
    day="2026年12月15日",
    issued_at=datetime(2026, 12, 15, 0, 45, tzinfo=UTC),
    contact="李明",
    phone="8888 0001",
)


def items(count: int, like: OrderItem = ITEM_ONE) -> list[OrderItem]:
    return [replace(like, number=f"20261215-{number:04d}") for number in range(1, count + 1)]


def opened(paper: OrderPaper, locale: str = "zh") -> Any:
    return Document(BytesIO(order_docx(paper, locale)))


def table(page: Any) -> list[list[str]]:
    """The words of each row; a cell that spans several columns counts once."""
    (only,) = page.tables
    return [list(dict.fromkeys(cell.text for cell in row.cells)) for row in only.rows]


def words(layout: OrderLayout) -> str:
    return "\n".join(cell.words for row in layout.rows for cell in row)


def test_one_case_line_by_line() -> None:
    page = opened(PAPER)
    assert [paragraph.text for paragraph in page.paragraphs] == [
        "创城办",
        "创城督办〔2026〕15号",
        "督 办 单",
        "主送：城管局",
        "　　现将下列1件问题交由贵单位办理。请按整改标准和时限办结，整改情况报创城办核查。",
        "创城办",
        "2026年12月15日",
        "　　（联系人：李明，联系电话：8888 0001）",
        "抄送：张建国",
    ]
    assert table(page) == [
        ["承办单位", "城管局", "分管领导", "张建国"],
        ["所属任务", "清理违规广告牌匾"],
        ["测评指标", "公共场所环境"],
        ["案卷号", "20261215-0012", "办理时限", "2026年12月15日14:45前"],
        ["类别", "街面秩序·占道经营"],
        ["地点", "人民路12号"],
        ["问题", "商户占道摆摊"],
        ["整改标准", "恢复原状，人走场清"],
        ["办理要求", "请于时限前办结"],
        ["整改情况", ""],
        ["核查意见", ""],
        ["签收", ""],
    ]


def test_an_order_shows_nothing_hidden() -> None:
    page = opened(replace(PAPER, office="创\u200b城办\u202e", requirement="请\u2067办\u00ad结"))
    shown = [*(paragraph.text for paragraph in page.paragraphs), *chain(*table(page))]
    assert shown.count("创城办") == 2
    assert "请办结" in shown


def test_what_is_not_known_has_no_row() -> None:
    bare = replace(PAPER, task="", indicator="", items=[replace(ITEM_ONE, text="")])
    heads = [row[0] for row in table(opened(bare))]
    assert heads == ["承办单位", "案卷号", "类别", "地点", "整改标准", "办理要求", *BY_HAND_ROWS]


def test_several_cases_are_a_list() -> None:
    two = replace(PAPER, items=[ITEM_ONE, replace(ITEM_ONE, number="20261215-0013", text="")])
    rows = table(opened(two))
    assert rows[3:6] == [
        ["序号", "案卷号及类别", "地点及问题", "整改标准", "办理时限"],
        [
            "1",
            "20261215-0012\n街面秩序·占道经营",
            "人民路12号：商户占道摆摊",
            "恢复原状，人走场清",
            "2026年12月15日14:45前",
        ],
        [
            "2",
            "20261215-0013\n街面秩序·占道经营",
            "人民路12号",
            "恢复原状，人走场清",
            "2026年12月15日14:45前",
        ],
    ]


def test_the_layout_of_an_official_paper() -> None:
    page = opened(PAPER)
    section = page.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    head, number = page.paragraphs[:2]
    assert head.runs[0].font.color.rgb == RED
    assert head.runs[0].font.name == TITLE_FONT
    assert number.runs[0].font.name == BODY_FONT
    (border,) = number._p.xpath("./w:pPr/w:pBdr/w:bottom")
    assert str(RED) in border.values()
    assert page.core_properties.title == PAPER.number


def test_without_the_official_fonts_others_take_their_place() -> None:
    page = opened(PAPER)
    (fonts,) = [
        part.blob for part in page.part.package.iter_parts() if part.partname == "/word/fontTable.xml"
    ]
    for name, instead in FALLBACKS.items():
        assert f'w:name="{name}"><w:altName w:val="{instead}"'.encode() in fonts


def test_a_long_office_gets_smaller_letters() -> None:
    long = replace(PAPER, office="创建全国文明城市工作指挥部办公室督查协调组")
    sizes = [opened(paper).paragraphs[0].runs[0].font.size.pt for paper in (PAPER, long)]
    assert sizes[0] == 36
    assert sizes[1] * ems(long.office) * 25.4 / 72 <= 156


def test_the_columns_fill_the_text_area() -> None:
    assert sum(GRID) == 156
    assert [first for first, _ in ITEM[1:]] == [last + 1 for _, last in ITEM[:-1]]
    (grid,) = opened(PAPER).tables[0]._tbl.xpath("./w:tblGrid")
    widths = [int(column.get(column.keys()[0])) for column in grid]
    assert widths == pytest.approx([Mm(width).twips for width in GRID], abs=1)


def test_in_english() -> None:
    page = opened(PAPER, "en")
    assert page.paragraphs[2].text == "Supervision Order"
    assert table(page)[0] == ["Unit", "城管局", "Leader", "张建国"]


# -- one page or more ---------------------------------------------------------------------------------


def long_item(length: int) -> OrderItem:
    return replace(ITEM_ONE, place="地" * length, text="问" * length, standard="标" * length)


FULL = {
    "one": [ITEM_ONE],
    "one of two hundred words": [long_item(60)],
    "three": items(3),
}
OVER = {
    "five": items(5),
    "ten": items(10),
    "one without end": [replace(long_item(4000), category="类" * 120)],
    "ten long": items(10, long_item(150)),
    "twenty": items(20),
    "twenty long": items(20, long_item(1000)),
}


def listed(found: Sequence[OrderItem]) -> OrderPaper:
    return replace(PAPER, items=found, positions=range(1, len(found) + 1) if len(found) > 1 else ())


@pytest.mark.parametrize("name", list(FULL))
def test_it_fits_on_the_page(name: str) -> None:
    layout = lay_out(listed(FULL[name]), "zh")
    assert sum(layout.heights) <= TABLE_HEIGHT + 1e-6
    assert layout.size >= SIZES[-1]
    assert (layout.spread, layout.repeated) == (False, 0)


@pytest.mark.parametrize("name", list(FULL | OVER))
def test_nothing_is_cut_off(name: str) -> None:
    """Whatever it says stands in the file, each word of each case."""
    paper = replace(listed((FULL | OVER)[name]), requirement="办" * 300)
    shown = "\n".join(words_of(opened(paper)))
    assert "…" not in shown
    for item in paper.items:
        for said in (item.number, item.category, item.place, item.text, item.standard, item.limit):
            assert said in shown
    assert "办" * 300 in shown


@pytest.mark.parametrize("name", list(OVER))
def test_what_has_no_room_goes_on_on_the_next_page(name: str) -> None:
    paper = listed(OVER[name])
    layout = lay_out(paper, "zh")
    assert layout.spread
    assert layout.size > LIST_SIZES[-1], "where there are more pages, nobody has to read small letters"
    page = opened(paper)
    rows = page.tables[0].rows
    heads = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in rows]
    whole = [bool(row._tr.xpath("./w:trPr/w:cantSplit")) for row in rows]
    assert heads == [at < layout.repeated for at in range(len(rows))]
    assert whole == [height <= UNSPLIT for height in layout.heights]
    if len(paper.items) > 1:
        assert layout.rows[layout.repeated - 1][0].words == "序号", "the list's own head"
    (foot,) = page.sections[0].footer.paragraphs
    assert PAPER.number in foot.text
    assert [one.text for one in foot._p.xpath(".//w:instrText")] == ["PAGE"]


def test_a_head_that_is_too_high_does_not_come_again() -> None:
    layout = lay_out(replace(listed(items(20)), task="长" * 2000), "zh")
    assert (layout.spread, layout.repeated) == (True, 0)


def test_every_field_without_end_is_there() -> None:
    names = ("unit", "leader", "task", "indicator", "requirement")
    endless: dict[str, Any] = {name: f"{at}长" * 2500 for at, name in enumerate(names)}
    shown = words_of(opened(replace(listed(items(20, long_item(4000))), **endless)))
    assert all(said in shown for said in endless.values())


def test_ten_ordinary_cases_are_all_described() -> None:
    paper = replace(PAPER, items=items(10))
    layout = lay_out(paper, "zh")
    assert words(layout).count("人民路12号：商户占道摆摊") == 10


def test_a_copy_with_some_of_the_cases_keeps_their_places() -> None:
    some = replace(PAPER, items=items(2), positions=[2, 5], remark="原单另有3件案卷")
    page = opened(some)
    assert [row[0] for row in table(page)][4:6] == ["2", "5"]
    assert page.paragraphs[-1].text == "原单另有3件案卷"
    one = replace(PAPER, positions=[3], remark="原单另有2件案卷")
    assert [row[0] for row in table(opened(one))][3:5] == ["序号", "3"], "it stays the list that it was"


def test_the_same_paper_makes_the_same_bytes() -> None:
    """Zip archives keep when their parts were made; this one does not."""
    first, again = order_docx(PAPER, "zh"), order_docx(replace(PAPER), "zh")
    assert first == again
    with ZipFile(BytesIO(first)) as parts:
        assert parts.testzip() is None
        assert parts.namelist()[0] == "[Content_Types].xml"
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert order_docx(replace(PAPER, requirement="另行通知"), "zh") != first


def test_smaller_letters_before_shorter_words() -> None:
    def size(length: int) -> float:
        layout = lay_out(replace(PAPER, items=[long_item(length)]), "zh")
        assert "…" not in words(layout)
        return layout.size

    found = [size(length) for length in (30, 70, 100)]
    assert found == [10.5, 9.0, SPREAD_SIZE], "smaller letters, then a second page"
    assert lay_out(replace(PAPER, items=items(2)), "zh").size == LIST_SIZES[0]


def test_where_there_is_room_the_rows_are_higher() -> None:
    loose, tight = lay_out(PAPER, "zh"), lay_out(replace(PAPER, items=items(3)), "zh")
    assert min(loose.heights) > AIR
    assert sum(tight.heights) <= TABLE_HEIGHT + 1e-6
    shown = opened(PAPER).tables[0].rows
    assert [row.height.mm for row in shown] == pytest.approx(list(loose.heights), abs=0.1)


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\ufffe", "\ud800"])
def test_what_no_xml_holds_is_left_out(bad: str) -> None:
    paper = replace(PAPER, unit=f"城管{bad}局", items=[replace(ITEM_ONE, text=f"占道{bad}摆摊")])
    assert table(opened(paper)) == table(opened(replace(PAPER, items=[replace(ITEM_ONE, text="占道摆摊")])))
    assert clean_paper(PAPER) == PAPER


def test_markup_is_only_words() -> None:
    assert "<w:b/> & 占道" in words_of(opened(replace(PAPER, requirement="<w:b/> & 占道")))


def words_of(page: Any) -> Sequence[str]:
    return [cell for row in table(page) for cell in row]


# -- what is added to a copy ---------------------------------------------------------------------------


def test_what_leaders_wrote_has_its_row() -> None:
    said = ["副区长王建华（2026年12月16日）：请今日整改到位。", "局长张建国（2026年12月17日）：举一反三。"]
    rows = table(opened(replace(PAPER, instructions=said)))
    assert rows[-4] == ["领导批示", "\n".join(said)]
    assert [row[0] for row in rows[-3:]] == BY_HAND_ROWS


def test_nobody_signs_an_empty_page() -> None:
    """The rows that are filled in by hand stay with the signature, and that with whom to ask."""
    page = opened(listed(items(10)))
    *others, rectified, checked, signed = page.tables[0].rows
    by_hand = [part for row in (rectified, checked, signed) for cell in row.cells for part in cell.paragraphs]
    assert all(part.paragraph_format.keep_with_next for part in by_hand)
    assert not any(cell.paragraphs[0].paragraph_format.keep_with_next for row in others for cell in row.cells)
    below = page.paragraphs[-4:]
    assert [part.paragraph_format.keep_with_next for part in below] == [True, True, True, False]


def test_photos_follow_as_an_annex() -> None:
    photos = [
        OrderPhoto("1", "20261215-0001　人民路1号", picture(1280, 960)),
        OrderPhoto("2", "20261215-0002　人民路2号", None),
        OrderPhoto("3", "20261215-0003　人民路3号", b"no picture"),
    ]
    page = Document(BytesIO(order_docx(listed(items(3)), "zh", photos)))
    said = [paragraph.text for paragraph in page.paragraphs]
    assert "　　附件：问题照片" in said
    assert said[-2:] == ["附件", "问题照片"]
    assert page.paragraphs[-2].paragraph_format.page_break_before
    (_, annex) = page.tables
    missing = "照片暂未取得，请稍后重新打开督办单文件。"
    assert [cell.text for row in annex.rows for cell in row.cells] == [
        "\n20261215-0001　人民路1号",
        f"{missing}\n20261215-0002　人民路2号",
        f"{missing}\n20261215-0003　人民路3号",
        "",
    ]
    (shape,) = annex._tbl.xpath(".//wp:extent")
    width, height = int(shape.get("cx")), int(shape.get("cy"))
    assert width / height == pytest.approx(1280 / 960, rel=0.01)
    assert width <= Mm(74)
    assert [one.text for one in page.sections[0].footer.paragraphs[0]._p.xpath(".//w:instrText")] == ["PAGE"]


def test_a_single_photo_is_large() -> None:
    page = Document(BytesIO(order_docx(PAPER, "zh", [OrderPhoto("1", "人民路1号", picture(1280, 960))])))
    assert len(page.tables) == 1
    (shape,) = page.inline_shapes
    assert shape.width == pytest.approx(Mm(156), rel=0.01)


def picture(width: int, height: int) -> bytes:
    """A PNG file with a head and no pixels, which is all that a size is read from."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (head, b"IEND")
    chunks = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
