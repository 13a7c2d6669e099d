"""Each place in the code that makes a button names an action, and arguments that this action takes.

The types are checked where a test makes the button (``tests/conftest.py``). This finds the buttons that no
test makes, too.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING
from pathlib import Path
from typing import Final

import pytest

from handlers import actions
from handlers.actions import ACTIONS, STRANGERS
from handlers.binding import Binding

ROOT: Final = Path(__file__).parents[2]
# What makes a button: the place of the action among its parameters, and the arguments that it adds itself.
MAKERS: Final = {
    "button": (1, set[str]()),
    "draft_button": (1, {"revision"}),
    "paging": (0, {"offset"}),
    "person_button": (0, set[str]()),
    "ruling_button": (1, {"case_id", "event", "seen", "until"}),
    "step_button": (1, {"case_id", "seen"}),
    "task_button": (1, {"task_id"}),
}
# The parameters of ``paging`` itself.
OF_PAGES: Final = {"page", "labels"}
# Any button may say these (``handlers.binding``).
BESIDE: Final = {"account", "seen"}
# So many calls name their action in place; the others build its name.
LEAST: Final = 200


def calls() -> Iterator[tuple[str, str, ast.Call, set[str]]]:
    """Where a button is made, its action, the call, and the arguments that it gives for sure."""
    for room in ("services", "handlers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                maker = getattr(call.func, "id", getattr(call.func, "attr", ""))
                at, adds = MAKERS.get(maker, (len(call.args), set[str]()))
                action = call.args[at] if at < len(call.args) else None
                if isinstance(action, ast.Constant) and isinstance(action.value, str):
                    named = {word.arg for word in call.keywords if word.arg is not None}
                    named -= OF_PAGES if maker == "paging" else set()
                    yield f"{path.relative_to(ROOT)}:{call.lineno}", action.value, call, named | adds


def names_of(binding: Binding) -> tuple[set[str], set[str]]:
    """The names of all arguments, and of those that have no default."""
    names, needed = set(binding.takes), set[str]()
    for name, (wanted, default) in binding.takes.items():
        fields = getattr(wanted, "__dataclass_fields__", {})
        names |= set(fields)
        if not fields and default is MISSING:
            needed.add(name)
    return names, needed


def fault_of(action: str, call: ast.Call, given: set[str]) -> str | None:
    binding = STRANGERS.get(action) or ACTIONS.get(action)
    if binding is None:
        return f"no action {action}"
    names, needed = names_of(binding)
    if unknown := given - names - BESIDE:
        return f"{action} takes no {sorted(unknown)}"
    # What is unpacked (**said) may give any argument.
    whole = all(word.arg is not None for word in call.keywords)
    return f"{action} lacks {sorted(needed - given)}" if whole and needed - given else None


def test_each_button_names_what_follows_and_what_that_takes() -> None:
    found = list(calls())
    assert len(found) > LEAST
    faults = {where: fault_of(action, call, given) for where, action, call, given in found}
    assert {where: fault for where, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        ('button("x.y_button", "task.card", None, task_id=1)', None),
        ('button("x.y_button", "task.card", None, **said)', None),
        ('button("x.y_button", "task.card", None)', "task.card lacks ['task_id']"),
        ('button("x.y_button", "task.card", None, task_id=1, more=2)', "task.card takes no ['more']"),
        ('button("x.y_button", "task.crad", None, task_id=1)', "no action task.crad"),
    ],
)
def test_a_wrong_one_is_seen(made: str, fault: str | None) -> None:
    call = ast.parse(made, mode="eval").body
    assert isinstance(call, ast.Call)
    given = {word.arg for word in call.keywords if word.arg is not None}
    action = call.args[1]
    assert isinstance(action, ast.Constant)
    assert fault_of(str(action.value), call, given) == fault


def test_no_two_tables_name_the_same_button_or_answer() -> None:
    tables = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(actions.__path__, f"{actions.__name__}.")
        if not found.ispkg
    ]
    for kind, whole in (("ACTIONS", actions.ACTIONS), ("ANSWERS", actions.ANSWERS)):
        named = [name for table in tables for name in getattr(table, kind, ())]
        assert sorted(named) == sorted(whole)
