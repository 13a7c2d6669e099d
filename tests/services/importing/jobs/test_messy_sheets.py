"""Twelve sheets as offices make them, imported as by chat and compared with what an officer means by them.

``tests/data/messy/labels.toml`` says that of every line. What an officer would ask about may be asked by a
button or go back with its reason; what they can read may not go back. Nothing may be lost in silence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from openpyxl import load_workbook

from models.db import Database
from services.campaign import Campaign
from services.importing.plans.previews import Section
from tests.services.importing.messy_desk import (
    FOLDER,
    LABELS,
    Label,
    MessyDesk,
    MessyImport,
    StoredTask,
    squeezed,
)

# A Tuesday, 08:45 in Shanghai.
TODAY: Final = datetime(2026, 12, 1, 0, 45, tzinfo=UTC)
ENCODINGS: Final = {"06-utf8.csv": "utf-8-sig", "07-gbk.csv": "gbk"}
REASONS: Final = {
    "unit": ("没有填写责任单位", "不在花名册中"),
    "date": ("没有填写完成时限", "无法识别"),
    "standard": ("没有填写工作标准",),
}


@pytest.mark.parametrize("name", sorted(LABELS))
async def test_a_sheet_is_understood_as_an_officer_means_it(
    database: Database, campaign: Campaign, name: str
) -> None:
    desk = await MessyDesk(database, campaign, TODAY).set_up()
    done = await desk.import_messy(name)
    assert done.lines
    found = list(differences(done))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for name in sorted(LABELS) if name.endswith(("xlsx", "csv"))])
def test_the_labels_name_every_row_of_the_body(name: str) -> None:
    """From the first labelled row on, each row in which something stands has one label."""
    labels = LABELS[name]
    labelled = [(one.get("sheet"), one["row"]) for one in (*labels["lines"], *labels.get("none", ()))]
    assert len(labelled) == len(set(labelled))
    for sheet, rows in _filled_rows(name):
        here = {row for of, row in labelled if of in {None, sheet}}
        if here:
            assert {row for row in rows if row >= min(here)} == here


def _filled_rows(name: str) -> Iterator[tuple[str, set[int]]]:
    data = (FOLDER / name).read_bytes()
    if name in ENCODINGS:
        lines = csv.reader(io.StringIO(data.decode(ENCODINGS[name]), newline=""))
        yield "", {number for number, line in enumerate(lines, 1) if any(line)}
        return
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        if sheet.sheet_state == "visible":
            rows = enumerate(sheet.iter_rows(values_only=True), 1)
            yield sheet.title, {number for number, row in rows if any(value is not None for value in row)}


def differences(done: MessyImport) -> Iterator[str]:
    """Where the program and the officer differ, in words."""
    yield from _accounts(done)
    for label in done.lines:
        where = f"row {label['row']} ({label['task']})"
        for said in (
            *_stored(done, label),
            *_returned(done, label),
            *_asked(done, label),
            *_told(done, label),
        ):
            yield f"{where}: {said}"
    yield from _units(done)
    yield from _beside(done)
    yield from (f"the officer's answer is not offered: {key}" for key in done.not_offered)


def _accounts(done: MessyImport) -> Iterator[str]:
    """Each line is stored or goes back, once; each other row is named as no task."""
    refused = len(done.remarks.get(Section.REFUSED, ()))
    hidden = sum(bool(one.get("hidden")) for one in done.lines)
    if not len(done.lines) - hidden <= len(done.stored) + refused <= len(done.lines):
        yield f"{len(done.lines)} lines, but {len(done.stored)} tasks and {refused} lines that go back"
    for label in done.lines:
        times = len(done.stored_for(label)) + len(done.returned(label))
        if times != 1 and not (times == 0 and label.get("hidden")):
            yield f"row {label['row']} is accounted for {times} times"
    for none in done.of("none"):
        shown = none["words"].partition("、")[2] or none["words"]
        if not _is_said(done, shown, Section.MEANINGS):
            yield f"row {none['row']} is not named as no task: {none['words']}"


def _stored(done: MessyImport, label: Label) -> Iterator[str]:
    for task in done.stored_for(label):
        if "back" in label:
            yield "stored, but it should go back"
            continue
        meant = StoredTask(
            squeezed(label["task"]),
            squeezed(label["standard"]),
            label["lead"],
            frozenset(label.get("with", ())),
            label.get("leader", ""),
            label.get("person", task.person),
            label.get("person", ""),
            label.get("by"),
            label.get("every"),
        )
        if task != meant:
            yield f"stored as {task}, meant as {meant}"


def _returned(done: MessyImport, label: Label) -> Iterator[str]:
    """A line goes back only for a reason that an officer would ask about, too, and says so."""
    for said in done.returned(label):
        if "back" in label:
            if not any(reason in said for reason in REASONS[label["back"]]):
                yield f"goes back for another reason than the {label['back']}: {said}"
        elif "ask" not in label and not any(
            one["ask"] == "must" and f"“{one['said']}”" in said for one in done.of("units")
        ):
            yield f"goes back, but an officer can read it: {said}"


def _asked(done: MessyImport, label: Label) -> Iterator[str]:
    if (kind := label.get("ask")) and not done.asked_about(kind, label) and not done.returned(label):
        yield f"read without a question about the {kind}"


def _told(done: MessyImport, label: Label) -> Iterator[str]:
    if label.get("hidden") and not any("隐藏" in said for said in done.warned(label)):
        yield "nothing says that the row is hidden"
    if (unknown := label.get("unknown")) and not _is_said(done, unknown):
        yield f"nothing says that {unknown} is unknown"


def _units(done: MessyImport) -> Iterator[str]:
    """A word for units is asked about, or stands with its meaning; a group may state its number."""
    for one in done.of("units"):
        quoted, means = f"“{one['said']}”", one["means"]
        said = [line for line in done.said() if quoted in line]
        explained = any(
            all(unit in line for unit in means) or f"{len(means)} 个单位" in line for line in said
        )
        asked = any(f"{kind}:{one['said']}" in done.asked for kind in ("unit", "helper"))
        if not (asked or (explained and one["ask"] != "must") or _goes_back(said)):
            yield f"{quoted} is neither asked about nor explained as {means}: {said}"


def _goes_back(said: list[str]) -> bool:
    return any(line.startswith("✗") for line in said)


def _beside(done: MessyImport) -> Iterator[str]:
    """What is not imported, and which words have a meaning, is said."""
    for column in done.of("columns"):
        if not column["field"] and not _is_said(done, f"{column['said']}”列", Section.NOTICES):
            yield f"nothing says that the column {column['said']} is not imported"
    for name in done.of("not_imported"):
        if not _is_said(done, name, Section.NOTICES):
            yield f"nothing says that this is not imported: {name}"
    for meaning in done.of("meanings"):
        words = (meaning["said"], *meaning["means"])
        if not any(all(word in line for word in words) for line in done.said(Section.MEANINGS)):
            yield f"nothing says what {meaning['said']} means: {meaning['means']}"


def _is_said(done: MessyImport, words: str, *sections: Any) -> bool:
    return any(words in line for line in done.said(*sections))
