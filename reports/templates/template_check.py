"""A template is hostile input: what a .docx may not hold, before it is filled and after.

Nothing is unpacked to disk. A template has no macros, no embedded objects, and nothing that lies elsewhere.
What is made of it is checked in the same way: a placeholder in the code of a field can make another field.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

from reports.templates.template_faults import TemplateError, TemplateFault, TemplateFaultKind
from reports.templates.template_parts import (
    CONTENT_TYPES,
    MAIN_TYPE,
    check_part,
    check_types,
    main_type,
    parsed,
)

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_PARTS: Final = 1_000
MAX_UNPACKED: Final = 60 * 1024 * 1024
MAX_MADE: Final = 10 * 1024 * 1024
"""The bytes of a report."""
MAX_MADE_UNPACKED: Final = 20 * 1024 * 1024
_MAIN: Final = "word/document.xml"
_FORBIDDEN: Final = re.compile(r"(?i)vba|macro|activex|embeddings/|\.bin$|customui/|afchunk|\.exe$|\.js$")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def check_archive(content: bytes) -> None:
    """Raise ``TemplateError`` for all but a .docx of which every part is harmless and small enough."""
    _check(content, MAX_BYTES, MAX_UNPACKED, TemplateFaultKind.TOO_BIG)


def check_made(content: bytes) -> None:
    """The same for a report that a template has made, which may not be huge either.

    Nothing after this has a limit of memory: the copy for the PDF is made in the worker itself.
    """
    _check(content, MAX_MADE, MAX_MADE_UNPACKED, TemplateFaultKind.LIMITS)


def _check(content: bytes, size: int, unpacked: int, too_big: TemplateFaultKind) -> None:
    if len(content) > size:
        raise TemplateError(TemplateFault(too_big))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            entries = parts.infolist()
            if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > unpacked:
                raise TemplateError(TemplateFault(too_big))
            _check_parts(parts)
    except _BROKEN:
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX)) from None


def _check_parts(parts: zipfile.ZipFile) -> None:
    entries = [entry for entry in parts.infolist() if not (entry.is_dir() and not entry.file_size)]
    names = {entry.filename for entry in entries}
    # Two parts of one name: each program reads another one of them.
    has_twins = len({name.lower() for name in names}) < len(entries)
    is_docx = _MAIN in names and CONTENT_TYPES in names
    if not is_docx or has_twins or any(entry.flag_bits & 1 for entry in entries):
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX))
    if any(_FORBIDDEN.search(name) for name in names):
        raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))
    types = parsed(parts.read(CONTENT_TYPES))
    if main_type(types, _MAIN) != MAIN_TYPE:
        raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))
    check_types(types, names)
    for name in sorted(names):
        # An archive that lies about the size of a part fails here, for no more than that is read.
        check_part(name, parts.read(name))
