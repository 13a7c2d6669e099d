"""核实, 立案, 不予立案 and 并案."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from models import cases, drafts
from models.cases import Case, CaseFile, CaseFollower, CasePhase
from models.cases.categories import Category
from models.db import Session
from models.delivery.messages import Outbox
from models.drafts import Draft, DraftKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card_rows
from services.cases.case_steps import MovedOnError
from services.cases.deciding import merging, registration, verifying
from services.drafts import draft_changes
from services.drafts.draft_changes import Addition
from services.progress import progress_dialogue
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, photo, refused
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

CHAT = 77


@pytest.fixture
async def inspector(roster: Roster, world: World) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def case(case_desk: CaseDesk, world: World) -> Case:
    return await case_desk.report(world.other_liaison, await case_desk.category(unit=world.unit))


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


async def last_reason(session: Session, case: Case) -> str | None:
    return (await cases.steps_of(session, case.id or 0))[-1].reason


async def promised(session: Session, contact: Actor, like: str) -> list[Outbox]:
    query = select(Outbox).where(Outbox.contact_id == contact.id, col(Outbox.dedupe_key).like(like))
    return list(await session.exec(query))


class TestVerification:
    async def test_an_inspector_is_asked_and_says_so(
        self, session: Session, world: World, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        case_id = case.id or 0
        view = await verifying.choose_inspector(turn_for(session, world.office, at["now"]), case_id, 1)
        (button,) = buttons(view, "desk.entrust")
        await verifying.entrust(turn_for(session, world.office, **at), **button.arguments)
        await session.refresh(case)
        assert (case.state, case.verifier_id) == (CaseState.VERIFYING, inspector.id)
        (order,) = await promised(session, inspector, "%verify%")
        (true, false) = [b for row in order.content["rows"] for b in row if b["action"] == "desk.verify"]
        assert (true["arguments"]["found"], false["arguments"]["found"]) == (True, False)
        outcome = await verifying.verify(turn_for(session, inspector, **at), **false["arguments"])
        assert outcome.done
        await session.refresh(case)
        assert case.state is CaseState.VERIFIED
        assert await last_reason(session, case) == "不属实"
        assert await promised(session, world.office, "%verified%")
        with pytest.raises(MovedOnError):
            await verifying.verify(turn_for(session, inspector, **at), **true["arguments"])

    async def test_nobody_verifies_what_they_reported(
        self, session: Session, case_desk: CaseDesk, world: World, inspector: Actor, at: dict[str, Any]
    ) -> None:
        own = await case_desk.report(inspector, await case_desk.category(unit=world.unit))
        view = await verifying.choose_inspector(turn_for(session, world.office, at["now"]), own.id or 0, 1)
        assert keys(view) == ["desk.no_inspector"]
        entrust = verifying.entrust(turn_for(session, world.office, **at), own.id or 0, 1, inspector.id)
        assert await refused(entrust) == "cases.not_for_you.verifier"
        verify = verifying.verify(turn_for(session, inspector, **at), own.id or 0, 1, True)
        assert await refused(verify) == "cases.not_for_you.verifier"

    async def test_only_an_inspector_is_asked(
        self, session: Session, world: World, case: Case, at: dict[str, Any]
    ) -> None:
        entrust = verifying.entrust(turn_for(session, world.office, **at), case.id or 0, 1, world.liaison.id)
        assert await refused(entrust) == "desk.inspector_gone"
        by_unit = verifying.verify(turn_for(session, world.liaison, **at), case.id or 0, 1, True)
        assert await refused(by_unit) == "cases.not_yours"

    async def test_the_same_words_count_once(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        turn = turn_for(session, inspector, at["now"], chat=CHAT)
        await verifying.begin(turn, case.id or 0, 1)
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        for _ in range(2):
            view = await verifying.receive_verification(turn, draft, Addition("占了盲道"))
        assert draft.text == "占了盲道"
        assert "progress.repeated.not_counted" in keys(view)

    async def test_with_photos_and_words(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        case_id = case.id or 0
        asked = await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case_id, 1)
        assert keys(asked) == ["desk.send_photos"]
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        assert (draft.kind, draft.case_id) == (DraftKind.VERIFICATION, case_id)
        view = await registration.receive_verification(
            turn_for(session, inspector, **at), draft, Addition("摊位还在", [photo("a")])
        )
        assert view is not None
        assert view.draft_id == draft.id
        old, _ = buttons(view, "desk.verify_file")
        view = await registration.receive_verification(
            turn_for(session, inspector, **at), draft, Addition("占了盲道")
        )
        assert (
            await refused(
                verifying.file_verification(turn_for(session, inspector, chat=CHAT, **at), **old.arguments)
            )
            == "progress.old_card"
        )
        true, _ = buttons(view, "desk.verify_file")
        outcome = await verifying.file_verification(
            turn_for(session, inspector, chat=CHAT, **at), **true.arguments
        )
        assert outcome.done
        assert await last_reason(session, case) == "属实：摊位还在\n占了盲道"
        query = select(CaseFile).where(CaseFile.phase == CasePhase.VERIFICATION)
        (file,) = (await session.exec(query)).all()
        assert (file.file_id, file.step) == ("file-a", 2)
        assert await drafts.draft_of(session, inspector.id, CHAT) is None
        again = verifying.file_verification(turn_for(session, inspector, chat=CHAT, **at), **true.arguments)
        assert await refused(again) == "issues.no_draft"

    async def test_an_album_shows_its_card_later(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        for name in ("a", "b"):
            part = Addition(files=[photo(name)], album="album")
            assert (
                await registration.receive_verification(turn_for(session, inspector, **at), draft, part)
                is None
            )
        assert draft.card_due_at is not None
        view = await registration.show_verification(session, inspector, draft)
        assert "desk.verification_files" in keys(view)

    async def test_somebody_was_first(
        self, session: Session, world: World, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        view = await registration.receive_verification(
            turn_for(session, inspector, **at), draft, Addition("在")
        )
        await verifying.verify(turn_for(session, world.office, **at), case.id or 0, 1, False)
        true, _ = buttons(view, "desk.verify_file")
        outcome = await verifying.file_verification(
            turn_for(session, inspector, chat=CHAT, **at), **true.arguments
        )
        assert not outcome.done
        assert await last_reason(session, case) == "不属实"
        assert await drafts.draft_of(session, inspector.id, CHAT) is None, "it waits for nothing more"

    async def test_a_place_alone_says_nothing(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        place = Addition(location=(31.2, 121.4, None))
        received = registration.receive_verification(turn_for(session, inspector, **at), draft, place)
        assert await refused(received) == "desk.only_photos_and_words"

    async def test_an_unfinished_report_is_kept(
        self, session: Session, world: World, case: Case, at: dict[str, Any]
    ) -> None:
        actor = world.office
        open_draft = await draft_changes.open_draft(
            turn_for(session, actor, at["now"], chat=CHAT), task_id=world.task_id
        )
        await draft_changes.add(turn_for(session, actor, at["now"]), open_draft, Addition("今天清理12处"))
        await session.flush()
        begun = verifying.begin(turn_for(session, actor, at["now"], chat=CHAT), case.id or 0, 1)
        assert (await refused(begun)).startswith("issues.finish_first")
        assert await session.get(Draft, open_draft.id) is not None

    async def test_cancelled(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
        draft = await drafts.draft_of(session, inspector.id, CHAT)
        assert draft is not None
        view = await registration.receive_verification(
            turn_for(session, inspector, **at), draft, Addition("在")
        )
        (button,) = buttons(view, "desk.verify_cancel")
        await verifying.cancel(turn_for(session, inspector, chat=CHAT, **at), **button.arguments)
        await session.refresh(case)
        assert case.state is CaseState.REPORTED
        assert keys(await progress_dialogue.cancel(turn_for(session, inspector, chat=CHAT))) == [
            "progress.nothing_to_cancel"
        ]


class TestDecisions:
    async def test_registered_once(
        self, session: Session, world: World, case: Case, at: dict[str, Any]
    ) -> None:
        await registration.register(turn_for(session, world.office, **at), case.id or 0, 1)
        await session.refresh(case)
        assert case.state is CaseState.REGISTERED
        with pytest.raises(MovedOnError):
            await registration.register(turn_for(session, world.office, **at), case.id or 0, 1)

    async def test_rejected_for_a_reason(
        self, session: Session, world: World, case: Case, at: dict[str, Any]
    ) -> None:
        view = await registration.ask_reason(turn_for(session, world.office, at["now"]), case.id or 0, 1)
        offered = [b.arguments for b in buttons(view, "desk.reject_for")]
        assert [said["reason"] for said in offered] == list(registration.REASONS)
        await registration.reject_for(turn_for(session, world.office, **at), case.id or 0, 1, "not_ours")
        assert await last_reason(session, case) == "不属于创城督办范围"
        (notice,) = await promised(session, world.other_liaison, f"case:{case.id}:%")
        assert "不属于创城督办范围" in str(notice.content)

    @pytest.mark.parametrize(
        ("words", "key"),
        [("​ ", "completion.reason_invisible"), ("长" * 301, "completion.reason_too_long")],
    )
    async def test_a_bad_reason(
        self, session: Session, world: World, case: Case, at: dict[str, Any], words: str, key: str
    ) -> None:
        assert (
            await refused(registration.reject(turn_for(session, world.office, **at), case.id or 0, 1, words))
            == key
        )

    async def test_is_the_offices(
        self, session: Session, case: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        for step in (
            registration.register(turn_for(session, inspector, **at), case.id or 0, 1),
            registration.reject(turn_for(session, inspector, **at), case.id or 0, 1, "原因"),
        ):
            assert await refused(step) == "cases.not_for_you.office"


class TestMerging:
    @pytest.fixture
    async def other(self, session: Session, case_desk: CaseDesk, world: World, case: Case) -> Case:
        category = await session.get_one(Category, case.category_id)
        return await case_desk.report(world.liaison, category)

    async def test_followers_go_along(
        self, session: Session, world: World, case: Case, other: Case, inspector: Actor, at: dict[str, Any]
    ) -> None:
        session.add(CaseFollower(case_id=case.id or 0, contact_id=inspector.id, muted=True))
        session.add(CaseFollower(case_id=other.id or 0, contact_id=world.office.id, muted=True))
        session.add(CaseFollower(case_id=case.id or 0, contact_id=world.office.id))
        await session.flush()
        outcome = await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
        assert outcome.done
        await session.refresh(case)
        await session.refresh(other)
        assert (case.state, case.merged_into) == (CaseState.MERGED, other.id)
        assert (other.state, other.steps) == (CaseState.REPORTED, 2)
        assert await last_reason(session, other) == case.number
        assert await last_reason(session, case) == other.number
        followers = {f.contact_id: f.muted for f in await cases.followers_of(session, other.id or 0)}
        assert followers == {
            world.liaison.id: False,
            world.other_liaison.id: False,
            inspector.id: True,
            world.office.id: True,
        }
        assert len(await cases.files_of(session, case.id or 0)) == 1, "the photos stay"

    async def test_into_itself_or_what_is_over(
        self, session: Session, world: World, case: Case, other: Case, case_desk: CaseDesk, at: dict[str, Any]
    ) -> None:
        into_itself = merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, case.id or 0)
        assert await refused(into_itself) == "desk.merge_self"
        await case_desk.step(other, CaseEvent.REJECT, world.office)
        over = merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
        assert await refused(over) == "desk.merge_ended"
        nowhere = merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, 987_654)
        assert await refused(nowhere) == "cases.not_yours"
        await session.refresh(case)
        assert (case.state, case.steps) == (CaseState.REPORTED, 1)

    async def test_two_into_each_other(
        self, session: Session, world: World, case: Case, other: Case, at: dict[str, Any]
    ) -> None:
        await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
        with pytest.raises(MovedOnError):
            await merging.merge(turn_for(session, world.office, **at), other.id or 0, 1, case.id or 0)
        await session.refresh(other)
        back = merging.merge(turn_for(session, world.office, **at), other.id or 0, other.steps, case.id or 0)
        assert await refused(back) == "desk.merge_ended"

    async def test_what_a_unit_holds_is_not_merged_but_absorbs(
        self, session: Session, world: World, case: Case, other: Case, case_desk: CaseDesk, at: dict[str, Any]
    ) -> None:
        await case_desk.bring(other, *TO_DISPATCHED, office=world.office, unit=world.liaison)
        held = merging.merge(turn_for(session, world.office, **at), other.id or 0, 3, case.id or 0)
        assert await refused(held) == "cases.refused.not_now"
        outcome = await merging.merge(turn_for(session, world.office, **at), case.id or 0, 1, other.id or 0)
        assert outcome.done
        await session.refresh(other)
        assert other.state is CaseState.DISPATCHED

    async def test_by_its_number(
        self, session: Session, world: World, case: Case, other: Case, at: dict[str, Any]
    ) -> None:
        view = await merging.by_number(
            turn_for(session, world.office, at["now"]), case.id or 0, 1, f" {other.number} "
        )
        (button,) = buttons(view, "desk.merge_now")
        assert button.arguments["into"] == other.id
        for words in ("20200101-0001", "1' OR 1=1", "\0", "长" * 5_000):
            unknown = merging.by_number(turn_for(session, world.office, at["now"]), case.id or 0, 1, words)
            assert await refused(unknown) == "desk.no_such_case"

    async def test_the_nearest_are_offered_first(
        self, session: Session, world: World, case_desk: CaseDesk, at: dict[str, Any]
    ) -> None:
        stalls, rubbish = (
            await case_desk.category("摊点", unit=world.unit),
            await case_desk.category("垃圾", unit=world.unit),
        )
        here, near, far = (31.2, 121.4, None), (31.201, 121.4, None), (32.2, 121.4, None)
        case = await case_desk.report(world.liaison, stalls, location=here)
        near_other = await case_desk.report(world.liaison, rubbish, location=near)
        far_same = await case_desk.report(world.liaison, stalls, location=far)
        await case_desk.report(world.liaison, rubbish, location=far)
        over = await case_desk.report(world.liaison, stalls, location=here)
        await case_desk.step(over, CaseEvent.REJECT, world.office)
        view = await merging.choose(turn_for(session, world.office, chat=CHAT, **at), case.id or 0, 1)
        offered = [b.arguments["into"] for b in buttons(view, "desk.merge_into")]
        assert offered == [near_other.id, far_same.id]


def actions(actor: Actor, case: Case, now: datetime) -> list[str]:
    return [button.action for row in case_card_rows.decision_rows(actor, case, now=now) for button in row]


async def test_the_buttons_of_the_card(
    session: Session, world: World, case: Case, inspector: Actor, case_desk: CaseDesk, now: datetime
) -> None:
    fresh = ["desk.dispatch", "desk.register", "desk.reject", "desk.merge"]
    assert actions(world.office, case, now) == [*fresh, "desk.ask_verification", "desk.ask_verdict"]
    assert actions(inspector, case, now) == ["desk.verify", "desk.verify", "desk.verify_photos"]
    assert not actions(world.liaison, case, now)
    case = await case_desk.step(case, CaseEvent.REGISTER, world.office)
    assert actions(world.office, case, now) == ["desk.dispatch", "desk.merge"]
    assert not actions(inspector, case, now)
    case = await case_desk.bring(case, CaseEvent.DISPATCH, office=world.office, unit=world.liaison)
    assert actions(world.office, case, now) == ["desk.reassign", "desk.remind"]
    assert not actions(world.liaison, case, now)
    case = await case_desk.bring(case, CaseEvent.FEEDBACK, office=world.office, unit=world.liaison)
    assert not actions(world.office, case, now)
