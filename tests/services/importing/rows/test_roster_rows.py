"""The roster sheet: units in tiers, people with roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import plain
from rules.people.roles import ROLE_WORDS, TIER_WORDS, Role, Tier
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.roster_rows import ParsedRoster, parse_roster
from tests.services.importing.builders import document, said, sheet, task, workbook

HEADER = ("单位", "层级", "上级单位", "姓名", "职务", "角色", "电话")
DISTRICT = ("示范区", "区", None, None, None, None, None)
STREET = ("东风街道", "街道", "示范区", None, None, None, None)


def roster(
    *rows: Sequence[Any], known: Mapping[str, Tier] | None = None, merges: Sequence[str] = ()
) -> ParsedRoster:
    return parse_roster(workbook([HEADER, *rows], merges), "花名册.xlsx", known_units=known)


def units(parsed: ParsedRoster) -> list[tuple[str, Tier, str | None]]:
    return [(unit.name, unit.tier, unit.parent) for unit in parsed.units]


def reasons(parsed: ParsedRoster) -> list[tuple[int, list[str]]]:
    return [(refused.row, said(refused.reasons)) for refused in parsed.refused]


def test_units_and_people() -> None:
    parsed = roster(
        DISTRICT,
        ("东风街道", "街道", "示范区", "东风街道责任人", "城管科长", "责任人", 13800000000),
        ("东风街道", None, None, "东风街道联络员", None, "联络员", "0535-1234567"),
    )
    assert units(parsed) == [("示范区", Tier.DISTRICT, None), ("东风街道", Tier.STREET, "示范区")]
    first, second = parsed.contacts
    assert (first.row, first.unit, first.name, first.post) == (3, "东风街道", "东风街道责任人", "城管科长")
    assert (first.roles, first.phone) == ((Role.RESPONSIBLE_PERSON,), "13800000000")
    assert (second.unit, second.roles, second.phone) == ("东风街道", (Role.LIAISON,), "05351234567")
    assert parsed.refused == []


@pytest.mark.parametrize(("word", "tier"), TIER_WORDS.items())
def test_tiers(word: str, tier: Tier) -> None:
    assert units(roster(("甲", word, None))) == [("甲", tier, None)]


@pytest.mark.parametrize(
    ("word", "tier"),
    [
        ("区级", Tier.DISTRICT),
        (" 街 道 ", Tier.STREET),
        ("街道级", Tier.STREET),
        ("镇街", Tier.STREET),
        ("村(居)", Tier.VILLAGE),
        ("村\uff08居\uff09", Tier.VILLAGE),
        ("社区", Tier.VILLAGE),
        ("区直部门", Tier.DEPARTMENT),
    ],
)
def test_other_words_for_tiers(word: str, tier: Tier) -> None:
    assert units(roster(("甲", word, None))) == [("甲", tier, None)]


@pytest.mark.parametrize(("word", "role"), ROLE_WORDS.items())
def test_roles_in_their_long_and_short_forms(word: str, role: Role) -> None:
    parsed = roster(("甲", "部门", None, "某某", None, word))
    assert parsed.contacts[0].roles == (role,)


def test_several_roles_in_a_cell() -> None:
    parsed = roster(("甲", "部门", None, "某某", None, "分管领导、责任人/联络员"))
    assert parsed.contacts[0].roles == (Role.LEADER_IN_CHARGE, Role.RESPONSIBLE_PERSON, Role.LIAISON)


def test_several_lines_of_one_person_add_up() -> None:
    parsed = roster(
        ("甲", "部门", None, "某 某", None, "责任人", None),
        ("甲", None, None, "某某", "科长", "联络员", 13800000000),
    )
    (contact,) = parsed.contacts
    assert (contact.row, contact.name) == (2, "某某")
    assert (contact.post, contact.phone) == ("科长", "13800000000")
    assert contact.roles == (Role.RESPONSIBLE_PERSON, Role.LIAISON)


def test_one_phone_is_one_person_whatever_the_posts() -> None:
    parsed = roster(
        ("甲", "部门", None, "某某", "科长", "责任人", 13800000001),
        ("甲", None, None, "某某", "支部书记", "联络员", "138 0000 0001"),
    )
    assert [(c.post, c.roles) for c in parsed.contacts] == [("科长", (Role.RESPONSIBLE_PERSON, Role.LIAISON))]
    assert parsed.refused == []


def test_two_people_of_one_name_must_be_told_apart() -> None:
    parsed = roster(
        ("甲", "部门", None, "某某", "科长", "责任人", 13800000001),
        ("甲", None, None, "某某", "科员", "联络员", 13800000002),
        ("乙", "部门", None, "某某", "科员", "联络员", 13800000002),
    )
    assert [contact.unit for contact in parsed.contacts] == ["甲", "乙"]
    (refused,) = reasons(parsed)
    assert refused[0] == 3
    assert "“甲”的“某某”与第 2 行重名" in refused[1][0]


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("\uff11\uff13\uff1800000000", "13800000000"),
        ("+86 13800000000", "+8613800000000"),
        ("(0535)1234567转801", "05351234567转801"),
        ("13800000000/0535-1234567", "13800000000、05351234567"),
    ],
)
def test_phones(cell: object, phone: str) -> None:
    contact = roster(("甲", "部门", None, "某某", None, "责任人", cell)).contacts[0]
    assert (contact.phone, contact.warnings) == (phone, ())


@pytest.mark.parametrize(
    "cell", ["1.38E+10", "无号码", 12, "13800000001、13800000002、13800000003、13800000004"]
)
def test_bad_phones_are_left_out_with_a_warning(cell: object) -> None:
    contact = roster(("甲", "部门", None, "某某", None, "责任人", cell)).contacts[0]
    assert contact.phone == ""
    (warning,) = said(contact.warnings)
    assert warning.endswith("有误\uff0c未录入")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((None, "部门", None, "某某", None, "责任人"), ["没有填写单位"]),
        (("甲", "部门", None, None, None, "责任人"), ["没有填写姓名"]),
        (("甲", "部门", None, "某某", None, None), ["没有填写角色"]),
        (("甲", None, None, "某某", None, "责任人"), ["没有填写层级"]),
        (("甲", "科级", None), ["层级“科级”无法识别\uff0c应为区、街道、园区、村居或部门"]),
        (("甲", "部门", "示范市"), ["上级单位“示范市”不在花名册中"]),
        (("甲", "部门", "甲"), ["“甲”与上级单位互为上下级"]),
        (("甲" * 101, "部门", None), ["单位超过 100 字"]),
        (("甲", "部门", None, "某" * 101, None, "责任人"), ["姓名超过 100 字"]),
        (("=A1", "部门", None), ["单位是公式\uff0c文件中没有保存计算结果\uff0c请改为直接填写"]),
    ],
)
def test_refused_with_reasons(row: Sequence[Any], reason: list[str]) -> None:
    parsed = roster(row)
    assert reasons(parsed) == [(2, reason)]
    assert parsed.contacts == []


def test_an_unknown_role_names_those_that_there_are() -> None:
    ((row, reason),) = reasons(roster(("甲", "部门", None, "某某", None, "责任人、司机")))
    assert row == 2
    assert reason[0].startswith("角色“司机”无法识别\uff0c应为创城办、区领导、")


def test_all_reasons_of_a_line_are_collected() -> None:
    ((_, found),) = reasons(roster((None, "科级", None, None, "科长", "司机")))
    assert [text[:4] for text in found] == ["没有填写", "层级“科", "没有填写", "角色“司"]


def test_a_bad_person_does_not_refuse_the_unit() -> None:
    parsed = roster(("甲", "部门", None, "某某", None, "司机"), ("甲", None, None, "别人", None, "责任人"))
    assert units(parsed) == [("甲", Tier.DEPARTMENT, None)]
    assert [contact.name for contact in parsed.contacts] == ["别人"]


def test_all_lines_of_a_unit_that_cannot_be_placed_are_refused() -> None:
    parsed = roster(
        ("甲", "部门", "示范市"),
        ("甲", None, None, "某某", None, "责任人"),
        ("乙", "村居", "甲", "别人", None, "责任人"),
    )
    assert (parsed.units, parsed.contacts) == ([], [])
    assert [row for row, _ in reasons(parsed)] == [2, 3, 4]
    assert reasons(parsed)[2][1] == ["上级单位“甲”不在花名册中"]


def test_circles_are_refused() -> None:
    parsed = roster(("甲", "部门", "乙"), ("乙", "部门", "丙"), ("丙", "部门", "甲"), ("丁", "部门", "甲"))
    assert parsed.units == []
    assert len(parsed.refused) == 4


def test_contradictions_are_refused_with_the_line_they_contradict() -> None:
    parsed = roster(
        DISTRICT,
        ("城区", "区", None),
        STREET,
        ("东风街道", "园区", None, "甲", None, "责任人"),
        ("东风街道", None, "城区", "乙", None, "责任人"),
    )
    assert reasons(parsed) == [
        (5, ["“东风街道”的层级与第 4 行不一致"]),
        (6, ["“东风街道”的上级单位与第 4 行不一致"]),
    ]
    assert ("东风街道", Tier.STREET, "示范区") in units(parsed)


def test_tier_and_parent_may_stand_on_a_later_line_and_parents_below() -> None:
    parsed = roster(("东风街道", None, None, "甲", None, "责任人"), STREET, DISTRICT)
    assert units(parsed) == [("东风街道", Tier.STREET, "示范区"), ("示范区", Tier.DISTRICT, None)]
    assert parsed.refused == []


def test_units_of_the_roster_so_far_need_no_tier_and_can_be_parents() -> None:
    known = {"示范区\uff08本级\uff09": Tier.DISTRICT, "东风街道": Tier.STREET}
    parsed = roster(
        ("东风 街道", None, None, "甲", None, "责任人"), ("乙社区", "村居", "示范区(本级)"), known=known
    )
    assert units(parsed) == [
        ("东风街道", Tier.STREET, None),
        ("乙社区", Tier.VILLAGE, "示范区\uff08本级\uff09"),
    ]
    assert parsed.contacts[0].unit == "东风街道"


def test_a_unit_inherits_through_merged_cells_only() -> None:
    rows = (
        ("甲", "部门", None, "一", None, "责任人"),
        (None, None, None, "二", None, "联络员"),
        (None, None, None, "三", None, "联络员"),
    )
    parsed = roster(*rows, merges=["A2:A3", "B2:B3"])
    assert [contact.name for contact in parsed.contacts] == ["一", "二"]
    assert reasons(parsed) == [(4, ["没有填写单位"])]


def test_messy_sheets() -> None:
    rows: list[list[Any]] = [
        ["2026年创城工作花名册"],
        ["序号", "单位\n名称", "层 级", "姓名", "人员角色", "联系电话", "所在科室"],
        [1, "甲", "部门", "王 伟", "责任人", 13800000000, "市容科"],
        [None] * 7,
        ["序号", "单位名称", "层级", "姓名", "人员角色", "联系电话", "所在科室"],
        ["注:请勿外传"],
        ["填表人:某某", None, None, "电话:123456"],
    ]
    parsed = parse_roster(workbook(rows, merges=["A1:G1", "A6:G6"]), "花名册.xlsx")
    assert [(c.name, c.section) for c in parsed.contacts] == [("王伟", "市容科")]
    assert parsed.refused == []


def test_a_roster_in_word() -> None:
    rows = [HEADER, ("甲", "部门", "", "某某", "", "责任人", "13800000000")]
    parsed = parse_roster(document(rows), "花名册.docx")
    assert [contact.name for contact in parsed.contacts] == ["某某"]


def test_a_breakdown_of_tasks_is_no_roster() -> None:
    with pytest.raises(ImportFileError) as caught:
        parse_roster(sheet(task()), "任务.xlsx")
    (text,) = said([caught.value.text])
    assert text.startswith("“任务.xlsx”中没有找到完整的表头。看到的列：序号、行动、重点、目标任务、")
    assert text.endswith("；缺少：单位、姓名、角色。请补上后再导入。")


CELLS = st.one_of(
    st.none(),
    st.sampled_from(["甲", "乙", "部门", "区", "责任人", "联络员", "13800000000", "注:略"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=5),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=6))
def test_what_is_accepted_is_sound_whatever_the_sheet(rows: list[list[Any]]) -> None:
    safe = [[f"'{c}" if isinstance(c, str) and c.startswith("=") else c for c in row] for row in rows]
    parsed = roster(*safe)
    names = {unit.name for unit in parsed.units}
    assert len(names) == len(parsed.units)
    assert all(unit.parent is None or unit.parent in names for unit in parsed.units)
    assert all(contact.unit in names and contact.name and contact.roles for contact in parsed.contacts)
    assert all(refused.reasons for refused in parsed.refused)


def test_a_phone_in_the_name_goes_to_its_column() -> None:
    (contact,) = roster(("甲", "部门", None, "张三（13800138000）", None, "责任人", None)).contacts
    assert (contact.name, contact.phone, contact.warnings) == ("张三", "13800138000", ())


def test_a_phone_in_the_name_that_is_another_one_is_named() -> None:
    (contact,) = roster(("甲", "部门", None, "张三13800138000", None, "责任人", "13900139000")).contacts
    assert (contact.name, contact.phone) == ("张三", "13900139000")
    assert said(contact.warnings) == ["姓名中的电话 13800138000 与电话栏的 13900139000 不同，按电话栏录入"]


@pytest.mark.parametrize("stated", ["13800138000", "138-0013-8000、6612345", "+8613800138000"])
def test_the_same_phone_in_the_name_is_no_other_one(stated: str) -> None:
    (contact,) = roster(("甲", "部门", None, "张三13800138000", None, "责任人", stated)).contacts
    assert contact.warnings == ()


@pytest.mark.parametrize("cell", ["1380013800", "138001380001", "+86 1380013800", "13800138000、1390013900"])
def test_a_mobile_number_has_eleven_digits(cell: str) -> None:
    (contact,) = roster(("甲", "部门", None, "张三", None, "责任人", cell)).contacts
    assert contact.phone == ""
    assert said(contact.warnings) == [f"电话“{cell}”有误，未录入"]


def test_rows_that_are_no_lines_are_named() -> None:
    found = roster(
        ("一、区直部门", *[None] * 6),
        ("教育局", "部门", None, "张三", None, "责任人", None),
        ("联系人：李四", *[None] * 6),
        ("合计 1 人", *[None] * 6),
        merges=["A2:G2"],
    )
    assert [contact.name for contact in found.contacts] == ["张三"]
    assert [plain(one.shown) for one in found.meanings] == [
        "“一、区直部门”不作为数据行（1 处：第 2 行）",
        "“联系人：李四”不作为数据行（1 处：第 4 行）",
        "“合计 1 人”不作为数据行（1 处：第 5 行）",
    ]


def test_a_person_whose_line_begins_like_a_note_is_read() -> None:
    header = ("姓名", "单位", "层级", "角色")
    rows = [
        header,
        ("联系人：李四", "城管局", "部门", "联络员"),
        ("王五", "城管局", "部门", "责任人"),
        header,
    ]
    found = parse_roster(workbook(rows), "花名册.xlsx")
    assert [(contact.row, contact.unit) for contact in found.contacts] == [(2, "城管局"), (3, "城管局")]
    assert [plain(one.shown) for one in found.meanings] == ["“姓名”不作为数据行（1 处：第 4 行）"]
