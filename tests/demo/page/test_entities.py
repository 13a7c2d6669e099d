"""Message entities as HTML: every kind, nesting, UTF-16 offsets, and words that must not become HTML."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.page.entities import as_html
from sandbox.model import Json


def entity(kind: str, offset: int, length: int, **more: object) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("a<b>&", [], "a&lt;b&gt;&amp;"),
        ("第一行\n第  二行", [], "第一行\n第  二行"),
        ("abc", [entity("bold", 1, 1)], "a<strong>b</strong>c"),
        ("abc", [entity("bold", 0, 3), entity("italic", 1, 1)], "<strong>a<em>b</em>c</strong>"),
        ("abc", [entity("italic", 0, 1), entity("bold", 0, 3)], "<strong><em>a</em>bc</strong>"),
        ("😀b", [entity("bold", 2, 1)], "😀<strong>b</strong>"),
        ("/tasks", [entity("bot_command", 0, 6)], '<a href="#" data-act="command">/tasks</a>'),
        ("x", [entity("spoiler", 0, 1)], '<span class="spoiler" tabindex="0">x</span>'),
        ("x", [entity("mention", 0, 1)], '<span class="mention">x</span>'),
        ("ab", [entity("bold", 1, 9)], "a<strong>b</strong>"),
        (
            "x",
            [entity("text_link", 0, 1, url='https://a.example.org/"><b>')],
            '<a href="https://a.example.org/&quot;&gt;&lt;b&gt;" data-act="link">x</a>',
        ),
        (
            "x",
            [entity("text_link", 0, 1, url="javascript:alert(1)")],
            '<a href="#" data-act="link">x</a>',
        ),
    ],
)
def test_entities(text: str, entities: list[Json], expected: str) -> None:
    assert as_html(text, entities) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_all_words_are_there_and_nothing_else(text: str, data: st.DataObject) -> None:
    length = len(text.encode("utf-16-le")) // 2
    kinds = st.sampled_from(["bold", "italic", "code", "blockquote", "mention"])
    offset = data.draw(st.integers(0, length))
    one = entity(data.draw(kinds), offset, data.draw(st.integers(0, length - offset)))
    # An entity that cuts an emoji in two is no entity of Telegram's.
    cuts = {offset, offset + one["length"]}
    if any("\ufffd" in text.encode("utf-16-le")[: 2 * cut].decode("utf-16-le", "replace") for cut in cuts):
        return
    shown = str(as_html(text, [one]))
    assert unescape(re.sub(r"<[^>]*>", "", shown)) == text
