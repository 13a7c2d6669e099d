"""Papers: files that are made when they go out, from data that was read before.

What a paper says is JSON, so that a process of its own can make the file. Nothing here loads what makes
sheets and Word files until one is made.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from reports.order_layout import OrderItem, OrderPaper
from reports.sheet_tables import SheetTable

PaperJson = Mapping[str, Any]
"""What a paper says. Only ``made_of`` knows its shape, and each kind has its own."""


class Paper(ABC):
    """A file to be made. A call makes it here and now."""

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
class OrderCopy(Paper):
    """A supervision order as a Word file, in the language ``locale``."""

    order: OrderPaper
    locale: str

    def said(self) -> PaperJson:
        return {"order": order_json(self.order), "locale": self.locale}


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


def made_of(said: PaperJson) -> bytes:
    """The bytes of the file that a paper's ``said`` describes."""
    # Imported here: only who makes a file loads what it takes.
    if "order" in said:
        from reports.order_docx import order_docx

        return order_docx(order_of(said["order"]), said["locale"])
    if "template" in said:
        from reports.work_report_template import default_template

        return default_template(said["template"])
    from reports.sheets import workbook

    return workbook(
        SheetTable(one["title"], [(head, width) for head, width in one["columns"]], one["rows"])
        for one in said["sheets"]
    )
