"""The tally in which a report counts: its day's, even if sent, or that of the day that it states (补报)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from locales import Text
from models import tasks, ticks
from models.drafts import Draft
from models.progress import ProgressReport, ReportKind
from models.tasks import Task
from reports.formats import day_text
from reports.missed_reports import window_text
from rules.duties.named_windows import weekend_days
from rules.duties.report_windows import Window
from rules.progress.stated_days import DAYS_BACK, made_up_day, stated_day
from rules.slots import local_slot
from services.campaign import Campaign
from services.drafts import task_split
from services.duties import report_windows
from services.turn import TickTurn


async def note(turn: TickTurn, draft: Draft, *, written: bool = True) -> None:
    """Note in the draft which past tally and which earlier day its words are about.

    A new day that they state applies as it is, until the person chooses otherwise. ``written``: words came
    just now, so a day such as 昨天 is meant from today.
    """
    if draft.report_id is not None:
        return  # a correction counts together with its report
    at = turn.now if written else _written_at(draft) or turn.now
    day = turn.campaign.today(at)
    found = list((await tasks.tasks_by_id(turn.session, task_split.tasks_of(draft))).values())
    stated, about = said_of(draft.text, day)
    named = report_windows.said_windows(found, draft.text, about, at, turn.campaign)
    if stated is None and about is None and not named and (window := _chosen(turn, draft, found)):
        about, named = day_in(window, turn), (window.key,)
        stated = _near(turn, about)
    if day < turn.today and not named:
        about = about or day
        stated = stated or _near(turn, day)
    shown, about_shown = (None if one is None else one.isoformat() for one in (stated, about))
    about_now = {
        "about_day": about_shown,
        "about_windows": list(named) or _windows_of(turn, found, about),
        "named": bool(named),
        "written_at": at.isoformat() if draft.text else None,
    }
    if any(draft.content.get(name) != value for name, value in about_now.items()):
        draft.content = {**draft.content, **about_now}
    if draft.content.get("stated_day") == shown:
        return
    past = await past_tally(turn, stated)
    late = None if past is None else past.isoformat()
    draft.content = {**draft.content, "stated_day": shown, "late_day": late, "for_day": late}


async def has_aged(turn: TickTurn, draft: Draft) -> bool:
    """Whether the words were written on an earlier day, which the card did not say yet; now it does."""
    written = _written_at(draft)
    if draft.report_id is not None or written is None or turn.campaign.today(written) == turn.today:
        return False
    before = _date(draft, "about_day")
    await note(turn, draft, written=False)
    return _date(draft, "about_day") != before


def begin_for(draft: Draft, task_id: int, key: str | None) -> None:
    """Note that the draft was begun for this window of a task; words that state another day win."""
    begun = None if key is None else {"task_id": task_id, "key": key}
    if draft.content.get("begun_for") != begun:
        draft.content = {**draft.content, "begun_for": begun}


async def begun_lines(turn: TickTurn, draft: Draft) -> list[Text]:
    """For a draft that was begun for a past window: what its report will be."""
    await note(turn, draft, written=False)
    return card_lines(draft)


def _chosen(turn: TickTurn, draft: Draft, found: Sequence[Task]) -> Window | None:
    """The window for which the draft was begun, if a report that names no day would not belong to it."""
    begun = draft.content.get("begun_for")
    if begun is None or [task.id for task in found] != [begun["task_id"]]:
        return None
    window = report_windows.of_key(found[0], begun["key"], turn.campaign)
    return None if window is None or window.takes(turn.now, None) else window


def day_in(window: Window, turn: TickTurn) -> date | None:
    """The earlier day that a report on a window is about: its last working day; None: that is today."""
    day = min(window.day, window.last)
    return day if day < turn.today else None


def _near(turn: TickTurn, day: date | None) -> date | None:
    """The day, if its tally is still read."""
    return day if day is not None and turn.today - day <= timedelta(days=DAYS_BACK) else None


def _written_at(draft: Draft) -> datetime | None:
    written = draft.content.get("written_at")
    return None if written is None else datetime.fromisoformat(written)


def _windows_of(turn: TickTurn, found: Sequence[Task], about: date | None) -> list[str]:
    """The keys of the windows of these tasks to which a report about that earlier day belongs."""
    if about is None:
        return []
    there = report_windows.rhythms(found, turn.campaign)
    return list(dict.fromkeys(window.key for one in there for window in one.taking(turn.now, about)))


def said_of(text: str, day: date) -> tuple[date | None, date | None]:
    """The stated day of the last week, and the day that the report is about, however far back.

    ``day``: on which it was written. A report about a day long past counts on the day of filing, for nobody
    reads that tally any more.
    """
    weekend = [one for one in weekend_days(text, day) if one < day]
    stated = weekend[-1] if weekend else stated_day(text, day)
    return stated, stated or made_up_day(text, day)


async def past_tally(turn: TickTurn, stated: date | None) -> date | None:
    """The day of the past tally in which a report about that day counts; None: the next tally."""
    day = None if stated is None else _tally_day(stated, turn.campaign)
    ran = await ticks.ran_at(turn.session, "tally")
    past = day is not None and day < turn.today and ran is not None and _moment(day, turn.campaign) <= ran
    return day if past else None


def choose(draft: Draft, late: bool) -> None:
    """Record whether the person lets the report count in the past tally or today."""
    draft.content = {**draft.content, "for_day": draft.content.get("late_day") if late else None}


def late_day(draft: Draft) -> date | None:
    """The day of the past tally that the words are about."""
    return _date(draft, "late_day")


def for_day(draft: Draft) -> date | None:
    """The day of the past tally in which the report counts; None: today's."""
    return _date(draft, "for_day")


def about_day(draft: Draft) -> date | None:
    """The earlier day that the report is about; it tells the window of a recurring report.

    None: the day on which it comes in. A report that the person lets count today is about today.
    """
    return _date(draft, "about_day") if _stays_with_its_day(draft) else None


def named_windows(draft: Draft) -> tuple[str, ...]:
    """The keys of the windows that the report names by itself."""
    named = draft.content.get("named") and _stays_with_its_day(draft)
    return tuple(draft.content["about_windows"]) if named else ()


def _stays_with_its_day(draft: Draft) -> bool:
    """Whether the person has not let it count today instead."""
    return late_day(draft) is None or for_day(draft) is not None


def _date(draft: Draft, key: str) -> date | None:
    shown = draft.content.get(key)
    return None if shown is None else date.fromisoformat(shown)


def card_lines(draft: Draft) -> list[Text]:
    """For words about an earlier day: the tally in which the report will count, and its windows."""
    late, chosen, about = late_day(draft), for_day(draft), about_day(draft)
    lines = []
    if about is None and late is not None:
        lines = [Text("progress.card.for_today")]
    elif about is not None:
        lines = [
            Text("windows.about_day", day=day_text(about))
            if chosen is None
            else Text("progress.card.for_day", day=day_text(chosen))
        ]
    keys = named_windows(draft) if about is None else draft.content.get("about_windows")
    if keys:
        lines.append(Text("windows.goes_to", windows=[window_text(key) for key in keys]))
    return lines


async def counted_at(turn: TickTurn, day: date | None) -> datetime:
    """When a report that is filed now counts.

    It counts at the hour of the tally of ``day``, or of today's, if that tally has run; else now. No tally
    runs before this transaction ends, so one of them certainly contains the report.
    """
    ran = await ticks.last_tick(turn.session, "tally")
    today = turn.today
    if day is None and turn.campaign.calendar.is_working_day(today):
        day = today
    moment = None if day is None else _moment(day, turn.campaign)
    return moment if moment is not None and ran is not None and moment <= ran else turn.now


def _tally_day(day: date, campaign: Campaign) -> date:
    """The day of the first tally at or after ``day``."""
    return day if campaign.calendar.is_working_day(day) else campaign.calendar.add(day, 1)


def _moment(day: date, campaign: Campaign) -> datetime:
    return local_slot(day, campaign.slots.day_closes, campaign.zone)


def receipt_lines(
    report: ProgressReport, tallies: int, late_for: Sequence[Window], campaign: Campaign
) -> list[Text]:
    """The tally in which a late report counts, and the windows that it missed (``late_for``).

    ``tallies``: how many tallies that were sent it corrects.
    """
    lines = _tally_lines(report, tallies, campaign)
    if late_for:
        names = [window_text(window.key) for window in late_for]
        lines.append(Text("windows.late_receipt", windows=names))
    elif report.windows and report.kind is ReportKind.PROGRESS:
        lines.append(Text("windows.goes_to", windows=[window_text(key) for key in report.windows]))
    return lines


def _tally_lines(report: ProgressReport, tallies: int, campaign: Campaign) -> list[Text]:
    day = campaign.today(report.counted_at)
    if report.counted_at >= report.reported_at or (not tallies and day == campaign.today(report.reported_at)):
        return []  # in time, or there is no tally that anybody could have read
    key = "progress.receipt.corrects_tally" if tallies else "progress.receipt.counts_for_day"
    return [Text(key, day=day_text(day))]
