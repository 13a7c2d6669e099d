"""Alarms: the office is told directly, once a day and kind, whatever the database and Telegram do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.alarms.alarm_notes import SIZE, AlarmNotes, load_notes
from bot.alarms.alarms import AGAIN_SECONDS, MOST_DOUBTS, Alarms
from bot.pace import Pace
from bot.telegram import Telegram
from locales import Text, plain
from models.db import Database, disk_refuses
from rules.people.roles import Role
from tests.bot.desk import AT_ONCE, MARK, Desk, account

DISK = plain(Text("alarms.disk"))
NAGS = plain(Text("alarms.tick.nags"))
BROKEN = ValueError("a mistake in the program")
BUSY = OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


class TimedAlarms(Alarms):
    """Alarms whose time a test moves, and which wait for nothing."""

    seconds = slept = 0.0

    def _loop_time(self) -> float:
        return self.seconds

    def _steady_time(self) -> float:
        return self.seconds + self.slept

    async def looks(self, times: int = 1) -> float:
        rest = 0.0
        for _ in range(times):
            rest = await self.look()
            self.seconds += rest
        return rest


MakeAlarms = Callable[..., TimedAlarms]


@pytest.fixture
def alarms(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MakeAlarms:
    """Make the alarms of a program that starts now, with the notes of the run before."""
    monkeypatch.setattr("bot.alarms.alarms.COLLECT_SECONDS", 0.0)

    def make(database: Database | None = None, file: Path | None = tmp_path / "notes") -> TimedAlarms:
        telegram = Telegram(desk.bot, Pace(AT_ONCE))
        notes = load_notes(file)
        parts = (database or desk.database, telegram, desk.sender, desk.campaign, notes)
        return TimedAlarms(*parts, lambda: datetime.now(UTC))

    return make


def away(tmp_path: Path) -> Database:
    """A database that can neither be read nor written."""
    return Database(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'no.db'}")


# -- once a day and kind ---------------------------------------------------------------------------


async def test_each_member_of_the_office_is_told_once(desk: Desk, alarms: MakeAlarms) -> None:
    office, other = await desk.office(), await desk.contact("责任人")
    second = await desk.contact("创城办副主任", Role.OFFICE)
    told = alarms()
    for _ in range(3):
        told.tick_failed("nags", BROKEN, 1)
        await told.looks()
    for one in (office, second):
        (text,) = await desk.texts(account(one))
        assert NAGS in text
    assert await desk.texts(account(other)) == []
    assert await desk.rows() == {}


async def test_what_comes_together_is_one_message(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    told = alarms()
    told.tick_failed("nags", BROKEN, 1)
    told.tick_failed("old buttons", BROKEN, 1)
    told.tick_failed("old files", BROKEN, 1)
    await told.looks()
    (text,) = await desk.texts(account(office))
    assert NAGS in text
    assert text.count(plain(Text("alarms.tick.housekeeping"))) == 1


async def test_ten_starts_tell_once_and_the_next_day_tells_again(
    desk: Desk, alarms: MakeAlarms, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await desk.office()
    for _ in range(10):
        started = alarms()
        started.tick_failed("nags", BROKEN, 1)
        await started.looks()
    assert len(await desk.texts(account(office))) == 1
    monkeypatch.setattr(TimedAlarms, "_today", lambda _self: "2099-01-01")
    started.tick_failed("nags", BROKEN, 1)
    await started.looks()
    assert len(await desk.texts(account(office))) == 2


async def test_a_busy_database_is_told_when_it_stays_busy(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    told = alarms()
    told.tick_failed("nags", BUSY, 1)
    await told.looks()
    assert await desk.texts(account(office)) == []
    told.tick_failed("nags", BUSY, 2)
    await told.looks()
    assert len(await desk.texts(account(office))) == 1


@pytest.mark.parametrize(
    ("hour", "kind", "silent"), [(2, "backup", True), (2, "disk", False), (10, "backup", False)]
)
async def test_only_what_is_urgent_wakes_the_office(
    desk: Desk, alarms: MakeAlarms, monkeypatch: pytest.MonkeyPatch, hour: int, kind: str, silent: bool
) -> None:
    office = await desk.office()
    told = alarms()
    monkeypatch.setattr(told, "_now", lambda: datetime(2026, 12, 15, hour, tzinfo=desk.campaign.zone))
    told.tell(kind, Text(f"alarms.{kind}"))
    await told.looks()
    (call,) = await desk.people.calls("sendMessage", chat=account(office))
    assert (call.params.get("disable_notification") == "true") is silent


# -- without a database, without a disk ------------------------------------------------------------


async def test_the_office_is_known_when_the_database_is_gone(
    desk: Desk, alarms: MakeAlarms, tmp_path: Path
) -> None:
    office = await desk.office()
    await alarms().looks()
    gone = away(tmp_path)
    restarted = alarms(gone)
    restarted.database_failed(OSError(errno.ENOSPC, "no space"))
    await restarted.looks()
    (text,) = await desk.texts(account(office))
    assert DISK in text
    await gone.close()


async def test_notes_that_cannot_be_kept_or_read_stop_nothing(
    desk: Desk, alarms: MakeAlarms, tmp_path: Path
) -> None:
    office = await desk.office()
    for place in (tmp_path / "missing" / "notes", tmp_path, None):
        told = alarms(file=place)
        told.database_failed(OSError(errno.ENOSPC, "no space"))
        await told.looks(2)
    assert len(await desk.texts(account(office))) == 3


@pytest.mark.parametrize("content", ["", "null", "[]", '{"office": 7}', "{" * 50, "\0" * SIZE])
def test_notes_that_make_no_sense_are_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes"
    path.write_text(content)
    assert load_notes(path).office == {}


def test_notes_keep_their_size(tmp_path: Path) -> None:
    """They need no more room on a full disk than they have. Many chats take more, until they are fewer."""
    notes = AlarmNotes(tmp_path / "notes", {7: "zh"}, polled_at=datetime(2026, 12, 15, tzinfo=UTC))
    notes.save()
    assert (tmp_path / "notes").stat().st_size == SIZE
    assert (tmp_path / "notes").stat().st_mode & 0o077 == 0
    notes.office = dict.fromkeys(range(500), "zh")
    notes.save()
    notes.office = {7: "zh"}
    notes.note_told("disk", 7, "2026-12-15")
    notes.save()
    assert load_notes(notes.path) == notes


@pytest.mark.parametrize(
    ("error", "refuses"),
    [
        (OSError(errno.ENOSPC, "no space"), True),
        (OSError(errno.ECONNREFUSED, "refused"), False),
        (BUSY, False),
        (ValueError("?"), False),
    ],
)
def test_which_errors_are_the_disks(error: Exception, refuses: bool) -> None:
    assert disk_refuses(error) is refuses


async def test_a_full_disk_is_heard_from_the_engine_and_not_told_by_each_tick(
    desk: Desk, alarms: MakeAlarms, tmp_path: Path
) -> None:
    office = await desk.office()
    told = alarms()
    small = Database(f"sqlite+aiosqlite:///{tmp_path / 'small.db'}")
    small.watch_errors(told.database_failed)
    with pytest.raises(OperationalError) as met:
        await fill(small)
    await small.close()
    told.tick_failed("nags", met.value, 5)
    await told.looks()
    (text,) = await desk.texts(account(office))
    assert DISK in text
    assert NAGS not in text


async def fill(database: Database) -> None:
    """Write more than the database may hold, which is the error of a full disk."""
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")
        await connection.exec_driver_sql("CREATE TABLE wide AS SELECT hex(zeroblob(9000))")


# -- Telegram refuses ------------------------------------------------------------------------------


async def test_a_429_is_waited_out_in_that_chat_only(desk: Desk, alarms: MakeAlarms) -> None:
    slow, quick = await desk.office(), await desk.contact("创城办副主任", Role.OFFICE)
    parameters = {"retry_after": 600}
    await desk.people.fail("sendMessage", chat=account(slow), status=429, parameters=parameters)
    told = alarms()
    told.tick_failed("nags", BROKEN, 1)
    await told.looks()
    assert len(await desk.texts(account(quick))) == 1
    assert 590 < desk.sender.rest_of(account(slow)) <= 600
    await told.looks(5)
    assert len(await desk.people.calls("sendMessage", chat=account(slow))) == 1
    desk.sender.rest(account(slow), 0.0)
    told.seconds += 600
    await told.looks()
    assert len(await desk.texts(account(slow))) == 1
    assert len(await desk.texts(account(quick))) == 1


async def test_a_chat_that_rests_already_is_left_alone(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    desk.sender.rest(account(office), 60.0)
    told = alarms()
    told.tick_failed("nags", BROKEN, 1)
    await told.looks()
    assert await desk.people.calls("sendMessage") == []


async def test_a_member_who_blocked_the_bot_holds_up_nobody(desk: Desk, alarms: MakeAlarms) -> None:
    gone, there = await desk.office(), await desk.contact("创城办副主任", Role.OFFICE)
    await desk.people.fail("sendMessage", None, chat=account(gone), status=403)
    told = alarms()
    for _ in range(3):
        told.tick_failed("nags", BROKEN, 1)
        await told.looks()
    assert len(await desk.people.calls("sendMessage", chat=account(gone))) == 1
    assert len(await desk.texts(account(there))) == 1


async def test_what_may_have_arrived_comes_again_with_a_mark(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    await desk.people.fail("sendMessage", 2, mode="drop_after")
    told = alarms()
    told.tick_failed("nags", BROKEN, 1)
    assert await told.looks() == AGAIN_SECONDS
    await told.looks(4)
    texts = await desk.texts(account(office))
    assert [text.startswith(MARK) for text in texts] == [False, True, True]


async def test_doubts_end(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    await desk.people.fail("sendMessage", None, status=500)
    told = alarms()
    told.tick_failed("nags", BROKEN, 1)
    await told.looks(10)
    assert len(await desk.people.calls("sendMessage", chat=account(office))) == MOST_DOUBTS + 1


# -- a silence -------------------------------------------------------------------------------------


async def test_a_silence_is_told_when_it_is_over(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    told = alarms()
    told.polled()
    told.seconds += 299
    told.polled()
    await told.looks()
    assert await desk.texts(account(office)) == []
    told.seconds += 400
    told.polled()
    await told.looks()
    (text,) = await desk.texts(account(office))
    assert "未收到消息" in text
    assert "丢失，请提醒" not in text
    assert plain(Text("alarms.ask")) not in text


async def test_the_silence_of_a_machine_that_slept_is_told(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    told = alarms()
    told.polled()
    told.slept += 30 * 3600
    told.polled()
    await told.looks()
    (text,) = await desk.texts(account(office))
    assert "丢失，请提醒" in text


async def test_the_silence_of_a_program_that_was_down_is_told(desk: Desk, alarms: MakeAlarms) -> None:
    office = await desk.office()
    before = alarms()
    before.polled()
    assert before._notes.polled_at is not None
    before._notes.polled_at -= timedelta(hours=30)
    await before.looks()
    restarted = alarms()
    restarted.polled()
    await restarted.looks()
    (text,) = await desk.texts(account(office))
    assert plain(Text("alarms.silence_too_long", since="", until=""))[-20:] in text
