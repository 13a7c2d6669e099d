"""The sheet of invitation links that the office hands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from locales import Text, plain


@dataclass(frozen=True, slots=True)
class InvitationLine:
    unit: str
    name: str
    link: str
    expires: str


def write_invitations(path: Path, lines: Sequence[InvitationLine], locale: str) -> None:
    """Write an .xlsx with unit, name, link and date of expiry.

    Only the file's owner can read it, because each link is a key. ``FileExistsError``: it overwrites nothing.
    """
    book = Workbook()
    sheet = book.create_sheet(plain(Text("cli.invitation_sheet.title"), locale), 0)
    del book[book.sheetnames[1]]
    columns = ("unit", "name", "link", "expires")
    sheet.append([plain(Text(f"cli.invitation_sheet.{column}"), locale) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for line in lines:
        sheet.append([harmless(line.unit), harmless(line.name), line.link, line.expires])
    for letter, width in zip("ABCD", (22, 22, 70, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    path.touch(mode=0o600, exist_ok=False)
    book.save(path)


def harmless(text: str) -> str:
    """The text for a cell. If it starts like a formula, a quote in front keeps it text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
