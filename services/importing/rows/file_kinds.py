"""The kinds of sheets that can be imported."""

from __future__ import annotations

from enum import StrEnum

from locales import Text


class FileKind(StrEnum):
    TASKS = "tasks"
    ROSTER = "roster"
    CATEGORIES = "categories"
    POINTS = "points"
    CALENDAR = "calendar"
    LADDER = "ladder"
    ACTIVITIES = "activities"
    SECTIONS = "sections"


def kind_name(kind: FileKind) -> Text:
    return Text(f"jobs.kind.{kind.value}")
