"""Files that are not what they say, too big, or made to hurt: refused clearly, never hanging.

The suite's timeout is the bound for "never hangs".
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable

import pytest
from openpyxl import Workbook

from locales import LOCALES, plain
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.roster_rows import parse_roster
from tests.services.importing.builders import (
    TASK_HEADER,
    document,
    excel_workbook,
    parsed,
    saved,
    sheet,
    sheet_of,
    task,
    visible_grids,
    with_part,
    workbook,
)
from tests.services.importing.old_office import compound, sheet_stream, text_cell, workbook97

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
SHEET = "xl/worksheets/sheet1.xml"
OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
CLOSE = b"</row></sheetData></worksheet>"


def refusal(data: bytes, name: str = "任务.xlsx") -> str:
    """The last word of the key with which a file is refused."""
    with pytest.raises(ImportFileError) as caught:
        visible_grids(data, name)
    for locale in LOCALES:
        assert "{" not in plain(caught.value.text, locale)
    return caught.value.text.key.removeprefix("importing.file.")


def with_sheet(chunks: Iterable[bytes]) -> bytes:
    return with_part(workbook([["x"]]), SHEET, chunks)


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf"),
        (b"\n%PDF-1.4\n\0", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"GIF89a\1\0\1\0", "picture"),
        (b"RIFF\1\0\0\0WEBPVP8 ", "picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "picture"),
        (bytes(range(256)) * 4, "not_office"),
        (("清" * 3000).encode(), "only_words"),
        (OLE + bytes(2000), "corrupt"),
        (OLE, "corrupt"),
        (compound({"WordDocument": b""}), "old_document"),
        (compound({"EncryptedPackage": b""}), "encrypted"),
        (compound({"Contents": "EncryptedPackage".encode("utf-16-le")}), "not_office"),
        (b"PK\x03\x04" + bytes(100), "corrupt"),
        (b"PK\x05\x06" + bytes(18), "not_office"),
        (zipped({"a.txt": b"x"}), "not_office"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "not_office"),
        (zipped({"_rels/.rels": b"<Relationships/>"}), "not_office"),
        (zipped({"_rels/.rels": b"<Relationships"}), "corrupt"),
    ],
)
def test_what_is_no_office_file(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_the_binary_workbook_says_what_to_do() -> None:
    rels = (
        b'<Relationships><Relationship Id="r1" Target="xl/workbook.bin" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
    )
    assert refusal(zipped({"_rels/.rels": rels, "xl/workbook.bin": b"\0"})) == "binary_workbook"


@pytest.mark.parametrize(
    "data",
    [
        "序号,任务\n1,清理".encode(),
        "序号,任务\n1,清理".encode("gb18030"),
        "序号\t任务\n1\t清理".encode("utf-16"),
        "<table><tr><td>序号<td>任务<tr><td>1<td>清理</table>".encode(),
        workbook97(
            {
                "表": sheet_stream(
                    *(text_cell(n // 2, n % 2, t) for n, t in enumerate(("序号", "任务", "1", "清理")))
                )
            }
        ),
    ],
)
@pytest.mark.parametrize("name", ["任务.csv", "任务.xls", "任务.et", "任务.docx", "任务"])
def test_older_formats_and_texts_are_read_too(data: bytes, name: str) -> None:
    (grid,) = visible_grids(data, name)
    assert [[cell.value for cell in row.cells] for row in grid.rows] == [["序号", "任务"], ["1", "清理"]]


def test_content_decides_and_not_the_name() -> None:
    assert visible_grids(workbook([["甲"]]), "任务.pdf")[0].rows[0].cells[0].value == "甲"
    assert visible_grids(workbook([["甲"]]), "任务.docx")[0].rows[0].cells[0].value == "甲"
    assert visible_grids(document([["乙"]]), "任务.xlsx")[0].rows[0].cells[0].value == "乙"


def test_a_workbook_with_macros_is_read_without_them() -> None:
    data = with_part(workbook([["甲"]]), "xl/vbaProject.bin", [OLE + b"macro"])
    assert visible_grids(data, "任务.xlsm")[0].rows[0].cells[0].value == "甲"


def test_five_megabytes_are_the_limit() -> None:
    def padded(size: int) -> bytes:
        """A workbook of exactly ``size`` bytes: the added entry is stored without compression."""
        stream = io.BytesIO(workbook([["甲"]]))
        with zipfile.ZipFile(stream, "a", zipfile.ZIP_STORED) as archive:
            overhead = 2 * len("xl/media/image1.png") + 30 + 46
            archive.writestr("xl/media/image1.png", b"\1" * (size - len(stream.getvalue()) - overhead))
        return stream.getvalue()

    limit = 5 * 1024 * 1024
    assert visible_grids(padded(limit), "任务.xlsx")
    assert refusal(padded(limit + 1)) == "too_large"


@pytest.mark.parametrize("make", [workbook, document])
def test_cut_or_damaged_archives(make: object) -> None:
    data = workbook([["甲"] * 20] * 50) if make is workbook else document([["甲"] * 5] * 10)
    assert refusal(data[: len(data) // 2]) == "corrupt"
    for name in ("xl/worksheets/sheet1.xml", "word/document.xml"):
        place = data.find(name.encode())
        if place >= 0:
            start = place + len(name) + 40
            assert refusal(data[:start] + bytes(200) + data[start + 200 :]) == "corrupt"


DTDS = [
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
    b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY a "ha">]><a/>'.encode("utf-16"),
]


PARTS = ["_rels/.rels", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", SHEET]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("content", DTDS)
def test_documents_with_a_dtd_are_refused_wherever_they_hide(part: str, content: bytes) -> None:
    data = excel_workbook("<si><t>x</t></si>", '<row><c t="s"><v>0</v></c></row>')
    assert visible_grids(data, "任务.xlsx")
    assert refusal(with_part(data, part, [content])) == "unsafe_xml"


def test_a_word_file_with_a_dtd_is_refused() -> None:
    data = with_part(document([["x"]]), "word/document.xml", [b"<!DOCTYPE a><a/>"])
    assert refusal(data, "任务.docx") == "unsafe_xml"


def test_more_than_can_be_unpacked() -> None:
    assert refusal(with_sheet([OPEN, *[b" " * 1_000_000] * 210, CLOSE])) == "too_big_inside"


def test_a_lie_about_the_size_is_found_out() -> None:
    """The archive's directory says 100 bytes; a file that unpacks to more is not read."""
    data = bytearray(with_sheet([OPEN, b"<c/>" * 1_000_000, CLOSE]))
    directory = data.rfind(b"PK\x01\x02")
    assert SHEET.encode() in data[directory:]
    struct.pack_into("<I", data, directory + 24, 100)
    assert refusal(bytes(data)) == "corrupt"


@pytest.mark.parametrize("token", [b'<c t="', b"<!--", b"<?x ", b"<"])
def test_an_endless_tag_is_not_read_to_its_end(token: bytes) -> None:
    assert refusal(with_sheet([OPEN, token, *[b"a" * 1_000_000] * 150])) == "too_big_inside"


def test_endless_text_is_a_cell_that_is_too_long() -> None:
    cell = [b'<c r="A1" t="inlineStr"><is><t>', *[b"a" * 1_000_000] * 50, b"</t></is></c>"]
    data = with_sheet([OPEN, *cell, b'<c r="B1"><v>1</v></c>', CLOSE])
    cells = visible_grids(data, "任务.xlsx")[0].rows[0].cells
    assert [c.value for c in cells] == [None, 1]


def test_too_many_elements() -> None:
    assert refusal(with_sheet([OPEN, *[b"<x/>" * 100_000] * 25, CLOSE])) == "too_big_inside"


def test_more_cells_and_rows_than_a_sheet_can_have() -> None:
    assert refusal(with_sheet([OPEN, b"<c/>" * 16_385, CLOSE])) == "corrupt"
    assert refusal(with_sheet([OPEN, b'</row><row r="1048577"><c><v>1</v></c>', CLOSE])) == "corrupt"


def test_too_deep() -> None:
    assert refusal(with_sheet([OPEN, b"<a>" * 5_000])) == "corrupt"


def test_too_many_entries() -> None:
    assert refusal(zipped({f"{i}.xml": b"" for i in range(2_001)})) == "too_big_inside"


def test_too_many_merges() -> None:
    merges = b'<mergeCell ref="A1:XFD1048576"/>' * 100_001
    data = with_sheet(
        [OPEN, b"<c><v>1</v></c></row></sheetData><mergeCells>", merges, b"</mergeCells></worksheet>"]
    )
    assert refusal(data) == "too_big_inside"


def test_merges_on_top_of_each_other() -> None:
    rows = b"".join(b'<row r="%d"><c><v>1</v></c><c><v>2</v></c></row>' % n for n in range(1, 1000))
    merges = b'<mergeCell ref="A1:B1000"/>' * 1_000
    start, end = OPEN.removesuffix(b'<row r="1">'), b"</mergeCells></worksheet>"
    assert refusal(with_sheet([start, rows, b"</sheetData><mergeCells>", merges, end])) == "corrupt"


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="1A"/>',
        b'<c r="A1"><v>eins</v></c>',
        b'<c r="A1" s="-1"><v>1</v></c>',
        b'<c r="A1" s="x"/>',
        b"<c></d>",
    ],
)
def test_nonsense_in_a_sheet(cell: bytes) -> None:
    assert refusal(with_sheet([OPEN, cell, CLOSE])) == "corrupt"


def test_a_format_of_brackets_without_end_shows_a_number() -> None:
    code = "[" * 500_000
    styles = (
        f'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'
    )
    data = with_part(workbook([[7]]), "xl/styles.xml", [styles.encode()])
    assert visible_grids(data, "任务.xlsx")[0].rows[0].cells[0].value == 7


def test_numbers_that_are_none_and_strings_that_are_not_there() -> None:
    data = with_sheet(
        [OPEN, b'<c t="s"><v>999</v></c><c><v>NaN</v></c><c><v>1e999</v></c><c><v>7</v></c>', CLOSE]
    )
    assert [c.value for c in visible_grids(data, "任务.xlsx")[0].rows[0].cells] == [None, "NaN", "1e999", 7]


def test_fifty_thousand_rows_are_refused_by_name() -> None:
    strings = "".join(f"<si><t>{word}</t></si>" for word in (*TASK_HEADER, *map(str, task().values())))
    header = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(12))
    values = "".join(f'<c t="s"><v>{n}</v></c>' for n in range(12, 24))
    rows = f"<row>{header}</row>" + f"<row>{values}</row>" * 50_000
    with pytest.raises(ImportFileError) as caught:
        parsed(excel_workbook(strings, rows))
    assert plain(caught.value.text) == "表格“Sheet”超过 5000 行\uff0c请拆分后分次导入。"


def test_fifty_thousand_rows_in_word_are_refused() -> None:
    row = b"<w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr>"
    start = b'<w:document xmlns:w="x"><w:body><w:tbl>'
    data = with_part(
        document([["x"]]), "word/document.xml", [start, row * 50_000, b"</w:tbl></w:body></w:document>"]
    )
    assert refusal(data, "任务.docx") == "too_many_rows"


def test_five_thousand_rows_are_read() -> None:
    rows = [task(目标任务=f"任务{n}") for n in range(4_999)]
    assert len(parsed(sheet(*rows)).rows) == 4_999


def test_a_quarter_million_rows_that_are_only_formatted_are_no_rows() -> None:
    rows = (b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n) for n in range(2, 250_000))
    data = with_sheet([OPEN, b"<c><v>1</v></c></row>", *rows, b"</sheetData></worksheet>"])
    assert [row.number for row in visible_grids(data, "任务.xlsx")[0].rows] == [1]


def test_too_many_columns() -> None:
    assert visible_grids(workbook([["x"] * 100]), "任务.xlsx")
    assert refusal(workbook([["x"] * 101])) == "too_many_columns"


def test_too_much_text() -> None:
    long = "甲" * 4_000
    assert refusal(workbook([[long] * 50] * 41)) == "too_much_text"


def test_a_word_cell_that_spans_for_ever() -> None:
    xml = (
        b'<w:document xmlns:w="x"><w:body><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>'
        b"<w:p/></w:tc></w:tr></w:tbl></w:body></w:document>"
    )
    assert refusal(with_part(document([["x"]]), "word/document.xml", [xml])) == "too_many_columns"


@pytest.mark.parametrize("data", [workbook([]), workbook([[" "]]), document([[""]])])
def test_nothing_in_it(data: bytes) -> None:
    assert refusal(data) == "no_table"


def test_no_header_names_the_columns_that_were_looked_for() -> None:
    with pytest.raises(ImportFileError) as caught:
        parsed(workbook([["通知"], ["请各单位报送"]]))
    assert plain(caught.value.text) == (
        "“任务分解表.xlsx”中没有找到表头。表头应包含\uff1a目标任务、工作标准、完成时限、责任单位、责任人。"
    )
    with pytest.raises(ImportFileError, match="no_header"):
        parse_roster(workbook([["x"]]), "花名册.xlsx")


def test_encrypted_entries() -> None:
    data = bytearray(workbook([["甲"]]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    assert refusal(bytes(data)) == "encrypted"


def test_an_external_target_is_not_followed() -> None:
    rels = (
        b'<Relationships><Relationship Id="rId1" TargetMode="External" Target="http://127.0.0.1/x" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
    )
    assert refusal(with_part(workbook([["甲"]]), "xl/_rels/workbook.xml.rels", [rels])) == "no_table"


def test_a_part_that_is_missing() -> None:
    book = Workbook()
    sheet_of(book)["A1"] = "甲"
    source = zipfile.ZipFile(io.BytesIO(saved(book)))
    assert refusal(zipped({n: source.read(n) for n in source.namelist() if n != SHEET})) == "corrupt"
