"""Papers: files that are made when they go out, from data that was read before.

What a paper says is JSON, so that a process of its own can make the file. Nothing here loads what makes
sheets, Word files and pictures until one is made.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from reports.order_layout import OrderItem, OrderPaper, OrderPhoto
from reports.pictures.picture import Picture, picture_of
from reports.sheet_tables import SheetTable

PaperJson = Mapping[str, Any]
"""What a paper says. Only ``made_of`` knows its shape, and each kind has its own."""


class Paper(ABC):
    """A file to be made. A call makes it here and now.

    ``file_ids``: what it needs of Telegram. Whoever makes it fetches them, and then makes ``with_files``.
    """

    @property
    def file_ids(self) -> Sequence[str]:
        return ()

    def with_files(self, files: Mapping[str, bytes]) -> Paper:
        """The paper with the files that could be had."""
        return self

    @abstractmethod
    def said(self) -> PaperJson:
        """All that is needed to make it."""

    def __call__(self) -> bytes:
        return made_of(self.said())


@dataclass(frozen=True, slots=True)
class Workbook(Paper):
    """A workbook. ``tables`` is called when it is made, and may use only what has been read already."""

    tables: Callable[[], Iterable[SheetTable]]

    def said(self) -> PaperJson:
        return {
            "sheets": [
                {
                    "title": table.title,
                    "columns": [list(column) for column in table.columns],
                    "rows": [list(row) for row in table.rows],
                }
                for table in self.tables()
            ]
        }


@dataclass(frozen=True, slots=True)
class TallyCopy(Paper):
    """The tally of a period as a Word file. ``about``: lines below its title."""

    title: str
    about: Sequence[str]
    tables: Callable[[], Iterable[SheetTable]]
    made_at: datetime

    def said(self) -> PaperJson:
        tally = {"title": self.title, "about": list(self.about), "made_at": self.made_at.isoformat()}
        return {"tally": tally, **Workbook(self.tables).said()}


@dataclass(frozen=True, slots=True)
class OrderCopy(Paper):
    """A supervision order as a Word file in the language ``locale``, with the photos of its cases."""

    order: OrderPaper
    locale: str
    photos: Sequence[OrderPhoto] = ()

    @property
    def file_ids(self) -> Sequence[str]:
        return [photo.file_id for photo in self.photos]

    def with_files(self, files: Mapping[str, bytes]) -> OrderCopy:
        photos = [replace(photo, content=files.get(photo.file_id)) for photo in self.photos]
        return replace(self, photos=photos)

    def said(self) -> PaperJson:
        photos = [photo_json(photo) for photo in self.photos]
        return {"order": order_json(self.order), "locale": self.locale, "photos": photos}


@dataclass(frozen=True, slots=True)
class PictureCopy(Paper):
    """A picture as a PNG file."""

    picture: Picture

    def said(self) -> PaperJson:
        return {"picture": self.picture.to_json()}


@dataclass(frozen=True, slots=True)
class TemplateCopy(Paper):
    """The program's own template of work reports, in the language ``locale``."""

    locale: str

    def said(self) -> PaperJson:
        return {"template": self.locale}


def order_json(order: OrderPaper) -> dict[str, Any]:
    return {**asdict(order), "issued_at": order.issued_at.isoformat()}


def order_of(kept: PaperJson) -> OrderPaper:
    """The order that ``order_json`` wrote."""
    items = [OrderItem(**item) for item in kept["items"]]
    issued_at = datetime.fromisoformat(kept["issued_at"])
    return OrderPaper(**{**kept, "items": items, "issued_at": issued_at})


def photo_json(photo: OrderPhoto) -> dict[str, Any]:
    content = None if photo.content is None else b64encode(photo.content).decode()
    return {**asdict(photo), "content": content}


def photo_of(said: PaperJson) -> OrderPhoto:
    """The photo that ``photo_json`` wrote."""
    content = said["content"]
    return OrderPhoto(**{**said, "content": None if content is None else b64decode(content)})


def made_of(said: PaperJson) -> bytes:
    """The bytes of the file that a paper's ``said`` describes."""
    # Imported here: only who makes a file loads what it takes.
    if "order" in said:
        from reports.order_docx import order_docx

        photos = [photo_of(photo) for photo in said["photos"]]
        return order_docx(order_of(said["order"]), said["locale"], photos)
    if "picture" in said:
        from reports.pictures.png import png_of

        return png_of(picture_of(said["picture"]))
    if "template" in said:
        from reports.work_report_template import default_template

        return default_template(said["template"])
    tables = [
        SheetTable(one["title"], [(head, width) for head, width in one["columns"]], one["rows"])
        for one in said["sheets"]
    ]
    if (tally := said.get("tally")) is not None:
        from reports.tally_docx import tally_docx

        made_at = datetime.fromisoformat(tally["made_at"])
        return tally_docx(tally["title"], tally["about"], tables, made_at)
    from reports.sheets import workbook

    return workbook(tables)
