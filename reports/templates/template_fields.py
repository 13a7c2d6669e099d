"""What the XML of a template may not hold: objects, parts of other files, fields that fetch or run things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from reports.templates.template_faults import TemplateError, TemplateFault, TemplateFaultKind

W: Final = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_VML: Final = ("urn:schemas-microsoft-com:vml", "urn:schemas-microsoft-com:office:office")
_OBJECTS: Final = frozenset(
    {
        *("altChunk", "object", "objectEmbed", "objectLink", "control", "subDoc", "movie", "mailMerge"),
        *("entryMacro", "exitMacro", "OLEObject"),
    }
)
_FETCHES: Final = re.compile(
    r"\s*(DDE|INCLUDE|IMPORT|LINK|MACROBUTTON|DATABASE|EMBED|HTMLACTIVEX|CONTROL|PRINT\b|RD\b)", re.IGNORECASE
)
_LINK: Final = re.compile(r"\s*HYPERLINK", re.IGNORECASE)
# To a bookmark, with a tooltip or a frame perhaps.
_LINK_WITHIN: Final = re.compile(
    r"""\s*HYPERLINK\s+\\l\s+("[^"]*"|[\w.]+)(\s+\\[hmnot](\s+"[^"]*")?)*\s*""", re.IGNORECASE
)
_NAMED: Final = re.compile(r"\s*(=|\w+\s)")


@dataclass(slots=True)
class _Field:
    """A field that is open. ``is_code``: its result has not begun."""

    code: str = ""
    is_code: bool = True


def check_content(root: Any) -> None:
    """Raise ``TemplateError`` for an object, a link out of VML, or a field that fetches or runs things."""
    for element in root.iter("{*}*"):
        name = etree.QName(element)
        if name.namespace in (*W, *_VML) and name.localname in _OBJECTS:
            raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))
        if name.namespace in _VML and any(_leads_out(key, value) for key, value in element.attrib.items()):
            raise TemplateError(TemplateFault(TemplateFaultKind.EXTERNAL))
    for code in field_codes(root):
        if _LINK.match(code) and not _LINK_WITHIN.fullmatch(code):
            raise TemplateError(TemplateFault(TemplateFaultKind.EXTERNAL))
        if _FETCHES.match(code):
            raise TemplateError(TemplateFault(TemplateFaultKind.FIELD))


def _leads_out(key: str, value: str) -> bool:
    """Whether an attribute of VML names a file: a picture that is loaded without any relation."""
    return etree.QName(key).localname.lower() in {"src", "href"} and not value.strip().startswith("#")


def field_codes(root: Any) -> Iterator[str]:
    """The codes of all fields, each joined of its runs.

    ``TemplateError``: another field writes the name of one, or a code stands outside of fields; what such
    a field does can be seen only when it is done.
    """
    fields: list[_Field] = []
    for element in root.iter("{*}fldChar", "{*}fldSimple", "{*}instrText", "{*}delInstrText", "{*}t"):
        local = etree.QName(element).localname
        if local == "fldSimple":
            _require_name(fields)
            yield _attribute(element, "instr")
        elif local == "fldChar":
            yield from _mark(fields, _attribute(element, "fldCharType"))
        elif fields and fields[-1].is_code:
            fields[-1].code += "".join(element.itertext())
        elif local != "t" and "".join(element.itertext()).strip():
            raise TemplateError(TemplateFault(TemplateFaultKind.FIELD))
    yield from (one.code for one in fields)


def _mark(fields: list[_Field], kind: str) -> Iterator[str]:
    """Begin or end a field, or begin its result; yields its code when it ends."""
    if kind == "begin":
        _require_name(fields)
        fields.append(_Field())
    elif fields and kind == "separate":
        fields[-1].is_code = False
    elif fields and kind == "end":
        yield fields.pop().code


def _require_name(fields: list[_Field]) -> None:
    if fields and fields[-1].is_code and not _NAMED.match(fields[-1].code):
        raise TemplateError(TemplateFault(TemplateFaultKind.FIELD))


def _attribute(element: Any, name: str) -> str:
    """The attribute, in whatever namespace it stands."""
    found = [value for key, value in element.attrib.items() if etree.QName(key).localname == name]
    return str(found[0]) if found else ""
