"""The tour's morning: breakdown, links, joining, the group, briefs, 签收, the nags of nine o'clock.

Also the reminder of a daily report, later that day.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, urlsplit

from openpyxl import load_workbook

from demo.sample.data import SampleNag
from demo.stage import files as stage_files
from demo.stage.files import TASKS
from demo.tour.people import Person, together
from demo.tour.state import Tour

# Tone → title and heading of the message. Of tasks that came late leaders hear a day later.
_TONES: Final[Mapping[str, tuple[str, str]]] = {
    "own": ("nags.title", "nags.own"),
    "instead": ("nags.title", "nags.for_others"),
}


async def hand_out_links(tour: Tour, names: Sequence[str]) -> None:
    """Make links for the whole roster; the named people follow theirs."""
    tour.links = tour.links or await _links(tour)
    arrived = []
    for name in names:
        tour.people[name] = await Person.arrive(tour.chats, name, tour.words.locale)
        await tour.people[name].start(_payload(tour.links[name]))
        arrived.append(tour.people[name])
    await together(_welcomed(tour, person) for person in arrived)


async def join(tour: Tour) -> None:
    """People follow their links, one person tries a used link, and a stranger writes to the bot."""
    await hand_out_links(tour, [name for name in tour.day.joining if name not in tour.people])
    count, links = len(tour.people), len(tour.links)
    tour.tell(tour.day.times["join"], "tour.step.joined", count=count, links=links)
    await _turned_away(tour, tour.links)


async def _links(tour: Tour) -> dict[str, str]:
    """Name → link, read from the sheet that the office hands out."""
    sheet = tour.stage.folder / "invitations.xlsx"
    await tour.stage.command("invite", "--yes", "--out", str(sheet))
    rows = load_workbook(sheet).worksheets[0].iter_rows(min_row=2, values_only=True)
    return {str(row[1]): str(row[2]) for row in rows}


def _payload(link: str) -> str:
    return parse_qs(urlsplit(link).query)["start"][0]


async def _welcomed(tour: Tour, person: Person) -> None:
    await person.hear(tour.words.piece("enrolment.secrecy"))
    if tour.roster.person(person.name).reports:
        tour.lists[person.name] = await person.hear(tour.words.piece("tasks.list_title"))


async def _turned_away(tour: Tour, links: Mapping[str, str]) -> None:
    name, owner = tour.day.used_link
    late = await Person.arrive(tour.chats, name, tour.words.locale)
    await late.start(_payload(links[owner]))
    name, words = tour.day.stranger
    stranger = await Person.arrive(tour.chats, name, tour.words.locale)
    await stranger.start()
    await stranger.hear(tour.words.piece("enrolment.stranger"))
    await stranger.write(words)
    await stranger.hear(tour.words.piece("enrolment.stranger_again"))
    await late.hear(tour.words.piece("enrolment.used_link"))
    tour.others = [late, stranger]
    tour.tell(tour.day.times["join"], "tour.step.turned_away")


async def bind(tour: Tour) -> None:
    """The office makes a group with topics and binds one of them for the tally."""
    office = tour.people[tour.day.office]
    members = [office.id, *(person.id for person in tour.people.values() if person is not office)]
    body = {"members": members, "topics": list(tour.day.topics), "bot": "administrator"}
    group = await tour.chats.act("create_group", title=tour.day.group, **body)
    topic = tour.day.topics[0]
    tour.group, tour.thread = group["id"], group["topics"][topic]
    where = {"chat": tour.group, "user": office.id, "thread": tour.thread}
    sent = await tour.chats.act("send_text", text="/bind", **where)
    asked = [tour.words.piece("groups.ask_scope")]
    question = await tour.chats.wait(tour.day.group, tour.group, sent["message_id"], asked)
    await office.press(question, tour.words.piece("groups.scope.all"))
    await tour.chats.wait_for_edit(tour.day.group, question, [tour.words.piece("groups.bound")])
    tour.tell(tour.day.times["bind"], "tour.step.bound", group=tour.day.group, topic=topic)


async def brief(tour: Tour) -> None:
    """Each leader gets one short brief that starts with what needs them."""
    title = tour.words.piece("brief.title")
    await together(_heard(tour.people[name], title, *parts) for name, parts in tour.day.briefed.items())
    tour.tell(tour.day.times["brief"], "tour.step.briefed", count=len(tour.day.briefed))


async def _heard(person: Person, *parts: str) -> None:
    await person.hear(*parts)


async def sign(tour: Tour) -> None:
    """People sign for their tasks (签收): all at once, or on the card if there is only one."""
    await together(_signed(tour, tour.people[name]) for name in tour.day.signing)
    tour.tell(tour.day.times["sign"], "tour.step.signed", count=len(tour.day.signing))


async def _signed(tour: Tour, person: Person) -> None:
    message = tour.lists[person.name]
    signed = tour.words.piece("common.task_state.acknowledged")
    all_at_once = tour.words.piece("tasks.acknowledge_all_button")
    if any(all_at_once in label for label in message.labels):
        await person.press(message, all_at_once)
        await person.see(message, signed)
        return
    await person.press(message, message.labels[0])
    card = await person.hear(tour.words.piece("tasks.card.standard"))
    await person.press(card, tour.words.piece("tasks.acknowledge_button"))
    await person.see(card, signed)


async def nag(tour: Tour) -> None:
    """Each person with something due or overdue gets one merged message; leaders are only told."""
    await together(_nagged(tour, expected) for expected in tour.day.nags)
    tour.tell(tour.day.times["nag"], "tour.step.nagged", count=len(tour.day.nags))


async def remind(tour: Tour) -> None:
    """People without a daily report by four fifths of the day are reminded."""
    what = tour.words.piece("nags.what.report")
    await together(_heard(tour.people[name], what) for name in tour.day.reminded)
    tour.tell(tour.day.times["remind"], "tour.step.reminded", count=len(tour.day.reminded))


async def _nagged(tour: Tour, expected: SampleNag) -> None:
    person = tour.people[expected.who]
    parts = [tour.words.piece(key) for key in _TONES[expected.tone]]
    tour.nags[person.name] = await person.hear(*parts, *expected.parts)


async def hand_out_office_link(tour: Tour) -> None:
    """The links are handed out, and the office follows its own first."""
    await hand_out_links(tour, [tour.day.office])


async def import_log(tour: Tour) -> None:
    """The office has written down meetings, documents and the like, and imports them."""
    for line in await stage_files.import_log(tour.stage):
        tour.tell(tour.day.times["start"], "tour.step.imported", line=line)


async def import_breakdown(tour: Tour) -> None:
    """The office sends the Word file and is asked about a deadline that is over.

    Refused rows come back as a sheet, and it confirms the rest.
    """
    office, words = tour.people[tour.day.office], tour.words
    file = tour.stage.out / TASKS
    await office.send_file(file.name, file.read_bytes())
    question = await office.hear(words.piece("jobs.preview"), words.piece("importing.ask.past"))
    for line in question.text.split("\n"):
        tour.tell(tour.day.times["start"], "tour.step.imported", line=line)
    said = await office.press(question, words.piece("importing.ask.past_button"))
    tour.tell(tour.day.times["start"], "tour.step.answered_by_chat", answer=said)
    preview = await office.see(question, tour.day.refused)
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
