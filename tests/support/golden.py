"""Golden files: what a Word file or a workbook holds and how it is laid out, as lines that people can read.

A file is compared with the lines that are kept in ``tests/data/golden``. ``GOLDEN=write`` writes them anew;
look at the difference before you commit it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

FOLDER: Final = Path(__file__).parents[1] / "data" / "golden"


def compare(name: str, lines: Iterator[str]) -> None:
    """Fail unless these are the lines of the golden file."""
    shown = "\n".join(lines) + "\n"
    file = FOLDER / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(shown, "utf-8")
    assert file.read_text("utf-8") == shown


def docx_lines(content: bytes) -> Iterator[str]:
    """The sections, then each paragraph and table in order, with its layout; then headers and footers."""
    document = Document(io.BytesIO(content))
    for section in document.sections:
        grid = section._sectPr.find(qn("w:docGrid"))
        yield f"page {_mm(section.page_width)} × {_mm(section.page_height)}, margins " + " ".join(
            _mm(one)
            for one in (
                section.top_margin,
                section.bottom_margin,
                section.left_margin,
                section.right_margin,
            )
        )
        yield (
            f"grid {dict(sorted((bare_name(k), v) for k, v in grid.items()))}"
            if grid is not None
            else "no grid"
        )
    for block in document.iter_inner_content():
        yield from _paragraph(block) if isinstance(block, Paragraph) else _table(block)
    for section in document.sections:
        for part in (section.header, section.footer, section.even_page_footer):
            for paragraph in part.paragraphs:
                yield f"margin: {''.join(paragraph._p.itertext()).strip()}"


def bare_name(name: str) -> str:
    """The name of an attribute without its namespace."""
    return name.rpartition("}")[2]


def _mm(length: Any) -> str:
    return f"{length.mm:.1f}"


def _paragraph(paragraph: Paragraph) -> Iterator[str]:
    fonts = {
        (run.font.size.pt if run.font.size else None, _east(run._r), bool(run.font.bold))
        for run in paragraph.runs
        if run.text.strip()
    }
    shape = paragraph.paragraph_format
    layout = [str(paragraph.style.name if paragraph.style else ""), str(paragraph.alignment or "")]
    layout += [f"first {shape.first_line_indent.pt:g}" if shape.first_line_indent else ""]
    layout += ["new page" if shape.page_break_before else "", "with next" if shape.keep_with_next else ""]
    yield f"[{' · '.join(one for one in layout if one)}] {sorted(map(str, fonts))} {paragraph.text}"


def _east(run: Any) -> str | None:
    fonts = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
    return None if fonts is None else fonts.get(qn("w:eastAsia"))


def _table(table: Table) -> Iterator[str]:
    yield f"table of {len(table.columns)} columns"
    for row in table.rows:
        yield "  | " + " | ".join(cell.text.replace("\n", "⏎") for cell in row.cells)


def xlsx_lines(content: bytes) -> Iterator[str]:
    """Each sheet: its set-up, its columns, and its cells with their formats and fills."""
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        yield f"sheet {sheet.title} {sheet.dimensions}, frozen {sheet.freeze_panes}"
        yield f"  filter {sheet.auto_filter.ref}, print {_printed(sheet)}"
        widths = {name: round(column.width, 1) for name, column in sheet.column_dimensions.items()}
        yield f"  widths {widths}"
        for row in sheet.iter_rows():
            yield "  " + " | ".join(_cell(cell) for cell in row)


def _printed(sheet: Worksheet) -> str:
    setup, fit = sheet.page_setup, sheet.sheet_properties.pageSetUpPr
    pages = f"{setup.fitToWidth}×{setup.fitToHeight}" if fit is not None and fit.fitToPage else "as it is"
    return f"{setup.orientation} paper {setup.paperSize}, pages {pages}, heads {sheet.print_title_rows}"


def _cell(cell: Any) -> str:
    if cell.value is None:
        return ""
    fill = cell.fill.fgColor.rgb if cell.fill.fill_type else None
    notes = [one for one in (None if cell.number_format == "General" else cell.number_format, fill) if one]
    return f"{cell.value!r}{' {' + ', '.join(notes) + '}' if notes else ''}"
