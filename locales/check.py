"""Checks the languages' folders: ``python -m locales.check [FOLDER]``, a part of ``make check``.

Chinese and English have every text. Any other language may lack texts, but the texts that it has must fit:
their keys are known, and each text takes the same values and has the same markup as the Chinese or the
English one.
"""

from __future__ import annotations

import re
import string
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

from locales.catalogue import COMPLETE, Catalogue, SameStemError, fields

T = TypeVar("T")

OTHER_VALUES: Final[Mapping[str, tuple[set[str], set[str]]]] = {
    # Chinese counts in 万 (11.6万张), English in thousands (116,000 张).
    "common.quantity": ({"wan", "measure"}, {"grouped", "measure"}),
    "common.quantity_approx": ({"wan", "measure"}, {"grouped", "measure"}),
    # Headings are counted 一, 二 or 1, 2.
    "common.ordinal": ({"chinese"}, {"number"}),
    # Chinese writes 12月18日; in English 2026-12-18 is the one form that nobody misreads.
    "common.day": ({"month", "day"}, {"iso"}),
    "common.full_day": ({"year", "month", "day"}, {"iso"}),
}
"""Texts whose values differ by language: those of zh and those of en. Another language takes either."""

PADDED: Final = ("common.list_separator", "common.sentence_separator")
"""Texts that stand between two others and so may end with a space."""

ALLOWED_TAGS: Final = frozenset({"b", "i", "u", "s", "code", "pre", "blockquote", "a"})
TAG: Final = re.compile(r'<(/?)([a-z]+)( href="\{link\}")?>')
_ENTITY: Final = re.compile(r"&(?:lt|gt|amp|quot);")
_NOT_A_LANGUAGE: Final = frozenset({"__pycache__"})


def faults(catalogue: Catalogue) -> list[str]:
    """One line for each thing that is wrong, such as ``fr: common.contact: takes unit, not name, unit``."""
    found = [f"{name}: the name of a language is two small letters" for name in _misnamed(catalogue)]
    readable = []
    for language in catalogue.languages:
        try:
            catalogue.own(language)
        except (SameStemError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            found.append(f"{language}: {error}")
        else:
            readable.append(language)
    if not set(COMPLETE) <= set(readable):
        return found
    return found + [f"{one}: {fault}" for one in readable for fault in _faults_of(catalogue, one)]


def _misnamed(catalogue: Catalogue) -> list[str]:
    folders = {entry.name for entry in catalogue.home.iterdir() if entry.is_dir()}
    return sorted(folders - {*catalogue.languages} - _NOT_A_LANGUAGE)


def _faults_of(catalogue: Catalogue, language: str) -> Iterator[str]:
    own = catalogue.own(language)
    models = [catalogue.own(one) for one in COMPLETE]
    known = models[0].keys() | models[1].keys()
    if language in COMPLETE:
        yield from (f"{key}: is missing" for key in sorted(known - own.keys()))
    for key, template in own.items():
        if key not in known:
            yield f"{key}: no such text in {' or '.join(COMPLETE)}"
            continue
        there = [model[key] for model in models if key in model]
        yield from (f"{key}: {fault}" for fault in _template_faults(key, template, language, there))


def _template_faults(key: str, template: str, language: str, models: list[str]) -> Iterator[str]:
    wrong = wrong_fields(template)
    yield from wrong
    if not wrong:
        yield from _value_faults(key, fields(template), language, models)
    yield from html_faults(template)
    if not _fits(tags(template), [tags(model) for model in models], language):
        yield "has other markup"
    padded = template != template.strip() and key not in PADDED
    if padded or not template.strip():
        yield "is empty or padded"


def _value_faults(key: str, takes: frozenset[str], language: str, models: list[str]) -> Iterator[str]:
    """A line if the text does not take exactly the values that the code gives it."""
    allowed = [fields(model) for model in models if not wrong_fields(model)]
    if key in OTHER_VALUES:
        zh, en = (frozenset(names) for names in OTHER_VALUES[key])
        allowed = {"zh": [zh], "en": [en]}.get(language, [zh, en])
    if not _fits(takes, allowed, language):
        listed = " or ".join(sorted({_listed(names) for names in allowed if names != takes}))
        yield f"takes {_listed(takes)}, not {listed}"


def _fits(found: T, models: list[T], language: str) -> bool:
    """Whether a text fits. Chinese and English must agree; another language may follow either."""
    return all(found == model for model in models) if language in COMPLETE else found in models


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "no value"


def wrong_fields(template: str) -> list[str]:
    """Placeholders that are no plain name, such as {0}, {x.y}, {x!r}, {x:>5}. Translators need no Python."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        return [f"braces: {error}"]
    return [
        f"placeholder {{{name}}} is no plain name"
        for _, name, spec, conversion in parts
        if name is not None and not (name.isidentifier() and not spec and conversion is None)
    ]


def tags(template: str) -> list[str]:
    return [match[0] for match in TAG.finditer(template)]


def html_faults(template: str) -> list[str]:
    """The reasons why Telegram would not take ``template``, or could not tell it from data."""
    found, open_tags = [], list[str]()
    for closing, name, href in TAG.findall(template):
        leads = name == "a" and not closing
        if name not in ALLOWED_TAGS or leads is not bool(href):
            found.append(f"tag {name}")
        if not closing:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            found.append(f"{name} is closed but not open")
    found += [f"{name} is not closed" for name in open_tags]
    rest = _ENTITY.sub("", TAG.sub("", template))
    return found + [f"bare {mark}" for mark in "<>&" if mark in rest]


def main(arguments: list[str]) -> int:
    """Write the faults to standard error, and return 1 if there are any."""
    catalogue = Catalogue(Path(arguments[0]) if arguments else resources.files("locales"))
    found = faults(catalogue)
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
