"""Makes a PDF of a Word file with LibreOffice, where it is installed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from locales import Text
from reports.official_page import FALLBACKS
from reports.pdf_copy import pdf_copy

log = structlog.get_logger(__name__)
_OFFICE: Final = ("soffice", "libreoffice")
_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class PdfPaper:
    """A PDF, and what there is to say about it. ``content`` None: there is none, and the notes say why."""

    content: bytes | None
    notes: Sequence[Text]


async def converted(content: bytes) -> PdfPaper:
    """The PDF of a Word file. It says if there is no LibreOffice, and which fonts are not installed."""
    office = next((found for name in _OFFICE if (found := shutil.which(name))), None)
    if office is None:
        return PdfPaper(None, [Text("work_report.no_libreoffice")])
    made = await _convert(office, pdf_copy(content))
    if made is None:
        return PdfPaper(None, [Text("work_report.no_pdf")])
    missing = await _missing_fonts()
    return PdfPaper(made, [Text("work_report.other_fonts", fonts=missing)] if missing else [])


async def _convert(office: str, content: bytes) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.docx"
        await asyncio.to_thread(source.write_bytes, content)
        # A profile of its own: another LibreOffice may be running.
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = (office, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", folder)
        process = await asyncio.create_subprocess_exec(
            *command, str(source), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            async with asyncio.timeout(_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("a PDF takes too long")
            return None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        made = source.with_suffix(".pdf")
        return await asyncio.to_thread(made.read_bytes) if made.exists() else None


async def _missing_fonts() -> list[str]:
    """The official fonts that are not installed; all of them, where that cannot be known."""
    listing = shutil.which("fc-list")
    if listing is None:
        return list(FALLBACKS)
    process = await asyncio.create_subprocess_exec(listing, ":", "family", stdin=DEVNULL, stdout=PIPE)
    families, _ = await process.communicate()
    there = {name.strip() for line in families.decode().splitlines() for name in line.split(",")}
    return [font for font in FALLBACKS if font not in there]
