"""What the sections of the office divide among themselves, and an office's words for it in a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.people.typed_names import normalise


class OfficeSubject(StrEnum):
    """A subject that one section of the office (科室) sees to; what is none of these concerns all of it.

    ``PEOPLE``: 人员与加入; ``COMPLETION``: 办结 and 延期 of tasks; ``CASES``: 案卷与督办; ``PAPERS``: 材料.
    """

    PEOPLE = "people"
    COMPLETION = "completion"
    CASES = "cases"
    PAPERS = "papers"


SUBJECT_WORDS: Final[Mapping[OfficeSubject, tuple[str, ...]]] = {
    OfficeSubject.PEOPLE: ("人员与加入", "人员和加入", "人员", "加入", "人员加入"),
    OfficeSubject.COMPLETION: ("办结与延期", "办结和延期", "办结", "延期", "办结延期"),
    OfficeSubject.CASES: ("案卷与督办", "案卷和督办", "案卷", "督办", "案卷督办"),
    OfficeSubject.PAPERS: ("材料",),
}
"""We write the first word of each; we read all."""

EVERYBODY_WORDS: Final = ("创城办全体", "全体", "全办")
"""Of what no section sees to. We write the first word."""


def read_subject(text: str) -> OfficeSubject | None:
    """The subject of that name; None: there is none."""
    word = normalise(text)
    return next((subject for subject, words in SUBJECT_WORDS.items() if word in words), None)


def means_everybody(text: str) -> bool:
    return normalise(text) in EVERYBODY_WORDS
