"""Looking through the records of a BIFF stream (.xls, .et) before xlrd reads it.

xlrd trusts a file: forged sizes, names and formulas make it run for ever or fill the memory. What no table
needs is hidden from it here, and what is left holds no more than a sheet can. Nothing is read of the cells
but where they stand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from services.importing.reading.biff_strings import check_strings
from services.importing.reading.cells import MAX_MERGES
from services.importing.reading.file_errors import ImportFileError

_HEAD: Final = struct.Struct("<HH")
_STARTS: Final = frozenset({0x0809, 0x0409, 0x0209, 0x0009})  # BOF
_END: Final = 0x000A
_FILEPASS: Final = 0x002F
_CODEPAGE: Final = 0x0042
# What Chinese programs write that do not name their code page.
_USUAL_ENCODING: Final = "gb18030"
_DOUBLE_BYTES: Final = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "cp950"}
_EXCEL_5: Final = 0x0500
_STRING: Final = 0x0207
_SHEET: Final = 0x0085  # BOUNDSHEET
_STRINGS: Final = 0x00FC  # SST
_CONTINUE: Final = 0x003C
_FORMATS: Final = frozenset({0x041E, 0x001E})
_STYLES: Final = frozenset({0x00E0, 0x0443, 0x0243, 0x0043})  # XF
_SIZES: Final = frozenset({0x0200, 0x0000})  # DIMENSIONS
_MERGES: Final = 0x00E5
_ROW: Final = 0x0208
_CELLS: Final = frozenset(
    {
        *(0x0203, 0x0003, 0x0002, 0x027E, 0x00BD),  # NUMBER, INTEGER, RK, MULRK
        *(0x0204, 0x0004, 0x00FD, 0x00D6),  # LABEL, LABELSST, RSTRING
        *(0x0006, 0x0206, 0x0406, 0x0205, 0x0005),  # FORMULA, BOOLERR
    }
)
_FORMULA: Final = 0x0006
UNCALCULATED: Final = 0xFF
"""An error that no program has: it stands for a formula that nobody has calculated."""
_NO_RESULT: Final = bytes((2, 0, UNCALCULATED, 0, 0, 0, 0xFF, 0xFF))
_CALCULATE_ON_LOAD: Final = 2
_RESULTS: Final = frozenset({0x0207, 0x0007, 0x04BC, 0x0221, 0x0021, 0x0236, 0x0037, 0x0036})  # of formulas
_DATE_MODE: Final = 0x0022
_NEEDED: Final = (
    {_FILEPASS, _CODEPAGE, _SHEET, _STRINGS, _CONTINUE, _MERGES, _ROW, _DATE_MODE}
    | _STARTS | {_END} | _FORMATS | _STYLES | _SIZES | _CELLS | _RESULTS
)  # fmt: skip
_UNKNOWN: Final = 0xFFFF
_MAX_SHEETS: Final = 2_000
_MAX_STYLES: Final = 20_000
_LONGEST_FORMAT: Final = 1_024
# xlrd makes an entry for every row above a filled one, in each sheet.
_MAX_REACH: Final = 1_000_000


@dataclass(slots=True)
class _Substream:
    """The workbook's own part, or a sheet."""

    start: int
    reach: int = 0  # the number of its lowest row
    sized: bool = False


@dataclass(slots=True)
class BiffStream:
    """A stream that xlrd may read. ``visible``: of each worksheet, in order, whether it is shown."""

    content: bytearray
    visible: list[bool] = field(default_factory=list)
    codepage: int | None = None

    @property
    def encoding(self) -> str | None:
        """That of texts which name none of their own, where a character may take two bytes."""
        return _USUAL_ENCODING if self.codepage is None else _DOUBLE_BYTES.get(self.codepage)


def starts_as_biff(data: bytes | bytearray) -> bool:
    """Whether the bytes begin with the record that opens a workbook or a sheet."""
    return len(data) >= 8 and _HEAD.unpack_from(data)[0] in _STARTS and 4 <= _HEAD.unpack_from(data)[1] <= 20


class BiffInspector:
    """One pass over all records. Raises ImportFileError."""

    def __init__(self, stream: bytes, filename: str) -> None:
        self._filename = filename
        self._stream = BiffStream(bytearray(stream))
        self._parts: list[_Substream] = []
        self._places: list[int] = []  # of the worksheets, as the workbook states them
        self._depth = 0
        self._styles = self._merges = 0

    def inspect(self) -> BiffStream:
        if not starts_as_biff(self._stream.content):
            raise ImportFileError("corrupt")
        try:
            for at, code, body, end in self._records():
                self._take(at, code, body, end)
        except (struct.error, IndexError) as error:
            raise ImportFileError("corrupt") from error
        self._check()
        return self._stream

    def _records(self) -> Iterator[tuple[int, int, int, int]]:
        content = self._stream.content
        at, size = 0, len(content)
        while at + 4 <= size:
            code, length = _HEAD.unpack_from(content, at)
            end = at + 4 + length
            if self._depth == 0 and (code not in _STARTS or end > size):
                # Streams are filled up at their end, and a few before a sheet.
                later = [place for place in self._places if at < place < size]
                if not later:
                    break
                at = min(later)
                continue
            if end > size:
                raise ImportFileError("corrupt")
            yield at, code, at + 4, end
            at = end

    def _take(self, at: int, code: int, body: int, end: int) -> None:
        if code in _STARTS:
            if self._depth == 0:
                self._parts.append(_Substream(at))
            self._depth += 1
        elif code == _END:
            self._depth -= 1
        elif code not in _NEEDED or self._depth > 1:
            self._hide(at)
        elif code in _CELLS:
            part = self._parts[-1]
            part.reach = max(part.reach, self._number(body) + 1)
            if code == _FORMULA:
                self._mark_uncalculated(body)
        elif code == _STRING:
            self._count_chars(body, end)
        elif code != _CONTINUE and code not in _RESULTS:
            self._take_other(at, code, body, end)

    def _take_other(self, at: int, code: int, body: int, end: int) -> None:
        if code == _FILEPASS:
            raise ImportFileError("encrypted", file=self._filename)
        if code == _CODEPAGE:
            self._stream.codepage = self._number(body)
        elif code == _SHEET:
            self._take_sheet(body)
        elif code == _STRINGS:
            check_strings(self._stream.content, self._pieces(body, end))
        elif code == _MERGES:
            self._take_merges(body)
        elif code in _SIZES:
            # xlrd begins to count rows anew with each of them.
            if self._parts[-1].sized:
                self._hide(at)
            self._parts[-1].sized = True
        elif code in _FORMATS or code in _STYLES:
            self._styles += 1
            if self._styles > _MAX_STYLES or (code in _FORMATS and end - body > _LONGEST_FORMAT):
                raise ImportFileError("corrupt")

    def _mark_uncalculated(self, body: int) -> None:
        """Libraries that calculate nothing write 0, and that the reader is to calculate the value."""
        content = self._stream.content
        if self._number(body + 14) & _CALCULATE_ON_LOAD and not any(content[body + 6 : body + 14]):
            content[body + 6 : body + 14] = _NO_RESULT

    def _count_chars(self, body: int, end: int) -> None:
        """Excel 5 and 95 state the bytes of a formula's text; xlrd takes them for characters."""
        content, encoding = self._stream.content, self._stream.encoding
        if encoding is not None and self._number(self._parts[0].start + 4) == _EXCEL_5:
            text = content[body + 2 : end].decode(encoding, "replace")
            struct.pack_into("<H", content, body, len(text))

    def _pieces(self, body: int, end: int) -> list[range]:
        """Where the contents of a record stand that is longer than a record can be."""
        pieces = [range(body, end)]
        content = self._stream.content
        while end + 4 <= len(content):
            code, length = _HEAD.unpack_from(content, end)
            if code != _CONTINUE or end + 4 + length > len(content):
                break
            pieces.append(range(end + 4, end + 4 + length))
            end += 4 + length
        return pieces

    def _take_sheet(self, body: int) -> None:
        place, state, kind = struct.unpack_from("<IBB", self._stream.content, body)
        if kind == 0:
            self._places.append(place)
            self._stream.visible.append(state & 3 == 0)
        if len(self._places) > _MAX_SHEETS:
            raise ImportFileError("too_big_inside")

    def _take_merges(self, body: int) -> None:
        count = self._number(body)
        self._merges += count
        if self._merges > MAX_MERGES:
            raise ImportFileError("too_big_inside")
        part = self._parts[-1]
        for place in range(body + 2, body + 2 + 8 * count, 8):
            part.reach = max(part.reach, self._number(place + 2) + 1)

    def _hide(self, at: int) -> None:
        struct.pack_into("<H", self._stream.content, at, _UNKNOWN)

    def _number(self, at: int) -> int:
        return int.from_bytes(self._stream.content[at : at + 2], "little")

    def _check(self) -> None:
        if not self._places:  # before Excel 5: a sheet without a workbook
            self._stream.visible = [True]
        starts = {part.start for part in self._parts}
        if any(a == b for a, b in pairwise(sorted(self._places))) or not starts.issuperset(self._places):
            raise ImportFileError("corrupt")
        if sum(part.reach for part in self._parts) > _MAX_REACH:
            raise ImportFileError("too_big_inside")
