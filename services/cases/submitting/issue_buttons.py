"""What the buttons under a half-made problem do. Each acts only at the revision of the pressed card."""

from __future__ import annotations

from models.cases.categories import Category, InspectionPoint
from models.drafts import Draft, DraftKind
from services.cases.submitting import issue_card, issue_draft
from services.cases.submitting.issue_draft import IssueStage
from services.cases.submitting.issue_submission import PLACE_LIMIT
from services.drafts import draft_kinds
from services.errors import DomainError
from services.turn import Turn
from services.views import View


async def show_issue(turn: Turn, revision: int) -> View:
    """The card again, as it is now."""
    return await issue_card.issue_view(turn.session, turn.actor, await require(turn, revision))


async def require(turn: Turn, revision: int) -> Draft:
    return await draft_kinds.current(turn, DraftKind.ISSUE, revision)


async def areas(turn: Turn, revision: int, *, offset: int = 0) -> View:
    """The areas of the categories, page by page."""
    draft = await require(turn, revision)
    return await issue_card.show_areas(turn.session, turn.actor, draft, offset)


async def categories_of(turn: Turn, revision: int, area: str, *, offset: int = 0) -> View:
    """The categories of an area, page by page."""
    draft = await require(turn, revision)
    return await issue_card.show_categories(turn.session, turn.actor, draft, area, offset)


async def choose_category(turn: Turn, revision: int, category_id: int) -> View:
    draft = await require(turn, revision)
    category = await turn.session.get(Category, category_id, populate_existing=True)
    if category is None or not category.active:
        raise DomainError("issues.category_gone")
    asking = draft.content.get("asking")
    asking = None if asking == IssueStage.CATEGORY else asking
    issue_draft.note(draft, turn.now, category=category_id, asking=asking)
    return await issue_card.issue_view(turn.session, turn.actor, draft)


async def points(turn: Turn, revision: int, *, offset: int = 0) -> View:
    """The known places of the person's units, page by page."""
    draft = await require(turn, revision)
    return await issue_card.show_points(turn.session, turn.actor, draft, offset)


async def choose_point(turn: Turn, revision: int, point_id: int) -> View:
    """Set the known place. A location that was sent stays, because it is more exact."""
    draft = await require(turn, revision)
    point = await turn.session.get(InspectionPoint, point_id, populate_existing=True)
    if point is None or not point.active:
        raise DomainError("issues.point_gone")
    if draft.content.get("asking") == IssueStage.PLACE:
        draft.content = {**draft.content, "location": None, "place": None, "place_message": None}
    issue_draft.note(draft, turn.now, point=point_id, asking=None)
    return await issue_card.issue_view(turn.session, turn.actor, draft)


async def place_in_words(turn: Turn, revision: int) -> View:
    """Take the description as the place."""
    draft = await require(turn, revision)
    place = " ".join(draft.text.split())[:PLACE_LIMIT]
    issue_draft.note(draft, turn.now, place=place, point=None, place_message=None, asking=None)
    return await issue_card.issue_view(turn.session, turn.actor, draft)


async def hide(turn: Turn, revision: int, hidden: bool) -> View:
    """Set whether the units learn who reported the problem."""
    draft = await require(turn, revision)
    issue_draft.note(draft, turn.now, hidden=hidden)
    return await issue_card.issue_view(turn.session, turn.actor, draft)


async def edit(turn: Turn, revision: int) -> View:
    """修改: ask what is to be changed."""
    return issue_card.ask_what(turn.actor, await require(turn, revision))


async def ask(turn: Turn, revision: int, what: IssueStage) -> View:
    """Ask again for the words, the category or the place. The old value stays until the answer comes."""
    draft = await require(turn, revision)
    draft.awaiting_text = what is IssueStage.CONTENT
    issue_draft.note(draft, turn.now, asking=None if what is IssueStage.READY else what.value)
    return await issue_card.issue_view(turn.session, turn.actor, draft)
