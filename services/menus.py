"""The table of commands with their roles, from which menus and help are made; the own menus of people."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from locales import Text, plain
from models import people
from models.db import Session, ident
from rules.people.roles import LEADERS, SEES_ALL, Role
from services.campaign import Campaign

_OFFICE: Final = frozenset({Role.OFFICE})


@dataclass(frozen=True, slots=True)
class Command:
    """``roles``: the roles that have it in their private chat; None: all enrolled people."""

    name: str
    roles: frozenset[Role] | None = None


PRIVATE: Final = (
    Command("brief", LEADERS | SEES_ALL),
    Command("tasks"),
    Command("todo"),
    Command("orders"),
    Command("case"),
    Command("figures", LEADERS | SEES_ALL),
    Command("who", LEADERS | _OFFICE),
    Command("remind", _OFFICE),
    Command("nags", _OFFICE),
    Command("report"),
    Command("issue"),
    Command("mine"),
    Command("undo"),
    Command("find"),
    Command("unit", LEADERS | _OFFICE),
    Command("person", _OFFICE),
    Command("ladder", _OFFICE),
    Command("inspection", _OFFICE),
    Command("done"),
    Command("history"),
    Command("leave"),
    Command("quiet"),
    Command("cancel"),
    Command("language"),
    Command("help"),
)
"""In the order in which a menu shows them."""

# Answered, but in no menu: strangers are led to them, and enrolled people no longer need them.
STRANGERS: Final = ("start", "join")
# Shown to administrators of groups; each command checks the sender's right.
GROUPS: Final = ("bind", "unbind", "board")
# Shown to everybody in a group.
MEMBERS: Final = ("issue",)

NAMES: Final = (*(command.name for command in PRIVATE), *STRANGERS, *GROUPS)
"""All commands that exist."""

# Below this ratio two words are no more alike than any two.
_ALIKE: Final = 0.6


def commands_of(roles: Collection[Role]) -> tuple[str, ...]:
    """The commands in the private menu of people with ``roles``."""
    held = frozenset(roles)
    return tuple(command.name for command in PRIVATE if command.roles is None or command.roles & held)


EVERYBODYS: Final = commands_of(())


def what_it_does(name: str) -> Text:
    return Text(f"commands.{name}")


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """The command that a mistyped one (without its slash) probably means; None: it resembles none of them."""
    found = difflib.get_close_matches(typed.casefold(), list(known), n=1, cutoff=_ALIKE)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Menu:
    """Names of commands in order, and the language in which they are described."""

    names: tuple[str, ...]
    locale: str

    def described(self) -> list[tuple[str, str]]:
        """Pairs of a command and what it does."""
        return [(name, plain(what_it_does(name), self.locale)) for name in self.names]


async def own_menus(session: Session, campaign: Campaign) -> dict[int, Menu]:
    """Own menus by private chat: for the office, for leaders, and for people who have chosen a language.

    All others have the menu that every private chat has.
    """
    roles = await people.roles_by_contact(session)
    found = {}
    for contact in await people.all_contacts(session):
        names = commands_of(roles.get(ident(contact), frozenset()))
        chat = contact.telegram_user_id
        if chat is not None and contact.reachable and (names != EVERYBODYS or contact.locale):
            found[chat] = Menu(names, contact.locale or campaign.locale)
    return found
