"""What the buttons under a half-made problem do. Each acts only at the revision of the pressed card."""

from __future__ import annotations

from datetime import datetime

from models.cases.categories import Category, InspectionPoint
from models.db import Session
from models.drafts import Draft, DraftKind
from services.access import Actor
from services.cases.submitting import issue_card, issue_draft
from services.cases.submitting.issue_draft import IssueStage
from services.cases.submitting.issue_submission import PLACE_LIMIT
from services.drafts import draft_kinds
from services.errors import DomainError
from services.views import View


async def show_issue(session: Session, actor: Actor, chat_id: int, revision: int) -> View:
    """The card again, as it is now."""
    return await issue_card.issue_view(session, actor, await require(session, actor, chat_id, revision))


async def require(session: Session, actor: Actor, chat_id: int, revision: int) -> Draft:
    return await draft_kinds.current(session, actor, chat_id, DraftKind.ISSUE, revision)


async def areas(session: Session, actor: Actor, chat_id: int, revision: int, *, offset: int = 0) -> View:
    """The areas of the categories, page by page."""
    draft = await require(session, actor, chat_id, revision)
    return await issue_card.show_areas(session, actor, draft, offset)


async def categories_of(
    session: Session, actor: Actor, chat_id: int, revision: int, area: str, *, offset: int = 0
) -> View:
    """The categories of an area, page by page."""
    draft = await require(session, actor, chat_id, revision)
    return await issue_card.show_categories(session, actor, draft, area, offset)


async def choose_category(
    session: Session, actor: Actor, chat_id: int, revision: int, category_id: int, *, now: datetime
) -> View:
    draft = await require(session, actor, chat_id, revision)
    category = await session.get(Category, category_id, populate_existing=True)
    if category is None or not category.active:
        raise DomainError("issues.category_gone")
    asking = draft.content.get("asking")
    asking = None if asking == IssueStage.CATEGORY else asking
    issue_draft.note(draft, now, category=category_id, asking=asking)
    return await issue_card.issue_view(session, actor, draft)


async def points(session: Session, actor: Actor, chat_id: int, revision: int, *, offset: int = 0) -> View:
    """The known places of the person's units, page by page."""
    draft = await require(session, actor, chat_id, revision)
    return await issue_card.show_points(session, actor, draft, offset)


async def choose_point(
    session: Session, actor: Actor, chat_id: int, revision: int, point_id: int, *, now: datetime
) -> View:
    """Set the known place. A location that was sent stays, because it is more exact."""
    draft = await require(session, actor, chat_id, revision)
    point = await session.get(InspectionPoint, point_id, populate_existing=True)
    if point is None or not point.active:
        raise DomainError("issues.point_gone")
    if draft.content.get("asking") == IssueStage.PLACE:
        draft.content = {**draft.content, "location": None, "place": None, "place_message": None}
    issue_draft.note(draft, now, point=point_id, asking=None)
    return await issue_card.issue_view(session, actor, draft)


async def place_in_words(
    session: Session, actor: Actor, chat_id: int, revision: int, *, now: datetime
) -> View:
    """Take the description as the place."""
    draft = await require(session, actor, chat_id, revision)
    place = " ".join(draft.text.split())[:PLACE_LIMIT]
    issue_draft.note(draft, now, place=place, point=None, place_message=None, asking=None)
    return await issue_card.issue_view(session, actor, draft)


async def hide(
    session: Session, actor: Actor, chat_id: int, revision: int, hidden: bool, *, now: datetime
) -> View:
    """Set whether the units learn who reported the problem."""
    draft = await require(session, actor, chat_id, revision)
    issue_draft.note(draft, now, hidden=hidden)
    return await issue_card.issue_view(session, actor, draft)


async def edit(session: Session, actor: Actor, chat_id: int, revision: int) -> View:
    """修改: ask what is to be changed."""
    return issue_card.ask_what(actor, await require(session, actor, chat_id, revision))


async def ask(
    session: Session, actor: Actor, chat_id: int, revision: int, what: str, *, now: datetime
) -> View:
    """Ask again for the words, the category or the place. The old value stays until the answer comes."""
    draft = await require(session, actor, chat_id, revision)
    step = IssueStage(what)
    draft.awaiting_text = step is IssueStage.CONTENT
    issue_draft.note(draft, now, asking=None if step is IssueStage.READY else step.value)
    return await issue_card.issue_view(session, actor, draft)
