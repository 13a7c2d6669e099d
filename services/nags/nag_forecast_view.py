"""``/nags``: the nags of the coming days, by day and by person.

It also shows each message as it would read then, with the reason for each duty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from locales import Text
from models.db import ident
from models.nags import About, Nag, NagReason
from reports.formats import day_text, moment_text
from rules.nags.levels import Level
from services.access import require_office
from services.campaign import Campaign
from services.errors import DomainError
from services.nags import nag_digest, nag_reasons
from services.nags.messages import nag_message
from services.nags.nag_forecast import DAYS, Forecast, ForecastFate, ForecastMessage, forecast
from services.nags.subject import NagReader
from services.nags.subjects import SUBJECTS
from services.recipients import Directory
from services.turn import Turn
from services.views import LISTED, View, arguments_of, button, in_rows, paging

_HELD: Final = (NagReason.SNOOZED, NagReason.NOBODY)


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """Which message of the list is meant. ``at``: when it was expected to go out."""

    contact_id: int
    at: datetime
    office: bool
    fate: ForecastFate


async def front(turn: Turn) -> View:
    """How many messages go to how many people on each day; for today, also what has been sent."""
    require_office(turn.actor)
    today = turn.today
    shown = await nag_digest.digest_view(turn, today, turn.actor.id)
    told = await forecast(turn)
    lines = [
        Text(
            "nags.week.title",
            at=moment_text(turn.now, turn.campaign.zone),
            parts=[
                Text(SUBJECTS[word].counted, count=one.looked)
                for word, one in told.scene.ahead.items()
                if SUBJECTS[word].counted
            ],
        ),
        *([] if told.scene.whole else [Text("nags.week.not_all")]),
        *shown.lines,
        Text("nags.week.ahead"),
    ]
    buttons = []
    for day in (today + timedelta(days=n) for n in range(DAYS + 1)):
        found = told.of_day(day)
        lines.append(_day_line(day, found, told.held_on(day), turn.campaign, is_today=day == today))
        if found:
            label = Text("nags.week.day_button", day=day_text(day), count=len(found))
            buttons.append(button(label, "nags.day", turn.actor.id, day=day, offset=0))
    rows = in_rows(buttons, 2)
    release = [button for row in shown.rows for button in row if button.action == "release.list"]
    return View(lines, [*rows, release] if release else rows)


def _day_line(
    day: date,
    found: Sequence[ForecastMessage],
    held: Sequence[Nag],
    campaign: Campaign,
    *,
    is_today: bool,
) -> Text:
    works = campaign.calendar.is_working_day(day)
    values: dict[str, Any] = {
        "day": day_text(day),
        "kind": Text("nags.week.working_day" if works else "nags.week.day_off"),
    }
    parts = _parts(found, held)
    if not parts:
        return Text("nags.week.nothing_left" if is_today else "nags.week.nothing", **values)
    return Text("nags.week.left" if is_today else "nags.week.day", parts=parts, **values)


def _parts(found: Sequence[ForecastMessage], held: Sequence[Nag]) -> list[Text]:
    """How many messages and people on which levels, what waits, and what nobody is told."""
    sent = [letter for letter in found if letter.fate is ForecastFate.SENT]
    by_level = Counter(letter.level for letter in sent)
    levels = [
        Text("nags.week.of_level", level=Text(f"nags.level.{level.value}"), count=by_level[level])
        for level in Level
        if by_level[level]
    ]
    parts = []
    if sent:
        people = len({letter.contact.id for letter in sent})
        parts.append(Text("nags.week.sent", count=len(sent), people=people, levels=levels))
    for fate in (ForecastFate.RELEASE, ForecastFate.MERGED):
        count = sum(letter.fate is fate for letter in found)
        parts += [Text(f"nags.week.count_{fate.value}", count=count)] if count else []
    for reason in _HELD:
        count = len({(row.subject, row.subject_id) for row in held if row.reason is reason})
        parts += [Text(f"nags.week.held_{reason.value}", count=count)] if count else []
    return parts


async def day_page(turn: Turn, day: date, *, offset: int) -> View:
    """The messages of one day, in order, page by page."""
    require_office(turn.actor)
    told = await forecast(turn)
    found = told.of_day(day)
    if not found:
        raise DomainError("nags.week.gone")
    lines = [Text("nags.week.list_title", day=day_text(day), count=len(found))]
    rows = []
    names = await Directory.load(turn.session, turn.today)
    for number, letter in enumerate(found[offset : offset + LISTED], offset + 1):
        lines.append(_letter_line(number, letter, names.name_of(letter.contact), turn.campaign))
        label = Text("nags.week.person_button", number=number, name=letter.contact.name)
        rows.append(button(label, "nags.letter", turn.actor.id, **arguments_of(_key(letter)), offset=0))
    turning = paging("nags.day", turn.actor.id, offset, len(found), day=day)
    back = button("nags.week.back_button", "nags.front", turn.actor.id, back=True)
    return View(lines, [*in_rows(rows, 2), *turning, [back]])


def _key(letter: ForecastMessage) -> ListedMessage:
    return ListedMessage(ident(letter.contact), letter.at, letter.office, letter.fate)


def _letter_line(number: int, letter: ForecastMessage, name: Text, campaign: Campaign) -> Text:
    """Unit and name, hour, number of duties, and the first reason."""
    whys = nag_reasons.of_rungs((row.kind, row.rung, row.level) for row in letter.told)
    return Text(
        "nags.week.line",
        number=number,
        name=name,
        time=f"{letter.at.astimezone(campaign.zone):%H:%M}",
        tone=_tone(letter),
        count=letter.count,
        why=whys[0] if len(whys) == 1 else Text("nags.week.and_more", why=whys[0], count=len(whys)),
    )


def _tone(letter: ForecastMessage) -> Text:
    """催办 or 提示; for a message that is not sent by itself, the reason."""
    if letter.fate is not ForecastFate.SENT:
        return Text(f"nags.week.{letter.fate.value}")
    if letter.office:
        return Text("nags.week.notice")
    return Text("nags.week.nag" if letter.urges else "nags.week.hint")


async def letter_page(turn: Turn, listed: ListedMessage, *, offset: int) -> View:
    """One person's message as it would read then, and why each of its duties is in it."""
    require_office(turn.actor)
    told = await forecast(turn)
    letter = _find(told, listed)
    day = turn.campaign.today(letter.at)
    pages = await letter.pages(await told.scene.standings(letter.told, letter.at))
    reading = NagReader(turn.actor.id, day, letter.at, turn.campaign, offset=offset)
    built = nag_message.build(pages, reading)
    names = await Directory.load(turn.session, turn.today)
    title = Text(
        "nags.week.letter_title",
        name=names.name_of(letter.contact),
        at=moment_text(letter.at, turn.campaign.zone),
        tone=_tone(letter),
    )
    lines = [
        title,
        *built.lines,
        Text("nags.week.why_title"),
        *_whys(letter, nag_message.shown_items(pages, reading)),
    ]
    key = arguments_of(_key(letter))
    rows = paging("nags.letter", turn.actor.id, offset, len(built.shows), page=nag_message.PAGE, **key)
    back = button("nags.week.day_back_button", "nags.day", turn.actor.id, day=day, offset=0)
    return View(lines, [*rows, [back]], built.task_ids, case_ids=built.case_ids)


def _find(told: Forecast, listed: ListedMessage) -> ForecastMessage:
    """The message that was listed.

    A message that is sent at once has another moment each time, so days match.
    """
    at, day = listed.at, told.scene.turn.campaign.today
    same = [
        letter
        for letter in told.letters
        if replace(_key(letter), at=at) == listed and day(letter.at) == day(at)
    ]
    if not same:
        raise DomainError("nags.week.gone")
    return min(same, key=lambda letter: abs(letter.at - at))


def _whys(letter: ForecastMessage, shown: Sequence[tuple[int, About]]) -> list[Text]:
    """The reasons by the numbers of the duties on this page."""
    found = []
    for number, about in shown:
        rows = [row for row in letter.told if (row.subject, row.subject_id) == about]
        whys = nag_reasons.of_rungs((row.kind, row.rung, row.level) for row in rows)
        names = sorted({row.instead_of for row in rows if row.instead_of})
        if names:
            whys.append(Text("nags.reason.instead", names=names))
        found.append(Text("nags.week.why", number=number, reasons=whys))
    return found
