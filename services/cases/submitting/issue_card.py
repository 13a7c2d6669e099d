"""What the reporter of a problem sees: the card, its choices, possible duplicates, the receipt.

The choices are those of category and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models.cases import Case, case_search
from models.db import Session, ident
from models.drafts import Draft
from reports.formats import short
from services.access import Actor
from services.cases import case_access, case_wording
from services.cases.case_buttons import mute_button, open_button
from services.cases.submitting import issue_draft, places
from services.cases.submitting.duplicate_cases import Duplicate
from services.cases.submitting.issue_draft import Issue, IssueStage
from services.drafts import draft_changes, draft_parts, repeated_words
from services.drafts.draft_kinds import draft_button
from services.progress.report_card import place_text
from services.turn import Turn
from services.views import ButtonSpec, FileSpec, View, in_rows, paging

PER_PAGE: Final = 16
POINTS_PER_PAGE: Final = 8
DUPLICATES_SHOWN: Final = 3
Rows = list[list[ButtonSpec]]


async def issue_view(session: Session, actor: Actor, draft: Draft) -> View:
    """The card: what is known, and the next question; the summary, when nothing is missing."""
    issue = await issue_draft.read(session, draft)
    lines = [Text("issues.card.title"), *_about(issue), *_left_out(draft), *repeated_words.lines(draft)]
    if issue.gone:
        lines.append(Text("issues.category_gone"))
    if issue.point_gone:
        lines.append(Text("issues.point_gone"))
    asks, rows = await _asked(session, actor, issue)
    return View([*lines, asks], rows, draft_id=draft.id)


def _about(issue: Issue) -> list[Text]:
    draft = issue.draft
    lines = []
    if issue.category is not None:
        lines.append(Text("issues.card.category", category=case_wording.name_of(issue.category)))
    if draft.text:
        lines.append(Text("issues.card.text", text=draft.text))
    if sources := draft_parts.sources_of(draft):
        lines.append(Text("progress.card.forwarded", sources=sources))
    if files := draft_changes.files_of(draft):
        lines.append(Text("issues.card.files", count=len(files)))
    place, location = issue.place, draft_changes.location_of(draft)
    if place is None and location is not None:
        place = place_text(location)
    if place is not None:
        lines.append(Text("issues.card.place", place=place))
    if issue.hidden:
        lines.append(Text("issues.card.hidden"))
    return lines


def _left_out(draft: Draft) -> list[Text]:
    """Lines about files and words that did not fit into the draft."""
    lines = []
    if count := draft_parts.left_out_of(draft):
        lines.append(Text("issues.card.files_left_out", limit=draft_parts.EVIDENCE_LIMIT, count=count))
    if draft_parts.lost_words(draft):
        lines.append(Text("issues.card.words_left_out", limit=draft_parts.TEXT_LIMIT))
    return lines


async def _asked(session: Session, actor: Actor, issue: Issue) -> tuple[Text, Rows]:
    """The question of the card, and its buttons."""
    draft = issue.draft
    changing = draft.content.get("asking") is not None
    last = [[_button(actor, draft, "back", "ask", what=IssueStage.READY)] if changing else []]
    last = [row for row in last if row] + [[_button(actor, draft, "cancel", "cancel")]]
    match issue.step:
        case IssueStage.CONTENT:
            again = changing and bool(draft.text or draft_changes.files_of(draft))
            categories = [] if changing or issue.category is not None else _category_rows(actor, issue)
            return Text("issues.ask_text_again" if again else "issues.ask_content"), [*categories, *last]
        case IssueStage.CATEGORY:
            return Text("issues.ask_category"), [*_category_rows(actor, issue), *last]
        case IssueStage.PLACE:
            return Text("issues.ask_place"), [*await _place_rows(session, actor, issue), *last]
        case IssueStage.READY:
            return Text("issues.ask_submit"), await _summary_rows(session, actor, issue)


async def _place_rows(session: Session, actor: Actor, issue: Issue) -> Rows:
    rows = []
    if await places.own_points(session, actor, 0, 1):
        rows.append([_button(actor, issue.draft, "points", "points")])
    if issue.draft.text:
        rows.append([_button(actor, issue.draft, "in_words", "in_words")])
    return rows


async def _summary_rows(session: Session, actor: Actor, issue: Issue) -> Rows:
    draft, rows = issue.draft, []
    for point, metres in await places.suggested(session, issue):
        label = Text("issues.point_button", name=short(point.name, 24))
        if metres is not None:
            label = Text("issues.near_point_button", name=short(point.name, 20), metres=round(metres))
        rows.append([draft_button(label, "issue.point", actor.id, draft, point_id=point.id)])
    toggle = "show_me" if issue.hidden else "hide_me"
    rows.append([_button(actor, draft, toggle, "hide", hidden=not issue.hidden)])
    rows.append(
        [
            _button(actor, draft, "submit", "submit"),
            _button(actor, draft, "edit", "edit"),
            _button(actor, draft, "cancel", "cancel"),
        ]
    )
    return rows


def _category_rows(actor: Actor, issue: Issue, offset: int = 0) -> Rows:
    """Buttons for the areas; for the categories at once, if there is only one area."""
    areas = list(dict.fromkeys(category.area for category in issue.known))
    if len(areas) == 1:
        return _categories(actor, issue, areas[0], offset)
    buttons = [
        draft_button(
            Text("common.as_is", text=short(area, 20)), "issue.area", actor.id, issue.draft, area=area
        )
        for area in areas[offset : offset + PER_PAGE]
    ]
    return [*in_rows(buttons, 2), *_paging(actor, issue.draft, "areas", offset, len(areas), PER_PAGE)]


def _categories(actor: Actor, issue: Issue, area: str, offset: int) -> Rows:
    found = [category for category in issue.known if category.area == area]
    buttons = [
        draft_button(
            Text("common.as_is", text=short(category.name, 20)),
            "issue.category",
            actor.id,
            issue.draft,
            category_id=category.id,
        )
        for category in found[offset : offset + PER_PAGE]
    ]
    return [
        *in_rows(buttons, 2),
        *_paging(actor, issue.draft, "area", offset, len(found), PER_PAGE, area=area),
    ]


async def show_areas(session: Session, actor: Actor, draft: Draft, offset: int) -> View:
    issue = await issue_draft.read(session, draft)
    back = [_button(actor, draft, "back", "show")]
    rows = [*_category_rows(actor, issue, offset), back]
    return View([Text("issues.ask_category")], rows, draft_id=draft.id)


async def show_categories(session: Session, actor: Actor, draft: Draft, area: str, offset: int) -> View:
    issue = await issue_draft.read(session, draft)
    back = [_button(actor, draft, "back", "show")]
    line = Text("issues.ask_category_of", area=area)
    return View([line], [*_categories(actor, issue, area, offset), back], draft_id=draft.id)


async def show_points(session: Session, actor: Actor, draft: Draft, offset: int) -> View:
    """Known places to choose from, page by page."""
    found = await places.own_points(session, actor, offset, POINTS_PER_PAGE + 1)
    rows = [
        [
            draft_button(
                Text("issues.point_button", name=short(p.name, 24)),
                "issue.point",
                actor.id,
                draft,
                point_id=p.id,
            )
        ]
        for p in found[:POINTS_PER_PAGE]
    ]
    rows += _paging(actor, draft, "points", offset, offset + len(found), POINTS_PER_PAGE)
    rows.append([_button(actor, draft, "back", "show")])
    return View([Text("issues.choose_point")], rows, draft_id=draft.id)


def ask_what(actor: Actor, draft: Draft) -> View:
    """修改: ask whether the words, the category or the place is to be changed."""
    row = [
        _button(actor, draft, "edit_text", "ask", what=IssueStage.CONTENT),
        _button(actor, draft, "edit_category", "ask", what=IssueStage.CATEGORY),
        _button(actor, draft, "edit_place", "ask", what=IssueStage.PLACE),
    ]
    back = [_button(actor, draft, "back", "show")]
    return View([Text("issues.ask_what")], [row, back], draft_id=draft.id)


async def show_duplicates(turn: Turn, draft: Draft, found: Sequence[Duplicate]) -> View:
    """Cases that may be the same problem, each with its first photo if the reader may see it."""
    lines, rows, files = [Text("issues.same.title")], [], []
    for number, same in enumerate(found[:DUPLICATES_SHOWN], 1):
        case = same.case
        lines.append(
            Text(
                "issues.same.line",
                n=number,
                number=case.number,
                category=case.category,
                state=case_wording.state_text(case, turn.now),
                place=case_wording.place_text(case),
                distance=_distance(same.metres),
            )
        )
        label = Text("issues.same_button", number=case.number)
        rows.append([draft_button(label, "issue.follow", turn.actor.id, draft, case_id=case.id)])
        photo = await case_search.first_photo(turn.session, ident(case))
        if photo is not None and await case_access.may_see(turn.session, turn.actor, case):
            files.append(FileSpec(photo.kind.value, file_id=photo.file_id, name=photo.file_name))
    last = max(ident(same.case) for same in found)
    rows.append([_button(turn.actor, draft, "submit_anyway", "submit", after=last)])
    rows.append([_button(turn.actor, draft, "back", "show")])
    return View(lines, rows, files=files, draft_id=draft.id)


def _distance(metres: float | None) -> Text:
    if metres is None:
        return Text("issues.same.same_point")
    return Text("issues.same.metres", metres=round(metres))


def receipt(actor: Actor, case: Case, files: int) -> View:
    lines = [
        Text("issues.receipt.title", number=case.number),
        Text("issues.card.category", category=case.category),
        Text("issues.card.place", place=case_wording.place_text(case)),
    ]
    if files:
        lines.append(Text("issues.card.files", count=files))
    if case.hidden:
        lines.append(Text("issues.card.hidden"))
    lines.append(Text("issues.receipt.follows"))
    case_ids = [case.id] if case.id is not None else []
    return View(lines, [[open_button(case, actor.id), mute_button(case, actor.id)]], case_ids=case_ids)


def _paging(
    actor: Actor, draft: Draft, action: str, offset: int, count: int, page: int, **arguments: object
) -> Rows:
    labels = [f"issues.{turn}_button" for turn in ("previous", "next")]
    said = {"revision": draft.revision, **arguments}
    return paging(f"issue.{action}", actor.id, offset, count, page=page, labels=labels, **said)


def _button(actor: Actor, draft: Draft, label: str, action: str, **arguments: object) -> ButtonSpec:
    return draft_button(f"issues.{label}_button", f"issue.{action}", actor.id, draft, **arguments)
