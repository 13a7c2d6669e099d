"""Scenes of the week after: a task's ladder, with a snooze, a deputy, quiet hours and a worked Saturday."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from demo.stage.files import MONTH_PICTURE, WEEK_PICTURE, import_calendar, write_ledger, write_report
from demo.tour import street
from demo.tour.chats import BotMessage
from demo.tour.morning import hand_out_links
from demo.tour.people import Person
from demo.tour.state import Tour
from locales import Text
from reports.formats import day_text

Scene = Callable[[Tour], Awaitable[None]]


def agenda(tour: Tour) -> list[tuple[datetime, Scene]]:
    """All scenes of the week with their moments."""
    scenes: dict[str, Scene] = {
        "calendar": calendar,
        "due": due,
        "snoozed": snoozed,
        "overdue": overdue,
        "found": found,
        "quiet": quiet,
        "coloured": coloured,
        "usual": usual,
        "merged": merged,
        "mended": mended,
        "leave": leave,
        "saturday": saturday,
        "sunday": sunday,
        "monday": monday,
        "head": head,
        "release": release,
        "complete": complete,
        "after": after,
    }
    timed = [(tour.week.times[name], scene) for name, scene in scenes.items()]
    return [*timed, (tour.week.times["after"], report)]


def _who(tour: Tour) -> Person:
    return tour.people[tour.week.person]


def _tell(tour: Tour, moment: str, key: str, **values: object) -> None:
    """Print a line as ``Tour.tell`` does, with its day, since one day is much like the other here."""
    at = tour.week.times[moment]
    words = tour.words.text(Text(key, **values))
    tour.tell(at, "tour.step.on_day", day=f"{at:%m-%d}", words=words)


async def _nagged(tour: Tour, person: Person, days: int) -> BotMessage:
    """The nag about the task, ``days`` before its last day; below 0: after it."""
    key, values = ("common.due_today", {}) if days == 0 else ("common.days_over", {"days": -days})
    return await person.hear(tour.week.objective, tour.words.text(Text(key, **values)))


async def calendar(tour: Tour) -> None:
    """The office imports a worked Saturday and days off that nobody has published yet."""
    await import_calendar(tour.stage)
    _tell(tour, "calendar", "tour.step.calendar")


async def due(tour: Tour) -> None:
    """On the last day the person is nagged, and puts it off until the afternoon."""
    person, words = _who(tour), tour.words
    tour.due = await _nagged(tour, person, 0)
    _tell(tour, "due", "tour.step.ladder_due", who=person.name)
    await person.press(tour.due, words.piece("nags.snooze_button"))
    choice = await person.hear(words.piece("nags.snooze_title"))
    await person.press(choice, words.piece("nags.snooze.afternoon"))
    await person.see(choice, words.piece("nags.snoozed"))
    _tell(tour, "due", "tour.step.ladder_put_off", who=person.name)


async def snoozed(tour: Tour) -> None:
    """In the afternoon the person is nagged again."""
    await _nagged(tour, _who(tour), 0)
    _tell(tour, "snoozed", "tour.step.ladder_again", who=tour.week.person)


async def overdue(tour: Tour) -> None:
    """A day over: the person is nagged, and their leader gets a hint in other words."""
    await _nagged(tour, _who(tour), -1)
    leader = tour.people[tour.week.in_charge]
    hint = await leader.hear(tour.words.piece("nags.title_hint"), tour.week.objective)
    tour.expect(tour.words.piece("nags.own") not in hint.text, leader.name)
    _tell(tour, "overdue", "tour.step.ladder_overdue", who=tour.week.person, leader=leader.name)


async def found(tour: Tour) -> None:
    """A problem in the street comes to the same person: its limit is over tomorrow morning."""
    finder, words, week = tour.people[tour.week.finder], tour.words, tour.week
    await finder.write(week.category, photo=True)
    card = await finder.hear(words.piece("issues.ask_place"))
    await finder.write(week.found)
    summary = await finder.hear(words.piece("issues.ask_submit"), week.found)
    tour.expect(week.category in summary.text + card.text, week.category)
    await street.submit_case(tour, finder, summary, week.category)
    await street.dispatch_case(tour, week.category, week.person)
    _tell(tour, "found", "tour.step.ladder_found", who=week.person, category=week.category)


async def quiet(tour: Tour) -> None:
    """The person sets quiet hours until ten past nine."""
    person = _who(tour)
    await person.write(f"/quiet {tour.week.quiet}")
    await person.hear(tour.week.quiet)
    _tell(tour, "quiet", "tour.step.ladder_quiet", who=person.name, hours=tour.week.quiet)


async def coloured(tour: Tour) -> None:
    """Within their quiet hours the order turns blue: the office hears of it, the person does not."""
    office, words = tour.people[tour.day.office], tour.words
    await office.hear(words.piece("colours.title_office"), tour.week.category)
    await _not_yet(tour)


async def usual(tour: Tour) -> None:
    """The hour of the nags comes: others hear, and the office gets its digest; the person hears nothing."""
    await tour.people[tour.day.office].hear(_digest(tour, "usual"))
    await _not_yet(tour)


async def _not_yet(tour: Tour) -> None:
    person = _who(tour)
    tour.expect(not await _since(tour, person), person.name)


def _digest(tour: Tour, moment: str) -> str:
    """The first line of the office's digest of that day."""
    return tour.words.text(Text("nags.digest_title", day=day_text(tour.week.times[moment].date())))


async def _since(tour: Tour, person: Person) -> list[str]:
    """The nags that the bot has sent to a person since they last wrote."""
    titles = [tour.words.piece(key) for key in ("nags.title", "colours.title_nag")]
    said = await tour.chats.said_by_bot(person.id)
    new = [message.text for message in said if message.id > person.last_written]
    return [text for text in new if any(title in text for title in titles)]


async def merged(tour: Tour) -> None:
    """When the quiet hours end, the person hears of task and order in one message.

    The order is news and stands first. Of the task, which is late one more day, they see when they unfold it.
    """
    person, words = _who(tour), tour.words
    message = await person.hear(words.piece("colours.own"), words.piece("nags.same"))
    tour.expect(tour.week.category in message.text, tour.week.category)
    await person.press(message, words.piece("nags.unfold_button"))
    days = words.text(Text("common.days_over", days=2))
    shown = await person.see(message, days)
    tour.expect(tour.week.objective in shown.text, tour.week.objective)
    tour.expect(len(await _since(tour, person)) == 1, person.name)
    _tell(tour, "merged", "tour.step.ladder_merged", who=person.name)


async def mended(tour: Tour) -> None:
    """The person feeds back that the street is clean, and returns to the usual quiet hours."""
    person, words, week = _who(tour), tour.words, tour.week
    await street.feed_back_on(tour, week.category, week.person, week.mended)
    await person.write("/quiet")
    shown = await person.hear(words.piece("quiet.own"))
    await person.press(shown, words.piece("quiet.usual_button"))
    await person.see(shown, words.piece("quiet.usual"))
    _tell(tour, "mended", "tour.step.fed_back", who=week.person, said=week.mended)


async def leave(tour: Tour) -> None:
    """The person takes leave over the weekend with the worked Saturday.

    Their deputy, who follows the invitation link just in time, hears of it.
    """
    await hand_out_links(tour, [tour.week.deputy])
    person, words = _who(tour), tour.words
    await person.write(f"/leave {tour.week.leave}")
    preview = await person.hear(words.piece("leave.preview_deputy"), tour.week.deputy)
    await person.press(preview, words.piece("leave.confirm_button"))
    await tour.people[tour.week.deputy].hear(words.piece("leave.you_stand_in"))
    _tell(tour, "leave", "tour.step.ladder_leave", who=person.name, deputy=tour.week.deputy)


async def saturday(tour: Tour) -> None:
    """The worked Saturday has its slot: the deputy is nagged, and the leader gets the second hint."""
    deputy, leader = tour.people[tour.week.deputy], tour.people[tour.week.in_charge]
    nag = await _nagged(tour, deputy, -3)
    tour.expect(tour.words.piece("nags.deputised") in nag.text, deputy.name)
    tour.expect(tour.week.person in nag.text, tour.week.person)
    await leader.hear(tour.words.piece("nags.title_hint"), tour.words.text(Text("common.days_over", days=3)))
    _tell(tour, "saturday", "tour.step.ladder_deputy", who=deputy.name, instead=tour.week.person)


async def sunday(tour: Tour) -> None:
    """On Sunday nobody is nagged: the deputy asks and gets an answer, and nothing came before it."""
    deputy = tour.people[tour.week.deputy]
    await deputy.write("/quiet")
    await deputy.hear(tour.words.piece("quiet.usual"))
    tour.expect(not await _since(tour, deputy), deputy.name)
    _tell(tour, "sunday", "tour.step.ladder_sunday")


async def monday(tour: Tour) -> None:
    """The person is back, and is nagged again. The group is told of the week that is over, with a picture."""
    await _nagged(tour, _who(tour), -5)
    first = tour.words.text(day_text(tour.week.times["monday"].date() - timedelta(days=7)))
    group, words = tour.day.group, tour.words
    week = await tour.chats.wait(group, tour.group, 0, [words.piece("digest.week"), first])
    shown = [words.piece("digest.week_picture"), first]
    picture = await tour.chats.picture(group, tour.group, week.id, shown)
    await _keep_picture(tour, "monday", WEEK_PICTURE, picture)
    _tell(tour, "monday", "tour.step.ladder_back", who=tour.week.person)


async def head(tour: Tour) -> None:
    """The fifth working day: the hint for the head of the unit waits for the office."""
    await _nagged(tour, _who(tour), -6)
    office = tour.people[tour.day.office]
    digest = await office.hear(_digest(tour, "head"), tour.words.piece("nags.digest_release"))
    await office.press(digest, tour.words.piece("nags.release_list_button"))
    _tell(tour, "head", "tour.step.ladder_waits", leader=tour.week.principal)


async def release(tour: Tour) -> None:
    """The office releases with one press: the head gets a hint, never a nag."""
    office, words = tour.people[tour.day.office], tour.words
    waiting = await office.hear(words.piece("nags.release_title"), tour.week.principal)
    number = next(line.partition(".")[0] for line in waiting.text.split("\n") if tour.week.principal in line)
    label = words.text(Text("nags.release_button", number=number))
    await office.press(waiting, label)
    leader = tour.people[tour.week.principal]
    hint = await leader.hear(words.piece("nags.title_hint"), tour.week.objective)
    tour.expect(words.piece("nags.own") not in hint.text, leader.name)
    _tell(tour, "release", "tour.step.ladder_released", leader=leader.name)


async def complete(tour: Tour) -> None:
    """The office completes the task; the card explains every nag, whether it went out or not."""
    person, office, words = _who(tour), tour.people[tour.day.office], tour.words
    card = await _card(tour, person)
    await person.press(card, words.piece("tasks.submit_button"))
    question = await person.see(card, words.piece("completion.ask"))
    await person.press(question, words.piece("completion.submit_button"))
    await person.see(question, words.piece("common.task_state.submitted"))
    request = await office.hear(words.piece("completion.request_title"), tour.week.objective)
    await office.press(request, words.piece("tasks.complete_button"))
    await person.hear(words.piece("completion.told_complete"))
    await _explain(tour, office)
    _tell(tour, "complete", "tour.step.completed", objective=tour.week.objective)


async def _card(tour: Tour, person: Person) -> BotMessage:
    await person.write(f"/find {tour.week.objective}")
    found = await person.hear(tour.week.objective[:8])
    await person.press(found, tour.week.objective[:8])
    return await person.hear(tour.words.piece("tasks.card.standard"), tour.week.objective)


async def _explain(tour: Tour, office: Person) -> None:
    """Check that 催办记录 on the card names the head of the unit."""
    words = tour.words
    card = await _card(tour, office)
    await office.press(card, words.piece("nags.record.button"))
    record = await office.hear(words.piece("nags.record.title"))
    tour.expect(tour.week.principal in record.text, tour.week.principal)


async def report(tour: Tour) -> None:
    """At the end the work report of December writes itself, and so does the ledger."""
    last = tour.week.times["after"].date()
    file = await write_report(tour.stage, last.replace(day=1), last)
    _tell(tour, "after", "tour.step.reported_work", file=file.name)
    _tell(tour, "after", "tour.step.ledger_made", file=(await write_ledger(tour.stage)).name)
    await _keep_pictures(tour)


async def _keep_pictures(tour: Tour) -> None:
    """Have the month drawn, and keep its picture."""
    words, office = tour.words, tour.people[tour.day.office]
    await office.write(f"/tally {words.text(Text('periods.month'))}")
    tally = await office.hear(words.piece("period_tally.title"))
    await office.press(tally, words.piece("pictures.button"))
    month = await tour.chats.picture(office.name, office.id, tally.id, [words.piece("pictures.period_title")])
    await _keep_picture(tour, "after", MONTH_PICTURE, month)


async def _keep_picture(tour: Tour, when: str, file: str, message: BotMessage) -> None:
    (tour.stage.out / file).write_bytes(await tour.chats.file_of(message))
    _tell(tour, when, "tour.step.picture_kept", file=file)


async def after(tour: Tour) -> None:
    """Nobody is nagged about the completed task any more."""
    person = _who(tour)
    await person.write("/quiet")
    await person.hear(tour.words.piece("quiet.usual"))
    told = [text for text in await _since(tour, person) if tour.week.objective in text]
    tour.expect(not told, tour.week.objective)
    _tell(tour, "after", "tour.step.ladder_over", objective=tour.week.objective)
