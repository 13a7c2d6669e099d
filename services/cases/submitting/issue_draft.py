"""A half-made problem (draft kind ISSUE): what is known about it, and what is asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.cases import categories
from models.cases.categories import Category, InspectionPoint
from models.db import Session
from models.drafts import Draft
from rules.cases import category_words
from rules.cases.geo import Spot
from services.drafts import draft_changes


class IssueStage(StrEnum):
    """What a problem needs before it can be submitted, in the order in which it is asked."""

    CONTENT = "content"
    CATEGORY = "category"
    PLACE = "place"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Issue:
    """A draft as the program understands it.

    ``gone``, ``point_gone``: the chosen category, or known place, is no longer in use.
    """

    draft: Draft
    known: Sequence[Category]
    category: Category | None
    gone: bool
    point: InspectionPoint | None
    point_gone: bool = False

    @property
    def place(self) -> str | None:
        """The place in words. The name of a chosen point comes first."""
        if self.point is not None:
            return self.point.name
        location = draft_changes.location_of(self.draft)
        words: str | None = self.draft.content.get("place")
        return words or (location[2] if location else None)

    @property
    def spot(self) -> Spot | None:
        """The coordinates: those that were sent, else those of the point."""
        location = draft_changes.location_of(self.draft)
        if location is not None:
            return location[0], location[1]
        point = self.point
        if point is None or point.latitude is None or point.longitude is None:
            return None
        return point.latitude, point.longitude

    @property
    def hidden(self) -> bool:
        return bool(self.draft.content.get("hidden"))

    @property
    def step(self) -> IssueStage:
        """The stage to ask about: the one that the person wants to change, else the first missing one."""
        asking = self.draft.content.get("asking")
        if asking is not None:
            return IssueStage(asking)
        if not self.draft.text and not draft_changes.files_of(self.draft):
            return IssueStage.CONTENT
        if self.category is None:
            return IssueStage.CATEGORY
        nowhere = self.place is None and self.spot is None
        return IssueStage.PLACE if nowhere or self.point_gone else IssueStage.READY


async def read(session: Session, draft: Draft) -> Issue:
    """The draft with its point and its category, which was chosen or is named in its words."""
    known = await categories.active_categories(session)
    chosen = draft.content.get("category")
    if chosen is None:
        chosen = category_words.category_named(
            draft.text, {c.id: (c.area, c.name) for c in known if c.id is not None}
        )
    category = next((category for category in known if category.id == chosen), None)
    point_id = draft.content.get("point")
    point = None if point_id is None else await session.get(InspectionPoint, point_id)
    point = point if point is not None and point.active else None
    gone, point_gone = chosen is not None and category is None, point_id is not None and point is None
    return Issue(draft, known, category, gone, point, point_gone)


def note(draft: Draft, now: datetime, **values: object) -> None:
    """Store ``values`` with the draft. The buttons of older cards end with this."""
    draft.content = {**draft.content, **values}
    draft_changes.store(draft, [], now)
