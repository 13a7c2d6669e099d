"""The one error of reading a file that somebody sent."""

from __future__ import annotations

from services.errors import DomainError


class ImportFileError(DomainError):
    """The file cannot be read at all; ``text`` tells its sender why and what to do."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"importing.file.{reason}", **values)
