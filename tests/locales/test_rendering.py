"""Rendering: data never becomes markup, and a text comes back unchanged from the database."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from locales import DEFAULT, LOCALES, Text, UnknownTextError, html_text, keys, plain, template_of

ANY_TEXT = st.text() | st.sampled_from(["<b>", "&amp;", "{text}", "</b><script>", "{}", "a & b < c"])
NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda name: name not in {"key", "self"})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda key, values: Text(key, **values), st.text(), st.dictionaries(NAMES, inner, max_size=3)
        )
    ),
    max_leaves=8,
)
TEXTS = st.builds(
    lambda key, values: Text(key, **values), st.text(), st.dictionaries(NAMES, VALUES, max_size=4)
)


def as_is(value: Any) -> Text:
    return Text("common.as_is", text=value)


@pytest.fixture
def marked_up(monkeypatch: pytest.MonkeyPatch) -> Text:
    """A text whose template has tags and entities."""
    templates = {"example": '<b>{name}</b> &lt;5 <a href="https://example.org">x</a> &amp; y'}
    monkeypatch.setattr(locales, "template_of", lambda key, _locale: templates[key])
    return Text("example", name="<i>A&B</i>")


def test_html_escapes_values_and_keeps_the_template(marked_up: Text) -> None:
    assert html_text(marked_up) == (
        '<b>&lt;i&gt;A&amp;B&lt;/i&gt;</b> &lt;5 <a href="https://example.org">x</a> &amp; y'
    )


def test_plain_strips_tags_and_entities_of_the_template_only(marked_up: Text) -> None:
    assert plain(marked_up) == "<i>A&B</i> <5 x & y"


@given(ANY_TEXT, st.sampled_from(LOCALES))
def test_no_value_becomes_markup(value: str, locale: str) -> None:
    shown = html_text(as_is(value), locale)
    assert not re.search(r"[<>]", shown)
    assert html.unescape(shown) == html.unescape(html.escape(value, quote=False))
    assert plain(as_is(value), locale) == value


@given(ANY_TEXT)
def test_a_value_is_escaped_once_however_deep_it_lies(value: str) -> None:
    assert html_text(as_is(as_is([as_is(value)]))) == html.escape(value, quote=False)


@pytest.mark.parametrize(
    ("locale", "shown"), [("zh", "城管局、教育局、&lt;b&gt;"), ("en", "城管局, 教育局, &lt;b&gt;")]
)
@pytest.mark.parametrize("kind", [list, tuple])
def test_lists_are_joined_as_the_language_does(locale: str, shown: str, kind: type) -> None:
    assert html_text(as_is(kind(["城管局", "教育局", "<b>"])), locale) == shown


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("zh", "1. 🔴 迎检（2026年12月20日，已逾期2天，待签收）"),
        ("en", "1. 🔴 迎检 (2026-12-20, 2d overdue, to be acknowledged)"),
    ],
)
def test_texts_inside_texts_are_in_the_same_language(locale: str, shown: str) -> None:
    day = Text("common.full_day", year=2026, month=12, day=20, iso="2026-12-20")
    due = Text("tasks.due_with_days", day=day, days=Text("common.days_over", days=2))
    state = Text("common.task_state.assigned")
    lamp = Text("common.lamp.red")
    line = Text("tasks.line", number=1, lamp=lamp, objective="迎检", due=due, state=state)
    assert plain(line, locale) == html_text(line, locale) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0, "0"), (1.5, "1.5"), ([], ""), ([1, [2, 3]], "1、2、3")]
)
def test_other_values(value: Any, shown: str) -> None:
    assert html_text(as_is(value)) == shown


@given(TEXTS)
def test_a_text_survives_json(text: Text) -> None:
    assert Text.from_json(json.loads(json.dumps(text.to_json()))) == text


def test_json_of_values_that_json_has_not() -> None:
    text = Text("common.as_is", text=(1, Text("tasks.none")))
    assert Text.from_json(text.to_json()) == Text("common.as_is", text=[1, Text("tasks.none")])


@pytest.mark.parametrize("render", [html_text, plain])
def test_an_unknown_key_is_an_error(render: Any) -> None:
    with pytest.raises(UnknownTextError, match=r"tasks\.nowhere"):
        render(Text("tasks.nowhere"))
    with pytest.raises(UnknownTextError, match="nowhere"):
        render(as_is([Text("nowhere")]))


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="text"):
        html_text(Text("common.as_is"))


@pytest.mark.parametrize("locale", ["xx", "", "zh-Hans", "../en"])
def test_an_unknown_language_falls_back(locale: str) -> None:
    assert DEFAULT == "zh"
    assert (
        html_text(Text("tasks.none"), locale)
        == template_of("tasks.none", "zh")
        == "目前没有您名下的在办任务。"
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_renders(locale: str) -> None:
    """Every template renders with a value for each field: no brace or mark is left unfilled."""
    for key, names in keys(locale).items():
        text = Text(key, **{name: f"<{name}>" for name in names})
        shown = html_text(text, locale)
        assert all(f"&lt;{name}&gt;" in shown for name in names), key
        # A terminal does not show the address of a link.
        assert all(f"<{name}>" in plain(text, locale) for name in names - {"link"}), key
