"""Every migration works on a database with data, and a kill in the middle leaves it unchanged."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import IntegrityError

import models.upgrade
from bot.backups import making, restoring
from bot.receiving.raw_updates import subject_of
from models.db import Database
from models.schema_releases import PROGRAM
from models.tables import METADATA
from models.upgrade import HEAD, MIGRATIONS, UnknownRevisionError, upgrade
from services.campaign import Campaign
from services.delivery.restoration import LastNumbers
from tests.bot.backups.desk import path_to_postgres
from tests.conftest import NOW
from tests.support import releases
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge
from tests.support.releases import NEXT, PastReleases, rows_of, shape_of, snapshot

pytestmark = pytest.mark.both_engines("migrations")

PROGRAMS = sorted(path.name[:4] for path in (MIGRATIONS / "versions").rglob("[0-9]*.py"))
"""The program's own revisions. Until there are two, the tests use a revision that only they know."""
Read = TypeVar("Read")
STEPS = [*pairwise(PROGRAMS), (PROGRAMS[-1], NEXT)]
GONE = {
    ("task", "remark"),
    ("task", "reports_since"),
    *((table, column) for table in ("nag", "snooze") for column in ("task_id", "case_id")),
}
"""Columns that a release drops."""

CATEGORY = (
    "INSERT INTO category (id, area, name, unit_id, tier, limit_amount, limit_unit, standard, radius_m,"
    " active, position, updated_at) VALUES (9, '街面', '占道', {unit}, {tier}, {limit}, 'working_hour',"
    " '清净', 250, true, 0, '2026-12-15 00:45:00')"
)
FIGURE = (
    "INSERT INTO figure (id, report_id, revision, metric_id, filed_under, mode, stated, added, approx)"
    " SELECT 9, report_id, revision, metric_id, filed_under, {mode}, stated, added, approx"
    " FROM figure WHERE id = 1"
)

REFUSED = (
    "UPDATE contact SET state = 'gone'",
    "UPDATE task SET state = 'lost'",
    "UPDATE task SET deadline = NULL, frequency = 'hourly'",
    "UPDATE task SET deadline = NULL, frequency = NULL",
    "UPDATE task SET handed_out_at = NULL",
    "UPDATE evidence SET kind = 'smell'",
    "UPDATE progress_report SET percent = 101",
    "UPDATE progress_report SET receipt_no = '' WHERE id = 1",
    "UPDATE group_chat SET tier = 'street', unit_id = 1",
    "UPDATE group_chat SET unit_id = 99",
    "DELETE FROM task WHERE id = 1",
    "UPDATE draft SET kind = 'poem'",
    "UPDATE draft SET case_id = 99",
    "UPDATE note SET task_id = 99",
    CATEGORY.format(unit="NULL", tier="NULL", limit=40_000),
    CATEGORY.format(unit="1", tier="'street'", limit=40_000),
    CATEGORY.format(unit="1", tier="NULL", limit=0),
    FIGURE.format(mode="mode"),
)


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.create("old_release")
        database = Database(server.url("old_release"))
    yield database
    await database.close()
    if request.param == "postgres":
        server.drop("old_release")


@pytest.fixture
async def old(empty: Database, past: PastReleases) -> Database:
    """A database as the program's last release left it, with rows in every table."""
    await past.fill(empty, HEAD)
    return empty


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> PastReleases:
    """Databases of all revisions, each made from the one before when a test wants it."""
    return PastReleases(tmp_path_factory.mktemp("releases"), lambda: request.getfixturevalue("postgres"))


async def read(database: Database, what: Callable[[Connection], Read]) -> Read:
    async with database.engine.connect() as connection:
        return await connection.run_sync(what)


async def revision_of(database: Database) -> str:
    async with database.engine.connect() as connection:
        found = await connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        return str(found.scalar_one())


@pytest.fixture
def next_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Turn the program into the next release, and return the folder of its migrations."""
    folder = releases.with_next_release(tmp_path)
    monkeypatch.setattr(models.upgrade, "MIGRATIONS", folder)
    monkeypatch.setattr(models.upgrade, "HEAD", NEXT)
    return folder


@pytest.mark.usefixtures("next_release")
@pytest.mark.parametrize(("before", "after"), STEPS)
async def test_all_data_is_there_afterwards(
    empty: Database, past: PastReleases, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    await past.fill(empty, before)
    old_rows = await read(empty, rows_of)
    assert {len(rows) for rows in old_rows.values()} == {len(releases.NUMBERS)}
    monkeypatch.setattr("models.upgrade.upgrade_to_head", lambda one: releases.upgrade_to(one, after))
    await upgrade(empty)
    new_rows = await read(empty, rows_of)
    assert await revision_of(empty) == after
    kept = {
        name: [{key: row[key] for key in row if (name, key) not in GONE} for row in rows]
        for name, rows in old_rows.items()
        if name != "schema_release"  # the upgrade notes itself there
    }
    found = {
        name: [{key: row.get(key, "?") for key in old} for row, old in zip(new_rows[name], rows, strict=True)]
        for name, rows in kept.items()
    }
    assert found == kept


@pytest.mark.usefixtures("next_release")
async def test_what_a_migration_moves_is_moved(old: Database) -> None:
    before = await read(old, rows_of)
    await upgrade(old)
    after = await read(old, rows_of)
    assert after["note"] == [
        {"id": row["id"], "task_id": row["id"], "text": row["remark"]} for row in before["task"]
    ]
    assert [row["handed_out_at"] for row in after["task"]] == [row["assigned_at"] for row in before["task"]]


@pytest.mark.usefixtures("next_release")
async def test_a_nag_stays_about_what_it_was(
    empty: Database, past: PastReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past.fill(empty, "0006")
    async with empty.engine.begin() as connection:
        for table in ("nag", "snooze"):
            of_case = f"UPDATE {table} SET task_id = NULL, case_id = 2 WHERE id = 2"  # noqa: S608  # our tables
            await connection.execute(sa.text(of_case))
    monkeypatch.setattr("models.upgrade.upgrade_to_head", lambda one: releases.upgrade_to(one, "0007"))
    await upgrade(empty)
    after = await read(empty, rows_of)
    for table in ("nag", "snooze"):
        assert [(row["subject"], row["subject_id"]) for row in after[table]] == [("task", 1), ("case", 2)]


@pytest.mark.usefixtures("next_release")
async def test_an_update_that_comes_again_after_the_upgrade_is_the_same_one(
    empty: Database, past: PastReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The migration names the subjects of stored updates as intake does."""
    update = {"update_id": 1, "edited_message": {"message_id": 5, "chat": {"id": -7}, "edit_date": 9}}
    await past.fill(empty, "0009")
    async with empty.engine.begin() as connection:
        stored = sa.text("UPDATE inbox SET payload = :payload WHERE id = 2")
        await connection.execute(stored, {"payload": json.dumps(update)})
    monkeypatch.setattr("models.upgrade.upgrade_to_head", lambda one: releases.upgrade_to(one, "0010"))
    await upgrade(empty)
    after = await read(empty, rows_of)
    assert [row["subject"] for row in after["inbox"]] == ["", subject_of(update)]


@pytest.mark.usefixtures("next_release")
async def test_only_what_a_migration_names_has_other_rules_afterwards(old: Database) -> None:
    before = await read(old, shape_of)
    await upgrade(old)
    after = await read(old, shape_of)
    changed = {
        (table, part, name)
        for table in before.keys() | after.keys()
        for part in after[table]
        for name in before.get(table, {}).get(part, {}).keys() | after[table][part].keys()
        if before.get(table, {}).get(part, {}).get(name) != after[table][part].get(name)
    }
    assert {one for one in changed if one[0] != "note"} == {
        ("task", "columns", "remark"),
        ("task", "columns", "handed_out_at"),
        ("task", "checks", "ck_task_frequency"),
        ("figure", "unique", "uq_figure_report_id_revision_filed_under"),
        ("figure", "unique", "uq_figure_report_id_revision_filed_under_mode"),
        *(
            ("figure", "indexes", f"uq_figure_report_id_revision_filed_under{mode}")
            for mode in ("", "_mode")
            if not old.is_sqlite  # PostgreSQL also lists the index behind a unique key
        ),
        ("progress_report", "indexes", "ix_progress_report_counted_at"),
        ("progress_report", "indexes", "ix_progress_report_about_day"),
        ("progress_report", "checks", "ck_progress_report_numbered"),
    }
    assert "text IS NOT NULL" in str(after["note"]["indexes"]["ix_note_written"])


@pytest.mark.usefixtures("next_release")
async def test_the_rules_of_the_tables_hold_afterwards(old: Database) -> None:
    await upgrade(old)
    taken = []
    for statement in REFUSED:
        try:
            async with old.engine.begin() as connection:
                await connection.execute(sa.text(statement))
            taken.append(statement)
        except IntegrityError:
            continue
    assert taken == []


@pytest.mark.usefixtures("next_release")
async def test_new_values_are_taken_afterwards(old: Database) -> None:
    await upgrade(old)
    async with old.engine.begin() as connection:
        for statement in (
            "UPDATE contact SET state = 'left'",
            "UPDATE task SET state = 'returned' WHERE id = 1",
            "UPDATE task SET deadline = NULL, frequency = 'yearly' WHERE id = 2",
            "UPDATE task SET deadline = '2026-12-31', frequency = 'fortnightly' WHERE id = 1",
            "UPDATE evidence SET kind = 'video'",
            "UPDATE group_chat SET tier = 'street', unit_id = NULL",
            "UPDATE draft SET kind = 'feedback'",
            CATEGORY.format(unit="1", tier="NULL", limit=1),
            FIGURE.format(mode="'cumulative'"),
        ):
            await connection.execute(sa.text(statement))


async def test_one_draft_in_a_chat_besides_those_set_aside(
    empty: Database, past: PastReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past.fill(empty, "0019")
    before = await read(empty, rows_of)
    monkeypatch.setattr("models.upgrade.upgrade_to_head", lambda one: releases.upgrade_to(one, "0020"))
    await upgrade(empty)
    after = await read(empty, rows_of)
    assert [row["set_aside_at"] for row in after["draft"]] == [None, None]
    assert [{**row, "set_aside_at": None} for row in before["draft"]] == [dict(row) for row in after["draft"]]
    same = sa.text("UPDATE draft SET contact_id = 1, chat_id = 7")
    aside = sa.text("UPDATE draft SET set_aside_at = '2026-12-15 00:45:00' WHERE id = 2")
    with pytest.raises(IntegrityError):
        async with empty.engine.begin() as connection:
            await connection.execute(same)
    async with empty.engine.begin() as connection:
        await connection.execute(aside)
        await connection.execute(same)


async def test_killed_in_the_middle_it_is_as_before(old: Database, next_release: Path, forge: Forge) -> None:
    """The migration is killed at its first statement, the second, the fourth …, until it gets through."""
    before = await read(old, snapshot)
    url = old.url.render_as_string(hide_password=False)
    for kills in range(20):
        done = await forge.run(
            "import-roster",
            "missing.xlsx",
            env={"CHUANGCHENG_DATABASE_URL": url},
            release=[NEXT, str(next_release)],
            crash=["inside a migration", 2**kills],
        )
        if done.code != -signal.SIGKILL:
            break
        assert await read(old, snapshot) == before
    assert (done.code, kills > 4) == (2, True), done.err  # 2: there is no such file
    assert await revision_of(old) == NEXT
    assert len((await read(old, rows_of))["note"]) == 2


async def test_an_unknown_revision_names_the_program_that_made_it(old: Database) -> None:
    async with old.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
        await connection.execute(
            sa.text(
                "UPDATE schema_release SET revision = 'later', program = '9.9'"
                " WHERE revision = (SELECT min(revision) FROM schema_release)"
            )
        )
    with pytest.raises(UnknownRevisionError) as refused:
        await upgrade(old)
    assert (refused.value.revision, refused.value.program) == ("later", "9.9")


async def test_an_upgrade_says_which_program_made_it(empty: Database) -> None:
    await upgrade(empty)
    async with empty.engine.connect() as connection:
        rows = (await connection.execute(sa.text("SELECT revision, program FROM schema_release"))).all()
    assert [tuple(row) for row in rows] == [(HEAD, PROGRAM)]


async def test_a_newer_program_that_upgrades_meanwhile_is_seen(
    old: Database, next_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older program looks, waits for the lock of a newer one, and then finds what it does not know."""
    async with old.engine.begin() as connection:
        await connection.execute(
            sa.text("UPDATE alembic_version SET version_num = :to"), {"to": PROGRAMS[-2]}
        )
    look = models.upgrade._revision
    seen: list[str | None] = []

    def revision(connection: Connection) -> str | None:
        found = look(connection)
        seen.append(found)
        # The first look is over; the second one comes under the lock.
        return found if len(seen) == 1 else "later"

    monkeypatch.setattr(models.upgrade, "_revision", revision)
    with pytest.raises(UnknownRevisionError, match="later"):
        await upgrade(old)
    assert seen == [PROGRAMS[-2]] * 2


async def test_migrations_make_what_the_models_say(
    empty: Database, postgres: PostgresServer, tmp_path: Path
) -> None:
    await upgrade(empty)
    if empty.is_sqlite:
        model = Database(f"sqlite+aiosqlite:///{tmp_path / 'model.db'}")
    else:
        postgres.create("model")
        model = Database(postgres.url("model"))
    async with model.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        expected = await connection.run_sync(shape_of)
    await model.close()
    made = await read(empty, shape_of)
    assert made == expected
    partial = [one for table in made.values() for one in table["indexes"].values() if "where" in str(one)]
    checks = [one for table in made.values() for one in table["checks"].values()]
    assert (len(made), bool(partial), bool(checks)) == (len(METADATA.tables), True, True)


async def test_an_unknown_revision_is_left_alone(old: Database) -> None:
    """This includes a revision that alembic would take for a short name of ours."""
    for revision in ("0099_later", HEAD[:2], "head"):
        async with old.engine.begin() as connection:
            statement = sa.text("UPDATE alembic_version SET version_num = :to")
            await connection.execute(statement, {"to": revision})
        before = await read(old, snapshot)
        with pytest.raises(UnknownRevisionError, match=revision):
            await upgrade(old)
        assert await read(old, snapshot) == before


async def test_a_backup_of_an_older_release_is_upgraded_by_its_restore(
    empty: Database,
    past: PastReleases,
    postgres: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", path_to_postgres())
    await past.fill(empty, "0011")
    before = await read(empty, rows_of)
    file = tmp_path / "old.backup"
    await making.make(empty.url, file, NOW)
    place = make_url(f"sqlite+aiosqlite:///{tmp_path / 'restored.db'}")
    if not empty.is_sqlite:
        postgres.create("restored")
        place = make_url(postgres.url("restored"))
    try:
        await restoring.restore(file, place, Campaign(), NOW, LastNumbers({}, {}))
        restored = Database(place.render_as_string(hide_password=False))
        assert await revision_of(restored) == HEAD
        after = await read(restored, rows_of)
        await restored.close()
    finally:
        if not empty.is_sqlite:
            postgres.drop("restored")
    assert [row["id"] for row in after["task"]] == [row["id"] for row in before["task"]]
    assert len(after["restoration"]) == 1
