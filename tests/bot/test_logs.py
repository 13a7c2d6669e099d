"""Logs: every secret is hidden in every part of a record, and stdout stays clean."""

from __future__ import annotations

import contextlib
import io
import logging
import operator
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from psycopg.errors import ConnectionTimeout, UniqueViolation
from sqlalchemy.exc import DBAPIError
from telegram.error import BadRequest

from bot import logs
from tests.bot.terminal import logging_put_back

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
# The password has all characters that a format may escape.
PASSWORD = "p'a\"s\\s w=rd"
Write = Callable[[], object]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Catch what goes to stderr, and restore logging afterwards."""
    stream = io.StringIO()
    with logging_put_back():
        with contextlib.redirect_stderr(stream):
            logs.configure("DEBUG", [TOKEN, PASSWORD, ""])
        yield stream


def raising(error: Exception) -> None:
    try:
        raise error
    except Exception:
        structlog.get_logger("bot.ours").exception("failed")


def raising_from(cause: Exception) -> None:
    try:
        try:
            raise cause
        except Exception as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        logging.getLogger("theirs").exception("failed")


def bound() -> None:
    with structlog.contextvars.bound_contextvars(secret_holder=f"x{PASSWORD}x{TOKEN}"):
        structlog.get_logger("bot.ours").info("said")


@pytest.mark.parametrize(
    "write",
    [
        lambda: structlog.get_logger("bot.ours").info(f"the token is {TOKEN}, the password {PASSWORD}"),
        lambda: structlog.get_logger("bot.ours").info("said", token=TOKEN, password=PASSWORD),
        lambda: structlog.get_logger("bot.ours").info("said", nested={"a": [TOKEN, {"b": (PASSWORD,)}]}),
        lambda: structlog.get_logger("bot.ours").info("positional %s and %s", TOKEN, PASSWORD),
        lambda: structlog.get_logger("bot.ours").error("said", error=ValueError(PASSWORD, TOKEN)),
        bound,
        lambda: logging.getLogger("theirs").warning("POST /bot%s/getMe %s", TOKEN, PASSWORD),
        lambda: logging.getLogger("theirs").warning("%(a)s %(b)s", {"a": TOKEN, "b": PASSWORD}),
        lambda: logging.getLogger("theirs").warning(f"https://host/bot{TOKEN}/getUpdates {PASSWORD}"),
        lambda: logging.getLogger("theirs").warning("{%s %s}", PASSWORD, TOKEN, stack_info=True),
    ],
    ids=lambda _: "",
)
def test_secrets_are_hidden(lines: io.StringIO, write: Write) -> None:
    write()
    text = lines.getvalue()
    assert text.count(logs.HIDDEN) >= 2, text
    assert TOKEN not in text
    assert TOKEN.split(":")[1] not in text
    # However the password is escaped, its pieces without quotes and backslashes must not appear either.
    assert "w=rd" not in text
    assert "p'a" not in text


def test_a_token_that_was_not_told_is_hidden_by_its_form(lines: io.StringIO) -> None:
    other = "9876543210:zzYYxxWWvvUUttSSrrQQppOOnnMMllKKjjI"
    structlog.get_logger("bot.ours").info("said", url=f"https://host/bot{other}/getMe")
    assert other not in lines.getvalue()
    assert f"url=https://host/bot{logs.HIDDEN}/getMe" in lines.getvalue()


def test_one_line_an_event_with_what_it_says(lines: io.StringIO) -> None:
    structlog.get_logger("bot.ours").warning("二行\n一行", count=3, ready=True, nobody=None)
    raising(ValueError("a\nb"))
    first, second = lines.getvalue().splitlines()
    assert "level=warning" in first
    assert "event=二行\\n一行" in first
    assert "count=3" in first
    assert "ready=true" in first
    assert "logger=bot.ours" in first
    assert "timestamp=2" in first
    assert 'exception="Traceback' in second
    assert "ValueError: [3 characters]" in second


def test_stdout_is_left_to_the_command(lines: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("bot.ours").info("said")
    logging.getLogger("theirs").error("said")
    assert capsys.readouterr().out == ""
    assert lines.getvalue().count("event=said") == 2


@pytest.mark.parametrize(
    ("name", "level", "shown"),
    [
        ("httpx", logging.INFO, False),
        ("telegram.Bot", logging.DEBUG, False),
        ("sqlalchemy.engine.Engine", logging.INFO, False),
        ("asyncio", logging.DEBUG, False),
        ("httpx", logging.WARNING, True),
        ("apscheduler.executors.default", logging.INFO, False),
        ("services.tasks", logging.DEBUG, True),
    ],
)
def test_at_debug_only_our_own_rooms_say_more(lines: io.StringIO, name: str, level: int, shown: bool) -> None:
    logging.getLogger(name).log(level, "said")
    assert ("event=said" in lines.getvalue()) is shown


WORDS = "张三今天清理12处"


def broken_row() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE unit (name TEXT UNIQUE)")
        connection.execute("INSERT INTO unit VALUES (?)", [WORDS])
        connection.execute("INSERT INTO unit VALUES (?)", [WORDS])


@pytest.mark.parametrize(
    ("fail", "left"),
    [
        (lambda: int(WORDS), "ValueError: [51 characters]"),
        (lambda: dict[str, int]()[WORDS], "KeyError: [11 characters]"),
        (Path("/none", WORDS).read_bytes, "FileNotFoundError: No such file or directory"),
        (lambda: operator.add(1, WORDS), "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        (lambda: getattr(1, WORDS), "AttributeError: 'int' object has no attribute '[9 characters]'"),
        (lambda: raise_(UniqueViolation(WORDS)), "psycopg.errors.UniqueViolation: 23505"),
        (
            lambda: raise_(ConnectionTimeout(f"no answer of {WORDS}")),
            "psycopg.errors.ConnectionTimeout: no answer of [9 characters]",
        ),
        (broken_row, "sqlite3.IntegrityError: UNIQUE constraint failed: unit.name"),
        (
            lambda: raise_(BadRequest(f"no tag '{WORDS}' at 7")),
            "telegram.error.BadRequest: no tag [11 characters] at 7",
        ),
        (lambda: raise_(ExceptionGroup("all", [ValueError(WORDS)])), "ValueError: [9 characters]"),
        (
            lambda: raise_(DBAPIError("SELECT 1", None, Exception(WORDS))),
            "sqlalchemy.exc.DBAPIError: SELECT 1",
        ),
    ],
)
def test_an_error_shows_where_it_was_and_nobodys_words(
    lines: io.StringIO, fail: Callable[[], object], left: str
) -> None:
    try:
        fail()
    except Exception as error:
        raising(RuntimeError(WORDS, error))
        raising_from(error)
    text = lines.getvalue()
    assert left in text.split("\\n")
    assert "test_logs.py" in text
    assert "张三" not in text
    assert "12处" not in text


def raise_(error: Exception) -> None:
    raise error


def test_a_library_that_shows_a_value_shows_its_length(lines: io.StringIO) -> None:
    logging.getLogger("asyncio").error(f"future: <Task finished exception=ValueError('no {WORDS}')> 张三")
    assert "<Task finished exception=ValueError([14 characters])> [2 characters]" in lines.getvalue()


def test_the_level_is_kept(lines: io.StringIO) -> None:
    with contextlib.redirect_stderr(lines):
        logs.configure("ERROR", [])
    structlog.get_logger("bot.ours").warning("not said")
    structlog.get_logger("bot.ours").error("said")
    assert [line.split("event=")[1].split()[0] for line in lines.getvalue().splitlines()] == ["said"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"https://host/file/bot{TOKEN}/a.jpg", f"https://host/file/bot{logs.HIDDEN}/a.jpg"),
        ("open-sesame, open-sesame", f"{logs.HIDDEN}, {logs.HIDDEN}"),
        ("2026-12-18T09:00:00 127.0.0.1:8081 576处", "2026-12-18T09:00:00 127.0.0.1:8081 576处"),
    ],
)
def test_redact(text: str, hidden: str) -> None:
    assert logs.redact(text, ["open-sesame"]) == hidden
