"""Help for the tests of commands.

A command can run in the test's own process. Tests can read what a failed command says, and what the
database holds.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import SQLModel

from bot.cli import main
from models.db import Database
from tests.support.processes import Done

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
PASSWORD = "open-sesame"
# A function that runs a command with these arguments and settings, without a process of its own.
Here = Callable[..., Done]


def sentence(done: Done) -> str:
    """The one sentence on stderr beside the log's lines; fails for none, for more, and for a traceback."""
    assert "Traceback" not in done.out + done.err
    assert TOKEN not in done.out + done.err
    assert PASSWORD not in done.out + done.err
    said = [line for line in done.err.splitlines() if not line.startswith("timestamp=")]
    assert len(said) == 1, done.err
    return said[0]


def run_here(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], settings: dict[str, str]
) -> Done:
    """Run a command in this process. A row of a table takes milliseconds, because it starts no process."""
    with pytest.MonkeyPatch.context() as patch, logging_put_back(), umask_put_back():
        patch.setattr(sys, "argv", ["chuangcheng", *arguments])
        for name, value in prefixed(**settings).items():
            patch.setenv(name, value)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
    code = ended.value.code
    return Done(code if isinstance(code, int) else int(code is not None), out, err)


@contextmanager
def umask_put_back() -> Iterator[None]:
    """Restore the mode of new files at the end, whatever the block changes."""
    before = os.umask(0o022)
    os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def logging_put_back() -> Iterator[None]:
    """Restore the configuration of logging at the end, whatever the block changes."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = (one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger))
    levels = {logger: logger.level for logger in loggers}
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level
        for one in logging.Logger.manager.loggerDict.values():
            if isinstance(one, logging.Logger):
                one.setLevel(levels.get(one, logging.NOTSET))


def prefixed(**settings: str) -> dict[str, str]:
    return {f"CHUANGCHENG_{name}": value for name, value in settings.items()}


async def everything(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables, as tuples."""
    async with database.reading() as session:
        return {
            table.name: [tuple(row) for row in (await session.execute(sa.select(table))).all()]
            for table in SQLModel.metadata.sorted_tables
        }
