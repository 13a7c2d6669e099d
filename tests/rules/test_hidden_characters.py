"""Characters that nobody sees: ignored by whoever reads, left out by whoever shows, kept in emoji."""

from __future__ import annotations

import unicodedata

import pytest

from rules.hidden_characters import hidden_places, hidden_start, readable, unhidden, visible

CONTROLS = [
    *(chr(code) for code in (0xAD, 0x61C, 0x180E, 0xFEFF, 0xFFF9, 0xE0001)),
    *map(chr, range(0x200B, 0x2010)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x2065)),
    *map(chr, range(0x2066, 0x206A)),
]
FAMILY = "👨\u200d👩\u200d👧"
WOMAN = "👩🏽\u200d⚕️"
RAINBOW = "🏳️\u200d🌈"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("control", CONTROLS, ids=[f"{ord(control):04X}" for control in CONTROLS])
def test_each_is_ignored_and_left_out(control: str) -> None:
    text = f"{control}张{control}三{control}１2{control}"
    assert (readable(text), visible(text), unhidden(text)) == ("张三12", "张三１2", "张三１2")
    assert hidden_start(control + text) == control * 2
    assert unicodedata.category(control) == "Cf"


@pytest.mark.parametrize("emoji", [FAMILY, WOMAN, RAINBOW, ENGLAND, "❤️\u200d🔥", "1️⃣", "㊗️"])
def test_emoji_stay_whole(emoji: str) -> None:
    assert visible(f"完成{emoji}12处") == f"完成{emoji}12处"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张\u200d三", "张三"),
        ("👨\u200d", "👨"),
        ("\u200d👨", "👨"),
        ("👨\u200d\u200d👩", "👨👩"),
        ("👨\u200d\u202e👩", "👨👩"),
        ("三\U000e0067\U000e007f", "三"),
        ("\u202etxet\u202c", "txet"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_what_joins_no_emoji_is_left_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "misleads"),
    [
        ("清理12处", False),
        ("清\u200b理12处", False),
        ("清理1\u200b2处", True),
        ("\u202e清理12处", True),
        ("清理12处\u2066张三\u2069", False),
        # Phones put this beside names and numbers; by itself it turns nothing.
        ("\u200e清理12处", False),
    ],
)
def test_what_may_mislead(text: str, misleads: bool) -> None:
    start = text.index("1")
    assert hidden_places(text).mislead(start, text.index("处") + 1) is misleads
