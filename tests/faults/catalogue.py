"""All families, in the order of their numbers."""

from __future__ import annotations

from typing import Final

from tests.faults import database_faults, kills, telegram_faults
from tests.faults.family import Family

POSTGRES: Final = ("postgres",)
FAMILIES: Final = (
    Family(1, "kill -9 under load", 30, kills.killed_under_load, short=3),
    Family(1, "kill -9 while nags, tallies and briefs go out", 30, kills.killed_while_messages_go_out),
    Family(3, "getUpdates fails", 30, telegram_faults.polls_fail, short=2),
    Family(4, "updates come again", 30, telegram_faults.updates_come_again, short=3),
    Family(5, "update_id falls, jumps, is used again", 10, telegram_faults.update_ids_jump),
    Family(6, "sending fails", 40, telegram_faults.sends_fail, short=4),
    Family(7, "429 over kill and restart", 8, telegram_faults.chats_are_paused),
    Family(11, "two instances", 10, kills.started_twice),
    Family(12, "lock's connection cut", 8, database_faults.lock_is_cut, engines=POSTGRES),
    Family(14, "backends cut in flight", 20, database_faults.backends_are_cut, engines=POSTGRES),
    Family(14, "PostgreSQL restarts", 5, database_faults.server_restarts, engines=POSTGRES),
    Family(16, "locked for up to 30 s", 6, database_faults.database_is_locked),
    Family(24, "SIGTERM under load, slow API", 10, kills.ended_under_load),
)
