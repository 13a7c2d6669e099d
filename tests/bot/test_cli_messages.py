"""The commands ``tick`` and ``invite``: one document, a dry run that writes nothing, links kept as hashes."""

from __future__ import annotations

import re
import stat
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from models.db import Database
from rules.people.roles import Role
from sandbox.testing import RunningSandbox
from services.campaign import Campaign
from services.people.enrolment import hash_token
from tests.bot.terminal import TOKEN, everything, prefixed, sentence
from tests.conftest import NOW
from tests.services.importing.builders import workbook
from tests.support.people import Roster
from tests.support.processes import Forge, settings_for

LINK = re.compile(r"https://t\.me/(\w+)\?start=([\w-]{20,64})")


# -- tick ----------------------------------------------------------------------------------------------


@pytest.fixture
async def campaign_day(database: Database) -> None:
    """A task due on 18 December; its responsible person and their deputy head are enrolled."""
    async with database.transaction() as session:
        roster = Roster(session, NOW, Campaign())
        unit = await roster.unit("城管局")
        person = await roster.contact(unit, "城管局责任人", Role.RESPONSIBLE_PERSON)
        await roster.contact(unit, "城管局分管领导", Role.LEADER_IN_CHARGE)
        await roster.contact(unit, "城管局联络员", Role.LIAISON, enrolled=False)
        await roster.contact(unit, "=城管局干事", Role.LIAISON, enrolled=False)
        await roster.task(unit, "清理违规广告牌匾", NOW.date().replace(day=18), person)


@pytest.mark.usefixtures("campaign_day")
async def test_a_rehearsed_tick_is_one_document_and_writes_nothing(
    forge: Forge, database: Database, database_url: str
) -> None:
    before = await everything(database)
    env = prefixed(DATABASE_URL=database_url, LOG_LEVEL="DEBUG")
    arguments = ("tick", "--dry-run", "--json", "--at")
    done = await forge.run(*arguments, "2036-12-18T09:00+08:00", env=env)
    assert done.code == 0
    assert "level=debug" in done.err
    assert {entry["recipient"] for entry in done.json()} >= {"城管局 城管局责任人"}
    due = (await forge.run(*arguments, "2026-12-18T09:00+08:00", env=env)).json()
    assert [list(entry) for entry in due] == [
        ["recipient", "chat", "slot", "duties", "reason", "text"]
    ] * len(due)
    (nag,) = [entry for entry in due if entry["recipient"] == "城管局 城管局责任人" and entry["duties"]]
    assert nag["slot"] == "2026-12-18/nag"
    assert nag["chat"] > 5_000_000_000
    assert nag["duties"]
    assert {type(duty) for duty in nag["duties"]} == {str}
    assert "清理违规广告牌匾" in nag["text"]
    assert nag["reason"]
    # A time without an offset is the deployment's local time. The same moment gives the same answer.
    local = await forge.run(*arguments, "2026-12-18T09:00", env=env)
    assert local.json() == due
    plain = await forge.run(
        "tick", "--dry-run", "--at", "2026-12-18T09:00", env=env | prefixed(LOG_LEVEL="INFO")
    )
    assert (plain.code, plain.err) == (0, "")
    assert nag["text"] in plain.out
    assert await everything(database) == before


@pytest.mark.usefixtures("campaign_day")
async def test_what_goes_out_next(
    forge: Forge, database: Database, database_url: str, telegram: RunningSandbox
) -> None:
    before = await everything(database)
    env = settings_for(telegram, database_url)
    await telegram.client.set_clock(NOW.replace(day=18, hour=0, minute=45))
    found = (await forge.run("tick", "--dry-run", "--next", "--json", env=env)).json()
    assert datetime.fromisoformat(found["at"]) == NOW.replace(day=18, hour=1, minute=0)
    assert {one["slot"] for one in found["messages"]} == {"2026-12-18/nag"}
    plain = await forge.run("tick", "--dry-run", "--next", env=env)
    assert plain.out.startswith("下一次推送：2026-12-18 09:00\n")
    assert await everything(database) == before
    for wrong in (("--next",), ("--next", "--dry-run", "--at", "2026-12-18T09:00")):
        refused = await forge.run("tick", *wrong, env=env)
        assert (refused.code, "--dry-run" in refused.err) == (2, True)


@pytest.fixture
def days() -> None:
    Path("days.xlsx").write_bytes(workbook([("日期", "是否上班"), ("2026-12-19", "上班")]))


@pytest.mark.usefixtures("campaign_day", "days")
async def test_a_tick_knows_the_imported_calendar(forge: Forge, database_url: str) -> None:
    env = prefixed(DATABASE_URL=database_url)
    tick = ("tick", "--dry-run", "--json", "--at", "2026-12-19T09:00+08:00")  # a Saturday
    assert (await forge.run(*tick, env=env)).json() == []
    done = await forge.run("import-calendar", "days.xlsx", "--yes", env=env)
    assert done.code == 0, done.err
    slots = {entry["slot"] for entry in (await forge.run(*tick, env=env)).json()}
    assert "2026-12-19/nag" in slots


@pytest.mark.usefixtures("campaign_day")
async def test_a_tick_promises_each_message_once(
    forge: Forge, database: Database, database_url: str, telegram: RunningSandbox
) -> None:
    env = settings_for(telegram, database_url)
    await telegram.client.set_clock(NOW.replace(day=18, hour=1, minute=5))
    first = await forge.run("tick", "--json", env=env)
    assert first.code == 0, first.err
    assert [entry["recipient"] for entry in first.json() if entry["slot"].endswith("nag")]
    promised = (await everything(database))["outbox"]
    assert promised
    again = await forge.run("tick", "--json", env=env)
    assert (again.code, again.json()) == (0, [])
    assert (await everything(database))["outbox"] == promised


# -- invite --------------------------------------------------------------------------------------------

NAMES = ["=城管局干事", "城管局联络员"]


async def assert_only_hashes(database: Database, tokens: list[str]) -> None:
    stored = repr(await everything(database))
    for token in tokens:
        assert token not in stored
        assert hash_token(token) in stored


@pytest.mark.usefixtures("campaign_day")
async def test_invitations_are_printed_and_only_their_hashes_kept(
    forge: Forge, database: Database, database_url: str, telegram: RunningSandbox
) -> None:
    env = settings_for(telegram, database_url, LOG_LEVEL="DEBUG")
    printed = await forge.run("invite", "--yes", env=env)
    assert printed.code == 0, printed.err
    found = LINK.findall(printed.out)
    assert [bot for bot, _ in found] == [telegram.world.bot.username] * 2
    document = (await forge.run("invite", "--yes", "--json", "--name", NAMES[1], env=env)).json()
    assert document["file"] is None
    (entry,) = document["invitations"]
    assert (entry["unit"], entry["name"]) == ("城管局", NAMES[1])
    assert entry["expires"] == "2026-12-29 08:45"
    tokens = [token for _, token in found] + [LINK.fullmatch(entry["link"])[2]]  # type: ignore[index]  # a link
    again = await forge.run("invite", "--yes", "--again", "城管局责任人", env=env)
    ((_, other),) = LINK.findall(again.out)
    assert again.out.startswith("城管局\t城管局责任人\t"), "though they are enrolled, and nobody else"
    tokens.append(other)
    assert len(set(tokens)) == 4
    await assert_only_hashes(database, tokens)
    for token in tokens:
        assert token not in printed.err


@pytest.mark.usefixtures("campaign_day")
async def test_invitations_in_a_sheet_for_its_owner_alone(
    forge: Forge, database: Database, database_url: str, telegram: RunningSandbox
) -> None:
    env = settings_for(telegram, database_url)
    done = await forge.run("invite", "--yes", "--json", "--out", "links.xlsx", env=env)
    assert done.code == 0, done.err
    document = done.json()
    assert document["file"] == "links.xlsx"
    assert sorted(entry["name"] for entry in document["invitations"]) == NAMES
    assert not LINK.search(done.out), "the sheet alone has the links"
    assert stat.S_IMODE(Path("links.xlsx").stat().st_mode) == 0o600  # noqa: ASYNC240  # a local file
    rows = list(load_workbook("links.xlsx").active.values)  # type: ignore[union-attr]  # its only sheet
    assert rows[0] == ("单位", "姓名", "邀请链接", "有效期至")
    assert sorted(str(row[1]) for row in rows[1:]) == sorted([f"'{NAMES[0]}", NAMES[1]])
    tokens = [LINK.fullmatch(str(row[2]))[2] for row in rows[1:]]  # type: ignore[index]  # links
    await assert_only_hashes(database, tokens)
    # A second run leaves the file as it is, and the links in it too.
    before = await everything(database)
    for out in ("links.xlsx", "missing/links.xlsx"):
        refused = await forge.run("invite", "--yes", "--out", out, env=env)
        assert (refused.code, refused.out) == (2, "")
        assert out in sentence(refused)
    assert await everything(database) == before
    assert list(load_workbook("links.xlsx").active.values) == rows  # type: ignore[union-attr]  # as above


@pytest.mark.usefixtures("campaign_day")
@pytest.mark.parametrize(
    ("arguments", "settings", "part"),
    [
        ((), {}, "--yes"),
        (("--yes", "--name", "查无此人"), {}, "没有需要邀请的人员"),
        (("--yes", "--name", "城管局责任人"), {}, "没有需要邀请的人员"),
        (("--yes", "--json"), {"BOT_TOKEN": TOKEN}, "CHUANGCHENG_BOT_TOKEN"),
        (("--yes", "--json"), {"BOT_TOKEN": TOKEN, "LOG_LEVEL": "DEBUG"}, "CHUANGCHENG_BOT_TOKEN"),
        (("--yes", "--json"), {"API_BASE_URL": "http://127.0.0.1:9/bot"}, "CHUANGCHENG_API_BASE_URL"),
    ],
    ids=["no terminal", "stranger", "enrolled", "wrong token", "wrong token, debug", "no network"],
)
async def test_an_invitation_that_fails_writes_nothing(
    forge: Forge,
    database: Database,
    database_url: str,
    telegram: RunningSandbox,
    arguments: tuple[str, ...],
    settings: dict[str, str],
    part: str,
) -> None:
    before = await everything(database)
    done = await forge.run("invite", *arguments, env=settings_for(telegram, database_url, **settings))
    assert (done.code, done.out) == (1, "")
    assert part in sentence(done)
    assert telegram.token not in done.err
    assert await everything(database) == before


async def test_a_refused_token_ends_the_bot(
    forge: Forge, database_url: str, telegram: RunningSandbox
) -> None:
    env = settings_for(telegram, database_url, BOT_TOKEN=TOKEN, LOG_LEVEL="DEBUG")
    done = await forge.run("run", env=env)
    assert (done.code, done.out) == (1, "")
    assert "CHUANGCHENG_BOT_TOKEN" in sentence(done)
