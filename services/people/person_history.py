"""A contact's history for the office: enrolment, changes of post, roles or unit, handover, leaving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from locales import Text
from models import audit_log
from models.people import Contact, ContactState
from reports.formats import moment_text
from rules.people.roles import Role
from services.access import require_office
from services.directory_names import DirectoryNames
from services.people.person_card import back
from services.turn import Turn
from services.views import View

ENTRIES: Final = 15
EVENTS: Final = frozenset(
    {
        *("invite", "ask_invite", "enrol", "rebind", "unreachable", "reachable", "language", "import"),
        *(
            "post",
            "roles",
            "unit",
            "handover",
            "leave",
            "restore",
            "quiet",
            "brief",
            "absence",
            "absence_end",
        ),
    }
)
FIELDS: Final = (
    "unit",
    "post",
    "section",
    "roles",
    "state",
    "successor",
    "first",
    "last",
    "deputy",
    "quiet",
    "brief",
)


async def view(turn: Turn, contact_id: int) -> View:
    """Who changed what about the contact and when, the newest last."""
    require_office(turn.actor)
    contact = await turn.session.get_one(Contact, contact_id)
    names = await DirectoryNames.load(turn.session)
    lines = [Text("people.history_title", name=contact.name)]
    entries = await audit_log.audit_of_contact(turn.session, contact_id, ENTRIES)
    for entry in entries:
        at, by = moment_text(entry.at, turn.campaign.zone), names.who(entry.actor_id)
        lines.append(Text("people.entry", at=at, by=by, event=_event(entry.event)))
        lines += _changes(entry.before or {}, entry.after or {})
    if not entries:
        lines.append(Text("people.no_history"))
    return View(lines, [[back(contact_id)]])


def _event(event: str) -> Text:
    return Text(f"people.event.{event}") if event in EVENTS else Text("common.as_is", text=event)


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Text]:
    return [
        Text("people.change", old=_value(name, before.get(name)), new=_value(name, after[name]))
        for name in FIELDS
        if name in after and before.get(name) != after[name]
    ]


def _value(name: str, value: object) -> object:
    if not value:
        return Text("people.nothing")
    if name == "roles" and isinstance(value, list):
        return [Text(f"common.role.{Role(role).value}") for role in value]
    if name == "state":
        return Text(f"people.state.{ContactState(str(value)).value}")
    if name == "brief":
        return Text("people.brief.weekly" if value == "weekly" else "people.brief.daily")
    return str(value)
