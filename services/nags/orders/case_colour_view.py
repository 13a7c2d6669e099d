"""How orders read in a merged message. Cases mended, passed on or extended meanwhile are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from locales import Text
from models.cases import Case
from models.people import Contact
from reports.formats import moment_text, short
from rules.cases import case_ladder
from rules.cases.case_facts import Colour
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import CaseState
from rules.nags.levels import Level
from rules.office_hours import WORKING_DAY
from rules.working_time import OF_THE_OFFICE, TOLD_IN_DAYS, TimeUnit
from services.campaign import Campaign
from services.cases import case_wording
from services.cases.case_buttons import step_button
from services.message_subjects import MessageSubjects
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.signing import sign_button
from services.nags.subject import LinesPage, MessageItem, MessagePart, NagReader, PartRank
from services.views import ButtonSpec, button

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CaseDuty:
    """One case as its reader hears of it. ``unreached``: levels on which the unit has nobody to tell."""

    entry: CaseEntry
    case: Case
    nag: bool
    unit: str
    person: str | None
    unreached: Sequence[Level] = ()

    @property
    def subject_id(self) -> int:
        return self.entry.case_id

    @property
    def urges(self) -> bool:
        return self.nag

    @property
    def own(self) -> bool:
        return self.nag

    @property
    def relayed_for(self) -> None:
        return None

    def to_json(self) -> dict[str, object]:
        return self.entry.to_json()


async def duty_of(escalation: Escalation, entry: CaseEntry, case: Case, *, nag: bool) -> CaseDuty:
    """The duty, with the names that its line shows."""
    person = None
    if case.responsible_id is not None:
        person = (await escalation.session.get_one(Contact, case.responsible_id)).name
    unreached = await _unreached(escalation, entry, case) if entry.level is Level.OFFICE else []
    unit = "" if entry.unit_id is None else await escalation.name_of(entry.unit_id)
    return CaseDuty(entry, case, nag, unit, person, unreached)


async def _unreached(escalation: Escalation, entry: CaseEntry, case: Case) -> list[Level]:
    """The levels on which the unit has nobody to tell.

    The section is not among them, because not every unit has sections. For a red case the 主要领导 is: the
    office, which has the button to tell them, learns beforehand that there is none.
    """
    to_release = {Level.PRINCIPAL_LEADER} if entry.news is CaseNewsKind.RED else set()
    asked = {*escalation.hears(entry.news, case), *to_release} - {Level.OFFICE, Level.SECTION}
    return [level for level in Level if level in asked and not await escalation.readers(case, level)]


def urgency(duty: CaseDuty) -> tuple[int, float, int]:
    limit_at = duty.case.limit_at
    return (
        -case_ladder.rank(duty.case.colour),
        limit_at.timestamp() if limit_at else 0.0,
        duty.entry.case_id,
    )


def order_page(lines: Sequence[CaseDuty], reading: NagReader) -> LinesPage:
    """The cases in one person's message: first what the readers have to act on themselves."""
    office = [duty for duty in lines if duty.entry.level is Level.OFFICE]
    asked = [duty for duty in office if duty.entry.news is CaseNewsKind.EXTENSION]
    overdue = [duty for duty in office if duty.entry.news is CaseNewsKind.OVERDUE]
    unsigned = [duty for duty in office if duty.entry.news is CaseNewsKind.UNSIGNED]
    risen = [duty for duty in office if duty not in (*asked, *overdue, *unsigned)]
    released = [duty for duty in lines if duty.entry.news is CaseNewsKind.RELEASED]
    own = [duty for duty in lines if duty.nag]
    titled = [
        ("colours.own", own, PartRank.BY_THE_HOUR),
        ("colours.extension", asked, PartRank.BY_THE_HOUR),
        # Red cases come first.
        ("colours.overdue", overdue, PartRank.HOURLY_NEWS),
        ("colours.risen", risen, PartRank.HOURLY_NEWS),
        ("colours.unsigned", unsigned, PartRank.HOURLY_NEWS),
        ("colours.released", released, PartRank.HOURLY_NEWS),
        ("colours.hint", [duty for duty in lines if _is_hint(duty)], PartRank.HOURLY_NEWS),
    ]
    parts = [
        MessagePart(rank, Text(key, count=len(part)), [_item(duty, reading) for duty in part])
        for key, part, rank in titled
        if part
    ]
    alone = "colours.title_office" if office else "colours.title_nag" if own else "colours.title_hint"
    return LinesPage("case", lines, parts, alone)


def _item(duty: CaseDuty, reading: NagReader) -> MessageItem:
    line = _line_text(duty, reading.now, reading.campaign)
    return MessageItem(("case", duty.subject_id), line, lambda _: _buttons(duty, reading))


def _is_hint(duty: CaseDuty) -> bool:
    return (
        not duty.nag and duty.entry.level is not Level.OFFICE and duty.entry.news is not CaseNewsKind.RELEASED
    )


def _line_text(duty: CaseDuty, now: datetime, campaign: Campaign) -> Text:
    """The line of one case.

    It says so if nobody has signed for the case in time, if an extension waits for the office, and last whom
    the unit has nobody to tell.
    """
    told, case = _line(duty, now, campaign), duty.case
    if case.state is CaseState.DISPATCHED and case.sign_by is not None and now > case.sign_by:
        told = Text("colours.unsigned_line", line=told, at=moment_text(case.sign_by, campaign.zone))
    if case.extension_asked and duty.entry.news is not CaseNewsKind.EXTENSION:
        told = Text("colours.extension_line", line=told)
    if not duty.unreached:
        return told
    levels = [Text(f"common.role.{level.value}") for level in duty.unreached]
    return Text("colours.unreached", line=told, levels=levels)


def _line(duty: CaseDuty, now: datetime, campaign: Campaign) -> Text:
    case = duty.case
    values: dict[str, Any] = {
        "lamp": case_wording.lamp_text(case, campaign),
        "number": case.number,
        "category": case.category,
        "place": short(case.place or "", 20) or case_wording.place_text(case),
        "limit": moment_text(case.limit_at, campaign.zone) if case.limit_at else "",
        "left": left_text(case, now, campaign),
    }
    if duty.nag:
        return Text("colours.line", **values)
    values["person"] = duty.person or Text("colours.nobody_yet")
    if duty.entry.level is not Level.OFFICE:
        return Text("colours.line_hint", **values)
    return Text("colours.line_office", unit=duty.unit, **values)


def left_text(case: Case, now: datetime, campaign: Campaign) -> Text:
    """The time left or passed, in the limit's kind of time: 还剩 3 工作时, 已超时 2 个工作日.

    Hours that are over are told in working days as soon as they fill one.
    """
    if case.limit_at is None:
        return Text("cases.no_limit")
    over = now > case.limit_at
    start, end = (case.limit_at, now) if over else (now, case.limit_at)
    days = campaign.working_time.between(start, end, TimeUnit.WORKING_DAY) // WORKING_DAY
    if over and days and case.limit_unit not in TOLD_IN_DAYS:
        return Text("colours.over", time=Text("colours.working_days", n=days))
    return Text("colours.over" if over else "colours.left", time=_time_text(case, start, end, campaign))


def _time_text(case: Case, start: datetime, end: datetime, campaign: Campaign) -> Text:
    """Whole days if there is at least one, else whole hours."""
    unit, kind = case.limit_unit, "working" if case.limit_unit in OF_THE_OFFICE else "plain"
    hours = campaign.working_time.between(start, end, unit) // _HOUR
    day = 8 if kind == "working" else 24
    if unit in TOLD_IN_DAYS and hours >= day:
        return Text("colours.working_days" if kind == "working" else "colours.days", n=hours // day)
    if not hours:
        return Text("colours.working_minutes" if kind == "working" else "colours.minutes")
    return Text("colours.working_hours" if kind == "working" else "colours.hours", n=hours)


def _buttons(duty: CaseDuty, reading: NagReader) -> list[ButtonSpec]:
    """The button to the card, the one for 签收, and the one that the office has for a red case."""
    case, reader_id = duty.case, reading.reader_id
    row = [button(Text("colours.card_button", number=case.number), "case.card", reader_id, case_id=case.id)]
    if duty.nag and case.state is CaseState.DISPATCHED and case.order_id is not None:
        label = Text("colours.sign_button", number=case.number)
        row.append(sign_button(label, reading, MessageSubjects((), [duty.subject_id])))
    red = case.colour is Colour.RED and not case.released and case.facts.overdue(reading.now)
    if duty.entry.level is Level.OFFICE and red:
        # ``listed``: the case stands in a list, so the answering card must not take the list's place.
        row.append(step_button("colours.release_button", "case.release", reader_id, case, listed=True))
    return row
