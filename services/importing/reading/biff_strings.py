"""Following the table of shared strings of a BIFF stream, as xlrd does, without reading the strings.

A negative size leads back. xlrd would read the same string again, up to two thousand million times.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from services.importing.reading.file_errors import ImportFileError


def check_strings(content: bytes | bytearray, pieces: Sequence[range]) -> None:
    """Raises ImportFileError, or IndexError or struct.error, if the table does not go on to its end."""
    (count,) = struct.unpack_from("<i", content, pieces[0].start + 4)
    walk = _StringWalk(content, pieces)
    for _ in range(count):
        walk.pass_string()


class _StringWalk:
    """A place in the table, which goes on only."""

    def __init__(self, content: bytes | bytearray, pieces: Sequence[range]) -> None:
        self._content = content
        self._pieces = pieces
        self._piece = 0
        self._at = pieces[0].start + 8
        self._end = pieces[0].stop

    def pass_string(self) -> None:
        chars, options = struct.unpack("<HB", self._head(3))
        runs = int.from_bytes(self._head(2), "little") if options & 8 else 0
        guide = struct.unpack("<i", self._head(4))[0] if options & 4 else 0
        if guide < 0:
            raise ImportFileError("corrupt")
        self._pass_chars(chars, wide=options & 1)
        self._pass_runs(runs)
        self._at += guide
        if self._at >= self._end:
            beyond = self._at - self._end
            if self._piece + 1 < len(self._pieces):
                self._next_piece()
                self._at += beyond

    def _head(self, size: int) -> bytes | bytearray:
        head = self._content[self._at : min(self._at + size, self._end)]
        if len(head) < size:
            raise ImportFileError("corrupt")
        self._at += size
        return head

    def _next_piece(self) -> None:
        self._piece += 1
        self._at, self._end = self._pieces[self._piece].start, self._pieces[self._piece].stop

    def _pass_chars(self, left: int, *, wide: int) -> None:
        while True:
            passed = min((self._end - self._at) >> wide, left)
            self._at += passed << wide
            left -= passed
            if not left:
                return
            self._next_piece()
            wide = self._head(1)[0] & 1

    def _pass_runs(self, left: int) -> None:
        while left:
            if self._at == self._end:
                self._next_piece()
            passed = min((self._end - self._at) // 4, left)
            if not passed:
                raise ImportFileError("corrupt")
            self._at += 4 * passed
            left -= passed
