"""The texts of all languages, read from the folders that are there.

A language is a folder. It is named by the two letters of ISO 639-1, as Telegram names languages. Its files
lie at any depth (``zh/cases/orders.toml``). A key begins with its file's stem (``orders.``), so no two files
of a language have the same stem.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any, Final

DEFAULT: Final = "zh"
COMPLETE: Final = ("en", "zh")
"""The languages that have every text. A text that another language lacks comes from the first of these."""

_CODE: Final = re.compile(r"[a-z]{2}")


class SameStemError(Exception):
    """Two files of one language have the same stem, so that one could hide texts of the other."""


class Catalogue:
    """The languages in the folder ``home``. A language's files are read when its first text is asked for."""

    def __init__(self, home: Traversable) -> None:
        self.home = home
        self._read: dict[str, Mapping[str, str]] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes of all languages, the default one first."""
        found = [entry.name for entry in self.home.iterdir() if entry.is_dir()]
        codes = (name for name in found if _CODE.fullmatch(name))
        return tuple(sorted(codes, key=lambda code: (code != DEFAULT, code)))

    def own(self, language: str) -> Mapping[str, str]:
        """The templates that the language has itself, by key."""
        if language not in self._read:
            self._read[language] = _read(self.home / language)
        return self._read[language]

    def template(self, key: str, language: str) -> str:
        """The template in ``language``, else in English, else in Chinese. ``KeyError`` if none has it.

        A language that is not here reads as the default one.
        """
        first = language if language in self.languages else DEFAULT
        for one in (first, *COMPLETE):
            template = self.own(one).get(key)
            if template is not None:
                return template
        raise KeyError(key)

    def keys(self, language: str) -> Mapping[str, frozenset[str]]:
        """Every key, with the names of the values that its text takes in ``language``."""
        known = {key for one in (language, *COMPLETE) for key in self.own(one)}
        return {key: fields(self.template(key, language)) for key in sorted(known)}

    def spoken(self, tag: str | None) -> str | None:
        """The language of a tag such as ``en-GB`` or ``zh-hans``; None if it is not here."""
        code = re.split("[-_]", (tag or "").lower())[0]
        return code if code in self.languages else None

    def name_of(self, language: str) -> str:
        """The name that the language has for itself; its code if it has no such text."""
        return self.own(language).get("common.language_name", language)


def fields(template: str) -> frozenset[str]:
    """The names of the values that a template takes."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _read(folder: Traversable) -> Mapping[str, str]:
    found: dict[str, str] = {}
    read: set[str] = set()
    for file in _files(folder):
        stem = file.name.removesuffix(".toml")
        if stem in read:
            raise SameStemError(f"two files are called {file.name}")
        read.add(stem)
        found.update(_flatten(stem, tomllib.loads(file.read_text("utf-8"))))
    return found


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith(".toml"):
            yield entry


def _flatten(prefix: str, tree: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        path = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            flat.update(_flatten(path, value))
        else:
            flat[path] = str(value)
    return flat
