"""The texts themselves: complete in each language, harmless as HTML, and well set."""

from __future__ import annotations

import re
from typing import Final

import pytest

from locales import CATALOGUE, LOCALES, Text, keys, plain, template_of
from locales.catalogue import fields
from locales.check import OTHER_VALUES, TAG, faults, html_faults, tags, wrong_fields
from services import menus

ZH, EN = (
    {key: fields(template) for key, template in CATALOGUE.own(locale).items()} for locale in ("zh", "en")
)

_HAN: Final = r"[\u3400-\u9fff“”‘’《》【】（）、，。：；？！…]"
_HALF_WIDTH: Final = re.compile(rf"""(?<={_HAN})[,;:?!()"'.]|[,;:?!()"'](?={_HAN})""")
_FULL_WIDTH: Final = re.compile(r"[，。、：；？！（）【】《》]")
COMMAND_CHARS: Final = 60


def templates(locale: str) -> dict[str, str]:
    return {key: template_of(key, locale) for key in keys(locale)}


def half_width(template: str) -> list[str]:
    """ASCII marks beside Chinese; a filled-in value counts as Chinese."""
    shown = re.sub(r"\{\w+\}", "某", TAG.sub("", template))
    shown = re.sub(r"某\. ", "", shown)  # the number of a list
    return _HALF_WIDTH.findall(shown)


def test_make_check_finds_no_fault() -> None:
    assert not faults(CATALOGUE)


def test_languages_have_the_same_texts() -> None:
    assert set(ZH) == set(EN)
    assert len(ZH) > 200


def test_languages_take_the_same_values() -> None:
    different = {key: (set(ZH[key]), set(EN[key])) for key in ZH if key in EN and ZH[key] != EN[key]}
    assert different == OTHER_VALUES


@pytest.mark.parametrize("locale", LOCALES)
def test_values_are_plain_names(locale: str) -> None:
    """No {0}, {x.y}, {x!r} or {x:>5} is in a text: a translator needs to know no Python."""
    assert not {key: template for key, template in templates(locale).items() if wrong_fields(template)}


@pytest.mark.parametrize("template", ["{}", "{0}", "{x.y}", "{x[0]}", "{x!r}", "{x:>5}", "{x", "x}"])
def test_other_values_are_seen(template: str) -> None:
    assert wrong_fields(template)


@pytest.mark.parametrize("locale", LOCALES)
def test_html_is_allowed_and_balanced(locale: str) -> None:
    found = {key: html_faults(template) for key, template in templates(locale).items()}
    assert not {key: fault for key, fault in found.items() if fault}


def test_languages_have_the_same_markup() -> None:
    zh, en = templates("zh"), templates("en")
    assert not {key for key in zh if key in en and tags(zh[key]) != tags(en[key])}


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("<b>{n}", "b is not closed"),
        ("{n}</b>", "b is closed but not open"),
        ("<b><i>{n}</b></i>", "i is closed but not open"),
        ("<div>{n}</div>", "tag div"),
        ("<a>{n}</a>", "tag a"),
        ('<a href="https://example.com">{n}</a>', "bare <"),
        ('<b href="{link}">{n}</b>', "tag b"),
        ("{n} < 3", "bare <"),
        ("A & B", "bare &"),
    ],
)
def test_faulty_html_is_seen(template: str, fault: str) -> None:
    assert fault in html_faults(template)


def test_chinese_has_full_width_punctuation() -> None:
    found = {key: half_width(template) for key, template in templates("zh").items()}
    assert not {key: fault for key, fault in found.items() if fault}


@pytest.mark.parametrize(
    "template", ["没有填写,请补充", "名称:{name}", "“{unit}”?", "办结(请核对)", "已收到.", "{a},{b}", "{a}!"]
)
def test_half_width_punctuation_is_seen(template: str) -> None:
    assert half_width(template)


@pytest.mark.parametrize(
    "template", ["另存为 .xlsx 后", "2026-12-18T09:00+08:00 的形式", "{a}. {b}，{c}", "<b>{a}：</b>{b}"]
)
def test_marks_that_are_right_in_chinese(template: str) -> None:
    assert not half_width(template)


def test_english_has_no_full_width_punctuation() -> None:
    assert not {key for key, template in templates("en").items() if _FULL_WIDTH.search(template)}


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_empty_or_padded(locale: str) -> None:
    shown = templates(locale)
    # Only a separator between two texts may end with a space.
    for separator in ("common.list_separator", "common.sentence_separator"):
        assert shown.pop(separator).strip()
    assert not {key for key, template in shown.items() if not template or template != template.strip()}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("command", menus.NAMES)
def test_descriptions_of_commands_fit_the_menu(command: str, locale: str) -> None:
    shown = plain(Text(f"commands.{command}"), locale)
    assert 3 <= len(shown) <= COMMAND_CHARS
    assert "\n" not in shown


@pytest.mark.parametrize("locale", LOCALES)
def test_buttons_that_texts_name_are_there(locale: str) -> None:
    """A text that says 请点“确认提交” is wrong as soon as the button has another name."""
    labels = [
        template_of(key, locale)
        for key in keys(locale)
        if key.endswith(("button", ".chosen", ".open")) or "_button." in key
    ]
    named = {
        name: key
        for key in keys(locale)
        for name in re.findall(r"(?:点|[Pp]ress )“([^”]+)”", template_of(key, locale))
    }
    assert len(named) >= 5
    assert not {name: key for name, key in named.items() if not any(name in label for label in labels)}


def test_what_a_person_reads_of_their_own_unit_is_not_said_as_to_another_body() -> None:
    """贵单位 is said to units in notices about their orders, and on the paper, never to a 科员 in a list."""
    said = [key for key in keys("zh") if "贵单位" in template_of(key, "zh")]
    assert sorted(said) == ["checking.next.reopen", "desk.taken_away", "orders.paper.opening"]
