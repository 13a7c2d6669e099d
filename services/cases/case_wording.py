"""How a case reads in lists and on cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

from locales import Text, plain
from models import people
from models.cases import Case
from models.cases.categories import Category
from models.db import ident
from reports.formats import moment_text, short
from rules.cases import colour_names
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import ENDED, RUNNING, CaseState
from rules.people.office_subjects import OfficeSubject
from rules.working_time import OF_THE_OFFICE, TimeUnit
from services.campaign import Campaign
from services.recipients import OfficeShare
from services.turn import Turn


def name_of(category: Category) -> str:
    """The category's name as a case keeps it: 街面秩序·占道经营."""
    return f"{category.area}·{category.name}"


def name_without_area(case: Case) -> str:
    """The category's name alone: 占道经营."""
    return case.category.rpartition("·")[2]


def state_text(case: Case, now: datetime) -> Text:
    """The state's name, with 已超时 where the limit has passed; of a closed case, whether it was in time."""
    state = Text(f"cases.state.{case.state.value}")
    if (in_time := case.facts.closed_in_time) is not None:
        return Text("cases.state_in_time" if in_time else "cases.state_late", state=state)
    return Text("cases.state_overdue", state=state) if case.facts.overdue(now) else state


def place_text(case: Case) -> Text:
    """Where the case is: in the words that were given, else its coordinates."""
    if case.place or case.latitude is None or case.longitude is None:
        return Text("cases.place", place=case.place or "")
    return Text("cases.place", place=spot_text(case.latitude, case.longitude))


def spot_text(latitude: float, longitude: float) -> str:
    """Coordinates such as 31.23042, 121.47370. Five decimals are about a metre."""
    return f"{latitude:.5f}, {longitude:.5f}"


def map_lines(case: Case, campaign: Campaign) -> list[Text]:
    """A link to the place on a map, if coordinates are known and the deployment has a map."""
    if case.latitude is None or case.longitude is None or not campaign.map_link:
        return []
    link = campaign.map_link.format(latitude=f"{case.latitude:.6f}", longitude=f"{case.longitude:.6f}")
    return [Text("cases.card.map", link=link, spot=spot_text(case.latitude, case.longitude))]


def limit_text(case: Case, campaign: Campaign) -> Text:
    """The limit of a case.

    While 挂账 stops the clock, it is the end of the suspension. Before dispatch there is no limit.
    """
    if case.suspended_until is not None:
        return Text("cases.suspended_until", at=moment_text(case.suspended_until, campaign.zone))
    return due_text(case, case.limit_at, campaign)


def due_text(case: Case, limit_at: datetime | None, campaign: Campaign) -> Text:
    """The case's limit, if it is at ``limit_at``."""
    if limit_at is None:
        return Text("cases.without_limit" if case.state in ENDED else "cases.no_limit")
    key = "cases.limit_guessed" if _guessed(case, limit_at, campaign) else "cases.limit"
    return Text(key, at=moment_text(limit_at, campaign.zone))


def _guessed(case: Case, limit_at: datetime, campaign: Campaign) -> bool:
    """Whether the limit counts days that nobody knows yet to be working days or free days."""
    if case.limit_unit not in OF_THE_OFFICE or case.dispatched_at is None:
        return False
    return campaign.working_time.guessed(case.dispatched_at, limit_at)


def lamp_text(case: Case, campaign: Campaign) -> Text:
    """The colour's sign. The deployment chooses the colour's name."""
    return sign_text(case.colour if case.state in RUNNING else Colour.NONE, campaign)


def sign_text(colour: Colour, campaign: Campaign) -> Text:
    if colour is Colour.NONE:
        return Text("common.as_is", text="")
    shade = colour_names.shade_of(campaign.colour_names[colour], colour)
    return Text(f"cases.lamp.{shade.value}")


def colour_text(colour: Colour, campaign: Campaign) -> Text:
    """What the deployment calls the colour."""
    if colour is Colour.NONE:
        return Text("cases.colour.none")
    name = campaign.colour_names[colour]
    if not colour_names.is_plain(name):
        return Text("common.as_is", text=name)
    return Text(f"cases.colour.{colour_names.shade_of(name, colour).value}")


class NoticeAbout(TypedDict):
    """How the office is told of a case: what about, and whether it comes at once."""

    share: OfficeShare
    about: tuple[str, int]
    urgent: bool


def noticed(case: Case, today: date) -> NoticeAbout:
    """A notice of a red order, or of an open case with a limit in 紧急工作时, comes at once."""
    red = case.colour is Colour.RED and case.state in RUNNING
    urgent = case.state is not CaseState.CLOSED and (red or case.limit_unit is TimeUnit.URGENT_HOUR)
    share = OfficeShare(OfficeSubject.CASES, today)
    return {"share": share, "about": ("case", ident(case)), "urgent": urgent}


async def lines(turn: Turn, found: Sequence[Case], offset: int = 0) -> list[Text]:
    """Cases in a list, numbered from ``offset`` on.

    Each names its unit where the reader sees the cases of several.
    """
    several = turn.actor.scope is None or len(turn.actor.scope) > 1
    ids = {case.unit_id for case in found if case.unit_id is not None} if several else set()
    units = await people.unit_names(turn.session, ids) if ids else {}
    return [
        line(number, case, turn.now, turn.campaign, unit=units.get(case.unit_id or 0))
        for number, case in enumerate(found, offset + 1)
    ]


def line(number: int, case: Case, now: datetime, campaign: Campaign, *, unit: str | None = None) -> Text:
    """One case in a list. ``unit``: whose it is, where the list has those of several units."""
    limit = limit_text(case, campaign)
    return Text(
        "cases.line",
        n=number,
        lamp=lamp_text(case, campaign),
        number=case.number,
        category=case.category,
        place=short(plain(place_text(case), campaign.locale), 20),
        state=state_text(case, now),
        limit=limit if unit is None else Text("cases.of_unit", unit=unit, limit=limit),
    )
