"""A merged message, page by page: the parts of all subjects by their rank, each item numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from locales import Text
from models.nags import About
from reports.formats import day_text
from services.nags.subject import LinesPage, MessageItem, MessagePart, NagReader, PageMaker
from services.views import ButtonSpec, View, button, paging

PAGE: Final = 8
"""So many duties are on a page, each with its button."""


def build(makers: Sequence[PageMaker], reading: NagReader) -> View:
    """One page of the message for one person's slot."""
    pages = [make(reading) for make in makers]
    parts = _parts(pages)
    every = [item.about for part in parts for item in part.items]
    lines, rows = [_title(pages, reading)], [row for page in pages for row in page.first_rows]
    for part, numbered in _shown(parts, reading):
        lines.append(part.heading)
        for number, item in numbered:
            key = "nags.numbered_again" if item.about in reading.may_repeat else "nags.numbered"
            lines.append(Text(key, number=number, line=item.line))
            rows.append(item.buttons(number))
    lines += [line for page in pages for line in page.ends]
    if reading.campaign.calendar.is_fallback(reading.day):
        lines.append(Text("common.calendar_fallback", year=reading.day.year))
    rows += [*_turning(len(every), reading), *_last_rows(pages, reading)]
    about = list(dict.fromkeys((page.word, line.subject_id) for page in pages for line in page.lines))
    of_tasks, of_cases = ([each for word, each in about if word == one] for one in ("task", "case"))
    return View(lines, rows, of_tasks, case_ids=of_cases, shows=about)


def shown_items(makers: Sequence[PageMaker], reading: NagReader) -> list[tuple[int, About]]:
    """What stands on that page of the message, with its numbers."""
    shown = _shown(_parts([make(reading) for make in makers]), reading)
    return [(number, item.about) for _, numbered in shown for number, item in numbered]


def _parts(pages: Sequence[LinesPage]) -> list[MessagePart]:
    return sorted((part for page in pages for part in page.parts), key=lambda part: part.rank)


def _shown(
    parts: Sequence[MessagePart], reading: NagReader
) -> Iterator[tuple[MessagePart, list[tuple[int, MessageItem]]]]:
    """The parts of which something stands on the page, with that, numbered through the message."""
    count = sum(len(part.items) for part in parts)
    first = reading.offset if reading.offset < count else 0
    number = 0
    for part in parts:
        numbered = list(enumerate(part.items, number + 1))
        number += len(part.items)
        on_page = [(n, item) for n, item in numbered if first < n <= first + PAGE]
        if on_page:
            yield part, on_page


def _title(pages: Sequence[LinesPage], reading: NagReader) -> Text:
    count = sum(len({line.subject_id for line in page.lines}) for page in pages)
    urged = any(line.urges for page in pages for line in page.lines)
    key = "nags.title" if urged else "nags.title_hint"
    if reading.asked is not None:
        key = "nags.title_asked"
    elif len(pages) == 1 and pages[0].title:
        key = pages[0].title
    return Text(key, day=day_text(reading.day), count=count)


def _turning(count: int, reading: NagReader) -> list[list[ButtonSpec]]:
    if reading.outbox_id is None:
        return []
    first = reading.offset if reading.offset < count else 0
    return paging("nag.page", reading.reader_id, first, count, page=PAGE, outbox_id=reading.outbox_id)


def _last_rows(pages: Sequence[LinesPage], reading: NagReader) -> list[list[ButtonSpec]]:
    row = []
    urged = any(line.urges for page in pages for line in page.lines)
    if urged and reading.outbox_id is not None:
        snooze = button("nags.snooze_button", "snooze.choose", reading.reader_id, outbox_id=reading.outbox_id)
        row.append(snooze)
    row += [one for page in pages for one in page.last_buttons]
    return [row] if row else []
