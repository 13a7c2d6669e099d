"""The welcome and the help: a few lines on a phone, by role, and everything else behind 更多."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from itertools import combinations

import pytest

from locales import LOCALES, plain
from models.db import Session
from rules.people.roles import LEADERS, REPORTERS, Role
from services import help_texts, menus
from services.access import Actor
from services.campaign import Campaign
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import keys
from tests.support.turns import turn_for

# The columns of a line on a phone; a Chinese character takes two.
PHONE = 44
WELCOME, HELP = 5, 12
SECRECY = "enrolment.secrecy"
MIXES = [mix for size in range(4) for mix in combinations(Role, size)]


def columns(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def lines_on_a_phone(view: View, locale: str) -> int:
    """Lines as a phone shows them: what is wider than the screen goes on in the next one."""
    return sum(max(1, -(-columns(line) // PHONE)) for line in view.plain(locale).split("\n"))


def acting(world: World, roles: Collection[Role]) -> Actor:
    led = frozenset({world.unit.id or 0}) if set(roles) & LEADERS else frozenset[int]()
    return replace(world.liaison, roles=frozenset(roles), led=led)


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_welcome_has_five_lines(world: World, locale: str) -> None:
    for roles in MIXES:
        view = help_texts.welcome(acting(world, roles))
        assert len(view.plain(locale).split("\n")) <= WELCOME, roles
        assert keys(view)[-2:] == ["help.first.help", SECRECY]
        assert "/help" in view.plain(locale)
        if REPORTERS.intersection(roles):
            assert keys(view)[1:3] == ["help.first.report", "help.first.correct"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("role", Role)
async def test_a_phone_shows_all_of_it_at_once(world: World, role: Role, locale: str) -> None:
    """Counted as a phone wraps them; the line with the names of person and unit may be longer."""
    actor = acting(world, [role])
    assert lines_on_a_phone(View(help_texts.welcome(actor).lines[1:]), locale) <= WELCOME - 1
    assert lines_on_a_phone(help_texts.help_for(actor), locale) <= HELP


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_help_is_short_and_more_has_the_rest(
    session: Session, world: World, now: datetime, campaign: Campaign, locale: str
) -> None:
    for roles in MIXES:
        actor = acting(world, roles)
        view = help_texts.help_for(actor)
        assert len(view.plain(locale).split("\n")) <= HELP, roles
        assert (keys(view)[0], keys(view)[-1]) == ("help.title", SECRECY)
        (row,) = view.rows
        assert [(button.action, button.only_for) for button in row] == [("help.more", actor.id)]
        everything = await help_texts.all_help(turn_for(session, actor, now, campaign))
        assert set(keys(view)) <= set(keys(everything))
        shown = everything.plain(locale).split("\n")
        for name in menus.commands_of(roles):
            assert f"/{name} {plain(menus.what_it_does(name), locale)}" in shown


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        ({Role.LIAISON}, {"contact"}),
        ({Role.LIAISON, Role.LEADER_IN_CHARGE}, {"contact", "leader"}),
        ({Role.RESPONSIBLE_PERSON, Role.OFFICE}, {"contact", "office"}),
        ({Role.INSPECTOR}, {"inspector"}),
        (set(), {"anybody"}),
    ],
)
async def test_each_role_has_its_part(world: World, roles: set[Role], kinds: set[str]) -> None:
    """Somebody with two roles gets the most usual lines of both."""
    shown = [key.split(".")[1] for key in keys(help_texts.help_for(acting(world, roles)))[1:-1]]
    assert set(shown) == kinds
    if len(kinds) == 2:
        assert [shown.count(kind) for kind in sorted(kinds)] == [4, len(shown) - 4]


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_the_long_help_said_is_still_there(
    session: Session, world: World, now: datetime, campaign: Campaign, locale: str
) -> None:
    """更多 names every command that the lines of a role ever named."""
    contact = acting(world, {Role.LIAISON})
    office = acting(world, {Role.OFFICE})
    for actor, named in (
        (contact, ("/undo", "/mine", "/tasks", "/issue", "/todo", "/orders", "/leave", "📌", "⏰")),
        (
            office,
            ("/who", "/remind", "/nags", "/ladder", "/inspection", "/todo", "/person", "/bind", "/unbind"),
        ),
    ):
        text = (await help_texts.all_help(turn_for(session, actor, now, campaign))).plain(locale)
        assert not [one for one in named if one not in text]
