"""What each part of a .docx may be: its kind, its relations, and how its XML is written.

Only what is known to be harmless is let through. What a part is, its relations and its content say; its
name says nothing, as a macro in ``word/x.dat`` works, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from reports.templates.template_faults import TemplateError, TemplateFault, TemplateFaultKind
from reports.templates.template_fields import check_content

CONTENT_TYPES: Final = "[Content_Types].xml"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
MAIN_TYPE: Final = f"{_WORD}document.main+xml"
_TYPES: Final = frozenset(
    {
        *("application/xml", "text/xml", "application/vnd.ms-word.styleswitheffects+xml"),
        *(
            f"{_WORD}{name}+xml"
            for name in (
                *("document.main", "document.glossary", "styles", "settings", "websettings", "fonttable"),
                *("numbering", "header", "footer", "footnotes", "endnotes", "comments", "people"),
                *("commentsextended", "commentsids", "commentsextensible"),
            )
        ),
        *(
            f"application/vnd.openxmlformats-{name}"
            for name in (
                *("package.relationships+xml", "package.core-properties+xml"),
                *("officedocument.extended-properties+xml", "officedocument.custom-properties+xml"),
                *("officedocument.theme+xml", "officedocument.customxmlproperties+xml"),
                "officedocument.obfuscatedfont",
            )
        ),
        *(
            f"application/vnd.ms-office.{name}+xml"
            for name in ("intelligence2", "documenttasks", "classificationlabels")
        ),
        *(f"image/{name}" for name in ("png", "jpeg", "jpg", "pjpeg", "gif", "bmp", "x-bmp", "tiff")),
        *(f"image/{name}" for name in ("tif", "emf", "x-emf", "wmf", "x-wmf")),
    }
)
_RELATION: Final = re.compile(
    r"http://(schemas\.openxmlformats\.org/officedocument/2006/relationships"
    r"|purl\.oclc\.org/ooxml/officedocument/relationships"
    r"|schemas\.openxmlformats\.org/package/2006/relationships"
    r"|schemas\.microsoft\.com/office/\d{4}(?:/\d{2})?/relationships)/(?:metadata/)?([\w-]+)"
)
_RELATIONS: Final = frozenset(
    {
        *("officedocument", "styles", "styleswitheffects", "settings", "websettings", "fonttable", "theme"),
        *("numbering", "header", "footer", "footnotes", "endnotes", "image", "font", "thumbnail"),
        *("comments", "commentsextended", "commentsids", "commentsextensible", "people"),
        *("customxml", "customxmlprops", "glossarydocument"),
        *("core-properties", "coreproperties", "extended-properties", "extendedproperties"),
        *("custom-properties", "customproperties"),
        *("intelligence", "documenttasks", "classificationlabels"),
    }
)
_FONT: Final = ".odttf"
# By how they begin: LibreOffice asks neither name nor type, and an SVG or EPS can fetch or run things.
_PICTURES: Final = (
    *(b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"),
    *(b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00", b"\x02\x00\x09\x00"),
)
_METAFILE: Final = re.compile(rb"\x01\x00\x00\x00.{36} EMF", re.DOTALL)
_DOCTYPE: Final = re.compile(r"<!(DOCTYPE|ENTITY)")


def check_part(name: str, content: bytes) -> None:
    """Raise ``TemplateError`` for a part that is no harmless XML, picture or font."""
    if content.startswith(_PICTURES) or _METAFILE.match(content):
        return
    if name.lower().endswith(_FONT):
        return
    root = parsed(content)
    if name.lower().endswith(".rels") or etree.QName(root).localname.lower() == "relationships":
        _check_relations(root)
    check_content(root)


def parsed(content: bytes) -> Any:
    """The root of an XML part. ``TemplateError``: it is none, has a DOCTYPE, or is not in UTF-8."""
    try:
        words = content.decode("utf-8")
        if "\x00" in words or _DOCTYPE.search(words):
            raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX))
        # A parser of its own for each part: it keeps what it has read of the one before.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        root = etree.fromstring(content, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError):
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX)) from None
    said = root.getroottree().docinfo
    if said.doctype or (said.encoding or "UTF-8").upper() not in {"UTF-8", "UTF8"}:
        raise TemplateError(TemplateFault(TemplateFaultKind.NOT_DOCX))
    return root


def _check_relations(root: Any) -> None:
    for relation in root.iter("{*}*"):
        said = {etree.QName(key).localname.lower(): value.strip() for key, value in relation.attrib.items()}
        target = said.get("target", "")
        if said.get("targetmode", "internal").lower() != "internal" or _lies_elsewhere(target):
            raise TemplateError(TemplateFault(TemplateFaultKind.EXTERNAL))
        if relation is root:
            continue
        known = _RELATION.fullmatch(said.get("type", "").lower())
        kind = known[2] if known else ""
        if kind not in _RELATIONS or (kind == "font") != target.lower().endswith(_FONT):
            raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))


def _lies_elsewhere(target: str) -> bool:
    return ":" in target or "\\" in target or target.startswith("//")


def check_types(root: Any, names: set[str]) -> None:
    """Raise ``TemplateError`` if ``[Content_Types].xml`` calls a part something that no template needs."""
    types = dict(_types(root))
    for name in names - {CONTENT_TYPES}:
        lower = name.lower()
        kind = types.get(f"/{lower}") or types.get(lower.rpartition(".")[2], "")
        if kind not in _TYPES:
            raise TemplateError(TemplateFault(TemplateFaultKind.MACROS))


def main_type(root: Any, name: str) -> str:
    """What ``[Content_Types].xml`` calls the part, in small letters."""
    return dict(_types(root)).get(f"/{name}", "")


def _types(root: Any) -> Iterator[tuple[str, str]]:
    """Pairs of a name of a part, which begins with a slash, or an ending, and its type; in small letters."""
    for one in root.iter("{*}Default", "{*}Override"):
        said: Mapping[str, str] = one.attrib
        key = said.get("PartName") or said.get("Extension", "")
        yield key.lower(), said.get("ContentType", "").strip().lower()
