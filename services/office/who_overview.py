"""``/who``: requests to join, people not enrolled or unreachable, unsigned tasks, and silent units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from locales import Text
from models import people
from models.db import ident
from models.people import Contact, ContactState, JoinRequest, joining
from models.tasks import Task, task_search
from reports.formats import day_text, moment_text, short
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.directory_names import DirectoryNames, tier_text
from services.duties.not_reported import SilentUnit, silent_units
from services.errors import DomainError
from services.office import liaison_requests
from services.people import vacant_units
from services.people.unit_card import role_texts
from services.people.vacant_units import VacantUnit
from services.task_wording import card_button, is_signing_overdue
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging


class OverviewGap(StrEnum):
    """What may be missing. People who have left are in none of it. The office decides on ``applicants``."""

    APPLICANTS = "applicants"
    NOT_ENROLLED = "not_enrolled"
    UNREACHABLE = "unreachable"
    UNSIGNED = "unsigned"
    SILENT = "silent"
    VACANT = "vacant"


REMINDED: Final = (OverviewGap.UNSIGNED, OverviewGap.SILENT)
"""The gaps against which a reminder helps."""
Item = Contact | Task | SilentUnit | JoinRequest | VacantUnit
Gaps = Mapping[OverviewGap, Sequence[Item]]


async def _gaps(turn: Turn) -> Gaps:
    """What is missing in the reader's scope; ``DomainError`` for people who oversee nobody."""
    if not (turn.actor.is_office or turn.actor.is_leader):
        raise DomainError("who.not_yours")
    everybody = await people.all_contacts(turn.session)
    scope = turn.actor.oversight
    seen = [c for c in everybody if scope is None or c.unit_id in scope]
    unsigned = await task_search.unsigned_tasks(turn.session, scope)
    gaps: dict[OverviewGap, Sequence[Item]] = {
        OverviewGap.NOT_ENROLLED: [c for c in seen if c.state is ContactState.NOT_ENROLLED],
        OverviewGap.UNREACHABLE: [c for c in seen if c.state is ContactState.UNREACHABLE],
        # The time for signing is the same for all, so the longest waiting are the overdue ones.
        OverviewGap.UNSIGNED: unsigned,
        OverviewGap.SILENT: await silent_units(turn, scope),
        OverviewGap.VACANT: await vacant_units.vacant_units(turn, scope),
    }
    # A later member of the office did not get the request's message, and old messages lose their buttons.
    return (
        {OverviewGap.APPLICANTS: await joining.pending_joins(turn.session), **gaps}
        if turn.actor.is_office
        else gaps
    )


async def front(turn: Turn) -> View:
    """``/who``: the counts, each with a button to its list."""
    gaps = await _gaps(turn)
    scope = (
        Text("brief.scope_all")
        if turn.actor.scope is None
        else Text("common.as_is", text=turn.actor.unit.name)
    )
    lines, rows = [Text("who.title", scope=scope, at=moment_text(turn.now, turn.campaign.zone))], []
    for gap, items in gaps.items():
        values = {"gap": Text(f"who.gap.{gap.value}"), "count": len(items)}
        overdue = sum(isinstance(i, Task) and is_signing_overdue(i, turn.now, turn.campaign) for i in items)
        lines.append(
            Text("who.count_overdue", overdue=overdue, **values) if overdue else Text("who.count", **values)
        )
        if items:
            label = Text("who.open_button", **values)
            rows.append([button(label, "who.list", turn.actor.id, gap=gap)])
    return View(lines, rows)


async def page(turn: Turn, gap: OverviewGap, *, offset: int = 0) -> View:
    """One of the lists as it is now, page by page; empty if it is not for this reader."""
    items = (await _gaps(turn)).get(gap, [])
    reading = _ItemReader(
        turn.actor,
        await DirectoryNames.load(turn.session),
        await people.roles_by_contact(turn.session),
        turn.now,
        turn.campaign,
    )
    lines, rows = [Text("who.list_title", gap=Text(f"who.gap.{gap.value}"), count=len(items))], []
    shown = items[offset : offset + LISTED]
    for number, item in enumerate(shown, offset + 1):
        lines.append(reading.line(number, item))
        rows += [[button] for button in [reading.button(number, item)] if button is not None]
    rows += paging("who.list", turn.actor.id, offset, len(items), gap=gap)
    rows += await _liaison_rows(turn, shown)
    if items and turn.actor.is_office and gap in REMINDED:
        rows.append([button("who.remind_button", "remind.preview", turn.actor.id, kind=gap, subject=None)])
    rows.append([button("who.back_button", "who.front", turn.actor.id)])
    return View(lines, rows, [item.id for item in shown if isinstance(item, Task) and item.id is not None])


@dataclass(frozen=True, slots=True)
class _ItemReader:
    """How one reader sees the items of a list."""

    actor: Actor
    names: DirectoryNames
    roles: Mapping[int, frozenset[Role]]
    now: datetime
    campaign: Campaign

    def line(self, number: int, item: Item) -> Text:
        match item:
            case Contact():
                roles = role_texts(self.roles.get(ident(item), frozenset()))
                unit = self.names.units[item.unit_id]
                return Text("who.contact", number=number, unit=unit, name=item.name, roles=roles)
            case Task():
                late = is_signing_overdue(item, self.now, self.campaign)
                return Text(
                    "who.unsigned_overdue" if late else "who.unsigned",
                    number=number,
                    objective=short(item.objective, 40),
                    unit=self.names.units[item.lead_unit_id],
                    person=short(item.responsible_person, 20),
                    day=day_text(self.campaign.today(item.assigned_at)),
                )
            case JoinRequest():
                unit, day = self.names.units[item.unit_id], day_text(self.campaign.today(item.asked_at))
                return Text("who.applicant", number=number, unit=unit, name=item.name, day=day)
            case SilentUnit():
                return self._silent(number, item)
            case VacantUnit():
                return _vacant(number, item)

    def _silent(self, number: int, item: SilentUnit) -> Text:
        values: dict[str, Any] = {"number": number, "unit": self.names.units[item.unit_id]}
        values["count"] = len(item.tasks)
        if item.last is None and not item.days:
            return Text("who.never_today", **values)
        if item.last is None:
            return Text("who.never", **values, days=item.days)
        values["day"] = day_text(self.campaign.today(item.last))
        return (
            Text("who.silent", **values, days=item.days) if item.days else Text("who.silent_today", **values)
        )

    def button(self, number: int, item: Item) -> ButtonSpec | None:
        """The way to the task or the unit.

        For the office also to the person, or to a link if they have none.
        """
        match item:
            case Task():
                return card_button(self.actor, number, item)
            case SilentUnit() | VacantUnit():
                unit_id = item.unit_id if isinstance(item, SilentUnit) else ident(item.unit)
                label = Text("who.unit_button", number=number, unit=short(self.names.units[unit_id], 30))
                return button(label, "unit.card", self.actor.id, unit_id=unit_id)
            case JoinRequest():
                label = Text("who.contact_button", number=number, name=short(item.name, 30))
                return button(label, "join.show", self.actor.id, request_id=item.id)
            case Contact() if self.actor.is_office:
                invited = item.state is ContactState.NOT_ENROLLED
                key = "who.invite_button" if invited else "who.contact_button"
                label = Text(key, number=number, name=short(item.name, 30))
                action = "person.invite" if invited else "person.card"
                return button(label, action, self.actor.id, contact_id=item.id)
        return None


def _vacant(number: int, item: VacantUnit) -> Text:
    why = Text(f"vacant.why.{item.vacancy.value}")
    unheard = []
    if item.tasks:
        key = "vacant.unheard.with_recurring" if item.recurring else "vacant.unheard.tasks"
        unheard.append(Text(key, count=item.tasks, recurring=item.recurring))
    if item.orders:
        unheard.append(Text("vacant.unheard.orders", count=item.orders))
    values = {"number": number, "unit": item.unit.name, "tier": tier_text(item.unit.tier), "why": why}
    return (
        Text("vacant.line_unheard", unheard=unheard, **values) if unheard else Text("vacant.line", **values)
    )


async def _liaison_rows(turn: Turn, shown: Sequence[Item]) -> list[list[ButtonSpec]]:
    """A button for each unit that can be asked now to name a 联络员 for units that are shown."""
    vacant = [item for item in shown if isinstance(item, VacantUnit)]
    if not vacant:
        return []
    above = await liaison_requests.who_can_be_asked(turn, vacant)
    return [
        [
            button(
                Text("vacant.ask_button", unit=short(unit.name, 20)),
                "who.liaison",
                turn.actor.id,
                above_id=unit.id,
            )
        ]
        for unit in above
    ]
