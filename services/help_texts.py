"""Standing answers: the welcome, help by role, and hints on what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from locales import LOCALES, Text, name_of
from models.db import Session
from rules.chatter import HelpTopic
from rules.people.roles import Role
from services import menus, once_a_day
from services.access import Actor
from services.turn import Turn
from services.views import View, button, in_rows, say

IN_A_ROW: Final = 3
# Ways in the welcome, and in the help. With a name, the way to the help and what never to send, the welcome
# has five lines and the help at most ten.
FIRST_WAYS: Final = 2
WAYS: Final = 8


@dataclass(frozen=True, slots=True)
class HelpPart:
    """What one kind of reader is told: ``first`` after enrolment, ``ways`` the most usual first."""

    first: Sequence[str]
    ways: Sequence[str]
    more: str


_CONTACT: Final = HelpPart(
    ("help.first.report", "help.first.correct"),
    (
        *("help.contact.report", "help.contact.correct", "help.contact.zero"),
        *("help.contact.issue", "help.contact.cases", "help.contact.later"),
    ),
    "help.more.contact",
)
_ANYBODY: Final = HelpPart((), ("help.anybody.issue", "help.anybody.cases"), "help.more.anybody")
_LEADER: Final = HelpPart(
    ("help.first.leader",),
    ("help.leader.brief", "help.leader.tasks", "help.leader.cases"),
    "help.more.leader",
)
_OFFICE: Final = HelpPart(
    ("help.first.office",),
    (
        *("help.office.remind", "help.office.rules", "help.office.tasks", "help.office.cases"),
        *("help.office.people", "help.office.files", "help.office.groups"),
    ),
    "help.more.office",
)
_INSPECTOR: Final = HelpPart(
    ("help.first.inspector",), ("help.inspector.tasks", "help.inspector.cases"), "help.more.inspector"
)


def welcome(actor: Actor) -> View:
    """The first message after enrolment: name and roles, what to do first, and what never to send."""
    roles = [Text(f"common.role.{role.value}") for role in sorted(actor.roles)]
    key = "enrolment.welcome" if roles else "enrolment.welcome_no_role"
    who = Text(key, unit=actor.unit.name, name=actor.contact.name, roles=roles)
    ways = [Text(key) for part in _parts(actor) for key in part.first][:FIRST_WAYS]
    return View([who, *ways, Text("help.first.help"), Text("enrolment.secrecy")])


def help_for(actor: Actor) -> View:
    """What this person can do here in a few lines; a button shows the rest.

    Somebody who is several kinds of reader gets the most usual ways of each.
    """
    parts = _parts(actor)
    share = WAYS // max(len(parts), 1)
    lines = [_title(actor), *(Text(key) for part in parts for key in part.ways[:share])]
    more = button("help.more_button", "help.more", actor.id)
    return View([*lines, Text("enrolment.secrecy")], [[more]])


async def all_help(turn: Turn) -> View:
    """更多: everything that this person can do here, with all their commands."""
    parts = [Text(key) for part in _parts(turn.actor) for key in (*part.ways, part.more)]
    names = menus.commands_of(turn.actor.roles)
    there = [Text("help.command_name", name=name) for name in menus.in_groups_of(turn.actor.roles)]
    lines = [_title(turn.actor), *parts, Text("help.commands"), *map(_described, names)]
    return View([*lines, Text("help.in_groups_too", commands=there), Text("enrolment.secrecy")])


def _described(name: str) -> Text:
    return Text("help.command", name=name, what=menus.what_it_does(name))


def _title(actor: Actor) -> Text:
    return Text("help.title", name=actor.contact.name)


def _parts(actor: Actor) -> list[HelpPart]:
    told = (
        (actor.reports, _CONTACT),
        (actor.is_leader, _LEADER),
        (actor.is_office, _OFFICE),
        (actor.roles == {Role.INSPECTOR}, _INSPECTOR),
    )
    return [part for applies, part in told if applies] or [_ANYBODY]


def on_topic(topic: HelpTopic) -> Text:
    """The help that answers a question in words."""
    return Text(f"help.topic.{topic.value}")


async def unknown_command(turn: Turn, typed: str, bot_name: str) -> View | None:
    """The command that ``typed`` may mean (/taks, /tasks@bot).

    If none is near, where to find help, once a day.
    """
    name, _, target = typed.removeprefix("/").partition("@")
    if target.casefold() in {"", bot_name.casefold()}:
        near = menus.nearest(name, menus.commands_of(turn.actor.roles))
        if near is not None:
            return say("help.did_you_mean", name=near, what=menus.what_it_does(near))
    first = await once_a_day.once(turn.session, turn.account, "command", now=turn.now)
    return say("help.unknown_command") if first else None


async def command_in_group(session: Session, actor: Actor | None, *, now: datetime) -> View | None:
    """The answer to a private command sent in a group; only enrolled people get it, once a day."""
    account = None if actor is None else actor.contact.telegram_user_id
    if account is None or not await once_a_day.once(session, account, "group", now=now):
        return None
    return say("help.write_privately")


def in_group() -> View:
    """``/help`` in a group: what a group answers, and that the rest is private."""
    return say("help.in_group")


def languages(actor: Actor) -> View:
    """``/language``: the languages, each named in itself."""
    buttons = [
        button(Text("common.as_is", text=name_of(one)), "language.set", actor.id, locale=one)
        for one in LOCALES
    ]
    return View([Text("people.language")], in_rows(buttons, IN_A_ROW))


def unsupported() -> View:
    return say("help.unsupported")


def voice() -> View:
    return say("help.voice")


def video_note() -> View:
    return say("help.video_note")


def edited() -> View:
    return say("help.edited")
