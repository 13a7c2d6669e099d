"""Scenes of the evening: the tally, a mended slip, the reports behind the numbers, a leader's brief."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from demo.sample.data import SampleTotal
from demo.stage.files import PICTURE
from demo.tour.chats import BotMessage
from demo.tour.people import Person
from demo.tour.reporting import RECEIPT_NUMBER
from demo.tour.state import Receipt, Tour
from locales import Text
from rules.progress.quantities import read_quantities


async def tally(tour: Tour) -> None:
    """The group gets the tally in its topic, exceptions first."""
    day, words = tour.day, tour.words
    message = await tour.chats.wait(day.group, tour.group, 0, [words.piece("tally.title")])
    order = ["tally.title", "tally.late_title", "tally.missed_title", "tally.zero_reported"]
    order += ["tally.units_title", "tally.quantities_title"]
    tour.expect(message.thread == tour.thread, day.topics[0])
    tour.expect(words.in_order(message.text, order), words.piece("tally.late_title"))
    totals = _before_mending(tour)
    for line in _expected_lines(tour, totals):
        tour.expect(line in message.text, line)
    main = [words.quantity(total.amount, total.unit) for total in list(totals.values())[:2]]
    tour.tell(day.times["tally"], "tour.step.tallied", group=day.group, totals=main)
    tour.tallied = message
    stamped = [words.piece("pictures.as_of")]
    tour.picture = await tour.chats.picture(day.group, tour.group, message.id, stamped)
    await _keep_picture(tour, tour.picture)
    tour.tell(day.times["tally"], "tour.step.pictured", group=day.group, file=PICTURE)


async def _keep_picture(tour: Tour, picture: BotMessage) -> None:
    (tour.stage.out / PICTURE).write_bytes(await tour.chats.file_of(picture))


def _before_mending(tour: Tour) -> dict[str, SampleTotal]:
    """The totals as first filed, slips included."""
    totals = dict(tour.day.totals)
    for report in tour.day.reports:
        for item, amount in report.as_filed().adds.items():
            slip = amount - report.adds[item]
            totals[item] = replace(totals[item], amount=totals[item].amount + slip)
    return totals


async def correct(tour: Tour) -> None:
    """A person mends a slip after the tally, and the tally follows; the office asks for its sources."""
    words = tour.words
    for report in (report for report in tour.day.reports if report.first):
        person = tour.people[report.who]
        await person.change_words(report.text)
        receipt = await person.hear(words.piece("corrections.receipt.corrected"))
        number = RECEIPT_NUMBER.search(receipt.text)
        tour.expect(number is not None and number[0] in tour.receipts, receipt.text)
        if number is not None:
            tour.receipts[number[0]] = Receipt(tour.roster.unit_of(report.who), report.adds)
        tour.tell(tour.day.times["correct"], "tour.step.corrected", who=report.who, said=report.text)
    if tour.tallied is None:
        return
    lines = list(_expected_lines(tour, tour.day.totals))
    corrected = [words.piece("tally.corrected"), *lines]
    tour.tallied = await tour.chats.wait_for_edit(tour.day.group, tour.tallied, corrected)
    main = [words.quantity(total.amount, total.unit) for total in list(tour.day.totals.values())[:2]]
    tour.tell(tour.day.times["correct"], "tour.step.tally_corrected", group=tour.day.group, totals=main)
    if tour.picture is not None:
        changed = [words.piece("pictures.corrected")]
        tour.picture = await tour.chats.wait_for_edit(tour.day.group, tour.picture, changed)
        await _keep_picture(tour, tour.picture)
        tour.tell(tour.day.times["correct"], "tour.step.picture_replaced", file=PICTURE)
    await _traced(tour, tour.tallied)


def _expected_lines(tour: Tour, totals: Mapping[str, SampleTotal]) -> Iterator[str]:
    """The lines that the tally must have: what is late, who was silent, who had nothing, what was counted."""
    day, text = tour.day, tour.words.text
    yield day.late
    # Each silent unit has one task with a daily report: that line names it, and no other line does.
    yield text(Text("tally.missed_title", count=len(day.silent)))
    yield from (f"· {unit}" for unit in day.silent)
    yield text(Text("tally.zero_reported", count=len(day.zero), units=list(day.zero)))
    for item, total in totals.items():
        whole = tour.words.quantity(total.amount, total.unit, approx=total.approx)
        yield text(Text("tally.quantity_today", item=item, added=whole, total=whole))


async def _traced(tour: Tour, message: BotMessage) -> None:
    """Check 数据来源: the parts of each number are reports with known receipts, and add up to it."""
    office = tour.people[tour.day.office]
    await office.press(message, tour.words.piece("sources.button"))
    sources = await office.hear(tour.words.piece("sources.title"))
    for item, total in tour.day.totals.items():
        parts = list(_parts(tour, sources.text, item, total))
        tour.expect(sum(parts) == total.amount, f"{item} {tour.words.quantity(total.amount, total.unit)}")
        if len(parts) == 1:
            continue
        shown = " + ".join(f"{part:,}" for part in parts)
        whole = f"{total.amount:,} {total.unit}"
        tour.tell(tour.day.times["correct"], "tour.step.traced", item=item, parts=shown, total=whole)


def _parts(tour: Tour, sources: str, item: str, total: SampleTotal) -> Iterator[Decimal]:
    """The amounts of an item's reports, each compared with the receipt of its number."""
    whole = tour.words.quantity(total.amount, total.unit, approx=total.approx)
    head = tour.words.text(Text("sources.total", item=item, total=whole))
    _, found, below = sources.partition(f"{head}\n")
    tour.expect(bool(found), head)
    for line in below.split("\n"):
        number = RECEIPT_NUMBER.search(line)
        if number is None:
            return
        receipt = tour.receipts.get(number[0])
        tour.expect(receipt is not None and receipt.unit in line, line)
        if receipt is None:
            return
        amount = read_quantities(line.partition(receipt.unit)[2])[0].value
        tour.expect(amount == receipt.adds.get(item), line)
        yield amount


async def ask_brief(tour: Tour) -> None:
    """A leader asks for the brief."""
    leader = tour.people[tour.day.asks_brief]
    await leader.write("/brief")
    totals = [
        tour.words.quantity(total.amount, total.unit, approx=total.approx)
        for total in list(tour.day.totals.values())[:2]
    ]
    await leader.hear(tour.words.piece("brief.title"), *totals)
    tour.tell(tour.day.times["ask"], "tour.step.asked", who=leader.name)


async def nobody_was_nagged_twice(tour: Tour) -> None:
    """Check that each person got at most one nag or hint in a slot, and none without something due."""
    titles = [tour.words.piece("nags.title"), tour.words.piece("nags.title_hint")]
    slots = Counter([*tour.nags, *tour.day.reminded])
    for person in [*tour.people.values(), *tour.others]:
        said = [message.text for message in await tour.chats.said_by_bot(person.id)]
        nags = sum(title in text for text in said for title in titles)
        tour.expect(nags == slots[person.name], f"{person.name} {titles[0]}")


def in_reading_order(tour: Tour) -> list[Person]:
    """The people of the tour: the office first, then the roster in its order, then the outsiders."""
    office = tour.people[tour.day.office]
    rest = [person for person in tour.people.values() if person is not office]
    return [office, *rest, *tour.others]
