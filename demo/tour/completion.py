"""Scenes of a task from 申请办结 to 办结, with one 退回 on the way."""

from __future__ import annotations

from demo.tour.chats import BotMessage
from demo.tour.people import Person
from demo.tour.state import Tour
from reports.formats import short


async def submit(tour: Tour) -> None:
    """The responsible person asks for 办结; the office gets standard, evidence and figures side by side."""
    await _submit(tour)
    tour.tell(tour.day.times["submit"], "tour.step.submitted", who=tour.day.completed_by)


async def _submit(tour: Tour) -> None:
    person, words = tour.people[tour.day.completed_by], tour.words
    card = await _card(tour, person)
    await person.press(card, words.piece("tasks.submit_button"))
    question = await person.see(card, words.piece("completion.ask"))
    await person.press(question, words.piece("completion.submit_button"))
    await person.see(question, words.piece("common.task_state.submitted"))


async def _card(tour: Tour, person: Person) -> BotMessage:
    await person.write("/tasks")
    tasks = await person.hear(tour.words.piece("tasks.list_title"))
    label = short(tour.day.completed, 12).rstrip("…")
    if any(label in shown for shown in tasks.labels):
        await person.press(tasks, label)
    return await person.hear(tour.words.piece("tasks.card.standard"), tour.day.completed)


async def send_back(tour: Tour) -> None:
    """The office returns the task with one of the reasons at hand, which the person is told."""
    office, words = tour.people[tour.day.office], tour.words
    request = await _request(tour, office)
    await office.press(request, words.piece("tasks.return_button"))
    reasons = await office.see(request, words.piece("completion.why_return"))
    reason = words.piece("completion.reason.no_evidence")
    await office.press(reasons, reason)
    person = tour.people[tour.day.completed_by]
    tour.returned = await person.hear(words.piece("completion.told_return"), reason)
    tour.tell(tour.day.times["return"], "tour.step.sent_back", reason=reason)


async def _request(tour: Tour, office: Person) -> BotMessage:
    """The last request in the office's chat."""
    title = tour.words.piece("completion.request_title")
    said = [message for message in await tour.chats.said_by_bot(office.id) if title in message.text]
    if len(said) > tour.requests:
        tour.requests = len(said)
        return said[-1]
    found = await office.hear(title, tour.day.completed)
    tour.requests = len(said) + 1
    return found


async def mend(tour: Tour) -> None:
    """The person sends what was missing as a reply to the 退回, and submits the task again."""
    person, words = tour.people[tour.day.completed_by], tour.words
    await person.write(tour.day.mended, reply_to=tour.returned, photo=True)
    card = await person.hear(words.piece("progress.card.title"), tour.day.mended)
    await person.press(card, words.piece("progress.confirm_button"))
    await person.see(card, words.piece("progress.confirmed"))
    await _submit(tour)
    tour.tell(tour.day.times["mend"], "tour.step.mended", who=person.name, said=tour.day.mended)


async def complete(tour: Tour) -> None:
    """The office completes the task: from now on nobody is nagged about it."""
    office, words = tour.people[tour.day.office], tour.words
    request = await _request(tour, office)
    await office.press(request, words.piece("tasks.complete_button"))
    person = tour.people[tour.day.completed_by]
    await person.hear(words.piece("completion.told_complete"))
    tour.tell(tour.day.times["complete"], "tour.step.completed", objective=tour.day.completed)
