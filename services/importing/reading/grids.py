"""From the bytes of a file to grids of cells, whatever the file's name is."""

from __future__ import annotations

from typing import Final

from services.importing.reading.archives import MAX_FILE_BYTES, OfficeArchive, OfficeKind, open_office
from services.importing.reading.biff_records import starts_as_biff
from services.importing.reading.cells import BLANK, Cell, CellFault, CellValue, Grid, GridRow
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.file_texts import TextKind, decoded, kind_of_text
from services.importing.reading.ole_files import OLE_SIGNATURE, CompoundFile
from services.importing.reading.text_grids import read_text

__all__ = ["BLANK", "Cell", "CellFault", "CellValue", "Grid", "GridRow", "read_grids"]

_ZIP: Final = b"PK\x03\x04"
_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1_024  # readers of PDF look so far for its beginning
_PICTURES: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
_PICTURE_BRANDS: Final = (b"WEBP", b"heic", b"heix", b"mif1")  # inside RIFF and the files of phones


def read_grids(data: bytes, filename: str) -> list[Grid]:
    """The sheets of a workbook, or the tables of a document, web page or text, that hold something.

    A hidden sheet comes without its rows, so that its name can be said.

    Reads .xlsx, .xls, .et, .docx, .csv and the web pages that are called .xls. Takes seconds at most and
    bounded memory for any input; run it off the event loop. Raises ImportFileError, which says what to do,
    for everything but a sound file of at most 5 MB and 5,000 filled rows per table. The content decides what
    a file is; ``filename`` is only for the messages, and names the table of a text.
    """
    if not data:
        raise ImportFileError("empty", file=filename)
    if len(data) > MAX_FILE_BYTES:
        raise ImportFileError("too_large", file=filename, limit=MAX_FILE_BYTES // 1024 // 1024)
    grids = _read(data, filename)
    if all(grid.hidden for grid in grids):
        raise ImportFileError("only_hidden" if grids else "no_table", file=filename)
    return grids


def _read(data: bytes, filename: str) -> list[Grid]:
    if data.startswith(_ZIP):
        return _read_office(open_office(data, filename))
    if data.startswith(OLE_SIGNATURE):
        return _read_ole(data, filename)
    if starts_as_biff(data):
        return _read_biff(data, filename)
    if _PDF in data[:_PDF_WITHIN]:
        raise ImportFileError("pdf", file=filename)
    if data.startswith(_PICTURES) or data[8:12] in _PICTURE_BRANDS:
        raise ImportFileError("picture", file=filename)
    return _read_words(data, filename)


def _read_office(archive: OfficeArchive) -> list[Grid]:
    # Only the worker that reads a file loads what reads it. The running program has none of it.
    if archive.kind is OfficeKind.WORKBOOK:
        from services.importing.reading.xlsx_grids import read_workbook

        return read_workbook(archive)
    from services.importing.reading.docx_grids import read_document

    return read_document(archive)


def _read_ole(data: bytes, filename: str) -> list[Grid]:
    """A compound file. Its streams say which program wrote it."""
    compound = CompoundFile(data)
    if "ENCRYPTEDPACKAGE" in compound.names:
        raise ImportFileError("encrypted", file=filename)
    if "WORDDOCUMENT" in compound.names:
        raise ImportFileError("old_document", file=filename)
    for name in ("WORKBOOK", "BOOK"):
        if name in compound.names:
            return _read_biff(compound.stream(name), filename)
    raise ImportFileError("not_office", file=filename)


def _read_biff(stream: bytes, filename: str) -> list[Grid]:
    # xlrd is loaded by those who read such a file only.
    from services.importing.reading.biff_grids import read_biff

    return read_biff(stream, filename)


def _read_words(data: bytes, filename: str) -> list[Grid]:
    text = decoded(data)
    if text is None:
        raise ImportFileError("not_office", file=filename)
    match kind_of_text(text):
        case TextKind.RICH_TEXT:
            raise ImportFileError("old_document", file=filename)
        case TextKind.XML | TextKind.WEB_ARCHIVE:
            raise ImportFileError("saved_as_xml", file=filename)
        case TextKind.WEB_PAGE:
            # So is lxml.
            from services.importing.reading.html_grids import read_web_page

            return read_web_page(text)
        case TextKind.PLAIN:
            return read_text(text, filename)
