"""The annex of a 督办单: the photos of its cases as they were reported, below the word 附件 on a new page."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from docx.document import Document as Page
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.image.image import Image
from docx.oxml import OxmlElement
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from locales import Text, plain
from reports.official_page import BODY_FONT, HEAD_FONT, TEXT_WIDTH, TITLE_FONT
from reports.order_layout import OrderPhoto
from reports.order_writing import write

COLUMNS: Final = 2
# The most of the page that a photo takes, in millimetres: one alone, and one of several.
ALONE: Final = (TEXT_WIDTH, 150.0)
ONE_OF_SEVERAL: Final = (TEXT_WIDTH / COLUMNS - 4, 58.0)
CAPTION_SIZE: Final = 12.0
# What is said of a file that is no picture, or only the beginning of one.
_NO_PICTURE: Final = (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ValueError)


def add_annex(page: Page, photos: Sequence[OrderPhoto], locale: str) -> None:
    """Add the annex, from a new page on. A photo that could not be had says so in its place."""
    head = page.add_paragraph()
    write(head, plain(Text("orders.paper.annex"), locale), HEAD_FONT, 16)
    head.alignment = WD_ALIGN_PARAGRAPH.LEFT
    head.paragraph_format.page_break_before = True
    write(page.add_paragraph(), plain(Text("orders.paper.photos"), locale), TITLE_FONT, 22)
    if len(photos) == 1:
        place = page.add_paragraph()
        place.paragraph_format.keep_with_next = True
        _add(place, page.add_paragraph(), photos[0], ALONE, locale)
        return
    table = page.add_table(rows=-(-len(photos) // COLUMNS), cols=COLUMNS)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for at, photo in enumerate(photos):
        cell = table.cell(at // COLUMNS, at % COLUMNS)
        _add(cell.paragraphs[0], cell.add_paragraph(), photo, ONE_OF_SEVERAL, locale)


def _add(
    place: Paragraph, caption: Paragraph, photo: OrderPhoto, room: tuple[float, float], locale: str
) -> None:
    size = None if photo.content is None else _size(photo.content, room)
    if photo.content is None or size is None:
        write(place, plain(Text("orders.paper.photo_missing"), locale), BODY_FONT, CAPTION_SIZE)
    else:
        place.alignment = WD_ALIGN_PARAGRAPH.CENTER
        width, height = size
        place.add_run().add_picture(BytesIO(photo.content), Mm(width), Mm(height))
    write(caption, photo.caption, BODY_FONT, CAPTION_SIZE)


def _size(content: bytes, room: tuple[float, float]) -> tuple[float, float] | None:
    """The millimetres that a picture takes of this room, its sides in proportion; None: it is no picture."""
    try:
        image = Image.from_blob(content)
    except _NO_PICTURE:
        return None
    if not image.px_width or not image.px_height:
        return None
    scale = min(room[0] / image.px_width, room[1] / image.px_height)
    return image.px_width * scale, image.px_height * scale
