"""Files that are no template: what is hidden in them, and what a template may make of harmless words."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reports.templates import template_check
from reports.templates.template_check import check_archive
from reports.templates.template_faults import TemplateError, TemplateFaultKind
from reports.work_report_docx import render, try_template
from tests.reports.test_work_report_docx import OWN, WORDS, changed, opened, refused, template

K = TemplateFaultKind
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINK: Final = f"{_OFFICE}/hyperlink"
_RELATIONS: Final = "word/_rels/document.xml.rels"


def _macro(parts: dict[str, bytes]) -> None:
    parts["word/vbaProject.bin"] = b"x"


def _docm(parts: dict[str, bytes]) -> None:
    types = parts["[Content_Types].xml"]
    plain = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts["[Content_Types].xml"] = types.replace(plain, b"vnd.ms-word.document.macroEnabled.main+xml")


def _embedded(parts: dict[str, bytes]) -> None:
    parts["word/embeddings/oleObject1.bin"] = b"x"


def _external(parts: dict[str, bytes]) -> None:
    relation = (
        b'<Relationship Id="rIdX" Type="http://x/image" Target="http://x/y.png" TargetMode="External"/>'
    )
    name = "word/_rels/document.xml.rels"
    parts[name] = parts[name].replace(b"</Relationships>", relation + b"</Relationships>")


def _entities(parts: dict[str, bytes]) -> None:
    parts["word/document.xml"] = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + parts["word/document.xml"]
    )


def _bomb(parts: dict[str, bytes]) -> None:
    parts["word/media/image1.xml"] = bytes(61 * 1024 * 1024)


def _without_main(parts: dict[str, bytes]) -> None:
    del parts["word/document.xml"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_macro, K.MACROS),
        (_docm, K.MACROS),
        (_embedded, K.MACROS),
        (_external, K.EXTERNAL),
        (_entities, K.NOT_DOCX),
        (_bomb, K.TOO_BIG),
        (_without_main, K.NOT_DOCX),
    ],
)
def test_files_that_are_no_template(
    change: Callable[[dict[str, bytes]], None], kind: TemplateFaultKind
) -> None:
    (fault,) = refused(changed(template("{{ 标题 }}"), change)).faults
    assert fault.kind is kind


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(100), OWN[: len(OWN) // 2]])
def test_bytes_that_are_no_word_file(content: bytes) -> None:
    (fault,) = refused(content).faults
    assert fault.kind is K.NOT_DOCX


def test_an_archive_that_lies_about_a_size() -> None:
    """The directory says that the part is small; what it unpacks to is not read."""
    content = bytearray(changed(template("{{ 标题 }}"), _zeros))
    size = len(_ZEROS).to_bytes(4, "little")
    at = content.rindex(size)
    while at > 0:
        content[at : at + 4] = (10).to_bytes(4, "little")
        at = content.rfind(size, 0, at)
    (fault,) = refused(bytes(content)).faults
    assert fault.kind is K.NOT_DOCX


_ZEROS: Final = bytes(7_654_321)


def _zeros(parts: dict[str, bytes]) -> None:
    parts["word/media/image1.xml"] = _ZEROS


def test_a_file_that_is_too_large() -> None:
    (fault,) = refused(bytes(5 * 1024 * 1024 + 1)).faults
    assert fault.kind is K.TOO_BIG


def relate(parts: dict[str, bytes], kind: str, target: str, more: str = "") -> None:
    relation = f'<Relationship Id="rIdX" Type="{kind}" Target="{target}" {more}/>'.encode()
    parts[_RELATIONS] = parts[_RELATIONS].replace(b"</Relationships>", relation + b"</Relationships>")


def call(parts: dict[str, bytes], name: str, kind: str) -> None:
    said = f'<Override PartName="/{name}" ContentType="{kind}"/>'.encode()
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(b"</Types>", said + b"</Types>")


def _in_utf16(name: str, parts: dict[str, bytes]) -> None:
    words = parts[name].decode().partition("?>")[2]
    parts[name] = f'<?xml version="1.0" encoding="UTF-16"?>{words}'.encode("utf-16")


def _in_latin(parts: dict[str, bytes]) -> None:
    words = parts[_RELATIONS].decode().partition("?>")[2]
    parts[_RELATIONS] = f'<?xml version="1.0" encoding="ISO-8859-1"?>{words}'.encode()


def _part(name: str, content: bytes, kind: str, relation: str, parts: dict[str, bytes]) -> None:
    parts[f"word/{name}"] = content
    call(parts, f"word/{name}", kind)
    relate(parts, relation, name)


_MACRO: Final = (
    "application/vnd.ms-office.vbaProject",
    "http://schemas.microsoft.com/office/2006/relationships/vbaProject",
)
_OLE: Final = ("application/vnd.openxmlformats-officedocument.oleObject", f"{_OFFICE}/oleObject")
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (partial(relate, kind=f"{_OFFICE}/image", target="a", more='TargetMode="&#69;xternal"'), K.EXTERNAL),
        (partial(relate, kind=f"{_OFFICE}/image", target="a", more='TargetMode=" eXternal"'), K.EXTERNAL),
        (partial(relate, kind=_LINK, target="http://x/", more='TargetMode="External"'), K.EXTERNAL),
        (partial(relate, kind=f"{_OFFICE}/image", target="http://x/y.png"), K.EXTERNAL),
        (partial(relate, kind=f"{_OFFICE}/image", target="//x/y.png"), K.EXTERNAL),
        (partial(relate, kind=f"{_OFFICE}/image", target="&#92;&#92;x&#92;y.png"), K.EXTERNAL),
        (partial(_in_utf16, _RELATIONS), K.NOT_DOCX),
        (partial(_in_utf16, "word/document.xml"), K.NOT_DOCX),
        (_in_latin, K.NOT_DOCX),
        (partial(_part, "x.dat", b"x", *_MACRO), K.MACROS),
        (partial(_part, "x.dat", b"<a/>", "application/xml", _MACRO[1]), K.MACROS),
        (partial(_part, "o.dat", b"x", *_OLE), K.MACROS),
        (partial(_part, "foo.html", b"<a/>", "text/html", f"{_OFFICE}/aFChunk"), K.MACROS),
        (partial(_part, "a.png", _SVG, "image/svg+xml", f"{_OFFICE}/image"), K.MACROS),
        (partial(_part, "a.png", b"%!PS-Adobe", "image/png", f"{_OFFICE}/image"), K.NOT_DOCX),
        (partial(_part, "a.odttf", b"x", "image/png", f"{_OFFICE}/header"), K.MACROS),
    ],
)  # fmt: skip
def test_what_hides_behind_another_name_or_spelling(
    change: Callable[[dict[str, bytes]], None], kind: TemplateFaultKind
) -> None:
    (fault,) = refused(changed(template("{{ 标题 }}"), change)).faults
    assert fault.kind is kind


def with_xml(xml: str) -> bytes:
    """A template with a paragraph of this."""
    page = Document()
    spaces = f"{nsdecls('w')} xmlns:v='urn:schemas-microsoft-com:vml'"
    page.element.body.sectPr.addprevious(parse_xml(f"<w:p {spaces}>{xml}</w:p>"))
    made = io.BytesIO()
    page.save(made)
    return made.getvalue()


def field(*code: str) -> str:
    """A field whose code is split over runs."""
    return (
        _mark("begin")
        + "".join(map(_code, code))
        + _mark("separate")
        + "<w:r><w:t>1</w:t></w:r>"
        + _mark("end")
    )


def _code(words: str) -> str:
    return f"<w:r><w:instrText>{words}</w:instrText></w:r>"


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (field("DDEAUTO c:\\x"), K.FIELD),
        (field(" dde", "auto c:\\x"), K.FIELD),
        (field("INCLUDETEXT x"), K.FIELD),
        (field("INCLUDE", "PICTURE", " x"), K.FIELD),
        (field("LINK x"), K.FIELD),
        (_mark("begin") + _code("IF 1 = 1 ") + field("DDE x") + _mark("end"), K.FIELD),
        (_mark("begin") + field("QUOTE 68 68 69") + _code(" x") + _mark("end"), K.FIELD),
        (_code("DDE x"), K.FIELD),
        (_mark("begin") + _code("DDE x"), K.FIELD),
        ('<w:fldSimple w:instr=" DDEAUTO x"/>', K.FIELD),
        (field('HYPERLINK "http://x/"'), K.EXTERNAL),
        (field('HYPERLINK "http://x/" \\l "a"'), K.EXTERNAL),
        ('<w:r><w:pict><v:shape><v:imagedata src="http://x/y.png"/></v:shape></w:pict></w:r>', K.EXTERNAL),
        ("<w:r><w:object/></w:r>", K.MACROS),
        ("<w:altChunk/>", K.MACROS),
    ],
)  # fmt: skip
def test_fields_and_objects_that_fetch_or_run_things(xml: str, kind: TemplateFaultKind) -> None:
    (fault,) = refused(with_xml(xml)).faults
    assert fault.kind is kind


def test_ordinary_fields_stay() -> None:
    codes = ["PAGE", " NUMPAGES \\* MERGEFORMAT", 'TOC \\o "1-3" \\h', "REF _Ref1", 'DATE \\@ "yyyy"', "TIME"]
    codes += ['STYLEREF "标题 1"', 'HYPERLINK \\l "_Toc1"', ' HYPERLINK \\l "_Toc1" \\h ', "PRINTDATE"]
    toc = _mark("begin") + _code("TOC ") + _mark("separate") + field("PAGEREF a")
    counted = (
        "<w:r><w:instrText>= </w:instrText></w:r>"
        + field("PAGE")
        + "<w:r><w:instrText>- 1</w:instrText></w:r>"
    )
    xml = "".join(map(field, codes)) + toc + _mark("end") + _mark("begin") + counted + _mark("end")
    try_template(with_xml(xml + '<w:fldSimple w:instr="PAGE"/>'), WORDS)


@pytest.mark.parametrize(
    ("xml", "words", "kind"),
    [
        (field("DD{{ '' }}E x"), {}, K.FIELD),
        (field("{{ 标题 }}"), {"标题": "INCLUDETEXT x"}, K.FIELD),
        ("<w:r><w:t>{{ '&lt;/w:t&gt;&lt;w:object/&gt;&lt;w:t&gt;'|safe }}</w:t></w:r>", {}, K.MACROS),
    ],
)
def test_what_a_template_makes_is_checked_as_well(
    xml: str, words: Mapping[str, str], kind: TemplateFaultKind
) -> None:
    content = with_xml(xml)
    check_archive(content)
    with pytest.raises(TemplateError) as caught:
        render(content, {**WORDS, **words})
    assert [one.kind for one in caught.value.faults] == [kind]


def test_a_report_has_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    many = template("{%p for i in range(300) %}", "字" * 400, "{%p endfor %}")
    try_template(many, WORDS)
    monkeypatch.setattr(template_check, "MAX_MADE_UNPACKED", 400_000)
    assert [one.kind for one in refused(many).faults] == [K.LIMITS]
    monkeypatch.setattr(template_check, "MAX_MADE", 1000)
    assert [one.kind for one in refused(template("{{ 标题 }}")).faults] == [K.LIMITS]


def _as_libreoffice(parts: dict[str, bytes]) -> None:
    """LibreOffice writes a type in small letters, and types for the relations themselves."""
    name = "_rels/.rels"
    parts[name] = parts[name].replace(
        b"package/2006/relationships/metadata/core", b"officedocument/2006/relationships/metadata/core"
    )
    call(parts, name, "application/vnd.openxmlformats-package.relationships+xml")


def test_a_template_that_libreoffice_has_saved() -> None:
    saved = changed(OWN, _as_libreoffice)
    try_template(saved, WORDS)
    assert opened(render(saved, WORDS)).paragraphs[0].text == WORDS["标题"]
