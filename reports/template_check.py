"""A template is hostile input: what a .docx may not hold, and where its unknown placeholders stand.

Nothing is unpacked to disk. A template has no macros, no embedded objects, and nothing that lies elsewhere.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from docx import Document
from docx.document import Document as Page
from docx.table import Table

from reports.template_faults import (
    TemplateError,
    TemplateFault,
    TemplateFaultKind,
    TemplatePassage,
    TemplatePlace,
)

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_PARTS: Final = 1_000
MAX_UNPACKED: Final = 60 * 1024 * 1024
_MAIN: Final = "word/document.xml"
_TYPES: Final = "[Content_Types].xml"
_MAIN_TYPE: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_FORBIDDEN: Final = re.compile(r"(?i)vba|macro|activex|embeddings/|\.bin$|customui/|afchunk|\.exe$|\.js$")
_EXTERNAL: Final = re.compile(rb"(?i)TargetMode\s*=\s*[\"']\s*External")
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE|<!ENTITY")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def check_archive(content: bytes) -> None:
    """Raise ``TemplateError`` for all but a .docx of which every part is harmless and small enough."""
    if len(content) > MAX_BYTES:
        raise TemplateError(TemplateFault(TemplateFaultKind.TOO_BIG))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_parts(parts)
    except _BROKEN:
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX)) from None


def _check_parts(parts: zipfile.ZipFile) -> None:
    entries = parts.infolist()
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise TemplateError(TemplateFault(TemplateFaultKind.TOO_BIG))
    names = {entry.filename for entry in entries}
    if _MAIN not in names or _TYPES not in names or any(entry.flag_bits & 1 for entry in entries):
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX))
    if any(_FORBIDDEN.search(name) for name in names):
        raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))
    if _MAIN_TYPE not in parts.read(_TYPES):
        raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))
    for name in names:
        if name.endswith((".xml", ".rels")):
            # An archive that lies about the size of a part fails here, for no more than that is read.
            _check_xml(name, parts.read(name))


def _check_xml(name: str, content: bytes) -> None:
    if _DOCTYPE.search(content):
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX))
    if name.endswith(".rels") and _EXTERNAL.search(content):
        raise TemplateError(TemplateFault(TemplateFaultKind.EXTERNAL))


def passages_with(content: bytes, name: str) -> list[TemplatePassage]:
    """Where a placeholder stands."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [one for one in passages_of(content) if "{" in one.words and word.search(one.words)]


def passages_of(content: bytes) -> Iterator[TemplatePassage]:
    """All paragraphs and cells with words, in their order. Paragraphs are counted as one sees them."""
    page: Page = Document(io.BytesIO(content))
    number = tables = 0
    for block in page.iter_inner_content():
        if isinstance(block, Table):
            tables += 1
            yield from _cells(block, tables)
        elif block.text.strip():
            number += 1
            yield TemplatePassage(TemplatePlace.PARAGRAPH, (number,), block.text)
    for section in page.sections:
        for line in (*section.header.paragraphs, *section.footer.paragraphs):
            if line.text.strip():
                yield TemplatePassage(TemplatePlace.MARGIN, (), line.text)


def _cells(table: Table, number: int) -> Iterator[TemplatePassage]:
    for row_number, row in enumerate(table.rows, 1):
        for cell_number, cell in enumerate(row.cells, 1):
            if cell.text.strip():
                yield TemplatePassage(TemplatePlace.CELL, (number, row_number, cell_number), cell.text)
