"""Which names of units look like a slip for another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.people.misspelt_names import AlikeNames, broken_kind_of, is_form_of, is_slip_of


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("西城街到", "西城街道"),
        ("西域街道", "西城街道"),
        ("西城街", "西城街道"),
        ("西城街道道", "西城街道"),
        ("西街城道", "西城街道"),
        (" 西城街到 ", "西城街道"),
        ("城管局局", "城管局"),
        ("城关局", "城管局"),
    ],
)
def test_one_slip(name: str, other: str) -> None:
    assert is_slip_of(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("西城街道", "西城街道"),
        ("东城街道", "西城街道"),
        ("南关街道", "北关街道"),
        ("东一村", "东二村"),
        ("3社区", "5社区"),
        ("第十社区", "第十一社区"),
        ("大李村", "小李村"),
        ("王庄", "张庄"),
        ("教育局", "教体局办"),
        ("园林中心", "园林局"),
        ("西村东社区", "东村西社区"),
        ("", "西城街道"),
    ],
)
def test_two_names(name: str, other: str) -> None:
    assert not is_slip_of(name, other)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("西城街到", "西城街道"),
        ("西城街", "西城街道"),
        ("东风社去", "东风社区"),
        ("西域街道", None),
        ("东城街道", None),
        ("西城街道", None),
        ("市场中心", None),
    ],
)
def test_a_broken_word_for_the_kind_of_unit(name: str, expected: str | None) -> None:
    assert broken_kind_of(name, ["城管局", "西城街道", "东风社区", "街道"]) == expected


@given(st.text("东西城街道社区局一二", min_size=0, max_size=8), st.text("东西城街道社区局一二", max_size=8))
def test_a_slip_goes_both_ways(one: str, other: str) -> None:
    assert is_slip_of(one, other) == is_slip_of(other, one)
    assert not is_slip_of(one, one)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("卫健局", "卫生健康局"),
        ("城管局", "城市管理局"),
        ("东城街道", "东城街道办事处"),
        ("东城街道", "东城街道办"),
        ("东风村", "东风村委会"),
        ("市场监管局", "市场监督管理局"),
    ],
)
def test_a_short_form(short: str, full: str) -> None:
    assert is_form_of(short, full)
    assert is_form_of(full, short)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("城管局", "城管局"),
        ("城管局", "城管局环卫处"),
        ("东风社区", "东风北社区"),
        ("第一社区", "第十一社区"),
        ("住建局", "住房和城乡建设局"),
        ("卫健局", "卫生健康委"),
        ("王庄", "王家庄"),
        ("", "王家庄"),
    ],
)
def test_no_form_of_one_name(one: str, other: str) -> None:
    assert not is_form_of(one, other)
    assert not is_form_of(other, one)


_NAMES = st.text("东西城街道社区局一二办事处", max_size=8)


@given(st.lists(_NAMES, max_size=12), _NAMES)
def test_the_index_finds_what_a_look_at_each_name_finds(names: list[str], name: str) -> None:
    alike = AlikeNames(names)
    own = list(dict.fromkeys(names))
    assert list(dict.fromkeys(alike.slips_of(name))) == [other for other in own if is_slip_of(name, other)]
    assert list(alike.forms_of(name)) == [other for other in own if is_form_of(name, other)]
    assert next(iter(alike.broken_kind_of(name)), None) == broken_kind_of(name, own)
