"""Commands in the private chat, and the answer that each role gets."""

from __future__ import annotations

import re
import socket
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from locales import LOCALES
from models.db import Database
from models.delivery.inbox import Inbox
from models.drafts import Draft
from models.people import Contact, ContactState, Invitation, roles_of
from services import menus
from services.campaign import Campaign
from services.people import enrolment
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, edited, group, said
from tests.support.chat import text_of as says
from tests.support.people import Roster

NEWCOMER = Person(5_999_999_999)


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="reached for"):
        outside.connect(("192.0.2.1", 443))


# -- /start --------------------------------------------------------------------------------------------


@pytest.fixture
async def token(database: Database, campaign: Campaign, now: datetime, people: People) -> str:
    """The token of an invitation link for 公安局联络员, valid for a day."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        await roster.contact(await roster.unit("公安局"), "公安局联络员", enrolled=False)
        (made,) = await enrolment.invite(
            session, now=now, valid_for=timedelta(days=1), names=["公安局联络员"]
        )
    return made.token


async def contact(database: Database, name: str) -> Contact:
    async with database.reading() as session:
        return (await session.exec(select(Contact).where(Contact.name == name))).one()


@pytest.mark.parametrize("form", ["/start {}", "/start@chuangcheng_bot {}", "/Start {}", "/START   {}\n"])
async def test_a_link_enrols(chats: Chats, token: str, database: Database, form: str) -> None:
    shown = await chats.answers(said(NEWCOMER, form.format(token)))
    assert "公安局联络员" in shown[0].text
    assert says("enrolment.secrecy") in shown[0].text
    found = await contact(database, "公安局联络员")
    assert (found.telegram_user_id, found.state) == (NEWCOMER.id, ContactState.ENROLLED)


async def test_the_token_is_nowhere_in_the_database(chats: Chats, token: str, database: Database) -> None:
    for form in ("/start {}", "/Start {}", "/start\0 {}", "/start\u00a0{}", "Text: /start {}"):
        await chats.answers(said(NEWCOMER, form.format(token)))
    await chats.answers(edited(NEWCOMER, f"/start {token}"))
    async with database.reading() as session:
        kept = [row.payload for row in await session.exec(select(Inbox))]
    leaks = [payload for payload in kept if token in payload]
    assert [leak for leak in leaks if "Text:" not in leak] == [], "only words that no link makes"


@pytest.mark.parametrize("form", ["/start {}", "/Start {}", "/start@chuangcheng_bot {}", "/start\0 {}"])
async def test_a_hash_from_the_database_opens_no_door(
    chats: Chats, token: str, database: Database, form: str
) -> None:
    async with database.reading() as session:
        stored = (await session.exec(select(Invitation.token_hash))).one()
    shown = await chats.say(NEWCOMER, form.format(stored))
    assert shown.text in {says("enrolment.unknown_link"), says("enrolment.stranger")}
    assert (await contact(database, "公安局联络员")).telegram_user_id is None


async def test_a_link_works_once(chats: Chats, token: str) -> None:
    await chats.answers(said(NEWCOMER, f"/start {token}"))
    assert (await chats.say(Person(5_999_999_998), f"/start {token}")).text == says("enrolment.used_link")
    again = await chats.say(NEWCOMER, f"/start {token}")
    assert again.text == says("enrolment.already_enrolled", name="公安局联络员")


async def test_an_expired_link(chats: Chats, token: str, now: datetime) -> None:
    chats.clock.moment = now + timedelta(days=1)
    assert (await chats.say(NEWCOMER, f"/start {token}")).text == says("enrolment.expired_link")


async def test_a_made_up_link(chats: Chats, people: People) -> None:
    assert (await chats.say(NEWCOMER, "/start abc")).text == says("enrolment.unknown_link")


async def test_start_without_a_link(chats: Chats, people: People) -> None:
    assert (await chats.say(NEWCOMER, "/start")).text == says("enrolment.stranger")
    assert says("help.contact.report", html=True) in (await chats.say(people.liaison, "/start")).text


# -- strangers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["你好", "/help", "/tasks", "/report", "/cancel", "/brief", "/bind", "/nothing", "无", "/start"]
)
async def test_a_stranger_is_told_how_to_get_in(chats: Chats, people: People, text: str) -> None:
    assert (await chats.say(people.stranger, text)).text == says("enrolment.stranger")


# -- answers to each role ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "part"),
    [
        ("responsible", "help.contact.report"),
        ("liaison", "help.contact.report"),
        ("leader", "help.leader.brief"),
        ("office", "help.office.remind"),
        ("inspector", "help.inspector.tasks"),
    ],
)
async def test_help_is_for_the_role(chats: Chats, people: People, who: str, part: str) -> None:
    person: Person = getattr(people, who)
    shown = (await chats.say(person, "/help")).text
    parts = ("help.contact.report", "help.leader.brief", "help.office.remind", "help.inspector.tasks")
    for other in parts:
        assert (says(other, html=True) in shown) is (other == part)


@pytest.mark.parametrize(
    ("who", "objectives"),
    [
        ("responsible", ["清理违规广告牌匾"]),
        ("liaison", ["清理违规广告牌匾"]),
        ("leader", ["清理违规广告牌匾"]),
        ("other_liaison", ["整治背街小巷环境"]),
        ("office", ["清理违规广告牌匾", "整治背街小巷环境"]),
        ("inspector", ["清理违规广告牌匾", "整治背街小巷环境"]),
    ],
)
async def test_tasks(chats: Chats, people: People, who: str, objectives: list[str]) -> None:
    person: Person = getattr(people, who)
    shown = (await chats.say(person, "/tasks")).text
    everything = ("清理违规广告牌匾", "整治背街小巷环境")
    assert [objective for objective in everything if objective in shown] == objectives


async def test_a_listed_task_opens(chats: Chats, people: People) -> None:
    listed = await chats.say(people.responsible, "/tasks")
    (card,) = await chats.press(people.responsible, listed, "1. ")
    assert "达到创城标准" in card.text
    assert says("tasks.report_button") in card.labels()


async def test_report_and_cancel(chats: Chats, people: People, database: Database) -> None:
    asked = await chats.say(people.responsible, "/report")
    assert "清理违规广告牌匾" in asked.text
    assert (await chats.say(people.responsible, "/cancel")).text == says("progress.cancelled")
    assert (await chats.say(people.responsible, "/cancel")).text == says("progress.nothing_to_cancel")
    async with database.reading() as session:
        assert (await session.exec(select(Draft))).all() == []


async def test_cancel_works_at_every_step(chats: Chats, people: People) -> None:
    """/cancel works when words are asked for, on the card, at the correction, and in the menu of metrics."""
    for text, label in (
        ("/report", None),
        ("今天清理违规广告牌匾12处", None),
        ("今天清理违规广告牌匾12处", says("progress.edit_button")),
        ("今天清理违规广告牌匾12处", says("progress.adjust_button")),
    ):
        shown = await chats.say(people.responsible, text)
        if label is not None:
            await chats.press(people.responsible, shown, label)
        assert (await chats.say(people.responsible, "/cancel")).text == says("progress.cancelled")


async def test_report_by_who_has_nothing_to_report(chats: Chats, people: People) -> None:
    assert (await chats.say(people.office, "/report")).text == says("progress.no_task_office")
    assert (await chats.say(people.leader, "/report")).text == says("progress.no_open_task")


@pytest.mark.parametrize(
    ("who", "allowed"), [("leader", True), ("office", True), ("inspector", True), ("liaison", False)]
)
async def test_brief(chats: Chats, people: People, who: str, allowed: bool) -> None:
    person: Person = getattr(people, who)
    shown = await chats.say(person, "/brief")
    assert (shown.text == says("brief.leaders_only")) is not allowed


async def test_bind_in_private(chats: Chats, people: People) -> None:
    for command in ("/bind", "/unbind", "/board"):
        assert (await chats.say(people.office, command)).text == says("groups.only_in_groups")


async def test_an_unknown_command(chats: Chats, people: People) -> None:
    """An unknown command is answered once a day, with a line about help."""
    assert (await chats.say(people.liaison, "/qwerty 12处")).text == says("help.unknown_command")
    assert await chats.answers(said(people.liaison, "/qwerty"), said(people.liaison, "/settings")) == []
    chats.clock.moment += timedelta(days=1)
    assert (await chats.say(people.liaison, "/qwerty")).text == says("help.unknown_command")


@pytest.mark.parametrize(
    ("typed", "meant"), [("/taks", "tasks"), ("/taks@chuangcheng_bot x", "tasks"), ("/REPROT", "report")]
)
async def test_a_mistyped_command(chats: Chats, people: People, typed: str, meant: str) -> None:
    """A mistyped command is answered every time, with the command that is meant."""
    expected = says("help.did_you_mean", name=meant, what=says(f"commands.{meant}"))
    for _ in range(2):
        assert (await chats.say(people.liaison, typed)).text == expected


async def test_no_hint_at_a_command_that_is_not_theirs(chats: Chats, people: People) -> None:
    assert (await chats.say(people.liaison, "/remid")).text == says("help.unknown_command")
    assert "/remind" in (await chats.say(people.office, "/remid")).text


async def test_a_command_for_another_bot_is_not_ours(chats: Chats, people: People) -> None:
    """It is no report either: words behind a command are never taken for a report."""
    assert (await chats.say(people.liaison, "/tasks@other_bot")).text == says("help.unknown_command")


REFUSALS = (
    *("brief.leaders_only", "caselist.figures_not_yours", "who.not_yours", "tasks.office_only"),
    *("work_report.not_yours", "notices.not_yours"),
)


@pytest.mark.parametrize("who", ["office", "leader", "liaison", "responsible", "inspector"])
async def test_each_command_stands_with_who_may_use_it(
    chats: Chats, people: People, database: Database, who: str
) -> None:
    """All commands, each sent by each role: what is not refused stands in their menu and their help."""
    person: Person = getattr(people, who)
    async with database.reading() as session:
        found = (await session.exec(select(Contact).where(Contact.telegram_user_id == person.id))).one()
        roles = await roles_of(session, found.id or 0)
    asked = await chats.say(person, "/help")
    (everything,) = await chats.press(person, asked, says("help.more_button"))
    there = [name for name in menus.NAMES if name not in {"start", "join"}]
    refused = {says(key) for key in REFUSALS}
    for name in there:
        chats.clock.moment += timedelta(minutes=1)
        private = (await chats.say(person, f"/{name}")).text
        assert private != says("help.unknown_command"), name
        for_groups = private == says("groups.only_in_groups")
        usable = private not in refused and not for_groups
        assert usable is (name in menus.commands_of(roles)), name
        if for_groups:
            usable = name in menus.in_groups_of(roles)
        assert usable is bool(re.search(rf"/{name}(?![a-z])", everything.text)), name
    again = await chats.say(person, "/start")
    assert again.text == asked.text, "/start has no line of its own: it answers as /help does"
    assert (await chats.say(person, "/join")).text == says("enrolment.already_enrolled", name=found.name)


@pytest.mark.parametrize("text", ["/help", "/help@chuangcheng_bot", "/HELP"])
async def test_help_in_a_group(chats: Chats, people: People, text: str) -> None:
    """Everybody gets the same short answer, each time; a command for another bot gets none."""
    there = group(-1_004_000_000_078)
    nobody = {"id": -1_004_000_000_078, "type": "supergroup", "title": "创城工作群"}
    for person in (people.liaison, people.office, people.stranger, people.liaison):
        shown = await chats.say(person, text, chat=there)
        assert shown.text == says("help.in_group", html=True)
        assert len(shown.text.splitlines()) <= 5
    hidden = await chats.answers(said(people.office, text, chat=there, sender_chat=nobody))
    assert [answer.text for answer in hidden] == [says("help.in_group", html=True)]
    assert await chats.answers(said(people.liaison, "/help@other_bot", chat=there)) == []


@pytest.mark.parametrize("name", ["bind", "unbind", "board", "issue", "help"])
async def test_each_command_of_a_group_is_named_there(chats: Chats, people: People, name: str) -> None:
    there = group(-1_004_000_000_078)
    assert f"/{name}" in (await chats.say(people.office, "/help", chat=there)).text
    assert name in menus.ADMINISTRATORS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("named", ["/orders", "/person"])
async def test_a_new_officer_finds_the_ledger_and_the_links(
    chats: Chats, people: People, database: Database, locale: str, named: str
) -> None:
    async with database.transaction() as session:
        found = await session.exec(select(Contact).where(Contact.telegram_user_id == people.office.id))
        found.one().locale = locale
    what = {
        "/orders": {"zh": "台账", "en": "ledger"},
        "/person": {"zh": "邀请链接", "en": "invitation links"},
    }[named]
    lines = (await chats.say(people.office, "/help")).text.splitlines()
    assert [line for line in lines if named in line and what[locale] in line]


async def test_commands_in_a_group(chats: Chats, people: People) -> None:
    """In a group the bot answers only a command that names it, from an enrolled person, once a day."""
    there = group(-1_004_000_000_077)
    silent = ["/nothing", "/tasks", "/tasks@other_bot", "@chuangcheng_bot /tasks"]
    for text in silent:
        assert await chats.answers(said(people.liaison, text, chat=there)) == []
    assert await chats.answers(said(people.stranger, "/tasks@chuangcheng_bot", chat=there)) == []
    shown = await chats.say(people.liaison, "/tasks@Chuangcheng_Bot", chat=there)
    assert shown.text == says("help.write_privately")
    assert await chats.answers(said(people.liaison, "/nothing@chuangcheng_bot", chat=there)) == []


# -- help ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["responsible", "leader", "office", "inspector"])
@pytest.mark.parametrize("locale", LOCALES)
async def test_more_names_what_the_menu_has(
    chats: Chats, people: People, database: Database, who: str, locale: str
) -> None:
    person: Person = getattr(people, who)
    async with database.transaction() as session:
        found = (await session.exec(select(Contact).where(Contact.telegram_user_id == person.id))).one()
        found.locale = locale
    async with database.reading() as session:
        names = menus.commands_of(await roles_of(session, found.id or 0))
    asked = await chats.say(person, "/help")
    assert len(asked.text.splitlines()) <= 12
    (everything,) = await chats.press(person, asked, says("help.more_button", locale))
    shown = everything.text
    listed = shown.partition(says("help.commands", locale, html=True))[2]
    commands = [line.split()[0] for line in listed.splitlines() if line.startswith("/")]
    assert commands == [f"/{name}" for name in names]
    assert len(shown.splitlines()) <= 44
    assert len(shown) < 1800
