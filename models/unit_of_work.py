"""A unit of work awaits the database alone.

On SQLite it holds the lock of the one writer. If it waited for something else, such as a call to Telegram,
all who write would wait along.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

from models.db import Session
from models.sqlite_connection import SqliteConnection, is_waited_for

ResultT = TypeVar("ResultT")


async def alone(session: Session, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do the work of the session's transaction; ``RuntimeError``: it awaits something else on the way.

    PostgreSQL has many writers, and nobody watches there.
    """
    try:
        raw = await (await session.connection()).get_raw_connection()
    except BaseException:
        work.close()
        raise
    driver = raw.driver_connection
    if not isinstance(driver, SqliteConnection):
        return await work
    result: ResultT = await _watched(work)
    return result


@types.coroutine
def _watched(work: Coroutine[Any, Any, ResultT]) -> Generator[Any, Any, ResultT]:
    """Hand on what the work awaits, as ``await`` does, if it is the database."""
    answer: Any = None
    error: BaseException | None = None
    while True:
        try:
            awaited = work.send(answer) if error is None else work.throw(error)
        except StopIteration as end:
            done: ResultT = end.value
            return done
        answer = error = None
        if not is_waited_for():
            error = RuntimeError("a unit of work awaits something other than the database")
            continue
        try:
            answer = yield awaited
        except BaseException as met:
            error = met
