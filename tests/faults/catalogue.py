"""All families, in the order of their numbers."""

from __future__ import annotations

from typing import Final

from tests.faults import database_faults, kills, telegram_faults
from tests.faults.family import Family, Trial
from tests.faults.growth import Growth
from tests.faults.small_disk import SmallDisk
from tests.faults.suites import Suite

SQLITE, POSTGRES = ("sqlite",), ("postgres",)
FAMILIES: Final[tuple[Trial, ...]] = (
    Family(1, "kill -9 under load", 30, kills.killed_under_load, short=3),
    Family(1, "kill -9 while nags, tallies and briefs go out", 30, kills.killed_while_messages_go_out),
    Suite(
        1,
        "kill -9 at each stage: reports, albums, cases, nags",
        [f"e2e/test_kill{what}.py" for what in ("", "_album", "_case", "_nag")],
    ),
    Suite(2, "errors of handlers", ["handlers/test_failures.py", "bot/test_cli_dead.py"]),
    Family(3, "getUpdates fails", 30, telegram_faults.polls_fail, short=2),
    Family(4, "updates come again", 30, telegram_faults.updates_come_again, short=3),
    Family(5, "update_id falls, jumps, is used again", 10, telegram_faults.update_ids_jump),
    Family(6, "sending fails", 40, telegram_faults.sends_fail, short=4),
    Suite(6, "cards and parts of messages are lost", ["e2e/test_lost_prompts.py", "e2e/test_delivery.py"]),
    Family(7, "429 over kill and restart", 8, telegram_faults.chats_are_paused),
    Suite(8, "403, 400, migrated, kicked", ["bot/test_sender_refusals.py", "bot/test_sender_returning.py"]),
    Family(9, "downtime of days", 6, kills.down_for_days),
    Suite(
        10,
        "wall clock",
        [
            *("scheduler/test_clock_jumps.py", "scheduler/test_wall_clock.py"),
            *("services/test_wrong_time.py", "e2e/test_wrong_clock.py"),
        ],
    ),
    Family(11, "two instances", 10, kills.started_twice),
    Suite(11, "two schedulers on one database", ["e2e/test_two_schedulers.py"]),
    Family(12, "lock's connection cut", 8, database_faults.lock_is_cut, engines=POSTGRES),
    Suite(13, "PgBouncer", ["e2e/test_pgbouncer.py"], engines=POSTGRES),
    Family(14, "backends cut in flight", 20, database_faults.backends_are_cut, engines=POSTGRES),
    Family(14, "PostgreSQL restarts", 5, database_faults.server_restarts, engines=POSTGRES),
    Family(15, "no file may grow, as on a full disk", 8, database_faults.disk_is_full, engines=SQLITE),
    SmallDisk(Family(15, "a full disk", 4, database_faults.server_has_no_space, engines=POSTGRES)),
    Suite(15, "the office is told directly", ["e2e/test_alarms.py", "bot/test_alarms.py"]),
    Family(16, "locked for up to 30 s", 6, database_faults.database_is_locked),
    Family(17, "blocked before the receipt, and back", 10, telegram_faults.people_block_and_return),
    Suite(18, "migrations", ["models/test_migrations.py"]),
    Suite(
        19,
        "hostile input",
        [
            *("handlers/test_hostile_chat.py", "handlers/test_buttons_chat.py"),
            *(
                "services/importing/reading/test_hostile_files.py",
                "services/importing/jobs/test_import_bad_files.py",
            ),
            "bot/test_story_bad_input.py",
        ],
    ),
    Suite(
        20,
        "secrets",
        ["e2e/test_secrets.py", "e2e/test_words_in_logs.py", "bot/test_logs.py", "bot/test_private_files.py"],
    ),
    Suite(
        22, "racing edits and presses", ["services/test_side_by_side.py", "handlers/test_corrections_chat.py"]
    ),
    Suite(
        23,
        "end of the calendar",
        ["rules/test_legal_holidays.py", "services/importing/plans/test_calendar.py"],
    ),
    Family(24, "SIGTERM under load, slow API", 10, kills.ended_under_load),
    Growth(25, "three years of ten people", engines=SQLITE),
    Suite(26, "restore", ["e2e/test_restore_drill.py", "bot/backups"]),
)
