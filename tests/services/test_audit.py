"""The audit is append-only: nothing in the program changes or deletes one of its rows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "scheduler", "demo", "services", "reports", "models", "rules")
CHANGES = frozenset({"update", "delete", "merge", "bulk_update_mappings"})
SQL = re.compile(r"\b(?:update|delete\s+from|truncate|drop\s+table)\s+\"?audit\b", re.IGNORECASE)


def files() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def offences(source: str) -> list[int]:
    """Lines that change or delete rows of the audit.

    These are ``update(Audit)``, ``delete(row of it)``, raw SQL, and a row's field that is set anew.
    """
    found = []
    rows = {"audit", "audit_row"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            named = {
                part.id for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Name)
            }
            if name in CHANGES and named & {"Audit", *rows}:
                found.append(node.lineno)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "sa.update(Audit).values(event='x')",
        "session.execute(delete(Audit).where(Audit.id == 1))",
        "session.delete(audit)",
        "sa.text('DELETE FROM audit WHERE id = 1')",
        "sa.text('update audit set event = 1')",
    ],
)
def test_an_offence_is_found(source: str) -> None:
    assert offences(source) == [1]


@pytest.mark.parametrize("source", ["select(Audit)", "session.add(Audit(event='x'))", "sa.delete(Button)"])
def test_what_is_allowed(source: str) -> None:
    assert offences(source) == []


def test_no_row_is_changed_or_deleted() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        for number in offences(path.read_text("utf-8"))
    }
    assert not found


def test_rows_are_made_in_one_place() -> None:
    makers = {
        path.relative_to(ROOT).as_posix()
        for path in files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Audit"
    }
    assert makers == {"services/audit.py"}
