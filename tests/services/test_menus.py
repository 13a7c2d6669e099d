"""Who has which commands in their menu, and in which language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import people
from models.db import Session
from models.people import ContactState
from rules.people.roles import Role
from services import help_texts, menus
from services.campaign import Campaign
from tests.services.conftest import World

LIAISONS_TOO = {"notice"}
LEADERS_TOO = LIAISONS_TOO | {"brief", "figures", "who", "work_report"}


def test_everybody_who_reports_has_one_menu() -> None:
    """A 联络员 sends notices besides."""
    assert (
        *("tasks", "todo", "orders", "case", "tally", "report", "issue", "log", "mine", "undo"),
        *("find",),
        *("unit", "done", "history", "leave", "quiet", "cancel", "language", "help"),
    ) == menus.EVERYBODYS
    assert menus.commands_of({Role.RESPONSIBLE_PERSON}) == menus.EVERYBODYS
    assert set(menus.commands_of({Role.LIAISON})) == {*menus.EVERYBODYS, *LIAISONS_TOO}


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (Role.OFFICE, LEADERS_TOO | {"remind", "nags", "person", "ladder", "inspection", "sections"}),
        (Role.DISTRICT_LEADER, LEADERS_TOO),
        (Role.PRINCIPAL_LEADER, LEADERS_TOO),
        (Role.LEADER_IN_CHARGE, LEADERS_TOO),
        (Role.INSPECTOR, LIAISONS_TOO | {"brief", "figures"}),
    ],
)
def test_others_have_more(role: Role, more: set[str]) -> None:
    names = menus.commands_of({role, Role.LIAISON})
    assert set(names) - set(menus.EVERYBODYS) == more
    assert names[-1] == "help"
    assert len(set(names)) == len(names)


def test_each_command_stands_in_one_place() -> None:
    assert len(set(menus.NAMES)) == len(menus.NAMES)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("taks", "tasks"),
        ("TASK", "tasks"),
        ("tasks", "tasks"),
        ("repport", "report"),
        ("hlep", "help"),
        ("langauge", "language"),
        ("cancle", "cancel"),
        ("", None),
        ("x", None),
        ("settings", None),
        ("qwerty", None),
        ("任务", None),
        ("a" * 4000, None),
    ],
)
def test_what_was_mistyped(typed: str, meant: str | None) -> None:
    assert menus.nearest(typed, menus.EVERYBODYS) == meant


async def test_who_is_enrolled_has_a_menu(session: Session, world: World, campaign: Campaign) -> None:
    """Each in their language; people out of reach have none."""
    world.other_liaison.contact.locale = "en"
    for actor in (world.office, world.leader, world.liaison, world.other_liaison):
        session.add(actor.contact)
    await session.flush()
    own = await menus.own_menus(session, campaign)
    there = [contact for contact in await people.all_contacts(session) if contact.telegram_user_id]
    assert set(own) == {contact.telegram_user_id for contact in there}
    for actor in (world.office, world.leader, world.liaison):
        menu = own[actor.contact.telegram_user_id or 0]
        assert (menu.names, menu.locale) == (menus.commands_of(actor.roles), campaign.locale)
    english = own[world.other_liaison.contact.telegram_user_id or 0]
    assert (english.names, english.locale) == (menus.commands_of({Role.LIAISON}), "en")
    assert ("help", "How to use this bot") in english.described()
    world.office.contact.state = ContactState.UNREACHABLE
    await session.flush()
    assert world.office.contact.telegram_user_id not in await menus.own_menus(session, campaign)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_who_has_no_role_is_promised_no_brief(world: World, locale: str) -> None:
    """As after 恢复在册: /brief would be refused."""
    nobody = replace(world.liaison, roles=frozenset())
    for view in (help_texts.help_for(nobody), help_texts.welcome(nobody)):
        assert "/brief" not in view.plain(locale)
    assert help_texts.welcome(nobody).lines[0].key == "enrolment.welcome_no_role"
    assert "/brief" in help_texts.help_for(replace(nobody, roles=frozenset({Role.INSPECTOR}))).plain(locale)
