"""From the bytes of a file to grids of cells: .xlsx sheets and .docx tables, whatever the file's name is."""

from __future__ import annotations

from services.importing.reading.archives import OfficeKind, open_office
from services.importing.reading.cells import BLANK, Cell, CellFault, CellValue, Grid, GridRow
from services.importing.reading.docx_grids import read_document
from services.importing.reading.file_errors import ImportFileError
from services.importing.reading.xlsx_grids import read_workbook

__all__ = ["BLANK", "Cell", "CellFault", "CellValue", "Grid", "GridRow", "read_grids"]


def read_grids(data: bytes, filename: str) -> list[Grid]:
    """The visible sheets of a workbook, or the tables of a document, that hold something.

    Takes seconds at most and bounded memory for any input; run it off the event loop. Raises ImportFileError,
    which says what to do, for everything but a sound .xlsx or .docx of at most 5 MB and 5,000 filled rows per
    table. The content decides what a file is; ``filename`` is only for the messages.
    """
    archive = open_office(data, filename)
    grids = read_workbook(archive) if archive.kind is OfficeKind.WORKBOOK else read_document(archive)
    if not grids:
        raise ImportFileError("no_table", file=filename)
    return grids
