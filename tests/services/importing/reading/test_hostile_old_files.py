"""Old workbooks, texts and web pages made to hurt: refused clearly, never hanging.

The suite's timeout is the bound for "never hangs".
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Final

import pytest

from locales import LOCALES, plain
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.ole_files import CompoundFile
from tests.services.importing.builders import visible_grids
from tests.services.importing.office_samples import FOLDER
from tests.services.importing.old_office import (
    BOOK_START,
    END,
    FREE,
    SHEET_START,
    bound,
    compound,
    number_cell,
    record,
    sheet_stream,
    text_cell,
    workbook97,
)

FULL: Final = 5 * 1024 * 1024
ONE_CELL: Final = {"表": sheet_stream(number_cell(0, 0))}


def outcome(data: bytes, name: str = "任务.xls") -> str:
    """The last word of the key with which a file is refused; "read" if it is read."""
    try:
        visible_grids(data, name)
    except ImportFileError as error:
        text = error.text
    else:
        return "read"
    for locale in LOCALES:
        assert "{" not in plain(text, locale)
    return text.key.removeprefix("importing.file.")


def full_of(piece: bytes, head: bytes = b"<html><table>") -> bytes:
    return head + piece * ((FULL - len(head)) // len(piece))


def strings(count: int, content: bytes) -> bytes:
    """The table of shared strings."""
    return record(0x00FC, struct.pack("<ii", count, count) + content)


def merges(count: int) -> bytes:
    """``count`` times a thousand ranges over a whole sheet."""
    whole = struct.pack("<HHHH", 0, 65_535, 0, 255)
    return record(0x00E5, struct.pack("<H", 1_000) + whole * 1_000) * count


# -- compound files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (compound({"WordDocument": b""}), "old_document"),
        (compound({"WordDocument": b""}, embedded=["Workbook"]), "old_document"),
        (compound({"Contents": b""}, embedded=["Workbook"]), "not_office"),
        (compound({"PowerPoint Document": b""}), "not_office"),
        (compound({"EncryptedPackage": b"", "EncryptionInfo": b""}), "encrypted"),
        (compound({"workbook": b""}), "corrupt"),
        (compound({"Contents": "EncryptedPackage WordDocument".encode("utf-16-le")}), "not_office"),
        (b"{\\rtf1\\ansi", "old_document"),
    ],
)
def test_the_streams_say_what_a_compound_file_is(data: bytes, reason: str) -> None:
    assert outcome(data) == reason


def test_a_tree_of_entries_that_leads_in_circles() -> None:
    names = {f"s{number}": b"" for number in range(60)}
    both = {number: (number + 1, number + 1, FREE) for number in range(1, 60)}
    assert outcome(compound(names, links=both)) == "not_office"
    assert outcome(compound({"a": b""}, links={0: (0, 0, 1), 1: (1, 0, 1)})) == "not_office"


@pytest.mark.parametrize(
    ("sector", "after"), [(0, 0), (0, 500), (3, 3), (3, 2), (3, 500), (3, END), (3, FREE)]
)
def test_chains_of_sectors_that_do_not_end(sector: int, after: int) -> None:
    """That of the directory (0), or that of the stream (3), leads back, out of the file, or ends early."""
    data = bytearray(workbook97(ONE_CELL))
    struct.pack_into("<I", data, len(data) - 512 + 4 * sector, after)
    assert outcome(bytes(data)) == "corrupt"


def test_more_sectors_of_the_table_than_there_are() -> None:
    data = bytearray(workbook97(ONE_CELL))
    data[76 : 76 + 436] = data[76:80] * 109
    struct.pack_into("<I", data, 44, 109)
    assert outcome(bytes(data)) == "corrupt"


def test_small_streams_are_found_where_they_are_kept() -> None:
    with pytest.raises(ImportFileError, match="corrupt"):
        CompoundFile(b"\xd0\xcf" * 300)
    data = (FOLDER / "letter.doc").read_bytes()
    name = "\1COMPOBJ"
    assert b"Word" in CompoundFile(data).stream(name)


# -- workbooks ----------------------------------------------------------------------------------------------


def high_sheets(count: int) -> bytes:
    return workbook97({f"s{number}": sheet_stream(number_cell(65_535, 0)) for number in range(count)})


WORKBOOKS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "a password": (lambda: workbook97(ONE_CELL, record(0x002F, bytes(54))), "encrypted"),
    "5,000 rows": (
        lambda: workbook97({"表": sheet_stream(*(number_cell(n, 0) for n in range(5_000)))}),
        "read",
    ),
    "5,001 rows": (
        lambda: workbook97({"表": sheet_stream(*(number_cell(n, 0) for n in range(5_001)))}),
        "too_many_rows",
    ),
    "100 columns": (lambda: workbook97({"表": sheet_stream(number_cell(0, 99))}), "read"),
    "101 columns": (lambda: workbook97({"表": sheet_stream(number_cell(0, 100))}), "too_many_columns"),
    "all rows and columns": (
        lambda: workbook97({"表": sheet_stream(*(number_cell(n, 255) for n in range(65_536)))}),
        "too_many_columns",
    ),
    "a column that no sheet has": (lambda: workbook97({"表": sheet_stream(number_cell(0, 256))}), "corrupt"),
    "too much text": (
        lambda: workbook97(
            {"表": sheet_stream(*(record(0x00FD, struct.pack("<HHHI", n, 0, 0, 0)) for n in range(2_001)))},
            strings(1, struct.pack("<HB", 4_000, 0) + b"x" * 4_000),
        ),
        "too_much_text",
    ),
    "15 sheets that reach the last row": (lambda: high_sheets(15), "read"),
    "300 sheets that reach the last row": (lambda: high_sheets(300), "too_big_inside"),
    "2,001 sheets": (
        lambda: workbook97(ONE_CELL | {f"s{n}": ONE_CELL["表"] for n in range(2_000)}),
        "too_big_inside",
    ),
    "one sheet named three times": (
        lambda: compound({"Workbook": record(0x0809, BOOK_START) + bound(0, "a") * 3 + record(0x000A)}),
        "corrupt",
    ),
    "sizes that make rows anew": (
        lambda: workbook97(
            {"表": sheet_stream(*[record(0x0200, bytes(14)) + number_cell(65_535, 0)] * 50_000)}
        ),
        "read",
    ),
    "sheets inside sheets": (
        lambda: workbook97({"表": record(0x0809, SHEET_START) * 100_000 + number_cell(0, 0)}),
        "corrupt",
    ),
    "a string that leads back": (
        lambda: workbook97(ONE_CELL, strings(2**31 - 1, struct.pack("<HBi", 0, 4, -7))),
        "corrupt",
    ),
    "fewer strings than stated": (lambda: workbook97(ONE_CELL, strings(3, b"\1\0\0x")), "corrupt"),
    "names": (lambda: workbook97(ONE_CELL, *[record(0x0018, b"\xff" * 40)] * 1_000), "read"),
    "formats": (
        lambda: workbook97(ONE_CELL, record(0x041E, struct.pack("<HHB", 200, 60_000, 0) + b"[" * 60_000)),
        "corrupt",
    ),
    "styles": (lambda: workbook97(ONE_CELL, *[record(0x00E0, bytes(20))] * 30_000), "corrupt"),
    "too many merges": (
        lambda: workbook97({"表": sheet_stream(number_cell(0, 0), merges(101))}),
        "too_big_inside",
    ),
    "merges on top of each other": (
        lambda: workbook97({"表": sheet_stream(*(number_cell(n, 1) for n in range(1_000)), merges(9))}),
        "corrupt",
    ),
    "cells cut short": (lambda: workbook97({"表": sheet_stream(record(0x0203, b"\0"))}), "corrupt"),
    "many records": (
        lambda: workbook97({"表": sheet_stream(number_cell(0, 0), *[record(0x1234)] * 300_000)}),
        "read",
    ),
    "blanks only": (lambda: workbook97({"表": sheet_stream(text_cell(0, 0, " "))}), "no_table"),
    "hidden sheets only": (lambda: workbook97(ONE_CELL, states={"表": 1}), "only_hidden"),
    "no sheet": (lambda: workbook97({}), "corrupt"),
}


@pytest.mark.parametrize("case", WORKBOOKS)
def test_workbooks(case: str) -> None:
    make, expected = WORKBOOKS[case]
    assert outcome(make()) == expected


# -- web pages and texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (full_of(b"<td>"), "too_big_inside"),
        (full_of(b"<td>x"), "too_many_columns"),
        (full_of(b"<tr><td>x"), "too_many_rows"),
        (full_of(b"<tr><td rowspan=65000 colspan=100><td>x"), "too_many_columns"),
        (full_of(b"<tr><td rowspan=65000>"), "too_many_rows"),
        (full_of(b"<table>"), "corrupt"),
        (full_of(b"<div>x"), "corrupt"),
        (full_of(b"<b "), "no_table"),
        (full_of(b"</i>", b"<html>" + b"<div>" * 900), "no_table"),
        (full_of(b"</p></em", b"<html><table>" + b"<td><div>" * 400), "no_table"),
        (full_of(b"<"), "too_big_inside"),
        (full_of(b"<a "), "no_table"),
        (full_of(b"<!--"), "no_table"),
        (full_of(b"<![CDATA["), "no_table"),
        (full_of(b"</"), "no_table"),
        (full_of(b'<a x="'), "no_table"),
        (full_of(b"&amp;"), "too_big_inside"),
        (full_of(b" a=1", b"<html><table "), "no_table"),
        (full_of(b"display  ", b'<table><tr style="'), "no_table"),
        (full_of(b"x", b"<table><tr><td>1<td>"), "read"),
        (b"<html>" + b"<table><tr><td>x" * 60, "read"),
        (b"<html>" + b"<table><tr><td>x" * 400, "corrupt"),
        (b"<table>" + b"".join(b"<tr><td>%d" % n for n in range(5_000)), "read"),
        (b"<table>" + b"".join(b"<tr><td>%d" % n for n in range(5_001)), "too_many_rows"),
        (b"<table><tr>" + b"<td>1" * 101, "too_many_columns"),
        (("<table><tr>" + ("<td>" + "甲" * 4_000) * 100).encode(), "read"),
        (("<table>" + ("<tr>" + "<td>" * 20 + "x" * 4_000) * 1_200).encode(), "read"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:40].decode("ascii", "replace"),
)
def test_web_pages(data: bytes, expected: str) -> None:
    assert len(data) <= FULL
    assert outcome(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (full_of(b",", b"a,b\n"), "read"),
        (full_of(b"a,", b"a,b\n"), "too_many_columns"),
        (full_of(b"a,b\n", b""), "too_many_rows"),
        (full_of(b"\n", b"a,b"), "too_many_rows"),
        (full_of(b'"', b'a,"'), "read"),
        (full_of(b"x", b'a,"'), "read"),
        (b"a,b\n" * 5_000, "read"),
        (b"a,b\n" * 5_001, "too_many_rows"),
        (b"1," * 100, "read"),
        (b"1," * 101, "too_many_columns"),
        (full_of(b" ", b""), "no_table"),
        (b"a,b\n" * 2_000_000, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:20].decode("ascii", "replace"),
)
def test_texts(data: bytes, expected: str) -> None:
    assert outcome(data, "任务.csv") == expected


# -- damaged files ------------------------------------------------------------------------------------------


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with bits flipped, bytes replaced, pieces moved or cut off."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        if not broken:
            break
        at, other = chance.randrange(len(broken)), chance.randrange(len(broken))
        length = chance.randrange(1, 600)
        match chance.randrange(6):
            case 0:
                broken[at] ^= 1 << chance.randrange(8)
            case 1:
                broken[at] = chance.randrange(256)
            case 2:
                broken[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\xff\x7f\xff\x7f", b"\1\0\0\0"))
            case 3:
                broken[at : at + length] = broken[other : other + length]
            case 4:
                del broken[at : at + length % 16]
            case _ if chance.random() < 0.2:
                del broken[at:]
            case _:
                pass
    return bytes(broken)


def bare_stream(name: str) -> bytes:
    """The records alone, so that damage meets them and not the file around them."""
    compound_file = CompoundFile((FOLDER / name).read_bytes())
    return compound_file.stream(next(iter({"WORKBOOK", "BOOK"} & compound_file.names)))


SOURCES: Final[dict[str, Callable[[], bytes]]] = {
    **{name: (FOLDER / name).read_bytes for name in ("tasks.xls", "tasks95.xls", "locked.xls", "page.xls")},
    "letter.doc": (FOLDER / "letter.doc").read_bytes,
    "records of tasks.xls": lambda: bare_stream("tasks.xls"),
    "records of tasks95.xls": lambda: bare_stream("tasks95.xls"),
    "text": lambda: '任务,标准\n"甲\n乙",1\n'.encode("gb18030") * 200,
}


@pytest.mark.parametrize("source", SOURCES)
def test_damaged_files_are_read_or_refused(source: str) -> None:
    """Hundreds of each; the choices are the same in every run."""
    chance = random.Random(source)  # noqa: S311  # no secret
    data = SOURCES[source]()
    outcomes = {outcome(damaged(data, chance)) for _ in range(400)}
    assert len(outcomes) >= 3


@pytest.mark.parametrize("source", ["tasks.xls", "tasks95.xls", "records of tasks.xls"])
def test_files_that_end_early(source: str) -> None:
    data = SOURCES[source]()
    read = [size for size in range(0, len(data), 97) if outcome(data[:size]) == "read"]
    # Only what comes behind the sheets can be missing.
    assert all(size > len(data) // 2 for size in read)
