"""Files of the program are for its user alone: the database holds people's words and telephone numbers."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

import structlog

from bot.settings import Settings

log = structlog.get_logger(__name__)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
# What SQLite and the program put beside the database.
_BESIDE: Final = ("", "-wal", "-shm", "-journal", ".lock", ".made", ".alarms", ".numbers")


def keep_private(settings: Settings) -> None:
    """Let what this process makes be readable by its user alone, and mend what is there already.

    What cannot be changed is warned of, and so is a ``.env`` that others can read: it holds the token, and
    the person who wrote it decides who reads it.
    """
    os.umask(_OTHERS)
    if (database := settings.database_file()) is not None:
        if database.parent == settings.data_dir.resolve() and _is_ours(database.parent):
            _close(database.parent)
        elif _is_open(database.parent):
            log.warning("others can look into the database's folder", path=str(database.parent))
        for suffix in _BESIDE:
            _close(database.with_name(database.name + suffix))
    if (folder := settings.backup_dir) is not None and _is_open(folder):
        log.warning("others can look into the folder of the backups", path=str(folder))
    env = Path(".env")
    if _is_open(env):
        log.warning("others can read the settings: chmod 600 .env", path=str(env.resolve()))


def _is_ours(folder: Path) -> bool:
    """Whether a folder is this user's, and not one for everybody as ``/tmp`` is: root may close that, too."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _close(path: Path) -> None:
    if not _is_open(path):
        return
    try:
        path.chmod(path.stat().st_mode & ~_OTHERS)
    except OSError as error:
        log.warning("others can read a file of the program", path=str(path), error=type(error).__name__)
