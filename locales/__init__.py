"""Texts for people, by key and language.

A key such as ``tasks.card.title`` names the file (``zh/tasks/tasks.toml``; folders by subject do not count)
and the path inside it. A language is a folder here; a text that it lacks is shown in English.
``python -m locales.check`` says what is wrong in it.
Rendering escapes every value for Telegram's HTML by construction: only templates may carry tags,
never data. ``plain`` renders the same text for terminals, sheets and documents.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from locales.catalogue import COMPLETE as COMPLETE
from locales.catalogue import DEFAULT as DEFAULT
from locales.catalogue import Catalogue

CATALOGUE: Final = Catalogue(resources.files(__name__))
LOCALES: Final = CATALOGUE.languages


class UnknownTextError(KeyError):
    """No locale file defines this text key. It is a mistake in the program, which the tests find."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not rendered yet: a key and its values, which may be texts or lists of texts."""

    key: str
    values: Mapping[str, Any]

    def __init__(self, key: str, **values: Any) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", values)

    def to_json(self) -> dict[str, Any]:
        """A shape that survives a JSON column. ``from_json`` reads it back."""
        return {"$text": self.key, "values": {k: _to_json(v) for k, v in self.values.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Text:
        return cls(str(data["$text"]), **{k: _from_json(v) for k, v in data["values"].items()})


def _to_json(value: Any) -> Any:
    if isinstance(value, Text):
        return value.to_json()
    if isinstance(value, list | tuple):
        return [_to_json(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _from_json(value: Any) -> Any:
    if isinstance(value, Mapping) and "$text" in value:
        return Text.from_json(value)
    if isinstance(value, list):
        return [_from_json(v) for v in value]
    return value


def html_text(text: Text, locale: str = DEFAULT) -> str:
    """``text`` for Telegram's ``parse_mode=HTML``; every value is escaped."""
    return _render(text, locale, escape=True)


def plain(text: Text, locale: str = DEFAULT) -> str:
    """``text`` for a terminal, a sheet or a button: no markup, nothing escaped."""
    return _render(text, locale, escape=False)


def _render(text: Text, locale: str, *, escape: bool) -> str:
    template = template_of(text.key, locale)
    if not escape:
        template = html.unescape(_TAG.sub("", template))
    return template.format_map({k: _value(v, locale, escape=escape) for k, v in text.values.items()})


_TAG: Final = re.compile(r"</?(?:b|i|u|s|code|pre|blockquote|a)(?: [^>]*)?>")


def _value(value: Any, locale: str, *, escape: bool) -> str:
    if isinstance(value, Text):
        return _render(value, locale, escape=escape)
    if isinstance(value, list | tuple):
        return _join(value, locale, escape=escape)
    shown = "" if value is None else str(value)
    return html.escape(shown, quote=False) if escape else shown


def _join(values: Iterable[Any], locale: str, *, escape: bool) -> str:
    rendered: Sequence[str] = [_value(v, locale, escape=escape) for v in values]
    return template_of("common.list_separator", locale).join(rendered)


def template_of(key: str, locale: str) -> str:
    """The raw template; for a text that the locale lacks, the English one, or else the Chinese."""
    try:
        return CATALOGUE.template(key, locale)
    except KeyError:
        raise UnknownTextError(key) from None


def keys(locale: str) -> Mapping[str, frozenset[str]]:
    """Every key, with the names of the values that its text takes in a locale (for tests)."""
    return CATALOGUE.keys(locale)


def spoken(tag: str | None) -> str | None:
    """Our locale for a language as Telegram names it, such as ``en-GB``; None if we have none."""
    return CATALOGUE.spoken(tag)


def name_of(locale: str) -> str:
    """The name that a language has for itself."""
    return CATALOGUE.name_of(locale)
