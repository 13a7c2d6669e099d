"""The 工作情况汇报 as a Word file: its page by GB/T 9704-2012, its words, and templates that are hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Final

import pytest
from docx import Document
from docx.document import Document as Page
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

from reports.official_page import BODY_FONT, FALLBACKS, HEAD_FONT, SUBHEAD_FONT, TITLE_FONT
from reports.pdf_copy import pdf_copy
from reports.templates.template_faults import TemplateError, TemplateFaultKind, TemplatePlace
from reports.work_report_docx import render, try_template
from reports.work_report_template import default_template, placeholders
from tests.reports.work_report_words import REPORT

K = TemplateFaultKind
WORDS: Final = placeholders(REPORT)
OWN: Final = default_template("zh")


def opened(content: bytes) -> Page:
    return Document(io.BytesIO(content))


def words_of(page: Page) -> list[str]:
    return [one.text for one in page.paragraphs if one.text.strip()]


def test_the_words_in_their_order() -> None:
    page = opened(render(OWN, WORDS))
    assert words_of(page) == [
        REPORT.title,
        REPORT.lead,
        "一、前段工作开展情况",
        "（一）迅速动员部署，明确工作任务",
        "召开全区创城动员大会；参加人数320人。",
        "（二）突出工作重点，提高创城水平",
        *["市容环境整治行动。背街小巷方面，清理违规广告牌匾576处，清理野广告11.6万张。"] * 3,
        "二、存在问题",
        "逾期未完成的任务1项：整治背街小巷（东风街道）。",
        REPORT.unit,
        REPORT.day,
        "附件",
        "文中数字来源",
        page.paragraphs[-2].text if page.paragraphs[-1].text == "" else page.paragraphs[-1].text,
    ]
    (table,) = page.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["序号", "数字", "统计口径", "份数", "编号"],
        ["1", "576处", "市容环境整治行动·背街小巷：清理违规广告牌匾", "2", "20261201-0001、20261202-0003"],
    ]


def test_the_page_is_that_of_the_standard() -> None:
    page = opened(render(OWN, WORDS))
    section = page.sections[0]
    sizes = [section.page_width, section.page_height]
    sizes += [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(one.mm) for one in sizes if one is not None] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    # 22 lines in 225 mm, 28 characters in 156 mm; a twentieth and a 4096th of a point.
    pitch, space = int(grid.get(qn("w:linePitch"))), int(grid.get(qn("w:charSpace")))
    assert Mm(225).pt - 1 < 22 * pitch / 20 <= Mm(225).pt
    assert Mm(156).pt - 1 < 28 * (16 + space / 4096) <= Mm(156).pt + 0.01
    assert "PAGE" in section.footer._element.xml
    assert section.footer.paragraphs[0].text.strip("— ") == ""


def test_the_fonts_are_named_with_those_in_their_place() -> None:
    content = render(OWN, WORDS)
    page = opened(content)
    fonts = {one.text: (one.runs[0].font.name, one.runs[0].font.size) for one in page.paragraphs if one.runs}
    assert [
        fonts[words][0] for words in (REPORT.title, "二、存在问题", "（一）迅速动员部署，明确工作任务")
    ] == [
        TITLE_FONT,
        HEAD_FONT,
        SUBHEAD_FONT,
    ]
    assert fonts[REPORT.lead] == (BODY_FONT, 16 * 12700)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        table = parts.read("word/fontTable.xml").decode()
    for name, instead in FALLBACKS.items():
        assert f'<w:font w:name="{name}"><w:altName w:val="{instead}"/>' in table


def test_no_heading_and_no_signature_stands_alone() -> None:
    page = opened(render(OWN, WORDS))
    kept = {one.text: one.paragraph_format.keep_with_next for one in page.paragraphs}
    for words in ("一、前段工作开展情况", "（一）迅速动员部署，明确工作任务", REPORT.unit):
        assert kept[words]
    assert kept["逾期未完成的任务1项：整治背街小巷（东风街道）。"]


def test_the_same_report_makes_the_same_bytes() -> None:
    assert render(OWN, WORDS) == render(OWN, WORDS)
    assert default_template("zh") == OWN


def test_what_is_not_there_leaves_no_trace() -> None:
    empty = {**WORDS, "正文": [], "来源": []}
    page = opened(render(OWN, empty))
    assert words_of(page) == [REPORT.title, REPORT.lead, REPORT.unit, REPORT.day]
    assert not page.tables


def test_words_are_words_whatever_they_look_like() -> None:
    odd = "<w:p>&amp; {{ 单位 }} {% for %} \x00\x0b\u202e\ufffe😀"
    page = opened(render(OWN, {**WORDS, "导语": odd}))
    assert "<w:p>&amp; {{ 单位 }} {% for %} 😀" in words_of(page)


def test_the_copy_for_a_pdf_has_a_grid_of_lines() -> None:
    content = render(OWN, WORDS)
    copy = opened(pdf_copy(content))
    grid = copy.sections[0]._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "lines"
    spacing = copy.styles["Normal"].element.rPr.find(qn("w:spacing"))
    assert spacing.get(qn("w:val")) == "-5"
    assert words_of(copy) == words_of(opened(content))
    plain = template("好")
    assert pdf_copy(plain) == plain


def template(*paragraphs: str, cell: str = "") -> bytes:
    page = Document()
    for words in paragraphs:
        page.add_paragraph(words)
    if cell:
        page.add_table(1, 2).rows[0].cells[1].text = cell
    made = io.BytesIO()
    page.save(made)
    return made.getvalue()


def changed(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        found = {name: parts.read(name) for name in parts.namelist()}
    change(found)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, part in found.items():
            parts.writestr(name, part)
    return made.getvalue()


def refused(content: bytes) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        try_template(content, WORDS)
    return caught.value


def test_templates_that_are_taken() -> None:
    for content in (OWN, default_template("en"), template("只有固定文字"), template("{{ 标题 }}")):
        try_template(content, WORDS)


def test_every_unknown_placeholder_is_named_with_its_place() -> None:
    content = template(
        "",
        "{{ 标题 }}",
        "{{ 区名 }}",
        "{%p for 章 in 正文 %}",
        "{{ 章.题目 }}",
        "{%p endfor %}",
        cell="{{ 人数 }}",
    )
    found = {one.name: one for one in refused(content).faults}
    assert set(found) == {"区名", "题目", "人数"}
    assert {one.kind for one in found.values()} == {K.UNKNOWN}
    places = {name: [(one.place, one.at) for one in fault.passages] for name, fault in found.items()}
    assert places == {
        "区名": [(TemplatePlace.PARAGRAPH, (2,))],
        "题目": [(TemplatePlace.PARAGRAPH, (4,))],
        "人数": [(TemplatePlace.CELL, (1, 1, 2))],
    }


def test_a_question_whether_a_word_is_defined_is_no_fault() -> None:
    try_template(
        template("{% if 区名 is defined %}{{ 区名 }}{% endif %}{{ 标题 }}"), {**WORDS, "区名": "东风区"}
    )


def test_an_unknown_placeholder_that_only_an_empty_period_meets() -> None:
    hidden = template("{% if not 正文 %}{{ 单位.全称 }}{% endif %}")
    (fault,) = refused(hidden).faults
    assert (fault.kind, fault.name) == (K.UNKNOWN, "全称")
    with pytest.raises(TemplateError) as caught:
        render(hidden, {**WORDS, "正文": []})
    (fault,) = caught.value.faults
    assert (fault.kind, fault.name) == (K.UNKNOWN, "全称")


def test_a_template_is_tried_with_nothing_and_with_very_much() -> None:
    (fault,) = refused(template("好", "{{ 正文[0].标题 }}")).faults
    assert (fault.kind, [one.at for one in fault.passages]) == (K.EMPTY, [(2,)])
    assert [one.kind for one in refused(template("{{ 1 / (来源|length) }}")).faults] == [K.EMPTY]
    many = template("{% if 来源|length > 5 %}{{ 1 / 0 }}{% endif %}")
    assert [one.kind for one in refused(many).faults] == [K.BROKEN]
    try_template(template("{% if 正文 %}{{ 正文[0].标题 }}{% endif %}"), WORDS)


def test_an_unknown_filter_is_named_with_its_place() -> None:
    for words in ("{{ 标题|缩写 }}", "{% if 标题 %}{{ 标题|缩写 }}{% endif %}", "{{ 1 if 标题 is 缩写 }}"):
        (fault,) = refused(template("好", words)).faults
        assert (fault.kind, fault.name, [one.at for one in fault.passages]) == (K.UNKNOWN, "缩写", [(2,)])


def _page_with_corners() -> bytes:
    """An unknown placeholder in every place that a Word file has for words."""
    page = Document()
    page.add_paragraph("好")
    page.add_table(1, 1).rows[0].cells[0].add_table(1, 2).rows[0].cells[1].text = "{{ 表中表 }}"
    section = page.sections[0]
    section.different_first_page_header_footer = True
    page.settings.odd_and_even_pages_header_footer = True
    section.first_page_header.paragraphs[0].text = "{{ 首页 }}"
    section.even_page_footer.paragraphs[0].text = "{{ 双页 }}"
    last = page.element.body.sectPr
    for xml in (
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>{{ 控件 }}</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        "<w:p><w:sdt><w:sdtContent><w:r><w:t>{{ 行内 }}</w:t></w:r></w:sdtContent></w:sdt></w:p>",
        "<w:p><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox><w:txbxContent>"
        "<w:p><w:r><w:t>{{ 框 }}</w:t></w:r></w:p></w:txbxContent></v:textbox>"
        "</v:shape></w:pict></w:r></w:p>",
    ):
        last.addprevious(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))
    notes = f"<w:footnotes {nsdecls('w')}><w:footnote w:id='1'><w:p><w:r><w:t>{{{{ 注 }}}}</w:t></w:r></w:p>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    content = f"{notes}</w:footnote></w:footnotes>".encode()
    part = Part(PackURI("/word/footnotes.xml"), kind, content, page.part.package)
    page.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    made = io.BytesIO()
    page.save(made)
    return made.getvalue()


def test_every_corner_of_a_page_is_a_place() -> None:
    faults = refused(_page_with_corners()).faults
    place = TemplatePlace
    assert {one.name: [(at.place, at.at) for at in one.passages] for one in faults} == {
        "表中表": [(place.CELL, (1, 1, 1))],
        "首页": [(place.HEADER, ())],
        "双页": [(place.FOOTER, ())],
        "控件": [(place.PARAGRAPH, (2,))],
        "行内": [(place.PARAGRAPH, (3,))],
        "框": [(place.BOX, ())],
        "注": [(place.NOTE, ())],
    }


@pytest.mark.parametrize(
    "words",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 标题.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler }}",
        "{{ namespace }}",
        "{{ 正文.append(1) }}",
        "{{ 正文.clear() }}",
    ],
)
def test_the_sandbox_gives_nothing_but_the_words(words: str) -> None:
    assert {one.kind for one in refused(template(words)).faults} <= {K.UNKNOWN, K.FORBIDDEN}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("{{ 标题 }", K.SYNTAX),
        ("{%p for 章 in 正文 %}", K.SYNTAX),
        ("{% include '/etc/passwd' %}", K.BROKEN),
        ("{% for a in range(1000000000) %}{% endfor %}", K.LIMITS),
        ("{{ 1 / 0 }}", K.BROKEN),
    ],
)
def test_templates_that_fail(words: str, kind: TemplateFaultKind) -> None:
    assert [one.kind for one in refused(template("好", words)).faults] == [kind]


def test_a_syntax_error_is_shown_where_braces_do_not_go_in_pairs() -> None:
    (fault,) = refused(template("好", "{{ 标题 }")).faults
    assert [(one.at, one.words) for one in fault.passages] == [((2,), "{{ 标题 }")]
