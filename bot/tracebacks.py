"""Tracebacks for the log, without what people have written.

The text of an error often holds the value that caused it: a name, a sentence of a report. The log keeps
types, files and lines, and the texts of those errors that speak of the program alone.
"""

from __future__ import annotations

import re
import sqlite3
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from sqlalchemy.exc import DBAPIError

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
# These name types, attributes, columns and limits. None holds a value that came from outside.
_OF_THE_PROGRAM: Final = (
    TypeError,
    AttributeError,
    NameError,
    ImportError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    sqlite3.Error,
)
_STATEMENT: Final = 500
_WORDS: Final = re.compile(r"[^\x00-\x7f](?:.*[^\x00-\x7f])?", re.DOTALL)
# An apostrophe, as in can't, quotes nothing.
_QUOTED: Final = re.compile(r"""(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


def wordless_traceback(exc_info: ExcInfo) -> str:
    """The traceback of an error and of those behind it. Of a text that is left out the length stays."""
    return "\n".join(_of_error(exc_info[1], set()))


def without_words(text: str) -> str:
    """``text`` without what is quoted in it, and without all between its first and last foreign letter."""
    return _WORDS.sub(_length, _QUOTED.sub(_length, text))


def _length(words: re.Match[str]) -> str:
    return f"[{len(words[0])} characters]"


def _of_error(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _of_error(before, seen)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    yield f"{type(error).__module__}.{type(error).__qualname__}: {said_by(error)}".removeprefix("builtins.")
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _of_error(part, seen)


def _named(diagnostics: object) -> Iterator[object]:
    """What PostgreSQL names in an error beside the values: table, column, constraint."""
    for part in ("table_name", "column_name", "constraint_name"):
        yield getattr(diagnostics, part, None)


def said_by(error: BaseException) -> str:
    """What an error says, as far as it cannot hold anybody's words."""
    if isinstance(error, DBAPIError):
        return (error.statement or "")[:_STATEMENT]
    # By name: commands that need neither library do not load it.
    libraries = {one.__module__.partition(".")[0] for one in type(error).__mro__}
    if "psycopg" in libraries:
        state = getattr(error, "sqlstate", None)
        if state is None:  # no server has answered
            return _WORDS.sub(_length, str(error))
        return " ".join(str(name) for name in (state, *_named(getattr(error, "diag", None))) if name)
    if "telegram" in libraries:
        return without_words(str(error))
    if isinstance(error, OSError):
        return error.strerror or ""
    text = str(error)
    if isinstance(error, _OF_THE_PROGRAM):
        return _WORDS.sub(_length, text)
    return f"[{len(text)} characters]" if text else ""
