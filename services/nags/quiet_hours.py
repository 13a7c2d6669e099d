"""``/quiet``: a person's own quiet hours, shown, set and given up, and how often a leader's brief comes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from locales import Text
from models.people import Contact
from rules.clock_words import read_span, read_time
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.nags.quiet_hours import QuietHours
from rules.office_hours import Hours
from rules.text_parts import clip_plain
from services import audit, office_notices
from services.errors import DomainError
from services.groups import preview_choice
from services.people.free_hours import quiet_of
from services.tallies import brief_rhythm
from services.tallies.brief_rhythm import BriefRhythm
from services.turn import Turn
from services.views import ButtonSpec, View, button

LEAST: Final = 4
"""Hours of a working day in which people can be reached, whatever their own quiet hours."""
_NOON: Final = time(12)
_ANY_DAY: Final = date(2000, 1, 1)


async def show_quiet_hours(turn: Turn) -> View:
    """When the reader is not disturbed, what comes all the same, how to change it, and a leader's brief."""
    contact = turn.actor.contact
    mine = quiet_of(contact, turn.campaign)
    title = Text("quiet.usual" if contact.quiet_from is None else "quiet.own", hours=_shown(mine))
    waking = f"{mine.ends:%H:%M}-{mine.begins:%H:%M}"
    lines = [title, Text("quiet.waking", hours=waking), Text("quiet.all_the_same"), Text("quiet.how")]
    rows = [] if contact.quiet_from is None else [[button("quiet.usual_button", "quiet.clear", contact.id)]]
    if turn.actor.is_leader:
        rhythm = await brief_rhythm.of(turn)
        lines.append(Text(f"quiet.brief_{rhythm.value}"))
        other = BriefRhythm.DAILY if rhythm is BriefRhythm.WEEKLY else BriefRhythm.WEEKLY
        rows.append([button(f"quiet.{other.value}_button", "quiet.brief", contact.id, rhythm=other.value)])
    if turn.actor.is_office:
        lines.append(Text(f"quiet.notices_{contact.notices.value}"))
        rows.append(
            [
                button(f"quiet.notices_{rhythm.value}_button", "quiet.notices", contact.id, rhythm=rhythm)
                for rhythm in NoticeRhythm
                if rhythm is not contact.notices
            ]
        )
        lines, rows = [*lines, await _previews_line(turn)], [*rows, await _previews_row(turn)]
    return View(lines, rows)


async def _previews_line(turn: Turn) -> Text:
    return Text("quiet.previews_on" if await preview_choice.of(turn) else "quiet.previews_off")


async def _previews_row(turn: Turn) -> list[ButtonSpec]:
    """日报预览：开/关, and a look at it now."""
    on = await preview_choice.of(turn)
    key = "quiet.previews_off_button" if on else "quiet.previews_on_button"
    choice = button(key, "quiet.previews", turn.actor.id, on=not on)
    return [choice, button("push.open_button", "preview.open", turn.actor.id)]


async def view(turn: Turn, words: str) -> View:
    """``/quiet``, alone or with the sender's own hours."""
    return await set_own(turn, words) if words else await show_quiet_hours(turn)


async def choose_brief(turn: Turn, rhythm: BriefRhythm) -> View:
    """简报改为每周 or 每日."""
    await brief_rhythm.choose(turn, rhythm)
    return await show_quiet_hours(turn)


async def choose_notices(turn: Turn, rhythm: NoticeRhythm) -> View:
    """创城办通知: 即时, 每两小时 or 每日两次."""
    await office_notices.choose(turn, rhythm)
    return await show_quiet_hours(turn)


async def choose_previews(turn: Turn, on: bool) -> View:
    """日报预览：开 or 关."""
    await preview_choice.choose(turn, on=on)
    return await show_quiet_hours(turn)


async def set_own(turn: Turn, words: str) -> View:
    """``/quiet 22:00-07:30``; a single time, such as 晚10点, changes only that end."""
    begins, ends = _read(words, quiet_of(turn.actor.contact, turn.campaign))
    if begins == time(0):
        begins = time(23, 59)  # until midnight: the waking hours are a span of one day
    if ends >= begins:
        raise DomainError("quiet.not_a_night", hours=f"{begins:%H:%M}-{ends:%H:%M}")
    hours = turn.campaign.hours
    if any(_left(one, begins, ends) < timedelta(hours=LEAST) for one in (hours.usual, hours.summer) if one):
        raise DomainError("quiet.too_much", least=LEAST)
    await _keep(turn, begins, ends)
    return await show_quiet_hours(turn)


async def clear(turn: Turn) -> View:
    """恢复默认: give up the reader's own quiet hours."""
    await _keep(turn, None, None)
    return await show_quiet_hours(turn)


def _read(words: str, present: QuietHours) -> tuple[time, time]:
    if (span := read_span(words)) is not None:
        return span
    one = read_time(words)
    if one is None:
        raise DomainError("quiet.unreadable", text=clip_plain(words, 40))
    evening = one >= _NOON or one == time(0)
    return (one, present.ends) if evening else (present.begins, one)


def _left(hours: Hours, begins: time, ends: time) -> timedelta:
    """How much of a day's hours lies between the end of one night and the beginning of the next."""
    left = timedelta()
    for opens, closes in hours:
        first, last = max(opens, ends), min(closes, begins)
        if first < last:
            left += datetime.combine(_ANY_DAY, last) - datetime.combine(_ANY_DAY, first)
    return left


async def _keep(turn: Turn, begins: time | None, ends: time | None) -> None:
    contact = turn.actor.contact
    before = _kept(contact)
    contact.quiet_from, contact.quiet_until = begins, ends
    after = _kept(contact)
    turn.session.add(contact)
    await turn.session.flush()
    if after != before:
        audit.note(
            turn, "quiet", ("contact", turn.actor.id), before={"quiet": before}, after={"quiet": after}
        )


def _kept(contact: Contact) -> str | None:
    if contact.quiet_from is None or contact.quiet_until is None:
        return None
    return f"{contact.quiet_from:%H:%M}-{contact.quiet_until:%H:%M}"


def _shown(quiet: QuietHours) -> str:
    return f"{quiet.begins:%H:%M}-{quiet.ends:%H:%M}"
