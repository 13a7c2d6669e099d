"""Scenes of the week after: a department breaks its task down among four villages, which report for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from demo.tour.chats import BotMessage
from demo.tour.morning import hand_out_links
from demo.tour.people import Person, together
from demo.tour.state import Tour
from locales import Text

Scene = Callable[[Tour], Awaitable[None]]


def agenda(tour: Tour) -> list[tuple[datetime, Scene]]:
    """All scenes with their moments."""
    times = tour.week.villages.times
    first, second = tour.week.villages.first, tour.week.villages.second
    return [
        (times["break_down"], break_down),
        (times["report"], partial(report, told=first)),
        (times["tally"], partial(tally, told=first, when="tally")),
        (times["report_again"], partial(report, told=second)),
        (times["tally_again"], partial(tally, told=second, when="tally_again")),
        (times["told"], told_below),
        (times["sources"], sources),
    ]


def _tell(tour: Tour, moment: str, key: str, **values: object) -> None:
    at = tour.week.villages.times[moment]
    words = tour.words.text(Text(key, **values))
    tour.tell(at, "tour.step.on_day", day=f"{at:%m-%d}", words=words)


def _who(tour: Tour) -> Person:
    return tour.people[tour.week.villages.person]


async def break_down(tour: Tour) -> None:
    """The 责任人 and the villages join; one press chooses the villages, one confirms."""
    here, words = tour.week.villages, tour.words
    joining = [name for name in (here.person, *here.people.values()) if name not in tour.people]
    await hand_out_links(tour, joining)
    person = _who(tour)
    card = await _card(tour, person)
    await person.press(card, words.piece("breakdowns.start_button"))
    preview = await person.hear(words.piece("breakdowns.title"), *here.people.values())
    await person.press(preview, words.piece("breakdowns.confirm_button"))
    await person.see(preview, words.text(Text("children.below_bare", count=len(here.people))))
    for name in here.people.values():
        await tour.people[name].hear(words.piece("breakdowns.told_above"), here.objective)
    _tell(tour, "break_down", "tour.step.broken_down", who=person.name, units=list(here.people))


async def _card(tour: Tour, person: Person) -> BotMessage:
    objective = tour.week.villages.objective
    await person.write(f"/find {objective} {tour.roster.unit_of(person.name)}")
    found = await person.hear(objective[:8])
    await person.press(found, objective[:8])
    return await person.hear(tour.words.piece("tasks.card.standard"), objective)


async def report(tour: Tour, *, told: Mapping[str, int]) -> None:
    """The villages report: with so many loads, or with 今日无新增 (0)."""
    here = tour.week.villages
    await together(_report(tour, tour.people[here.people[unit]], loads) for unit, loads in told.items())
    when = "report" if told == here.first else "report_again"
    _tell(tour, when, "tour.step.villages_reported", units=list(told))


async def _report(tour: Tour, person: Person, loads: int) -> None:
    words, here = tour.words, tour.week.villages
    await person.write(here.words.format(loads=loads) if loads else here.nothing)
    title = "progress.card.title" if loads else "progress.zero.title"
    card = await person.hear(words.piece(title), here.objective)
    await person.press(card, words.piece("progress.confirm_button"))
    await person.hear(words.piece("progress.receipt.title" if loads else "progress.receipt.zero"))


async def tally(tour: Tour, *, told: Mapping[str, int], when: str) -> None:
    """The district's group reads how many of them have reported, and what; never who is missing."""
    here, words, day = tour.week.villages, tour.words, tour.day
    loads = words.quantity(Decimal(sum(told.values())), here.measure)
    line = words.text(
        Text(
            "tally.below.line_added",
            objective=here.objective,
            reported=len(told),
            expected=len(here.people),
            quantities=[loads],
        )
    )
    message = await tour.chats.wait(day.group, tour.group, 0, [words.piece("tally.title"), line])
    missing = [unit for unit in here.people if unit not in told]
    tour.expect(not any(unit in message.text for unit in missing), line)
    _tell(tour, when, "tour.step.villages_counted", group=day.group, line=line)


async def told_below(tour: Tour) -> None:
    """The next morning who broke the task down hears in one line which village has not reported."""
    here, person = tour.week.villages, _who(tour)
    missing = [unit for unit in here.people if unit not in here.second]
    line = tour.words.text(Text("below.unreported", count=len(missing), names=missing))
    await person.hear(line)
    _tell(tour, "told", "tour.step.villages_missing", who=person.name, line=line)


async def sources(tour: Tour) -> None:
    """数据来源 of the task opens the reports of the villages."""
    here, words, person = tour.week.villages, tour.words, _who(tour)
    card = await _card(tour, person)
    await person.press(card, words.piece("tasks.sources_button"))
    shown = await person.hear(*(unit for unit, loads in here.first.items() if loads))
    tour.expect(here.measure in shown.text, here.measure)
    _tell(tour, "sources", "tour.step.villages_sources", who=person.name)
