"""The shape of the house: no folder too wide, no file too long, and each folder of services says what it
is, what it imports and where to start."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
ROOMS: Final = (
    *("bot", "handlers", "scheduler", "demo", "services"),
    *("reports", "models", "rules", "locales", "sandbox"),
)
MOST_FILES: Final = 30
MOST_LINES: Final = 400
# Each subject has one word, which names its folder or module on every floor.
SUBJECTS: Final = (
    *("drafts", "duties", "people", "tasks", "breakdown", "tallies", "groups", "progress"),
    *("activities", "notices", "work_reports", "cases", "nags", "importing", "office", "delivery"),
)


def _files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_is_too_wide(room: str) -> None:
    folders = {path.parent for path in _files(room)}
    assert folders
    wide = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in wide.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_is_too_long(room: str) -> None:
    files = [path for path in _files(room) if "migrations" not in path.parts]
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize("folder", [path.parent for path in _files("services") if path.name == "__init__.py"])
def test_each_folder_of_services_says_what_it_is(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    assert said is not None
    assert 1 <= len(said.splitlines()) <= 5
    words = " ".join(said.split())
    assert "Start with" in words
    assert "Imports" in words or folder.parent == ROOT


def test_a_class_name_is_used_once() -> None:
    texts = [path.read_text("utf-8") for room in ROOMS for path in _files(room)]
    names = Counter(name for text in texts for name in re.findall(r"^ *class ([A-Z]\w*)", text, re.MULTILINE))
    assert len(names) > 400
    assert {name for name, times in names.items() if times > 1} == set()


def test_a_subject_has_one_word_on_every_floor() -> None:
    """Services and their tests have a folder for each subject; other floors name no folder otherwise."""
    for floor in ("services", "tests/services"):
        found = {path.name for path in (ROOT / floor).iterdir() if (path / "__init__.py").exists()}
        assert found == set(SUBJECTS)
    for floor in ("rules", "models", "handlers/actions", "locales/zh", "locales/en", "tests/rules"):
        kept = [*(ROOT / floor).glob("*/*.py"), *(ROOT / floor).glob("*/*.toml")]
        assert {path.parent.name for path in kept} - {"migrations"} <= set(SUBJECTS)
