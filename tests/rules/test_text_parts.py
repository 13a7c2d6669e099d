from __future__ import annotations

import html
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.text_parts import clip_plain, split_html, utf16_len
from tests.support.repeats import part_of

FAMILY = "👨\u200d👩\u200d👧"
TAGS = ["b", "i", "u", "s", "code", "pre", "blockquote", 'a href="https://example.org/?a=1&amp;b=2"']


class Reader(HTMLParser):
    """Each character with the tags around it, as a reader sees it. Misnested markup is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(text)
        self.close()
        assert self.open == [], "a tag was left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag + "".join(f" {k}={v}" for k, v in attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop().split(" ")[0] == tag

    def handle_data(self, data: str) -> None:
        self.seen += [(char, tuple(self.open)) for char in data]

    @property
    def text(self) -> str:
        return "".join(char for char, _ in self.seen)

    @property
    def ink(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(char, tags) for char, tags in self.seen if not char.isspace()]


def visible(text: str) -> str:
    return Reader(text).text


PLAIN = st.text(
    st.one_of(
        st.sampled_from("清理违规广告576处。！？ \n\n\u3000.;&<>\"'👍" + FAMILY),
        st.characters(exclude_categories=("Cs", "Cc")),
    ),
    max_size=40,
)
LEAVES = PLAIN.map(lambda s: html.escape(s, quote=True))


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tagged = st.builds(lambda tag, body: f"<{tag}>{body}</{tag.split()[0]}>", st.sampled_from(TAGS), inner)
    return st.one_of(tagged, st.lists(inner, max_size=4).map("".join))


HTML = st.recursive(LEAVES, _wrapped, max_leaves=12)


@pytest.mark.parametrize(("text", "length"), [("", 0), ("创城", 2), ("👍", 2), ("a👍创", 4), (FAMILY, 8)])
def test_utf16_len(text: str, length: int) -> None:
    assert utf16_len(text) == length


@given(st.text())
def test_utf16_len_is_that_of_the_encoding(text: str) -> None:
    assert utf16_len(text) == len(text.encode("utf-16-le")) // 2


@given(HTML, st.integers(2, 60))
@settings(max_examples=part_of(300))
def test_parts_fit_and_together_say_the_same(text: str, limit: int) -> None:
    whole = Reader(text)
    parts = [Reader(part) for part in split_html(text, limit)]
    rest = whole.text
    for part in parts:
        assert utf16_len(part.text) <= limit
        assert part.text.strip()
        gap, found, rest = rest.partition(part.text)
        assert found
        assert not gap.strip(), "something seen was lost"
    assert not rest.strip()
    # Every character keeps its tags: open tags are closed and opened again.
    assert [pair for part in parts for pair in part.ink] == whole.ink


@given(HTML)
def test_a_text_that_fits_is_left_alone(text: str) -> None:
    assert split_html(text) == ([text] if visible(text).strip() else [])


def test_entities_count_as_one_and_stay_whole() -> None:
    assert split_html("&amp;" * 10, 10) == ["&amp;" * 10]
    assert split_html("&lt;&gt;&#128077;&quot;", 3) == ["&lt;&gt;", "&#128077;&quot;"]
    # Telegram knows no other named entities and shows them as written: six units.
    assert split_html("&nbsp;x", 6) == ["&nbsp;", "x"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲甲甲\n乙乙\n\n丙丙。丙\n丁丁丁", ["甲甲甲\n乙乙", "丙丙。丙\n丁丁丁"]),
        ("甲甲甲\n乙乙。乙乙\n丙丙丙丙", ["甲甲甲\n乙乙。乙乙", "丙丙丙丙"]),
        ("甲甲甲。乙乙乙“好。”丙丙丙丙", ["甲甲甲。乙乙乙“好。”", "丙丙丙丙"]),
        ("甲甲甲。乙乙乙“好乙乙。”丙丙丙", ["甲甲甲。", "乙乙乙“好乙乙。”丙丙丙"]),
        ("See 3.14 now. All done", ["See 3.14", "now.", "All done"]),
        ("甲甲甲甲甲甲甲甲甲甲甲甲甲", ["甲甲甲甲甲甲甲甲甲甲甲甲", "甲"]),
        ("甲……乙乙乙乙乙乙……乙乙乙", ["甲……乙乙乙乙乙乙……", "乙乙乙"]),
    ],
)
def test_where_it_cuts(text: str, parts: list[str]) -> None:
    assert split_html(text, 8 if text.isascii() else 12) == parts


def test_a_heading_does_not_stand_alone() -> None:
    parts = split_html("一\n\n" + "甲" * 30, 16)
    assert parts[0] == "一\n\n" + "甲" * 13


def test_tags_are_closed_and_opened_again_with_their_attributes() -> None:
    text = '<b>甲甲<a href="https://example.org/?q=%3E">乙乙乙乙</a></b>丙丙'
    assert split_html(text, 4) == [
        '<b>甲甲<a href="https://example.org/?q=%3E">乙乙</a></b>',
        '<b><a href="https://example.org/?q=%3E">乙乙</a></b>丙丙',
    ]


def test_no_empty_tags_at_a_cut() -> None:
    assert split_html("<b>甲甲</b><i>乙乙</i>", 2) == ["<b>甲甲</b>", "<i>乙乙</i>"]


def test_neighbours_of_the_same_kind_stay_apart() -> None:
    assert split_html("<code>a</code><code>b</code> cd", 3) == ["<code>a</code><code>b</code>", "cd"]


def test_the_indentation_of_the_next_line_is_kept() -> None:
    assert split_html("<pre>if x:\n    y\n    z</pre>", 12) == ["<pre>if x:\n    y</pre>", "<pre>    z</pre>"]


def test_joined_emoji_stay_together_where_they_can() -> None:
    assert split_html(FAMILY * 3, 18) == [FAMILY * 2, FAMILY]
    assert split_html("é\u0301" * 3, 3) == ["é\u0301"] * 3
    assert "".join(split_html(FAMILY, 3)) == FAMILY


def test_blank_texts_give_no_part_and_long_blanks_vanish_at_the_cut() -> None:
    assert split_html("") == split_html("<b> \n</b>") == []
    assert split_html("甲" + " " * 50 + "乙", 10) == ["甲", "乙"]


def test_broken_markup_comes_out_mended() -> None:
    for text in ("<b><i>甲甲</b>乙乙</i>", "甲甲</b>乙乙", "<b>甲甲乙乙"):
        assert [visible(part) for part in split_html(text, 2)] == ["甲甲", "乙乙"]
    assert split_html("<b><i>甲甲</b>乙乙</i>", 2) == ["<b><i>甲甲</i></b>", "乙乙"]
    assert split_html("a < b > c & d", 9) == ["a < b > c", "& d"]


def test_ten_thousand_emoji() -> None:
    parts = split_html("<b>" + "😀" * 10_000 + "</b>")
    assert [utf16_len(visible(part)) for part in parts] == [4096] * 4 + [3616]


@pytest.mark.parametrize("piece", ["<a ", '<a "', "<", "&#1", "&#1;", '<a href="', "\n", "é\u0301", "。”"])
def test_hostile_texts_take_no_long_time(piece: str) -> None:
    begun = time.process_time()
    parts = split_html(piece * (60_000 // len(piece)))
    assert time.process_time() - begun < 5
    assert all(utf16_len(html.unescape(part)) <= 4096 + 7 for part in parts)


@given(st.text(), st.integers(1, 40))
def test_clipped_text_fits_and_is_a_beginning(text: str, limit: int) -> None:
    clipped = clip_plain(text, limit)
    assert utf16_len(clipped) <= limit
    if utf16_len(text) <= limit:
        assert clipped == text
    else:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])


def test_clip_plain() -> None:
    assert clip_plain("清理野广告", 4) == "清理野…"
    assert clip_plain("a👍👍", 4) == "a👍…"
    assert clip_plain("a👍👍", 3) == "a…"
    assert clip_plain("all done", 5) == "all…"
    assert clip_plain("a" + FAMILY, 8) == "a…"
    assert len(clip_plain("签" * 500, 200)) == 200


def test_limits_that_nothing_fits_are_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        split_html("a", 1)
    with pytest.raises(ValueError, match="limit"):
        clip_plain("a", 0)
