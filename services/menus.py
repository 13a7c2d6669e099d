"""The table of commands with their roles, from which menus and help are made; and the menus of people."""

from __future__ import annotations

import difflib
import hashlib
import json
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
    """``roles``: the roles that may use it; None: all people who may write there."""

    name: str
    roles: frozenset[Role] | None = None


PRIVATE: Final = (
    Command("brief", LEADERS | SEES_ALL),
    Command("tasks"),
    Command("todo"),
    Command("orders"),
    Command("case"),
    Command("figures", LEADERS | SEES_ALL),
    Command("tally"),
    Command("work_report", LEADERS | _OFFICE),
    Command("who", LEADERS | _OFFICE),
    Command("remind", _OFFICE),
    Command("nags", _OFFICE),
    Command("report"),
    Command("issue"),
    Command("log"),
    Command("notice", LEADERS | frozenset({Role.OFFICE, Role.LIAISON})),
    Command("mine"),
    Command("undo"),
    Command("find"),
    Command("unit"),
    Command("person", _OFFICE),
    Command("ladder", _OFFICE),
    Command("inspection", _OFFICE),
    Command("sections", _OFFICE),
    Command("done"),
    Command("history"),
    Command("leave"),
    Command("quiet"),
    Command("cancel"),
    Command("language"),
    Command("help"),
)
"""In the order in which a menu shows them."""

GROUP: Final = (
    Command("bind", _OFFICE),
    Command("unbind", _OFFICE),
    Command("board", _OFFICE),
    Command("issue"),
    Command("help"),
)
"""What a group answers. Its administrators see all of them, and each command checks the sender's right."""

STRANGERS: Final = ("join", "help")
"""The menu of a private chat with somebody who is not enrolled."""

# Telegram itself sends it, so it stands in no menu. Its answer is the one of /help.
_START: Final = "start"

NAMES: Final = tuple(dict.fromkeys((_START, *STRANGERS, *(command.name for command in (*PRIVATE, *GROUP)))))
"""All commands that exist."""

# Below this ratio two words are no more alike than any two.
_ALIKE: Final = 0.6


def commands_of(roles: Collection[Role]) -> tuple[str, ...]:
    """The commands in the private menu of people with ``roles``."""
    return _names(PRIVATE, roles)


def in_groups_of(roles: Collection[Role]) -> tuple[str, ...]:
    """The commands that people with ``roles`` have in a group."""
    return _names(GROUP, roles)


def _names(table: Iterable[Command], roles: Collection[Role]) -> tuple[str, ...]:
    held = frozenset(roles)
    return tuple(command.name for command in table if command.roles is None or command.roles & held)


EVERYBODYS: Final = commands_of(())
MEMBERS: Final = in_groups_of(())
ADMINISTRATORS: Final = tuple(command.name for command in GROUP)


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

    @property
    def hash(self) -> str:
        """The same for menus that show the same commands with the same texts, and for no others."""
        return hashlib.sha256(json.dumps(self.described()).encode()).hexdigest()


async def own_menus(session: Session, campaign: Campaign) -> dict[int, Menu]:
    """The menus of enrolled people, by private chat. All other chats have the menu of strangers."""
    roles = await people.roles_by_contact(session)
    found = {}
    for contact in await people.all_contacts(session):
        names = commands_of(roles.get(ident(contact), frozenset()))
        chat = contact.telegram_user_id
        if chat is not None and contact.reachable:
            found[chat] = Menu(names, contact.locale or campaign.locale)
    return found
