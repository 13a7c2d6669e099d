"""What can be wrong with a template of work reports, and where. Nothing here loads what reads Word files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class TemplateFaultKind(StrEnum):
    """Why a file is not taken as a template."""

    NOT_DOCX = "not_docx"
    TOO_BIG = "too_big"
    MACROS = "macros"
    EXTERNAL = "external"
    FIELD = "field"
    SYNTAX = "syntax"
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"
    LIMITS = "limits"
    EMPTY = "empty"
    BROKEN = "broken"


class TemplatePlace(StrEnum):
    """Where in a template something stands."""

    PARAGRAPH = "paragraph"
    CELL = "cell"
    BOX = "box"
    HEADER = "header"
    FOOTER = "footer"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class TemplatePassage:
    """A paragraph of the text or of a cell, a text box, a note, or the head or foot of the pages.

    ``at``: the number of the paragraph, or those of table, row and cell; else nothing.
    """

    place: TemplatePlace
    at: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """A fault. ``name``: the placeholder; ``passages``: where it stands, as far as that is known."""

    kind: TemplateFaultKind
    name: str = ""
    passages: Sequence[TemplatePassage] = ()


class TemplateError(Exception):
    """The file cannot be taken as a template, for all of these faults."""

    def __init__(self, *faults: TemplateFault) -> None:
        super().__init__(", ".join(f"{one.kind.value} {one.name}".strip() for one in faults))
        self.faults = faults
