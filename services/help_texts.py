"""Standing answers: the welcome, help by role, and hints on what to do instead."""

from __future__ import annotations

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


def welcome(actor: Actor) -> View:
    """The first message after enrolment: name and roles, what to do here, and what never to send."""
    roles = [Text(f"common.role.{role.value}") for role in sorted(actor.roles)]
    key = "enrolment.welcome" if roles else "enrolment.welcome_no_role"
    who = Text(key, unit=actor.unit.name, name=actor.contact.name, roles=roles)
    return View([who, *_ways(actor), Text("help.always"), Text("enrolment.secrecy")])


def help_for(actor: Actor) -> View:
    """What this person can do here: the shortest ways first, then all their commands."""
    title = Text("help.title", name=actor.contact.name)
    commands = [
        Text("help.command", name=name, what=menus.what_it_does(name))
        for name in menus.commands_of(actor.roles)
    ]
    return View([title, *_ways(actor), Text("help.commands"), *commands, Text("enrolment.secrecy")])


def _ways(actor: Actor) -> list[Text]:
    lines = []
    if actor.reports:
        lines.append(Text("help.contact"))
    if actor.is_leader:
        lines.append(Text("help.leader"))
    if actor.is_office:
        lines.append(Text("help.office"))
    if actor.roles == {Role.INSPECTOR}:
        lines.append(Text("help.inspector"))
    return lines


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
