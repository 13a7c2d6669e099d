"""A merged message, page by page: the parts of all subjects by their rank, each item numbered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from locales import Text
from models.nags import About
from reports.formats import day_text
from services.nags.messages.nag_list import ListedItem, NagList
from services.nags.subject import ItemKey, LinesPage, MessageItem, MessagePart, NagReader, PageMaker
from services.views import ButtonSpec, View, button, paging

PAGE: Final = 8
"""So many duties are on a page, each with its button."""


def build(makers: Sequence[PageMaker], reading: NagReader) -> View:
    """One page of the message for one person's slot, as it goes out."""
    pages = [make(reading) for make in makers]
    return _view(pages, reading, NagList.of(_title(pages, reading), _parts(pages), reading.same), {})


def marked(
    makers: Sequence[PageMaker], reading: NagReader, listed: NagList, done: Mapping[ItemKey, Text]
) -> View:
    """The page as it reads now: what is ``done`` is marked in its place, and the rest keeps its buttons."""
    return _view([make(reading) for make in makers], reading, listed, done)


def _view(
    pages: Sequence[LinesPage], reading: NagReader, listed: NagList, done: Mapping[ItemKey, Text]
) -> View:
    shown = list(_shown(listed, reading))
    keys = {item.key for _, numbered in shown for _, item in numbered}
    lines, rows = [listed.title], [row for page in pages for row in page.first_rows(keys)]
    there = {item.key: item for part in _parts(pages) for item in part.items}
    for heading, numbered in shown:
        lines.append(heading)
        for number, item in numbered:
            lines.append(_line(number, item, there.get(item.key), done.get(item.key), reading))
            if item.key in there:
                rows.append(there[item.key].buttons(number))
    if listed.same and listed.folded:
        lines.append(Text("nags.same", count=len(listed.same)))
        rows += _unfolding(listed, reading)
    lines += [line for page in pages for line in page.ends]
    if reading.campaign.calendar.is_fallback(reading.day):
        lines.append(Text("common.calendar_fallback", year=reading.day.year))
    rows += [*_turning(listed.count, reading), *_last_rows(pages, reading)]
    about = list(dict.fromkeys((page.word, line.subject_id) for page in pages for line in page.lines))
    of_tasks, of_cases = ([each for word, each in about if word == one] for one in ("task", "case"))
    of_tasks = list(dict.fromkeys((*of_tasks, *(task for page in pages for task in page.tasks))))
    kept = replace(listed, offset=_first(listed.count, reading)).to_json()
    return View(lines, rows, of_tasks, case_ids=of_cases, shows=about, listed=kept)


def _line(
    number: int, item: ListedItem, there: MessageItem | None, done: Text | None, reading: NagReader
) -> Text:
    """The line with its number: as it reads now, or as it was with what was done since."""
    key = "nags.numbered_again" if item.key[:2] in reading.may_repeat else "nags.numbered"
    line = Text(key, number=number, line=item.line if there is None else there.line)
    if done is None:
        return line
    return Text("nags.done_line" if there is None else "nags.done_in_part", line=line, done=done)


def shown_items(makers: Sequence[PageMaker], reading: NagReader) -> list[tuple[int, About]]:
    """What stands on that page of the message, with its numbers."""
    pages = [make(reading) for make in makers]
    listed = NagList.of(_title(pages, reading), _parts(pages), ())
    return [(number, item.key[:2]) for _, numbered in _shown(listed, reading) for number, item in numbered]


def _parts(pages: Sequence[LinesPage]) -> list[MessagePart]:
    return sorted((part for page in pages for part in page.parts), key=lambda part: part.rank)


def _first(count: int, reading: NagReader) -> int:
    return reading.offset if reading.offset < count else 0


def _shown(listed: NagList, reading: NagReader) -> Iterator[tuple[Text, list[tuple[int, ListedItem]]]]:
    """The headings under which something stands on the page, with that, numbered through the message."""
    first, number = _first(listed.count, reading), 0
    for part in listed.visible:
        numbered = list(enumerate(part.items, number + 1))
        number += len(part.items)
        on_page = [(n, item) for n, item in numbered if first < n <= first + PAGE]
        if on_page:
            yield part.heading, on_page


def _title(pages: Sequence[LinesPage], reading: NagReader) -> Text:
    count = sum(len({line.subject_id for line in page.lines}) for page in pages)
    urged = any(line.urges for page in pages for line in page.lines)
    key = "nags.title" if urged else "nags.title_hint"
    if reading.asked_by is not None:
        return Text("nags.title_asked_by", day=day_text(reading.day), count=count, who=reading.asked_by)
    if reading.asked is not None:
        key = "nags.title_asked"
    elif len(pages) == 1 and pages[0].title:
        key = pages[0].title
    return Text(key, day=day_text(reading.day), count=count)


def _unfolding(listed: NagList, reading: NagReader) -> list[list[ButtonSpec]]:
    if reading.outbox_id is None:
        return []
    label = Text("nags.unfold_button", count=len(listed.same))
    return [[button(label, "nag.unfold", reading.reader_id, outbox_id=reading.outbox_id)]]


def _turning(count: int, reading: NagReader) -> list[list[ButtonSpec]]:
    if reading.outbox_id is None:
        return []
    first = _first(count, reading)
    return paging("nag.page", reading.reader_id, first, count, page=PAGE, outbox_id=reading.outbox_id)


def _last_rows(pages: Sequence[LinesPage], reading: NagReader) -> list[list[ButtonSpec]]:
    row = []
    own = any(line.urges and line.own for page in pages for line in page.lines)
    if own and reading.outbox_id is not None:
        snooze = button("nags.snooze_button", "snooze.choose", reading.reader_id, outbox_id=reading.outbox_id)
        row.append(snooze)
    if reading.is_hint and reading.outbox_id is not None:
        row.append(button("nags.noted_button", "nag.noted", reading.reader_id, outbox_id=reading.outbox_id))
    row += [one for page in pages for one in page.last_buttons]
    return [row] if row else []
