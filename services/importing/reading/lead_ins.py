"""Text while it is being read: of a cell, or of what stands before a table."""

from __future__ import annotations

from typing import Final

from services.importing.reading.cells import MAX_CELL_CHARS

_PARAGRAPHS: Final = 12
_PARAGRAPH_CHARS: Final = 200


class CollectedText:
    """Text that is being collected. Beyond a cell's limit it is dropped.

    The length shows that there was more.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        if self._size <= MAX_CELL_CHARS:
            self._parts.append(text)
            self._size += len(text)

    def __str__(self) -> str:
        return "".join(self._parts)


class LeadIn:
    """The last paragraphs before a table."""

    def __init__(self) -> None:
        self._paragraphs: list[str] = []

    def add(self, paragraph: str) -> None:
        if paragraph := paragraph.strip():
            self._paragraphs.append(paragraph[:_PARAGRAPH_CHARS])
            del self._paragraphs[:-_PARAGRAPHS]

    def take(self, around: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The paragraphs, the nearest first, and those before the outer table. The next table has others."""
        found = (*reversed(self._paragraphs), *around)[:_PARAGRAPHS]
        self._paragraphs.clear()
        return found


class Passage:
    """What stands in one place of a document, in a cell or outside of all tables, up to now."""

    def __init__(self) -> None:
        self.text = CollectedText()
        self.lead_in = LeadIn()
        self._line = CollectedText()

    def add(self, text: str) -> None:
        self.text.add(text)
        self._line.add(text)

    def end_paragraph(self) -> None:
        self.text.add("\n")
        self.lead_in.add(str(self._line))
        self._line = CollectedText()
