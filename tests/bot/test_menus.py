"""Menus of commands at Telegram: the general one, the personal ones, and how they follow changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from telegram import BotCommandScope

from bot import menus as shown
from bot.menus import MenuUpdater
from locales import LOCALES
from models import people
from models.delivery.menus import MenuSet
from models.people import ContactState
from rules.people.roles import Role
from services import menus
from services.campaign import Campaign
from tests.bot.desk import Desk, account

PRIVATE = {"type": "all_private_chats"}
ADMINISTRATORS = {"type": "all_chat_administrators"}
MEMBERS = {"type": "all_group_chats"}


@pytest.fixture
async def at_telegram(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MenuUpdater]:
    """An updater of menus; its loop does not run unless a test starts it."""
    monkeypatch.setattr(shown, "PAUSE_SECONDS", 0.0)
    made = MenuUpdater(desk.bot, desk.database, desk.campaign)
    yield made
    made.stop_looking()


def chat_scope(chat: int) -> dict[str, Any]:
    return {"type": "chat", "chat_id": chat}


async def names(desk: Desk, scope: dict[str, Any], language: str = "") -> list[str]:
    """The commands that are set for exactly this scope and language."""
    found = await desk.bot.get_my_commands(scope=_scope(scope), language_code=language or None)
    return [command.command for command in found]


def _scope(scope: dict[str, Any]) -> BotCommandScope:
    return BotCommandScope.de_json(scope, None)


async def test_everybodys_menus(desk: Desk, at_telegram: MenuUpdater) -> None:
    await at_telegram.look()
    for language in ("", *LOCALES[1:]):
        assert await names(desk, PRIVATE, language) == ["join", "help"]
        assert await names(desk, ADMINISTRATORS, language) == ["bind", "unbind", "board", "issue", "help"]
        assert await names(desk, MEMBERS, language) == ["issue", "help"]
    english = await desk.bot.get_my_commands(scope=_scope(PRIVATE), language_code="en")
    assert english[-1].description == "How to use this bot"
    assert (await desk.bot.get_chat_menu_button()).type == "commands"


async def test_own_menus_follow_roles_language_and_account(desk: Desk, at_telegram: MenuUpdater) -> None:
    office, contact = await desk.office(), await desk.contact("联络员", Role.LIAISON)
    mine, theirs = chat_scope(account(office)), chat_scope(account(contact))
    await at_telegram.look()
    assert await names(desk, mine) == list(menus.commands_of({Role.OFFICE}))
    assert await names(desk, theirs) == list(menus.commands_of({Role.LIAISON}))
    async with desk.database.transaction() as session:
        await people.set_roles(session, contact.id or 0, {Role.LIAISON, Role.LEADER_IN_CHARGE})
        office.locale = "en"
        session.add(office)
    await at_telegram.look()
    assert await names(desk, theirs) == list(menus.commands_of({Role.LEADER_IN_CHARGE}))
    first = (await desk.bot.get_my_commands(scope=_scope(mine)))[0]
    assert first.description == "See the brief"
    async with desk.database.transaction() as session:
        await people.set_roles(session, contact.id or 0, {Role.LIAISON})
        office.telegram_user_id = None
        session.add(office)
    await at_telegram.look()
    assert await names(desk, theirs) == list(menus.commands_of({Role.LIAISON}))
    assert await names(desk, mine) == [], "who has lost their account sees the menu of strangers"


async def test_who_lost_their_own_menu_while_the_program_was_down(
    desk: Desk, at_telegram: MenuUpdater
) -> None:
    person = await desk.contact("某人", Role.OFFICE)
    theirs = chat_scope(account(person))
    await at_telegram.look()
    assert "remind" in await names(desk, theirs)
    async with desk.database.transaction() as session:
        await people.set_roles(session, person.id or 0, {Role.LIAISON})
    again = MenuUpdater(desk.bot, desk.database, desk.campaign)
    assert await again.look() == shown.LOOK_SECONDS
    assert await names(desk, theirs) == list(menus.commands_of({Role.LIAISON}))
    async with desk.database.transaction() as session:
        person.state = ContactState.UNREACHABLE
        session.add(person)
    third = MenuUpdater(desk.bot, desk.database, desk.campaign)
    await third.look()
    assert await names(desk, theirs) == []
    before = len(await desk.people.calls("*MyCommands"))
    await third.look()
    assert len(await desk.people.calls("*MyCommands")) == before


async def test_who_reads_another_language_gets_the_campaigns(desk: Desk) -> None:
    await MenuUpdater(desk.bot, desk.database, Campaign(locale="en")).look()
    for language, words in (("", "How to use this bot"), ("zh", "使用说明")):
        found = await desk.bot.get_my_commands(scope=_scope(PRIVATE), language_code=language or None)
        assert found[-1].description == words


async def test_what_is_set_already_is_not_set_again(desk: Desk, at_telegram: MenuUpdater) -> None:
    await desk.office()
    await at_telegram.look()
    before = len(await desk.people.calls("setMyCommands"))
    await at_telegram.look()
    assert len(await desk.people.calls("*MyCommands")) == before


# -- across starts -------------------------------------------------------------------------------------

# Three menus for everybody in each language, and the button.
EVERYBODYS = 3 * len(LOCALES) + 1


async def calls_of(desk: Desk, updater: MenuUpdater) -> list[str]:
    """The calls for menus that one look makes."""
    before = len(await desk.people.calls("*"))
    assert await updater.look() == shown.LOOK_SECONDS
    made = [call.method for call in (await desk.people.calls("*"))[before:]]
    return [method for method in made if "MyCommands" in method or "MenuButton" in method]


async def test_the_next_start_sets_only_what_changed(desk: Desk, at_telegram: MenuUpdater) -> None:
    await desk.office()
    person = await desk.contact("某人", Role.LIAISON)
    assert len(await calls_of(desk, at_telegram)) == EVERYBODYS + 2
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == []
    async with desk.database.transaction() as session:
        await people.set_roles(session, person.id or 0, {Role.LEADER_IN_CHARGE})
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == ["setMyCommands"]
    async with desk.database.transaction() as session:
        person.telegram_user_id = None
        session.add(person)
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == ["deleteMyCommands"]
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == []


async def test_anew_sets_all_of_them_once(desk: Desk, at_telegram: MenuUpdater) -> None:
    """Also for who has no menu of their own any more: nobody knows what Telegram shows them."""
    await desk.office()
    gone = await desk.contact("某人", Role.LIAISON)
    await at_telegram.look()
    async with desk.database.transaction() as session:
        gone.telegram_user_id = None
        session.add(gone)
    await at_telegram.look()
    anew = MenuUpdater(desk.bot, desk.database, desk.campaign, anew=True)
    made = await calls_of(desk, anew)
    assert (len(made), made.count("deleteMyCommands")) == (EVERYBODYS + 2, 1)
    assert await calls_of(desk, anew) == []
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == []


async def test_another_bot_has_none_of_them(desk: Desk, at_telegram: MenuUpdater) -> None:
    await desk.office()
    await at_telegram.look()
    async with desk.database.transaction() as session:
        await session.execute(sa.update(MenuSet).values(bot_id=MenuSet.bot_id + 1))
    made = await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign))
    assert len(made) == EVERYBODYS + 1


async def test_a_release_with_other_texts_sets_them(
    desk: Desk, at_telegram: MenuUpdater, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.office()
    await at_telegram.look()
    before = menus.what_it_does
    monkeypatch.setattr(
        menus, "what_it_does", lambda name: before("undo" if name == "mine" else name)
    )  # it stands in no common menu
    again = MenuUpdater(desk.bot, desk.database, desk.campaign)
    assert await calls_of(desk, again) == ["setMyCommands"]


@pytest.mark.parametrize("fault", [{"status": 400}, {"mode": "drop_after"}], ids=str)
async def test_what_was_not_confirmed_is_not_noted(
    desk: Desk, at_telegram: MenuUpdater, fault: dict[str, Any]
) -> None:
    """Refused, or cut off before the answer, as by a kill: the next start sets it again."""
    await at_telegram.look()
    office = await desk.office()
    await desk.people.fail("setMyCommands", 1, **fault)
    await at_telegram.look()
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == ["setMyCommands"]
    assert await names(desk, chat_scope(account(office)))


async def test_a_menu_that_was_being_taken_away_is_taken_away(desk: Desk, at_telegram: MenuUpdater) -> None:
    """The program was cut off while it gave somebody a menu, to which they have lost the right since."""
    await at_telegram.look()
    person = await desk.contact("某人", Role.OFFICE)
    await desk.people.fail("setMyCommands", 1, mode="drop_after")
    assert await at_telegram.look() == shown.RETRY_SECONDS
    assert await names(desk, chat_scope(account(person)))
    async with desk.database.transaction() as session:
        person.state = ContactState.UNREACHABLE
        session.add(person)
    assert await calls_of(desk, MenuUpdater(desk.bot, desk.database, desk.campaign)) == ["deleteMyCommands"]
    assert await names(desk, chat_scope(account(person))) == []


@pytest.mark.parametrize(
    ("fault", "rests"),
    [
        ({"status": 500}, True),
        ({"mode": "drop_before"}, True),
        ({"status": 429, "parameters": {"retry_after": 7}}, True),
        ({"status": 400}, False),
        ({"status": 403}, False),
    ],
    ids=lambda value: str(value),
)
async def test_a_failure_is_tried_again_or_given_up(
    desk: Desk, at_telegram: MenuUpdater, fault: dict[str, Any], *, rests: bool
) -> None:
    """After a failure the next person's menu is set all the same."""
    await at_telegram.look()
    first, second = await desk.office(), await desk.contact("另一位", Role.OFFICE)
    await desk.people.fail("setMyCommands", 1, **fault)
    rest = await at_telegram.look()
    assert (rest == shown.LOOK_SECONDS) is not rests
    if "parameters" in fault:
        assert rest == 7
    assert await at_telegram.look() == shown.LOOK_SECONDS
    assert bool(await names(desk, chat_scope(account(first)))) is rests
    assert await names(desk, chat_scope(account(second)))


async def test_everybodys_menus_come_first_and_are_tried_again(desk: Desk, at_telegram: MenuUpdater) -> None:
    await desk.office()
    await desk.people.fail("setChatMenuButton", 1, status=500)
    assert await at_telegram.look() == shown.RETRY_SECONDS
    assert await at_telegram.look() == shown.LOOK_SECONDS
    assert await names(desk, PRIVATE) == list(menus.STRANGERS)


async def test_the_loop_wakes_and_ends(desk: Desk, at_telegram: MenuUpdater) -> None:
    running = asyncio.create_task(at_telegram.run())
    await desk.people.wait_for_call("setChatMenuButton", answered=True)
    office = await desk.office()
    at_telegram.wake()
    # Three menus for everybody in each language, then the office's.
    await desk.people.wait_for_call("setMyCommands", count=3 * len(LOCALES) + 1, answered=True)
    assert await names(desk, chat_scope(account(office)))
    at_telegram.stop_looking()
    await asyncio.wait_for(running, 10)
