"""核实: who is asked and who may answer, what goes with the verdict, and two who answer at once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from models import cases, drafts
from models.cases import Case, CaseFile, CasePhase
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.people import ContactState, set_roles
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.case_steps import MovedOnError
from services.cases.deciding import case_checking, registration, verifying
from services.delivery import rendering
from services.drafts.draft_changes import Addition
from services.drafts.draft_parts import EVIDENCE_LIMIT, TEXT_LIMIT
from services.views import View
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, keys, line, photo, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

CHAT = 77


@pytest.fixture
async def inspector(roster: Roster, world: World) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def second(roster: Roster, inspector: Actor) -> Actor:
    return await roster.actor(inspector.unit, "督导员乙", Role.INSPECTOR)


@pytest.fixture
async def case(case_desk: CaseDesk, world: World) -> Case:
    return await case_desk.report(world.other_liaison, await case_desk.category(unit=world.unit))


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


async def entrust(session: Session, office: Actor, case: Case, to: Actor, at: dict[str, Any]) -> None:
    await verifying.entrust(turn_for(session, office, **at), case.id or 0, case.steps, to.id)
    await session.refresh(case)


async def asked(session: Session, contact: Actor, at: dict[str, Any]) -> View:
    """The message to the inspector, as it goes out."""
    query = select(Outbox).where(Outbox.contact_id == contact.id, col(Outbox.dedupe_key).like("%:verify:%"))
    (row,) = await session.exec(query)
    found = await rendering.render(tick_for(session, at["now"], at["campaign"]), row)
    assert found is not None
    return found[0]


async def test_the_order_says_where_and_what(
    session: Session, world: World, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await entrust(session, world.office, case, inspector, at)
    said = (await asked(session, inspector, at)).plain("zh")
    assert case.number in said
    assert "商户占道摆摊" in said
    assert "人民路12号" in said
    history = await cases.steps_of(session, case.id or 0)
    assert (history[-1].reason, history[-1].data) == ("督导员甲", {"verifier": inspector.id})


async def test_another_inspector_stands_there(
    session: Session, world: World, case: Case, inspector: Actor, second: Actor, at: dict[str, Any]
) -> None:
    """The first inspector there answers; the inspector who was asked is told that it is done."""
    await entrust(session, world.office, case, inspector, at)
    old, _ = buttons(await asked(session, inspector, at), "desk.verify")
    await verifying.verify(turn_for(session, second, **at), case.id or 0, case.steps, True)
    with pytest.raises(MovedOnError):
        await verifying.verify(turn_for(session, inspector, **at), **old.arguments)
    await session.refresh(case)
    assert (case.state, case.steps) == (CaseState.VERIFIED, 3)


async def test_not_asked_a_second_time(
    session: Session, world: World, case: Case, inspector: Actor, second: Actor, at: dict[str, Any]
) -> None:
    await entrust(session, world.office, case, inspector, at)
    again = verifying.entrust(turn_for(session, world.office, **at), case.id or 0, case.steps, second.id)
    assert await refused(again) == "cases.refused.not_now"
    await session.refresh(case)
    assert case.verifier_id == inspector.id


@pytest.mark.parametrize("gone", ["left", "no_role", "unknown"])
async def test_who_was_offered_cannot_go_any_more(
    session: Session, world: World, case: Case, inspector: Actor, at: dict[str, Any], gone: str
) -> None:
    contact_id = inspector.id
    if gone == "left":
        inspector.contact.state = ContactState.LEFT
    elif gone == "no_role":
        await set_roles(session, inspector.id, [Role.LIAISON])
    else:
        contact_id = 987_654
    await session.flush()
    entrusted = verifying.entrust(turn_for(session, world.office, **at), case.id or 0, 1, contact_id)
    assert await refused(entrusted) == "desk.inspector_gone"
    await session.refresh(case)
    assert (case.state, case.verifier_id) == (CaseState.REPORTED, None)


async def test_without_the_role_they_were_asked_in_vain(
    session: Session, world: World, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await entrust(session, world.office, case, inspector, at)
    await set_roles(session, inspector.id, [Role.LIAISON])
    without = await actor_of(session, inspector.contact)
    said = verifying.verify(turn_for(session, without, **at), case.id or 0, case.steps, True)
    assert await refused(said) == "cases.not_for_you.verifier"
    # The office need not wait for the inspector.
    assert (await registration.register(turn_for(session, world.office, **at), case.id or 0, case.steps)).done


async def test_only_the_office_asks(
    session: Session, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    for step in (
        verifying.choose_inspector(turn_for(session, inspector, at["now"]), case.id or 0, 1),
        verifying.entrust(turn_for(session, inspector, **at), case.id or 0, 1, inspector.id),
    ):
        assert await refused(step) == "cases.not_for_you.office"


async def test_the_office_does_not_verify_what_it_reported(
    session: Session, case_desk: CaseDesk, world: World, at: dict[str, Any]
) -> None:
    own = await case_desk.report(world.office, await case_desk.category(unit=world.unit))
    verdict = verifying.ask_verdict(turn_for(session, world.office, at["now"]), own.id or 0, 1)
    assert await refused(verdict) == "cases.not_for_you.verifier"


async def test_the_office_was_there_itself(
    session: Session, world: World, case: Case, at: dict[str, Any]
) -> None:
    view = await verifying.ask_verdict(turn_for(session, world.office, at["now"]), case.id or 0, 1)
    _, false = buttons(view, "desk.verify")
    outcome = await verifying.verify(turn_for(session, world.office, **at), **false.arguments)
    assert outcome.done
    query = select(Outbox).where(col(Outbox.dedupe_key).like("%:verified%"))
    assert not list(await session.exec(query)), "it need not be told what it has done"
    # 不属实 is a finding; the office decides.
    await session.refresh(case)
    assert case.state is CaseState.VERIFIED
    assert (
        await registration.reject_for(turn_for(session, world.office, **at), case.id or 0, 2, "not_there")
    ).done


async def test_what_is_over_is_not_verified(
    session: Session, case_desk: CaseDesk, world: World, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await case_desk.step(case, CaseEvent.REJECT, world.office)
    said = verifying.verify(turn_for(session, inspector, **at), case.id or 0, case.steps, True)
    assert await refused(said) == "cases.refused.not_now"
    with pytest.raises(MovedOnError):
        await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)


async def test_more_photos_and_words_than_fit(
    session: Session, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
    draft = await drafts.draft_of(session, inspector.id, CHAT)
    assert draft is not None
    for number in range(EVIDENCE_LIMIT + 2):
        # The words stand below the first photo of an album, as people write them.
        part = Addition("" if number else "长" * TEXT_LIMIT, [photo(f"p{number}")], album="album")
        await registration.receive_verification(turn_for(session, inspector, **at), draft, part)
    more = Addition("再写一点", [photo("more")], album="another")
    await registration.receive_verification(turn_for(session, inspector, **at), draft, more)
    alone = registration.receive_verification(
        turn_for(session, inspector, **at), draft, Addition("", [photo("x")])
    )
    assert await refused(alone) == "progress.too_many_files"
    view = await verifying.show_verification(session, inspector, draft)
    assert line(view, "desk.verification_files").values["count"] == EVIDENCE_LIMIT
    assert line(view, "desk.verification_left_out").values["count"] == 3
    assert "desk.verification_words_lost" in keys(view)
    true, _ = buttons(view, "desk.verify_file")
    outcome = await verifying.file_verification(
        turn_for(session, inspector, chat=CHAT, **at), **true.arguments
    )
    assert outcome.done
    query = select(CaseFile).where(CaseFile.phase == CasePhase.VERIFICATION)
    assert len(list(await session.exec(query))) == EVIDENCE_LIMIT


async def test_begun_again_it_goes_on_and_another_case_waits(
    session: Session, case_desk: CaseDesk, world: World, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
    draft = await drafts.draft_of(session, inspector.id, CHAT)
    assert draft is not None
    await registration.receive_verification(turn_for(session, inspector, **at), draft, Addition("摊位还在"))
    again = await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
    assert line(again, "desk.verification_text").values["text"] == "摊位还在"
    other = await case_desk.report(world.liaison, await case_desk.category("井盖", unit=world.unit))
    begun = verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), other.id or 0, 1)
    assert (await refused(begun)).startswith("issues.finish_first")


async def test_its_photos_stand_with_those_from_before(
    session: Session, case_desk: CaseDesk, world: World, case: Case, inspector: Actor, at: dict[str, Any]
) -> None:
    await verifying.begin(turn_for(session, inspector, at["now"], chat=CHAT), case.id or 0, 1)
    draft = await drafts.draft_of(session, inspector.id, CHAT)
    assert draft is not None
    view = await registration.receive_verification(
        turn_for(session, inspector, **at), draft, Addition("", [photo("v")])
    )
    true, _ = buttons(view, "desk.verify_file")
    await verifying.file_verification(turn_for(session, inspector, chat=CHAT, **at), **true.arguments)
    events = (CaseEvent.REGISTER, CaseEvent.DISPATCH, CaseEvent.FEEDBACK)
    await case_desk.bring(case, *events, office=world.office, unit=world.liaison)
    shown = await case_checking.show_check(turn_for(session, inspector, **at), case.id or 0, case.steps)
    assert [(file.caption.key, file.file_id) for file in shown.files if file.caption] == [
        ("checking.phase.before", "file-p1"),
        ("checking.phase.verification", "file-v"),
    ]


@pytest.mark.both_engines("side by side")
async def test_two_answer_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        inspector = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
        case = await desk.report(world.other_liaison, await desk.category(unit=world.unit))
        case_id = case.id or 0
    other = Database(database_url)

    async def press(engine: Database, actor: Actor, found: bool) -> str:
        try:
            async with engine.transaction() as session:
                await verifying.verify(turn_for(session, actor, now, campaign), case_id, 1, found)
        except MovedOnError:
            return "late"
        return "属实" if found else "不属实"

    try:
        answers = await asyncio.gather(press(database, world.office, True), press(other, inspector, False))
    finally:
        await other.close()
    (said,) = [answer for answer in answers if answer != "late"]
    async with database.reading() as session:
        steps = await cases.steps_of(session, case_id)
    assert [step.event for step in steps] == [CaseEvent.REPORT, CaseEvent.VERIFY]
    assert steps[-1].reason == said
