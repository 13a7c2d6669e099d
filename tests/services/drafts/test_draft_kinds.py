"""One unfinished paper at a time in a chat, of any kind; none is thrown away unasked."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.db import Session
from models.drafts import Draft, DraftKind
from services.access import Actor
from services.drafts import draft_kinds, draft_parts
from services.drafts.draft_parts import Addition, EvidenceFile
from services.errors import DomainError
from tests.services.conftest import World
from tests.support.cases import CaseDesk
from tests.support.turns import turn_for

CHAT = 7
PHOTO = Addition(files=[EvidenceFile("photo", "f", "u")])


async def opened(
    session: Session, actor: Actor, kind: DraftKind, now: datetime, case_id: int | None = None
) -> Draft:
    return await draft_kinds.open_as(turn_for(session, actor, now, chat=CHAT), kind, case_id=case_id)


@pytest.mark.parametrize("wanted", list(DraftKind))
@pytest.mark.parametrize("begun", list(DraftKind))
async def test_another_kind_is_to_be_finished_first(
    session: Session, world: World, now: datetime, begun: DraftKind, wanted: DraftKind
) -> None:
    draft = await opened(session, world.liaison, begun, now)
    draft_parts.append(draft, PHOTO)
    if begun is wanted:
        assert await opened(session, world.liaison, wanted, now) is draft
        return
    with pytest.raises(DomainError) as refused:
        await opened(session, world.liaison, wanted, now)
    assert refused.value.text.key == f"issues.finish_first.{begun.value}"
    assert draft_parts.files_of(draft) == PHOTO.files


@pytest.mark.parametrize("kind", list(DraftKind))
async def test_an_empty_one_is_replaced(
    session: Session, world: World, now: datetime, kind: DraftKind
) -> None:
    old = (await opened(session, world.liaison, kind, now)).revision
    draft = await opened(session, world.liaison, DraftKind.ISSUE, now)
    assert (draft.kind, draft.revision != old) == (DraftKind.ISSUE, True)


async def test_about_another_case(session: Session, world: World, case_desk: CaseDesk, now: datetime) -> None:
    category = await case_desk.category()
    one, other = [await case_desk.report(world.office, category) for _ in range(2)]
    draft = await opened(session, world.liaison, DraftKind.FEEDBACK, now, one.id)
    draft_parts.append(draft, PHOTO)
    assert await opened(session, world.liaison, DraftKind.FEEDBACK, now, one.id) is draft
    with pytest.raises(DomainError) as refused:
        await opened(session, world.liaison, DraftKind.FEEDBACK, now, other.id)
    assert refused.value.text.key == "issues.finish_first.feedback"


@pytest.mark.parametrize("content", [{"place": "人民路12号"}, {"point": 1}])
async def test_a_place_alone_is_something(
    session: Session, world: World, now: datetime, content: dict[str, object]
) -> None:
    draft = await opened(session, world.liaison, DraftKind.ISSUE, now)
    assert not await draft_kinds.holds_something(session, draft)
    draft.content = content
    assert await draft_kinds.holds_something(session, draft)


async def test_buttons_of_another_kind_and_of_older_cards(
    session: Session, world: World, now: datetime
) -> None:
    draft = await opened(session, world.liaison, DraftKind.ISSUE, now)
    turn = turn_for(session, world.liaison, chat=CHAT)
    assert await draft_kinds.current(turn, DraftKind.ISSUE, draft.revision) is draft
    assert await draft_kinds.current(turn, DraftKind.ISSUE) is draft
    for kind, revision, key in (
        (DraftKind.FEEDBACK, draft.revision, "issues.no_draft"),
        (DraftKind.ISSUE, draft.revision - 1, "progress.old_card"),
    ):
        with pytest.raises(DomainError) as refused:
            await draft_kinds.current(turn, kind, revision)
        assert refused.value.text.key == key
