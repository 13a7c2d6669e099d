"""Telegram's HTML, and the entities that Telegram itself finds in plain texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ApiError
from sandbox.html import parse_html
from sandbox.text import clean_text, detect, slice_utf16, trim, utf16_length


def _short(entities: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(e["type"], e["offset"], e["length"]) for e in entities]


PARSED = [
    ("<b>粗</b><i>斜</i>", "粗斜", [("bold", 0, 1), ("italic", 1, 1)]),
    ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", None),
    ("<b>外<i>内</i></b>", "外内", [("bold", 0, 2), ("italic", 1, 1)]),
    ("😀<u>x</u>", "😀x", [("underline", 2, 1)]),
    ("<s>😀</s>", "😀", [("strikethrough", 0, 2)]),
    ("&lt;b&gt; &amp; &quot; &#65;&#x1F600; &nbsp; & &copy;", '<b> & " A😀 &nbsp; & &copy;', []),
    ("<tg-spoiler>密</tg-spoiler>", "密", [("spoiler", 0, 1)]),
    ("<span class='tg-spoiler'>密</span>", "密", [("spoiler", 0, 1)]),
    ("<code>x</code><pre>y</pre>", "xy", [("code", 0, 1), ("pre", 1, 1)]),
    ("<pre><code class='language-python'>z</code></pre>", "z", [("pre", 0, 1)]),
    ("<blockquote>引</blockquote>", "引", [("blockquote", 0, 1)]),
    ("<blockquote expandable>引</blockquote>", "引", [("expandable_blockquote", 0, 1)]),
    ('<a href="https://example.org/?a=1&amp;b=2">链</a>', "链", [("text_link", 0, 1)]),
    ("<a href='tg://user?id=7'>人</a>", "人", [("text_mention", 0, 1)]),
    ("<a href='not a link'>文</a>", "文", []),
    ("<B>大写</B>", "大写", [("bold", 0, 2)]),
    ("<b></b>空", "空", []),
    ("<b>收尾</>", "收尾", [("bold", 0, 2)]),
]


@pytest.mark.parametrize(("source", "text", "entities"), PARSED)
def test_parsed(source: str, text: str, entities: list[tuple[Any, ...]] | None) -> None:
    plain, found = parse_html(source)
    assert plain == text
    if entities is not None:
        assert _short(found) == entities


def test_attributes_are_kept() -> None:
    _, found = parse_html(
        '<a href="https://example.org/?a=1&amp;b=2">链</a><pre><code class="language-sql">q</code></pre>'
        "<code class='language-c'>x</code>"
    )
    assert found[0]["url"] == "https://example.org/?a=1&b=2"
    assert found[1]["language"] == "sql"
    assert "language" not in found[2]


REFUSED = [
    ("<b>没有结束", 'Can\'t find end tag corresponding to start tag "b"'),
    ("数量 <3", "Unclosed start tag at byte offset 7"),
    ("数量 <3 处", 'Unsupported start tag "3" at byte offset 7'),
    ("<p>段</p>", 'Unsupported start tag "p" at byte offset 0'),
    ("a<br>", 'Unsupported start tag "br" at byte offset 1'),
    ("</b>", "Unexpected end tag at byte offset 0"),
    ("<b>乱</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<a href='x", "Unclosed start tag at byte offset 0"),
    ("<a href=", "Unclosed start tag at byte offset 0"),
    ("<a href=http://x>y</a>", "Unexpected end of name token at byte offset 8"),
    ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(source)
    assert caught.value.status == 400
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@given(st.text())
def test_escaped_text_comes_back_whole(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain, found = parse_html(f"<b>{escaped}</b>")
    assert plain == text
    assert _short(found) == ([("bold", 0, utf16_length(text))] if text else [])


@given(st.text())
def test_any_text_is_parsed_or_refused(source: str) -> None:
    try:
        plain, entities = parse_html(source)
    except ApiError as error:
        refused = error.description
        plain, entities = "", []
    else:
        refused = "Bad Request: can't parse entities: (not refused)"
    assert refused.startswith("Bad Request: can't parse entities: ")
    assert all(e["offset"] + e["length"] <= utf16_length(plain) for e in entities)


FOUND = [
    ("/start abc", [("bot_command", "/start")]),
    ("/done@chuangcheng_bot 好", [("bot_command", "/done@chuangcheng_bot")]),
    ("/done了", []),
    ("处/天", []),
    ("a//b /c/d", []),
    ("请 @chuangcheng_bot 看", [("mention", "@chuangcheng_bot")]),
    ("请@chuangcheng_bot", []),
    ("😀 @some_one", [("mention", "@some_one")]),
    ("看https://example.org/a?b=1.", [("url", "https://example.org/a?b=1")]),
    ("t.me/bot?start=x", [("url", "t.me/bot?start=x")]),
    ("写信 office@example.org", [("email", "office@example.org")]),
    ("#创城 #12", [("hashtag", "#创城")]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_entities_that_telegram_finds(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(e["type"], slice_utf16(text, e["offset"], e["length"])) for e in detect(text)]
    assert found == expected


def test_nothing_is_found_inside_code_and_links() -> None:
    text, entities = parse_html("<code>/start</code> <a href='https://example.org'>@some_one</a>")
    assert _short(detect(text, entities)) == [("code", 0, 6), ("text_link", 7, 9)]


def test_trimming_moves_the_entities() -> None:
    text, entities = parse_html("\n  一 <b>二  </b>\n")
    assert trim(text, entities) == ("一 二", [{"type": "bold", "offset": 2, "length": 1}])
    text, entities = parse_html("<b> 一</b>")
    assert trim(text, entities) == (" 一", [{"type": "bold", "offset": 0, "length": 2}])


def test_control_characters() -> None:
    assert clean_text("a\0b\tc\r\nd\u202ee") == "a b c\nde"
