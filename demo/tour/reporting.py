"""Scenes of the day's reports, each in its own way, from the first words to the receipt."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from demo.sample.data import SampleReport, Way
from demo.tour.chats import BotMessage
from demo.tour.people import Person, together
from demo.tour.state import Receipt, Tour
from locales import Text
from reports.formats import files_text, short

RECEIPT_NUMBER: Final = re.compile(r"\d{8}-\d{4}")
ALBUM: Final = 3


async def report_all(tour: Tour, reports: Sequence[SampleReport]) -> None:
    """Several people report at the same time."""
    filed = [report.as_filed() for report in reports]
    await together(_report(tour, report) for report in filed)
    for report in filed:
        said = report.text or tour.words.piece("progress.zero_button.daily")
        tour.tell(report.at, "tour.step.reported", who=report.who, said=said)


async def _report(tour: Tour, report: SampleReport) -> None:
    person = tour.people[report.who]
    card = await WAYS[report.way](tour, person, report)
    if card is None:
        receipt = await person.hear(tour.words.piece("progress.receipt.zero"))
        if report.text:
            await person.hear(tour.words.piece("progress.zero_taken"))
    else:
        tour.expect(report.objective in card.text, report.objective)
        await person.press(card, tour.words.piece("progress.confirm_button"))
        receipt = await person.hear(tour.words.piece("progress.receipt.title"))
        await person.see(card, tour.words.piece("progress.confirmed"))
    _keep(tour, report, receipt)


def _keep(tour: Tour, report: SampleReport, receipt: BotMessage) -> None:
    """Check that the receipt has a number and states the amounts; keep it."""
    number = RECEIPT_NUMBER.search(receipt.text)
    tour.expect(number is not None, tour.words.piece("progress.receipt.title"))
    for item, amount in report.adds.items():
        added = tour.words.quantity(amount, tour.day.totals[item].unit)
        tour.expect(item in receipt.text and added in receipt.text, f"{item} {added}")
    if number is not None:
        tour.receipts[number[0]] = Receipt(tour.roster.unit_of(report.who), report.adds)


async def _card(tour: Tour, person: Person) -> BotMessage:
    return await person.hear(tour.words.piece("progress.card.title"))


async def _reply(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    await person.write(report.text, reply_to=tour.nags[person.name], photo=report.photo)
    return await _card(tour, person)


async def _sentence(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    await person.write(report.text, photo=report.photo)
    return await _card(tour, person)


async def _nag_button(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    await person.press(tour.nags[person.name], tour.words.piece("nags.report_short"))
    await person.hear(tour.words.piece("progress.ask_text"))
    return await _sentence(tour, person, report)


async def _album(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    """Three photos come as three updates and get one card."""
    await person.send_album(report.text, ALBUM)
    files = tour.words.text(Text("progress.card.files", files=files_text(["photo"] * ALBUM)))
    return await person.hear(tour.words.piece("progress.card.title"), files)


async def _command(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    await person.write("/report")
    question = await person.hear(tour.words.piece("progress.which_task"))
    await person.press(question, short(report.objective, 30))
    await person.see(question, tour.words.piece("progress.ask_text"))
    return await _sentence(tour, person, report)


async def _edit(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    """The person notices a slip on the card and mends it before anything counts."""
    await person.write(report.instead)
    card = await _card(tour, person)
    await person.press(card, tour.words.piece("progress.edit_button"))
    await person.hear(tour.words.piece("progress.ask_text_again"))
    return await _sentence(tour, person, report)


async def _file_under(tour: Tour, person: Person, report: SampleReport) -> BotMessage:
    """The report has another word for a known item; its first number is filed under that item."""
    await person.write(report.text)
    card = await _card(tour, person)
    await person.press(card, tour.words.piece("progress.adjust_button"))
    card = await person.see(card, tour.words.piece("progress.card.title"))
    await person.press(card, tour.words.piece("progress.file_under_button"))
    item = next(iter(report.adds))
    choice = await person.see(card, tour.words.piece("progress.file_under"))
    await person.press(choice, item)
    return await person.see(choice, tour.words.piece("progress.card.title"), item)


async def _zero_words(tour: Tour, person: Person, report: SampleReport) -> None:
    await person.write(report.text)


async def _zero_button(tour: Tour, person: Person, report: SampleReport) -> None:
    await person.write("/tasks")
    tasks = await person.hear(tour.words.piece("tasks.list_title"))
    await person.press(tasks, tour.words.piece("progress.zero_button.daily"))


WAYS: Final[Mapping[Way, Callable[[Tour, Person, SampleReport], Awaitable[BotMessage | None]]]] = {
    "reply": _reply,
    "nag_button": _nag_button,
    "command": _command,
    "sentence": _sentence,
    "album": _album,
    "edit": _edit,
    "file_under": _file_under,
    "zero_words": _zero_words,
    "zero_button": _zero_button,
}
