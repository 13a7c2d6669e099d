"""The texts that the code names, read from its syntax trees.

The code names a key in one of three ways: as the first argument of a call that makes a text, as any
other literal in the form of a key (``"tasks.completed" if new else …``, a table of titles), or as an
f-string (``f"common.lamp.{lamp}"``). An f-string is a pattern with ``{}`` for each part that is filled in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from handlers.actions import ACTIONS
from locales import LOCALES, keys

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("bot", "handlers", "scheduler", "demo", "services", "reports", "locales")

CHECK: Final = ROOT / "locales" / "check.py"
"""This file is left out: it names texts only to check them, and shows them to nobody."""

MAKERS: Final[Mapping[str, str]] = {
    "Text": "",
    "say": "",
    "DomainError": "",
    "UsageError": "",
    "FatalError": "",
    "ImportFileError": "importing.file.",
}
"""The calls whose first argument is a key, with the prefix that each puts before it."""

BUTTONS: Final = frozenset({"button", "copy_button", "step_button", "draft_button", "task_button"})
"""The calls whose first argument may be the key of a text that needs no values; theirs are the button's."""

_FILES: Final = "|".join(sorted({key.split(".")[0] for locale in LOCALES for key in keys(locale)}))
_KEY_FORM: Final = re.compile(rf"(?:{_FILES})(?:\.[a-z][a-z_]*)+")
_PATTERN_FORM: Final = re.compile(rf"(?:{_FILES})\.[a-z_.{{}}]+")

_QUOTED: Final = r"""(?:"[a-z_.]*"|'[a-z_.]*')"""
_TEMPLATE_KEY: Final = re.compile(
    rf"""["'](?={_FILES})(?:{_FILES})\.[a-z_.]*["'](?:\s*~\s*(?:[\w.]+|{_QUOTED}))*"""
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A key or pattern, and the place that names it (``services/tasks/task_steps.py:65``)."""

    key: str
    place: str

    @property
    def file(self) -> str:
        return self.place.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that makes the text ``key`` with exactly these values; calls with ``**`` are not listed."""

    key: str
    values: frozenset[str]
    place: str


@dataclass(slots=True)
class Usage:
    """All mentions of texts that were found in the code.

    ``words``: every string literal of a file. ``unreadable``: places that build a key in a way that cannot
    be followed, such as ``"tasks." + name``.
    """

    keys: list[Mention] = field(default_factory=list)
    patterns: list[Mention] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    words: dict[str, set[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@cache
def usage() -> Usage:
    """Read the mentions in all files of all rooms."""
    found = Usage()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path == CHECK:
                continue
            Reader(path.relative_to(ROOT).as_posix(), found).visit(ast.parse(path.read_text("utf-8")))
    for path in sorted((ROOT / "demo" / "page" / "templates").glob("*.html")):
        read_template(path.read_text("utf-8"), path.relative_to(ROOT).as_posix(), found)
    return found


def read_template(text: str, file: str, found: Usage) -> None:
    """Add the mentions in a template: ``"page.chat.ok"``, or ``"page.walk." ~ name ~ ".title"``.

    Its words are those of the code beside it, from which its values come.
    """
    beside = file.rpartition("/templates/")[0] + "/"
    words = (words for other, words in found.words.items() if other.startswith(beside))
    found.words[file] = set().union(*words)
    for match in _TEMPLATE_KEY.finditer(text):
        place = f"{file}:{text.count(chr(10), 0, match.start()) + 1}"
        parts = [part.strip() for part in match[0].split("~")]
        key = "".join(part[1:-1] if part[0] in "\"'" else "{}" for part in parts)
        (found.patterns if "{}" in key else found.keys).append(Mention(key, place))


class Reader(ast.NodeVisitor):
    """Adds the mentions in one file to ``found``."""

    def __init__(self, file: str, found: Usage) -> None:
        self._file = file
        self._found = found
        self._words = found.words.setdefault(file, set())

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name in MAKERS and node.args:
            for argument in _alternatives(node.args[0]):
                self._read_key(node, argument, MAKERS[name], [keyword.arg for keyword in node.keywords])
        elif name in BUTTONS and node.args:
            for argument in _alternatives(node.args[0]):
                self._read_key(node, argument, "", [])
        self.generic_visit(node)

    def _read_key(
        self, call: ast.Call, argument: ast.expr, prefix: str, values: Sequence[str | None]
    ) -> None:
        place = self._place(call)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            key = prefix + argument.value
            self._found.keys.append(Mention(key, place))
            if None not in values:
                self._found.calls.append(Call(key, frozenset(filter(None, values)), place))
        elif _is_unreadable(argument, prefix):
            self._found.unreadable.append(place)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._words.add(node.value)
            # A button's action may look like a key (outbox.resend). A test keeps the two apart.
            if _KEY_FORM.fullmatch(node.value) and node.value not in ACTIONS:
                self._found.keys.append(Mention(node.value, self._place(node)))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pattern = _pattern(node)
        # A prefix that a maker puts before its argument is read where the maker is called.
        if _PATTERN_FORM.fullmatch(pattern) and pattern.removesuffix("{}") not in MAKERS.values():
            self._found.patterns.append(Mention(pattern, self._place(node)))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _place(self, node: ast.expr) -> str:
        return f"{self._file}:{node.lineno}"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """The branches of ``a if c else b``, or the expression itself if it is no such choice."""
    if isinstance(node, ast.IfExp):
        yield from _alternatives(node.body)
        yield from _alternatives(node.orelse)
    else:
        yield node


def _pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _is_unreadable(argument: ast.expr, prefix: str) -> bool:
    if isinstance(argument, ast.JoinedStr):
        return bool(prefix) or not _PATTERN_FORM.fullmatch(_pattern(argument))
    return isinstance(argument, ast.BinOp)
