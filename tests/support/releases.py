"""Databases of one release that the next release upgrades: their rows, and the rules of their tables."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import ReflectedCheckConstraint

from models.db import Database
from models.upgrade import MIGRATIONS, alembic_config
from tests.support.postgres import PostgresServer

NEXT: Final = "next"
_OF_THE_TESTS: Final = Path(__file__).parents[1] / "models" / "next_release"
# Each table has two rows, so that a row can refer to another one.
NUMBERS: Final = (1, 2)
# The values that a table's rules ask for when a rule concerns more than one column.
_SPECIAL: Final[Mapping[tuple[str, str], Mapping[int, Any]]] = {
    ("absence", "deputy_id"): {1: 2, 2: 1},
    ("category", "tier"): {1: None, 2: None},
    ("group_chat", "tier"): {1: None, 2: None},
    ("ladder_policy", "rungs"): {1: [], 2: []},
    ("nag", "case_id"): {1: None, 2: None},  # of the first release
    ("office_section", "subject"): {1: "people", 2: "cases"},
    ("picture", "contact_id"): {1: None, 2: None},
    ("snooze", "case_id"): {1: None, 2: None},
    ("task", "frequency"): {1: None, 2: None},
}
_VALUES: Final[Mapping[type[Any], Mapping[int, Any]]] = {
    sa.Boolean: {1: True, 2: False},
    sa.Integer: {1: 1, 2: 2},
    sa.Float: {1: 1.5, 2: 2.5},
    sa.Date: {1: date(2026, 12, 1), 2: date(2026, 12, 2)},
    sa.Time: {1: time(21), 2: time(22, 30)},
    sa.JSON: {1: {"is": 1}, 2: {"is": 2}},
    sa.LargeBinary: {1: b"1", 2: b"2"},
}
_SQLITE: Final = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
_POSTGRES: Final = """
    SELECT table_name, column_name, concat_ws(
        ' ', data_type, character_maximum_length, numeric_precision, numeric_scale,
        is_nullable, column_default
    )
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Shape = Mapping[str, Mapping[str, Any]]
_tables: dict[str, list[sa.Table]] = {}


def with_next_release(folder: Path) -> Path:
    """Make alembic's folder in ``folder``: the program's revisions, and NEXT after them."""
    made = folder / "migrations"
    shutil.copytree(MIGRATIONS, made, ignore=shutil.ignore_patterns("__pycache__"))
    for path in _OF_THE_TESTS.glob("*.py"):
        shutil.copy(path, made / "versions")
    return made


class PastReleases:
    """Databases of each revision, without rows and with rows in every table.

    A test gets a copy, for twelve migrations take their time, and so does it to find out what to fill in.
    """

    def __init__(self, folder: Path, server: Callable[[], PostgresServer]) -> None:
        self._folder = folder
        self._server = server
        self._made: dict[tuple[bool, str], str] = {}
        self._filled: dict[tuple[bool, str], str] = {}

    async def fill(self, database: Database, revision: str) -> None:
        """Let an empty database be of that revision, with rows in every table."""
        is_sqlite = database.is_sqlite
        if (is_sqlite, revision) not in self._filled:
            empty = await self._template(is_sqlite, revision)
            made = await self._make(is_sqlite, f"{revision}_filled", empty, fill)
            self._filled[is_sqlite, revision] = made
        self._copy(self._filled[is_sqlite, revision], database)

    async def _template(self, is_sqlite: bool, revision: str) -> str:
        """The file or the name of the database of a revision."""
        if (is_sqlite, revision) not in self._made:
            before = _revision_before(revision)
            earlier = None if before is None else await self._template(is_sqlite, before)
            made = await self._make(is_sqlite, revision, earlier, lambda one: upgrade_to(one, revision))
            self._made[is_sqlite, revision] = made
        return self._made[is_sqlite, revision]

    async def _make(
        self, is_sqlite: bool, name: str, earlier: str | None, change: Callable[[Connection], None]
    ) -> str:
        """Make a database of what another one holds and a change of it; return its file or its name."""
        place = str(self._folder / name) if is_sqlite else f"release_{name}"
        url = f"sqlite+aiosqlite:///{place}" if is_sqlite else self._server().url(place)
        database = Database(url)
        if not is_sqlite:
            self._server().create(place)
        if earlier is not None:
            self._copy(earlier, database)
        async with database.engine.begin() as connection:
            await connection.run_sync(change)
        await database.close()
        return place

    def _copy(self, template: str, to: Database) -> None:
        if to.is_sqlite:
            shutil.copy(template, str(to.url.database))
            return
        name = str(to.url.database)
        self._server().drop(name)
        self._server().create(name, template)


def _revision_before(revision: str) -> str | None:
    script = ScriptDirectory.from_config(alembic_config(None)).get_revision(revision)
    before = script.down_revision
    return before if isinstance(before, str) else None


def upgrade_to(connection: Connection, revision: str) -> None:
    command.upgrade(alembic_config(connection), revision)


def tables_of(connection: Connection) -> list[sa.Table]:
    """The tables as the database has them, not as the newest models do; referred-to tables come first.

    Of databases with the same catalogue one is asked.
    """
    catalogue = "\n".join(_catalogue_of(connection))
    if catalogue not in _tables:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        _tables[catalogue] = [one for one in metadata.sorted_tables if one.name != "alembic_version"]
    return _tables[catalogue]


def _catalogue_of(connection: Connection) -> list[str]:
    """All that the database says of its tables."""
    asked = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    return [str(row) for row in connection.execute(sa.text(asked))]


def fill(connection: Connection) -> None:
    """Insert two rows into every table, with a value in every column that may have one."""
    inspector = sa.inspect(connection)
    for table in tables_of(connection):
        checks = inspector.get_check_constraints(table.name)
        rows = [{column.name: _value(column, n, checks) for column in table.c} for n in NUMBERS]
        connection.execute(sa.insert(table), rows)


def _value(column: sa.Column[Any], n: int, checks: Sequence[ReflectedCheckConstraint]) -> Any:
    special = _SPECIAL.get((column.table.name, column.name))
    if special is not None:
        return special[n]
    if isinstance(column.type, sa.String):
        return _listed(column.name, checks) or f"{n} {column.name}"[: column.type.length]
    if isinstance(column.type, sa.DateTime):
        return datetime(2026, 12, n, 1, tzinfo=UTC if column.type.timezone else None)
    return next(value for type_, value in _VALUES.items() if isinstance(column.type, type_))[n]


def _listed(name: str, checks: Sequence[ReflectedCheckConstraint]) -> str | None:
    """The first value that a CHECK of this column lists."""
    for check in checks:
        value = re.search(r"'(\w+)'", check["sqltext"])
        if value and re.search(rf"(?<!')\b{name}\b(?!')", check["sqltext"]):
            return value[1]
    return None


def rows_of(connection: Connection) -> Rows:
    """All rows of the database, by table."""
    return {
        table.name: [
            dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
        ]
        for table in tables_of(connection)
    }


def snapshot(connection: Connection) -> list[str]:
    """All that the database holds, with its rules and revision; quick to make, and only good to compare."""
    names = sa.inspect(connection).get_table_names()
    queries = [f'SELECT * FROM "{name}" ORDER BY 1' for name in names]  # noqa: S608  # our tables
    rows = [str(row) for query in queries for row in connection.execute(sa.text(query))]
    return _catalogue_of(connection) + rows


def shape_of(connection: Connection) -> Shape:
    """Each table's columns, keys, rules and indexes, as the database itself knows them."""
    inspector = sa.inspect(connection)
    return {
        name: {
            "columns": {
                column["name"]: (repr(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(name)
            },
            "primary key": _named([inspector.get_pk_constraint(name)]),
            "unique": _named(inspector.get_unique_constraints(name)),
            "foreign keys": _named(inspector.get_foreign_keys(name)),
            "checks": _named(inspector.get_check_constraints(name)),
            "indexes": _named(inspector.get_indexes(name)),
        }
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def _named(found: Sequence[Any]) -> dict[str, dict[str, str]]:
    """The found things by name; a partial index's condition is a clause that only compares as text."""
    return {one["name"]: {key: _text(value) for key, value in one.items()} for one in found}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str({key: _text(one) for key, one in sorted(value.items())})
    return " ".join(str(value).split())
