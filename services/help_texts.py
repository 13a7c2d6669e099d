"""Standing answers: welcome, help by role, and what to do instead."""

from __future__ import annotations

from locales import Text
from services.access import Actor
from services.views import View, say


def welcome(actor: Actor) -> View:
    """The first message after enrolment: who, what to do here, and what never to send."""
    roles = [Text(f"common.role.{role.value}") for role in sorted(actor.roles)]
    who = Text("enrolment.welcome", unit=actor.unit.name, name=actor.contact.name, roles=roles)
    return View([who, *_ways(actor), Text("enrolment.secrecy")])


def help_for(actor: Actor) -> View:
    """What this person can do here, shortest way first."""
    title = Text("help.title", name=actor.contact.name)
    return View([title, *_ways(actor), Text("help.always"), Text("enrolment.secrecy")])


def _ways(actor: Actor) -> list[Text]:
    lines = []
    if actor.reports:
        lines.append(Text("help.contact"))
    if actor.is_leader:
        lines.append(Text("help.leader"))
    if actor.is_office:
        lines.append(Text("help.office"))
    if not (actor.reports or actor.is_leader or actor.is_office):
        lines.append(Text("help.inspector"))
    return lines


def unknown_command() -> View:
    return say("help.unknown_command")


def unsupported() -> View:
    return say("help.unsupported")


def edited() -> View:
    return say("help.edited")
