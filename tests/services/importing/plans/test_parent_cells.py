"""All the ways in which an office writes the task above another one into a cell."""

from __future__ import annotations

import pytest

from services.importing.plans.parent_cells import (
    NamedTask,
    looks_like_serial,
    objective_key,
    readings,
    serial_key,
)

TASK, BUREAU = "完善城乡垃圾集中清运长效机制", "农业农村局"


@pytest.mark.parametrize(
    "cell",
    [
        "完善城乡垃圾集中清运长效机制（农业农村局）",
        "完善城乡垃圾集中清运长效机制(农业农村局)",
        "完善城乡垃圾集中清运长效机制【农业农村局】",
        "完善城乡垃圾集中清运长效机制／农业农村局",
        "完善城乡垃圾集中清运长效机制/农业农村局",
        "完善城乡垃圾集中清运长效机制-农业农村局",
        "完善城乡垃圾集中清运长效机制——农业农村局",
        "完善城乡垃圾集中清运长效机制\n农业农村局",
        "完善城乡垃圾集中清运长效机制，农业农村局",
        "完善城乡垃圾集中清运长效机制  农业农村局",
        "农业农村局：完善城乡垃圾集中清运长效机制",
        "（农业农村局）完善城乡垃圾集中清运长效机制",
        "“完善城乡垃圾集中清运长效机制”（农业农村局）",
        "《完善城乡垃圾集中清运长效机制》农业农村局",
        "目标任务：完善城乡垃圾集中清运长效机制（农业农村局）",
        "完善城乡垃圾集中\n清运长效机制（农业农村局）",
    ],
)
def test_a_task_with_its_unit(cell: str) -> None:
    assert NamedTask(TASK, BUREAU) in readings(cell)


def test_brackets_belong_to_the_name_first() -> None:
    """Only what is no name as a whole is cut."""
    whole, *cut = readings("建设示范点（试点）")
    assert whole == NamedTask("建设示范点(试点)")
    assert NamedTask("建设示范点", "试点") in cut


def test_a_bracket_within_a_unit() -> None:
    assert NamedTask("清运", "高新区(东)管委会") in readings("清运（高新区（东）管委会）")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *(("3", "3"), ("３", "3"), ("03", "3"), ("(3)", "3"), ("（3）", "3"), ("3.", "3"), ("3、", "3")),
        *(("第3项", "3"), ("序号3", "3"), ("序号：3", "3"), ("No.3", "3"), ("№3", "3"), ("任务3", "3")),
        *(("1-2", "1-2"), ("1.2", "1.2"), ("三", "三"), ("三、", "三"), ("（三）", "三")),
        *(("A-1", "A-1"), ("", "")),
    ],
)
def test_serial_numbers_are_compared_in_one_form(text: str, key: str) -> None:
    assert serial_key(text) == key


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("3", True),
        ("第3项", True),
        ("1-2", True),
        ("3、4", False),
        ("A-1", False),
        (TASK, False),
        ("", False),
    ],
)
def test_what_looks_like_a_serial_number(text: str, so: bool) -> None:
    assert looks_like_serial(text) is so


def test_a_number_beside_a_name_only_repeats_where_it_stands() -> None:
    assert NamedTask(TASK) in readings(f"3. {TASK}")
    assert NamedTask(TASK) in readings(f"3、{TASK}")
    assert NamedTask("3", BUREAU) in readings(f"3（{BUREAU}）")


@pytest.mark.parametrize("cell", ["3、4", "3/4", "1-2"])
def test_numbers_are_never_taken_apart(cell: str) -> None:
    """Two numbers are two tasks, and 1-2 is one number."""
    assert [one.what for one in readings(cell)] == [objective_key(cell)]


def test_a_paragraph_is_cut_at_some_places_only() -> None:
    assert len(readings("、".join(f"第{n}段" for n in range(1000)))) < 300


def test_names_are_compared_without_quotes_and_closing_marks() -> None:
    assert {objective_key(one) for one in ("清运。", "“清运”", "《清运》", "清 运", "任务：清运")} == {"清运"}
