"""Telephone numbers beside a name are no part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.importing.rows.personal_names import without_phones


@pytest.mark.parametrize(
    ("cell", "names", "phones"),
    [
        ("张三13800138000", "张三", ("13800138000",)),
        ("张三 13800138000", "张三", ("13800138000",)),
        ("张三（13800138000）", "张三", ("13800138000",)),
        ("张三(138-0013-8000)", "张三", ("13800138000",)),
        ("张三：138 0013 8000", "张三", ("13800138000",)),
        ("张三（电话：13800138000）", "张三", ("13800138000",)),
        ("张三 联系电话13800138000", "张三", ("13800138000",)),
        ("张三 手机：+86 13800138000", "张三", ("+8613800138000",)),
        ("13800138000张三", "张三", ("13800138000",)),
        ("张三、李四（0535-6612345）", "张三、李四", ("05356612345",)),
        ("张三13800138000、李四13900139000", "张三、李四", ("13800138000", "13900139000")),
        ("张三\n13800138000", "张三", ("13800138000",)),
        ("张三 6612345转8001", "张三", ("6612345转8001",)),
        ("张三（科长）6612345", "张三（科长）", ("6612345",)),
        ("13800138000", "", ("13800138000",)),
        ("张三", "张三", ()),
        ("张三（科长）", "张三（科长）", ()),
        ("3号楼长张三", "3号楼长张三", ()),
        ("张三2026", "张三2026", ()),
        ("", "", ()),
    ],
)
def test_numbers_are_taken_out(cell: str, names: str, phones: tuple[str, ...]) -> None:
    assert without_phones(cell) == (names, phones)


@given(st.text(max_size=60))
def test_any_text(cell: str) -> None:
    names, phones = without_phones(cell)
    assert bool(phones) or names == cell
    assert without_phones(names)[1] == ()
