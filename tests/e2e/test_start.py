"""A fresh ``run``: what it has loaded, which menus it sets, and papers while an import is under way."""

from __future__ import annotations

import sys
from pathlib import Path

from demo.stage.processes import running
from locales import LOCALES
from models import people as contacts
from models.db import Database
from models.importing import Job, JobState
from rules.people.roles import Role
from sandbox.client import SandboxClient
from tests.e2e.cast import account, assemble
from tests.services.importing.builders import sheet, task
from tests.support.processes import ROOT, Forge, plain_environment

HEAVY = {
    *("PIL", "alembic", "docx", "docxtpl", "jinja2", "lxml", "matplotlib", "numpy", "opencc", "openpyxl"),
    *("sandbox", "xlrd", "xlsxwriter"),
}
# What reads a sheet of the office, and what libraries load where they find it. Typer brings its own click.
OWN = {"services.importing.reading.grids", "services.importing.plans.preview_making"}
UNUSED = {"rich.console", "click.core"}
# PostgreSQL needs its driver and its dialect, and only there are they loaded.
OF_POSTGRESQL = {"psycopg", "sqlalchemy.dialects.postgresql"}
# Each import is a line on stderr, also one that fails because the package is not installed.
FRESH = (sys.executable, "-X", "importtime", "-m", "bot.cli", "run")
LADDER = "要修改，请导出表格"  # the last part, which has the buttons
EXPORT, LEDGER = "导出表格", "导出台账"


def loaded(log: Path, database: Database) -> set[str]:
    """What of all this the program has tried to import."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("import time:")]
    modules = {line.rpartition("|")[2].strip() for line in lines}
    packages = {name.partition(".")[0] for name in modules}
    assert {"telegram", "sqlalchemy", "rules"} <= packages, "the imports are seen"
    elsewhere = OF_POSTGRESQL if database.is_sqlite else set()
    return (packages & HEAVY) | (modules & (OWN | UNUSED | elsewhere))


async def test_a_fresh_program_loads_nothing_that_reads_or_makes_files(
    env: dict[str, str], people: SandboxClient, database: Database, tmp_path: Path
) -> None:
    """Not by its first poll, and not for a sheet and a report either."""
    cast = await assemble(database, people)
    office, person = account(cast.office), cast.accounts[0]
    log = tmp_path / "bot.log"
    environment = plain_environment() | env
    async with running(FRESH, log=log, folder=ROOT, env=environment) as program:
        await people.wait_for_call("getUpdates", answered=False)
        assert loaded(log, database) == set()
        await people.start(office)
        await people.start(person)
        ladder = await people.send_text(office, office, "/ladder")
        shown = await people.wait_for(office, ladder.message_id, contains=LADDER)
        await people.press(office, office, shown.message_id, EXPORT)
        await people.wait_for(office, shown.message_id, kind="document")
        told = await people.send_text(person, person, "今天清理违规广告牌匾12处")
        await people.wait_for(person, told.message_id, contains="请核对")
        assert program.returncode is None
    assert loaded(log, database) == set()


async def test_menus_are_set_only_where_they_changed_across_starts(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    """Everybody's menus come first and people's in order, so who comes last shows that no other was set."""
    cast = await assemble(database, people, units=2)
    for one in (account(cast.office), *cast.accounts):
        await people.start(one)
    everybodys, own = 3 * len(LOCALES), 3
    made: list[int] = []
    for arguments, expected in (((), everybodys + own), ((), 1), (("--menus",), everybodys + own)):
        if made:
            async with database.transaction() as session:
                roles = {Role.LEADER_IN_CHARGE} if len(made) == 1 else {Role.LIAISON}
                await contacts.set_roles(session, cast.contacts[-1].id or 0, roles)
        calls = await people.calls()
        last = calls[-1].number if calls else 0
        async with forge.program("run", *arguments, env=env, hurry=True) as bot:
            await people.wait_for_call("setMyCommands", after=last, count=expected)
            assert await bot.stop() == 0, bot.err.text
        made.append(len(await people.calls("*MyCommands", after=last)))
    assert made == [everybodys + own, 1, everybodys + own]
    buttons = await people.calls("setChatMenuButton")
    assert len(buttons) == 2, "at the first start, and with --menus"


async def test_a_paper_and_a_ledger_come_while_an_import_is_under_way(
    forge: Forge, env: dict[str, str], people: SandboxClient, database: Database
) -> None:
    cast = await assemble(database, people)
    office = account(cast.office)
    await people.fail("download", mode="hang")
    async with forge.program("run", env=env, hurry=True) as bot:
        await people.start(office)
        await people.send_document(office, office, sheet(task()), name="任务分解表.xlsx")
        await people.wait_for_call("download", answered=False)
        for command, says, button, name in (
            ("/ladder", LADDER, EXPORT, "催办规则"),
            ("/orders", " 件", LEDGER, "创城台账"),
        ):
            asked = await people.send_text(office, office, command)
            shown = await people.wait_for(office, asked.message_id, contains=says)
            await people.press(office, office, shown.message_id, button)
            made = await people.wait_for(office, shown.message_id, kind="document")
            assert made.media["file_name"].startswith(name)
        async with database.reading() as session:
            job = await session.get(Job, 1)
        assert job is not None
        assert job.state is JobState.WAITING, "the import still holds its line"
        assert await bot.stop() == 0, bot.err.text
