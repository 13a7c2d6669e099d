"""Writes the sample's tasks as a Word file, the form in which offices send them round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.table import Table

from demo.sample.data import Breakdown, SampleTask
from demo.sample.workbooks import groups


def write_tasks(path: Path, breakdown: Breakdown) -> None:
    """Write a .docx: titles as paragraphs, the table with merged cells, the notes below."""
    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    for title in breakdown.titles:
        document.add_paragraph(title).alignment = WD_ALIGN_PARAGRAPH.CENTER
    lines = [list(breakdown.columns.values()), *_lines(breakdown)]
    _fill(document.add_table(len(lines), len(breakdown.columns), "Table Grid"), lines, breakdown)
    for note in breakdown.notes:
        document.add_paragraph(note)
    document.save(str(path))


def _fill(table: Table, lines: Sequence[Sequence[str]], breakdown: Breakdown) -> None:
    for row, values in zip(table.rows, lines, strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    for field in ("focus", "action"):
        column = list(breakdown.columns).index(field)
        for top, bottom in groups(breakdown.tasks, field):
            # Merging joins the texts of all cells, and blank cells would leave empty lines.
            value = table.cell(top + 1, column).text
            table.cell(top + 1, column).merge(table.cell(bottom + 1, column)).text = value


def _lines(breakdown: Breakdown) -> Iterator[list[str]]:
    for number, task in enumerate(breakdown.tasks, 1):
        yield [_text(task, field, number) for field in breakdown.columns]


def _text(task: SampleTask, field: str, number: int) -> str:
    if field == "serial":
        return str(number)
    value: str | date = getattr(task, field)
    return f"{value.year}.{value.month}.{value.day}" if isinstance(value, date) else value
