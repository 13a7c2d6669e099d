"""The file of a backup: a ZIP with the database's data, and a page that says what they are.

The page holds the moment, the revision, the rows of each table, and the checksum of the data. So a file that
was cut, changed or made by something else is known before anything is done with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

PRODUCT: Final = "chuangcheng"
# What an unfinished backup has left may be in use for so long. No backup takes a day.
LEFT_SECONDS: Final = 24 * 3600.0
_ABOUT: Final = "about.json"
_DATA: Final = "data"
_CHUNK: Final = 1 << 20
# What the readers of ZIP and JSON raise for a file that was cut, changed or never was a backup.
_DAMAGES: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(AttributeError, KeyError, TypeError, ValueError),
)


class BackupError(Exception):
    """No backup or no restore came about. ``key``, ``values``: the sentence that says why and what to do."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class BackupPage:
    """What a backup says about itself.

    ``engine``: "sqlite" or "postgresql". ``revision``, ``program``: the state of the tables, and the version
    of the program that made the backup. ``rows``: the number of rows by table, without alembic's own.
    """

    engine: str
    revision: str
    program: str
    made_at: datetime
    rows: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return {
            "product": PRODUCT,
            "engine": self.engine,
            "revision": self.revision,
            "program": self.program,
            "made_at": self.made_at.isoformat(),
            "rows": dict(self.rows),
        }


def pack(page: BackupPage, data: Path, to: Path) -> None:
    """Write the backup to ``to``, durably. ``OSError``: there is no room, or no right."""
    # What pg_dump writes is compressed already.
    method = zipfile.ZIP_DEFLATED if page.engine == "sqlite" else zipfile.ZIP_STORED
    sums = hashlib.sha256()
    with to.open("xb") as file:
        with zipfile.ZipFile(file, "w", method) as archive:
            with data.open("rb") as source, archive.open(_DATA, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    sums.update(chunk)
                    target.write(chunk)
            about = page.to_json() | {"sha256": sums.hexdigest()}
            archive.writestr(_ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
        file.flush()
        os.fsync(file.fileno())


def unpack(backup: Path, to: Path) -> BackupPage:
    """Write the backup's data to ``to`` and return its page.

    ``BackupError``: the file is not there, was cut or changed, or is no backup of this program.
    """
    try:
        if not backup.is_file():
            raise BackupError("cli.file_missing", file=str(backup))
        with zipfile.ZipFile(backup) as archive:
            about = json.loads(archive.read(_ABOUT))
            page, expected = _read(about)
            if _copy(archive.open(_DATA), to) != expected:
                raise BackupError("cli.backup.damaged", file=str(backup))
            return page
    except BackupError:
        raise
    except OSError as error:
        raise BackupError("cli.backup.no_room", error=error.strerror or type(error).__name__) from None
    except _DAMAGES:
        raise BackupError("cli.backup.damaged", file=str(backup)) from None


def _read(about: Any) -> tuple[BackupPage, str]:
    if about["product"] != PRODUCT:
        raise ValueError("another program's file")
    made_at = datetime.fromisoformat(about["made_at"])
    if made_at.tzinfo is None:
        raise ValueError("a moment without a zone")
    rows = {str(table): int(count) for table, count in about["rows"].items()}
    page = BackupPage(str(about["engine"]), str(about["revision"]), str(about["program"]), made_at, rows)
    return page, str(about["sha256"])


def _copy(source: AbstractContextManager[IO[bytes]], to: Path) -> str:
    sums = hashlib.sha256()
    with source as data, to.open("wb") as target:
        while chunk := data.read(_CHUNK):
            sums.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return sums.hexdigest()
