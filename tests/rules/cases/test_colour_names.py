"""A city's own names for the colours, and their signs."""

from __future__ import annotations

import pytest

from rules.cases.case_facts import Colour
from rules.cases.colour_names import DEFAULT_NAMES, Shade, is_plain, read_names, shade_of


def test_the_usual_names() -> None:
    assert read_names("蓝,黄,红") == DEFAULT_NAMES
    assert [shade_of(name, colour) for colour, name in DEFAULT_NAMES.items()] == [
        Shade.BLUE,
        Shade.YELLOW,
        Shade.RED,
    ]


@pytest.mark.parametrize("text", ["蓝,橙,红", " 蓝 ， 橙 ， 红 ", "蓝、橙、红"])
def test_orange_instead_of_yellow(text: str) -> None:
    names = read_names(text)
    assert names == {Colour.BLUE: "蓝", Colour.YELLOW: "橙", Colour.RED: "红"}
    assert shade_of(names[Colour.YELLOW], Colour.YELLOW) is Shade.ORANGE


def test_names_of_ones_own_keep_the_sign_of_what_they_say() -> None:
    assert shade_of("橙色预警", Colour.YELLOW) is Shade.ORANGE
    assert shade_of("二级", Colour.YELLOW) is Shade.YELLOW
    assert is_plain("橙")
    assert not is_plain("橙色预警")


@pytest.mark.parametrize("text", ["", "蓝,黄", "蓝,黄,红,黑", "蓝,蓝,红", "蓝,,红", "蓝,黄,红色红色红色红"])
def test_what_are_not_three_names(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        read_names(text)
