"""When a report counts: in the tally of its day, also when that has gone out already, or of an earlier day
that its words state (补报)."""

from __future__ import annotations

from datetime import date, datetime

from locales import Text
from models import campaign as marks
from models.db import Session
from models.progress import ProgressReport
from models.report_drafts import Draft
from reports.formats import day_text
from rules.slots import local_slot
from rules.stated_days import stated_day
from services.campaign import Campaign


async def note(session: Session, draft: Draft, *, now: datetime, campaign: Campaign) -> None:
    """Note in the draft which past tally its words are about; a new day that they state is taken as it is,
    until the person chooses otherwise."""
    if draft.report_id is not None:
        return  # a correction counts when its report does
    stated = stated_day(draft.text, campaign.today(now))
    shown = None if stated is None else stated.isoformat()
    if draft.content.get("stated_day") == shown:
        return
    day = None if stated is None else _tally_day(stated, campaign)
    ran = await marks.ran_at(session, "tally")
    past = day is not None and day < campaign.today(now) and ran is not None and _moment(day, campaign) <= ran
    late = day.isoformat() if day is not None and past else None
    draft.content = {**draft.content, "stated_day": shown, "late_day": late, "for_day": late}


def choose(draft: Draft, late: bool) -> None:
    """The person says whether the report counts in the past tally or today."""
    draft.content = {**draft.content, "for_day": draft.content.get("late_day") if late else None}


def late_day(draft: Draft) -> date | None:
    """The day of the past tally that the words are about."""
    return _date(draft, "late_day")


def for_day(draft: Draft) -> date | None:
    """The day of the past tally in which the report is to count; None: it counts today."""
    return _date(draft, "for_day")


def _date(draft: Draft, key: str) -> date | None:
    shown = draft.content.get(key)
    return None if shown is None else date.fromisoformat(shown)


def card_lines(draft: Draft) -> list[Text]:
    """In which tally the report will count, where that is not a matter of course."""
    late, chosen = late_day(draft), for_day(draft)
    if late is None:
        return []
    if chosen is None:
        return [Text("progress.card.for_today")]
    return [Text("progress.card.for_day", day=day_text(chosen))]


async def counted_at(session: Session, day: date | None, *, now: datetime, campaign: Campaign) -> datetime:
    """When a report that is filed now counts: at the hour of the past tally of ``day``, or of today's if that
    has run, else now. No tally runs before this transaction ends, so that it is in one of them for certain.
    """
    ran = await marks.last_tick(session, "tally")
    today = campaign.today(now)
    if day is None and campaign.calendar.is_working_day(today):
        day = today
    moment = None if day is None else _moment(day, campaign)
    return moment if moment is not None and ran is not None and moment <= ran else now


def _tally_day(day: date, campaign: Campaign) -> date:
    """The day of the first tally at or after ``day``."""
    return day if campaign.calendar.is_working_day(day) else campaign.calendar.add(day, 1)


def _moment(day: date, campaign: Campaign) -> datetime:
    return local_slot(day, campaign.slots.tally, campaign.zone)


def receipt_lines(report: ProgressReport, tallies: int, campaign: Campaign) -> list[Text]:
    """In which tally a late report counts; ``tallies``: how many that went out it corrects."""
    day = campaign.today(report.counted_at)
    if report.counted_at >= report.reported_at or (not tallies and day == campaign.today(report.reported_at)):
        return []  # in time; or there is no tally that somebody could have read
    key = "progress.receipt.corrects_tally" if tallies else "progress.receipt.counts_for_day"
    return [Text(key, day=day_text(day))]
