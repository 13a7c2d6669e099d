"""The office's part by chat: the breakdown is sent as a file, looked at, and imported."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from demo.tour.files import TASKS
from demo.tour.morning import hand_out_links
from demo.tour.state import Tour


async def hand_out_office_link(tour: Tour) -> None:
    """The links are handed out; the office opens its own first."""
    await hand_out_links(tour, [tour.day.office])


async def import_breakdown(tour: Tour) -> None:
    """The Word file goes into the chat; what was refused comes back as a sheet, the rest is confirmed."""
    office, words = tour.people[tour.day.office], tour.words
    file = tour.stage.out / TASKS
    await office.send_file(file.name, file.read_bytes())
    preview = await office.hear(words.piece("jobs.preview"), tour.day.refused)
    for line in preview.text.split("\n"):
        tour.tell(tour.day.times["start"], "tour.step.imported", line=line)
    name, content = await office.receive_file()
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    told = [" ".join(str(cell) for cell in row if cell is not None) for row in rows]
    tour.expect(any(tour.day.refused in row for row in told), f"{name} {tour.day.refused}")
    tour.tell(tour.day.times["start"], "tour.step.returned_sheet", file=name)
    await office.press(preview, words.piece("jobs.confirm_button"))
    await office.see(preview, words.piece("jobs.done"))
    tour.tell(tour.day.times["start"], "tour.step.imported_by_chat", file=file.name)
